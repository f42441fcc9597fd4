"""The lowest cost near a point: Nelder and Mead's triangle, which walks down narrow valleys."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import NamedTuple

SMALL, MOST = 1e-12, 400  # where the triangle ends; how often it looks


class Point(NamedTuple):
    """Weights, and what they cost."""

    cost: float
    wx: float
    wrec: float


COST = attrgetter("cost")  # alone: of what costs the same, the place must not decide


def lowest(
    cost: Callable[[float, float], float], start: Point, step: float, small: float = SMALL
) -> Point:
    """Return the lowest point that is found downhill from a start.

    Nelder & Mead 1965: the highest corner of a triangle is mirrored, stretched or drawn in; if
    none of that helps, all corners draw nearer to the lowest.

    Parameters
    ----------
    cost : callable (wx, wrec) -> float
        Infinite where one must not go.
    start : Point
    step : float
        The size of the first triangle.
    small : float
        That of the last.

    Examples
    --------
    >>> found = lowest(lambda a, b: (1 - a)**2 + 100*(b - a*a)**2, Point(24.2, -1.2, 1.0), 0.1)
    >>> round(found.wx, 6), round(found.wrec, 6)
    (1.0, 1.0)
    """

    def at(wx: float, wrec: float) -> Point:
        return Point(cost(wx, wrec), wx, wrec)

    _, wx, wrec = start
    best, middle, worst = sorted((start, at(wx + step, wrec), at(wx, wrec + step)), key=COST)
    for _ in range(MOST):
        if max(_distance(best, middle), _distance(best, worst)) < small:
            break
        wx, wrec = (best.wx + middle.wx) / 2, (best.wrec + middle.wrec) / 2
        over = at(2 * wx - worst.wx, 2 * wrec - worst.wrec)
        if over.cost < best.cost:
            new = min(over, at(3 * wx - 2 * worst.wx, 3 * wrec - 2 * worst.wrec), key=COST)
        elif over.cost < middle.cost:
            new = over
        else:
            outer = min(worst, over, key=COST)
            new = at((wx + outer.wx) / 2, (wrec + outer.wrec) / 2)
            if not new.cost < outer.cost:
                middle, new = (
                    at((best.wx + p.wx) / 2, (best.wrec + p.wrec) / 2) for p in (middle, worst)
                )
        best, middle, worst = sorted((best, middle, new), key=COST)
    return best


def _distance(one: Point, other: Point) -> float:
    return max(abs(one.wx - other.wx), abs(one.wrec - other.wrec))
