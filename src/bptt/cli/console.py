"""What a command prints with: rich in a terminal, if it is installed; plain text otherwise."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec

from bptt.training import Event

Listener = Callable[[Event], None]
REFRESH = 0.1  # seconds between two drawings of the progress


class Console:
    """Standard output for results, standard error for progress.

    Parameters
    ----------
    quiet : bool
        Print nothing but `result` (for ``--json``).
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.quiet = quiet

    def say(self, text: str = "") -> None:
        """Print a line, or some."""
        if not self.quiet:
            print(text)

    def note(self, text: str) -> None:
        """Say on a terminal what takes a moment."""
        if not self.quiet and sys.stderr.isatty():
            print(text, file=sys.stderr)

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
            self._rich_table(header, rows, numeric)
            return
        widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
        for row in (header, ["-" * width for width in widths], *rows):
            cells = [
                cell.rjust(width) if side == "r" else cell.ljust(width)
                for cell, width, side in zip(row, widths, numeric, strict=True)
            ]
            self.say("  ".join(cells).rstrip())

    def _rich_table(
        self, header: Sequence[str], rows: Sequence[Sequence[str]], numeric: str
    ) -> None:
        from rich import box
        from rich.console import Console as RichConsole
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name, side in zip(header, numeric, strict=True):
            table.add_column(Text(name), justify="right" if side == "r" else "left")
        styles = {"right": "green", "wrong": "red"}
        for row in rows:
            table.add_row(*(Text(cell, style=styles.get(cell, "")) for cell in row))
        RichConsole(highlight=False).print(table)

    @contextmanager
    def progress(self, epochs: int) -> Iterator[Listener]:
        """Yield a listener that shows epoch and cost while the training runs.

        Nothing is shown where standard error is not a terminal.
        """
        if self.quiet or not sys.stderr.isatty():
            yield lambda event: None
        elif find_spec("rich"):
            with _bar(epochs) as listener:
                yield listener
        else:
            try:
                yield _throttled(
                    lambda e: print(_status(e), end="", file=sys.stderr, flush=True), epochs
                )
            finally:
                print("\r" + " " * 60 + "\r", end="", file=sys.stderr, flush=True)


def _status(event: Event) -> str:
    return f"\repoch {event.epoch}/{event.epochs}  cost {event.loss:<12.6g}"


def _throttled(show: Listener, epochs: int) -> Listener:
    """Call ``show`` ten times a second at most, and for the last epoch."""
    last = 0.0

    def listener(event: Event) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= REFRESH or event.epoch == epochs:
            last = now
            show(event)

    return listener


@contextmanager
def _bar(epochs: int) -> Iterator[Listener]:
    from rich.console import Console as RichConsole
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("training"),
        BarColumn(),
        TextColumn("epoch {task.completed}/{task.total}"),
        TextColumn("cost {task.fields[cost]:.6g}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=RichConsole(stderr=True), transient=True) as progress:
        task = progress.add_task("training", total=epochs, cost=float("nan"))
        yield _throttled(lambda e: progress.update(task, completed=e.epoch, cost=e.loss), epochs)
