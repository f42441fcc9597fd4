"""Targets and masks at the public door, checked against what the network predicts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bptt import _checks, sequences
from bptt._shapes import Array
from bptt.errors import InputError, NumberTypeError, ShapeError, sentence
from bptt.losses import Loss, one_hot
from bptt.sequences import Layout


def check(
    called: str, loss: Loss, y: npt.ArrayLike, mask: npt.ArrayLike | None, shape: tuple[int, ...]
) -> tuple[Array, Array | None]:
    """Check y and mask against the prediction's shape, (n, O), (n, T, O) or (N, O).

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


def only_time_stamps(called: str, name: str, value: npt.ArrayLike, x: Layout) -> Array:
    """Return what belongs to time stamps of ragged sequences, all behind one another."""
    lengths = x.public_lengths
    parts = sequences.one_by_one(value)
    if parts is not None:
        rows, theirs = sequences.flat(called, name, parts), sequences.list_lengths(parts)
        if len(theirs) != len(lengths) or (theirs != lengths).any():
            i = int((theirs != lengths).argmax()) if len(theirs) == len(lengths) else None
            came = f"{len(theirs)} of them" if i is None else f"{theirs[i]} in {name}[{i}]"
            expected = (
                f"{len(lengths)} sequences of {name}"
                if i is None
                else f"{lengths[i]} time stamps in {name}[{i}], as in x[{i}]"
            )
            do = f"Give {name} one row for each time stamp of each sequence"
            raise ShapeError(sentence(called, expected, came, do))
        return rows
    array = _checks.as_array(value)
    n_steps = x.n_steps if x.n_steps is not None else x.packing.n_steps
    if x.n_steps is None and not x.packing.equal:
        do = f"Give {name} as a list too, one array for each sequence"
        came = f"an array of shape {array.shape}"
        raise ShapeError(sentence(called, f"{name} as a list, as x is", came, do))
    if array.shape[:2] != (len(lengths), n_steps):
        do = "Pad it as x is padded"
        expected = f"{name} of shape {(len(lengths), n_steps)} or {(len(lengths), n_steps, 'O')}"
        raise ShapeError(sentence(called, expected, f"shape {array.shape}", do))
    kept: Array = array[sequences.in_padded(lengths, n_steps)]
    return kept
