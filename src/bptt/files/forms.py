"""From a table to sequences: one row for each time stamp (long form) or each sequence (wide)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bptt._extras import need
from bptt._shapes import Array
from bptt.errors import InputError, sentence
from bptt.files import roles as parts
from bptt.files.data import Data
from bptt.files.roles import Roles, Wanted
from bptt.files.table import Table, as_numbers, no_number


def read(called: str, table: Table, wanted: Wanted) -> Data:
    """Find out which form a table has, and return its sequences."""
    roles = parts.find(called, table.path, table.names, wanted)
    form = wanted.form
    if form is None:
        one_each = not wanted.order and "sequence" in roles.guessed and _all_differ(table, roles)
        form = "wide" if one_each or (roles.sequence or roles.order) is None else "long"
        if form == "wide":
            roles = parts.as_wide(roles, table.names, wanted)
    if not roles.features:
        do = "Name some with --features, or ignore fewer"
        raise InputError(sentence(called, f"columns to learn from in {table.path!r}", "none", do))
    x = np.stack([table.numbers(called, name) for name in roles.features], axis=1)
    y = None if roles.target is None else table.text(roles.target)
    data = (_wide if form == "wide" else _long)(called, table, roles, x, y)
    used = {roles.target, roles.sequence, roles.order, *roles.features}
    left_out = [name for name in table.names if name not in used]
    return replace(data, left_out=(*left_out, *["a column without a name"] * table.n_nameless))


def _all_differ(table: Table, roles: Roles) -> bool:
    assert roles.sequence is not None
    return len(table.groups(roles.sequence)[1]) == len(table.frame)


def _wide(called: str, table: Table, roles: Roles, x: Array, y: Array | None) -> Data:
    names = [str(row + 1) for row in range(len(x))]
    if roles.sequence is not None:
        names = list(table.text(roles.sequence))

    def place(sequence: int, step: int, feature: int | None) -> str:
        column = roles.target if feature is None else roles.features[step]
        return f"column {column!r} in {table.place(sequence)}"

    return Data(
        path=table.path,
        form="wide",
        roles=roles,
        x=list(x[:, :, None]),
        y=None if y is None else list(y[:, None]),
        per_step=False,
        names=names,
        times=None,
        place=place,
    )


def _long(called: str, table: Table, roles: Roles, x: Array, y: Array | None) -> Data:
    codes, names = np.zeros(len(x), np.intp), np.array(["1"], object)
    if roles.sequence is not None:
        codes, names = table.groups(roles.sequence)
        _refuse_missing(called, table, roles.sequence, table.text(roles.sequence) == "")
    rows, times = np.argsort(codes, kind="stable"), None
    if roles.order is not None:
        when, times = _times(called, table, roles.order), table.text(roles.order)
        rows = np.lexsort((when, codes))
        _refuse_twins(called, table, roles, rows, codes, when)
    cuts = np.flatnonzero(np.diff(codes[rows])) + 1
    of_sequence = np.split(rows, cuts)

    def place(sequence: int, step: int, feature: int | None) -> str:
        column = roles.target if feature is None else roles.features[feature]
        return f"column {column!r} in {table.place(int(of_sequence[sequence][step]))}"

    return Data(
        path=table.path,
        form="long",
        roles=roles,
        x=np.split(x[rows], cuts),
        y=None if y is None else np.split(y[rows], cuts),
        per_step=None,
        names=list(names),
        times=None if times is None else np.split(times[rows], cuts),
        place=place,
    )


def _times(called: str, table: Table, name: str) -> Array:
    """Return a column by which rows are sorted: numbers, or dates as ISO 8601 writes them."""
    cells = table.text(name)
    try:
        when = table.numbers(called, name)
        missing = np.isnan(when)
    except InputError:
        to_datetime = need(called, "pandas", "data", "pandas").to_datetime
        dates = to_datetime(cells, format="ISO8601", errors="coerce", utc=True)
        when, missing = np.asarray(dates.asi8), cells == ""
        wrong = dates.isna() & ~missing
        if as_numbers(cells[~missing][:1]) is not None:  # numbers then, but for some
            wrong = no_number(cells)
        if wrong.any():
            row = int(wrong.argmax())
            came = f"{cells[row][:30]!r} in {table.place(row)}"
            do = "Repair it"
            do += ", or name another column with --order, or --ignore this one" * (
                called == "train"
            )
            expected = f"numbers or dates such as 2024-01-31 12:00 in column {name!r}"
            message = sentence(called, f"{expected} of {table.path!r}", came, do)
            raise InputError(message) from None
    _refuse_missing(called, table, name, missing)
    return when


def _refuse_missing(called: str, table: Table, name: str, missing: Array) -> None:
    if missing.any():
        came = f"none in {table.place(int(missing.argmax()))}"
        do = "Write it there, or take that line out"
        expected = f"an entry in each row of column {name!r} of {table.path!r}"
        raise InputError(sentence(called, expected, came, do))


def _refuse_twins(
    called: str, table: Table, roles: Roles, rows: Array, codes: Array, when: Array
) -> None:
    """Refuse two rows for one time stamp of one sequence."""
    same = (np.diff(codes[rows]) == 0) & (np.diff(when[rows]) == 0)
    if same.any():
        at = int(same.argmax())
        first, second = int(rows[at]), int(rows[at + 1])
        of = ""
        if roles.sequence is not None:
            of = f" of sequence {table.text(roles.sequence)[first]!r}"
        time = table.text(str(roles.order))[first]
        came = f"{time!r}{of} in {table.place(first)} and {table.place(second)}"
        do = "Keep one of the two"
        do += ", or name the columns with --sequence and --order" * (called == "train")
        expected = f"each {roles.order!r} once in a sequence of {table.path!r}"
        raise InputError(sentence(called, expected, came, do))
