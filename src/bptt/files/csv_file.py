"""CSV, read by pandas; what it cannot read is said with its line."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from bptt._extras import need
from bptt.errors import InputError, sentence
from bptt.files import access, lines
from bptt.files.table import MISSING, NAMELESS, Table, check_names, checked, empty

SPELLINGS = sorted(MISSING | {m.upper() for m in MISSING} | {"NaN", "None", "Null"})


def read(called: str, path: str, as_text: Callable[[list[str]], Collection[str | None]]) -> Table:
    """Read a file whose first line has the names of the columns.

    Parameters
    ----------
    as_text : callable
        Of these names returns the columns that are kept as they are written; of the others pandas
        makes numbers if it can.
    """
    pandas = need(called, "pandas", "data", "pandas")
    with _told(called, path):
        names, separator = _header(called, path)
        kept = as_text(names)
        try:
            with lines.open_text(path) as file, warnings.catch_warnings():
                warnings.simplefilter("error", pandas.errors.ParserWarning)
                frame = pandas.read_csv(
                    file, sep=separator, header=0, names=names, index_col=False, low_memory=False,
                    skipinitialspace=True, keep_default_na=False,
                    na_values={name: [""] if name in kept else SPELLINGS for name in names},
                    dtype={name: str for name in names if name in kept},
                )  # fmt: skip
        except (pandas.errors.ParserError, pandas.errors.ParserWarning) as error:
            lines.check_widths(called, path, separator)
            raise _unsound(called, path, error) from error
        if len(frame) and frame.iloc[:, -1].isna().any():  # as where a line ends too early
            lines.check_widths(called, path, separator)
    return checked(called, Table(path, frame, separator))


@contextmanager
def _told(called: str, path: str) -> Iterator[None]:
    """Say of what is no text or no table what it is."""
    try:
        yield
    except csv.Error as error:
        raise _unsound(called, path, error) from error
    except UnicodeDecodeError as error:
        came, do = f"another encoding in line {lines.undecodable(path)}", "Save it as UTF-8"
        raise InputError(sentence(called, f"text in UTF-8 in {path!r}", came, do)) from error


def _header(called: str, path: str) -> tuple[list[str], str]:
    """Return the names and what stands between fields."""
    separator = "\t" if path.lower().removesuffix(access.ZIPPED).endswith(".tsv") else ","
    _, names = next(lines.records(path, separator), (0, []))
    if not names:
        raise empty(called, path, "an empty file")
    if len(names) == 1 and ";" in names[0]:  # as spreadsheets write where numbers have commas
        separator = ";"
        _, names = next(lines.records(path, separator))
    names = [name.strip() for name in names]
    check_names(called, path, [name for name in names if name])
    return [name or f"{NAMELESS}{i}" for i, name in enumerate(names)], separator


def _unsound(called: str, path: str, error: Exception) -> InputError:
    expected, do = f"a sound table in {path!r}", "Repair it, or write it anew"
    return InputError(sentence(called, expected, access.said(error), do))
