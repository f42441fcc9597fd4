"""The JSON: written anew after each piece of work, so that an interrupted run is kept."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

KEYS = ("cell", "rung", "dtype", "cores", "kind")


class Store:
    """The measurement in a file; each entry stands on a line of its own."""

    def __init__(self, path: Path, head: dict[str, Any], *, resume: bool) -> None:
        self.path, self.head = path, head
        self.entries: dict[tuple[Any, ...], dict[str, Any]] = {}
        if resume and path.exists():
            kept = read(path)
            self.entries = {key_of(entry): entry for entry in kept["entries"]}
            self.head = {name: value for name, value in kept.items() if name != "entries"}

    def has(self, **what: Any) -> bool:
        """Return whether there is such an entry."""
        return any(all(e[name] == value for name, value in what.items()) for e in self._all())

    def add(self, entries: list[dict[str, Any]]) -> None:
        """Add entries, in the place of those of the same work, and write the file."""
        self.entries |= {key_of(entry): entry for entry in entries}
        head = json.dumps(self.head, indent=1, ensure_ascii=False)[:-2]
        lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in self._all())
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(self.path.name + ".part")
        beside.write_text(f'{head},\n "entries": [\n{lines}\n ]\n}}\n', encoding="utf-8")
        os.replace(beside, self.path)

    def _all(self) -> list[dict[str, Any]]:
        return list(self.entries.values())


def key_of(entry: dict[str, Any]) -> tuple[Any, ...]:
    """Return what tells an entry from the others."""
    return tuple(entry[name] for name in KEYS)


def read(path: Path) -> dict[str, Any]:
    """Return the file: the environment, the settings, and the list of entries."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
