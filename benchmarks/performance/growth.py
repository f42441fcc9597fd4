"""Show how the cost of a gradient grows with T, B, H and I: time and memory, on log axes.

    python benchmarks/performance/growth.py            --write puts table and picture into docs/
    python benchmarks/performance/growth.py --quick    the smallest sizes, to see that it runs

Each size is doubled from a common base, the others stay.  A slope is that of the straight line
through the upper half of the points, both axes being logarithmic.  Time is the processor's, the
median of calls that use one workspace again; memory the peak of a first call, by `tracemalloc`.

Every state is read out and inputs are scaled to their number, so that no error vanishes on its way
back: numbers below 1e-38 take a processor many times as long, which would hide how the work grows.
"""

from __future__ import annotations

import statistics
import sys
import tracemalloc
from typing import Any

import common

common.one_thread()
import growth_picture
import numpy as np

import bptt

BASE = {"T": 64, "B": 32, "H": 64, "I": 16}
LAST = {"T": 4096, "B": 1024, "H": 2048, "I": 16384}
FIRST = 8
CELLS = ("elman", "gru", "lstm")
GROWING, REST = "H: what grows with T", "H: the rest, weights"
EXPECTED = {
    "time": {"T": 1, "B": 1, "H": 2, "I": 1},  # H: the product, H² for each of B·T
    "memory": {"T": 1, "B": 1, GROWING: 1, REST: 2, "I": 1},
}


def values(name: str, quick: bool) -> list[int]:
    """Return the values of one size."""
    found = [FIRST]
    while found[-1] < (4 * FIRST if quick else LAST[name]):
        found.append(2 * found[-1])
    return found


def made(cell: str, sizes: dict[str, int]) -> tuple[Any, ...]:
    T, B, H, I = (sizes[name] for name in "TBHI")
    rng = np.random.default_rng(0)
    net = bptt.RNN(cell, I, H, readout="every")
    x = rng.standard_normal((B, T, I), dtype=np.float32) * np.float32((BASE["I"] / I) ** 0.5)
    y = rng.standard_normal((B, T), dtype=np.float32)
    return net, net.init(rng, dtype=np.float32), net.batch(x, y)


def time_of(cell: str, sizes: dict[str, int], quick: bool) -> float:
    """Return the seconds of a gradient."""
    net, params, batch = made(cell, sizes)
    workspace = bptt.Workspace()

    def call() -> None:
        net.loss_and_gradient(params, batch, workspace=workspace)

    call()
    once = common.processor_seconds(call)
    number = 1 if quick else max(3, min(200, round(0.5 / once)))
    return statistics.median(common.processor_seconds(call) for _ in range(number))


def memory_of(cell: str, sizes: dict[str, int]) -> int:
    """Return the bytes of a first gradient at their peak."""
    net, params, batch = made(cell, sizes)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    net.loss_and_gradient(params, batch)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak - before


def measure(quick: bool) -> dict[str, Any]:
    common.one_core()
    lines = []
    for name in BASE:
        points = values(name, quick)
        for cell in CELLS:
            each = [BASE | {name: value} for value in points]
            seconds = [time_of(cell, sizes, quick) for sizes in each]
            peaks = [memory_of(cell, sizes) for sizes in each]
            lines.append(line(name, cell, "time", points, seconds))
            lines.append(line(name, cell, "memory", points, peaks))
            if name == "H":  # of two kinds: with twice the time stamps there is one of them more
                longer = [memory_of(cell, sizes | {"T": 2 * sizes["T"]}) for sizes in each]
                growing = [two - one for one, two in zip(peaks, longer, strict=True)]
                rest = [one - of_t for one, of_t in zip(peaks, growing, strict=True)]
                lines.append(line(GROWING, cell, "memory", points, growing))
                lines.append(line(REST, cell, "memory", points, rest))
    return {"base": BASE, "lines": lines}


def line(name: str, cell: str, what: str, x: list[int], y: list[float]) -> dict[str, Any]:
    """Return what was measured, the slope over its upper half, and that of the last doubling."""
    upper = len(x) // 2
    with np.errstate(invalid="ignore"):  # of differences, the small ones may come out below 0
        slope, last = (np.polyfit(np.log(x[n:]), np.log(y[n:]), 1)[0] for n in (upper, -2))
    found = {"size": name, "cell": cell, "what": what, "x": x, "y": y}
    return found | {"slope": float(slope), "last": float(last)}


def markdown(found: dict[str, Any]) -> str:
    rows, off = [], []
    for what, sizes in EXPECTED.items():
        for name, expected in sizes.items():
            slopes = {
                one["cell"]: (one["slope"], one["last"], one["x"])
                for one in found["lines"]
                if (one["what"], one["size"]) == (what, name)
            }
            x = next(iter(slopes.values()))[-1]
            over = f"{x[len(x) // 2]} – {x[-1]}"
            off += [abs(last - expected) for _, last, _ in slopes.values()]
            shown = (f"{slopes[cell][0]:.2f}, {slopes[cell][1]:.2f}" for cell in CELLS)
            rows.append([what, name, over, f"{expected}", *shown])
    base = ", ".join(f"{name} = {value}" for name, value in found["base"].items())
    words = (
        "Slopes over the upper half of the sizes, and of the last doubling; each size is changed "
        f"alone, the others stay {base}; float32, one core, the processor's time. The last ones "
        f"are within {max(off):.2f} of the expected ones."
    )
    head = ["what", "grows with", "over", "expected slope", *CELLS]
    return "\n".join([
        f"![{growth_picture.ALT}](performance/{growth_picture.PATH.name})", "",
        common.table(head, rows), "", words, "", common.machine(found),
    ])  # fmt: skip


if __name__ == "__main__":
    sys.exit(common.main("growth", __doc__, measure, markdown, pictures=growth_picture.draw))
