"""Three sentences that one may quote, the third of which says where a peer is faster."""

from __future__ import annotations

from rungs import reading, summary
from rungs.reading import Entry, number

OURS = "bptt"


def sentences(entries: list[Entry]) -> str:
    """Return them as a list; every number is from the entries."""
    gradients = reading.select(entries, kind="gradient")
    return "\n".join(
        f"* {line}" for line in (faster(gradients), in_numpy_alone(gradients), slower(entries))
    )


def faster(gradients: list[Entry]) -> str:
    """Say in how many lines cost and gradient come sooner, and how much sooner than PyTorch's."""
    known = [e for e in gradients if reading.fastest_peer(e)]
    first = [e for e in known if not reading.is_slower(e)]
    means = reading.by_cell(known, lambda e: reading.middle(reading.times_faster(e, "PyTorch")))
    return (
        f"With the extra `jit`, which compiles the same lines, bptt computes cost and gradient "
        f"faster than the fastest of PyTorch, JAX, Keras and neuralnetlib in {len(first)} of "
        f"{len(known)} lines of the ladder ({conditions(known)}), {means} times as fast as "
        f"PyTorch in the geometric mean, and small networks, up to (1, 100, 1, 8), {small(known)}."
    )


def in_numpy_alone(gradients: list[Entry]) -> str:
    """Say the same of the engine that every installation has."""
    known = [(e, f) for e in gradients if (f := reading.fastest_peer(e)) and reading.timed(e, OURS)]
    ratios = [(e, e["sides"][OURS]["us"] / e["sides"][fastest]["us"]) for e, fastest in known]
    less = [r for e, r in ratios if e["rung"] in summary.SMALL]
    means = reading.by_cell(
        [e for e, _ in known],
        lambda e: (
            us / e["sides"][OURS]["us"] if (us := reading.microseconds(e, "PyTorch")) else None
        ),
    )
    text = (
        f"With NumPy alone it is faster than every peer in {sum(r < 1 for _, r in ratios)} of "
        f"{len(ratios)} lines, and {means} times as fast as PyTorch"
    )
    if less:
        text += (
            f"; of the lines up to (1, 100, 1, 8) in {sum(r < 1 for r in less)} of {len(less)}, "
            f"where the fastest peer takes {number(1 / reading.geometric_mean(less))} of its time"
        )
    return f"{text}."


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
        return "were not timed"
    return (
        f"{number(reading.geometric_mean(values))} times as fast as the fastest peer "
        f"({number(min(values))} to {number(max(values))})"
    )


def slower(entries: list[Entry]) -> str:
    """Say where a peer is as fast or faster, the gradient or a whole step."""
    parts, n = [], 0
    for kind, what in (("gradient", "cost and gradient"), ("step", "a whole step of Adam")):
        for cores in sorted({e["cores"] for e in entries}):
            some = [
                e for e in reading.select(entries, kind=kind, cores=cores) if reading.is_slower(e)
            ]
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
