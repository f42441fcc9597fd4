"""A small network's arrays as `Buffers` has them: a row for each sequence and time stamp.

What `bptt.compiled_step` does before and after the loops over time, for this form.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from bptt._shapes import Array
from bptt.through_time.buffers import Buffers
from bptt.through_time.columns import lay_out
from bptt.through_time.compiled import tiles
from bptt.through_time.compiled.arrays import copy
from bptt.through_time.compiled.places import (
    BACK,
    D_MORE,
    DH,
    MORE,
    SCRATCH,
    W_HH,
    WEIGHTS,
    three,
    two,
)
from bptt.through_time.compiled.products import dot, laid_out, product

W_T, W_APART_T, X1, ZX_ROWS, W_HH_ROWS, H_ROWS, DZ_ROWS, DZX_ROWS = range(BACK.stop, BACK.stop + 8)


class Form(NamedTuple):
    """What a compiled call does before, between and after the loops; the arrays are of one form."""

    product: Any
    """multiplies at a time stamp"""
    enter: Any
    """reads inputs and weights, and begins with states of 0"""
    read: Any
    """the states that are read out, (n, H) or all rows"""
    meet: Any
    """writes where the error enters, and returns what enters at each time stamp"""
    sums: Any
    """Σ_k dz[k]ᵀ [h[k-1], 1, x[k]], and Σ_k dzx[k]ᵀ [1, x[k]] of gates apart"""


def arrays(buffers: Buffers) -> list[Array]:
    """Return all that is worked on, in the order of its places; the way back has one part."""
    (part,) = buffers.back.parts(last_is_state_in=False)
    loops: Any = buffers.loops
    back = buffers.back
    return [
        *loops.forward_arrays, *loops.back_arrays(part), buffers.w_t, buffers.w_apart_t,
        buffers.x1, buffers.zx, back.w_hh, buffers.h1, back.dzh, back.dzx,
    ]  # fmt: skip


# -- compiled: ``at`` has the places of these arrays, and x is like them ------------------------


def enter(at, x, w_ih, w_hh, b_ih, b_hh, rows):
    """Read inputs and weights, and begin with states of 0."""
    h, w_t, w_apart_t = two(at[H_ROWS], x), two(at[W_T], x), two(at[W_APART_T], x)
    n, H = two(at[SCRATCH], x).shape
    copy(h[: len(x), H + 1 :], x)
    copy(h[:n, :H], 0.0)
    copy(three(at[MORE], x)[0], 0.0)
    lay_out(w_ih, w_hh, b_ih, b_hh, rows, w_t, w_apart_t)
    tiles.arrange(w_t, three(at[WEIGHTS], x))
    w_hh_rows = two(at[W_HH_ROWS], x)
    copy(w_hh_rows, laid_out(w_hh, rows))
    tiles.arrange(w_hh_rows, three(at[W_HH], x))
    zx = two(at[ZX_ROWS], x)
    if zx.size:
        x1 = two(at[X1], x)
        copy(x1[:, 1:], x)
        product(x1, w_apart_t, zx)


def read(at, x, every):
    """Return the states that are read out, (n, H) or all rows."""
    h, (n, H) = two(at[H_ROWS], x), two(at[SCRATCH], x).shape
    return h[n:, :H] if every else h[len(x) :, :H]


def meet(at, x, every, d_read):
    """Write where the error enters, and return what enters at each time stamp, (T, n, H)."""
    dh, d_more = two(at[DH], x), two(at[D_MORE], x)
    copy(dh, 0.0)
    copy(d_more, 0.0)
    n, H = dh.shape
    if every:
        return d_read.reshape(len(d_read) // n, n, H)
    copy(dh, d_read)
    return d_read[:0].reshape(0, n, H)


def sums(at, x):
    """Return Σ_k dz[k]ᵀ [h[k-1], 1, x[k]], and Σ_k dzx[k]ᵀ [1, x[k]] of gates apart."""
    total = dot(two(at[DZ_ROWS], x).T, two(at[H_ROWS], x)[: len(x)])
    dzx = two(at[DZX_ROWS], x)
    return total, dot(dzx.T, two(at[X1], x)) if dzx.size else two(at[W_APART_T], x)[:0]


FORM = Form(tiles.product, enter, read, meet, sums)
