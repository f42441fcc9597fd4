"""The picture of how the cost grows, drawn from the figures that `growth.py` has measured."""

from __future__ import annotations

import math
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

import page
from bptt.plots.figure import BLUE, GREEN, GREY, ORANGE, tidy

PATH = page.DOCS / "performance" / "growth.svg"
ALT = "Time and peak memory of a gradient against T, B, H and I on log axes, with measured slopes"
STYLES = {"elman": (BLUE, "o"), "gru": (ORANGE, "s"), "lstm": (GREEN, "^")}
NAMES = {"T": "T, time stamps", "B": "B, sequences", "H": "H, states", "I": "I, inputs"}
UNITS = {"time": ("milliseconds", 1e3), "memory": ("peak memory, MB", 1e-6)}
GUIDES = {("time", "H"): (2,), ("memory", "H"): (1, 2)}  # the slopes to be expected, else 1


def draw(found: dict[str, Any]) -> None:
    """Write the picture, with the same bytes for the same figures."""
    figure = Figure(figsize=(13, 6.6), layout="constrained")
    all_axes = figure.subplots(2, 4, sharex="col")
    for row, what in zip(all_axes, UNITS, strict=True):
        for axes, size in zip(row, NAMES, strict=True):
            panel(axes, what, size, found)
        row[0].set_ylabel(UNITS[what][0], fontsize=12)
    base = ", ".join(f"{name} = {value}" for name, value in found["base"].items())
    figure.suptitle(
        f"Forward + full BPTT + all gradients, float32, one core; base {base}", fontsize=13
    )
    with mpl.rc_context({"svg.hashsalt": "bptt"}):
        figure.savefig(PATH, metadata={"Date": None})


def panel(axes: Any, what: str, size: str, found: dict[str, Any]) -> None:
    """Draw one size's lines with their slopes, and the expected one dashed."""
    scale, lowest = UNITS[what][1], math.inf
    for line in found["lines"]:
        if (line["what"], line["size"]) != (what, size):
            continue
        colour, marker = STYLES[line["cell"]]
        y = [scale * value for value in line["y"]]
        label = f"{line['cell']}, slope {line['slope']:.2f}"
        axes.loglog(line["x"], y, color=colour, marker=marker, markersize=5, label=label)
        x, lowest = line["x"], min(lowest, y[-1])
    for slope, dashes in zip(GUIDES.get((what, size), (1,)), ((4, 3), (1, 2)), strict=False):
        upper = x[len(x) // 2 :]
        guide = [0.45 * lowest * (value / upper[-1]) ** slope for value in upper]
        label = f"expected slope {slope}"
        axes.loglog(upper, guide, color=GREY, linestyle=(0, dashes), label=label)
    axes.legend(fontsize=9, frameon=False, loc="upper left", handlelength=1.8)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.35)  # room for what the lines are
    if what == "memory":
        axes.set_xlabel(NAMES[size], fontsize=12)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_xticks(x[::2], minor=False)
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.tick_params(labelsize=10)
    tidy(axes)
