"""The data that ``bptt count`` counts: built in, random, or bits from a file."""

from __future__ import annotations

import os
import warnings
from typing import NamedTuple

import numpy as np

from bptt import _checks, tasks
from bptt._shapes import Array
from bptt.errors import FileAccessError, InputError, sentence

CALLED = "bptt count --data"
BUILT_IN = {"post": tasks.post, "part1": tasks.part1, "part2": tasks.part2}
N_SEQUENCES, N_STEPS = 20, 10


class Bits(NamedTuple):
    """Sequences of bits and what is counted in them."""

    x: Array
    """(n, T)"""
    y: Array
    """(n,)"""
    source: str

    @property
    def counted(self) -> str:
        """What the labels count: ``"ones"`` or ``"zeros"``."""
        zeros = (self.x == 0).sum(axis=1)
        both = (self.y == zeros).all() and not (self.y == self.x.sum(axis=1)).all()
        return "zeros" if both else "ones"


def find(data: str, n_sequences: int | None, n_steps: int | None, rng: np.random.Generator) -> Bits:
    """Return the bits meant by ``--data``; sequences and steps are those of random data."""
    if data == "random":
        n_sequences = N_SEQUENCES if n_sequences is None else n_sequences
        n_steps = N_STEPS if n_steps is None else n_steps
        _checks.positive_int("bptt count", "--sequences", n_sequences)
        _checks.positive_int("bptt count", "--steps", n_steps)
        return Bits(*tasks.count_ones(n_sequences, n_steps, rng), "random")
    if n_sequences is not None or n_steps is not None:
        do = "Leave them out, or give --data random"
        came = f"--data {data} with --sequences or --steps"
        raise InputError(sentence("bptt count", "sizes for random data only", came, do))
    if data in BUILT_IN:
        return Bits(*BUILT_IN[data](), data)
    x = _read(data)
    return Bits(x, x.sum(axis=1), data)


def _read(path: str) -> Array:
    """Return the bits of a CSV or NPY file, (n, T)."""
    ending = os.path.splitext(path)[1].lower()
    if ending not in (".csv", ".npy"):
        do = "Give one of these names, or a file that ends in .csv or .npy"
        raise InputError(
            sentence(CALLED, "'post', 'part1', 'part2', 'random' or a file", repr(path), do)
        )
    do = "Write one sequence per line (or row), all of one length, bits 0 and 1 with commas between"
    try:
        x = _read_csv(path) if ending == ".csv" else _read_npy(path)
    except OSError as error:
        came = error.strerror or str(error)
        raise FileAccessError(
            sentence(CALLED, f"a readable file {path!r}", came, "Check the path")
        ) from error
    except (ValueError, TypeError, SyntaxError, EOFError, OverflowError) as error:
        came = str(error).split(";")[0].rstrip(".")
        raise InputError(sentence(CALLED, f"bits in {path!r}", came, do)) from error
    if x.ndim != 2 or x.size == 0:
        raise InputError(sentence(CALLED, f"rows of bits in {path!r}", f"shape {x.shape}", do))
    if not np.isin(x, (0, 1)).all():
        row, column = np.argwhere(~np.isin(x, (0, 1)))[0]
        came = f"{x[row, column]:g} in row {row + 1}, column {column + 1}"
        raise InputError(sentence(CALLED, f"bits 0 and 1 in {path!r}", came, do))
    return x.astype(np.float64)


def _read_csv(path: str) -> Array:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of an empty file, which is refused later
        return np.loadtxt(path, delimiter=",", ndmin=2, encoding="utf-8-sig")


def _read_npy(path: str) -> Array:
    # mapped, not loaded: a file cannot ask for more memory than it has bytes
    mapped = np.lib.format.open_memmap(path, mode="r")
    if mapped.dtype.kind not in "biuf":
        raise ValueError(f"an array of {mapped.dtype}")
    return np.array(mapped)
