"""A small network's arrays with sequences side by side, where a sequence's states fill no vector.

In `in_rows` a sequence's row is [h, 1, x], and of three states a vector register has room for
sixteen.  Here each number of that row is a row itself, (F, n), with the n sequences in its columns.
A product is W [h; 1; x].  A cell's lines work on one "sequence" of H·n states: they are
element-wise, and cannot tell.

n is rounded up to whole vectors.  The columns beyond are the last sequence again, and no error
enters there: they add 0 to each gradient, or NaN if the last sequence itself is not finite.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bptt._shapes import Array
from bptt.cells import Cell, Views
from bptt.through_time import columns
from bptt.through_time.columns import lay_out
from bptt.through_time.compiled import tiles
from bptt.through_time.compiled.arrays import borrowed, copy
from bptt.through_time.compiled.functions import compile_function
from bptt.through_time.compiled.in_rows import Form
from bptt.through_time.compiled.places import (
    BACK,
    D_MORE,
    DH,
    DZ,
    DZ_H,
    DZX,
    KEPT,
    MORE,
    OPERANDS,
    WEIGHTS,
    ZX,
    Z,
    four,
    three,
    two,
)
from bptt.through_time.compiled.places import (
    H as H_ALL,
)
from bptt.through_time.compiled.sums import over_time
from bptt.through_time.compiled.vectors import BYTES
from bptt.through_time.packing import Packing

W_T, W_APART_T, W_APART = range(BACK.stop, BACK.stop + 3)


class Beside:
    """Arrays of one shape, side by side, and what a `Tape` reads off them: rows, in copies.

    Attributes
    ----------
    arrays : list of array
        All that is worked on, in the order of its places.
    """

    def __init__(self, cell: Cell, packing: Packing, I: int, H: int, dtype: np.dtype[Any]) -> None:
        n, T, lanes = packing.n_sequences, packing.n_steps, BYTES // dtype.itemsize
        P, F, G, A = -(-n // lanes) * lanes, H + 1 + I, cell.n_gates, cell.n_apart
        HP, several = H * P, len(cell.states) > 1
        self.cell, self.packing, self._sizes, self.turn = cell, packing, (n, H, P), 0
        self.last = slice((T - 1) * n, T * n)
        self.order = columns.rows_of(cell.gates, cell.columns, H)

        def new(*shape: int) -> Array:
            return np.zeros(shape, dtype)

        h, dh, w_t = np.ones((T + 1, 1, F * P), dtype), new(H, P), new(F, G * H)
        z, dz, zx, dzx = new(T, 1, G, HP), new(T, 1, G, HP), new(T, 1, A, HP), new(T, 1, A, HP)
        self.arrays = [
            h.reshape(T + 1, F, P)[:T], new(1, G * H, F), z.reshape(T, G * H, P), z, zx,
            new(1, HP), h, new(T + 1 if several else 1, 1, HP), new(T, len(cell.kept), 1, HP),
            new(0, H), new(0),
            dz.reshape(T, G * H, P), w_t[None, :H], dh, new(H, P) if cell.h_passes_by else dh,
            dz, dzx, new(1, HP) if several else dh.reshape(1, HP), new(cell.n_local, 1, HP),
            w_t, new(1 + I, A * H), new(1, A * H, 1 + I),
        ]  # fmt: skip

    def _rows(self, array: Array) -> Array:
        """Return (steps, columns, P) as packed rows (steps·n, columns)."""
        n, _, P = self._sizes
        steps = len(array)
        return array.reshape(steps, -1, P)[:, :, :n].swapaxes(1, 2).reshape(steps * n, -1)

    @property
    def z(self) -> Array:
        return self._rows(self.arrays[Z])

    @property
    def zx(self) -> Array:
        return self._rows(self.arrays[ZX])

    @property
    def inputs(self) -> Array:
        return self._rows(self.arrays[OPERANDS][:, self._sizes[1] + 1 :])

    @property
    def states(self) -> Views:
        _, H, P = self._sizes
        h, more = self.arrays[H_ALL], self.arrays[MORE]
        found = (h[:, :, : H * P], more)[: len(self.cell.states)]
        return tuple(map(self._rows, found))

    @property
    def after(self) -> Views:
        return tuple(state[self._sizes[0] :] for state in self.states)

    @property
    def kept_rows(self) -> Views:
        kept = self.arrays[KEPT]
        return tuple(self._rows(kept[:, number]) for number in range(kept.shape[1]))

    @property
    def back(self) -> Beside:
        return self

    @property
    def dzh(self) -> Array:
        return self._rows(self.arrays[DZ])

    @property
    def dzx(self) -> Array:
        return self._rows(self.arrays[DZX])

    @property
    def d_states(self) -> Views:
        found = (self.arrays[DH], self.arrays[D_MORE])[: len(self.cell.states)]
        return tuple(self._rows(state[None]) for state in found)


@compile_function
def product(operands, weights, out):
    """Write W a for weights (1, rows, F) and operands (F, n), which are borrowed."""
    tiles.product(weights[0], tiles.in_blocks(operands), out)


# -- compiled: ``at`` has the places of these arrays, and x is like them ------------------------


def enter(at, x, w_ih, w_hh, b_ih, b_hh, rows):
    """Read inputs and weights, and begin with states of 0."""
    a, (N, I) = borrowed(three(at[OPERANDS], x)), x.shape
    T, F, P = a.shape
    n, n_states = N // T, F - 1 - I
    for k in range(T):
        for i in range(I):
            row = a[k, F - I + i]
            for s in range(n):
                row[s] = x[k * n + s, i]
            row[n:] = row[n - 1]
    copy(a[0, :n_states], 0.0)
    copy(three(at[MORE], x)[0], 0.0)
    w_t, w_apart_t, w_apart = two(at[W_T], x), two(at[W_APART_T], x), three(at[W_APART], x)
    lay_out(w_ih, w_hh, b_ih, b_hh, rows, w_t, w_apart_t)
    copy(three(at[WEIGHTS], x)[0], w_t.T)
    if w_apart.size:
        copy(w_apart[0], w_apart_t.T)
        zx = borrowed(four(at[ZX], x).reshape(T, w_apart.shape[1], P))
        for k in range(T):
            product(a[k, n_states:], w_apart, zx[k])


def read(at, x, every):
    """Return the states that are read out, (n, H) or all rows."""
    P, T = two(at[DH], x).shape[1], at[OPERANDS, 1]
    h = three(at[H_ALL], x).reshape(T + 1, at[OPERANDS, 2], P)
    n, n_states = len(x) // T, at[DH, 1]
    first = 1 if every else T
    found = np.empty((n * (T + 1 - first), n_states), x.dtype)
    for k in range(first, T + 1):
        copy(found[(k - first) * n : (k - first + 1) * n], h[k, :n_states, :n].T)
    return found


def meet(at, x, every, d_read):
    """Write where the error enters, and return what enters at each time stamp, (T, H, n)."""
    dh, T = two(at[DH], x), at[OPERANDS, 1]
    n = len(x) // T
    copy(two(at[D_MORE], x), 0.0)
    copy(dh, 0.0)
    dh_every = np.zeros((T if every else 0, *dh.shape), x.dtype)
    for k in range(len(dh_every)):
        copy(dh_every[k, :, :n], d_read[k * n : (k + 1) * n].T)
    if not every:
        copy(dh[:, :n], d_read.T)
    return dh_every


def sums(at, x):
    """Return Σ_k dz[k]ᵀ [h[k-1], 1, x[k]], and Σ_k dzx[k]ᵀ [1, x[k]] of gates apart."""
    a, dz = three(at[OPERANDS], x), three(at[DZ_H], x)
    total = np.empty((dz.shape[1], a.shape[1]), x.dtype)
    over_time(dz, a, total)
    dzx = four(at[DZX], x)
    n_apart, n_states = dzx.size // (len(dz) * dz.shape[2]), at[DH, 1]
    d_apart = np.empty((n_apart, a.shape[1] - n_states), x.dtype)
    if n_apart:
        over_time(dzx.reshape(len(dz), n_apart, dz.shape[2]), a[:, n_states:], d_apart)
    return total, d_apart


FORM = Form(product, enter, read, meet, sums)
