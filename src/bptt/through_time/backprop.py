"""Back-propagation through time: every matrix product and every loop over time of training.

Werbos 1990; the names of the factors follow Pascanu, Mikolov & Bengio 2013.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from bptt._shapes import Array
from bptt.cells import Cell, Views
from bptt.params import Recurrent
from bptt.through_time.packing import Packing
from bptt.through_time.tape import Buffers, Tape, Workspace


class Packed(NamedTuple):
    """Sequences as packed rows."""

    rows: Array
    """(N, I)"""
    packing: Packing


class Seed(NamedTuple):
    """Where the error enters the recurrent layer: by one of the first three, and from after T."""

    dh_last: Array | None = None
    """(B, H), ∂ξ/∂State_T(Out)."""
    dh_every: Array | None = None
    """(N, H) packed rows, ∂ξ/∂State_k(Out) by what is read out at k itself."""
    dz_last: Array | None = None
    """(B, H), ∂ξ/∂State_T(In): the last state has no activation, as in the post."""
    d_after: Views | None = None
    """of each state (B, H), what time stamps after T add to ∂ξ/∂state[T], for sequences in parts"""


def forward(
    cell: Cell, weights: Recurrent, x: Packed, initial: Views | None, workspace: Workspace
) -> Tape:
    """Run the cell over all time stamps.

    Parameters
    ----------
    cell : Cell
    weights : Recurrent
        All of one dtype; complex numbers are welcome.
    x : Packed
        N rows of I inputs.
    initial : tuple of (B, H), one for each of the cell's states, or None for zeros
    workspace : Workspace

    Returns
    -------
    Tape
    """
    rows, packing = x
    I, H = rows.shape[1], weights.weight_hh.shape[1]
    buffers = workspace.buffers(cell, packing, I, H, weights.weight_hh.dtype)
    buffers.inputs[...] = rows
    for number, state in enumerate(buffers.initial):
        state[...] = 0.0 if initial is None else initial[number]
    lay_out(weights, buffers)
    advance(weights, buffers)
    return Tape(cell, buffers)


def lay_out(weights: Recurrent, buffers: Buffers) -> None:
    """Copy the weights as the products want them: [W_ih, b]ᵀ and W_hhᵀ."""
    w1_t, (I, _, _) = buffers.w1_t, buffers.sizes
    w1_t[:I] = weights.weight_ih.T
    w1_t[I] = 0.0 if weights.bias_ih is None else weights.bias_ih
    if buffers.cell.one_sum and weights.bias_hh is not None:
        w1_t[I] += weights.bias_hh
    buffers.w_hh_t[...] = weights.weight_hh.T


def advance(weights: Recurrent, buffers: Buffers) -> None:
    """Go over the time stamps of the buffers, whose inputs, initial states and weights are set."""
    cell = buffers.cell
    one_sum, gate, w_hh_t = cell.one_sum, cell.gate, buffers.w_hh_t
    bias_hh = None if one_sum else weights.bias_hh
    peephole = peepholes(weights)
    # zx[k] = x[k] W_ihᵀ + b for all time stamps: one product with [W_ih, b]ᵀ
    buffers.x1.dot(buffers.w1_t, buffers.z)
    for z, zh, z_gates, zh_gates, before, after, kept in buffers.forward_steps:  # k = 1 … T
        before[0].dot(w_hh_t, zh)  # zh = h[k-1] W_hhᵀ
        if one_sum:
            np.add(z, zh, z)  # z = zx + zh, State(In)
        elif bias_hh is not None:
            np.add(zh, bias_hh, zh)
        gate(z_gates, zh_gates, before, after, kept, peephole)


def backward(weights: Recurrent, tape: Tape, seed: Seed) -> Recurrent:
    """Walk the tape from T to 1 and return the gradient of the weights, in new arrays.

    Writes dz, dzh and d_initial on the tape.
    """
    cell, buffers = tape.cell, tape.buffers
    w_hh, d_states, gate_back = weights.weight_hh, buffers.d_states, cell.gate_back
    before = buffers.before()
    cell.local_derivatives(buffers.z_gates, before, buffers.after, buffers.kept, buffers.dz_gates)
    # a sequence shorter than others waits here until the walk comes to its last time stamp
    for d_state in d_states:
        d_state.fill(0.0)
    if seed.dh_last is not None:
        np.copyto(d_states[0], seed.dh_last)
    if seed.d_after is not None:
        for d_state, after in zip(d_states, seed.d_after, strict=True):
            np.add(d_state, after, d_state)
    if seed.dz_last is not None:  # the error enters behind the last activation
        buffers.dz[buffers.last] = seed.dz_last

    dh_every, peephole, h_passes_by = seed.dh_every, peepholes(weights), cell.h_passes_by
    steps = buffers.backward_steps(seed.dz_last is not None)  # k = T … 1
    for rows, dzh, dh, by_h, dz_of, dzh_of, d_states_k, before_k, after_k, kept in steps:
        if dh_every is not None:
            np.add(dh, dh_every[rows], dh)
        gate_back(dz_of, dzh_of, d_states_k, before_k, after_k, kept, peephole)
        if h_passes_by:  # dh[k-1] = dzh[k] W_hh + what passes by
            dzh.dot(w_hh, by_h)
            np.add(dh, by_h, dh)
        else:  # dh[k-1] = dzh[k] W_hh
            dzh.dot(w_hh, dh)
    tape.went_back = True
    return _weight_gradient(weights, buffers, before)


def peepholes(weights: Recurrent) -> Views:
    """Return the rows of the peephole weights; none for most cells."""
    return () if weights.weight_peephole is None else tuple(weights.weight_peephole)


def _weight_gradient(weights: Recurrent, buffers: Buffers, before: Views) -> Recurrent:
    """dW = Σ_k dz[k]ᵀ (what the weight multiplied at k): one product over all time stamps each."""
    cell, dz, dzh = buffers.cell, buffers.dz, buffers.dzh
    d_w1 = dz.T.dot(buffers.x1)  # [dW_ih, db]
    d_weight_hh = dzh.T.dot(before[0])
    d_bias_ih = d_bias_hh = d_peephole = None
    if weights.bias_ih is not None:
        d_bias_ih = d_w1[:, -1].copy()
    if weights.bias_hh is not None:
        d_bias_hh = d_w1[:, -1].copy() if cell.one_sum else dzh.sum(axis=0)
    if weights.weight_peephole is not None:
        gates, seen = buffers.dz_gates, (before, buffers.after)
        d_peephole = np.array([
            np.einsum("nh,nh->h", gates[gate], seen[at_k][state])
            for gate, state, at_k in cell.peepholes
        ])  # fmt: skip
    return Recurrent(d_w1[:, :-1].copy(), d_weight_hh, d_bias_ih, d_bias_hh, d_peephole)


class Strategy(Protocol):
    """How to differentiate one layer through time."""

    def forward(
        self,
        cell: Cell,
        weights: Recurrent,
        x: Packed,
        initial: Views | None,
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
