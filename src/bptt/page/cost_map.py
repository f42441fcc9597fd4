"""The cost over both weights, coarse first and then finer, as levels that the page colours."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

from bptt.page import with_floats
from bptt.page.arithmetic import Arithmetic
from bptt.page.lowest import COST, Point, lowest
from bptt.page.numbers import shown
from bptt.page.state import State

SIZES = (15, 60)  # points on an axis
LEVELS = 255
OTHER_VALLEYS = 3  # looked at besides the one with the best point
DECADES = 4  # of costs that have colours of their own, up from the lowest


def axis(low: float, high: float, n: int) -> list[float]:
    """Return n numbers from low to high.

    Examples
    --------
    >>> axis(-1.0, 1.0, 5)
    [-1.0, -0.5, 0.0, 0.5, 1.0]
    """
    return [low + (high - low) * i / (n - 1) for i in range(n)]


def surface(state: State, arithmetic: Arithmetic, asked: dict[str, float]) -> dict[str, Any]:
    """Return some rows of the surface, and what to ask for next.

    Parameters
    ----------
    asked : dict
        The ``next`` of the answer before; empty for the first.

    Returns
    -------
    dict
        ``size``; ``first``, the number of the first row (of the lowest wrec); ``levels``, a list
        of rows of 0 … 255; ``low`` and ``high``, the costs of levels 0 and 255; ``next``, or None
        at the end, and then ``minimum``.
    """
    reach = float(state.reach)
    size, first = int(asked.get("size", SIZES[0])), int(asked.get("first", 0))
    weights = axis(-reach, reach, size)
    rows = arithmetic.ROWS_AT_ONCE if first or size != SIZES[0] else size
    costs = arithmetic.costs(state, weights, weights[first : first + rows])
    low, high = asked.get("low", 0.0), asked.get("high", 0.0)
    if not asked:
        low, high = _range([cost for row in costs for cost in row], state.targets)
    best = min(
        Point(cost, wx, weights[first + j])
        for j, row in enumerate(costs)
        for cost, wx in zip(row, weights, strict=True)
    )
    if asked:
        best = min(best, Point(asked["cost"], asked["wx"], asked["wrec"]))
    follows = {"low": low, "high": high} | best._asdict()
    answer: dict[str, Any] = {
        "size": size,
        "first": first,
        "levels": [[_level(cost, low, high) for cost in row] for row in costs],
        "low": shown(low),
        "high": shown(high),
        "next": None,
        "minimum": None,
    }
    if first + rows < size:
        answer["next"] = follows | {"size": size, "first": first + rows}
    elif size != SIZES[-1]:
        answer["next"] = follows | {"size": SIZES[SIZES.index(size) + 1], "first": 0}
    else:
        valleys = _valleys(state, arithmetic, best)
        answer["minimum"] = _minimum(state, best, weights[1] - weights[0], valleys)
    if answer["next"] and SIZES[-1] <= arithmetic.ROWS_AT_ONCE:  # so fast that no one need wait
        return surface(state, arithmetic, answer["next"])
    return answer


def _range(costs: Sequence[float], targets: Sequence[float]) -> tuple[float, float]:
    """Return the costs of the first and the last colour, on the coarse grid."""
    finite = [cost for cost in costs if 0 < cost < math.inf]
    low, high = min(finite, default=1.0), max(finite, default=1.0)
    at_zero = sum(y * y for y in targets) / len(targets)  # the cost where both weights are zero
    # a finer grid finds lower costs; what is 0 but for its rounding is no cost to begin with
    low = max(low / 4, at_zero / 10**8, sys.float_info.min)
    return low, max(min(high, low * 10.0**DECADES), 1.01 * low)


def _level(cost: float, low: float, high: float) -> int:
    if cost <= low:
        return 0
    if not math.isfinite(cost):
        return LEVELS
    share = math.log(cost / low) / math.log(high / low)
    return round(min(share, 1.0) * LEVELS)


def _valleys(state: State, arithmetic: Arithmetic, best: Point) -> list[Point]:
    """Return points of the coarse grid that have no lower ones round them, away from the best.

    The lowest valley may be so narrow that the best point of the finer grid is in another.
    """
    reach = float(state.reach)
    weights = axis(-reach, reach, SIZES[0])
    apart = 1.01 * (weights[1] - weights[0])
    costs = arithmetic.costs(state, weights, weights)
    found = []
    for j, wrec in enumerate(weights):
        for i, wx in enumerate(weights):
            near = [
                cost for row in costs[max(j - 1, 0) : j + 2] for cost in row[max(i - 1, 0) : i + 2]
            ]
            if costs[j][i] <= min(near) and max(abs(wx - best.wx), abs(wrec - best.wrec)) > apart:
                found.append(Point(costs[j][i], wx, wrec))
    return sorted(found, key=COST)[:OTHER_VALLEYS]


def _minimum(state: State, best: Point, step: float, valleys: list[Point]) -> dict[str, Any]:
    """Return the lowest cost of the map: downhill from the best point, or from other valleys.

    By `bptt.scalar` wherever the page runs, so that it is the same to the last digit.
    """
    reach = float(state.reach)

    def within(weight: float) -> float:
        return max(-reach, min(weight, reach))

    def cost(wx: float, wrec: float) -> float:
        return with_floats.costs(state, [within(wx)], [within(wrec)])[0][0]

    def downhill(start: Point) -> Point:
        found, before, size = lowest(cost, start, step), start, step
        while found.cost < before.cost:  # at the edge a triangle may fold up before it is there
            before, size = found, size / 2
            found = lowest(cost, Point(found.cost, within(found.wx), within(found.wrec)), size)
        return found

    found = downhill(best)
    for valley in valleys:
        roughly = lowest(cost, valley, step, step / 50)
        if roughly.cost < found.cost:
            found = downhill(roughly)
    wx, wrec = within(found.wx), within(found.wrec)
    return {"wx": shown(wx), "wrec": shown(wrec), "cost": shown(found.cost)}
