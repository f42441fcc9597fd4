"""`Compiled`: the loops of `walk` with a cell's own lines in them, compiled."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache, partial
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from bptt import activations
from bptt._shapes import Array
from bptt.activations import Activation
from bptt.cells import Cell
from bptt.through_time import walk
from bptt.through_time.buffers import Buffers, Part, Rectangle
from bptt.through_time.compiled import arrays, tiles, vectors
from bptt.through_time.compiled.denormals import FLUSH, mxcsr, set_mxcsr
from bptt.through_time.compiled.functions import compile_function

SHORT = 64  # bytes: states of one sequence that are too few for vector instructions
INSIDE = {"inline": "always"}  # lines are joined before types are found: half the time to compile
LOOP = {
    "forceinline": True,
    "no_cpython_wrapper": True,
}  # joined after: a time stamp is 50 ns faster
KEPT = {"cache": True}  # on disk, and called from Python
ONLY_COMPLEX = (activations._keep_finite, activations._stay_on_piece)


class Compiled:
    """What Numba goes over: the arrays themselves, contiguous and time-major."""

    def __init__(self, buffers: Buffers) -> None:
        self.buffers, self._loops = buffers, loops(buffers.cell)
        H, dtype, n_local = buffers.sizes[1], buffers.z.dtype, buffers.cell.n_local
        self._w = tiles.room(*buffers.w_t.shape, dtype)
        self._w_hh = tiles.room(buffers.w_t.shape[1], H, dtype)
        self._no_more = np.empty((1, 1, H), dtype)  # where h is the only state
        self._local = np.empty(n_local * buffers.scratch.size, dtype)
        arrays_of_one = buffers.cell.n_gates + buffers.cell.n_apart + 2  # z, zx, h before and after
        is_short = H * dtype.itemsize < SHORT and len(buffers.scratch) > 1
        self._room = np.empty(arrays_of_one * buffers.scratch.size if is_short else 0, dtype)
        self._forward = [self._listed(rectangle) for rectangle in buffers.rectangles]
        self._back: dict[Part, tuple[Any, ...]] = {}

    def arrange(self) -> None:
        """Read the weights for the way forwards."""
        tiles.arrange(self.buffers.w_t, self._w)

    def arrange_back(self) -> None:
        """Read the weights for the way back."""
        tiles.arrange(self.buffers.back.w_hh, self._w_hh)

    def advance(self, number: int) -> None:
        """Go forwards through a rectangle."""
        self._loops.advance(*self._forward[number])

    def go_back(self, part: Part, dh_every: Array) -> None:
        """Go back through a part; ``dh_every`` is (steps, n, H), or empty."""
        if part not in self._back:
            self._back[part] = self._listed_back(part)
        self._loops.go_back(dh_every, *self._back[part])

    @property
    def forward_arrays(self) -> tuple[Any, ...]:
        """What `advance` works on in the first rectangle."""
        return self._forward[0]

    @property
    def all_arrays(self) -> tuple[Any, ...] | None:
        """What `bptt.compiled_step` works on; None if the way back is one of several parts."""
        parts = self.buffers.back.parts(last_is_state_in=False)
        if len(parts) > 1:
            return None
        buffers, back = self.buffers, self.buffers.back
        _, _, _, _, _, scratch, _, more, kept, peephole, room = self._forward[0]
        _, _, dh, by_h, *_, d_more, local, _, _, passes_by, _ = self._listed_back(parts[0])
        return (
            buffers.order, buffers.w_t, self._w, buffers.w_apart_t, buffers.x1, buffers.h1, more,
            buffers.z, buffers.zx, scratch, kept, peephole,
            back.w_hh, self._w_hh, back.dzh, back.dzx, dh, d_more, by_h, local,
            passes_by, room,
        )  # fmt: skip

    def _listed(self, rectangle: Rectangle) -> tuple[Any, ...]:
        h, *more = rectangle.states
        return (
            rectangle.operands, self._w, rectangle.into, rectangle.z, rectangle.zx,
            rectangle.scratch, h, more[0] if more else self._no_more, rectangle.kept,
            self.buffers.peephole, self._room,
        )  # fmt: skip

    def _listed_back(self, part: Part) -> tuple[Any, ...]:
        buffers, back, (_, n, _, H) = self.buffers, self.buffers.back, part.dz.shape
        rectangle, at = part.rectangle, part.steps
        h, *more = (state[at.start : at.stop + 1] for state in rectangle.states)
        n_local = buffers.cell.n_local
        local = self._local[: n_local * n * H].reshape(n_local, n, H)
        return (
            part.dz.reshape(len(part.dz), n, -1), self._w_hh, back.d_states[0][:n], back.by_h[:n],
            rectangle.z[at], rectangle.zx[at], h, more[0] if more else self._no_more,
            rectangle.kept[at], part.dz, part.dzx,
            back.d_states[-1][:n], local, part.n_last, buffers.peephole, buffers.cell.h_passes_by,
            self._room,
        )  # fmt: skip


class Loops(NamedTuple):
    """The two loops of `walk`, compiled for a cell; its float is told by the first call."""

    advance: Any
    go_back: Any


@cache
def loops(cell: Cell) -> Loops:
    """Compile the loops for a cell.

    The cell's lines are those that stand in its file: their global names alone mean something
    else, NumPy's functions for example those of `arrays`.  Numba keeps on disk what it compiled.
    """
    of = partial(as_compiled, name_of(cell))
    names = ("forward_views", "gate", "local_derivatives", "backward_views", "gate_back")
    lines = {name: of(getattr(type(cell), name)) for name in names}
    lines["cell"] = _constants(of, vars(cell) | {"h_passes_by": cell.h_passes_by})
    lines["may_be_cut"] = cell.n_gates == 1 and not cell.n_apart  # see `Back.parts`
    lines |= {"place_for": of(place_for), "gather": of(gather)}
    lines["states"] = of(h_and_more if len(cell.states) > 1 else h_alone)
    gates = _constants(of, {"gate": of(gate_at, **lines), "gate_back": of(gate_back_at, **lines)})
    numpys = {"at": of(views_and_k), "product": tiles.product}
    return Loops(
        of(advance, KEPT, go=of(walk.advance, LOOP, **numpys), cell=gates),
        of(go_back, KEPT, go=of(walk.go_back, LOOP, **numpys), cell=gates),
    )


def name_of(cell: Cell) -> str:
    """Return what tells apart what is compiled for different cells."""
    told = f"{cell!r} {vectors.BYTES} {vectors.N_REGISTERS}"  # by them weights are laid out
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def as_compiled(name: str, function: Any, how: Mapping[str, object] = INSIDE, **names: Any) -> Any:
    """Compile a function as it stands, its global names meaning what they mean compiled.

    ``name`` tells apart what is compiled of the same text for several cells.  All is joined into
    one function, so that the compiler sees that no array has to be counted.
    """
    if isinstance(function, np.ufunc):
        write = getattr(arrays, function.__name__)  # a stub, which a compiled function may call
        return compile_function(lambda z, out: write(z, out), f"{function.__name__}_into")  # noqa: PLW0108
    used, of = function.__code__.co_names, partial(as_compiled, name)
    found = {n: _meant(of, value) for n, value in function.__globals__.items() if n in used}
    found["__name__"] = function.__module__
    twin = FunctionType(function.__code__, {**found, **names}, function.__name__)
    return compile_function(twin, f"{function.__name__}_{name}", **how)


def _meant(of: Any, value: Any) -> Any:
    """Return what a global name, or what a cell holds, means compiled."""
    if value is np:
        return arrays
    if isinstance(value, Activation):
        return _constants(of, {"f": of(value.f), "df": of(value.df)})
    return arrays.nothing if value in ONLY_COMPLEX else value


def _constants(of: Any, values: dict[str, Any]) -> Any:
    """Return an object of these attributes whose values are known when lines are compiled.

    To Numba the attributes of a module are constants.
    """
    module = ModuleType("constants")
    vars(module).update({name: _meant(of, value) for name, value in values.items()})
    return module


# -- compiled, with the names below meaning what `loops` says ---------------------------------

cell: Any = None
states: Any = None
forward_views: Any = None
gate: Any = None
local_derivatives: Any = None
backward_views: Any = None
gate_back: Any = None
go: Any = None
may_be_cut: Any = None


def views_and_k(views, k):
    """Return what `gate_at` and `gate_back_at` look their views up in."""
    return views, k


def h_alone(h, more, k):
    """Return the states at one time stamp, h being all of them."""
    return (h,)


def h_and_more(h, more, k):
    """Return the states at one time stamp, where there is another."""
    return (h, more[k])


def place_for(array, room, begin):
    """Return room for an array, in one piece; without room the array itself."""
    if not room.size:
        return array
    return arrays.of_any_layout(room[begin : begin + array.size].reshape(array.shape))


def gather(array, place, room):
    """Write an array into its place, if it has one."""
    if room.size:
        arrays.copy(place, array)


def gate_at(view, peephole):
    """Do what a cell's gate does at one time stamp."""
    (z, zx, scratch, h, more, kept, room), k = view
    n, H = scratch.shape
    z_k, zx_k = arrays.by_gate(z[k]), arrays.by_gate(zx[k])
    h_before, h_after = h[k][:, :H], h[k + 1][:, :H]
    z_g, zx_g = place_for(z_k, room, 0), place_for(zx_k, room, z_k.size)
    b_g = place_for(h_before, room, z_k.size + zx_k.size)
    a_g = place_for(h_after, room, z_k.size + zx_k.size + n * H)
    gather(z_k, z_g, room)
    gather(zx_k, zx_g, room)
    gather(h_before, b_g, room)
    before, after = states(b_g, more, k), states(a_g, more, k + 1)
    gate(cell, forward_views(cell, z_g, zx_g, before, after, kept[k], scratch), peephole)
    gather(a_g, h_after, room)
    gather(z_g, z_k, room)  # a cell may have written on it
    gather(zx_g, zx_k, room)


