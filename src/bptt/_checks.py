"""Argument checks: each returns the value in the form the engine wants, or raises our sentence."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from bptt._shapes import Array, RngLike
from bptt.errors import InputError, NumberTypeError, ShapeError, UnknownNameError, sentence

if TYPE_CHECKING:
    import numpy.typing as npt


Value = TypeVar("Value")


def as_array(value: npt.ArrayLike) -> Array:
    """Return ``value`` as an array; what cannot be one, as ragged lists, as an array of None."""
    try:
        return np.asarray(value)
    except (ValueError, TypeError):
        return np.asarray(None)


def numbers(called: str, name: str, value: npt.ArrayLike, *, complex_ok: bool = False) -> Array:
    """Return ``value`` as an array of floats (or of complex numbers where they make sense)."""
    array = as_array(value)
    masked = sys.modules.get("numpy.ma")  # who has not imported it has no such array
    if masked and isinstance(value, masked.MaskedArray):
        do = f"Give {name}.data, and what counts as mask="
        raise NumberTypeError(sentence(called, f"{name} as a plain array", "a masked array", do))
    if array.dtype.kind in "biu":
        return array.astype(np.float64)
    if array.dtype.kind == "f" or (complex_ok and array.dtype.kind == "c"):
        return array
    came = "sequences of unequal length or things that are not numbers"
    if not isinstance(value, (list, tuple, np.ndarray)):
        came = f"a {type(value).__name__}" if value is not None else "None"
    if array.dtype.kind == "c":
        came = "complex numbers"
    elif array.dtype.kind in "US":
        came = "text"
    do = f"Give {name} as one rectangular array of numbers"
    raise NumberTypeError(sentence(called, f"{name} to hold real numbers", came, do))


def finite(called: str, name: str, array: Array) -> Array:
    """Return ``array`` if every entry is finite; else name the first entry that is not."""
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        came = f"{array[where]} at {name}[{', '.join(map(str, where))}]"
        do = "Remove or repair that entry; NaN would spread to every weight"
        raise InputError(sentence(called, f"{name} to be finite", came, do))
    return array


def shape(called: str, name: str, array: Array, expected: tuple[int, ...], do: str) -> Array:
    """Return ``array`` if it has exactly the shape ``expected``."""
    if array.shape != expected:
        came = f"shape {array.shape}"
        raise ShapeError(sentence(called, f"{name} of shape {expected}", came, do))
    return array


def positive_int(
    called: str, name: str, value: object, *, least: int = 1, most: int | None = None
) -> int:
    """Return ``value`` if it is a whole number from ``least`` to ``most``."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if whole and least <= value and (most is None or value <= most):  # type: ignore[operator]
        return int(value)  # type: ignore[call-overload, no-any-return]
    if most is None:
        expected = f"{name} to be a whole number of at least {least}"
        do = f"Give {name}={least} or more"
    else:
        expected = f"{name} to be a whole number from {least} to {most}"
        do = f"Give {name} in that range"
    raise InputError(sentence(called, expected, repr(value), do))


def real_in(
    called: str,
    name: str,
    value: object,
    low: float,
    high: float,
    *,
    open_low: bool = False,
    open_high: bool = False,
) -> float:
    """Return ``value`` if it is a finite real number from ``low`` to ``high``."""
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:  # a whole number of hundreds of digits
            number = math.inf
        outside = (open_low and number == low) or (open_high and number == high)
        if math.isfinite(number) and low <= number <= high and not outside:
            return number
    bounds = f"{'above' if open_low else 'at least'} {low:g}"
    if high != math.inf:
        bounds += f" and {'below' if open_high else 'at most'} {high:g}"
    expected = f"{name} to be a finite number {bounds}"
    raise InputError(sentence(called, expected, repr(value), f"Give {name} in that range"))


def true_or_false(called: str, name: str, value: object) -> bool:
    """Return ``value`` if it is True or False."""
    if not isinstance(value, bool | np.bool_):
        do = "Give one of the two"
        raise InputError(sentence(called, f"{name} to be True or False", repr(value), do))
    return bool(value)


def one_of(called: str, what: str, name: object, known: Mapping[str, Value]) -> Value:
    """Look ``name`` up in ``known``; else list what is known."""
    if isinstance(name, str) and name in known:
        return known[name]
    raise UnknownNameError(
        sentence(called, f"{what} to be one of {listed(known)}", repr(name), "Choose one of them")
    )


def listed(names: Iterable[str]) -> str:
    """Write names as ``'a', 'b' or 'c'``."""
    *head, last = [repr(name) for name in names]
    return f"{', '.join(head)} or {last}" if head else last


def generator(called: str, rng: RngLike) -> np.random.Generator:
    """Return a Generator from None, an int, a SeedSequence or a Generator."""
    bad_int = isinstance(rng, bool) or (isinstance(rng, (int, np.integer)) and rng < 0)
    known = (int, np.integer, np.random.SeedSequence, np.random.Generator)
    if bad_int or not (rng is None or isinstance(rng, known)):
        expected = "rng to be None, a whole number >= 0, a SeedSequence or a Generator"
        raise InputError(sentence(called, expected, repr(rng), "Give for example rng=0"))
    return np.random.default_rng(rng)
