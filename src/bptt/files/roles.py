"""Which column plays which part: what was asked for, and what the names let one guess."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import NamedTuple

from bptt.errors import InputError, sentence

SEQUENCE = (
    "id", "seq", "sequence", "sequence_id", "seq_id", "series", "series_id", "case", "case_id",
    "group", "group_id", "subject", "subject_id", "patient", "patient_id", "session", "session_id",
    "trial", "unit", "unit_id", "user_id",
)  # fmt: skip
ORDER = (
    "t", "time", "step", "order", "timestamp", "time_stamp", "timestep", "time_step", "k", "date",
    "datetime", "index", "position",
)  # fmt: skip
MOST_SHOWN = 8  # names in a message


class Wanted(NamedTuple):
    """What was asked for; None where it is to be found out."""

    target: str | None = None
    sequence: str | None = None
    order: str | None = None
    features: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    form: str | None = None
    """``"long"`` or ``"wide"``"""
    may_lack: tuple[str, ...] = ()
    """columns that need not be there"""


class Roles(NamedTuple):
    """The part of each column, by name; None where there is no such column."""

    target: str | None
    sequence: str | None
    order: str | None
    features: tuple[str, ...]
    guessed: tuple[str, ...]
    """which of ``"sequence"`` and ``"order"`` were guessed"""


def find(called: str, path: str, names: Sequence[str], wanted: Wanted) -> Roles:
    """Return the parts of the columns of these names."""
    if wanted.target is None:
        do = f"Give --target with one of {_shown(names)}"
        raise InputError(sentence(called, f"a target among the columns of {path!r}", "none", do))
    _check_apart(called, wanted)
    lacking = [name for name in wanted.may_lack if name not in names]
    target = None if wanted.target in lacking else wanted.target
    sequence = None if wanted.sequence in lacking else wanted.sequence
    asked = [target, sequence, wanted.order, *(wanted.features or ()), *wanted.ignore]
    for name in asked:
        if name is not None and name not in names:
            raise unknown(called, path, names, name)
    taken = {name for name in asked if name is not None}
    order, guessed = wanted.order, []
    if wanted.form is None:
        if sequence is None:
            sequence = _first(names, SEQUENCE, taken)
            guessed += ["sequence"] * (sequence is not None)
        if order is None:
            order = _first(names, ORDER, taken)
            guessed += ["order"] * (order is not None)
    features = wanted.features
    if features is None:
        taken |= {name for name in (sequence, order) if name is not None}
        features = tuple(name for name in names if name not in taken)
    return Roles(target, sequence, order, features, tuple(guessed))


def as_wide(roles: Roles, names: Sequence[str], wanted: Wanted) -> Roles:
    """Return the parts where every row is a sequence: no column but the first tells the order."""
    features = wanted.features
    if features is None:
        taken = {roles.target, roles.sequence, *wanted.ignore}
        features = tuple(name for name in names if name not in taken)
    guessed = tuple(part for part in roles.guessed if part != "order")
    return roles._replace(order=None, features=features, guessed=guessed)


def unknown(called: str, path: str, names: Sequence[str], name: str) -> InputError:
    """Return the error about a column that is not there."""
    close = difflib.get_close_matches(name, names, 1)
    do = "Name one of them" if called == "train" else "Give a file that has it, as the training had"
    do = f"Perhaps {close[0]!r} is meant" if close else do
    expected = f"a column {name!r} in line 1 of {path!r}"
    return InputError(sentence(called, expected, _shown(names), do))


def _shown(names: Sequence[str]) -> str:
    shown = [name if name.isprintable() else repr(name) for name in names[:MOST_SHOWN]]
    return ", ".join(shown) + ", ..." * (len(names) > MOST_SHOWN)


def _check_apart(called: str, wanted: Wanted) -> None:
    """Refuse a column that is to play two parts."""
    parts = [wanted.target, wanted.sequence, wanted.order, *(wanted.features or ())]
    parts += wanted.ignore
    given = [name for name in parts if name is not None]
    twice = next((name for i, name in enumerate(given) if name in given[:i]), None)
    if twice is not None:
        do = "Name each column once among target, sequence, order, features and what is ignored"
        raise InputError(sentence(called, "one part for each column", f"two for {twice!r}", do))


def _first(names: Sequence[str], known: Sequence[str], taken: set[str]) -> str | None:
    """Return the column with the likeliest of the known names."""
    plain = {}
    for name in reversed(names):
        if name not in taken:
            plain[name.strip().lower().replace(" ", "_").replace("-", "_")] = name
    return next((plain[name] for name in known if name in plain), None)
