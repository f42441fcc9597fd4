"""Before compiled loops are used: whether they compute what NumPy computes.

What Numba finds on disk was compiled by an earlier program, perhaps beside other versions.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from bptt._shapes import Array
from bptt.cells import Cell
from bptt.errors import BpttError, sentence
from bptt.through_time.buffers import Buffers
from bptt.through_time.compiled.engine import Compiled
from bptt.through_time.packing import Packing
from bptt.through_time.plain import Plain

EXAMPLES = (((3, 3, 2, 1), 2, 5), ((41, 40, 1), 2, 19))
"""how many sequences there are at each time stamp, inputs and states: rows that are gathered by
gate, and rows that are gone over in blocks"""
ALLOWED = 1e3  # units of rounding


@cache
def check(cell: Cell, dtype: np.dtype[Any]) -> None:
    """Raise BpttError unless both engines agree on small examples, once for a cell and float."""
    for example in EXAMPLES:
        with np.errstate(all="ignore"):
            both = [_on_buffers(cell, dtype, kind, *example) for kind in (Compiled, Plain)]
        compare(cell, *both)


def compare(cell: Cell, compiled: Mapping[str, Array], plain: Mapping[str, Array]) -> None:
    """Raise BpttError unless arrays of the same names are the same but for rounding."""
    for name, ours in compiled.items():
        off = np.abs(ours - plain[name]).max(initial=0.0) / np.abs(plain[name]).max(initial=1.0)
        if not off < ALLOWED * float(np.finfo(ours.dtype).eps):
            do = "Delete Numba's files (*.nbi, *.nbc), or use engine='numpy'"
            came = f"{name} that differs by {off:.1e}"
            raise BpttError(sentence(f"The compiled {cell!r}", "what NumPy computes", came, do))


def _on_buffers(
    cell: Cell,
    dtype: np.dtype[Any],
    kind: type[Plain | Compiled],
    sizes: tuple[int, ...],
    I: int,
    H: int,
) -> dict[str, Array]:
    """Return what is on the buffers after all loops have gone over random numbers."""
    rng = np.random.default_rng(0)
    buffers = Buffers(cell, Packing(sizes), I, H, dtype)
    back = buffers.back
    written = (
        buffers.h1, buffers.w_t, buffers.w_apart_t, buffers.peephole, buffers.zx,
        *buffers.states[1:], back.w_hh, *back.d_states,
    )  # fmt: skip
    for array in written:
        array[...] = rng.uniform(-1, 1, array.shape)
    loops = buffers.loops = kind(buffers)
    loops.arrange()
    loops.arrange_back()
    for number in range(len(buffers.rectangles)):
        loops.advance(number)
    last_is_state_in = cell.n_gates == 1
    if last_is_state_in:
        back.dzh[buffers.last] = 1.0
    every = rng.uniform(-1, 1, (len(buffers.z), H)).astype(dtype)
    for part in back.parts(last_is_state_in=last_is_state_in):
        loops.go_back(part, part.every(every))
    found = {"z": buffers.z, "zx": buffers.zx, "h": buffers.h1, "dzh": back.dzh, "dzx": back.dzx}
    return found | {f"d_{name}": d for name, d in zip(cell.states, back.d_states, strict=True)}
