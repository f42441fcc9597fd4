"""Sequences at the public door: arrays, lists of arrays, or padded arrays with their lengths.

Inside, all are packed rows (`bptt.through_time.packing`); `Layout` knows the way in and back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bptt import _checks
from bptt._shapes import Array
from bptt.errors import InputError, NumberTypeError, ShapeError, sentence
from bptt.through_time import Packing

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Layout:
    """How sequences came in at the public door, and where they are inside."""

    packing: Packing
    order: Array | None = None
    """the public number of each sequence inside, longest first; None if they are as they came"""
    n_steps: int | None = None
    """T of the padded array they came in; None for a list"""

    @property
    def n_sequences(self) -> int:
        return self.packing.n_sequences

    @property
    def n_missing(self) -> int:
        """How many last time stamps of the padded array no sequence has."""
        return 0 if self.n_steps is None else self.n_steps - self.packing.n_steps

    @cached_property
    def public_lengths(self) -> Array:
        """The lengths in public order, (n,)."""
        return self.to_public(self.packing.lengths)

    @cached_property
    def _public_row(self) -> Array:
        """Of each packed row its place where all sequences stand behind one another."""
        lengths, packing = self.public_lengths, self.packing
        starts = np.cumsum(lengths) - lengths
        return starts[self.to_inside(np.arange(len(lengths)))[packing.sequence]] + packing.step

    def to_inside(self, public: Array) -> Array:
        """Sort an array with a row for each sequence."""
        return public if self.order is None else public[self.order]

    def to_public(self, inside: Array) -> Array:
        """Take `to_inside` back."""
        if self.order is None:
            return inside
        public = np.empty_like(inside)
        public[self.order] = inside
        return public

    def pack(self, flat: Array) -> Array:
        """Return packed rows of an array where all sequences stand behind one another, (N, ...)."""
        if self.packing.equal and self.order is None:
            n, T = self.packing.n_sequences, self.packing.n_steps
            by_time = flat.reshape(n, T, *flat.shape[1:]).swapaxes(0, 1)
            return by_time.reshape(self.packing.n_rows, *flat.shape[1:])
        rows: Array = flat[self._public_row]
        return rows

    def unpack(self, rows: Array) -> Array | list[Array]:
        """Return packed rows in the form in which the sequences came: a list, or (n, T, ...).

        Where a padded array has no time stamp there is NaN.
        """
        if self.packing.equal and self.order is None and self.n_steps == self.packing.n_steps:
            return self.packing.unpack(rows).swapaxes(0, 1).copy()
        flat = np.empty_like(rows)
        flat[self._public_row] = rows
        parts = np.split(flat, np.cumsum(self.public_lengths)[:-1])
        if self.n_steps is None:
            return parts
        padded = np.full((len(parts), self.n_steps, *rows.shape[1:]), np.nan, rows.dtype)
        for sequence, part in zip(padded, parts, strict=True):
            sequence[: len(part)] = part
        return padded


class Sequences(NamedTuple):
    """Checked inputs as packed rows, and how they came."""

    rows: Array
    """(N, I)"""
    layout: Layout


def one_by_one(value: Any) -> list[npt.ArrayLike] | None:
    """Return sequences that come one by one as a list, or None if they are one rectangular array.

    One by one are a list of arrays, a one-dimensional array or Series of them, or a list of lists
    that no rectangle holds.

    Examples
    --------
    >>> one_by_one([[1, 2, 3], [4, 5]])
    [[1, 2, 3], [4, 5]]
    >>> one_by_one([[1, 2], [4, 5]]) is None
    True
    """
    if isinstance(value, (list, tuple)):
        if any(getattr(part, "ndim", 0) for part in value):
            return list(value)
        of_lists = bool(value) and all(isinstance(part, (list, tuple)) for part in value)
        array = _checks.as_array(value)  # without axes where there is no rectangle
        return list(value) if array.ndim == 0 or (of_lists and array.dtype == object) else None
    if getattr(value, "ndim", None) == 1 and getattr(value, "dtype", None) == np.dtype(object):
        return list(value) or None
    return None


def flat(
    called: str, name: str, value: Sequence[npt.ArrayLike], *, complex_ok: bool = False
) -> Array:
    """Return a list of arrays (T_i, ...) as one array, all behind one another."""
    parts: list[Array] = []
    for i, part in enumerate(value):
        array = _checks.numbers(called, f"{name}[{i}]", part, complex_ok=complex_ok)
        if array.ndim not in (1, 2) or (parts and array.shape[1:] != parts[0].shape[1:]):
            like = "(T,) or (T, width)" if not parts else f"(T{_comma(parts[0].shape[1:])}"
            do = f"Give each sequence of {name} one row of the same width for each time stamp"
            came = f"shape {array.shape}"
            raise ShapeError(sentence(called, f"{name}[{i}] of shape {like}", came, do))
        parts.append(array)
    return np.concatenate(parts)


def _comma(shape: tuple[int, ...]) -> str:
    return "".join(f", {size}" for size in shape) + (")" if shape else ",)")


def list_lengths(value: Sequence[npt.ArrayLike]) -> Array:
    """Return the lengths of the arrays of a list."""
    return np.array([len(part) for part in value])  # type: ignore[arg-type]


def read(
    called: str,
    x: npt.ArrayLike,
    input_size: int,
    lengths: npt.ArrayLike | None = None,
    *,
    complex_ok: bool = False,
) -> Sequences:
    """Check x and return its sequences as packed rows.

    Parameters
    ----------
    x : (n, T), (n, T, I), or a list of n arrays (T_i,) or (T_i, I)
    lengths : (n,), optional
        How many time stamps of each row of a padded x are its sequence's.
    """
    shapes = "(n, T) or (n, T, 1)" if input_size == 1 else f"(n, T, {input_size})"
    parts = one_by_one(x)
    if parts is not None:
        if lengths is not None:
            do = "Leave lengths out; those of a list are the arrays' own"
            raise InputError(sentence(called, "a list of sequences alone", "lengths besides", do))
        array = flat(called, "x", parts, complex_ok=complex_ok)
        counted = list_lengths(parts)
        layout = ragged(called, counted, None)
        array = array[:, None] if array.ndim == 1 and input_size == 1 else array
        if array.shape[1:] != (input_size,):
            one = "(T,) or (T, 1)" if input_size == 1 else f"(T, {input_size})"
            came = f"shape (T{_comma(array.shape[1:])}"
            do = "Give one row of inputs per time stamp"
            raise ShapeError(sentence(called, f"sequences of shape {one}", came, do))
        _finite_flat(called, array, counted)
        return Sequences(layout.pack(array), layout)

    array = _checks.numbers(called, "x", x, complex_ok=complex_ok)
    expected, came = f"x of shape {shapes}", f"shape {array.shape}"
    if array.ndim == 2 and input_size == 1:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] != input_size:
        do = (
            "Give one row per sequence"
            if input_size == 1
            else "Give one row of inputs per time stamp"
        )
        if array.ndim == 2 and array.shape[1] == input_size:
            do = "Give a single sequence as x[None] or [x]"
        raise ShapeError(sentence(called, expected, came, do))
    n, n_steps, _ = array.shape
    if n == 0 or n_steps == 0:
        do = "Give at least one sequence of at least one time stamp"
        raise ShapeError(sentence(called, expected + " with n >= 1 and T >= 1", came, do))
    if lengths is None:
        _checks.finite(called, "x", array)
        layout = Layout(Packing((n,) * n_steps), None, n_steps)
        return Sequences(layout.packing.pack(array.transpose(1, 0, 2)), layout)
    counted = check_lengths(called, lengths, n, n_steps)
    layout = ragged(called, counted, n_steps)
    array = array[in_padded(counted, n_steps)]
    _finite_flat(called, array, counted)
    return Sequences(layout.pack(array), layout)


def in_padded(lengths: Array, n_steps: int) -> Array:
    """Return (n, T), True where a padded array has a time stamp."""
    return np.arange(n_steps) < lengths[:, None]


def check_lengths(called: str, lengths: npt.ArrayLike, n: int, n_steps: int) -> Array:
    """Return lengths as whole numbers from 1 to T, one for each sequence."""
    array = _checks.as_array(lengths)
    do = f"Give each of the {n} sequences a whole number from 1 to {n_steps}"
    if array.dtype.kind not in "iu":
        came = f"an array of {array.dtype}"
        raise NumberTypeError(sentence(called, "lengths to be whole numbers", came, do))
    _checks.shape(called, "lengths", array, (n,), do)
    if array.min() < 1 or array.max() > n_steps:
        came = f"lengths from {array.min()} to {array.max()}"
        raise InputError(sentence(called, f"lengths from 1 to {n_steps}", came, do))
    return array.astype(np.intp)


def ragged(called: str, lengths: Array, n_steps: int | None) -> Layout:
    """Return the layout of sequences of these lengths in public order."""
    if lengths.min() < 1:
        came = f"x[{int(lengths.argmin())}] without any"
        do = "Leave empty sequences out"
        raise ShapeError(sentence(called, "sequences of at least one time stamp", came, do))
    if (np.diff(lengths) <= 0).all():
        return Layout(Packing.of(lengths), None, n_steps)
    order = np.argsort(-lengths, kind="stable")
    return Layout(Packing.of(lengths[order]), order, n_steps)


def _finite_flat(called: str, array: Array, lengths: Array) -> None:
    """Raise if an entry is not finite, and say in which sequence, at which time stamp."""
    bad = ~np.isfinite(array)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        ends = np.cumsum(lengths)
        i = int(np.searchsorted(ends, row, side="right"))
        step = int(row - (ends[i] - lengths[i]))
        came = f"{array[row, column]} in sequence {i} at row {step}, column {column}"
        do = "Remove or repair that entry; NaN would spread to every weight"
        raise InputError(sentence(called, "x to be finite", came + " (counted from 0)", do))
