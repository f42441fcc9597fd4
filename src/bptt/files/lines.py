"""Lines of a CSV file as an editor numbers them: looked up where something is to be said of one."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from typing import TextIO

from bptt.errors import InputError, sentence
from bptt.files.access import ZIPPED


def open_text(path: str) -> TextIO:
    """Open a text file in UTF-8, gzipped or not, with its line ends as they are."""
    if path.lower().endswith(ZIPPED):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return open(path, encoding="utf-8-sig", newline="")


def records(path: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (the line in which it begins, its fields) for each record; blank lines are none."""
    with open_text(path) as file:
        reader = csv.reader(file, delimiter=separator, skipinitialspace=True, strict=True)
        begins = 1
        for fields in reader:
            if len(fields) > 1 or "".join(fields).strip():
                yield begins, fields
            begins = reader.line_num + 1


def line_of(path: str, separator: str, row: int) -> int | None:
    """Return the line of a row of data; rows are counted from 0, the names are above them.

    None where that cannot be told: what is odd enough pandas and Python read differently.
    """
    try:
        numbered = enumerate(records(path, separator), start=-1)
        return next((line for i, (line, _) in numbered if i == row), None)
    except csv.Error:
        return None


def check_widths(called: str, path: str, separator: str) -> None:
    """Raise InputError at the first record that has more or fewer fields than there are names."""
    line, width = 0, None
    try:
        for line, fields in records(path, separator):
            width = len(fields) if width is None else width
            if len(fields) != width:
                expected = f"{width} fields in each line of {path!r}, as there are names in line 1"
                do = "Repair that line: one field for each column, quotes around commas in text"
                raise InputError(sentence(called, expected, f"{len(fields)} in line {line}", do))
    except csv.Error as error:
        came = f"a quote that is not closed, or the like, after line {line} ({error})"
        do = "Repair it: quotes come in pairs around a whole field"
        raise InputError(sentence(called, f"sound lines in {path!r}", came, do)) from error


def undecodable(path: str) -> int:
    """Return the first line that is not text in UTF-8."""
    with gzip.open(path) if path.lower().endswith(ZIPPED) else open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return 0
