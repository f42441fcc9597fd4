"""Time forward + full BPTT + gradients, and a step of Adam, beside the frameworks.

    python benchmarks/ladder.py                    everything, more than an hour
    python benchmarks/ladder.py --resume           go on with an interrupted run
    python benchmarks/ladder.py --quick            a few calls of each side, to see that it runs
    python benchmarks/ladder.py --page             make the page of the JSON, time nothing
    python benchmarks/ladder.py --cell elman --rung '(3, 3, 1, 1)' --json some.json

Every side has the same numbers, and its results are compared with ours before anything is timed.
Each has a process of its own; all are pinned to the same core or cores and take turns in slices
of milliseconds, while the others wait.  Numbers of rounds, medians, quartiles and reasons go into
a JSON file, and from there into docs/performance.md, README.md and a picture.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import peers
from rungs import environment, page, plan, work
from rungs.crew import Crew, allowed, pin
from rungs.store import Store
from rungs.timing import Effort, measure

JSON = Path(__file__).parents[1] / "docs" / "performance" / "ladder.json"
QUICK = Effort(seconds=0.0, slice=0.002, fewest=2)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="only see that it runs; writes no page")
    add("--resume", action="store_true", help="keep what the JSON has, measure what it lacks")
    add("--page", action="store_true", help="only make the page of the JSON")
    add("--json", type=Path, help="default docs/performance/ladder.json; with --quick nowhere")
    add("--seconds", type=float, default=2.0, help="for each entry, all sides (default 2)")
    # each can be given several times
    add("--cell", action="append", choices=work.CELLS)
    add("--dtype", action="append", choices=work.DTYPES)
    add("--rung", action="append", choices=work.BY_NAME)
    add("--cores", action="append", type=int)
    add("--peer", action="append", choices=[s for s in peers.SIDES if peers.SIDES[s].peer])
    return parser.parse_args()


def main() -> int:
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # workers end with us
    path = options.json or JSON
    if options.page:
        page.write(path)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        if options.quick and not options.json:
            path = Path(folder) / "ladder.json"
        complete = run(options, path)
        if options.quick:
            page.draw(path, Path(folder))  # that this runs too
            return 0
    if path == JSON and complete:
        page.write(path)
    return 0 if complete else 1


def run(options: argparse.Namespace, path: Path) -> bool:
    """Measure everything that is asked for; return whether all of it could be."""
    effort = QUICK if options.quick else Effort(seconds=options.seconds)
    cores, complete = allowed(), True
    head = {"environment": environment.record(), "effort": effort._asdict()}
    store = Store(path, head, resume=options.resume)
    for side in peers.SIDES:
        if lacks := peers.missing(side):
            print(f"{side} is missing: {', '.join(lacks)} not installed")
    crew: Crew | None = None
    given_up: dict[tuple[str, str, int], str] = {}
    began = time.perf_counter()
    try:
        for piece in plan.pieces(options):
            what = {name: getattr(piece, name) for name in ("cores", "dtype", "cell")}
            if store.has(**what, rung=piece.rung.name, kind=work.KINDS[-1]):
                continue
            if piece.cores > len(cores):
                print(f"{piece.cores} cores are not to be had here, {len(cores)} are")
                complete = False
                break
            if crew is None or (crew.cores, crew.dtype) != (piece.cores, piece.dtype):
                if crew:
                    crew.close()
                pin(cores[-piece.cores :])
                crew = Crew(piece.dtype, piece.cores, given_up)
            entries = measure(crew, piece.sides, piece.cell, piece.rung, effort)
            store.add(entries)
            for entry in entries:
                print(said(entry, time.perf_counter() - began), flush=True)
    finally:
        if crew:
            crew.close()
    return complete


def said(entry: dict[str, Any], seconds: float) -> str:
    """Return an entry as a few lines of text."""
    names = ("kind", "cell", "rung", "dtype", "cores")
    lines = [f"{seconds:7.0f} s  " + "  ".join(str(entry[name]) for name in names)]
    for side, found in entry["sides"].items():
        text = found.get("why")
        if text is None:
            ratio = found["auto_over_it"][1]
            text = f"{found['us']:>12.1f} µs  {1 / ratio:8.2f} × {entry['auto']}"
            text += f"  {found.get('note', '')}"
        lines.append(f"  {side:<17} {text}".rstrip())
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
