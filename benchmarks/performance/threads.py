"""Show what a busy neighbour costs: throughput lost beside the share of the machine lost.

    python benchmarks/performance/threads.py            --write puts the table into docs/
    python benchmarks/performance/threads.py --quick    half a second each, to see that it runs

A process computes gradients, alone and with another one that keeps one core busy.  It has either
the BLAS threads that the command line sets (`bptt.cli.main` has been called), or those that
OpenBLAS takes by itself where a program imports bptt and sets nothing.

The share that is lost: a process of so many threads has as many cores, if there are so many; a
core that it shares with the busy one is half a core.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import common

SIZES = [(32, 100, 8, 32), (64, 100, 64, 128)]
WAYS = {"command line": "as the command line sets them", "library": "as OpenBLAS takes them"}
QUIET = 0.1  # of a core: what others may have meanwhile
PATIENCE = 12  # how many times as many pairs are tried as are wanted
BUSY = """import os
os.sched_setaffinity(0, {{{core}}})
parent = os.getppid()
while os.getppid() == parent:  # it ends with who has begun it
    sum(range(100_000))
"""


def child(way: str, sizes: tuple[int, int, int, int], seconds: float) -> None:
    """Print how many gradients a second this process computes, and what it has of the cores."""
    if way == "command line":
        from bptt.cli import main

        with suppress(SystemExit):  # with which it ends after the version
            main(["--version"])
    import numpy as np
    from threadpoolctl import threadpool_info

    import bptt

    B, T, I, H = sizes
    rng, net, workspace = np.random.default_rng(0), bptt.RNN("elman", I, H), bptt.Workspace()
    x = rng.standard_normal((B, T, I), dtype=np.float32)
    batch = net.batch(x, rng.standard_normal(B, dtype=np.float32))
    params = net.init(rng, dtype=np.float32)

    def call() -> None:
        net.loss_and_gradient(params, batch, workspace=workspace)

    common.seconds(call, 3)
    calls, began, processor = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        call()
        calls += 1
    wall = time.perf_counter() - began
    pools = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    found = {"throughput": calls / wall, "cores": (time.process_time() - processor) / wall}
    print("\n" + json.dumps(found | {"threads": max(pools)}))


def run(way: str, sizes: tuple[int, int, int, int], seconds: float) -> dict[str, float]:
    """Let a child of its own measure."""
    environment = {n: value for n, value in os.environ.items() if n not in common.THREADS}
    command = [sys.executable, __file__, "child", way, json.dumps(sizes), str(seconds)]
    ran = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(ran.stdout.splitlines()[-1])


@contextmanager
def neighbour() -> Any:
    """Keep the last core busy."""
    code = BUSY.format(core=max(os.sched_getaffinity(0)))
    busy = subprocess.Popen([sys.executable, "-c", code])
    try:
        time.sleep(0.2)
        yield
    finally:
        busy.kill()
        busy.wait()


def used() -> float:
    """Return the seconds that all processes together have run so far, on all cores."""
    first = Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0].split()
    user, nice, system = map(int, first[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def watched(way: str, sizes: tuple[int, int, int, int], seconds: float) -> dict[str, float]:
    """Run a child and tell besides how much of a core all others had, but for our own."""
    before, own, began = used(), sum(os.times()[2:4]), time.perf_counter()
    found = run(way, sizes, seconds)
    others = used() - before - (sum(os.times()[2:4]) - own)
    return found | {"others": others / (time.perf_counter() - began)}


def pair(way: str, sizes: tuple[int, int, int, int], seconds: float) -> list[dict[str, float]]:
    """Return what a child says alone, and with a busy neighbour."""
    alone = watched(way, sizes, seconds)
    with neighbour():
        beside = watched(way, sizes, seconds)
    return [alone, beside | {"others": beside["others"] - 1}]  # the neighbour is ours


def measure(quick: bool) -> dict[str, Any]:
    """Take pairs while nobody else is there: with others on the machine, the share is not known."""
    wanted, seconds = (1, 0.5) if quick else (7, 1.0)
    n_cores, rows, disturbed = len(os.sched_getaffinity(0)), [], 0
    for sizes in SIZES:
        pairs: dict[str, list[list[dict[str, float]]]] = {way: [] for way in WAYS}
        tries = 0
        while min(map(len, pairs.values())) < wanted:
            tries += 1
            if tries > PATIENCE * wanted:
                sys.exit(f"others are busy on this machine in {disturbed} pairs; try again later")
            for way in list(WAYS) if tries % 2 else reversed(WAYS):
                found = pair(way, sizes, seconds)
                if quick or max(one["others"] for one in found) < QUIET:
                    pairs[way].append(found)
                else:
                    disturbed += 1
        rows += [summary(sizes, way, n_cores, pairs[way]) for way in WAYS]
    return {"cores": n_cores, "disturbed": disturbed, "rows": rows}


def summary(sizes: Any, way: str, n_cores: int, pairs: list[Any]) -> dict[str, Any]:
    threads = min(n_cores, pairs[0][0]["threads"])
    alone, beside = ([one["throughput"] for one in each] for each in zip(*pairs, strict=True))
    lost = [1 - b / a for a, b in zip(alone, beside, strict=True)]
    return {
        "sizes": sizes, "way": way, "threads": threads, "pairs": len(pairs),
        "share": 0.5 / n_cores if threads == n_cores else 0.0,
        "lost": common.spread(lost), "alone": common.spread(alone), "beside": common.spread(beside),
        "had": [statistics.median(one["cores"] for one in each)
                for each in zip(*pairs, strict=True)],
    }  # fmt: skip


def markdown(found: dict[str, Any]) -> str:
    lines = []
    for row in found["rows"]:
        percents = {key: 100 * value for key, value in row["lost"].items()}
        lines.append([
            str(tuple(row["sizes"])), f"{row['threads']}, {WAYS[row['way']]}",
            f"{row['alone']['median']:.0f}", f"{row['beside']['median']:.0f}",
            common.shown(percents, ".0f") + " %", f"{100 * row['share']:.0f} %",
            "yes" if row["lost"]["median"] <= row["share"] else "**no**",
            " → ".join(f"{cores:.2f}" for cores in row["had"]),
        ])  # fmt: skip
    head = ["(B, T, I, H)", "BLAS threads", "gradients/s alone", "with a busy neighbour",
            "throughput lost", "share lost", "no more than that", "cores had"]  # fmt: skip
    words = (
        f"Elman, float32, {found['cores']} cores. Medians (quartiles) of "
        f"{min(row['pairs'] for row in found['rows'])} pairs and more. {found['disturbed']} pairs, "
        f"in which others had more than {QUIET:g} of a core, are left out."
    )
    return "\n".join([common.table(head, lines), "", words, "", common.machine(found)])


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(sys.argv[2], json.loads(sys.argv[3]), float(sys.argv[4]))
    elif not hasattr(os, "sched_setaffinity"):
        sys.exit("a process cannot be bound to a core here")
    else:
        sys.exit(common.main("threads", __doc__, measure, markdown, ("threadpoolctl",)))
