"""The vanilla cell, also called simple recurrent network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bptt._shapes import Array
from bptt.activations import TANH, Activation
from bptt.cells.base import Cell


@dataclass(frozen=True)
class Elman(Cell):
    """State_k(Out) = f(State_k(In)) with State_k(In) = x_k W_ihᵀ + b_ih + h_{k-1} W_hhᵀ + b_hh.

    Parameters
    ----------
    activation : Activation
        f and its derivative.

    Notes
    -----
    Elman, *Finding structure in time*, Cognitive Science 14 (1990).  The backward pass is
    Werbos, *Backpropagation through time: what it does and how to do it*, Proc. IEEE 78 (1990).
    The same as PyTorch's ``nn.RNN`` with tanh or relu, and as Keras's ``SimpleRNN``, which has
    one bias.

    Examples
    --------
    >>> import bptt
    >>> net = bptt.RNN(cell=bptt.Elman(bptt.activations.LOGISTIC), hidden_size=4)
    """

    name: ClassVar[str] = "elman"
    activation: Activation = TANH

    def gate(
        self,
        z: Array,
        zh: Array,
        before: tuple[Array, ...],
        after: tuple[Array, ...],
        kept: tuple[Array, ...],
    ) -> None:
        np.add(z, zh, z)  #                          (1)  z = zx + zh, State(In)
        self.activation.f(z, after[0])  #            (2)  h = f(z),    State(Out)

    def local_derivatives(
        self, z: Array, states: tuple[Array, ...], kept: tuple[Array, ...], dz: Array
    ) -> None:
        self.activation.df(z, dz)  #                 (2')  dh_dz = f'(z), all time stamps at once

    def gate_back(
        self,
        dz: Array,
        dzh: Array,
        d_states: tuple[Array, ...],
        before: tuple[Array, ...],
        after: tuple[Array, ...],
        kept: tuple[Array, ...],
    ) -> None:
        np.multiply(d_states[0], dz, dz)  #          (2)  h = f(z)     →  dz = dh · dh_dz
        #                                            (1)  z = zx + zh  →  dzx = dzh = dz
