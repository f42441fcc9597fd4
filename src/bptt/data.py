"""Batches: what comes in at the public door, checked and converted once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bptt import _checks
from bptt._shapes import Array
from bptt.architecture import Architecture
from bptt.errors import InputError, NumberTypeError, ShapeError, sentence
from bptt.losses import Loss, one_hot


@dataclass(frozen=True, eq=False)
class Batch:
    """Sequences and their targets, time-major, ready for the engine.

    Made by `RNN.batch`; can be handed to `RNN.loss_and_gradient` in place of x and y.
    """

    x: Array
    """(T, B, I)"""
    y: Array
    """(B, O), or (T, B, O) where every time stamp is read out"""
    loss: Loss
    """what y and mask were checked for"""
    mask: Array | None = None
    """True where an entry of y (for a loss by row, a row) counts"""

    @property
    def n_sequences(self) -> int:
        """B."""
        return int(self.x.shape[1])

    @property
    def n_counted(self) -> int:
        """How many entries (or rows) the loss is the mean of."""
        if self.mask is not None:
            return int(np.count_nonzero(self.mask))
        return self.y.size // self.y.shape[-1] if self.loss.by_row else self.y.size

    def copy(self) -> Batch:
        """Return a batch that shares no memory with what it was made of."""
        mask = None if self.mask is None else self.mask.copy()
        return Batch(self.x.copy(order="C"), self.y.copy(order="C"), self.loss, mask)

    def take(self, sequences: Array) -> Batch:
        """Return the batch of only these sequences."""
        axis = self.y.ndim - 2
        mask = None if self.mask is None else self.mask.take(sequences, axis=axis)
        return Batch(self.x[:, sequences], self.y.take(sequences, axis=axis), self.loss, mask)


def sequences(called: str, x: npt.ArrayLike, input_size: int, *, complex_ok: bool = False) -> Array:
    """Check x, (n, T) or (n, T, I), and return it time-major, (T, B, I)."""
    array = _checks.numbers(called, "x", x, complex_ok=complex_ok)
    shapes = "(n, T) or (n, T, 1)" if input_size == 1 else f"(n, T, {input_size})"
    expected = f"x of shape {shapes}"
    came = f"shape {array.shape}"
    if array.ndim == 2 and input_size == 1:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] != input_size:
        do = (
            "Give one row per sequence"
            if input_size == 1
            else "Give one row of inputs per time stamp"
        )
        raise ShapeError(sentence(called, expected, came, do))
    if array.shape[0] == 0 or array.shape[1] == 0:
        do = "Give at least one sequence of at least one time stamp"
        raise ShapeError(sentence(called, expected + " with n >= 1 and T >= 1", came, do))
    return _checks.finite(called, "x", array).transpose(1, 0, 2)


def targets(
    called: str, loss: Loss, y: npt.ArrayLike, mask: npt.ArrayLike | None, shape: tuple[int, ...]
) -> tuple[Array, Array | None]:
    """Check y and mask against the prediction's shape, (n, O) or (n, T, O).

    Returns
    -------
    y : array of that shape, sequence-major
    mask : bool array, or None where every entry counts
    """
    array = _checks.numbers(called, "y", y)
    class_numbers = loss.by_row and array.shape == shape[:-1] and (array.shape != shape)
    if not class_numbers and shape[-1] == 1 and array.shape == shape[:-1]:
        array = array[..., None]
    if not class_numbers and array.shape != shape:
        shapes = f"{shape[:-1]} or {shape}" if shape[-1] == 1 or loss.by_row else f"{shape}"
        do = "Give one target for each prediction; a loss never broadcasts"
        raise ShapeError(sentence(called, f"y of shape {shapes}", f"shape {array.shape}", do))

    counts = None if mask is None else _mask(called, mask, shape, by_row=loss.by_row)
    if counts is not None:  # what does not count may be anything, even NaN
        rows = counts[..., None] if loss.by_row and not class_numbers else counts
        array = np.where(rows, array, 0.0)
    _checks.finite(called, "y", array)
    if class_numbers:
        array = one_hot(called, array, shape[-1])
    checked = array if counts is None else array[counts]
    loss.check(called, checked)
    return array, counts


def _mask(called: str, mask: npt.ArrayLike, shape: tuple[int, ...], *, by_row: bool) -> Array:
    """Return the mask as bool, of ``shape`` or, for a loss by row, of ``shape[:-1]``."""
    array = _checks.as_array(mask)
    do = "True means that the entry counts; leave mask out to count all"
    if array.dtype.kind != "b" and not (array.dtype.kind in "iuf" and np.isin(array, (0, 1)).all()):
        came = f"an array of {array.dtype}"
        raise NumberTypeError(sentence(called, "mask to hold True and False", came, do))
    array = array.astype(bool)
    if array.shape == shape[:-1] and array.shape != shape:
        array = array if by_row else np.repeat(array[..., None], shape[-1], axis=-1)
    elif by_row or array.shape != shape:
        expected = f"mask of shape {shape[:-1]}" + ("" if by_row else f" or {shape}")
        raise ShapeError(sentence(called, expected, f"shape {array.shape}", do))
    if not array.any():
        raise InputError(
            sentence(called, "a mask that leaves something", "a mask without True", do)
        )
    return array


def initial_states(
    called: str, names: tuple[str, ...], initial_state: npt.ArrayLike | None, shape: tuple[int, int]
) -> tuple[Array, ...] | None:
    """Check State_0, an (H,) or (n, H) array for each of a cell's states; None means zeros."""
    if initial_state is None:
        return None
    given = initial_state if isinstance(initial_state, tuple) else (initial_state,)
    do = f"Give (H,) or (n, H) for each of the cell's states ({', '.join(names)})"
    if len(given) != len(names):
        raise ShapeError(sentence(called, f"{len(names)} initial state(s)", f"{len(given)}", do))
    checked = []
    for state in given:
        array = _checks.numbers(called, "initial_state", state, complex_ok=True)
        if array.shape not in (shape, shape[1:]):
            expected = f"initial_state of shape {shape[1:]} or {shape}"
            raise ShapeError(sentence(called, expected, f"shape {array.shape}", do))
        checked.append(_checks.finite(called, "initial_state", array))
    return tuple(checked)


