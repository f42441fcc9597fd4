"""Long short-term memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bptt import _checks
from bptt._shapes import Array
from bptt.activations import LOGISTIC, TANH
from bptt.cells.base import Cell, Views


@dataclass(frozen=True)
class LSTM(Cell):
    """Three gates guard a second state c that is added to, not multiplied through.

    With z = x_k W_ihᵀ + b_ih + h_{k-1} W_hhᵀ + b_hh, cut into four gates' blocks::

        i = σ(z_i)    f = σ(z_f)    g = tanh(z_g)    o = σ(z_o)
        c = f · c_{k-1} + i · g
        h = o · tanh(c)

    With peepholes z_i gets p_i · c_{k-1} more, z_f gets p_f · c_{k-1}, and z_o gets p_o · c.

    Parameters
    ----------
    peephole : bool
        Whether the gates see the state c, each by a weight for each unit.

    Notes
    -----
    Hochreiter & Schmidhuber, *Long short-term memory*, Neural Computation 9 (1997); the forget
    gate f: Gers, Schmidhuber & Cummins, Neural Computation 12 (2000); peepholes: Gers &
    Schmidhuber, *Recurrent nets that time and count*, IJCNN 2000.  Without peepholes the same as
    PyTorch's ``nn.LSTM`` and Keras's ``LSTM``, which has one bias; ONNX has peepholes (P).  The
    order i, f, g, o of the weights' blocks is PyTorch's.  Keras begins with a bias of 1 for f;
    PyTorch, and we, do not.

    Examples
    --------
    >>> import bptt
    >>> net = bptt.RNN(cell="lstm", input_size=2, hidden_size=4)
    >>> net.init(rng=0).layers[0].weight_hh.shape
    (16, 4)
    """

    name: ClassVar[str] = "lstm"
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o")
    columns: ClassVar[tuple[str, ...]] = ("o", "i", "f", "g")
    states: ClassVar[tuple[str, ...]] = ("h", "c")
    kept: ClassVar[tuple[str, ...]] = ("o", "i", "f", "g", "tanh_c")
    n_local: ClassVar[int] = 5
    peephole: bool = False

    def __post_init__(self) -> None:
        peephole = _checks.true_or_false("LSTM", "peephole", self.peephole)
        object.__setattr__(self, "peephole", peephole)
        if peephole:  # z_i and z_f see c at k-1, z_o sees c at k
            object.__setattr__(self, "peepholes", ((0, 1, False), (1, 1, False), (3, 1, True)))

    def forward_views(
        self, z: Array, zx: Array, before: Views, after: Views, kept: Array, scratch: Array
    ) -> Views:
        o, i, f, g, tanh_c = kept[0], kept[1], kept[2], kept[3], kept[4]
        h, c = after
        return z[:3], kept[:3], z[3], o, i, f, g, tanh_c, before[1], h, c, scratch

    def gate(self, views: Views, peephole: Array) -> None:
        z_oif, oif, z_g, o, i, f, g, tanh_c, c_before, h, c, scratch = views
        if self.peephole:
            z_o, z_i, z_f = z_oif[0], z_oif[1], z_oif[2]
            np.multiply(peephole[0], c_before, scratch)
            np.add(z_i, scratch, z_i)
            np.multiply(peephole[1], c_before, scratch)
            np.add(z_f, scratch, z_f)
            LOGISTIC.f(z_oif[1:], oif[1:])
        else:
            LOGISTIC.f(z_oif, oif)  #             (1)  o = σ(z_o),  i = σ(z_i),  f = σ(z_f)
        TANH.f(z_g, g)  #                         (2)  g = tanh(z_g)
        np.multiply(f, c_before, c)
        np.multiply(i, g, tanh_c)
        np.add(c, tanh_c, c)  #                   (3)  c = f · c[k-1] + i · g
        if self.peephole:
            np.multiply(peephole[2], c, scratch)
            np.add(z_o, scratch, z_o)
            LOGISTIC.f(z_o, o)  #                 (1)  o sees c
        TANH.f(c, tanh_c)
        np.multiply(o, tanh_c, h)  #              (4)  h = o · tanh(c)

    def local_derivatives(
        self, z: Array, zx: Array, before: Views, after: Views, kept: Array, local: Array
    ) -> None:
        LOGISTIC.df(z[:3], local[:3])
        TANH.df(z[3], local[3])
        TANH.df(after[1], local[4])
        np.multiply(local[0], kept[4], local[0])  #      (4', 1')  dh_dz_o = tanh(c) · σ'(z_o)
        np.multiply(local[1], kept[3], local[1])  #      (3', 1')  dc_dz_i = g · σ'(z_i)
        np.multiply(local[2], before[1], local[2])  #    (3', 1')  dc_dz_f = c[k-1] · σ'(z_f)
        np.multiply(local[3], kept[1], local[3])  #      (3', 2')  dc_dz_g = i · tanh'(z_g)
        np.multiply(local[4], kept[0], local[4])  #      (4')      dh_dc = o · tanh'(c)

    def backward_views(
        self, dz: Array, dzx: Array, d_states: Views, kept: Array, local: Array
    ) -> Views:
        return dz[0], dz[1:], d_states[0], d_states[1], kept[2], local[0], local[1:4], local[4]

    def gate_back(self, views: Views, peephole: Array) -> None:
        dz_o, dz_ifg, dh, dc, f, dh_dz_o, dc_dz_ifg, dh_dc = views
        np.multiply(dh, dh_dz_o, dz_o)  #         (4, 1)     dz_o = dh · dh_dz_o
        np.multiply(dh, dh_dc, dh_dc)
        np.add(dc, dh_dc, dc)  #                  (4)        dc += dh · dh_dc
        if self.peephole:
            np.multiply(peephole[2], dz_o, dh_dc)
            np.add(dc, dh_dc, dc)
        np.multiply(dc, dc_dz_ifg, dz_ifg)  #     (3, 2, 1)  dz = dc · dc_dz, of i, f and g
        np.multiply(dc, f, dc)  #                 (3)        dc[k-1] = dc · f
        if self.peephole:
            np.multiply(peephole[0], dz_ifg[0], dh_dc)
            np.add(dc, dh_dc, dc)
            np.multiply(peephole[1], dz_ifg[1], dh_dc)
            np.add(dc, dh_dc, dc)
