"""Weights as the products want them, and gradients back in the order of the weights."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from bptt._shapes import Array

copy: Any = np.copyto


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
    places = np.array([gates.index(name) for name in columns], np.int64)
    rows: Array = (places[:, None] * H + np.arange(H, dtype=np.int64)).ravel()
    return rows


def laid_out(weight: Array, rows: Array | None) -> Array:
    """Return the rows of a weight or bias in the order of z's columns."""
    return weight if rows is None else weight[rows]


def lay_out(
    w_ih: Array,
    w_hh: Array,
    b_ih: Array | None,
    b_hh: Array | None,
    rows: Array | None,
    w_t: Array,
    w_apart_t: Array,
) -> None:
    """Write the weights as the products want them: [W_hh, b, W_ih]ᵀ, and [b, W_ih]ᵀ of gates apart.

    Of these the first has b_hh, and 0 for W_ih.
    """
    H, together = w_hh.shape[1], w_t.shape[1] - w_apart_t.shape[1]
    inputs = laid_out(w_ih, rows)
    copy(w_t[:H], laid_out(w_hh, rows).T)
    copy(w_t[H + 1 :, :together], inputs[:together].T)
    copy(w_apart_t[1:], inputs[together:].T)
    if b_ih is None or b_hh is None:
        copy(w_t[H], 0.0)
        copy(w_apart_t[0], 0.0)
    else:
        b = laid_out(b_ih, rows)
        copy(w_t[H], laid_out(b_hh, rows))
        np.add(w_t[H, :together], b[:together], w_t[H, :together])
        copy(w_apart_t[0], b[together:])


def cut(
    total: Array,
    d_apart: Array,
    rows: Array | None,
    d_ih: Array,
    d_hh: Array,
    db_ih: Array | None,
    db_hh: Array | None,
) -> None:
    """Write the gradients: blocks of Σ_k dzh[k]ᵀ [h[k-1], 1, x[k]], and of dzxᵀ [1, x] apart."""
    H = d_hh.shape[1]
    put(total[:, :H], rows, d_hh)
    if db_hh is not None:
        put(total[:, H], rows, db_hh)
    if len(d_apart):  # in the place of what is no derivative
        copy(total[len(total) - len(d_apart) :, H:], d_apart)
    put(total[:, H + 1 :], rows, d_ih)
    if db_ih is not None:
        put(total[:, H], rows, db_ih)


def put(array: Array, rows: Array | None, out: Array) -> None:
    """Write rows in the order of z's columns in that of the weights."""
    if rows is None:
        copy(out, array)
    else:
        out[rows] = array


def by_gate(array: Array, rows: Array) -> Array:
    """Return an array (N, G·H) whose columns are in the order of the gates, as a copy."""
    ordered = np.empty_like(array, order="C")
    ordered[:, rows] = array
    return ordered
