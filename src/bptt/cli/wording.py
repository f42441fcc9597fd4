"""Lines of a label and a text, counted things, tables of scores: how commands on files speak."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from bptt.files.missing import Missing

WIDTH = 79
LABEL = 10  # letters before the text
MOST_NAMES = 12
SCORES = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "r2": "R²",
    "rmse": "root mean squared error",
    "mae": "mean absolute error",
}


def line(label: str, text: str) -> str:
    """Return a label and a text beside it, in lines of at most 79 letters."""
    return textwrap.fill(
        plain(text),
        WIDTH,
        initial_indent=f"{label:<{LABEL}}",
        subsequent_indent=" " * LABEL,
        break_on_hyphens=False,
        break_long_words=False,
    )


def plain(text: str) -> str:
    """Return a text of a file without what moves a terminal's cursor or ends a line."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def listed(names: Sequence[str]) -> str:
    """Write the first names, and how many more there are.

    Examples
    --------
    >>> listed(["a", "b"]), listed([str(i) for i in range(20)])
    ('a, b', '0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 8 more')
    """
    shown = plain(", ".join(names[:MOST_NAMES]))
    more = len(names) - MOST_NAMES
    return shown if more <= 0 else f"{shown} and {more:,} more"


def counted(n: int, thing: str) -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{n:,} {thing}" + "s" * (n != 1)


def missing_values(missed: Missing) -> str:
    """Say how many there were, and what was done."""
    if not missed.n_values:
        return "no values"
    of = f"{counted(missed.n_values, 'value')} in {counted(missed.n_sequences, 'sequence')}"
    return f"{of}, left out" if missed.done == "dropped" else f"{of}; the last one is carried on"


def score_rows(*columns: Mapping[str, float | None]) -> list[tuple[str, ...]]:
    """Return the rows of a table: a score's name, and what each column has of it."""
    return [
        (
            SCORES[name],
            *("-" if column[name] is None else f"{column[name]:.4g}" for column in columns),
        )
        for name in columns[0]
    ]
