"""What is done to a gradient before the step: clipping, counted, and weight decay."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from bptt import _checks
from bptt.optimizers.base import Optimizer
from bptt.params import Params, map_params, named_arrays


def norm(tree: Params) -> float:
    """Return the Euclidean norm of all entries together.

    Examples
    --------
    >>> import bptt
    >>> norm(bptt.post_params(3, 4))
    5.0
    """
    arrays = [array for _, array in named_arrays(tree)]
    largest = max(float(np.abs(array).max()) for array in arrays)
    if largest == 0.0 or not math.isfinite(largest):
        return largest
    # relative to the largest, so that no square overflows or vanishes
    squares = (np.square(array.astype(np.float64) / largest).sum() for array in arrays)
    return largest * math.sqrt(sum(float(square) for square in squares))


def clip_by_norm(most: float) -> Optimizer:
    """Scale the gradient down to norm ``most`` where it is longer.

    Pascanu, Mikolov & Bengio 2013, algorithm 1.
    """
    most = _checks.real_in("clip_by_norm", "most", most, 0.0, math.inf, open_low=True)

    def clipped(grads: Params) -> tuple[Params, bool]:
        size = norm(grads)
        if size <= most:
            return grads, False
        return map_params(lambda g: g * (most / size), grads), True

    return _counting(f"clip_by_norm({most!r})", clipped)


def clip_by_value(most: float) -> Optimizer:
    """Limit every entry of the gradient to [-most, most]."""
    most = _checks.real_in("clip_by_value", "most", most, 0.0, math.inf, open_low=True)

    def clipped(grads: Params) -> tuple[Params, bool]:
        if all(float(np.abs(array).max()) <= most for _, array in named_arrays(grads)):
            return grads, False
        return map_params(lambda g: np.clip(g, -most, most), grads), True

    return _counting(f"clip_by_value({most!r})", clipped)


def weight_decay(rate: float) -> Optimizer:
    """Add rate · w to the gradient of every weight and bias: the derivative of ½ rate Σw².

    As ``weight_decay=`` of PyTorch's ``SGD`` and ``Adam``; `bptt.adam` has ``weight_decay=`` for
    the decay that the averages do not see, as PyTorch's ``AdamW``.

    Examples
    --------
    >>> import bptt
    >>> optimizer = bptt.chain(bptt.weight_decay(1e-4), bptt.gradient_descent(0.1))
    """
    rate = _checks.real_in("weight_decay", "rate", rate, 0.0, math.inf)
    return Optimizer(
        lambda params: None,
        lambda grads, state, params: (map_params(lambda g, w: g + rate * w, grads, params), state),
        makes_steps=False,
        name=f"weight_decay({rate!r})",
    )


class Clipped(NamedTuple):
    """The state of a clipping: how many gradients it has clipped."""

    times: int


def _counting(name: str, change: Callable[[Params], tuple[Params, bool]]) -> Optimizer:
    def update(grads: Params, state: Clipped, params: Params) -> tuple[Params, Clipped]:
        changed, clipped = change(grads)
        return changed, Clipped(state.times + clipped)

    return Optimizer(lambda params: Clipped(0), update, makes_steps=False, name=name)


def times_clipped(state: object) -> int:
    """Return how many gradients were clipped, read off an optimiser's state."""
    if isinstance(state, Clipped):
        return state.times
    if type(state) is tuple:  # of a chain
        return sum(map(times_clipped, state))
    return 0
