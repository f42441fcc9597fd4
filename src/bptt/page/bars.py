"""Bars that let one see a gradient vanish or explode: the error, and each time stamp's share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from bptt.derivation.chain_rule import COST
from bptt.derivation.tree import Symbol
from bptt.derivation.worked import Worked
from bptt.page.numbers import MATHML, lengths, shown
from bptt.page.state import State


def bars(networks: Sequence[Worked], state: State) -> list[list[dict[str, Any]]]:
    """Return three groups of bars for each network; those of one kind have one scale.

    They are ∂ξ/∂State_k(In) and what each time stamp adds to ∂ξ/∂Wx and to ∂ξ/∂Wrec, of the
    sequence looked at; or of all: then the norm of the errors, and the sum of the shares.
    """
    kinds = [
        _kind("error", [_errors(d, state) for d in networks], networks, state),
        _kind("wx", [_shares(d, "weight_ih", state) for d in networks], networks, state),
        _kind("wrec", [_shares(d, "weight_hh", state) for d in networks], networks, state),
    ]
    return [list(groups) for groups in zip(*kinds, strict=True)]


def _errors(d: Worked, state: State) -> list[float]:
    every = [d.chain.errors[k] for k in range(1, state.n_steps + 1)]
    if state.of == "sequence":
        return [d.number(error, state.sequence - 1) for error in every]
    return [math.hypot(*d.numbers(error)) for error in every]


def _shares(d: Worked, weight: str, state: State) -> list[float]:
    stamps = range(1, state.n_steps + 1)
    if state.of == "sequence":
        return [d.number(d.chain.term(weight, k), state.sequence - 1) for k in stamps]
    return [d.share(weight, k) for k in stamps]


def _kind(
    name: str, values: list[list[float]], networks: Sequence[Worked], state: State
) -> list[dict[str, Any]]:
    scaled = iter(lengths([value for of_one in values for value in of_one], state.bars))
    return [
        {
            "name": name,
            "label": _label(d, name),
            "bars": [
                {"time_stamp": k, "value": shown(value), "length": next(scaled)}
                for k, value in enumerate(of_one, start=1)
            ],
        }
        for d, of_one in zip(networks, values, strict=True)
    ]


def _label(d: Worked, name: str) -> str:
    if name == "error":
        return MATHML.partial(COST, Symbol(d.chain.state_in(1).name, "k"))
    return MATHML.partial(COST, d.chain.weight("weight_ih" if name == "wx" else "weight_hh"))
