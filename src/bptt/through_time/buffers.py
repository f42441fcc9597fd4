"""The arrays of one layer and direction, allocated once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bptt._shapes import Array
from bptt.cells import Cell, Views
from bptt.through_time import columns
from bptt.through_time.packing import Packing, Stretch

if TYPE_CHECKING:
    import numpy.typing as npt


IN_CACHE = 2**19  # bytes: what the backward touches at a time, to find it in the cache again
AT_ONCE = 128  # time stamps at most
SHORT = 64
"""bytes: states of one sequence that are too few for vector instructions; measured where a vector
register has as many"""


class Rectangle:
    """What belongs to one stretch, time-major: views of the arrays of `Buffers`.

    Attributes
    ----------
    operands : (T, n, F)
        What the product reads: [h[k-1], 1, x[k]].
    into : (T, n, G·H)
        What it writes, z.
    z : (T, n, G, H)
    zx : (T, n, A, H)
        Of the A gates that use zx and zh apart.
    scratch : (n, H)
    states : tuple of (T+1, n, H)
        From before the first time stamp on; h with the columns behind it.
    kept : (T, K, n, H)
    x : (T·n, I)
        The inputs.
    x1, zx_rows : (T·n, 1 + I) and (T·n, A·H)
        What the product of gates apart reads and writes.
    goes_on : list of pairs (n, H)
        Of each state the place before the first time stamp, and what it is in the rectangle before.
    """

    def __init__(self, buffers: Buffers, stretch: Stretch) -> None:
        cell, (_, H, _), (n, T) = buffers.cell, buffers.sizes, (stretch.n, stretch.n_steps)
        G, A, K = cell.n_gates, cell.n_apart, len(cell.kept)
        self.stretch, rows = stretch, stretch.rows
        self.operands = buffers.h1[stretch.before].reshape(T, n, -1)
        self.into = buffers.z[rows].reshape(T, n, G * H)
        self.z, self.zx_rows = self.into.reshape(T, n, G, H), buffers.zx[rows]
        self.zx, self.scratch = self.zx_rows.reshape(T, n, A, H), buffers.scratch[:n]
        self.states = tuple(
            array[stretch.states].reshape(T + 1, n, -1)
            for array in (buffers.h1, *buffers.states[1:])
        )
        self.kept = buffers.kept[rows.start * K * H : rows.stop * K * H].reshape(T, K, n, H)
        self.x, self.x1 = buffers.h1[stretch.before, H + 1 :], buffers.x1[rows]
        self.goes_on: list[tuple[Array, Array]] = []
        if buffers.rectangles:
            here = self.states_at(slice(1))
            there = buffers.rectangles[-1].states_at(slice(-1, None))
            self.goes_on = [(h[0], t[0, :n]) for h, t in zip(here, there, strict=True)]

    def states_at(self, steps: slice) -> Views:
        """Return of each state (steps, n, H), the one after time stamps counted from 0."""
        H = self.kept.shape[-1]
        return tuple(array[steps, :, :H] for array in self.states)


@dataclass(frozen=True, eq=False)
class Part:
    """Time stamps that the backward goes through at a time: a stretch, or some of it."""

    rectangle: Rectangle
    steps: slice
    """of the rectangle's"""
    n_last: int
    """of how many sequences the cell sees the last of these time stamps"""
    rows: slice
    """packed rows"""
    dz: Array
    """(steps, n, G, H), ∂ξ/∂zh"""
    dzx: Array
    """(steps, n, A, H), ∂ξ/∂zx of gates apart"""

    def every(self, rows: Array) -> Array:
        """Return (steps, n, H) of packed rows, (N, H)."""
        return rows[self.rows].reshape(*self.dz.shape[:2], -1)


class Loops(Protocol):
    """The loops of `walk` over the time stamps of some buffers."""

    stamp_by_stamp: bool
    """Whether local derivatives are found at their time stamp, not for all of a part before."""

    def arrange(self) -> None:
        """Read the weights for the way forwards, ``w_t``, which stand in the buffers."""

    def advance(self, number: int) -> None:
        """Go forwards through a rectangle."""

    def arrange_back(self) -> None:
        """Read the weights for the way back, ``back.w_hh``."""

    def go_back(self, part: Part, dh_every: Array) -> None:
        """Go back through a part; ``dh_every`` is (steps, n, H), or empty."""


