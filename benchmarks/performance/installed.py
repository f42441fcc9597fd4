"""How large a distribution is on disk, with all that it requires."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import common
from packaging.requirements import Requirement

BACKENDS = ("jax", "torch", "tensorflow")  # of Keras, which does not require one by itself


def own_size(found: Distribution) -> int:
    """Return the bytes of its files, but for byte-code and the like, made where it runs."""
    origin = json.loads(found.read_text("direct_url.json") or "{}")
    if origin.get("dir_info", {}).get("editable"):  # its files are not copied, but the wheel's are
        name = found.metadata["Name"]
        files = [path for path in (common.SOURCE / name).rglob("*") if path.is_file()]
    else:
        files = [found.locate_file(file) for file in found.files or ()]
    return sum(f.stat().st_size for f in files if "__pycache__" not in f.parts and f.exists())


def required(name: str) -> set[str]:
    """Return the names of all distributions that one requires here, it included."""
    seen: set[str] = set()
    open_ends = [name]
    while open_ends:
        found = distribution(open_ends.pop())
        own = found.metadata["Name"].lower().replace("_", "-")
        if own in seen:
            continue
        seen.add(own)
        for text in found.requires or ():
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                open_ends.append(requirement.name)
    return seen


def sizes(names: Iterable[str], besides: Mapping[str, str]) -> dict[str, dict]:
    """Return of each its own size, the total, and what it needs, ``besides`` included."""
    found = {}
    for name in names:
        needs = required(name)
        if name in besides:
            needs |= required(besides[name])
        found[name] = {
            "own": own_size(distribution(name)),
            "total": sum(own_size(distribution(need)) for need in needs),
            "needs": sorted(needs - {name}),
        }
    return found


def smallest_backend() -> str:
    """Return that of Keras's backends which are installed that makes it smallest."""
    there = []
    for name in BACKENDS:
        try:
            there.append((sizes(["keras"], {"keras": name})["keras"]["total"], name))
        except PackageNotFoundError:
            continue
    return min(there)[1]
