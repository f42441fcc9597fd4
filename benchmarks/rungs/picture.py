"""The picture of the ladder: times on a logarithmic axis, one panel for each cell and float."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.lines import Line2D

from bptt.plots.figure import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, new_figure, tidy
from rungs import reading, work
from rungs.reading import Entry

OURS, FLOOR = "bptt, engine “auto”", "floor"
# name, colour, marker, and how it is drawn: ours last, above the others
STYLES: dict[str, dict[str, Any]] = {
    FLOOR: {"color": GREY, "marker": "_", "linestyle": (0, (4, 2)), "linewidth": 1.4},
    "the post's loop": {"color": SKY, "marker": "x"},
    "neuralnetlib": {"color": "black", "marker": "+"},
    reading.KERAS: {"color": PURPLE, "marker": "D", "markersize": 4.5},
    "torch.compile": {"color": ORANGE, "marker": "s", "markerfacecolor": "white"},
    "PyTorch": {"color": ORANGE, "marker": "s"},
    "JAX": {"color": GREEN, "marker": "^", "markersize": 6.5},
    OURS: {"color": BLUE, "marker": "o", "linewidth": 2.2, "markersize": 6},
}
RUNGS = list(work.BY_NAME)


def write(entries: list[Entry], path: Path, *, cores: int = 1) -> None:
    """Draw the gradients' times on so many cores into a file; the same entries, the same bytes."""
    some = reading.select(entries, kind="gradient", cores=cores)
    cells = [cell for cell in work.CELLS if any(e["cell"] == cell for e in some)]
    dtypes = [dtype for dtype in work.DTYPES if any(e["dtype"] == dtype for e in some)]
    if not some:
        return
    with mpl.rc_context({"svg.hashsalt": "ladder", "font.size": 9}):
        figure = new_figure(6.9 * len(dtypes), 3.5 * len(cells) + 1.2)
        axes = figure.subplots(len(cells), len(dtypes), sharex=True, sharey=True, squeeze=False)
        drawn: set[str] = set()
        for row, cell in zip(axes, cells, strict=True):
            for ax, dtype in zip(row, dtypes, strict=True):
                drawn |= panel(ax, reading.select(some, cell=cell, dtype=dtype))
                name = f"{reading.CELL_NAMES[cell]}, {dtype}"
                ax.set_title(name, loc="left", weight="bold", pad=22)
                note = "times faster than the fastest peer:"
                ax.set_title(note, loc="right", fontsize=8, color=GREY, pad=22)
            row[0].set_ylabel("time of loss + all gradients")
        for ax in axes[-1]:
            ax.set_xlabel("(B, T, I, H): sequences, time stamps, inputs, states")
        handles = [
            Line2D([], [], label=name, **style(name)) for name in [*STYLES][::-1] if name in drawn
        ]
        figure.legend(
            handles=handles, loc="outside upper center", ncols=4 * len(dtypes), frameon=False
        )
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def style(name: str) -> dict[str, Any]:
    return {"linewidth": 0.9, "markersize": 5.5, "linestyle": "-"} | STYLES[name]


def panel(ax: Any, entries: list[Entry]) -> set[str]:
    """Draw one panel; return the names of what it has."""
    tidy(ax)
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(lambda value, _: in_units(value))
    ax.set_xticks(
        range(len(RUNGS)),
        map(reading.shown, RUNGS),
        rotation=32,
        ha="right",
        rotation_mode="anchor",
    )
    ax.set_xlim(-0.6, len(RUNGS) - 0.4)
    drawn = set()
    for name in STYLES:
        times = [math.nan] * len(RUNGS)  # a gap where a side was not timed
        for entry in entries:
            value = reading.microseconds(entry, entry["auto"] if name == OURS else name)
            times[RUNGS.index(entry["rung"])] = value or math.nan
        if not all(map(math.isnan, times)):
            ax.plot(times, **style(name))
            drawn.add(name)
    for entry in entries:  # above the panel: how many times faster than the fastest peer
        faster = reading.times_faster(entry, reading.fastest_peer(entry))
        if faster:
            won = faster[1] > 1
            ax.text(
                RUNGS.index(entry["rung"]), 1.02, f"{reading.number(faster[1])}×",
                transform=ax.get_xaxis_transform(), ha="center", va="bottom",
                color=BLUE if won else ORANGE, weight="bold" if won else "normal",
            )  # fmt: skip
    return drawn


def in_units(microseconds: float) -> str:
    """Write a time of the axis in the unit that suits it."""
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= size:
            return f"{microseconds / size:g} {unit}"
    return f"{microseconds:g} µs"
