"""Spot the difference: the same network with the logistic function, with tanh and with none."""

from __future__ import annotations

from math import prod
from typing import Any

from bptt.derivation.tree import Partial, Role, factors
from bptt.derivation.worked import Worked
from bptt.page.arithmetic import Arithmetic
from bptt.page.bars import bars
from bptt.page.network import network
from bptt.page.numbers import shown
from bptt.page.state import State
from bptt.page.trace import sequences
from bptt.page.training import at_step

ACTIVATIONS = ("logistic", "tanh", "identity")


def compare(state: State, arithmetic: Arithmetic) -> dict[str, Any]:
    """Return three networks with the same weights and data; their bars have one scale."""
    weights = at_step(state, arithmetic).weights
    derived = [arithmetic.derive(state, weights, name) for name in ACTIVATIONS]
    return {
        "networks": [
            network(d, state)
            | {
                "said": sequences(d, state)[state.sequence - 1],
                "errors": found[0],
                "boxes": _boxes(d, state),
            }
            for d, found in zip(derived, bars(derived, state), strict=True)
        ]
    }


def _boxes(d: Worked, state: State) -> dict[str, Any]:
    """Return how many boxes the open time stamp's chain has, and what they multiply it by."""
    chain = factors(d.chain.term("weight_ih", state.time_stamp))
    boxes = [f for f in chain if isinstance(f, Partial) and f.role is Role.SLOPE]
    product = prod(d.number(box, state.sequence - 1) for box in boxes)
    return {"n": len(boxes), "product": shown(product)}