class Buffers:
    """The arrays of one shape.

    Rows are packed (see `Packing`): N in all.  Arrays of states have for each stretch n rows more,
    those before its first time stamp.
    """

    def __init__(self, cell: Cell, packing: Packing, I: int, H: int, dtype: npt.DTypeLike) -> None:
        N, B, G, A = packing.n_rows, packing.n_sequences, cell.n_gates, cell.n_apart
        n_states = packing.stretches[-1].states.stop
        self.cell, self.packing, self.sizes = cell, packing, (I, H, dtype)
        self.turn = 0  # how often these buffers have been given away again
        # what products read stands in one row, [h, 1, x], and the bias is one more weight
        self.h1 = np.ones((n_states, H + 1 + I), dtype)
        self.w_t = np.zeros((H + 1 + I, G * H), dtype)
        self.w_apart_t = np.empty((1 + I, A * H), dtype)
        self.x1 = np.ones((N, 1 + I) if A else (0, 1 + I), dtype)  # [1, x] of gates apart
        self.peephole = np.empty((len(cell.peepholes), H), dtype)
        self.z, self.zx = np.empty((N, G * H), dtype), np.empty((N, A * H), dtype)
        self.scratch = np.empty((B, H), dtype)
        more = (np.empty((n_states, H), dtype) for _ in cell.states[1:])
        self.states = (self.h1[:, :H], *more)
        self.kept = np.empty(N * len(cell.kept) * H, dtype)
        self.initial = tuple(state[:B] for state in self.states)
        self.last = slice(N - B, N) if packing.equal else packing.last  # of each sequence
        self.rectangles: list[Rectangle] = []
        for stretch in packing.stretches:
            self.rectangles.append(Rectangle(self, stretch))
        self.order = columns.rows_of(cell.gates, cell.columns, H)  # None: that of the weights
        self._after: Views | None = None
        if packing.equal:
            self._after = tuple(state[B:] for state in self.states)
        self._back: Back | None = None
        self.loops: Loops
        """what goes over them; set by whoever made them"""

    @property
    def back(self) -> Back:
        """What only the backward needs."""
        if self._back is None:
            self._back = Back(self)
        return self._back

    def read(self, rows: Array) -> None:
        """Take the inputs, (N, I)."""
        for rectangle in self.rectangles:
            rectangle.x[...] = rows[rectangle.stretch.rows]
        if self.cell.n_apart:
            self.x1[:, 1:] = rows

    # -- what stands in the arrays, as packed rows ------------------------------------------------

    @property
    def inputs(self) -> Array:
        """(N, I)."""
        return _joined([rectangle.x for rectangle in self.rectangles])

    @property
    def after(self) -> Views:
        """Of each state (N, H), that after each row."""
        if self._after is not None:
            return self._after
        stretches = self.packing.stretches
        return tuple(
            _joined([state[stretch.after] for stretch in stretches]) for state in self.states
        )

    @property
    def kept_rows(self) -> Views:
        """Of each array that the cell keeps (N, H)."""
        H = self.sizes[1]
        return tuple(
            _joined([r.kept[:, number].reshape(-1, H) for r in self.rectangles])
            for number in range(len(self.cell.kept))
        )


class Back:
    """The arrays of the backward."""

    def __init__(self, buffers: Buffers) -> None:
        self.buffers = buffers
        cell, (_, H, dtype), B = buffers.cell, buffers.sizes, buffers.packing.n_sequences
        N, G, A = buffers.packing.n_rows, cell.n_gates, cell.n_apart
        self.w_hh = np.empty((G * H, H), dtype)
        self.dzh, self.dzx = np.empty((N, G * H), dtype), np.empty((N, A * H), dtype)
        self.dh_every = np.empty((0, H), dtype)  # N rows as soon as they are needed
        self.d_states = tuple(np.empty((B, H), dtype) for _ in cell.states)
        self.by_h = np.empty((B, H), dtype) if cell.h_passes_by else self.d_states[0]
        arrays = 2 * G + A + len(cell.kept) + len(cell.states) + cell.n_local
        self.most_rows = max(B, IN_CACHE // (arrays * H * buffers.z.itemsize))
        self._parts: dict[bool, list[Part]] = {}

    def parts(self, *, last_is_state_in: bool) -> list[Part]:
        """Return all time stamps in parts, from the last to the first.

        Where each sequence ends in its State(In), its last time stamp has a product and nothing
        element-wise: the cell does not see it.
        """
        if last_is_state_in not in self._parts:
            rectangles = self.buffers.rectangles
            going_on = [*(rectangle.stretch.n for rectangle in rectangles[1:]), 0]
            self._parts[last_is_state_in] = [
                part
                for rectangle, n in zip(rectangles[::-1], going_on[::-1], strict=True)
                for part in self._of(rectangle, n if last_is_state_in else rectangle.stretch.n)
            ]
        return self._parts[last_is_state_in]

    def _of(self, rectangle: Rectangle, n_last: int) -> Iterator[Part]:
        stretch, H = rectangle.stretch, self.buffers.sizes[1]
        n, at_once = stretch.n, AT_ONCE
        if not self.buffers.loops.stamp_by_stamp:
            at_once = max(1, min(AT_ONCE, self.most_rows // n))
        for stop in range(stretch.n_steps, 0, -at_once):
            start = max(0, stop - at_once)
            rows = slice(stretch.rows.start + start * n, stretch.rows.start + stop * n)
            steps, shape = slice(start, stop), (stop - start, n, -1, H)
            yield Part(
                rectangle, steps, n_last if stop == stretch.n_steps else n, rows,
                self.dzh[rows].reshape(shape),
                self.dzx[rows].reshape(stop - start, n, self.buffers.cell.n_apart, H),
            )  # fmt: skip


def _joined(parts: list[Array]) -> Array:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
