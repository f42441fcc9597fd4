"""Missing values: counted, refused, or dealt with in one of two honest ways."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from bptt._shapes import Array
from bptt.errors import InputError, sentence
from bptt.files.data import Data

WAYS = ("refuse", "drop", "forward")


class Missing(NamedTuple):
    """What was missing, and what was done."""

    n_values: int = 0
    n_sequences: int = 0
    done: str = ""
    """``"dropped"`` (those sequences), ``"carried"`` (the last value on), or nothing"""


def deal_with(called: str, data: Data, way: str, *, targets: bool = True) -> tuple[Data, Missing]:
    """Return data without missing values.

    Parameters
    ----------
    way : str
        ``"refuse"``; ``"drop"``, which leaves out the sequences that miss something; or
        ``"forward"``, which carries the last value of the sequence on.
    targets : bool
        Whether these must be there too.
    """
    in_x = [np.isnan(x) for x in data.x]
    in_y = [np.empty(0, bool)] * len(in_x)
    if targets and data.y is not None:
        in_y = [y == "" for y in data.y]
    n_missing = np.array([x.sum() + y.sum() for x, y in zip(in_x, in_y, strict=True)], int)
    concerned, n_values = np.flatnonzero(n_missing), int(n_missing.sum())
    if not n_values:
        return data, Missing()
    if way == "drop" and len(concerned) < len(in_x):
        kept = data.take(np.flatnonzero(n_missing == 0))
        return kept, Missing(n_values, len(concerned), "dropped")
    stuck = [i for i in concerned if in_x[i][0].any() or in_y[i].any()]  # nothing to carry on
    if way == "forward" and not stuck:
        filled = [_carried(x) if n else x for x, n in zip(data.x, n_missing, strict=True)]
        return replace(data, x=filled), Missing(n_values, len(concerned), "carried")

    first = int(stuck[0] if way == "forward" else concerned[0])
    if in_x[first].any() and not (way == "forward" and in_y[first].any()):
        where = data.place(first, *map(int, np.argwhere(in_x[first])[0]))
    else:
        where = data.place(first, int(in_y[first].argmax()), None)
    expected = f"no missing values in {data.path!r}"
    came = f"{n_values}, the first for {where}"
    do = "Repair it, or give --missing drop (leave out such sequences) or --missing forward"
    padded = data.form == "arrays" and in_x[first].any() and all(map(_at_the_end, in_x))
    if way == "refuse" and padded:
        do = "If that is padding, add an array lengths= of how many time stamps each sequence has"
        do += "; else give --missing drop or --missing forward"
    elif way == "drop":
        came += ", and some in each sequence"
        do = "Repair them, or leave columns out with --ignore"
    elif way == "forward":
        expected += " but numbers that another comes before in their sequence"
        came = where + f", the first of {len(stuck)} such sequences" * (len(stuck) > 1)
        do = "Repair it, or give --missing drop (leave out such sequences)"
    raise InputError(sentence(called, expected, came, do))


def _at_the_end(missing: Array) -> bool:
    """Return whether whole time stamps are missing, and nothing comes after them."""
    steps = missing.any(axis=1)
    return bool(missing[steps].all() and (np.diff(steps.astype(int)) >= 0).all())


def _carried(x: Array) -> Array:
    """Return x with the last value that is there in each gap."""
    steps = np.where(np.isnan(x), 0, np.arange(len(x))[:, None])
    carried: Array = np.take_along_axis(x, np.maximum.accumulate(steps, axis=0), axis=0)
    return carried
