"""Judge what `bptt.load` makes of a million damaged and hostile model files.

    python benchmarks/fuzz_model_files.py
    python benchmarks/fuzz_model_files.py --inputs 50000 --seed 1 --processes 8

The files are those of tests/fuzzing.py: a seed and a number determine each.  One that is not
refused as it should be is written into the working folder, and the exit status is 1.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import multiprocessing
import resource
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from fuzzing import drawn, judge, quick_folder

BLOCK = 1000


class Failure(NamedTuple):
    """A file that should not have come to this."""

    seed: int
    number: int
    message: str


class Block(NamedTuple):
    """What came of some files."""

    came: Counter[str]
    failure: Failure | None
    memory: int
    """the most that the process has had so far, in KiB"""


def judged(seed: int, numbers: range) -> Block:
    came: Counter[str] = Counter()
    failure = None
    with quick_folder() as folder:
        for number in numbers:
            try:
                came[judge(drawn(seed, number), folder)] += 1
            except Exception as error:
                failure = Failure(seed, number, f"{type(error).__name__}: {error}")
                break
    return Block(came, failure, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def main() -> int:
    parser = argparse.ArgumentParser(description="Judge loads of damaged and hostile files.")
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2)
    chosen = parser.parse_args()

    began, came, memory = time.perf_counter(), Counter[str](), 0
    starts = range(0, chosen.inputs, BLOCK)
    blocks = [range(start, min(start + BLOCK, chosen.inputs)) for start in starts]
    with multiprocessing.Pool(chosen.processes) as pool:
        for block in pool.imap_unordered(partial(judged, chosen.seed), blocks):
            came, memory = came + block.came, max(memory, block.memory)
            if block.failure:
                return report(block.failure)
            if sys.stderr.isatty():
                print(f"\r{came.total():10,}", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    for what, n in came.most_common():
        print(f"{n:10,}  {what}")
    seconds = time.perf_counter() - began
    print(f"{came.total():10,}  files in {seconds:.0f} s, {memory / 1024:.0f} MiB in a process")
    return 0


def report(failure: Failure) -> int:
    path = Path(f"fuzz-{failure.seed}-{failure.number}.safetensors")
    path.write_bytes(drawn(failure.seed, failure.number))
    print(f"drawn({failure.seed}, {failure.number}), written to {path}: {failure.message}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
