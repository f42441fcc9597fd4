"""What the measurement says, in sentences and in a table of goals; every number from the JSON."""

from __future__ import annotations

from typing import Any

from rungs import reading, work
from rungs.reading import Entry, number

PACKAGES = {
    "torch": "PyTorch",
    "jax": "JAX",
    "keras": "Keras",
    "neuralnetlib": "neuralnetlib",
    "numba": "Numba",
    "scipy": "SciPy",
}
NAMES = list(work.BY_NAME)
SMALL = NAMES[: NAMES.index("(1, 100, 1, 8)") + 1]
MIDDLE = ["(32, 100, 8, 32)"]
LARGE = [name for name, rung in work.BY_NAME.items() if rung.H >= 128]


def environment(found: dict[str, Any]) -> str:
    """Return what it was measured on, and how long, as one paragraph."""
    e, effort = found["environment"], found["effort"]
    caches = ", ".join(f"{name} {size}" for name, size in e["caches"].items())
    versions = ", ".join(
        f"{name} {e['packages'][package]}"
        for package, name in PACKAGES.items()
        if e["packages"].get(package)
    )
    load = ", ".join(f"{value:.2f}" for value in e["load_before"])
    return (
        f"Measured on {e['date']}: {e['cpu']}, {e['cores']} cores, caches as one of them sees them "
        f"{caches}, {e['memory_gb']} GB of memory, {e['system']}, Python {e['python']}, NumPy "
        f"{e['numpy']} with {e['blas']}, bptt {e['packages']['bptt']}. Beside it: {versions}. Load "
        f"averages before it began: {load}. For each line and kind of work all sides together had "
        f"{effort['seconds']:g} s in {effort['fewest']} (long ones 3) to {effort['most']} rounds, "
        f"in slices of {1e3 * effort['slice']:g} ms or one call each; {rounds(found['entries'])}"
        f"{lacking(found['entries'])}"
    )


def lacking(entries: list[Entry]) -> str:
    """Say so if the measurement is not complete: every line on one core and on two."""
    all_of_them = 2 * len(work.KINDS) * len(work.CELLS) * len(work.DTYPES) * len(work.RUNGS)
    if len(entries) >= all_of_them:
        return ""
    return f" **Not complete: {len(entries)} of {all_of_them} lines are measured.**"


def rounds(entries: list[Entry]) -> str:
    """Say how many rounds there were."""
    counts = sorted(e["sides"][e["auto"]]["rounds"] for e in entries)
    return (
        f"the lines have {counts[0]} to {counts[-1]} rounds, half of them "
        f"{counts[len(counts) // 2]} or more."
    )


def findings(entries: list[Entry]) -> str:
    """Return sentences for one core and for several, for the gradient and for the step."""
    lines = []
    for kind in work.KINDS:
        for cores in sorted({e["cores"] for e in entries}):
            some = reading.select(entries, kind=kind, cores=cores)
            what = f"{'Gradient' if kind == 'gradient' else 'Step of Adam'}, {in_words(cores)}"
            lines += [f"* {what}: {line}" for line in sentences(some)]
    return "\n".join(lines)


def in_words(cores: int) -> str:
    return "one core" if cores == 1 else f"{cores} cores"


def sentences(entries: list[Entry]) -> list[str]:
    """Say who is faster where."""
    lines = []
    for side in ("PyTorch", "JAX"):
        means = reading.by_cell(
            entries,
            lambda e, side=side: reading.middle(reading.times_faster(e, side)),
        )
        if means:
            lines.append(f"times faster than {side}, geometric mean: {means}.")
    slower = [e for e in entries if reading.is_slower(e)]
    known = [e for e in entries if reading.fastest_peer(e)]
    text = f"faster than every peer in {len(known) - len(slower)} of {len(known)} lines."
    if slower:
        text += f" A peer is as fast or faster, with our time over its, at {listed(slower)}."
    lines.append(text)
    loop = [e for e in entries if (r := reading.ratio(e, "the post's loop")) and r[1] >= 1]
    if loop:
        lines.append("the post's loop is faster at " + "; ".join(map(reading.where, loop)) + ".")
    return lines


def listed(entries: list[Entry]) -> str:
    """Name lines with their fastest peer and our time over its, by cell and float."""
    groups: dict[str, list[str]] = {}
    for entry in entries:
        fastest = reading.fastest_peer(entry)
        ratio = reading.ratio(entry, fastest)
        assert ratio is not None
        rung = reading.shown(entry["rung"])
        group = f"{reading.CELL_NAMES[entry['cell']].split()[0]} {entry['dtype']}"
        groups.setdefault(group, []).append(f"{rung} {fastest} {number(ratio[1])}")
    return "; ".join(f"**{group}**: {', '.join(lines)}" for group, lines in groups.items())


def goals(entries: list[Entry]) -> str:
    """Return the table of goals: what was to be reached, what was found, whether it is."""
    one = reading.select(entries, kind="gradient", cores=1)
    lines = ["| goal (gradient, one core) | found | reached |", "|---|---|---|"]
    everywhere = [(r[1], e) for e in one if (r := reading.ratio(e, reading.fastest_peer(e)))]
    lines.append(goal("ours / fastest peer < 1 on every line", everywhere, 1.0, strict=True))
    torch = [
        f[1] for e in one if e["cell"] == "elman" and (f := reading.times_faster(e, "PyTorch"))
    ]
    if torch:
        mean = reading.geometric_mean(torch)
        lines.append(
            row("Elman ≥ 5 times PyTorch's speed, geometric mean", number(mean), mean >= 5)
        )
    jit = [
        (reading.microseconds(e, "bptt jit") / e["sides"][fastest]["us"], e)
        for e in one
        if e["rung"] in SMALL
        and (fastest := reading.fastest_peer(e))
        and reading.timed(e, "bptt jit")
    ]
    lines.append(goal("bptt jit / fastest peer ≤ 0.5 up to (1, 100, 1, 8)", jit, 0.5))
    for rungs, most, name in (
        (MIDDLE, 1.5, "at (32, 100, 8, 32)"),
        (LARGE, 1.1, "at (64, 100, 64, 128) and larger"),
    ):
        floor = [(r[1], e) for e in one if e["rung"] in rungs and (r := reading.ratio(e, "floor"))]
        lines.append(goal(f"ours / floor ≤ {most} {name}", floor, most))
    return "\n".join(line for line in lines if line)


def goal(name: str, found: list[tuple[float, Entry]], most: float, *, strict: bool = False) -> str:
    """Return a row for numbers none of which may be larger."""
    if not found:
        return ""
    fulfilled = [value < most if strict else value <= most for value, _ in found]
    worst, entry = max(found, key=lambda pair: pair[0])
    text = f"{sum(fulfilled)} of {len(found)}; the worst is {number(worst)}, {reading.where(entry)}"
    return row(name, text, all(fulfilled))


def row(name: str, found: str, reached: bool) -> str:
    return f"| {name} | {found} | {'yes' if reached else 'no'} |"
