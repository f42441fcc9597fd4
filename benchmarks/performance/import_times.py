"""What `python -X importtime` says of a start of bptt, by who costs what."""

from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """One module, which is imported after those that it imports."""

    own: int
    """µs"""
    depth: int
    name: str


def read(text: str) -> list[Line]:
    """Return the lines of the table."""
    found = []
    for line in text.splitlines():
        if line.startswith("import time:") and "imported package" not in line:
            own, _, name = line.removeprefix("import time:").split("|")
            found.append(Line(int(own), len(name) - len(name.lstrip()), name.strip()))
    return found


def belonging(lines: list[Line], at: int) -> list[Line]:
    """Return a module and all that it is the first to import."""
    first = at
    while first and lines[first - 1].depth > lines[at].depth:
        first -= 1
    return lines[first : at + 1]


def show(text: str, most: int = 25) -> None:
    """Print what bptt's start costs beyond Python's own and NumPy's import."""
    lines = read(text)
    of_numpy = next(i for i, line in enumerate(lines) if line.name == "numpy")
    start = next(i for i, line in enumerate(lines) if line.name == "site")
    numpys = belonging(lines, of_numpy)
    after = [line for line in lines[start + 1 :] if line not in numpys]
    groups = {
        "Python's own start": lines[: start + 1],
        "import numpy": numpys,
        "parts of NumPy imported later": [l for l in after if l.name.split(".")[0] == "numpy"],
        "modules of bptt": [l for l in after if l.name.split(".")[0] == "bptt"],
    }
    told = {line for group in groups.values() for line in group}
    groups["others, for bptt"] = [line for line in after if line not in told]
    print("imports, ms (they take longer when they are timed)\n")
    for name, group in groups.items():
        print(f"{sum(line.own for line in group) / 1000:8.1f}  {name} ({len(group)})")
    print("\nafter NumPy, the most expensive by themselves\n")
    for line in sorted(after, reverse=True)[:most]:
        print(f"{line.own / 1000:8.1f}  {line.name}")
