"""The gradient of a layer's weights: one product over all time stamps for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bptt._shapes import Array
from bptt.params import Recurrent
from bptt.through_time import columns
from bptt.through_time.buffers import Buffers


def gradient(weights: Recurrent, buffers: Buffers) -> Recurrent:
    """Return dW = Σ_k dz[k]ᵀ (what the weight multiplied at k), by the weights' names.

    The rows that the product reads are [h[k-1], 1, x[k]]: so all weights and biases are blocks of
    one product, but for W_ih and b_ih of gates that use zx and zh apart.
    """
    back, d_apart = buffers.back, buffers.w_apart_t[:0]
    total = _sum(
        back.dzh[r.stretch.rows].T.dot(buffers.h1[r.stretch.before]) for r in buffers.rectangles
    )
    if buffers.cell.n_apart:
        d_apart = _sum(back.dzx[r.stretch.rows].T.dot(r.x1) for r in buffers.rectangles)
    d_ih, d_hh = np.empty_like(weights.weight_ih), np.empty_like(weights.weight_hh)
    db_ih = None if weights.bias_ih is None else np.empty_like(weights.bias_ih)
    db_hh = None if weights.bias_hh is None else np.empty_like(weights.bias_hh)
    columns.cut(total, d_apart, buffers.order, d_ih, d_hh, db_ih, db_hh)
    peephole = _of_peepholes(buffers) if buffers.cell.peepholes else None
    return Recurrent(d_ih, d_hh, db_ih, db_hh, peephole)


def _sum(of_rectangles: Iterator[Array]) -> Array:
    total = next(of_rectangles)
    for more in of_rectangles:
        np.add(total, more, total)
    return total


def _of_peepholes(buffers: Buffers) -> Array:
    """Return Σ_k dz[k] · (the state that the gate saw), (P, H)."""
    cell, H = buffers.cell, buffers.sizes[1]
    total = np.zeros((len(cell.peepholes), H), buffers.z.dtype)
    for rectangle in buffers.rectangles:
        T, n, G, _ = rectangle.z.shape
        dz = buffers.back.dzh[rectangle.stretch.rows].reshape(T, n, G, H)
        seen = [rectangle.states_at(slice(k, T + k)) for k in (0, 1)]
        for row, (gate, state, at_k) in zip(total, cell.peepholes, strict=True):
            dz_gate = dz[:, :, cell.columns.index(cell.gates[gate])]
            row += np.einsum("knh,knh->h", dz_gate, seen[at_k][state])
    return total
