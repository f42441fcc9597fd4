"""The gated recurrent unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bptt._shapes import Array
from bptt.activations import LOGISTIC, TANH
from bptt.cells.base import Cell, Views


@dataclass(frozen=True)
class GRU(Cell):
    """Two gates decide how much of the state is reset and how much of it is kept.

    With zx = x_k W_ihᵀ + b_ih and zh = h_{k-1} W_hhᵀ + b_hh, cut into three gates' blocks::

        r = σ(zx_r + zh_r)                 reset
        u = σ(zx_u + zh_u)                 update
        n = tanh(zx_n + r · zh_n)          new
        h = (1 - u) · n + u · h_{k-1}

    Notes
    -----
    Cho et al., *Learning phrase representations using RNN encoder-decoder*, EMNLP 2014, eqs. 5-8,
    in the form that PyTorch, cuDNN and Keras (``reset_after=True``) compute: the reset gate
    multiplies the recurrent product.  In the paper it multiplies the state before that product,
    W(r · h_{k-1}); such a step is not element-wise after one product, and is not offered.
    PyTorch calls the update gate z; its order r, z, n of the weights' blocks is ours.

    Examples
    --------
    >>> import bptt
    >>> net = bptt.RNN(cell="gru", input_size=2, hidden_size=4)
    >>> net.init(rng=0).layers[0].weight_hh.shape
    (12, 4)
    """

    name: ClassVar[str] = "gru"
    gates: ClassVar[tuple[str, ...]] = ("r", "u", "n")
    columns: ClassVar[tuple[str, ...]] = ("u", "r", "n")
    n_apart: ClassVar[int] = 1  # n
    kept: ClassVar[tuple[str, ...]] = ("u", "r", "n")
    n_local: ClassVar[int] = 4
    h_passes_by = True

    def forward_views(
        self, z: Array, zx: Array, before: Views, after: Views, kept: Array, scratch: Array
    ) -> Views:
        u, r, n = kept[0], kept[1], kept[2]
        return z[:2], z[2], zx[0], kept[:2], u, r, n, before[0], after[0], scratch

    def gate(self, views: Views, peephole: Array) -> None:
        z_ur, zh_n, z_n, ur, u, r, n, h_before, h, scratch = views
        LOGISTIC.f(z_ur, ur)  #                   (1)  u = σ(zx_u + zh_u),  r = σ(zx_r + zh_r)
        np.multiply(r, zh_n, scratch)
        np.add(z_n, scratch, z_n)
        TANH.f(z_n, n)  #                         (2)  n = tanh(zx_n + r · zh_n)
        np.subtract(h_before, n, h)
        np.multiply(u, h, h)
        np.add(n, h, h)  #                        (3)  h = n + u · (h[k-1] - n)

    def local_derivatives(
        self, z: Array, zx: Array, before: Views, after: Views, kept: Array, local: Array
    ) -> None:
        u, r, n, zh_n = kept[0], kept[1], kept[2], z[2]
        dh_dz_u, dz_n_dz_r, dh_dz_n, scratch = local[0], local[1], local[3], local[2]
        TANH.df(zx[0], dh_dz_n)
        LOGISTIC.df(z[:2], local[:2])
        np.subtract(1.0, u, scratch)
        np.multiply(dh_dz_n, scratch, dh_dz_n)  #     (3', 2')  (1 - u) · tanh'(z_n)
        np.subtract(before[0], n, scratch)
        np.multiply(dh_dz_u, scratch, dh_dz_u)  #     (3', 1')  (h[k-1] - n) · σ'(z_u)
        np.multiply(dz_n_dz_r, zh_n, dz_n_dz_r)  #    (2', 1')  zh_n · σ'(z_r)
        np.copyto(local[2], r)  #                     (2')      dz_n_dzh_n = r

    def backward_views(
        self, dz: Array, dzx: Array, d_states: Views, kept: Array, local: Array
    ) -> Views:
        return dz[0], dz[1:], dzx[0], d_states[0], kept[0], local[0], local[1:3], local[3]

    def gate_back(self, views: Views, peephole: Array) -> None:
        dz_u, dz_r_dzh_n, dz_n, dh, u, dh_dz_u, by_dz_n, dh_dz_n = views
        np.multiply(dh, dh_dz_u, dz_u)  #         (3, 1)     dz_u = dh · dh_dz_u
        np.multiply(dh, dh_dz_n, dz_n)  #         (3, 2)     dz_n = dh · dh_dz_n
        np.multiply(dz_n, by_dz_n, dz_r_dzh_n)  # (2, 1)  dz_r = dz_n · dz_n_dz_r, dzh_n = dz_n · r
        np.multiply(dh, u, dh)  #                 (3)        dh[k-1] = dh · u, and through zh
