"""The blocks of docs/performance.md and README.md, and the picture, made of the JSON."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from rungs import picture, quotes, reading, store, summary, table

ROOT = Path(__file__).parents[2]
PAGE, README = ROOT / "docs" / "performance.md", ROOT / "README.md"
PICTURE = ROOT / "docs" / "performance" / "ladder.svg"  # figures/ is the derivation's


def write(path: Path) -> None:
    """Fill our blocks of both pages and draw the picture."""
    found = store.read(path)
    blocks = of(found)
    for page in (PAGE, README):
        text = page.read_text(encoding="utf-8")
        page.write_text(filled(text, blocks), encoding="utf-8")
    picture.write(found["entries"], PICTURE)
    print(f"{PAGE.relative_to(ROOT)}, {README.name} and {PICTURE.relative_to(ROOT)} are made anew")


def draw(path: Path, folder: Path) -> None:
    """Make the blocks and the picture where nobody looks at them: to see that it runs."""
    found = store.read(path)
    of(found)
    picture.write(found["entries"], folder / "ladder.svg")


def of(found: dict[str, Any]) -> dict[str, str]:
    """Return what stands in each block, by its name."""
    entries = found["entries"]

    def tables(kind: str, cores: int) -> str:
        return table.tables(reading.select(entries, kind=kind, cores=cores))

    several = max((entry["cores"] for entry in entries), default=2)
    several = max(several, 2)
    one_core = reading.select(entries, kind="gradient", cores=1, dtype="float32")
    return {
        "environment": summary.environment(found),
        "findings": summary.findings(entries),
        "goals": summary.goals(entries),
        "gradient, one core": tables("gradient", 1),
        "gradient, two cores": tables("gradient", several),
        "step, one core": tables("step", 1),
        "step, two cores": tables("step", several),
        "quotes": quotes.sentences(entries),
        "reasons": table.reasons(entries),
        "short": f"```text\n{table.short(one_core)}\n```",
    }


def filled(text: str, blocks: dict[str, str]) -> str:
    """Return a page with each of its blocks of the ladder in its new form."""

    def anew(match: re.Match[str]) -> str:
        return f"{match[1]}\n\n{blocks[match[2]]}\n\n<!-- /ladder: {match[2]} -->"

    pattern = r"(<!-- ladder: ([^>]+) -->).*?<!-- /ladder: \2 -->"
    return re.sub(pattern, anew, text, flags=re.DOTALL)