def make_batch(
    called: str,
    net: Architecture,
    x: npt.ArrayLike,
    y: npt.ArrayLike | None,
    loss: Loss,
    mask: npt.ArrayLike | None,
    *,
    complex_ok: bool = False,
) -> Batch:
    """Check x, y and mask for a network and a loss, and return them time-major."""
    x = sequences(called, x, net.input_size, complex_ok=complex_ok)
    if y is None:
        do = "Give y, or a Batch in place of x"
        raise InputError(sentence(called, "targets y", "none", do))
    n_steps, n, _ = x.shape
    shape = (n, n_steps, net.output_size) if net.readout.every else (n, net.output_size)
    y, counts = targets(called, loss, y, mask, shape)
    if net.readout.every:
        y = y.swapaxes(0, 1)
        counts = None if counts is None else counts.swapaxes(0, 1)
    return Batch(x, y, loss, counts)


def own_batch(
    called: str, net: Architecture, batch: Batch, loss: Loss | None, *, extra: bool
) -> Batch:
    """Return ``batch`` if it was made for such a network and loss and nothing comes besides."""
    n_steps, n, _ = batch.x.shape
    x_shape = (n_steps, n, net.input_size)
    y_shape = (n_steps, n, net.output_size) if net.readout.every else (n, net.output_size)
    if extra or batch.x.shape != x_shape or batch.y.shape != y_shape:
        came = f"one of x {batch.x.shape} and y {batch.y.shape}" + " with y or mask" * extra
        do = "Make it with batch(x, y, loss, mask) of this network, and give it alone"
        expected = f"a Batch of x {x_shape} and y {y_shape}"
        raise ShapeError(sentence(called, expected, came, do))
    if loss is not None and loss != batch.loss:
        do = "Leave the loss out, or make another batch"
        expected = f"the loss {batch.loss.name!r} that the Batch was made for"
        raise InputError(sentence(called, expected, repr(loss.name), do))
    if batch.mask is not None:
        mask_shape = y_shape[:-1] if batch.loss.by_row else y_shape
        if batch.mask.shape != mask_shape or not batch.mask.any():
            do = "Make it with batch(x, y, loss, mask)"
            expected = f"a Batch with a mask {mask_shape} that leaves something"
            raise ShapeError(sentence(called, expected, f"a mask {batch.mask.shape}", do))
    return batch


def minibatches(
    n_sequences: int, batch_size: int | None, rng: np.random.Generator
) -> Iterator[Array | None]:
    """Yield disjoint random sets of sequences that together are all of them; None for all at once.

    Examples
    --------
    >>> import numpy as np
    >>> [len(rows) for rows in minibatches(5, 2, np.random.default_rng(0))]
    [2, 2, 1]
    """
    if batch_size is None or batch_size >= n_sequences:
        yield None
        return
    order = rng.permutation(n_sequences)
    for first in range(0, n_sequences, batch_size):
        yield order[first : first + batch_size]
