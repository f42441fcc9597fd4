"""Batches: what comes in at the public door, checked and converted once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bptt import losses, sequences, targets
from bptt._shapes import Array
from bptt.architecture import Architecture
from bptt.errors import InputError, ShapeError, sentence
from bptt.losses import Loss
from bptt.sequences import Layout
from bptt.through_time import Packed, Packing


@dataclass(frozen=True, eq=False)
class Batch:
    """Sequences and their targets as packed rows, ready for the engine.

    Made by `RNN.batch`; can be handed to `RNN.loss_and_gradient` in place of x and y.
    """

    inputs: Array
    """(N, I)"""
    targets: Array
    """(B, O), or (N, O) where every time stamp is read out"""
    loss: Loss
    """what targets and counts were checked for"""
    counts: Array | None
    """True where an entry of targets (for a loss by row, a row) counts"""
    layout: Layout
    every: bool
    """whether there is a target for every time stamp"""
    numbers: Array | None = None
    """which sequences these are of the x that was given; None if they are as they came"""

    @property
    def packed(self) -> Packed:
        """The inputs as the engine takes them."""
        return Packed(self.inputs, self.layout.packing)

    @property
    def x(self) -> Array:
        """(T, B, I), the inputs time-major; padded with 0 where lengths differ."""
        return self.layout.packing.unpack(self.inputs)

    @property
    def y(self) -> Array:
        """(B, O), or (T, B, O) where every time stamp is read out."""
        return self.layout.packing.unpack(self.targets) if self.every else self.targets

    @property
    def mask(self) -> Array | None:
        """What counts of y."""
        if self.counts is None:
            return None
        return self.layout.packing.unpack(self.counts) if self.every else self.counts

    @property
    def n_sequences(self) -> int:
        """B."""
        return self.layout.n_sequences

    @property
    def n_counted(self) -> int:
        """How many entries (or rows) the loss is the mean of."""
        if self.counts is not None:
            return int(np.count_nonzero(self.counts))
        return len(self.targets) if self.loss.by_row else self.targets.size

    @property
    def counts_any(self) -> bool:
        """Whether there is anything that counts."""
        return self.counts is None or bool(self.counts.any())

    def copy(self) -> Batch:
        """Return a batch that shares no memory with what it was made of."""
        counts = None if self.counts is None else self.counts.copy()
        inputs, targets = self.inputs.copy(order="C"), self.targets.copy(order="C")
        return Batch(inputs, targets, self.loss, counts, self.layout, self.every, self.numbers)

    def take(self, sequences: npt.ArrayLike) -> Batch:
        """Return the batch of only these sequences, counted from 0 as this batch holds them."""
        called, n = "Batch.take", self.n_sequences
        chosen = np.asarray(sequences)
        do = f"Give some of the numbers from 0 to {n - 1}"
        if chosen.dtype.kind not in "iu" or chosen.ndim != 1 or not len(chosen):
            came = f"{chosen.dtype} of shape {chosen.shape}"
            raise InputError(sentence(called, "numbers of sequences", came, do))
        if chosen.min() < 0 or chosen.max() >= n:
            came = f"from {chosen.min()} to {chosen.max()}"
            raise InputError(sentence(called, f"numbers from 0 to {n - 1}", came, do))
        packing, order, rows = self.layout.packing.take(chosen)
        inside = chosen if order is None else chosen[order]
        of_targets = rows if self.every else inside
        return Batch(
            self.inputs[rows],
            self.targets[of_targets],
            self.loss,
            None if self.counts is None else self.counts[of_targets],
            Layout(packing, order, self.layout.n_steps),
            self.every,
            inside if self.numbers is None else self.numbers[inside],
        )

    def part(self, number: int, n: int) -> Batch:
        """Return one of n parts: neighbours, or of a ragged batch every n-th, sorted by length."""
        B, packing = self.n_sequences, self.layout.packing
        if not packing.equal:
            return self.take(np.arange(number, B, n))
        cut = slice(number * B // n, (number + 1) * B // n)
        kept = Packing((cut.stop - cut.start,) * packing.n_steps)

        def rows(array: Array) -> Array:
            return kept.pack(np.ascontiguousarray(packing.unpack(array)[:, cut]))

        of_targets = rows if self.every else (lambda array: array[cut])
        return Batch(
            rows(self.inputs),
            of_targets(self.targets),
            self.loss,
            None if self.counts is None else of_targets(self.counts),
            Layout(kept, None, self.layout.n_steps),
            self.every,
            np.arange(cut.start, cut.stop) if self.numbers is None else self.numbers[cut],
        )


def find_batch(
    called: str,
    net: Architecture,
    x: npt.ArrayLike | Batch,
    y: npt.ArrayLike | None,
    loss: str | Loss | None,
    mask: npt.ArrayLike | None,
    lengths: npt.ArrayLike | None = None,
    *,
    complex_ok: bool = False,
) -> Batch:
    """Return the batch that is meant: x itself if it is one, else x, y and mask checked."""
    if isinstance(x, Batch):
        extra = y is not None or mask is not None or lengths is not None
        wanted = None if loss is None else losses.find(called, loss)
        return own_batch(called, net, x, wanted, extra=extra)
    wanted = losses.MSE if loss is None else losses.find(called, loss)
    return make_batch(called, net, x, y, wanted, mask, lengths, complex_ok=complex_ok)


def make_batch(
    called: str,
    net: Architecture,
    x: npt.ArrayLike,
    y: npt.ArrayLike | None,
    loss: Loss,
    mask: npt.ArrayLike | None,
    lengths: npt.ArrayLike | None = None,
    *,
    complex_ok: bool = False,
) -> Batch:
    """Check x, y and mask for a network and a loss, and return them as packed rows."""
    rows, layout = sequences.read(called, x, net.input_size, lengths, complex_ok=complex_ok)
    if y is None:
        do = "Give y, or a Batch in place of x"
        raise InputError(sentence(called, "targets y", "none", do))
    n, n_rows = layout.n_sequences, layout.packing.n_rows
    if not net.readout.every:
        y, counts = targets.check(called, loss, y, mask, (n, net.output_size))
        y, counts = layout.to_inside(y), None if counts is None else layout.to_inside(counts)
        return Batch(rows, y, loss, counts, layout, False, layout.order)
    shape: tuple[int, ...]
    if layout.n_steps is not None and lengths is None:
        shape = (n, layout.n_steps, net.output_size)
    else:  # all behind one another, without what is padding
        shape = (n_rows, net.output_size)
        y = targets.only_time_stamps(called, "y", y, layout)
        mask = None if mask is None else targets.only_time_stamps(called, "mask", mask, layout)
    y, counts = targets.check(called, loss, y, mask, shape)
    y = layout.pack(y.reshape(n_rows, -1))
    if counts is not None:
        counts = layout.pack(counts.reshape(n_rows, *counts.shape[len(shape) - 1 :]))
    return Batch(rows, y, loss, counts, layout, True, layout.order)


def own_batch(
    called: str, net: Architecture, batch: Batch, loss: Loss | None, *, extra: bool
) -> Batch:
    """Return ``batch`` if it was made for such a network and loss and nothing comes besides."""
    packing, every = batch.layout.packing, net.readout.every
    x_shape = (packing.n_rows, net.input_size)
    y_shape = (packing.n_rows if every else packing.n_sequences, net.output_size)
    sizes = (batch.inputs.shape, batch.targets.shape, batch.every)
    if extra or sizes != (x_shape, y_shape, every):
        came = f"one of {batch.inputs.shape} and {batch.targets.shape}"
        came += " with y, mask or lengths" * extra
        do = "Make it with batch(x, y, loss, mask) of this network, and give it alone"
        expected = f"a Batch of inputs {x_shape} and targets {y_shape}"
        raise ShapeError(sentence(called, expected, came, do))
    if loss is not None and loss != batch.loss:
        do = "Leave the loss out, or make another batch"
        expected = f"the loss {batch.loss.name!r} that the Batch was made for"
        raise InputError(sentence(called, expected, repr(loss.name), do))
    if batch.counts is not None:
        mask_shape = y_shape[:-1] if batch.loss.by_row else y_shape
        if batch.counts.shape != mask_shape or not batch.counts_any:
            do = "Make it with batch(x, y, loss, mask)"
            expected = f"a Batch with a mask {mask_shape} that leaves something"
            raise ShapeError(sentence(called, expected, f"a mask {batch.counts.shape}", do))
    return batch


def minibatches(order: Array, batch_size: int | None) -> list[Array]:
    """Cut an order of sequences into disjoint sets that together are all of them.

    Examples
    --------
    >>> import numpy as np
    >>> [rows.tolist() for rows in minibatches(np.array([4, 0, 3, 1, 2]), 2)]
    [[4, 0], [3, 1], [2]]
    """
    size = batch_size or len(order)
    return [order[first : first + size] for first in range(0, len(order), size)]
