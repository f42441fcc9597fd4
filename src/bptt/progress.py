"""A listener that shows how far a training is: in a terminal, in a notebook, nowhere else."""

from __future__ import annotations

import html
import math
import shutil
import sys
import time
from importlib.util import find_spec
from typing import Any, Protocol

from bptt.training import Event

REFRESH = 0.1  # seconds between two pictures
BAR = 12  # columns of a terminal


class Progress:
    """Show epoch, loss, validation loss, gradient norm and time left while `fit` runs.

    In a terminal one line on standard error (a bar, where rich is installed), in a notebook one
    that is renewed in its cell; where there is neither, nothing.

    Examples
    --------
    >>> import bptt
    >>> x, y = bptt.tasks.count_ones(n_sequences=20, rng=0)
    >>> fitted = bptt.fit(bptt.RNN(), x, y, epochs=3, on_event=bptt.Progress())
    """

    def __init__(self) -> None:
        self._display: Display | None = None
        self._last = 0.0

    def __call__(self, event: Event) -> None:
        """Show an event of `fit`."""
        if event.kind == "end":
            if self._display is not None:
                self._display.close(event)
            self._display = None
            return
        if self._display is None:
            self._display = _choose()
        if event.kind in ("not saved", "resumed"):
            self._display.note(event.message)
        now = time.monotonic()
        if now - self._last >= REFRESH:
            self._last = now
            self._display.show(event)


def status(event: Event) -> str:
    """Say in one line how far it is.

    Examples
    --------
    >>> import bptt
    >>> event = bptt.Event("epoch", 3, 20, 4, 4, 0.25, 1.5, None, 0.3, 2, 1.0, 75.0)
    >>> status(event)
    'epoch  3/20  loss 0.25  validation 0.3  gradient 1.5 (2 clipped)  1:15 left'
    """
    parts = [f"epoch {event.epoch:>{len(str(event.epochs))}}/{event.epochs}"]
    if math.isfinite(event.loss):
        parts.append(f"loss {event.loss:.4g}")
    if event.validation_loss is not None:
        parts.append(f"validation {event.validation_loss:.4g}")
    clipped = f" ({event.clipped} clipped)" if event.clipped else ""
    parts.append(f"gradient {event.gradient_norm:.3g}{clipped}")
    if event.seconds_left is not None:
        parts.append(f"{clock(event.seconds_left)} left")
    return "  ".join(parts)


def clock(seconds: float) -> str:
    """Write a time as people read it.

    Examples
    --------
    >>> clock(75), clock(3700)
    ('1:15', '1:01:40')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _share(event: Event) -> float:
    """Return how much of all epochs is done, from 0 to 1."""
    return max(0.0, event.epoch - 1 + event.batch / event.batches) / event.epochs


class Display(Protocol):
    """Where progress is shown."""

    def show(self, event: Event) -> None: ...
    def note(self, text: str) -> None: ...
    def close(self, event: Event) -> None: ...


def _choose() -> Display:
    if "IPython" in sys.modules:
        from IPython import get_ipython

        shell = get_ipython()
        if shell is not None and hasattr(shell, "kernel"):
            return _Notebook()
    if not _is_terminal(sys.stderr):
        return _Nowhere()
    return _Bar() if find_spec("rich") else _Line()


def _is_terminal(stream: Any) -> bool:
    """Return whether a stream is a terminal; there may be none at all, as under pythonw."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):  # ValueError: it is closed
        return False


class _Nowhere:
    def show(self, event: Event) -> None:
        """Show nothing."""

    def note(self, text: str) -> None:
        """Say nothing; what matters is a warning besides."""

    def close(self, event: Event) -> None:
        """There is nothing to close."""


class _Line:
    """One line of a terminal, written over again and again."""

    def __init__(self) -> None:
        self._width = 0

    def show(self, event: Event) -> None:
        text = status(event)[: shutil.get_terminal_size().columns - 1]
        print(f"\r{text.ljust(self._width)}", end="", file=sys.stderr, flush=True)
        self._width = len(text)

    def note(self, text: str) -> None:
        self._wipe()
        print(text, file=sys.stderr, flush=True)

    def close(self, event: Event) -> None:
        self._wipe()

    def _wipe(self) -> None:
        print(f"\r{' ' * self._width}\r", end="", file=sys.stderr, flush=True)
        self._width = 0


class _Bar:
    """A bar by rich."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as RichProgress

        columns = (BarColumn(bar_width=BAR), TextColumn("{task.description}"))
        self._bar = RichProgress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task("", total=None)
        self._bar.start()

    def show(self, event: Event) -> None:
        self._bar.update(self._task, completed=_share(event), total=1.0, description=status(event))

    def note(self, text: str) -> None:
        self._bar.console.print(text, markup=False, highlight=False)

    def close(self, event: Event) -> None:
        self._bar.stop()


class _Notebook:
    """One output of a notebook's cell."""

    def __init__(self) -> None:
        from IPython.display import display

        self._notes = ""
        self._handle = display(self._picture(""), display_id=True)  # type: ignore[no-untyped-call]

    def _picture(self, text: str, share: float = 0.0) -> Any:
        from IPython.display import HTML

        bar = f'<progress value="{share:.4f}" max="1" aria-label="training"></progress>'
        return HTML(f"{self._notes}{bar} <code>{html.escape(text)}</code>")  # type: ignore[no-untyped-call]

    def show(self, event: Event) -> None:
        self._handle.update(self._picture(status(event), _share(event)))

    def note(self, text: str) -> None:
        self._notes += f"<div>{html.escape(text)}</div>"

    def close(self, event: Event) -> None:
        self._handle.update(self._picture(f"{status(event)}  {event.message}", _share(event)))
