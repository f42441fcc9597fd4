"""Arrays that stay where they are, told to a compiled call by one array of places.

Each array among a compiled call's arguments costs as much as a product of a small network.  What
does not change from call to call is therefore not among them: a table says where it begins and what
shape it has.  Whoever keeps a table keeps its arrays too.  First in it are those of the loops over
time, in the order of the constants below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bptt._shapes import Array
from bptt.through_time.compiled.functions import extending, numba

MOST_AXES = 4
FORWARD = range(11)
OPERANDS, WEIGHTS, INTO, Z, ZX, SCRATCH, H, MORE, KEPT, PEEPHOLE, ROOM = FORWARD
BACK = range(11, 19)
DZ_H, W_HH, DH, BY_H, DZ, DZX, D_MORE, LOCAL = BACK


def table(groups: Sequence[Sequence[Array]], dtype: np.dtype[Any]) -> Array:
    """Return the places of contiguous arrays of a float, (groups, most in one, 1 + axes)."""
    most = max(len(group) for group in groups)
    places = np.zeros((len(groups), most, 1 + MOST_AXES), np.int64)
    for group, rows in zip(groups, places, strict=True):
        for array, row in zip(group, rows, strict=False):
            if array.dtype != dtype or not array.flags.c_contiguous:
                raise ValueError(f"no place for an array of {array.dtype}, strides {array.strides}")
            row[: 1 + array.ndim] = array.ctypes.data, *array.shape
    return places


@extending.intrinsic
def begins(_context, address, like):
    """Return that address as the place of an array like another."""

    def generate(context, builder, signature, arguments):
        pointer = context.get_value_type(signature.return_type)
        return builder.inttoptr(arguments[0], pointer)

    return numba.types.CPointer(like.dtype)(address, like), generate


# -- compiled: of a place and an array of the same numbers ------------------------------------


def one(at, x):
    """Return the array at a place, with one axis."""
    return numba.carray(begins(at[0], x), (at[1],))


def two(at, x):
    """Return one with two."""
    return numba.carray(begins(at[0], x), (at[1], at[2]))


def three(at, x):
    """Return one with three."""
    return numba.carray(begins(at[0], x), (at[1], at[2], at[3]))


def four(at, x):
    """Return one with four."""
    return numba.carray(begins(at[0], x), (at[1], at[2], at[3], at[4]))


def of_advance(at, x):
    """Return what `time_stamp.advance` gets."""
    return (
        three(at[OPERANDS], x), three(at[WEIGHTS], x), three(at[INTO], x), four(at[Z], x),
        four(at[ZX], x), two(at[SCRATCH], x), three(at[H], x), three(at[MORE], x),
        four(at[KEPT], x), two(at[PEEPHOLE], x), one(at[ROOM], x),
    )  # fmt: skip


def of_go_back(at, x, dh_every, passes_by):
    """Return what `time_stamp.go_back` gets, where no sequence is cut short."""
    return (
        dh_every, three(at[DZ_H], x), three(at[W_HH], x), two(at[DH], x), two(at[BY_H], x),
        four(at[Z], x), four(at[ZX], x), three(at[H], x), three(at[MORE], x), four(at[KEPT], x),
        four(at[DZ], x), four(at[DZX], x), two(at[D_MORE], x), three(at[LOCAL], x),
        at[SCRATCH, 1], two(at[PEEPHOLE], x), passes_by, one(at[ROOM], x),
    )  # fmt: skip
