"""Sequences of unequal length without padding: which rows belong to which time stamp.

The engine keeps all time stamps of all sequences below one another, time stamp by time stamp.
Sequences are sorted by falling length, so that those still running at k are the first n_k::

    lengths 3, 2, 1:      row        0  1  2    3  4    5
                          k          1  1  1    2  2    3
                          sequence   0  1  2    0  1    0

Equal lengths are the special case n_k = B, where rows are a reshaped (T, B, ...) array.  PyTorch's
``PackedSequence`` has the same layout; its ``batch_sizes`` are our ``running``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

import numpy as np

from bptt._shapes import Array


class Stretch(NamedTuple):
    """Time stamps in a row at which the same sequences run: a rectangle.

    Equal lengths are one stretch.  States have a time stamp more than what is computed from them,
    the one before the first, so their rows are counted apart.
    """

    n: int
    """sequences"""
    n_steps: int
    rows: slice
    """its packed rows, n·n_steps"""
    states: slice
    """its rows of states, n·(n_steps + 1): those before the first time stamp, then of each"""

    @property
    def before(self) -> slice:
        """The rows of the states before each packed row."""
        return slice(self.states.start, self.states.stop - self.n)

    @property
    def after(self) -> slice:
        """The rows of the states after each packed row."""
        return slice(self.states.start + self.n, self.states.stop)


@dataclass(frozen=True)
class Packing:
    """How rows and time stamps belong together."""

    running: tuple[int, ...]
    """n_k for k = 1 … T: how many sequences have a time stamp k; falls, ends above 0."""

    @classmethod
    def of(cls, lengths: Array) -> Packing:
        """Return the packing of sequences of these lengths, which must fall.

        Examples
        --------
        >>> import numpy as np
        >>> Packing.of(np.array([3, 2, 1])).running
        (3, 2, 1)
        """
        steps = np.arange(1, lengths[0] + 1)
        return cls(tuple(np.searchsorted(-lengths, -steps, side="right").tolist()))

    @property
    def n_steps(self) -> int:
        """T, the length of the longest."""
        return len(self.running)

    @property
    def n_sequences(self) -> int:
        """B."""
        return self.running[0]

    @property
    def equal(self) -> bool:
        """Whether all sequences are equally long."""
        return self.running[0] == self.running[-1]

    @cached_property
    def first(self) -> tuple[int, ...]:
        """The row of sequence 0 at k = 1 … T; then the number of all rows."""
        return (0, *np.cumsum(self.running).tolist())

    @property
    def n_rows(self) -> int:
        """N, the sum of all lengths."""
        return self.first[-1]

    @cached_property
    def lengths(self) -> Array:
        """The length of each sequence, (B,)."""
        running = np.asarray(self.running)
        found: Array = np.searchsorted(-running, -np.arange(self.n_sequences), side="left")
        return found

    @cached_property
    def step(self) -> Array:
        """The time stamp of each row, counted from 0, (N,)."""
        return np.repeat(np.arange(self.n_steps), self.running)

    @cached_property
    def sequence(self) -> Array:
        """The sequence of each row, (N,)."""
        found: Array = np.arange(self.n_rows) - np.asarray(self.first)[self.step]
        return found

    def row(self, step: Array, sequence: Array) -> Array:
        """Return the rows of these sequences at these time stamps, counted from 0."""
        rows: Array = np.asarray(self.first)[step] + sequence
        return rows

    @cached_property
    def last(self) -> Array:
        """The row of each sequence's last time stamp, (B,)."""
        return self.row(self.lengths - 1, np.arange(self.n_sequences))

    @cached_property
    def turned(self) -> Array:
        """The row that each row becomes when every sequence is read backwards, (N,).

        Twice is once too often: it is its own inverse.
        """
        return self.row(self.lengths[self.sequence] - 1 - self.step, self.sequence)

    @cached_property
    def stretches(self) -> tuple[Stretch, ...]:
        """All time stamps as rectangles, the longest sequences being in all of them."""
        found, row, state = [], 0, 0
        for n, steps in groupby(self.running):
            n_steps = len(list(steps))
            rows, states = slice(row, row + n * n_steps), slice(state, state + n * (n_steps + 1))
            found.append(Stretch(n, n_steps, rows, states))
            row, state = rows.stop, states.stop
        return tuple(found)

    def take(self, sequences: Array) -> tuple[Packing, Array | None, Array]:
        """Return how a part of the sequences is packed, their order, and their rows in this one.

        The order is by falling length, and for equal lengths as given; None if it is as given.
        """
        order = None
        kept = Packing((len(sequences),) * self.n_steps)
        if not self.equal:
            order = np.argsort(-self.lengths[sequences], kind="stable")
            sequences = sequences[order]
            kept = Packing.of(self.lengths[sequences])
        return kept, order, self.row(kept.step, sequences[kept.sequence])

    def unpack(self, rows: Array) -> Array:
        """Return (T, B, ...): a view where lengths are equal, else a copy padded with 0."""
        shape = (self.n_steps, self.n_sequences, *rows.shape[1:])
        if self.equal:
            return rows.reshape(shape)
        padded = np.zeros(shape, rows.dtype)
        padded[self.step, self.sequence] = rows
        return padded

    def pack(self, padded: Array) -> Array:
        """Return the rows of a (T, B, ...) array: a view where lengths are equal."""
        if self.equal:
            return padded.reshape(self.n_rows, *padded.shape[2:])
        rows: Array = padded[self.step, self.sequence]
        return rows

    def mean(self, rows: Array) -> Array:
        """Return the mean over each sequence's rows, (B, ...)."""
        total = np.zeros((self.n_sequences, *rows.shape[1:]), rows.dtype)
        if self.equal:
            np.add.reduce(self.unpack(rows), out=total)
        else:
            in_order = np.lexsort((self.step, self.sequence))  # each sequence's rows together
            starts = np.cumsum(self.lengths) - self.lengths
            np.add.reduceat(rows[in_order], starts, out=total)
        total /= self.share(total)
        return total

    def mean_back(self, d_mean: Array) -> Array:
        """Return (N, ...): what each row gets of a derivative by the mean over its sequence."""
        each = d_mean / self.share(d_mean)
        rows: Array = each[self.sequence]
        return rows

    def share(self, like: Array) -> Array:
        """Return the lengths as a column, in the type of ``like``."""
        return self.lengths.astype(like.real.dtype)[:, None]
