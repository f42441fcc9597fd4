"""What is to be predicted: classes or numbers, once for a sequence or at every time stamp."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bptt._shapes import Array
from bptt.errors import InputError, sentence
from bptt.files.data import Data
from bptt.files.table import LARGEST, as_numbers, no_number, number

LEAST = 3  # sequences: to train on, to stop by, to judge by
MOST_WHOLE = 10  # so few different whole numbers are taken for classes
CLASSES, REGRESSION = "classes", "regression"


class Target(NamedTuple):
    """Targets that a network can learn."""

    name: str
    task: str
    """``"classes"`` or ``"regression"``"""
    per_step: bool
    labels: tuple[str, ...]
    """of the classes, as text; empty for regression"""
    y: list[Array]
    """of each sequence (T,) or (1,): numbers of classes, or numbers"""
    guessed: bool
    """whether whole numbers were taken for classes, which they need not be"""
    changes: str = ""
    """in how many sequences it changes, if that is why there is one for each time stamp"""


def understand(called: str, data: Data, task: str | None = None) -> Target:
    """Find out what the targets of data without missing values are.

    Text, and few different whole numbers, are classes; all else is regression.  A target that is
    constant within every sequence is one for each sequence.
    """
    assert data.y is not None
    name, cells, per_step = str(data.roles.target), data.y, data.per_step
    changes = ""
    if per_step is None:
        changing = [i for i, y in enumerate(cells) if (y != y[0]).any()]
        per_step = bool(changing)
        if per_step:
            first = changing[0]
            step = int((cells[first] != cells[first][0]).argmax())
            where = data.place(first, step, None)
            changes = f"it changes within {len(changing)} of {len(cells)}, first in {where}"
    if not per_step:
        cells = [y[:1] for y in cells]
    texts = np.concatenate(cells)
    values = as_numbers(texts)
    few = values is not None and _few_whole(values)
    if task is None:
        classes = few or (values is None and not _mostly_numbers(texts))
        task = CLASSES if classes else REGRESSION
    if task == REGRESSION:
        if values is None:
            raise _text_among_numbers(called, data, cells)
        y = _split(values, cells)
        _refuse_large(called, data, y)
        return Target(name, task, per_step, (), y, guessed=False, changes=changes)
    labels = find_labels(texts)
    if len(labels) < 2 or len(labels) == len(texts) >= LEAST:
        came = (
            f"{len(labels)} in {len(texts)} targets" if len(labels) > 1 else f"{labels[0]!r} alone"
        )
        do = "Name another --target" + ", or give --task regression" * (values is not None)
        expected = f"at least two classes that come again in {name!r} of {data.path!r}"
        raise InputError(sentence(called, expected, came, do))
    y = _split(codes(texts, labels), cells)
    return Target(name, task, per_step, labels, y, guessed=few, changes=changes)


def _few_whole(values: Array) -> bool:
    different = np.unique(values)
    whole = (different == np.round(different)).all()
    return bool(whole) and len(different) <= MOST_WHOLE and 2 * len(different) <= len(values)


def _mostly_numbers(texts: Array) -> bool:
    """Return whether these are many different numbers, with something among them that is none."""
    values = np.array([_value(text) for text in texts])
    values = values[np.isfinite(values)]
    return 2 * len(values) > len(texts) and len(np.unique(values)) > MOST_WHOLE


def find_labels(texts: Array) -> tuple[str, ...]:
    """Return the different texts, in the order of numbers if they are some; 1 and 1.0 are one."""
    values = as_numbers(texts)
    if values is None:
        return tuple(sorted(set(texts)))
    _, first = np.unique(values, return_index=True)
    return tuple(str(text) for text in texts[first])


def codes(texts: Array, labels: Sequence[str]) -> Array:
    """Return the number of each text's class, -1 where it is none of the labels."""
    known: dict[object, int] = {label: i for i, label in enumerate(labels)}
    values = as_numbers(np.array(labels, object))
    if values is None:
        return np.array([known.get(text, -1) for text in texts], np.intp)
    known = {value: i for i, value in enumerate(values.tolist())}
    return np.array([known.get(_value(text), -1) for text in texts], np.intp)


def _value(text: str) -> float:
    try:
        return number(text)
    except ValueError:
        return np.nan


def values_of(labels: Sequence[str]) -> Array:
    """Return labels as Python would write them: whole numbers, numbers, True and False, or text.

    Examples
    --------
    >>> values_of(["1", "2"]), values_of(["no", "yes"])
    (array([1, 2]), array(['no', 'yes'], dtype='<U3'))
    """
    kinds = (int, float, {"False": False, "True": True}.__getitem__)
    for kind in kinds:
        try:
            return np.array([kind(label) for label in labels])
        except (ValueError, KeyError):
            continue
    return np.array(labels, str)


def _split(flat: Array, like: list[Array]) -> list[Array]:
    return np.split(flat, np.cumsum([len(part) for part in like])[:-1])


def _refuse_large(called: str, data: Data, y: list[Array]) -> None:
    """Raise at the first target whose square cannot be added to others."""
    first = data.first(y, lambda values: np.abs(values) > LARGEST)
    if first is not None:
        sequence, step = first
        came = f"{y[sequence][step]:g} for {data.place(sequence, step, None)}"
        expected = f"numbers of at most {LARGEST:g} as targets of {data.path!r}"
        raise InputError(sentence(called, expected, came, "Repair it"))


def _text_among_numbers(called: str, data: Data, cells: list[Array]) -> InputError:
    """Return the error about the first target that is no number."""
    first = data.first(cells, no_number)
    assert first is not None
    sequence, step = first
    came = f"{cells[sequence][step][:30]!r} for {data.place(sequence, step, None)}"
    expected, do = f"numbers as targets of {data.path!r}", "Repair it, or give --task classes"
    return InputError(sentence(called, expected, came, do))
