"""The workers from the outside: started pinned, asked, and ended when they take too long."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from typing import Any

import peers
from rungs import worker
from rungs.calls import CannotError

# one BLAS thread for NumPy: the parts of a batch are split by bptt's own threads
SETTINGS = {"OPENBLAS_NUM_THREADS": "1", "TORCHINDUCTOR_COMPILE_THREADS": "1"}
START = 120.0
"""seconds that a worker may take for its first answer besides what the answer itself may take"""


def allowed() -> list[int]:
    """Return the cores on which this process may run."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def pin(cores: list[int]) -> None:
    """Run this process, and every one that it starts from now on, on these cores alone."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


class TooLongError(CannotError):
    """Raised if a worker takes longer than it may."""


class Crew:
    """One worker for each library, all for one kind of float and one number of cores.

    ``given_up`` has who took too long to prepare for which cell and T, and why; crews share it.
    """

    def __init__(self, dtype: str, cores: int, given_up: dict[tuple[str, str, int], str]) -> None:
        self.dtype, self.cores, self.given_up = dtype, cores, given_up
        self._workers: dict[str, tuple[Any, Any]] = {}

    def prepare(self, side: str, kind: str, cell: str, rung: Any) -> tuple[int, str]:
        """Have a side make its calls; return after how many updates it is compared, and a note."""
        one = peers.SIDES[side]
        words = ("prepare", side, one.module, one.variant, kind, cell, tuple(rung))
        if why := self.given_up.get((side, cell, rung.T)):
            raise CannotError(why)
        try:
            answer: tuple[int, str] = self.ask(side, one.limit, *words)
        except TooLongError as reason:
            self.given_up[side, cell, rung.T] = f"{reason}, tried once"
            raise CannotError(self.given_up[side, cell, rung.T]) from None
        return answer

    def ask(self, side: str, limit: float, *words: Any) -> Any:
        """Return a worker's answer; CannotError if it has none within so many seconds."""
        group, asked = peers.SIDES[side].group, limit
        if group not in self._workers:
            self._workers[group] = self._start(group)
            limit += START
        process, pipe = self._workers[group]
        try:
            pipe.send(words)
            if not pipe.poll(limit):
                raise TooLongError(f"not ready in {asked:.0f} s")
            status, answer = pipe.recv()
        except (EOFError, BrokenPipeError) as error:
            self._end(group)
            process.join()
            raise CannotError(f"its process ended, exit code {process.exitcode}") from error
        except CannotError:
            self._end(group)
            raise
        if status == "cannot":
            raise CannotError(answer)
        return answer

    def drop(self) -> None:
        """Let all workers forget what they have prepared."""
        for _, pipe in self._workers.values():
            pipe.send(("drop",))
        for _, pipe in self._workers.values():
            pipe.recv()

    def close(self) -> None:
        for group in list(self._workers):
            self._end(group)

    def _start(self, group: str) -> tuple[Any, Any]:
        os.environ.update(SETTINGS)
        os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), str(self.cores)))
        os.environ.update(peers.ENVIRONMENT.get(group, {}))
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(
            target=worker.serve, args=(there, self.dtype, self.cores), daemon=True
        )
        process.start()
        there.close()
        return process, here

    def _end(self, group: str) -> None:
        process, pipe = self._workers.pop(group)
        pipe.close()
        process.join(2.0)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.join()
