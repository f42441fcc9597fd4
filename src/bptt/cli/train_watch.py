"""What watches a training of ``bptt train``: progress, the best weights so far, and Ctrl-C."""

from __future__ import annotations

import math
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread

from bptt.cli.console import Console
from bptt.cli.wording import line
from bptt.params import Params
from bptt.progress import Progress
from bptt.training import Event


class Watch:
    """A listener that shows progress and keeps the best parameters so far."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.interrupted = False
        self.best: Params | None = None
        self.epoch = 0
        self._lowest = math.inf
        self.has_checkpoint = False
        self._progress = None if console.quiet else Progress()
        self._last: Event | None = None

    def __call__(self, event: Event) -> None:
        self.has_checkpoint |= event.kind in ("resumed", "checkpoint")
        if event.kind == "resumed":
            self.console.say(line("resumed", f"in epoch {event.epoch}, from {event.message}"))
        elif event.kind in ("batch", "epoch"):
            self._last = event
            if self._progress is not None:
                self._progress(event)
        if event.best is None:
            if event.kind == "epoch" and self._lowest == math.inf:
                self.best, self.epoch = event.params, event.epoch
        elif event.best_value is not None and event.best_value < self._lowest:
            self.best, self.epoch = event.best, event.best_epoch or 0
            self._lowest = event.best_value
        if self.interrupted and event.kind in ("batch", "epoch"):
            raise KeyboardInterrupt

    def close(self) -> None:
        """Wipe the progress away."""
        if self._progress is not None and self._last is not None:
            self._progress(self._last._replace(kind="end"))


@contextmanager
def interrupted_after_an_update(watch: Watch) -> Iterator[None]:
    """Let Ctrl-C wait until nothing is half done; the second one waits for nothing."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler or current_thread() is not main_thread():
        yield  # somebody else has a say in it
        return

    def note(*_: object) -> None:
        watch.interrupted = True
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
