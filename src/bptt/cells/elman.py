"""The vanilla cell, also called simple recurrent network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bptt import _checks
from bptt._shapes import Array
from bptt.activations import TANH, Activation
from bptt.cells.base import Cell, Views


@dataclass(frozen=True)
class Elman(Cell):
    """State_k(Out) = f(State_k(In)) with State_k(In) = x_k W_ihᵀ + b_ih + h_{k-1} W_hhᵀ + b_hh.

    A leaky unit goes only part of the way: h_k = (1 - α) h_{k-1} + α f(State_k(In)).

    Parameters
    ----------
    activation : Activation
        f and its derivative.
    leak : float
        α, above 0 and at most 1: the time step over the unit's time constant.  1 is the vanilla
        cell.

    Notes
    -----
    Elman, *Finding structure in time*, Cognitive Science 14 (1990).  The backward pass is
    Werbos, *Backpropagation through time: what it does and how to do it*, Proc. IEEE 78 (1990).
    Leaky units: Jaeger, Lukoševičius, Popovici & Siewert, *Optimization and applications of echo
    state networks with leaky-integrator neurons*, Neural Networks 20 (2007), eq. 3.

    The vanilla cell is the same as PyTorch's ``nn.RNN`` with tanh or relu, and as Keras's
    ``SimpleRNN``, which has one bias.  Neither framework has leaky units.

    Examples
    --------
    >>> import bptt
    >>> net = bptt.RNN(cell=bptt.Elman(bptt.activations.LOGISTIC), hidden_size=4)
    >>> neurons = bptt.RNN(cell="elman", leak=0.1, hidden_size=4)  # time constant: 10 time steps
    """

    name: ClassVar[str] = "elman"
    activation: Activation = TANH
    leak: float = 1.0

    def __post_init__(self) -> None:
        leak = _checks.real_in("Elman", "leak", self.leak, 0.0, 1.0, open_low=True)
        object.__setattr__(self, "leak", leak)
        object.__setattr__(self, "h_passes_by", leak != 1.0)

    def forward_views(
        self, z: Array, zx: Array, before: Views, after: Views, kept: Array, scratch: Array
    ) -> Views:
        return z[0], after[0], before[0], scratch

    def gate(self, views: Views, peephole: Array) -> None:
        z, h, h_before, scratch = views
        self.activation.f(z, h)  #                            (1)  h = f(z), z being State(In)
        if self.h_passes_by:
            np.multiply(h, self.leak, h)  #                   (2)  h = α f(z)
            np.multiply(h_before, 1.0 - self.leak, scratch)
            np.add(h, scratch, h)  #                          (3)  + (1 - α) h[k-1]

    def local_derivatives(
        self, z: Array, zx: Array, before: Views, after: Views, kept: Array, local: Array
    ) -> None:
        self.activation.df(z[0], local[0])  #                 (1') dh_dz = f'(z)
        if self.h_passes_by:
            np.multiply(local[0], self.leak, local[0])  #     (2') dh_dz = α f'(z)

    def backward_views(
        self, dz: Array, dzx: Array, d_states: Views, kept: Array, local: Array
    ) -> Views:
        return dz[0], d_states[0], local[0]

    def gate_back(self, views: Views, peephole: Array) -> None:
        dz, dh, dh_dz = views
        np.multiply(dh, dh_dz, dz)  #                         (2, 1)  dz = dh · dh_dz
        if self.h_passes_by:
            np.multiply(dh, 1.0 - self.leak, dh)  #           (3)  dh[k-1] = (1 - α) dh, and zh's
