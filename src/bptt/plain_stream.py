"""One time stamp of a `Stream`, line by line, over views that are made once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bptt._shapes import Array
from bptt.architecture import Architecture
from bptt.params import Params, parts
from bptt.readouts import LinearReadout, mean_so_far, read_out
from bptt.through_time import Packing, Stack, Tape, advance
from bptt.through_time.buffers import Buffers


class _Layer(NamedTuple):
    """What one layer's time stamp reads and writes."""

    buffers: Buffers
    inputs: list[Array]
    """(n, I), where they are read"""
    moves: list[tuple[Array, Array]]
    """of each state (n, H) where it is read and where it is written"""

    @classmethod
    def of(cls, buffers: Buffers) -> _Layer:
        (rectangle,) = buffers.rectangles
        inputs = [rectangle.x, *([rectangle.x1[:, 1:]] if buffers.cell.n_apart else [])]
        return cls(buffers, inputs, list(zip(buffers.initial, buffers.after, strict=True)))


class Plain:
    """Goes over a time stamp of some layers and reads out.

    Attributes
    ----------
    linear
        The read-out's weights if it is `read_out` of the last layer's state, else None.
    """

    def __init__(
        self, net: Architecture, params: Params, layers: Sequence[Buffers], packing: Packing
    ) -> None:
        self.net, self.params = net, params
        self.linear = params.readout if type(net.readout) is LinearReadout else None
        self._layers = [_Layer.of(buffers) for buffers in layers]
        tapes = [Tape(net.cell, buffers) for buffers in layers]
        self._stack = Stack(parts(params), tapes, 1, (), packing)

    def step(self, rows: Array, total: Array, n_steps: int) -> Array:
        """Take inputs, (n, I) or what broadcasts to it, and return the prediction, (n, O)."""
        for buffers, inputs, moves in self._layers:
            for place in inputs:
                place[...] = rows
            advance(buffers)
            for before, after in moves:
                before[...] = after
            rows = moves[0][1]
        if self.linear is None:
            prediction = self.net.readout.forward(self.params.readout, self._stack)
        else:
            prediction = read_out(rows, *self.linear)
        if self.net.readout.mean:
            mean_so_far(prediction, total, n_steps)
        return prediction
