"""Back-propagation through time: every matrix product and every loop over time of training.

Werbos 1990; the names of the factors follow Pascanu, Mikolov & Bengio 2013.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from bptt._shapes import Array
from bptt.cells import Cell
from bptt.params import Recurrent
from bptt.through_time.tape import Tape, Workspace


class Seed(NamedTuple):
    """Where the error enters the recurrent layer: by one of the first three, and from after T."""

    dh_last: Array | None = None
    """(B, H), ∂ξ/∂State_T(Out)."""
    dh_every: Array | None = None
    """(T, B, H), ∂ξ/∂State_k(Out) by what is read out at k itself."""
    dz_last: Array | None = None
    """(B, H), ∂ξ/∂State_T(In): the last state has no activation, as in the post."""
    d_after: tuple[Array, ...] | None = None
    """of each state (B, H), what time stamps after T add to ∂ξ/∂state[T], for sequences in parts"""


def forward(
    cell: Cell,
    weights: Recurrent,
    x: Array,
    initial: tuple[Array, ...] | None,
    workspace: Workspace,
) -> Tape:
    """Run the cell over all time stamps.

    Parameters
    ----------
    cell : Cell
    weights : Recurrent
        All of one dtype; complex numbers are welcome.
    x : (T, B, I)
    initial : tuple of (B, H), one for each of the cell's states, or None for zeros
    workspace : Workspace

    Returns
    -------
    Tape
    """
    T, B, I = x.shape
    H = weights.weight_hh.shape[1]
    buffers = workspace.buffers(cell, T, B, I, H, weights.weight_hh.dtype)
    buffers.x1[:, :, :I] = x
    for number, state in enumerate(buffers.states):
        state[0] = 0.0 if initial is None else initial[number]

    # zx[k] = x[k] W_ihᵀ + b for all time stamps: one product with [W_ih, b]ᵀ
    w1_t = buffers.w1_t
    w1_t[:I] = weights.weight_ih.T
    bias_ih, bias_hh = weights.bias_ih, weights.bias_hh
    if cell.one_sum and bias_ih is not None and bias_hh is not None:
        bias_ih, bias_hh = bias_ih + bias_hh, None
    w1_t[I] = 0.0 if bias_ih is None else bias_ih
    buffers.x1_rows.dot(w1_t, buffers.z_rows)

    w_hh_t, zh, gate = buffers.w_hh_t, buffers.zh, cell.gate
    w_hh_t[...] = weights.weight_hh.T
    for z, before, after, kept in buffers.forward_steps:  # k = 1 … T
        before[0].dot(w_hh_t, zh)  # zh = h[k-1] W_hhᵀ
        if bias_hh is not None:
            np.add(zh, bias_hh, zh)
        gate(z, zh, before, after, kept)
    return Tape(cell, buffers)


def backward(weights: Recurrent, tape: Tape, seed: Seed) -> Recurrent:
    """Walk the tape from T to 1 and return the gradient of the weights, in new arrays.

    Writes dz, dzh and d_initial on the tape.
    """
    cell, buffers = tape.cell, tape.buffers
    w_hh, by_h, d_states, gate_back = (
        weights.weight_hh,
        buffers.by_h,
        buffers.d_states,
        cell.gate_back,
    )
    dh = d_states[0]
    for other in d_states[1:]:
        other.fill(0.0)
    steps, dh_every = buffers.backward_steps, seed.dh_every

    cell.local_derivatives(buffers.z, buffers.states, buffers.kept, buffers.dz)
    if seed.dz_last is not None:  # the error enters behind the last activation
        buffers.dz[-1] = seed.dz_last
        buffers.dz[-1].dot(w_hh, dh)
        steps = steps[1:]
    else:
        np.copyto(dh, 0.0 if seed.dh_last is None else seed.dh_last)
    if seed.d_after is not None:
        for d_state, after in zip(d_states, seed.d_after, strict=True):
            np.add(d_state, after, d_state)

    for dz, dzh, before, after, kept, row in steps:  # k = T … 1
        if dh_every is not None:
            np.add(dh, dh_every[row], dh)
        gate_back(dz, dzh, d_states, before, after, kept)
        if cell.h_passes_by:  # dh[k-1] = dzh[k] W_hh + what passes by
            dzh.dot(w_hh, by_h)
            np.add(dh, by_h, dh)
        else:  # dh[k-1] = dzh[k] W_hh
            dzh.dot(w_hh, dh)
    tape.went_back = True
    return _weight_gradient(weights, tape)


def _weight_gradient(weights: Recurrent, tape: Tape) -> Recurrent:
    """dW = Σ_k dz[k]ᵀ (what the weight multiplied at k): one product over all time stamps each."""
    buffers = tape.buffers
    d_w1 = buffers.dz_rows.T.dot(buffers.x1_rows)  # [dW_ih, db]
    d_weight_hh = buffers.dzh_rows.T.dot(buffers.h_before_rows)
    d_bias_ih = d_bias_hh = None
    if weights.bias_ih is not None:
        d_bias_ih = d_w1[:, -1].copy()
    if weights.bias_hh is not None:
        d_bias_hh = d_w1[:, -1].copy() if tape.cell.one_sum else buffers.dzh_rows.sum(axis=0)
    return Recurrent(d_w1[:, :-1].copy(), d_weight_hh, d_bias_ih, d_bias_hh)


def input_gradient(weights: Recurrent, tape: Tape) -> Array:
    """Return ∂ξ/∂x, (T, B, I): dx[k] = dzx[k] W_ih for all time stamps in one product."""
    T, B, _ = tape.dz.shape
    dx: Array = tape.buffers.dz_rows.dot(weights.weight_ih).reshape(T, B, -1)
    return dx


class Strategy(Protocol):
    """How to differentiate through time."""

    def forward(
        self,
        cell: Cell,
        weights: Recurrent,
        x: Array,
        initial: tuple[Array, ...] | None,
        workspace: Workspace,
    ) -> Tape: ...

    def backward(self, weights: Recurrent, tape: Tape, seed: Seed) -> Recurrent: ...


@dataclass(frozen=True)
class FullBPTT:
    """Keep every time stamp on the tape and go all the way back: the exact gradient.

    Memory grows with T; time is about three forwards.
    """

    forward = staticmethod(forward)
    backward = staticmethod(backward)
