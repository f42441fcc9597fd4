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
from bptt.through_time.buffers import SHORT, Buffers, Part, Rectangle
from bptt.through_time.compiled import arrays, tiles, time_stamp, vectors
from bptt.through_time.compiled.functions import compile_function

INSIDE = {"inline": "always"}  # lines are joined before types are found: sooner compiled
LOOP = {
    "forceinline": True,
    "no_cpython_wrapper": True,
}  # joined after: a time stamp is 50 ns faster
KEPT = {"cache": True}  # on disk, and called from Python
ONLY_COMPLEX = (activations._keep_finite, activations._stay_on_piece)


class Compiled:
    """What Numba goes over: the arrays themselves, contiguous and time-major."""

    stamp_by_stamp = True

    def __init__(self, buffers: Buffers) -> None:
        self.buffers = buffers
        self._loops = loops(buffers.cell, buffers.z.dtype, tiles.product)
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

    def back_arrays(self, part: Part) -> tuple[Any, ...]:
        """Return what `go_back` works on in a part, besides, in the order of `places.BACK`."""
        dz_h, w_hh, dh, by_h, _, _, _, _, _, dz, dzx, d_more, local, *_ = self._listed_back(part)
        return dz_h, w_hh, dh, by_h, dz, dzx, d_more, local

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
    """The two loops of `walk`, compiled for a cell and a float."""

    advance: Any
    go_back: Any


@cache
def loops(cell: Cell, dtype: np.dtype[Any], product: Any) -> Loops:
    """Compile the loops for a cell and a float, and for what multiplies at a time stamp.

    The cell's lines are those that stand in its file: their global names alone mean something
    else, NumPy's functions for example those of `arrays`.  Numba keeps on disk what it compiled.
    """
    of = partial(as_compiled, name_of(cell, dtype, product.__module__))
    names = ("forward_views", "gate", "local_derivatives", "backward_views", "gate_back")
    lines = {name: of(getattr(type(cell), name)) for name in names}
    n_arrays = cell.n_gates + cell.n_apart + len(cell.kept) + cell.n_local + 2
    more = {"h_passes_by": cell.h_passes_by, "n_arrays": n_arrays}
    lines["cell"] = _constants(of, vars(cell) | more)
    lines["may_be_cut"] = cell.n_gates == 1 and not cell.n_apart  # see `Back.parts`
    alone, ts = len(cell.states) == 1, time_stamp
    lines |= {f.__name__: of(f) for f in (ts.place_for, ts.gather, ts.near)}
    lines["states"] = of(ts.h_alone if alone else ts.h_and_more)
    lines["rows_of"] = of(ts.rows_of_h if alone else ts.rows_of_both)
    gates = {"gate": of(ts.gate_at, **lines), "gate_back": of(ts.gate_back_at, **lines)}
    both = {"cell": _constants(of, gates)}
    numpys = {"at": of(ts.views_and_k), "product": product}
    return Loops(
        of(ts.advance, KEPT, go=of(walk.advance, LOOP, **numpys), **both),
        of(ts.go_back, KEPT, go=of(walk.go_back, LOOP, **numpys), **both),
    )


def name_of(cell: Cell, dtype: np.dtype[Any], *others: object) -> str:
    """Return what tells apart what is compiled for different cells, floats and so on.

    On disk each name has an index of its own: were there several types in one, two processes that
    compile at the same time could take each other's code.
    """
    told = f"{cell!r} {dtype.name} {others} "
    told += f"{vectors.BYTES} {vectors.N_REGISTERS}"  # by them weights are laid out
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def as_compiled(name: str, function: Any, how: Mapping[str, object] = INSIDE, **names: Any) -> Any:
    """Compile a function as it stands, its global names meaning what they mean compiled.

    ``name`` tells apart what is compiled of the same text for several cells.  All is joined into
    one function, by Numba or, a loop over time, by LLVM, which so sees that no array is counted.
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
