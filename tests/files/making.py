"""Files of data that several tests need."""

import csv

import numpy as np
import pandas as pd

CLASSES = ("down", "flat", "up")


def walks(n=90, seed=0):
    """Return a long table: walks that drift down, not, or up; beside them a column of noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        kind, steps = i % 3, int(rng.integers(4, 16))
        height = np.cumsum(rng.normal(size=steps) * 0.3 + (kind - 1) * 0.8) * 50 + 1000
        for t in range(steps):
            rows.append((f"w{i}", t, height[t], rng.normal(), CLASSES[kind]))
    table = pd.DataFrame(rows, columns=["id", "t", "height", "noise", "kind"])
    return table.sample(frac=1, random_state=seed)  # no order but that of t


def write(path, lines):
    """Write rows of cells as CSV."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)
    return str(path)


def small():
    """Return the rows of a small table in the long form; those of s1 are lines 5 to 7."""
    rows = [["id", "t", "a", "kind"]]
    for i in range(6):
        rows += [[f"s{i}", str(t), f"{i}.{t}", "xy"[i % 2]] for t in range(3)]
    return rows


def by_sequence(table):
    """Return (names, list of (T, 2) arrays, kinds) of `walks`, the slow way."""
    names, x, kinds = [], [], []
    for name in dict.fromkeys(table["id"]):
        rows = table[table["id"] == name].sort_values("t")
        names.append(name)
        x.append(rows[["height", "noise"]].to_numpy())
        kinds.append(rows["kind"].iloc[0])
    return names, x, kinds
