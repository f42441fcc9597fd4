"""Schedules: plain callables from the number of updates done so far to a rate.

Any ``lambda step: ...`` will do; these are the two that are used most.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from bptt import _checks

Schedule: TypeAlias = Callable[[int], float]


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
