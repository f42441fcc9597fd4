"""Numbers as the page gets them: with their digits, and with how long a bar they make."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from bptt.derivation.mathml import MathML
from bptt.derivation.text import TEXT

MATHML = MathML()
DECADES = 6  # of a symmetric logarithmic scale on either side of zero


def shown(value: float) -> dict[str, Any]:
    """Return a number: its value, null if it is not finite, and the digits that are shown.

    Examples
    --------
    >>> shown(2 / 3)
    {'value': 0.6666666666666666, 'text': '0.666667'}
    """
    value = float(value) + 0.0  # no -0
    return {"value": value if math.isfinite(value) else None, "text": TEXT.number(value)}


def lengths(values: Sequence[float], scale: str) -> list[float]:
    """Return how long the bar of each number is, from -1 to 1; the largest size has 1.

    On the ``"symlog"`` scale each factor of ten makes a bar shorter by the same piece, down to a
    millionth of the largest, and below that bars are as good as linear.

    Examples
    --------
    >>> lengths([1.0, -0.5, 0.0], "linear")
    [1.0, -0.5, 0.0]
    >>> [round(length, 2) for length in lengths([1.0, -1e-3, 1e-9], "symlog")]
    [1.0, -0.5, 0.0]
    """
    sizes = [abs(value) for value in values if math.isfinite(value)]
    largest = max(sizes, default=0.0)
    return [_length(value, largest, scale) for value in values]


def _length(value: float, largest: float, scale: str) -> float:
    if math.isnan(value) or largest == 0.0:
        return math.copysign(1.0, value) if math.isinf(value) else 0.0
    if math.isinf(value):
        return math.copysign(1.0, value)
    share = abs(value) / largest
    if scale == "symlog":
        share = math.log1p(share * 10.0**DECADES) / math.log1p(10.0**DECADES)
    return math.copysign(share, value) + 0.0
