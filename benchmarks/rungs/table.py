"""The tables of docs/performance.md, from the entries of the JSON."""

from __future__ import annotations

from collections import defaultdict

import peers
from rungs import reading, work
from rungs.reading import Entry, number

COLUMNS = {
    "bptt": "bptt",
    "bptt jit": "bptt jit",
    "PyTorch": "PyTorch",
    "torch.compile": "torch .compile",
    "JAX": "JAX",
    reading.KERAS: "Keras",
    "neuralnetlib": "neural netlib",
    "the post's loop": "the post's loop",
    "floor": "floor",
}


def tables(entries: list[Entry]) -> str:
    """Return one table for each cell and float that was measured."""
    parts = []
    for cell, name in reading.CELL_NAMES.items():
        for dtype in work.DTYPES:
            found = reading.select(entries, cell=cell, dtype=dtype)
            if found:
                parts.append(f"**{name}, {dtype}** (µs)\n\n{table(found)}")
    return "\n\n".join(parts) or "Not measured yet."


def table(entries: list[Entry]) -> str:
    """Return one table; columns that nobody has a number for are left away."""
    columns = [
        side for side in COLUMNS if any(reading.microseconds(e, side) is not None for e in entries)
    ]
    heads = ["(B, T, I, H)", *(COLUMNS[side] for side in columns), "ours / fastest peer"]
    heads += ["ours / floor"] if "floor" in columns else []
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "---:|" * (len(heads) - 1)]
    for entry in entries:
        fastest = reading.fastest_peer(entry)
        cells = [reading.shown(entry["rung"])]
        cells += [cell(entry, side, fastest) for side in columns]
        cells.append(ratio(reading.ratio(entry, fastest)))
        cells += [ratio(reading.ratio(entry, "floor"))] if "floor" in columns else []
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def cell(entry: Entry, side: str, fastest: str | None) -> str:
    """Return a time; bold if it is the fastest peer's, with a dagger if "auto" takes it."""
    value = reading.microseconds(entry, side)
    if value is None:
        return "–"
    text = number(value)
    is_fastest = side == fastest or (side == reading.KERAS and fastest in peers.KERAS)
    return f"**{text}**" if is_fastest else text + "†" * (side == entry["auto"])


def ratio(quartiles: list[float] | None) -> str:
    if quartiles is None:
        return "–"
    low, middle, high = quartiles
    return f"{middle:.2f} ({low:.2f}–{high:.2f})"


def reasons(entries: list[Entry]) -> str:
    """Return, for each side that was not timed somewhere, why and where."""
    found: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
    for entry in entries:
        for side, one in entry["sides"].items():
            if "why" in one and side != "floor":
                kind = one["why"].split(": off by")[0]
                found[side, kind].add((entry["cell"], entry["dtype"], entry["rung"]))
    lines = ["| side | why it is not timed | where |", "|---|---|---|"]
    for (side, why), places in found.items():
        offs = [
            e["sides"][side]["why"].split("off by ")[1].split(",")[0]
            for e in entries
            if f"{why}: off by " in e["sides"].get(side, {}).get("why", "")
        ]
        if offs:
            why += f" (off by {min(offs, key=float)} to {max(offs, key=float)})"
        lines.append(f"| {side} | {why} | {summary(places)} |")
    return "\n".join(lines)


def summary(places: set[tuple[str, ...]]) -> str:
    """Say in few words where: cells, floats, rungs, each only if it is not all there are."""
    cells, dtypes, rungs = ({place[i] for place in places} for i in range(3))
    names = [reading.CELL_NAMES[c].split()[0] for c in work.CELLS if c in cells]
    words = [] if len(cells) == len(work.CELLS) else [", ".join(names)]
    words += [] if len(dtypes) == len(work.DTYPES) else sorted(dtypes)
    several = [rung for rung in work.BY_NAME if rung in rungs]
    if len(several) < len(work.BY_NAME):
        words.append(", ".join(map(reading.shown, several)) if len(several) < 5 else
                     f"{len(several)} of {len(work.BY_NAME)} rungs")  # fmt: skip
    return "; ".join(words) or "everywhere"


def short(entries: list[Entry]) -> str:
    """Return the README's table as text: ours beside the fastest peer."""
    lines = [
        f"{'(B, T, I, H)':<22} {'cell':<6} {'bptt':>12}   {'the fastest peer':<27} times faster"
    ]
    for entry in entries:
        fastest = reading.fastest_peer(entry)
        faster = reading.times_faster(entry, fastest)
        ours = reading.microseconds(entry, entry["auto"])
        if fastest is None or faster is None or ours is None:
            continue
        theirs = entry["sides"][fastest]["us"]
        cell_name = reading.CELL_NAMES[entry["cell"]].split()[0]
        low, middle, high = map(number, faster)
        rung = reading.shown(entry["rung"])
        lines.append(
            f"{rung:<22} {cell_name:<6} {number(ours):>9} µs   {fastest:<15}{number(theirs):>9} µs"
            f"   {middle} ({low} - {high})"
        )
    return "\n".join(lines)
