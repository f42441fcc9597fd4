"""The two loops over time: k = 1 … T forwards and k = T … 1 back, through one stretch.

What they get is listed by time stamp: views made once, so that nothing is allocated in a loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import getitem as at
from typing import Any

import numpy as np

from bptt._shapes import Array

product: Any = np.ndarray.dot  # product(a, b, out); half the time of np.dot for small arrays


def advance(
    operands: Sequence[Array],
    weights_t: Array,
    into: Sequence[Array],
    cell: Any,
    views: Sequence[Any],
    peephole: Array,
) -> None:
    """Go over the time stamps: one product and the cell's element-wise lines each.

    Parameters
    ----------
    operands : of each time stamp (n, F)
        What the product reads: h[k-1], 1 for the biases, x[k].
    weights_t : (F, G·H)
    into : of each time stamp (n, G·H)
        What the product writes: z[k].
    cell
        Of which ``gate`` is called.
    views, peephole
        What it reads and writes.
    """
    gate = cell.gate
    for k in range(len(operands)):
        product(operands[k], weights_t, into[k])
        gate(at(views, k), peephole)


def go_back(
    dz_h: Sequence[Array],
    w_hh: Array,
    dh: Array,
    by_h: Array,
    dh_every: Sequence[Array],
    cell: Any,
    views: Sequence[Any],
    peephole: Array,
    passes_by: bool,
) -> None:
    """Go back over the time stamps: dh[k-1] = dzh[k] W_hh, and what passes by.

    Parameters
    ----------
    dz_h : of each time stamp (n, G·H)
        ∂ξ/∂zh, part of what the cell writes.
    w_hh : (G·H, H)
    dh : (n, H)
        On entry ∂ξ/∂h after the last time stamp, on return before the first.
    by_h : (n, H)
        Where the product is written: room of its own if something passes by, else dh itself.
    dh_every : of each time stamp (n, H), or nothing
        What is added to dh[k] by what is read out at k.
    cell
        Of which ``gate_back`` is called.
    views, peephole
        What it reads and writes.
    passes_by : bool
        Whether h[k] reads h[k-1] also directly.
    """
    gate_back = cell.gate_back
    for k in range(len(dz_h) - 1, -1, -1):
        if len(dh_every):
            np.add(dh, dh_every[k], dh)
        gate_back(at(views, k), peephole)
        product(dz_h[k], w_hh, by_h)
        if passes_by:
            np.add(dh, by_h, dh)
