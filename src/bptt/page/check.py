"""The badge: back-propagation through time beside the complex step, at these weights."""

from __future__ import annotations

import math
from typing import Any

from bptt.derivation.worked import Worked
from bptt.page.arithmetic import Weights
from bptt.page.numbers import shown
from bptt.page.state import State

WEIGHTS = ("weight_ih", "weight_hh")
TOLERANCE = 1e-12  # as `bptt.check_gradient` allows


def check(d: Worked, complex_step: Weights, state: State) -> dict[str, Any]:
    """Compare the two derivatives of the derivation with those of the forward alone.

    The difference is measured as in `bptt.check_gradient`: over the largest of all derivatives and
    of Σ|∂ξ/∂ŷ|; and over the sum of the terms' sizes, for they may cancel to nothing but rounding.
    """
    ours = Weights(*map(d.gradient, WEIGHTS))
    both = [*ours, *complex_step]
    if not all(map(math.isfinite, both)):
        return _says(None, ours, complex_step, math.nan, "no check: the numbers overflow")
    difference = max(abs(a - b) for a, b in zip(ours, complex_step, strict=True))
    at_predictions = d.numbers(d.chain.errors[state.n_steps])
    terms = [d.chain.term(w, k) for w in WEIGHTS for k in d.chain.time_stamps(w)]
    sizes = [abs(share) for term in terms for share in d.numbers(term)]
    scale = max(*map(abs, both), sum(map(abs, at_predictions)), sum(sizes))
    error = difference / scale if scale else difference
    right = error < TOLERANCE
    exact = f"{error:.1e}" if error else "the last digit"
    says = f"gradient right to {exact}" if right else f"gradient WRONG by {exact}"
    return _says(right, ours, complex_step, difference, says)


def _says(
    right: bool | None, ours: Weights, theirs: Weights, difference: float, says: str
) -> dict[str, Any]:
    return {
        "right": right,
        "says": says,
        "bptt": [shown(value) for value in ours],
        "complex_step": [shown(value) for value in theirs],
        "difference": shown(difference),
    }
