"""`Plain`: the loops of `walk` as they stand, over views that are made once for each time stamp."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from bptt._shapes import Array
from bptt.cells import Views
from bptt.through_time import walk
from bptt.through_time.buffers import Buffers, Part, Rectangle


class _StepsBack(NamedTuple):
    dz_h: list[Array]
    w_hh: Array
    dh: Array
    by_h: Array
    views: list[Views]
    local: tuple[Array, Array, Views, Views, Array, Array]
    """what the local derivatives of all time stamps are computed of"""


class Plain:
    """What NumPy goes over."""

    stamp_by_stamp = False

    def __init__(self, buffers: Buffers) -> None:
        self.buffers = buffers
        self._forward = [self._listed(rectangle) for rectangle in buffers.rectangles]
        self._back: dict[Part, _StepsBack] = {}
        self._local: Array | None = None

    def arrange(self) -> None:
        """Nothing is to be done: the views are of the weights themselves."""

    arrange_back = arrange

    def advance(self, number: int) -> None:
        """Go forwards through a rectangle."""
        walk.advance(*self._forward[number])

    def go_back(self, part: Part, dh_every: Array) -> None:
        """Go back through a part; ``dh_every`` is (steps, n, H), or empty."""
        if part not in self._back:
            self._back[part] = self._listed_back(part)
        steps, cell, peephole = self._back[part], self.buffers.cell, self.buffers.peephole
        cell.local_derivatives(*steps.local)
        walk.go_back(
            steps.dz_h, steps.w_hh, steps.dh, steps.by_h, list(dh_every),
            cell, steps.views, peephole, cell.h_passes_by,
        )  # fmt: skip

    def _local_of(self, part: Part) -> Array:
        """Return room for what `Cell.local_derivatives` writes, (n_local, steps, n, H)."""
        if self._local is None:
            back, n_local = self.buffers.back, self.buffers.cell.n_local
            n_rows = min(len(self.buffers.z), back.most_rows)
            self._local = np.empty((n_local, n_rows, self.buffers.sizes[1]), self.buffers.z.dtype)
        n_steps, n, _, H = part.dz.shape
        return self._local[:, : n_steps * n].reshape(-1, n_steps, n, H)

    def _listed(self, rectangle: Rectangle) -> tuple[Any, ...]:
        """Return the arguments of `walk.advance`."""
        cell, scratch, kept = self.buffers.cell, rectangle.scratch, rectangle.kept
        z, zx = rectangle.z.swapaxes(1, 2), rectangle.zx.swapaxes(1, 2)
        states = rectangle.states_at(slice(None))
        views = [
            cell.forward_views(
                z[k],
                zx[k],
                tuple(s[k] for s in states),
                tuple(s[k + 1] for s in states),
                kept[k],
                scratch,
            )
            for k in range(len(z))
        ]
        operands, into = [*rectangle.operands], [*rectangle.into]
        return operands, self.buffers.w_t, into, cell, views, self.buffers.peephole

    def _listed_back(self, part: Part) -> _StepsBack:
        cell, back, local = self.buffers.cell, self.buffers.back, self._local_of(part)
        rectangle, at, n = part.rectangle, part.steps, part.dz.shape[1]
        d_states = tuple(d_state[:n] for d_state in back.d_states)
        dz, dzx, kept = part.dz.swapaxes(1, 2), part.dzx.swapaxes(1, 2), rectangle.kept[at]
        z, zx = (np.moveaxis(array[at], 2, 0) for array in (rectangle.z, rectangle.zx))
        before, after = (rectangle.states_at(slice(at.start + k, at.stop + k)) for k in (0, 1))
        all_at_once = (z, zx, before, after, kept.swapaxes(0, 1), local)
        views = []
        for k in range(len(dz)):
            cut = slice(part.n_last if k == len(dz) - 1 else n)
            views.append(cell.backward_views(
                dz[k][:, cut], dzx[k][:, cut], tuple(d[cut] for d in d_states),
                kept[k][:, cut], local[:, k, cut],
            ))  # fmt: skip
        dz_h = [*part.dz.reshape(len(dz), n, -1)]
        return _StepsBack(dz_h, back.w_hh, d_states[0], back.by_h[:n], views, all_at_once)
