"""What tables, words and the picture ask of the JSON's entries."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import peers
from rungs import work

Entry = dict[str, Any]
CELL_NAMES = {"elman": "Elman (tanh)", "gru": "GRU", "lstm": "LSTM"}
KERAS = "Keras"


def select(entries: Iterable[Entry], **what: Any) -> list[Entry]:
    """Return the entries with these values, in the order of cells, floats and rungs."""
    found = [e for e in entries if all(e[name] == value for name, value in what.items())]
    cells, rungs = list(work.CELLS), list(work.BY_NAME)
    return sorted(
        found,
        key=lambda e: (e["cores"], cells.index(e["cell"]), e["dtype"], rungs.index(e["rung"])),
    )


def microseconds(entry: Entry, side: str) -> float | None:
    """Return a side's median, if it was timed; of Keras that of its faster backend."""
    if side == KERAS:
        taken = [entry["sides"][s]["us"] for s in peers.KERAS if timed(entry, s)]
        return min(taken, default=None)
    return entry["sides"][side]["us"] if timed(entry, side) else None


def timed(entry: Entry, side: str) -> bool:
    return "us" in entry["sides"].get(side, {})


def fastest_peer(entry: Entry) -> str | None:
    """Return the peer with the lowest median."""
    taken = [s for s in entry["sides"] if peers.SIDES[s].peer and timed(entry, s)]
    return min(taken, key=lambda side: entry["sides"][side]["us"], default=None)


def ratio(entry: Entry, side: str | None) -> list[float] | None:
    """Return the quartiles of our time over a side's, within rounds; ours is what "auto" takes."""
    if side is None or not timed(entry, side):
        return None
    quartiles: list[float] = entry["sides"][side]["auto_over_it"]
    return quartiles


def times_faster(entry: Entry, side: str | None) -> list[float] | None:
    """Return the quartiles of a side's time over ours, the lower one first."""
    found = ratio(entry, side)
    return None if found is None else [1 / value for value in reversed(found)]


def is_slower(entry: Entry) -> bool:
    """Return whether a peer is as fast or faster."""
    found = ratio(entry, fastest_peer(entry))
    return found is not None and found[1] >= 1


def middle(quartiles: list[float] | None) -> float | None:
    """Return the median of quartiles, if there are any."""
    return None if quartiles is None else quartiles[1]


def geometric_mean(values: list[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))


def number(value: float) -> str:
    """Write a number with three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def by_cell(entries: list[Entry], times: Callable[[Entry], float | None]) -> str:
    """Write the geometric mean of what is known of each cell."""
    means = []
    for cell, name in CELL_NAMES.items():
        values = [t for e in entries if e["cell"] == cell and (t := times(e))]
        if values:
            means.append(f"{number(geometric_mean(values))} ({name.split()[0]})")
    return ", ".join(means)


def shown(rung: str) -> str:
    """Write a rung's name as people read it."""
    return rung.replace("-", "–").replace("100000", "100,000")


def where(entry: Entry) -> str:
    """Say which work it is, in a few words."""
    return f"{CELL_NAMES[entry['cell']].split()[0]} {entry['dtype']} {shown(entry['rung'])}"
