"""The gated recurrent unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

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
    kept: ClassVar[tuple[str, ...]] = ("r", "u", "n", "zh_n")
    one_sum: ClassVar[bool] = False
    h_passes_by = True

    def gate(
        self, z: Views, zh: Views, before: Views, after: Views, kept: Views, peephole: Views
    ) -> None:
        (z_r, z_u, z_n), (zh_r, zh_u, zh_n), (h,) = z, zh, after
        r, u, n, kept_zh_n = kept
        np.add(z_r, zh_r, z_r)
        LOGISTIC.f(z_r, r)  #                     (1)  r = σ(zx_r + zh_r)
        np.add(z_u, zh_u, z_u)
        LOGISTIC.f(z_u, u)  #                     (2)  u = σ(zx_u + zh_u)
        np.copyto(kept_zh_n, zh_n)
        np.multiply(r, zh_n, zh_n)
        np.add(z_n, zh_n, z_n)
        TANH.f(z_n, n)  #                         (3)  n = tanh(zx_n + r · zh_n)
        np.subtract(before[0], n, h)
        np.multiply(u, h, h)
        np.add(n, h, h)  #                        (4)  h = n + u · (h[k-1] - n)

    def local_derivatives(
        self, z: Views, before: Views, after: Views, kept: Views, dz: Views
    ) -> None:
        (z_r, z_u, z_n), (dz_r, dz_u, dz_n) = z, dz
        _r, u, n, zh_n = kept
        TANH.df(z_n, dz_n)
        dz_n *= 1.0 - u  #                        (4', 3')  dh_dz_n = (1 - u) · tanh'(z_n)
        LOGISTIC.df(z_u, dz_u)
        dz_u *= before[0] - n  #                  (4', 2')  dh_dz_u = (h[k-1] - n) · σ'(z_u)
        LOGISTIC.df(z_r, dz_r)
        dz_r *= zh_n  #                           (3', 1')  dz_n_dz_r = zh_n · σ'(z_r)

    def gate_back(
        self,
        dz: Views,
        dzh: Views,
        d_states: Views,
        before: Views,
        after: Views,
        kept: Views,
        peephole: Views,
    ) -> None:
        (dz_r, dz_u, dz_n), (dzh_r, dzh_u, dzh_n), (dh,) = dz, dzh, d_states
        r, u, _n, _zh_n = kept
        np.multiply(dh, dz_n, dz_n)  #            (4, 3)  dz_n = dh · dh_dz_n
        np.multiply(dh, dz_u, dz_u)  #            (4, 2)  dz_u = dh · dh_dz_u
        np.multiply(dz_n, dz_r, dz_r)  #          (3, 1)  dz_r = dz_n · dz_n_dz_r
        np.multiply(dz_n, r, dzh_n)  #            (3)     dzh_n = dz_n · r
        np.copyto(dzh_u, dz_u)  #                 (2)     dzh_u = dz_u
        np.copyto(dzh_r, dz_r)  #                 (1)     dzh_r = dz_r
        np.multiply(dh, u, dh)  #                 (4)     dh[k-1] = dh · u, and through zh
