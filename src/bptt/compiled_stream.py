"""One time stamp of a `Stream` in a single compiled call.

There Python's own steps from line to line last ten times as long as what they compute.  The
formulas are those of the files that the names below come from, compiled as they stand; here is only
the order in which they follow one another, that of `bptt.stream`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from bptt import readouts
from bptt._shapes import Array
from bptt.cells import Cell
from bptt.through_time.buffers import Buffers
from bptt.through_time.compiled import engine, places, products, tiles
from bptt.through_time.compiled.arrays import borrowed, copy
from bptt.through_time.compiled.engine import as_compiled
from bptt.through_time.compiled.functions import compile_function, numba
from bptt.through_time.compiled.places import FORWARD, MORE, SCRATCH, H

X1, W_APART, ZX_ROWS = range(FORWARD.stop, FORWARD.stop + 3)  # of a layer, for gates apart
WEIGHT, BIAS, TOTAL, SAID = range(4)  # of the read-out


def prepare(
    layers: Sequence[Buffers], weight: Array, bias: Array | None, total: Array, said: Array
) -> tuple[Any, Array, list[Array]]:
    """Return a compiled `step`, the places of what it works on, and arrays to be kept for it.

    Parameters
    ----------
    layers
        Gone over by compiled loops.
    weight, bias
        Of the read-out.
    total : (n, O)
        What was read out so far; (0, O) if no mean is read.
    said : (n, O)
        Where the prediction is written.
    """
    weight = np.ascontiguousarray(weight, said.dtype)
    b = np.zeros((1, len(weight)), said.dtype)
    if bias is not None:
        b[0] = bias
    groups: list[list[Array]] = []
    for buffers in layers:
        loops: Any = buffers.loops
        groups.append([*loops.forward_arrays, buffers.x1, buffers.w_apart_t, buffers.zx])
    groups.append([weight, b, total, said])
    call = compiled(layers[0].cell, said.dtype)
    return call, places.table(groups, said.dtype), [array for group in groups for array in group]


@cache
def compiled(cell: Cell, dtype: np.dtype[Any]) -> Any:
    """Compile `step` for a cell and a float.

    It is called without Numba's looking at the types of the arguments, which takes as long again:
    whoever calls knows them.
    """
    of = partial(as_compiled, f"{engine.name_of(cell, dtype)}_stream")
    names = {f.__name__: of(f) for f in (places.one, places.two, places.three, places.four)}
    names |= {
        "of_advance": of(places.of_advance, **names),
        "advance": engine.loops(cell, dtype, tiles.product).advance,
        "read_out": of(readouts.read_out, dot=dot),
        "mean_so_far": of(readouts.mean_so_far),
    }
    is_what = {"apart": bool(cell.n_apart), "several": len(cell.states) > 1}
    function = of(step, engine.KEPT, **is_what, **names)
    x = numba.types.Array(numba.from_dtype(dtype), 1, "A", aligned=False)  # wherever it stands
    return function.compile((x, numba.int64[:, :, ::1], numba.int64))


# -- compiled, with the names below meaning what `compiled` says ------------------------------

two: Any = None
three: Any = None
of_advance: Any = None
apart: Any = None
several: Any = None
advance: Any = None
read_out: Any = None
mean_so_far: Any = None


@compile_function
def dot(a, b):
    """Return the matrix product a b; each sum stays in a register."""
    out = np.empty((a.shape[0], b.shape[1]), a.dtype)
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            found = a[i, 0] * b[0, j]
            for k in range(1, b.shape[0]):
                found += a[i, k] * b[k, j]
            out[i, j] = found
    return out


def step(x, table, n_steps):
    """Go over one time stamp and return True; if x, (n·I,), is not finite, do nothing."""
    x, table = borrowed(x), borrowed(table)
    for entry in x:
        if not math.isfinite(entry):
            return False
    weight, said = two(table[-1, WEIGHT], x), two(table[-1, SAID], x)
    n, I = len(said), len(x) // len(said)
    for layer in range(len(table) - 1):
        at = table[layer]
        h, more, n_states = three(at[H], x), three(at[MORE], x), at[SCRATCH, 2]
        before, after = h[0], h[1, :, :n_states]
        if layer:
            below = three(table[layer - 1, H], x)
            copy(before[:, n_states + 1 :], below[1, :, :n_states])
        else:
            for i in range(n):
                copy(before[i, n_states + 1 :], x[i * I : (i + 1) * I])
        if apart:
            x1 = two(at[X1], x)
            copy(x1[:, 1:], before[:, n_states + 1 :])
            products.product(x1, two(at[W_APART], x), two(at[ZX_ROWS], x))
        advance(*of_advance(at, x))
        copy(before[:, :n_states], after)
        if several:
            copy(more[0], more[1])
    top = three(table[-2, H], x)
    prediction = read_out(top[1, :, : weight.shape[1]], weight, two(table[-1, BIAS], x)[0])
    total = two(table[-1, TOTAL], x)
    if len(total):
        mean_so_far(prediction, total, n_steps)
    copy(said, prediction)
    return True
