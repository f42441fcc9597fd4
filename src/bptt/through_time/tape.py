"""The tape of one forward and one backward, and the reusable buffers behind it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from bptt._shapes import Array
from bptt.cells import Cell
from bptt.errors import StaleTapeError, sentence

_SHAPES_KEPT = 4  # a training has few: the minibatch, the last smaller one, the whole data


class Buffers:
    """The arrays of one shape, allocated once, and the views that the loops over time walk along.

    Row k of a state array is the state at time stamp k, row 0 the initial state; row k-1 of every
    other array belongs to time stamp k.
    """

    def __init__(self, cell: Cell, T: int, B: int, I: int, H: int, dtype: npt.DTypeLike) -> None:
        GH = cell.n_gates * H
        self.cell, self.sizes = cell, (T, B, I, H, dtype)
        self.turn = 0  # how often these buffers have been given away again
        self.x1 = np.ones((T, B, I + 1), dtype)  # [x, 1]: the bias is one more column of weights
        self.w1_t = np.empty((I + 1, GH), dtype)  # [W_ih, b]ᵀ
        self.w_hh_t = np.empty((H, GH), dtype)  # W_hhᵀ, laid out as BLAS multiplies it fastest
        self.z = np.empty((T, B, GH), dtype)
        self.zh = np.empty((B, GH), dtype)
        self.states = tuple(np.empty((T + 1, B, H), dtype) for _ in cell.states)
        self.kept = tuple(np.empty((T, B, width * H), dtype) for _, width in cell.kept)
        self.dz = np.empty((T, B, GH), dtype)
        self.dzh = self.dz if cell.one_sum else np.empty((T, B, GH), dtype)
        self.d_states = tuple(np.empty((B, H), dtype) for _ in cell.states)
        self.by_h = np.empty((B, H), dtype)

        # the same arrays, all time stamps below one another: what the large products take
        self.x1_rows = self.x1.reshape(T * B, I + 1)
        self.z_rows = self.z.reshape(T * B, GH)
        self.h_before_rows = self.states[0][:-1].reshape(T * B, H)
        self.dz_rows = self.dz.reshape(T * B, GH)
        self.dzh_rows = self.dzh.reshape(T * B, GH)

        before = [tuple(rows) for rows in zip(*(s[:-1] for s in self.states), strict=True)]
        after = [tuple(rows) for rows in zip(*(s[1:] for s in self.states), strict=True)]
        kept = list(zip(*self.kept, strict=True)) or [()] * T
        self.forward_steps = list(zip(self.z, before, after, kept, strict=True))
        back = zip(self.dz, self.dzh, before, after, kept, range(T), strict=True)
        self.backward_steps = list(back)[::-1]


class Workspace:
    """Buffers that are used again by the next call of the same shape.

    Hand one to `RNN.loss_and_gradient` where it is called often: small networks then spend no
    time on allocation.  A tape of an earlier call is stale afterwards and says so when read.
    One thread at a time.

    Examples
    --------
    >>> import bptt
    >>> x, y = bptt.tasks.post()
    >>> net, workspace = bptt.RNN(), bptt.Workspace()
    >>> loss, grads = net.loss_and_gradient(net.init(rng=0), x, y, workspace=workspace)
    """

    def __init__(self) -> None:
        self._buffers: list[Buffers] = []

    def buffers(
        self, cell: Cell, T: int, B: int, I: int, H: int, dtype: np.dtype[np.generic]
    ) -> Buffers:
        """Return buffers of that shape; what was on them belongs to the past."""
        sizes = (T, B, I, H, dtype)
        for buffers in self._buffers:
            if buffers.cell is cell and buffers.sizes == sizes:
                buffers.turn += 1
                return buffers
        del self._buffers[: 1 - _SHAPES_KEPT]
        self._buffers.append(Buffers(cell, *sizes))
        return self._buffers[-1]


class Tape:
    """What one forward, and then one backward, have written: time-major views, not copies.

    Attributes
    ----------
    x : (T, B, I)
        The inputs.
    z : (T, B, G·H)
        The pre-activations; with one gate, State(In).
    states : tuple of (T+1, B, H)
        The states; ``states[0]`` is h, State(Out).  Row 0 is the initial state.
    kept : tuple of (T, B, width·H)
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
        return self.buffers.x1[:, :, :-1]

    @property
    def z(self) -> Array:
        return self.buffers.z

    @property
    def states(self) -> tuple[Array, ...]:
        return self.buffers.states

    @property
    def h(self) -> Array:
        """(T+1, B, H), State(Out) with the initial state in row 0."""
        return self.buffers.states[0]

    @property
    def h_last(self) -> Array:
        """(B, H), State_T(Out)."""
        last: Array = self.buffers.states[0][-1]
        return last

    @property
    def z_last(self) -> Array:
        """(B, G·H), State_T(In) with one gate."""
        last: Array = self.buffers.z[-1]
        return last

    @property
    def kept(self) -> tuple[Array, ...]:
        return self.buffers.kept

    @property
    def dz(self) -> Array:
        return self._after_backward().dz

    @property
    def dzh(self) -> Array:
        return self._after_backward().dzh

    @property
    def d_initial(self) -> tuple[Array, ...]:
        return self._after_backward().d_states

    def _after_backward(self) -> Buffers:
        if not self.went_back:
            do = "Run backward first"
            raise StaleTapeError(sentence("Tape", "a tape that went back", "one without", do))
        return self.buffers

    def forward_quantities(self) -> Iterator[tuple[str, Array]]:
        """Yield (name, (T, B, ...)) for all that forward wrote, in the order of its writing."""
        yield "State(In)", self.z
        for name, state in zip(self.cell.states, self.states, strict=True):
            yield "State(Out)" if name == "h" else f"state {name}", state[1:]
