"""Back-propagation through time: forwards and back through all stretches of a batch.

Werbos 1990; the names of the factors follow Pascanu, Mikolov & Bengio 2013.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from bptt._shapes import Array
from bptt.cells import Cell, Views
from bptt.params import Recurrent
from bptt.through_time import columns, fading
from bptt.through_time.buffers import Buffers
from bptt.through_time.gradient import gradient
from bptt.through_time.packing import Packing
from bptt.through_time.tape import Tape
from bptt.through_time.workspace import Workspace


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
    buffers.read(rows)
    for number, state in enumerate(buffers.initial):
        state[...] = 0.0 if initial is None else initial[number]
    lay_out(weights, buffers)
    advance(buffers)
    return Tape(cell, buffers)


def lay_out(weights: Recurrent, buffers: Buffers) -> None:
    """Copy the weights as the products want them."""
    columns.lay_out(
        weights.weight_ih, weights.weight_hh, weights.bias_ih, weights.bias_hh,
        buffers.order, buffers.w_t, buffers.w_apart_t,
    )  # fmt: skip
    if weights.weight_peephole is not None:
        buffers.peephole[...] = weights.weight_peephole
    buffers.loops.arrange()


def advance(buffers: Buffers) -> None:
    """Go over the time stamps of the buffers, whose inputs, initial states and weights are set."""
    for number, rectangle in enumerate(buffers.rectangles):
        for here, there in rectangle.goes_on:
            here[...] = there
        if buffers.cell.n_apart:  # zx[k] = x[k] W_ihᵀ + b for all time stamps in one product
            rectangle.x1.dot(buffers.w_apart_t, rectangle.zx_rows)
        buffers.loops.advance(number)


def backward(weights: Recurrent, tape: Tape, seed: Seed) -> Recurrent:
    """Walk the tape from T to 1 and return the gradient of the weights, in new arrays.

    Writes dz, dzh and d_initial on the tape.
    """
    buffers, back = tape.buffers, tape.buffers.back
    back.w_hh[...] = columns.laid_out(weights.weight_hh, buffers.order)
    buffers.loops.arrange_back()
    _enter(seed, buffers)
    none = back.dh_every[:0].reshape(0, 0, buffers.sizes[1])
    parts = back.parts(last_is_state_in=seed.dz_last is not None)
    enters_once, left, walked = seed.dh_every is None and seed.dz_last is None, True, 0
    for part in parts:  # from T to 1
        if enters_once and not left:
            part.dz.fill(0.0)
            part.dzx.fill(0.0)
            continue
        every = none if seed.dh_every is None else part.every(back.dh_every)
        buffers.loops.go_back(part, every)
        walked += len(part.dz)
        if walked >= fading.LOOK_EVERY and part is not parts[-1]:
            left, walked = fading.is_left(back.d_states, part), 0
    tape.went_back = True
    return gradient(weights, buffers)


def _enter(seed: Seed, buffers: Buffers) -> None:
    """Write where the error enters: at the end of each sequence, or at every time stamp.

    A sequence shorter than others waits in d_states until the walk comes to its last time stamp.
    """
    back = buffers.back
    for d_state in back.d_states:
        d_state.fill(0.0)
    if seed.dh_last is not None:
        np.copyto(back.d_states[0], seed.dh_last)
    if seed.d_after is not None:
        for d_state, after in zip(back.d_states, seed.d_after, strict=True):
            np.add(d_state, after, d_state)
    if seed.dh_every is not None:
        back.dh_every = np.ascontiguousarray(seed.dh_every, buffers.z.dtype)
    if seed.dz_last is not None:  # the error enters behind the last activation
        back.dzh[buffers.last] = seed.dz_last


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
