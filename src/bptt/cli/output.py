"""Where a command may write: found out before any work is done."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from bptt.errors import FileAccessError, InputError, sentence


def check(called: str, options: argparse.Namespace) -> None:
    """Raise unless ``--output`` can be written, and is none of the files that are read."""
    check_place(f"{called} --output", options.output)
    files = (options.output, options.data, options.model)
    check_different(called, "--output, --data and --model", files)


def check_place(called: str, path: str) -> None:
    """Raise FileAccessError unless a file could be written there."""
    folder = os.path.dirname(os.path.abspath(path))
    writable = os.path.isdir(folder) and os.access(folder, os.W_OK)
    if not path or os.path.isdir(path) or not writable:
        expected, do = "the name of a file in a folder that exists", "Choose another place"
        raise FileAccessError(sentence(called, expected, repr(path), do))


def check_different(called: str, options: str, paths: Sequence[str | None]) -> None:
    """Raise InputError if two of these options name one file."""
    files = [path for path in paths if path]
    if len({os.path.realpath(path) for path in files}) < len(files):
        do = "Give each its own name: what is there would be lost"
        raise InputError(sentence(called, f"{options} in different files", "one name twice", do))
