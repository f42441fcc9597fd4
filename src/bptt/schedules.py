"""Schedules: plain callables from the number of updates done so far to a rate.

Any ``lambda step: ...`` will do; these are the ones that are used most.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from bptt import _checks

Schedule: TypeAlias = Callable[[int], float]


def step(start: float, factor: float, every: int) -> Schedule:
    """Return rate(t) = start · factor^⌊t/every⌋.

    Examples
    --------
    >>> [step(1.0, 0.1, 2)(t) for t in range(4)]
    [1.0, 1.0, 0.1, 0.1]
    """
    every = _checks.positive_int("schedules.step", "every", every)
    rate = exponential(start, factor)
    return lambda step: rate(step // every)


class Plateau(NamedTuple):
    """Make steps smaller where the loss no longer falls; hand it to ``fit(plateau=...)``.

    After ``patience`` epochs without a lower (validation) loss every step is multiplied by
    ``factor`` from then on, down to ``least`` of what the optimiser says.  As Keras's
    ``ReduceLROnPlateau``; it is no schedule, since it looks at the loss.

    Examples
    --------
    >>> Plateau(factor=0.5, patience=3)
    Plateau(factor=0.5, patience=3, least=0.0001)
    """

    factor: float = 0.5
    patience: int = 10
    least: float = 1e-4


def exponential(start: float, factor: float) -> Schedule:
    """Return rate(t) = start · factor^t.

    Examples
    --------
    >>> exponential(0.1, 0.5)(2)
    0.025
    """
    start = _checks.real_in("schedules.exponential", "start", start, 0.0, math.inf, open_low=True)
    factor = _checks.real_in(
        "schedules.exponential", "factor", factor, 0.0, math.inf, open_low=True
    )

    def rate(step: int) -> float:
        try:
            return start * factor**step
        except OverflowError:
            return math.inf  # which the optimiser refuses

    return rate


def cosine(start: float, end: float, n_steps: int) -> Schedule:
    """Return rate(t) = end + (start - end)(1 + cos(π t/n_steps))/2, then end.

    Loshchilov & Hutter 2017, eq. 5.

    Examples
    --------
    >>> [round(cosine(1.0, 0.0, 4)(step), 3) for step in range(6)]
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]
    """
    start = _checks.real_in("schedules.cosine", "start", start, 0.0, math.inf, open_low=True)
    end = _checks.real_in("schedules.cosine", "end", end, 0.0, math.inf)
    n_steps = _checks.positive_int("schedules.cosine", "n_steps", n_steps)
    return lambda step: end + (start - end) * (1 + math.cos(math.pi * min(step / n_steps, 1.0))) / 2
