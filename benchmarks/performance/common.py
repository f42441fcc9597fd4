"""What the measurements share: one core, pairs that alternate, the machine in words, the files."""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import page

THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")
SOURCE = Path(__file__).parents[2] / "src"


def one_thread() -> None:
    """Let BLAS have one thread; to be called before NumPy is imported."""
    for variable in THREADS:
        os.environ[variable] = "1"


def one_core() -> None:
    """Stay on one core, the last one that is ours, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def seconds(call: Callable[[], Any], count: int = 1) -> float:
    """Return the seconds of one call, the mean of ``count``."""
    return timed(time.perf_counter, call, count)


def processor_seconds(call: Callable[[], Any], count: int = 1) -> float:
    """Return those that this process has run: others that have the core meanwhile do not count."""
    return timed(time.process_time, call, count)


def timed(clock: Callable[[], float], call: Callable[[], Any], count: int) -> float:
    began = clock()
    for _ in range(count):
        call()
    return (clock() - began) / count


def spread(values: Iterable[float]) -> dict[str, float]:
    """Return median and quartiles."""
    values = list(values)
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else 3 * values
    return {"median": middle, "low": low, "high": high}


def alternating(calls: dict[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Let all take turns and return what the calls return, round by round.

    Every second round goes the other way round, so that none always comes after the same other one.
    """
    found: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds):
        for name in list(calls) if number % 2 == 0 else reversed(calls):
            found[name].append(calls[name]())
    return found


def ratios(values: Sequence[float], to: Sequence[float]) -> dict[str, float]:
    """Return the spread of the ratios within the rounds."""
    return spread(one / other for one, other in zip(values, to, strict=True))


def differences(values: Sequence[float], to: Sequence[float]) -> dict[str, float]:
    """Return the spread of the differences within the rounds."""
    return spread(one - other for one, other in zip(values, to, strict=True))


def environment(*packages: str) -> dict[str, Any]:
    """Return what the figures depend on."""
    model = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {name: version(name) for name in ("bptt", "numpy", *packages)},
        "load": round(os.getloadavg()[0], 2),
    }


def machine(found: dict[str, Any]) -> str:
    """Return the environment as the line that stands below a table."""
    e = found["environment"]
    packages = ", ".join(f"{name} {number}" for name, number in e["packages"].items())
    return (
        f"{e['cpu']}, {e['cores']} cores, {e['system']}, Python {e['python']}; {packages}. "
        f"Load when it began: {e['load']}."
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def shown(of: dict[str, float], form: str) -> str:
    """Return median and quartiles as a table shows them."""
    return f"{of['median']:{form}} ({of['low']:{form}} – {of['high']:{form}})"


def main(
    name: str,
    about: str,
    measure: Callable[[bool], dict[str, Any]],
    markdown: Callable[[dict[str, Any]], str],
    packages: Sequence[str] = (),
    extra: Callable[[argparse.ArgumentParser], Callable[[argparse.Namespace], bool]] | None = None,
    pictures: Callable[[dict[str, Any]], None] | None = None,
) -> int:
    """Measure, show the table, and with ``--write`` put figures and page into docs/."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="only see that it runs")
    parser.add_argument("--write", action="store_true", help="put the results into docs/")
    parser.add_argument("--json", metavar="FILE", help="write the figures to a file")
    done = extra(parser) if extra else None
    options = parser.parse_args()
    if done and done(options):
        return 0
    if options.quick and options.write:
        parser.error("--quick measures nothing that is worth writing")
    before = environment(*packages)
    found = {"environment": before, **measure(options.quick)}
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    print(markdown(json.loads(text)))
    if options.json:
        Path(options.json).write_text(text, encoding="utf-8")
    if options.write:
        page.results(name).write_text(text, encoding="utf-8")
        page.put(name, markdown(json.loads(text)))
        if pictures:
            pictures(json.loads(text))
    return 0


def verdict(reached: bool, goal: str, measured: str) -> str:
    """Return in words whether a goal is reached."""
    return f"{goal}: {'reached' if reached else '**missed**'}, {measured}"


if __name__ == "__main__":
    sys.exit("this file is what the measurements beside it share")
