"""Three sentences that one may quote, the third of which says where a peer is faster."""

from __future__ import annotations

from rungs import reading, summary
from rungs.reading import Entry, number


def sentences(entries: list[Entry]) -> str:
    """Return them as a list; every number is from the entries."""
    gradients = reading.select(entries, kind="gradient")
    return "\n".join(f"* {line}" for line in (faster(gradients), small(gradients), slower(entries)))


def faster(gradients: list[Entry]) -> str:
    """Say in how many lines cost and gradient come sooner, and how much sooner than PyTorch's."""
    known = [e for e in gradients if reading.fastest_peer(e)]
    first = [e for e in known if not is_slower(e)]
    means = []
    for cell, name in reading.CELL_NAMES.items():
        values = [f[1] for e in known if e["cell"] == cell and (f := times_pytorch(e))]
        if values:
            means.append(f"{number(reading.geometric_mean(values))} ({name.split()[0]})")
    return (
        f"bptt computes cost and gradient faster than the fastest of PyTorch, JAX, Keras and "
        f"neuralnetlib in {len(first)} of {len(known)} lines of the ladder ({conditions(known)}), "
        f"and is {', '.join(means)} times as fast as PyTorch in the geometric mean."
    )


def times_pytorch(entry: Entry) -> list[float] | None:
    return reading.times_faster(entry, "PyTorch")


def is_slower(entry: Entry) -> bool:
    """Return whether a peer is as fast or faster."""
    found = reading.ratio(entry, reading.fastest_peer(entry))
    return found is not None and found[1] >= 1


def conditions(entries: list[Entry]) -> str:
    """Say for which floats and cores."""
    dtypes = sorted({e["dtype"] for e in entries})
    cores = sorted({e["cores"] for e in entries})
    return f"{' and '.join(dtypes)}, {' and '.join(map(summary.in_words, cores))}"


def small(gradients: list[Entry]) -> str:
    """Say how much the small networks gain."""
    some = [e for e in gradients if e["rung"] in summary.SMALL and e["auto"] == "bptt jit"]
    values = [f[1] for e in some if (f := reading.times_faster(e, reading.fastest_peer(e)))]
    if not values:
        return "Small networks were not timed."
    return (
        f"Small networks, up to one sequence of 100 time stamps with 8 states, it computes, with "
        f"the extra `jit`, {number(reading.geometric_mean(values))} times as fast as the fastest "
        f"peer in the geometric mean ({number(min(values))} to {number(max(values))})."
    )


def slower(entries: list[Entry]) -> str:
    """Say where a peer is as fast or faster, the gradient or a whole step."""
    parts, n = [], 0
    for kind, what in (("gradient", "cost and gradient"), ("step", "a whole step of Adam")):
        for cores in sorted({e["cores"] for e in entries}):
            some = [e for e in reading.select(entries, kind=kind, cores=cores) if is_slower(e)]
            n += len(some)
            if some:
                parts.append(f"{what}, {summary.in_words(cores)}: {summary.listed(some)}")
    if not parts:
        return "No peer is as fast in any line."
    known = sum(reading.fastest_peer(e) is not None for e in entries)
    return (
        f"A peer is as fast or faster in {n} of {known} lines, gradients and whole steps together, "
        f"by our time over its: {'; '.join(parts)}."
    )
