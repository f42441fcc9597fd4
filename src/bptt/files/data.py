"""`Data`: sequences of a file as they stand in it, and where in the file each entry stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bptt._shapes import Array
from bptt.files.roles import Roles

# (sequence, time stamp, feature; None for the target), counted from 0 -> where that stands
Place = Callable[[int, int, "int | None"], str]


@dataclass(frozen=True, eq=False)
class Data:
    """What a file says, in its own units."""

    path: str
    form: str
    """``"long"``, ``"wide"`` or ``"arrays"``"""
    roles: Roles
    x: list[Array]
    """of each sequence (T, I), what is missing as NaN"""
    y: list[Array] | None
    """of each sequence the target as text, (T,) or (1,), what is missing as ''; None without one"""
    per_step: bool | None
    """whether there is a target for every time stamp; None where the file leaves it open"""
    names: list[str]
    """of the sequences"""
    times: list[Array] | None
    """of each sequence what the order column says, as text"""
    place: Place
    left_out: tuple[str, ...] = ()
    """columns without a part"""

    @property
    def n_sequences(self) -> int:
        return len(self.x)

    @property
    def lengths(self) -> Array:
        return np.array([len(x) for x in self.x])

    def first(
        self, entries: list[Array], wrong: Callable[[Array], Array]
    ) -> tuple[int, int] | None:
        """Return (sequence, time stamp) of the first target, or other entry, that is wrong."""
        for sequence, part in enumerate(entries):
            found = wrong(part)
            if found.any():
                return sequence, int(found.argmax())
        return None

    def take(self, numbers: Sequence[int] | Array) -> Data:
        """Return some of the sequences."""
        kept, place = [int(number) for number in numbers], self.place
        return replace(
            self,
            x=[self.x[i] for i in kept],
            y=None if self.y is None else [self.y[i] for i in kept],
            names=[self.names[i] for i in kept],
            times=None if self.times is None else [self.times[i] for i in kept],
            place=lambda sequence, step, feature: place(kept[sequence], step, feature),
        )
