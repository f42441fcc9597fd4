"""Clipping: what is done to a gradient that is too long."""

from __future__ import annotations

import math
from collections.abc import Callable

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

    def clipped(grads: Params) -> Params:
        size = norm(grads)
        return grads if size <= most else map_params(lambda g: g * (most / size), grads)

    return _stateless(clipped)


def clip_by_value(most: float) -> Optimizer:
    """Limit every entry of the gradient to [-most, most]."""
    most = _checks.real_in("clip_by_value", "most", most, 0.0, math.inf, open_low=True)
    return _stateless(lambda grads: map_params(lambda g: np.clip(g, -most, most), grads))


def _stateless(change: Callable[[Params], Params]) -> Optimizer:
    return Optimizer(
        lambda params: None, lambda grads, state, params: (change(grads), state), makes_steps=False
    )
