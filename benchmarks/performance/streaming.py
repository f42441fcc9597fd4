"""Time one streaming step, batch 1, beside PyTorch and ONNX Runtime.

    python benchmarks/performance/streaming.py            all cells; --write puts them into docs/
    python benchmarks/performance/streaming.py --quick    a few steps, to see that it runs

I = 8, H = 32, one output, float32, one thread, one core.  The peers get whichever of two ways is
faster: PyTorch its cell or its layer over one time stamp, in inference mode; ONNX Runtime a plain
run or one with its inputs and outputs bound, the state going round without a copy.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import cycle
from typing import Any

import common

common.one_thread()
import numpy as np

import bptt
import peers

I, H, COMPARED = 8, 32, 100
TOLERANCE = 1e-5
OURS = {"bptt": "numpy", "bptt jit": "jit"}
GOALS = {"PyTorch": 20.0, "ONNX Runtime": 5.0}
Step = Callable[[np.ndarray], Any]


def sides(cell: str) -> dict[str, Step]:
    """Return the step of each side, all with the same weights, at the same state."""
    net = bptt.RNN(cell, I, H)
    params = net.init(rng=0, dtype=np.float32)
    found = {way: bptt.Stream(net, params, engine=engine).step for way, engine in OURS.items()}
    found |= peers.torch_steps(cell, params) | peers.onnx_steps(cell, params)
    return found


def compare(cell: str, inputs: np.ndarray) -> float:
    """Return by how much the sides differ at most, over time stamps from State_0 = 0 on."""
    answers = {
        name: np.array([float(step(x)) for x in inputs]) for name, step in sides(cell).items()
    }
    ours = answers["bptt"]
    assert np.abs(ours).max() > 0.01  # they do say something
    return max(float(np.abs(theirs - ours).max()) for theirs in answers.values())


def microseconds(step: Step, inputs: Iterator[np.ndarray], count: int) -> float:
    return common.processor_seconds(lambda: step(next(inputs)), count) * 1e6


def measure(quick: bool) -> dict[str, Any]:
    common.one_core()
    rng, rows = np.random.default_rng(1), []
    inputs = rng.standard_normal((COMPARED, I)).astype(np.float32)
    for cell in ("elman", "gru", "lstm"):
        differ = compare(cell, inputs)
        if not differ < TOLERANCE:
            sys.exit(f"{cell}: the sides differ by {differ:.1e}; not timed")
        count, rounds = (20, 4) if quick else (300, 101)
        calls = {
            name: partial(microseconds, step, cycle(list(inputs)), count)
            for name, step in sides(cell).items()
        }
        for call in calls.values():
            call()  # warm-up
        values = common.alternating(calls, rounds)
        rows.append({
            "cell": cell, "differ": differ,
            "us": {name: common.spread(own) for name, own in values.items()},
            "times": {
                way: {name: common.ratios(own, values[way]) for name, own in values.items()}
                for way in OURS
            },
        })  # fmt: skip
    return {"steps": count, "rounds": rounds, "rows": rows}


def fastest(row: dict[str, Any], side: str) -> str:
    """Return which of a side's ways is the faster."""
    ways = [name for name in row["us"] if name.startswith(side)]
    return min(ways, key=lambda name: row["us"][name]["median"])


def markdown(found: dict[str, Any]) -> str:
    lines, goals = [], []
    for row in found["rows"]:
        best = {side: fastest(row, side) for side in GOALS}
        times = [
            " / ".join(f"{row['times'][way][best[side]]['median']:.1f}" for way in OURS)
            for side in GOALS
        ]
        theirs = (
            f"{common.shown(row['us'][name], '.1f')}, {name.split(', ')[1]}"
            for name in best.values()
        )
        ours = (common.shown(row["us"][way], ".1f") for way in OURS)
        lines.append([row["cell"], *ours, *theirs, *times])
    for side, goal in GOALS.items():
        least = {
            way: min(row["times"][way][fastest(row, side)]["median"] for row in found["rows"])
            for way in OURS
        }
        said = ", ".join(f"{way} {times:.1f} times at least" for way, times in least.items())
        reached = max(least.values()) >= goal
        goals.append(common.verdict(reached, f"{goal:g} times faster than {side}", said))
    head = ["cell", *(f"{name}, µs" for name in (*OURS, *GOALS)),
            *(f"times faster than {side}: bptt / jit" for side in GOALS)]  # fmt: skip
    differ = max(row["differ"] for row in found["rows"])
    words = (
        f"Medians (quartiles) of {found['rounds']} rounds of {found['steps']} steps each, "
        f"processor's time. Over {COMPARED} steps the answers differ by {differ:.0e} at most."
    )
    end = [*(f"* {goal}" for goal in goals), "", common.machine(found)]
    return "\n".join([common.table(head, lines), "", words, "", *end])


if __name__ == "__main__":
    about = (__doc__, measure, markdown, ("numba", "torch", "onnxruntime"))
    sys.exit(common.main("streaming", *about))
