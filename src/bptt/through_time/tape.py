"""The tape of one forward and one backward, and the reusable buffers behind it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from bptt._shapes import Array
from bptt.cells import Cell, Views
from bptt.errors import StaleTapeError, sentence
from bptt.through_time.packing import Packing

_SHAPES_KEPT = 4  # a training has few: the minibatch, the last smaller one, the whole data


class Buffers:
    """The arrays of one shape, allocated once, and the views that the loops over time walk along.

    Rows are packed (see `Packing`): N in all.  The arrays of states have B rows more in front, the
    initial states.
    """

    def __init__(self, cell: Cell, packing: Packing, I: int, H: int, dtype: npt.DTypeLike) -> None:
        N, B, G = packing.n_rows, packing.n_sequences, cell.n_gates
        self.cell, self.packing, self.sizes = cell, packing, (I, H, dtype)
        self.turn = 0  # how often these buffers have been given away again
        self.x1 = np.ones((N, I + 1), dtype)  # [x, 1]: the bias is one more column of weights
        self.w1_t = np.empty((I + 1, G * H), dtype)  # [W_ih, b]ᵀ
        self.w_hh_t = np.empty((H, G * H), dtype)  # W_hhᵀ, laid out as BLAS multiplies it fastest
        self.z = np.empty((N, G * H), dtype)
        self.zh = np.empty((B, G * H), dtype)
        self.states = tuple(np.empty((B + N, H), dtype) for _ in cell.states)
        self.kept = tuple(np.empty((N, H), dtype) for _ in cell.kept)
        self.dz = np.empty((N, G * H), dtype)
        self.dzh = self.dz if cell.one_sum else np.empty((N, G * H), dtype)
        self.d_states = tuple(np.empty((B, H), dtype) for _ in cell.states)
        self.by_h = np.empty((B, H), dtype)

        # views of all rows, made once
        self.z_gates, self.dz_gates = self.gates_of(self.z), self.gates_of(self.dz)
        self.initial = tuple(state[:B] for state in self.states)
        self.after = tuple(state[B:] for state in self.states)
        self.last = slice(N - B, N) if packing.equal else packing.last  # of each sequence
        self.inputs = self.x1[:, :I]
        self._before = tuple(
            state[:N] if packing.equal else np.empty((N, H), dtype) for state in self.states
        )
        self.forward_steps = self._forward_steps()
        self._backward_steps: dict[bool, list[BackwardStep]] = {}

    def gates_of(self, array: Array) -> Views:
        """Return one view for each gate of an array with G·H columns."""
        H = self.sizes[1]
        return tuple(array[:, g * H : (g + 1) * H] for g in range(self.cell.n_gates))

    def before(self) -> Views:
        """Return the states before each row, (N, H), once forward is done."""
        if not self.packing.equal:
            for state, rows in zip(self.states, self._before, strict=True):
                state.take(self.packing.before, axis=0, out=rows)
        return self._before

    def _spans(self) -> Iterator[tuple[slice, slice, slice]]:
        """Yield for k = 1 … T the rows at k, those of the states at k-1, and those at k."""
        B, previous = self.packing.n_sequences, 0
        for first, n in zip(self.packing.first[:-1], self.packing.running, strict=True):
            yield (
                slice(first, first + n),
                slice(previous, previous + n),
                slice(B + first, B + first + n),
            )
            previous = B + first

    def _forward_steps(self) -> list[ForwardStep]:
        steps = []
        for rows, before, after in self._spans():
            z, zh = self.z[rows], self.zh[: rows.stop - rows.start]
            steps.append((
                z, zh, self.gates_of(z), self.gates_of(zh),
                tuple(state[before] for state in self.states),
                tuple(state[after] for state in self.states),
                tuple(array[rows] for array in self.kept),
            ))  # fmt: skip
        return steps

    def backward_steps(self, last_is_state_in: bool) -> list[BackwardStep]:
        """Return the views for k = T … 1.

        Where each sequence ends in its State(In), its last time stamp has a product and nothing
        element-wise: the views that the cell gets leave it out.
        """
        if last_is_state_in not in self._backward_steps:
            steps = []
            going_on = (*self.packing.running[1:], 0)
            spans = zip(self._spans(), self.forward_steps, going_on, strict=True)
            for (rows, *_), (*_, before, after, kept), n_going_on in spans:
                dz, dzh = self.dz[rows], self.dzh[rows]
                n = len(dz)
                cut = slice(n_going_on if last_is_state_in else n)
                dz_gates = self.gates_of(dz[cut])
                steps.append((
                    rows, dzh, self.d_states[0][:n], self.by_h[:n],
                    dz_gates,
                    dz_gates if self.dz is self.dzh else self.gates_of(dzh[cut]),
                    tuple(d_state[:n][cut] for d_state in self.d_states),
                    tuple(state[cut] for state in before),
                    tuple(state[cut] for state in after),
                    tuple(array[cut] for array in kept),
                ))  # fmt: skip
            self._backward_steps[last_is_state_in] = steps[::-1]
        return self._backward_steps[last_is_state_in]


# z, zh, both by gate, before, after, kept
ForwardStep = tuple[Array, Array, Views, Views, Views, Views, Views]
# the rows, dzh, dh, by_h; for the cell dz and dzh by gate, d_states, before, after, kept
BackwardStep = tuple[slice, Array, Array, Array, Views, Views, Views, Views, Views, Views]


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
        self._parts: list[Workspace] = []

    def buffers(
        self, cell: Cell, packing: Packing, I: int, H: int, dtype: np.dtype[np.generic]
    ) -> Buffers:
        """Return buffers of that shape; what was on them belongs to the past."""
        sizes = (I, H, dtype)
        for buffers in self._buffers:
            if buffers.cell is cell and buffers.sizes == sizes and buffers.packing == packing:
                buffers.turn += 1
                return buffers
        del self._buffers[: 1 - _SHAPES_KEPT]
        self._buffers.append(Buffers(cell, packing, *sizes))
        return self._buffers[-1]

    def __reduce__(self) -> tuple[type[Workspace], tuple[()]]:
        return Workspace, ()  # a copy has buffers of its own: views and arrays would come apart

    def part(self, number: int) -> Workspace:
        """Return a workspace of this one's own, for a layer of a network of several."""
        while len(self._parts) <= number:
            self._parts.append(Workspace())
        return self._parts[number]


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
        return self.packing.unpack(self.buffers.x1[:, :-1])

    @property
    def z(self) -> Array:
        return self.packing.unpack(self.buffers.z)

    @property
    def states(self) -> Views:
        return tuple(self._with_initial(state) for state in self.buffers.states)

    @property
    def h(self) -> Array:
        """(T+1, B, H), State(Out) with the initial state in row 0."""
        return self._with_initial(self.buffers.states[0])

    @property
    def h_last(self) -> Array:
        """(B, H), State_T(Out), T being each sequence's own length."""
        buffers = self.buffers
        return buffers.after[0][buffers.last]

    @property
    def z_last(self) -> Array:
        """(B, G·H), State_T(In) with one gate."""
        return self.buffers.z[self.buffers.last]

    @property
    def kept(self) -> Views:
        return tuple(self.packing.unpack(array) for array in self.buffers.kept)

    @property
    def dz(self) -> Array:
        return self.packing.unpack(self.after_backward().dz)

    @property
    def dzh(self) -> Array:
        return self.packing.unpack(self.after_backward().dzh)

    @property
    def d_initial(self) -> Views:
        return self.after_backward().d_states

    def after_backward(self) -> Buffers:
        """Return the buffers if backward has written on them."""
        if not self.went_back:
            do = "Run backward first"
            raise StaleTapeError(sentence("Tape", "a tape that went back", "one without", do))
        return self.buffers

    def _with_initial(self, state: Array) -> Array:
        n = self.packing.n_sequences
        if self.packing.equal:
            return state.reshape(-1, n, state.shape[-1])
        return np.concatenate([state[None, :n], self.packing.unpack(state[n:])])

    def forward_quantities(self) -> Iterator[tuple[str, Array]]:
        """Yield (name, packed rows) for all that forward wrote, in the order of its writing."""
        yield "State(In)", self.buffers.z
        for name, state in zip(self.cell.states, self.buffers.after, strict=True):
            yield "State(Out)" if name == "h" else f"state {name}", state
