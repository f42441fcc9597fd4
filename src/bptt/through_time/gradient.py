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
    H, order, back = buffers.sizes[1], buffers.order, buffers.back
    bias = weights.bias_ih is not None
    total = _sum(
        back.dzh[r.stretch.rows].T.dot(buffers.h1[r.stretch.before]) for r in buffers.rectangles
    )
    d_hh = columns.back(total[:, :H], order)
    db_hh = columns.back(total[:, H], order) if bias else None
    if buffers.cell.n_apart:  # in the place of what is no derivative
        d_apart = _sum(back.dzx[r.stretch.rows].T.dot(r.x1) for r in buffers.rectangles)
        total[-len(d_apart) :, H:] = d_apart
    return Recurrent(
        columns.back(total[:, H + 1 :], order),
        d_hh,
        columns.back(total[:, H], order) if bias else None,
        db_hh,
        _of_peepholes(buffers) if buffers.cell.peepholes else None,
    )


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
