"""Cost and gradient of one layer in a single compiled call, for networks that take microseconds.

There Python's own steps from line to line last longer than what they compute.  The formulas are
those of the files that the names below come from, compiled as they stand; here is only the order in
which they follow one another, that of `bptt.straight_path`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from bptt import losses, readouts
from bptt._shapes import Array
from bptt.cells import Cell
from bptt.through_time import columns
from bptt.through_time.buffers import Buffers
from bptt.through_time.compiled import engine, places, products, tiles
from bptt.through_time.compiled.arrays import copy
from bptt.through_time.compiled.engine import as_compiled
from bptt.through_time.compiled.functions import numba


def prepare(buffers: Buffers, arrays: Sequence[Array], *, bias: bool) -> tuple[Any, ...]:
    """Return a compiled `step`, and what it gets besides x, y, weights and their gradients.

    Parameters
    ----------
    buffers
        Gone over by compiled loops.
    arrays
        Of the loops, in the order of `step`; to be kept as long as it is called.
    bias
        Whether there are any.
    """
    cell, order = buffers.cell, buffers.order
    call = compiled(cell, buffers.z.dtype, bias, order is not None)
    return call, places.table([arrays])[0], order, cell.h_passes_by


@cache
def compiled(cell: Cell, dtype: np.dtype[Any], bias: bool, ordered: bool) -> Any:
    """Compile `step` for a cell and a float; the loss is the mse.

    It is called without Numba's looking at the types of the arguments, which takes as long again:
    whoever calls knows them.
    """
    of = partial(as_compiled, engine.name_of(cell))
    names = {
        "advance": engine.loops(cell).advance,
        "go_back": engine.loops(cell).go_back,
        "lay_out": of(columns.lay_out, laid_out=products.laid_out, copy=copy),
        "cut": of(columns.cut, put=products.put, copy=copy),
        "read_out": of(readouts.read_out, dot=products.dot),
        "read_out_back": of(readouts.read_out_back, dot=products.dot, add_up=products.add_up),
        "mse": of(losses.mse, mean=of(losses.mean, total=products.total), only=of(losses.only)),
    }
    names |= {f.__name__: of(f) for f in (places.one, places.two, places.three, places.four)}
    types = numba.types
    matrix, vector = (types.Array(numba.from_dtype(dtype), axes, "C") for axes in (2, 1))
    if not bias:
        vector = types.none
    weights = (matrix, matrix, vector, vector, matrix, vector)
    rows, table = types.int64[::1] if ordered else types.none, types.int64[:, ::1]
    return of(step, engine.KEPT, **names).compile(
        (types.boolean, matrix, matrix, *weights, *weights, table, rows, types.boolean)
    )


# -- compiled, with the names below meaning what `compiled` says ------------------------------

one: Any = None
two: Any = None
three: Any = None
four: Any = None
advance: Any = None
go_back: Any = None
lay_out: Any = None
cut: Any = None
read_out: Any = None
read_out_back: Any = None
mse: Any = None


def step(
    every, x, y, w_ih, w_hh, b_ih, b_hh, w_out, b_out, d_ih, d_hh, db_ih, db_hh, d_out, db_out,
    table, rows, passes_by,
):  # fmt: skip
    """Write the gradients and return the cost; the table has the places of arrays of `Buffers`.

    ``every`` says whether every state is read out, and not the last alone.
    """
    w_t, w, w_apart_t, x1 = two(table[0], x), three(table[1], x), two(table[2], x), two(table[3], x)
    h1, more, z, zx = two(table[4], x), three(table[5], x), two(table[6], x), two(table[7], x)
    scratch, kept, peephole = two(table[8], x), four(table[9], x), two(table[10], x)
    w_hh_rows, w_back = two(table[11], x), three(table[12], x)
    dzh, dzx, dh, d_more = (
        two(table[13], x),
        two(table[14], x),
        two(table[15], x),
        two(table[16], x),
    )
    by_h, local, room = two(table[17], x), three(table[18], x), one(table[19], x)
    (N, _), (n, H), T = x.shape, scratch.shape, kept.shape[0]
    G, A, F = z.shape[1] // H, zx.shape[1] // H, h1.shape[1]
    before, h = h1[:N], h1.reshape(T + 1, n, F)
    copy(before[:, H + 1 :], x)
    copy(h1[:n, :H], 0.0)
    copy(more[0], 0.0)
    lay_out(w_ih, w_hh, b_ih, b_hh, rows, w_t, w_apart_t)
    tiles.arrange(w_t, w)
    if A:
        copy(x1[:, 1:], x)
        products.product(x1, w_apart_t, zx)
    z_k, zx_k = z.reshape(T, n, G, H), zx.reshape(T, n, A, H)
    advance(
        before.reshape(T, n, F), w, z.reshape(T, n, G * H), z_k, zx_k, scratch, h, more, kept,
        peephole, room,
    )  # fmt: skip

    read = h1[n:, :H] if every else h1[N:, :H]
    prediction = read_out(read, w_out, b_out)
    cost, d = mse(prediction, y, None)
    d_read, d_weight, d_bias = read_out_back(d, read, w_out)
    copy(d_out, d_weight)
    if db_out is not None:
        copy(db_out, d_bias)

    copy(dh, 0.0)
    copy(d_more, 0.0)
    if every:
        dh_every = d_read.reshape(T, n, H)
    else:
        copy(dh, d_read)
        dh_every = d_read[:0].reshape(0, 0, H)
    copy(w_hh_rows, products.laid_out(w_hh, rows))
    tiles.arrange(w_hh_rows, w_back)
    go_back(
        dh_every, dzh.reshape(T, n, G * H), w_back, dh, by_h, z_k, zx_k, h, more, kept,
        dzh.reshape(T, n, G, H), dzx.reshape(T, n, A, H), d_more, local, n, peephole, passes_by,
        room,
    )  # fmt: skip
    d_apart = products.dot(dzx.T, x1) if A else w_apart_t[:0]
    cut(products.dot(dzh.T, before), d_apart, rows, d_ih, d_hh, db_ih, db_hh)
    return cost