def gate_back_at(view, peephole):
    """Do the same for local_derivatives and gate_back; the last time stamp may be cut short."""
    (z, zx, h, more, kept, dz, dzx, dh, d_more, local, n_last, room), k = view
    H = z.shape[3]
    z_k, zx_k, kept_k = arrays.by_gate(z[k]), arrays.by_gate(zx[k]), kept[k]
    dz_k, dzx_k = arrays.by_gate(dz[k]), arrays.by_gate(dzx[k])
    h_before, h_after = h[k][:, :H], h[k + 1][:, :H]
    z_g, zx_g = place_for(z_k, room, 0), place_for(zx_k, room, z_k.size)
    b_g = place_for(h_before, room, z_k.size + zx_k.size)
    gather(z_k, z_g, room)
    gather(zx_k, zx_g, room)
    gather(h_before, b_g, room)
    before, after = states(b_g, more, k), states(h_after, more, k + 1)
    local_derivatives(cell, z_g, zx_g, before, after, kept_k, local)
    d_states = (dh, d_more)
    if may_be_cut and k == len(z) - 1 and n_last < len(dh):
        dz_k, dzx_k, kept_k = dz_k[:, :n_last], dzx_k[:, :n_last], kept_k[:, :n_last]
        d_states = (dh[:n_last], d_more[:n_last])
        views = backward_views(cell, dz_k, dzx_k, d_states, kept_k, local[:, :n_last])
        gate_back(cell, views, peephole)
        return
    dz_g, dzx_g = place_for(dz_k, room, 0), place_for(dzx_k, room, dz_k.size)
    gate_back(cell, backward_views(cell, dz_g, dzx_g, d_states, kept_k, local), peephole)
    gather(dz_g, dz_k, room)
    gather(dzx_g, dzx_k, room)


def advance(operands, weights_t, into, z, zx, scratch, h, more, kept, peephole, room):
    """Go forwards through a rectangle."""
    b = arrays.borrowed
    views = (b(z), b(zx), b(scratch), b(h), b(more), b(kept), b(room))
    go(b(operands), b(weights_t), b(into), cell, views, b(peephole))


def go_back(
    dh_every,
    dz_h,
    w_hh,
    dh,
    by_h,
    z,
    zx,
    h,
    more,
    kept,
    dz,
    dzx,
    d_more,
    local,
    n_last,
    peephole,
    passes_by,
    room,
):
    """Go back through a part of one."""
    b = arrays.borrowed
    views = (
        b(z), b(zx), b(h), b(more), b(kept), b(dz), b(dzx), b(dh), b(d_more), b(local), n_last,
        b(room),
    )  # fmt: skip
    before = mxcsr()
    set_mxcsr(before | FLUSH)
    go(b(dz_h), b(w_hh), b(dh), b(by_h), b(dh_every), cell, views, b(peephole), passes_by)
    set_mxcsr(before)
