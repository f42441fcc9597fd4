"""Several layers, one above the other, each reading forwards or in both directions.

A layer that reads backwards is the same forward over turned rows; what lies between layers is a
concatenation and, in training, dropout.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bptt._shapes import Array
from bptt.cells import Cell, Views
from bptt.params import Recurrent
from bptt.through_time.backprop import Packed, Seed, Strategy
from bptt.through_time.packing import Packing
from bptt.through_time.tape import Tape
from bptt.through_time.workspace import Workspace


class Stack(NamedTuple):
    """The tapes of all layers: of each the one that reads forwards, then the one backwards."""

    weights: list[Recurrent]
    """one for each tape"""
    tapes: list[Tape]
    n_directions: int
    drops: tuple[Array, ...]
    """of each layer but the last the factors of dropout, (N, D·H): 0 or 1/(1-p); or empty"""
    packing: Packing

    @property
    def top(self) -> list[Tape]:
        """The tapes of the last layer, one for each direction."""
        return self.tapes[-self.n_directions :]

    @property
    def h(self) -> Array:
        """(N, D·H), State_k(Out) of the last layer: packed rows, in the order of time."""
        return _side_by_side(self.top)

    @property
    def h_last(self) -> Array:
        """(B, D·H), the states in which the last layer's directions end.

        The one that reads backwards ends at the first time stamp.
        """
        if self.n_directions == 1:
            return self.tapes[-1].h_last
        return np.concatenate([tape.h_last for tape in self.top], axis=1)

    @property
    def z_last(self) -> Array:
        """(B, H), State_T(In) of the last layer, if it has one direction and one gate."""
        return self.tapes[-1].z_last


def forward(
    cell: Cell,
    weights: list[Recurrent],
    n_directions: int,
    x: Packed,
    initial: tuple[Views, ...] | None,
    workspace: Workspace,
    strategy: Strategy,
    drops: tuple[Array, ...] = (),
) -> Stack:
    """Run all layers; ``weights`` and ``initial`` have an entry for each tape, in their order."""
    tapes: list[Tape] = []
    (rows, packing), D = x, n_directions
    for number, own in enumerate(weights):
        layer, backwards = divmod(number, D)
        if layer and not backwards:
            rows = _side_by_side(tapes[-D:])
            if drops:
                rows = rows * drops[layer - 1]
        given = _trained(own) if initial is None else initial[number]
        read = rows[packing.turned] if backwards else rows
        place = workspace.part(number) if number else workspace
        tapes.append(strategy.forward(cell, own, Packed(read, packing), given, place))
    return Stack(weights, tapes, D, drops, packing)


def backward(
    stack: Stack, seed: Seed, strategy: Strategy, *, initial_given: bool
) -> list[Recurrent]:
    """Go back through all layers and return their gradients, in the order of the tapes.

    The columns of the seed's arrays are the directions of the last layer side by side.
    """
    D = stack.n_directions
    found: list[Recurrent] = []
    for first in reversed(range(0, len(stack.tapes), D)):
        weights, tapes = stack.weights[first : first + D], stack.tapes[first : first + D]
        seeds = [seed] if D == 1 else _by_direction(seed, weights, stack.packing)
        grads = [strategy.backward(*each) for each in zip(weights, tapes, seeds, strict=True)]
        if weights[0].initial_state is not None:
            for number, tape in enumerate(tapes):
                d_initial = np.array([d.sum(axis=0) for d in tape.d_initial])
                if initial_given:  # which took the place of the trained one
                    d_initial = np.zeros_like(d_initial)
                grads[number] = grads[number]._replace(initial_state=d_initial)
        found[:0] = grads
        if first:
            d_rows = input_gradient(stack, first)
            seed = Seed(dh_every=d_rows * stack.drops[first // D - 1] if stack.drops else d_rows)
    return found


def input_gradient(stack: Stack, first: int = 0) -> Array:
    """Return ∂ξ/∂(what a layer read) as packed rows, (N, I): the sum of its directions.

    dx[k] = dzx[k] W_ih for all time stamps in one product; ``first`` is the layer's first tape.
    """
    total: Array = stack.tapes[first].dz_rows.dot(stack.weights[first].weight_ih)
    if stack.n_directions == 2:
        dz = stack.tapes[first + 1].dz_rows
        total += dz.dot(stack.weights[first + 1].weight_ih)[stack.packing.turned]
    return total


def _side_by_side(tapes: list[Tape]) -> Array:
    h = [tape.buffers.after[0] for tape in tapes]
    if len(h) == 1:
        return h[0]
    return np.concatenate([h[0], h[1][tapes[1].packing.turned]], axis=1)


def _trained(weights: Recurrent) -> Views | None:
    """Return the trained initial states, one row for all sequences, or None for zeros."""
    return None if weights.initial_state is None else tuple(weights.initial_state)


def _by_direction(seed: Seed, weights: list[Recurrent], packing: Packing) -> list[Seed]:
    """Cut the columns of a seed: one for the direction forwards, one for that backwards."""
    assert seed.dz_last is None
    assert seed.d_after is None
    H = weights[0].weight_hh.shape[1]
    if seed.dh_last is not None:
        return [Seed(dh_last=seed.dh_last[:, :H]), Seed(dh_last=seed.dh_last[:, H:])]
    assert seed.dh_every is not None
    every = seed.dh_every
    return [Seed(dh_every=every[:, :H]), Seed(dh_every=every[packing.turned, H:])]
