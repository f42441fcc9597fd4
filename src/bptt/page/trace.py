"""What the page shows of one state: every number and formula, from one derivation."""

from __future__ import annotations

import math
from typing import Any

from bptt.derivation.chain_rule import COST
from bptt.derivation.text import TEXT
from bptt.derivation.worked import Worked
from bptt.page.arithmetic import Arithmetic
from bptt.page.bars import bars
from bptt.page.check import check
from bptt.page.code import code
from bptt.page.network import network
from bptt.page.numbers import shown
from bptt.page.state import State
from bptt.page.training import ends, trained
from bptt.page.walk import walk

SCHEMA = "bptt.page/1"
OVERFLOW = (
    "The numbers of this network overflow. Smaller weights or fewer time stamps have a gradient."
)


def trace(state: State, arithmetic: Arithmetic) -> dict[str, Any]:
    """Return everything that the page shows of a state, but the cost surface and the exercise."""
    updates = trained(state, arithmetic)
    done = min(state.step, len(updates) - 1)
    now = updates[done]
    d = arithmetic.derive(state, now.weights, state.activation)
    gradient = d.gradient("weight_ih"), d.gradient("weight_hh")
    return {
        "schema": SCHEMA,
        "settings": state.settings() | {"step": str(done)},
        "words": words(state),
        "counting": all(
            y == bits.count("1") for y, bits in zip(state.targets, state.sequences, strict=True)
        ),
        "n_steps": state.n_steps,
        "cost": shown(d.number(COST, 0)),
        "overflow": "" if all(map(math.isfinite, (now.cost, *gradient))) else OVERFLOW,
        "ends": ends(state, updates),
        "sequences": sequences(d, state),
        "network": network(d, state),
        "bars": bars([d], state)[0],
        "check": check(d, arithmetic.complex_step(state, now.weights), state),
        "n_walk": state.n_stages,
        "walk": walk(d, state, updates[done : done + 2]) if state.walk else [],
        "python": code(state, now.weights, done),
    }


def words(state: State) -> str:
    """Say what is predicted, what it costs, and what the names in the formulas mean."""
    T, m = state.n_steps, len(state.sequences)
    cost = f"The prediction is S{T}; the cost is ξ = 1/m Σ (S{T} - y)², here with m = {m}"
    target = TEXT.number(state.targets[state.sequence - 1])
    return f"{cost}, and y = {target} for this sequence. {FUNCTIONS[state.activation]}"


FUNCTIONS = {
    "logistic": "log is the logistic function 1/(1 + e^(-a)), and no logarithm; d_log, in the "
    "boxes, is its derivative log(a) (1 - log(a)).",
    "tanh": "d_tanh, in the boxes, is the derivative of tanh: 1 - tanh(a)².",
    "identity": "No state has an activation, so that State(In) and State(Out) are one.",
}


def sequences(d: Worked, state: State) -> list[dict[str, Any]]:
    """Return each sequence with its target and what the network says."""
    predictions = d.numbers(d.chain.state_in(state.n_steps))
    return [
        {
            "bits": bits,
            "target": shown(target),
            "prediction": shown(prediction),
            "right": shown(prediction)["value"] is not None and round(prediction) == target,
        }
        for bits, target, prediction in zip(
            state.sequences, state.targets, predictions, strict=True
        )
    ]
