"""Cost and gradient of one layer in a single compiled call, for networks that take microseconds.

There Python's own steps from line to line last longer than what they compute.  The formulas are
those of the files that the names below come from, compiled as they stand; here is only the order in
which they follow one another, that of `bptt.straight_path`.
"""

from __future__ import annotations

from collections.abc import Mapping
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

AXES = {
    "w_t": 2, "w": 3, "w_apart_t": 2, "x1": 2, "h1": 2, "more": 3, "z": 2, "zx": 2, "scratch": 2,
    "kept": 4, "peephole": 2, "w_hh_rows": 2, "w_back": 3, "dzh": 2, "dzx": 2, "dh": 2, "d_more": 2,
    "by_h": 2, "local": 3, "room": 1,
}  # fmt: skip
"""the arrays of the loops in the order of their places, and how many axes each has"""
(
    W_T, W, W_APART_T, X1, H1, MORE, Z, ZX, SCRATCH, KEPT, PEEPHOLE, W_HH_ROWS, W_BACK, DZH, DZX,
    DH, D_MORE, BY_H, LOCAL, ROOM,
) = range(len(AXES))  # fmt: skip


def prepare(buffers: Buffers, arrays: Mapping[str, Array], *, bias: bool) -> tuple[Any, ...]:
    """Return a compiled `step`, and what it gets besides x, y, weights and their gradients.

    Parameters
    ----------
    buffers
        Gone over by compiled loops.
    arrays
        Of the loops, by name; to be kept as long as it is called.
    bias
        Whether there are any.
    """
    cell, order, dtype = buffers.cell, buffers.order, buffers.z.dtype
    found = {name: array.ndim for name, array in arrays.items()}
    if found != AXES:
        raise ValueError(f"arrays with {AXES} axes are needed, these have {found}")
    call = compiled(cell, dtype, bias, order is not None)
    ordered = [arrays[name] for name in AXES]
    return call, places.table([ordered], dtype)[0], order, cell.h_passes_by


@cache
def compiled(cell: Cell, dtype: np.dtype[Any], bias: bool, ordered: bool) -> Any:
    """Compile `step` for a cell and a float; the loss is the mse.

    It is called without Numba's looking at the types of the arguments, which takes as long again:
    whoever calls knows them.
    """
    of = partial(as_compiled, engine.name_of(cell, dtype, bias, ordered))
    names = {
        "advance": engine.loops(cell, dtype).advance,
        "go_back": engine.loops(cell, dtype).go_back,
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
    at, rows, passes_by,
):  # fmt: skip
    """Write the gradients and return the cost; ``at`` has the places of arrays.

    ``every`` says whether every state is read out, and not the last alone.
    """
    w_t, w, w_apart_t = two(at[W_T], x), three(at[W], x), two(at[W_APART_T], x)
    x1, h1, more, z = two(at[X1], x), two(at[H1], x), three(at[MORE], x), two(at[Z], x)
    zx, scratch, kept = two(at[ZX], x), two(at[SCRATCH], x), four(at[KEPT], x)
    peephole, w_hh_rows, w_back = two(at[PEEPHOLE], x), two(at[W_HH_ROWS], x), three(at[W_BACK], x)
    dzh, dzx, dh, d_more = two(at[DZH], x), two(at[DZX], x), two(at[DH], x), two(at[D_MORE], x)
    by_h, local, room = two(at[BY_H], x), three(at[LOCAL], x), one(at[ROOM], x)
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
