"""A worker: one process that does the work of one side, or of a few that share a library.

Each library has a process of its own: thread pools of several in one would compete for the cores,
and 64-bit numbers of JAX, the backend of Keras and the number of threads are a process's settings.
A worker waits at its pipe, and computes only while the others wait.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import warnings
from multiprocessing.connection import Connection

from rungs import calls, work
from rungs.calls import Calls, CannotError


def serve(pipe: Connection, dtype: str, cores: int) -> None:
    """Answer until the pipe is closed; every answer is ("ok", value) or ("cannot", words)."""
    os.setpgid(0, 0)  # compilers that it starts end with it
    warnings.simplefilter("ignore")
    with contextlib.suppress(EOFError, BrokenPipeError):  # nobody asks any more
        answer_all(pipe, dtype, cores)


def answer_all(pipe: Connection, dtype: str, cores: int) -> None:
    """Answer one question after the other."""
    made: dict[str, Calls] = {}
    while True:
        what, *rest = pipe.recv()
        try:
            if what == "drop":  # big arrays of the rung before
                made.clear()
                answer = None
            elif what == "prepare":
                side, module, variant, kind, cell, rung = rest
                numbers = work.make(cell, work.Rung(*rung), dtype)
                prepare = importlib.import_module(f"peers.{module}").prepare
                made[side] = prepare(kind, numbers, variant, cores)
                answer = (made[side].updates, made[side].note)
            elif what == "result":
                side, updates = rest
                answer = made[side].result(updates)
            elif what == "warm":
                answer = calls.warm(made[rest[0]])
            else:
                side, count = rest
                if count > 1:
                    calls.seconds(made[side], 1)  # caches belong to this side now
                answer = calls.seconds(made[side], count)
        except CannotError as reason:
            pipe.send(("cannot", str(reason)))
        except Exception as error:
            said = f"{type(error).__name__}: {error}".splitlines()[0][:200]
            pipe.send(("cannot", f"error: {said}"))
        else:
            pipe.send(("ok", answer))
