"""The tape of one forward and one backward."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bptt._shapes import Array
from bptt.cells import Cell, Views
from bptt.errors import StaleTapeError, sentence
from bptt.through_time import columns
from bptt.through_time.buffers import Back, Buffers


class Tape:
    """What one forward, and then one backward, have written in one layer and direction.

    Arrays are time-major, (T, B, ...): views where all sequences are equally long, else copies
    padded with 0.  `buffers` has the packed rows themselves.  Of a layer that reads backwards
    time stamp 1 is the last of the sequence.

    Attributes
    ----------
    x : (T, B, I)
        The inputs.
    z : (T, B, G·H)
        The pre-activations; with one gate, State(In).
    states : tuple of (T+1, B, H)
        The states; ``states[0]`` is h, State(Out).  Row 0 is the initial state.
    kept : tuple of (T, B, H)
        What the cell keeps besides.
    dz, dzh : (T, B, G·H)
        ∂ξ/∂zx and ∂ξ/∂zh, after backward; one array for cells that only use their sum.
    d_initial : tuple of (B, H)
        ∂ξ/∂state[0], after backward.

    Raises
    ------
    StaleTapeError
        When read after its workspace was used again.
    """

    def __init__(self, cell: Cell, buffers: Buffers) -> None:
        self.cell = cell
        self.packing = buffers.packing
        self._buffers = buffers
        self._turn = buffers.turn
        self.went_back = False  # until then dz, dzh and d_initial are not this tape's

    @property
    def buffers(self) -> Buffers:
        """The arrays, if they still are this tape's."""
        if self._turn != self._buffers.turn:
            do = "Copy what you need before the next call, or give that call its own workspace"
            came = "buffers that a later call has written over"
            raise StaleTapeError(sentence("Tape", "to be read before its workspace", came, do))
        return self._buffers

    @property
    def x(self) -> Array:
        return self.packing.unpack(self.buffers.inputs)

    @property
    def z(self) -> Array:
        return self.packing.unpack(self.z_rows)

    @property
    def z_rows(self) -> Array:
        """(N, G·H), packed rows."""
        return self._by_gate(self.buffers.z, self.buffers.zx)

    @property
    def states(self) -> Views:
        after = self.buffers.after
        return tuple(map(self._with_initial, self.buffers.states, after))

    @property
    def h(self) -> Array:
        """(T+1, B, H), State(Out) with the initial state in row 0."""
        return self.states[0]

    @property
    def h_last(self) -> Array:
        """(B, H), State_T(Out), T being each sequence's own length."""
        buffers = self.buffers
        return buffers.after[0][buffers.last]

    @property
    def z_last(self) -> Array:
        """(B, G·H), State_T(In) with one gate."""
        return self.buffers.z[self.buffers.last]  # with several gates nothing reads it

    @property
    def kept(self) -> Views:
        return tuple(map(self.packing.unpack, self.buffers.kept_rows))

    @property
    def dz(self) -> Array:
        return self.packing.unpack(self.dz_rows)

    @property
    def dz_rows(self) -> Array:
        """(N, G·H), packed rows."""
        back = self.after_backward()
        return self._by_gate(back.dzh, back.dzx)

    @property
    def dzh(self) -> Array:
        return self.packing.unpack(self._by_gate(self.after_backward().dzh))

    @property
    def d_initial(self) -> Views:
        return self.after_backward().d_states

    def after_backward(self) -> Back:
        """Return the buffers if backward has written on them."""
        if not self.went_back:
            do = "Run backward first"
            raise StaleTapeError(sentence("Tape", "a tape that went back", "one without", do))
        return self.buffers.back

    def _by_gate(self, rows: Array, apart: Array | None = None) -> Array:
        """Return rows of G·H columns in the order of the gates: as they are, or a copy."""
        order = self.buffers.order
        if apart is not None and apart.size:
            rows = np.concatenate([rows[:, : -apart.shape[1]], apart], axis=1)
        return rows if order is None else columns.by_gate(rows, order)

    def _with_initial(self, state: Array, after: Array) -> Array:
        n = self.packing.n_sequences
        if self.packing.equal:
            return state.reshape(-1, n, state.shape[-1])
        return np.concatenate([state[None, :n], self.packing.unpack(after)])

    def forward_quantities(self) -> Iterator[tuple[str, Array]]:
        """Yield (name, packed rows) for all that forward wrote, in the order of its writing."""
        yield "State(In)", self.z_rows
        for name, state in zip(self.cell.states, self.buffers.after, strict=True):
            yield "State(Out)" if name == "h" else f"state {name}", state
