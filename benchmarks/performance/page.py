"""Put the results of docs/performance/*.json into docs/performance.md, each between its marks.

python benchmarks/performance/page.py    make all blocks and pictures again; nothing is measured
"""

from __future__ import annotations

import json
import re
import sys
from importlib import import_module
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "performance.md"
NAMES = ("streaming", "cold_start", "memory", "growth", "threads")


def results(name: str) -> Path:
    """Return where the figures of a measurement are kept."""
    return DOCS / "performance" / f"{name}.json"


def put(name: str, block: str) -> None:
    """Put a block between the marks of that name."""
    marks = f"<!-- {name} -->", f"<!-- /{name} -->"
    text, number = re.subn(
        f"{marks[0]}.*?{marks[1]}",
        lambda _: f"{marks[0]}\n\n{block}\n\n{marks[1]}",
        PAGE.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    if number != 1:
        sys.exit(f"{PAGE.name} has {number} places between {marks[0]} and {marks[1]}, not one")
    PAGE.write_text(text, encoding="utf-8")


def main() -> int:
    before = PAGE.read_text(encoding="utf-8")
    for name in NAMES:
        if results(name).exists():
            found = json.loads(results(name).read_text(encoding="utf-8"))
            put(name, import_module(name).markdown(found))
            if name == "growth" and "--check" not in sys.argv:
                import_module("growth_picture").draw(found)
    if "--check" in sys.argv and PAGE.read_text(encoding="utf-8") != before:
        PAGE.write_text(before, encoding="utf-8")
        sys.exit(f"{PAGE.name} does not show the figures that are in {PAGE.stem}/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
