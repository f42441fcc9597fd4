"""Where a training has come to after some updates; the page plays, steps and rewinds in it."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from itertools import takewhile
from threading import Lock
from typing import Any

from bptt.page.arithmetic import Arithmetic, Trained
from bptt.page.state import LARGEST, State


def trained(state: State, arithmetic: Arithmetic) -> list[Trained]:
    """Return the start and what each update leads to, as far as the state's step and one more.

    Ends before the weights leave the range of the page or the cost is not finite.
    """
    wanted = min(state.step + 1, state.most_updates)
    many = 1
    while many < wanted:  # twice as many each time, so that playing computes each update twice
        many *= 2
    start = replace(State(), **{name: getattr(state, name) for name in MATTERS})
    with ONE_AT_A_TIME:
        return _trained(start, arithmetic, many)[: wanted + 1]


def at_step(state: State, arithmetic: Arithmetic) -> Trained:
    """Return where the training is at the state's step, or where it ended before."""
    found = trained(state, arithmetic)
    return found[min(state.step, len(found) - 1)]


ONE_AT_A_TIME = Lock()  # the page asks several questions at once, all of one training
MOST_POINTS = 400  # of a way that is drawn
MATTERS = ("wx", "wrec", "activation", "sequences", "targets", "optimizer", "rate")


@lru_cache(maxsize=8)  # the same training is asked for at each of its steps
def _trained(state: State, arithmetic: Arithmetic, n_updates: int) -> list[Trained]:
    found = arithmetic.train(state, n_updates)
    return [found[0], *takewhile(_is_within, found[1:])]


def _is_within(at: Trained) -> bool:
    return math.isfinite(at.cost) and max(map(abs, at.weights)) <= LARGEST


def path(state: State, arithmetic: Arithmetic) -> dict[str, Any]:
    """Return the way of the weights up to the state's step; of a long way not every point."""
    found = trained(state, arithmetic)[: state.step + 1]
    every = 1 + len(found) // MOST_POINTS
    way = [*found[:-1:every], found[-1]]
    return {"points": [at.weights._asdict() for at in way]}


def ends(state: State, found: list[Trained]) -> str:
    """Say why a training goes no further, if it does not."""
    if len(found) <= min(state.step + 1, state.most_updates):
        return (
            f"No update follows: it would lead to weights beyond {LARGEST:g} or to an infinite "
            "cost. The gradient explodes, or the rate is too large."
        )
    if state.step >= state.most_updates:
        return f"{state.most_updates} updates are the most that the page does with these data."
    return ""
