"""`Trace`: what one forward and one backward said, in copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from bptt._shapes import Array
from bptt.errors import InputError, sentence
from bptt.params import Params, map_params, part_name
from bptt.run import Run
from bptt.sequences import Layout
from bptt.shares import shares
from bptt.through_time import Tape, input_gradient


@dataclass(frozen=True, eq=False, repr=False)
class LayerTrace:
    """What one layer wrote in one direction, in copies; see `Trace` for the axes.

    Of a layer that reads backwards k = 1 is the time stamp that it reads first, the last one.
    """

    name: str
    """``"l0"``, ``"l0_reverse"``, ``"l1"`` ... as in the names of its weights"""
    z: Array
    """(n, T, G·H), the pre-activations; with one gate State_k(In)"""
    states: Mapping[str, Array]
    """of each state (n, T+1, H); ``states["h"]`` is State_k(Out)"""
    kept: Mapping[str, Array]
    """what the cell keeps besides, such as its gates, (n, T, H) each"""
    d_z: Array
    """(n, T, G·H), ∂ξ/∂zx, with one gate ∂ξ/∂State_k(In)"""
    d_zh: Array
    """(n, T, G·H), ∂ξ/∂zh; the same where only the sum of both is used"""
    d_initial: Mapping[str, Array]
    """of each state (n, H), ∂ξ/∂state_0"""

    def __repr__(self) -> str:
        return f"<LayerTrace {self.name}: {', '.join((*self.states, *self.kept))}>"


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """The tape of one call, in copies that nothing writes over.

    Row k-1 of an axis of length T belongs to time stamp k; states have T+1 rows, row 0 being the
    initial state.  Sequences are in the order in which they were given; where their lengths differ
    the rows behind the last are 0.
    """

    x: Array
    """(n, T, I)"""
    prediction: Array | list[Array]
    """as `RNN.predict` gives it"""
    loss: float
    """ξ"""
    d_x: Array
    """(n, T, I), ∂ξ/∂x_k"""
    lengths: Array
    """(n,)"""
    layers: tuple[LayerTrace, ...]
    """of each layer the one that reads forwards, then the one that reads backwards"""
    shares: Params
    """each time stamp's share of each gradient: every array has T as an additional first axis"""
    grads: Params
    """∂ξ/∂θ, as `RNN.loss_and_gradient` gives it: the sum of `shares` over their first axis"""

    @property
    def state_in(self) -> Array:
        """(n, T, G·H), State_k(In) of the only layer."""
        return self._only("state_in").z

    @property
    def state_out(self) -> Array:
        """(n, T+1, H), State_k(Out); with read-out ``state_in`` the last is State_T(In) itself."""
        return self._only("state_out").states["h"]

    @property
    def d_state_in(self) -> Array:
        """(n, T, G·H), ∂ξ/∂State_k(In) of the only layer."""
        return self._only("d_state_in").d_z

    @property
    def d_initial_state(self) -> Array | tuple[Array, ...]:
        """(n, H), ∂ξ/∂State_0, a tuple for a cell with several states; of the only layer."""
        found = tuple(self._only("d_initial_state").d_initial.values())
        return found[0] if len(found) == 1 else found

    def _only(self, name: str) -> LayerTrace:
        if len(self.layers) > 1:
            came, do = f"{len(self.layers)} of them", "Read trace.layers instead"
            raise InputError(sentence(f"Trace.{name}", "one layer and direction", came, do))
        return self.layers[0]

    def __repr__(self) -> str:
        n, n_steps, _ = self.x.shape
        n_states = self.layers[0].states["h"].shape[2]
        sizes = f"{n} sequences of {n_steps} time stamps, {n_states} states"
        layers = f", {len(self.layers)} layers and directions" if len(self.layers) > 1 else ""
        return f"<Trace of {sizes}{layers}, loss {self.loss:.6g}>"


def read(run: Run, layout: Layout, prediction: Array | list[Array]) -> Trace:
    """Copy what stands on the tapes; ``prediction`` is the run's as the public door shows it."""
    stack, D = run.stack, run.stack.n_directions
    assert run.grads is not None
    layers = []
    for number, tape in enumerate(stack.tapes):
        name = part_name(number, D)
        last_is_z = run.readout.of_state_in and tape in stack.top
        layers.append(_read_layer(name, tape, layout, last_is_z=last_is_z))
    d_x = input_gradient(stack)
    return Trace(
        x=_public(layout, stack.tapes[0].x),
        prediction=prediction,
        loss=run.loss,
        d_x=_public(layout, stack.packing.unpack(d_x)),
        lengths=layout.public_lengths,
        layers=tuple(layers),
        shares=map_params(lambda s: _longer(s, layout.n_missing, axis=0), shares(run)),
        grads=run.grads,
    )


def _read_layer(name: str, tape: Tape, layout: Layout, *, last_is_z: bool) -> LayerTrace:
    cell, public = tape.cell, partial(_public, layout)
    states = dict(zip(cell.states, map(public, tape.states), strict=True))
    if last_is_z:
        ends = (np.arange(layout.n_sequences), layout.public_lengths)
        states["h"][ends] = layout.to_public(tape.z_last)
    d_initial = [layout.to_public(d).copy() for d in tape.d_initial]
    return LayerTrace(
        name=name,
        z=public(tape.z),
        states=states,
        kept=dict(zip(cell.kept, map(public, tape.kept), strict=True)),
        d_z=public(tape.dz),
        d_zh=public(tape.dzh),
        d_initial=dict(zip(cell.states, d_initial, strict=True)),
    )


def _public(layout: Layout, time_major: Array) -> Array:
    """Return (n, T, ...) in the order and at the length in which sequences came, in a copy."""
    found: Array = layout.to_public(time_major.swapaxes(0, 1)).copy()
    return found if layout.n_missing == 0 else _longer(found, layout.n_missing, axis=1)


def _longer(array: Array, by: int, axis: int) -> Array:
    return np.pad(array, [(0, by if a == axis else 0) for a in range(array.ndim)])
