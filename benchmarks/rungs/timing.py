"""Sides take turns in slices of some milliseconds; medians, quartiles, and ratios within a turn."""

from __future__ import annotations

import statistics
import time
from typing import Any, NamedTuple

import peers
from rungs import agreement, work
from rungs.calls import Arrays, CannotError
from rungs.crew import Crew

SLOW = 4
"""times the quickest; a side that takes longer, and more than a second, is timed in one round"""
PAUSE = 0.01
"""seconds between two slices on several cores, for idle thread pools to go to sleep"""


class Effort(NamedTuple):
    """How long to measure."""

    seconds: float = 2.0
    """for all sides of one entry together"""
    slice: float = 0.015
    """seconds of one side's turn, if a call takes less"""
    fewest: int = 5
    """rounds; three, once they have taken eight times those seconds"""
    most: int = 60

    def may_go_on(self, rounds: int, began: float) -> bool:
        """Return whether there is another round."""
        elapsed = time.perf_counter() - began
        if rounds < self.fewest:
            return rounds < min(3, self.fewest) or elapsed < 8 * self.seconds
        return rounds < self.most and elapsed < self.seconds


def measure(
    crew: Crew, sides: list[str], cell: str, rung: work.Rung, effort: Effort
) -> list[dict[str, Any]]:
    """Return the entries of the JSON for one piece of work, one of the gradient and one of a step.

    An entry says what each side takes, or why it is not timed.
    """
    numbers, entries = work.make(cell, rung, crew.dtype), []
    refused: dict[str, str] = {}
    for kind in work.KINDS:
        found = _prepare(crew, sides, kind, numbers, refused)
        timed = [side for side in found if "why" not in found[side]]
        slower = _slower_keras(found, timed)
        for side in slower:
            timed.remove(side)
            found[side]["why"] = "the slower backend of Keras"
        if timed:
            _take_turns(crew, timed, found, effort)
        compiled = "bptt jit" in timed and found["bptt jit"].get("note") == "auto"
        auto = "bptt jit" if compiled else "bptt"
        _summarise(found, timed, auto)
        entries.append({
            "cell": cell, "rung": rung.name, "dtype": crew.dtype, "cores": crew.cores,
            "kind": kind, "auto": auto, "sides": found,
        })  # fmt: skip
        # the slower backend has another chance with the step
        refused = {s: f["why"] for s, f in found.items() if "why" in f and s not in slower}
        behind = [s for s in (*timed, *slower) if _far_behind(found, s)]
        refused |= dict.fromkeys(behind, "its gradient alone is far behind")
        crew.drop()
    return entries


def _far_behind(found: dict[str, Any], side: str) -> bool:
    """Return whether a side takes long, and much longer than the quickest: one look is enough."""
    quickest = min(one["us"] for name, one in found.items() if "us" in one and name != "floor")
    one = found[side]
    return bool(one.get("us", one.get("once_us")) > max(1e6, SLOW * quickest))


def _prepare(
    crew: Crew, sides: list[str], kind: str, numbers: work.Work, refused: dict[str, str]
) -> dict[str, Any]:
    """Have every side make its calls, compare its results with bptt's, and warm it up."""
    found: dict[str, Any] = {}
    ours: dict[int, Arrays] = {}
    for side in ("bptt", *(s for s in sides if s != "bptt")):
        found[side] = {}
        try:
            if side in refused:  # if its gradient is another, its step is another too
                raise CannotError(refused[side])
            began = time.perf_counter()
            updates, note = crew.prepare(side, kind, numbers.cell, numbers.rung)
            if side not in ("bptt", "floor"):
                if updates not in ours:
                    ours[updates] = crew.ask("bptt", 600.0, "result", "bptt", updates)
                theirs = crew.ask(side, 600.0, "result", side, updates)
                found[side]["off"] = agreement.check(kind, numbers, ours[updates], theirs)
            found[side]["made_s"] = _significant(time.perf_counter() - began)
            found[side]["once"] = crew.ask(side, 600.0, "warm", side)
            found[side] |= {"note": note} if note else {}
        except CannotError as reason:
            found[side]["why"] = str(reason)
    return found


def _slower_keras(found: dict[str, Any], timed: list[str]) -> list[str]:
    """Return the backend of Keras that is not its fastest, if both can."""
    both = [side for side in peers.KERAS if side in timed]
    return sorted(both, key=lambda side: found[side]["once"])[1:]


def _take_turns(crew: Crew, timed: list[str], found: dict[str, Any], effort: Effort) -> None:
    """Time slices in turn, each round the other way round; seconds of a call into ``"times"``."""
    quickest = min(found[side]["once"] for side in timed if side != "floor")
    counts = {side: max(1, round(effort.slice / found[side]["once"])) for side in timed}
    for side in timed:
        found[side]["times"] = []
    began, rounds = time.perf_counter(), 0
    while effort.may_go_on(rounds, began):
        for side in timed if rounds % 2 == 0 else timed[::-1]:
            if rounds and found[side]["once"] > max(1.0, SLOW * quickest):
                found[side]["times"].append(None)
                continue
            if crew.cores > 1:
                time.sleep(PAUSE)
            found[side]["times"].append(crew.ask(side, 600.0, "time", side, counts[side]))
        rounds += 1


def _summarise(found: dict[str, Any], timed: list[str], auto: str) -> None:
    """Put medians and quartiles in the place of the single times."""
    reference = found[auto].get("times", [])
    for side in timed:
        times = found[side]["times"]
        pairs = zip(reference, times, strict=True)
        ratios = [ours / theirs for ours, theirs in pairs if ours and theirs]
        taken = [t for t in times if t]
        found[side] |= {
            "us": _significant(statistics.median(taken) * 1e6),
            "quartiles_us": [_significant(1e6 * t) for t in quartiles(taken)],
            "auto_over_it": [_significant(r) for r in quartiles(ratios)],
            "rounds": len(taken),
        }
    for side, one in found.items():
        one.pop("times", None)
        once = one.pop("once", None)
        if once and side not in timed:
            one["once_us"] = _significant(once * 1e6)
        if "off" in one:
            one["off"] = float(f"{one['off']:.1e}")


def quartiles(values: list[float]) -> list[float]:
    """Return the quartiles, of one value three times itself."""
    if len(values) < 2:
        return values * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def _significant(value: float) -> float:
    return float(f"{value:.4g}")
