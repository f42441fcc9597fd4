"""A table with named columns that knows in which line of its file each row stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bptt._extras import need
from bptt._shapes import Array
from bptt.errors import InputError, sentence
from bptt.files import lines

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "<na>"})  # among numbers
LARGEST = 1e150  # a number whose square can still be added to others
NAMELESS = "\0"  # begins the name that a column without one gets


@dataclass(frozen=True, eq=False)
class Table:
    """Columns by name.  Rows are counted from 0."""

    path: str
    frame: Any
    """of pandas"""
    separator: str | None
    """what stands between the fields of a text file; None for others"""
    n_nameless: int = 0
    """columns without a name, which were left out"""

    @property
    def names(self) -> list[str]:
        return list(self.frame.columns)

    def place(self, row: int) -> str:
        """Say where a row is: in a text file by its line."""
        line = None
        if self.separator is not None:
            line = lines.line_of(self.path, self.separator, row)
        return f"row {row + 1}" if line is None else f"line {line}"

    def text(self, name: str) -> Array:
        """Return a column as text, what is missing as ''."""
        series = self.frame[name]
        found = np.array([str(value) for value in series.to_numpy(object)], object)
        found[series.isna().to_numpy(bool)] = ""
        return found

    def groups(self, name: str) -> tuple[Array, Array]:
        """Return the number of each row's group, in order of appearance, and the groups' names."""
        codes, names = need("table", "pandas", "data", "pandas").factorize(self.text(name))
        return codes, np.asarray(names, object)

    def numbers(self, called: str, name: str) -> Array:
        """Return a column as numbers, what is missing as NaN.

        Raises
        ------
        InputError
            At the first that is no finite number.
        """
        series = self.frame[name]
        if series.dtype.kind in "biuf":
            found = series.to_numpy(np.float64, na_value=np.nan)
        else:
            cells = self.text(name)
            found = np.empty(len(cells))
            for row, cell in enumerate(cells):
                try:
                    found[row] = number(cell)
                except ValueError:
                    raise self._no_number(called, name, row, cell) from None
        large = np.abs(found) > LARGEST
        if large.any():
            row = int(large.argmax())
            words = f" of at most {LARGEST:g}" * bool(np.isfinite(found[row]))
            raise self._no_number(called, name, row, str(found[row]), words)
        return np.asarray(found, np.float64)

    def _no_number(
        self, called: str, name: str, row: int, cell: str, words: str = ""
    ) -> InputError:
        came = f"{cell[:30]!r} in {self.place(row)}"
        do = "Repair it"
        if called == "train":
            do += f", or leave the column out with --ignore {name!r}"
            if row == 0:
                do += f", or give --sequence {name!r} if it tells sequences apart"
        expected = f"finite numbers{words} in column {name!r} of {self.path!r}"
        return InputError(sentence(called, expected, came, do))


def number(cell: str) -> float:
    """Return a cell as a number, NaN where it says that there is none."""
    bare = cell.strip()
    if bare.lower() in MISSING:
        return np.nan
    if "_" in bare:  # which Python would let pass
        raise ValueError(cell)
    return float(bare)


def as_numbers(texts: Array) -> Array | None:
    """Return texts as finite numbers, or None if they are not all."""
    try:
        found = np.array([number(text) for text in texts])
    except ValueError:
        return None
    return found if np.isfinite(found).all() else None


def no_number(texts: Array) -> Array:
    """Return of each text whether it is no finite number."""
    if as_numbers(texts) is not None:
        return np.zeros(len(texts), bool)
    return np.array([as_numbers(text) is None for text in texts[:, None]])


def check_names(called: str, path: str, names: Sequence[str]) -> None:
    """Refuse a name that two columns have."""
    twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if twice is not None:
        do = "Rename one of the two"
        expected = f"columns of different names in line 1 of {path!r}"
        raise InputError(sentence(called, expected, f"{twice!r} twice", do))


def checked(called: str, table: Table) -> Table:
    """Refuse a table without rows; leave out columns without a name."""
    if not len(table.frame):
        raise empty(called, table.path, "none below the names")
    names = table.names
    kept = [name for name in names if not name.startswith(NAMELESS)]
    return Table(table.path, table.frame[kept], table.separator, len(names) - len(kept))


def empty(called: str, path: str, came: str) -> InputError:
    """Return the error about a file without data."""
    do = "Write the names of the columns into the first line, the data below"
    return InputError(sentence(called, f"rows of data in {path!r}", came, do))
