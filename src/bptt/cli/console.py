"""What a command prints with: rich in a terminal, if it is installed; plain text otherwise."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TypeAlias

from bptt._tables import plain_table

Show: TypeAlias = Callable[[int, "float | None"], None]  # (how many are done, cost)
REFRESH = 0.1  # seconds between two drawings of the progress


class Console:
    """Standard output for results, standard error for progress and warnings.

    Parameters
    ----------
    quiet : bool
        Print nothing but `result` and `warn` (for ``--json``).
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet

    def say(self, text: str = "") -> None:
        """Print a line, or some."""
        if not self.quiet:
            print(text)

    def warn(self, text: str) -> None:
        """Print a line on standard error, always."""
        print(f"bptt: {text}", file=sys.stderr)

    def result(self, text: str) -> None:
        """Print what was asked for, always."""
        print(text)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]], numeric: str) -> None:
        """Print a table.

        Parameters
        ----------
        header, rows
        numeric : str
            A letter for each column: ``r`` aligns it to the right, ``l`` to the left.
        """
        if self.quiet:
            return
        if sys.stdout.isatty() and find_spec("rich"):
            _rich_table(header, rows, numeric)
            return
        for line in plain_table(header, rows, numeric):
            self.say(line)

    @contextmanager
    def busy(self, text: str) -> Iterator[None]:
        """Say on a terminal what takes a moment, and wipe it away when it is done."""
        shown = not self.quiet and sys.stderr.isatty()
        if shown:
            print(text, end="", file=sys.stderr, flush=True)
        try:
            yield
        finally:
            if shown:
                print("\r" + " " * len(text) + "\r", end="", file=sys.stderr, flush=True)

    @contextmanager
    def progress(self, doing: str, unit: str, total: int) -> Iterator[Show]:
        """Yield a function that shows how many are done, and the cost.

        Nothing is shown where standard error is not a terminal.
        """
        if self.quiet or not sys.stderr.isatty():
            yield lambda done, cost: None
        elif find_spec("rich"):
            with _bar(doing, unit, total) as show:
                yield show
        else:
            with _line(doing, unit, total) as show:
                yield show


def _status(unit: str, done: int, total: int, cost: float | None) -> str:
    """Say how far it is, always in the same number of letters."""
    text = f"{unit} {done:>{len(str(total))}}/{total}"
    return text if cost is None else f"{text}  cost {cost:<10.4g}"


def _throttled(show: Show, total: int) -> Show:
    """Call ``show`` ten times a second at most, and for the last one."""
    last = 0.0

    def seldom(done: int, cost: float | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= REFRESH or done == total:
            last = now
            show(done, cost)

    return seldom


@contextmanager
def _line(doing: str, unit: str, total: int) -> Iterator[Show]:
    width = len(doing) + len(_status(unit, total, total, 0.0)) + 8

    def show(done: int, cost: float | None) -> None:
        text = f"\r{doing}  {_status(unit, done, total, cost)}"
        print(text, end="", file=sys.stderr, flush=True)

    try:
        yield _throttled(show, total)
    finally:
        print("\r" + " " * width + "\r", end="", file=sys.stderr, flush=True)


@contextmanager
def _bar(doing: str, unit: str, total: int) -> Iterator[Show]:
    from rich.console import Console as RichConsole
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),  # leaves room for the ^C that a terminal echoes
        TextColumn("{task.fields[status]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=RichConsole(stderr=True), transient=True) as progress:
        task = progress.add_task(doing, total=total, status="")

        def show(done: int, cost: float | None) -> None:
            progress.update(task, completed=done, status=_status(unit, done, total, cost))

        yield _throttled(show, total)


def _rich_table(header: Sequence[str], rows: Sequence[Sequence[str]], numeric: str) -> None:
    from rich import box
    from rich.console import Console as RichConsole
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for name, side in zip(header, numeric, strict=True):
        table.add_column(Text(name), justify="right" if side == "r" else "left")
    styles = {"right": "green", "wrong": "red"}
    for row in rows:
        table.add_row(*(Text(cell, style=styles.get(cell[:5], "")) for cell in row))
    RichConsole(highlight=False).print(table)
