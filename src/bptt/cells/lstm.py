"""Long short-term memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bptt import _checks
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

    What is kept as ``dc_by_h`` is ∂h/∂c at first; the backward turns it into dh · ∂h/∂c.

    Examples
    --------
    >>> import bptt
    >>> net = bptt.RNN(cell="lstm", input_size=2, hidden_size=4)
    >>> net.init(rng=0).layers[0].weight_hh.shape
    (16, 4)
    """

    name: ClassVar[str] = "lstm"
    gates: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o")
    states: ClassVar[tuple[str, ...]] = ("h", "c")
    kept: ClassVar[tuple[str, ...]] = ("i", "f", "g", "o", "tanh_c", "dc_by_h")
    peephole: bool = False

    def __post_init__(self) -> None:
        peephole = _checks.true_or_false("LSTM", "peephole", self.peephole)
        object.__setattr__(self, "peephole", peephole)
        if peephole:  # z_i and z_f see c at k-1, z_o sees c at k
            object.__setattr__(self, "peepholes", ((0, 1, False), (1, 1, False), (3, 1, True)))

    def gate(
        self, z: Views, zh: Views, before: Views, after: Views, kept: Views, peephole: Views
    ) -> None:
        (z_i, z_f, z_g, z_o), (_, c_before), (h, c) = z, before, after
        i, f, g, o, tanh_c, _ = kept
        if peephole:
            (p_i, p_f, p_o), scratch = peephole, zh[0]
            z_i += np.multiply(p_i, c_before, scratch)
            z_f += np.multiply(p_f, c_before, scratch)
        LOGISTIC.f(z_i, i)  #                     (1)  i = σ(z_i)
        LOGISTIC.f(z_f, f)  #                     (2)  f = σ(z_f)
        TANH.f(z_g, g)  #                         (3)  g = tanh(z_g)
        np.multiply(f, c_before, c)
        np.multiply(i, g, h)
        np.add(c, h, c)  #                        (4)  c = f · c[k-1] + i · g
        if peephole:
            z_o += np.multiply(p_o, c, scratch)
        LOGISTIC.f(z_o, o)  #                     (5)  o = σ(z_o)
        TANH.f(c, tanh_c)
        np.multiply(o, tanh_c, h)  #              (6)  h = o · tanh(c)

    def local_derivatives(
        self, z: Views, before: Views, after: Views, kept: Views, dz: Views
    ) -> None:
        (z_i, z_f, z_g, z_o), (dz_i, dz_f, dz_g, dz_o) = z, dz
        i, _f, g, o, tanh_c, dc_by_h = kept
        LOGISTIC.df(z_o, dz_o)
        dz_o *= tanh_c  #                         (6', 5')  dh_dz_o = tanh(c) · σ'(z_o)
        TANH.df(after[1], dc_by_h)
        dc_by_h *= o  #                           (6')      dh_dc = o · tanh'(c)
        TANH.df(z_g, dz_g)
        dz_g *= i  #                              (4', 3')  dc_dz_g = i · tanh'(z_g)
        LOGISTIC.df(z_f, dz_f)
        dz_f *= before[1]  #                      (4', 2')  dc_dz_f = c[k-1] · σ'(z_f)
        LOGISTIC.df(z_i, dz_i)
        dz_i *= g  #                              (4', 1')  dc_dz_i = g · σ'(z_i)

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
        (dz_i, dz_f, dz_g, dz_o), (dh, dc) = dz, d_states
        f, dc_by_h = kept[1], kept[5]
        np.multiply(dh, dz_o, dz_o)  #            (6, 5)  dz_o = dh · dh_dz_o
        np.multiply(dh, dc_by_h, dc_by_h)
        np.add(dc, dc_by_h, dc)  #                (6)     dc += dh · dh_dc
        if peephole:
            p_i, p_f, p_o = peephole
            dc += dz_o * p_o
        np.multiply(dc, dz_g, dz_g)  #            (4, 3)  dz_g = dc · dc_dz_g
        np.multiply(dc, dz_f, dz_f)  #            (4, 2)  dz_f = dc · dc_dz_f
        np.multiply(dc, dz_i, dz_i)  #            (4, 1)  dz_i = dc · dc_dz_i
        np.multiply(dc, f, dc)  #                 (4)     dc[k-1] = dc · f
        if peephole:
            dc += dz_i * p_i
            dc += dz_f * p_f
