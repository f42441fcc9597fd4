"""Weights as the products want them, and gradients back in the order of the weights."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from bptt._shapes import Array


@lru_cache(maxsize=64)
def rows_of(gates: tuple[str, ...], columns: tuple[str, ...], H: int) -> Array | None:
    """Return which row of the weights each column of z belongs to; None if they are in order.

    Examples
    --------
    >>> rows_of(("r", "u", "n"), ("u", "r", "n"), 2)
    array([2, 3, 0, 1, 4, 5])
    """
    if gates == columns:
        return None
    places = np.array([gates.index(name) for name in columns])
    rows: Array = (places[:, None] * H + np.arange(H)).ravel()
    return rows


def laid_out(weight: Array, rows: Array | None) -> Array:
    """Return the rows of a weight or bias in the order of z's columns."""
    return weight if rows is None else weight.take(rows, axis=0)


def back(array: Array, rows: Array | None, axis: int = 0) -> Array:
    """Return an array in the order of z's columns in that of the weights' rows, as a copy."""
    if rows is None:
        return array.copy()
    ordered = np.empty_like(array, order="C")
    if axis:
        ordered[..., rows] = array
    else:
        ordered[rows] = array
    return ordered
