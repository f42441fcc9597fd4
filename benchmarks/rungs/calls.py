"""What a side of the comparison offers for one piece of work, and how long a call takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Arrays = dict[str, np.ndarray]


class CannotError(Exception):
    """Raised by a side that does not do some work; the words say why, and stand in the JSON."""


def nothing() -> None:
    """Do nothing."""


class Calls(NamedTuple):
    """One side's way to do one piece of work."""

    call: Callable[[], object]
    """the timed call: loss and all gradients, or one optimiser step"""
    result: Callable[[int], Arrays]
    """what it computes, by PyTorch's names: ``loss`` and gradients, or the weights after so many
    steps from the given ones"""
    begin: Callable[[], None] = nothing
    """goes back to the given weights and to an optimiser that has seen nothing; before each slice
    of the timing, so that no side trains its way to other numbers than the others'"""
    updates: int = 3
    """after how many steps the weights are compared; one, where a network has one bias for the
    others' two, which moves them apart from the second step on"""
    note: str = ""
    """which form of several it is"""


def seconds(calls: Calls, count: int) -> float:
    """Return the seconds of one call, the mean of ``count``."""
    calls.begin()
    call = calls.call
    began = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - began) / count


def warm(calls: Calls) -> float:
    """Call until it is warm; return the seconds of one call, roughly."""
    once = seconds(calls, 1)
    if once > 0.5:
        return once  # what takes so long has warmed up by itself
    for _ in range(3):
        once = min(once, seconds(calls, 1))
    return min(once, seconds(calls, max(1, min(50, round(0.01 / once)))))


def fastest(forms: dict[Any, Callable[[], Calls]]) -> Calls:
    """Return the fastest of several forms of the same work, its name as a note."""
    made = {name: make() for name, make in forms.items()}
    if len(made) > 1:
        taken = min(made, key=lambda name: warm(made[name]))
    else:
        (taken,) = made
    return made[taken]._replace(note=taken)
