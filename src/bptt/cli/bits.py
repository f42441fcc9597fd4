"""The data that a command looks at: built in, random, or bits from a file."""

from __future__ import annotations

import math
import os
import tokenize
from typing import NamedTuple

import numpy as np

from bptt import tasks
from bptt._shapes import Array
from bptt.errors import FileAccessError, InputError, sentence

DO = "Write one sequence per line (or row), all of one length, bits 0 and 1 with commas between"
BUILT_IN = {"post": tasks.post, "part1": tasks.part1, "part2": tasks.part2}
N_SEQUENCES, N_STEPS = 20, 10
READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
# what comes of a header that is not sound; KeyError of another version
DAMAGED = (ValueError, TypeError, SyntaxError, KeyError, RecursionError, tokenize.TokenError)


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

    def rows(self, which: Array) -> Bits:
        """Return some of the sequences."""
        return self._replace(x=self.x[which], y=self.y[which])


def find(
    called: str,
    data: str,
    n_sequences: int | None,
    n_steps: int | None,
    rng: np.random.Generator,
) -> Bits:
    """Return the bits meant by ``--data``; sequences and steps are those of random data."""
    if data == "random":
        return Bits(*tasks.count_ones(n_sequences or N_SEQUENCES, n_steps or N_STEPS, rng), data)
    if n_sequences is not None or n_steps is not None:
        do = "Leave them out, or give --data random"
        came = f"--data {data} with --sequences or --steps"
        raise InputError(sentence(called, "sizes for random data only", came, do))
    if data in BUILT_IN:
        return Bits(*BUILT_IN[data](), data)
    x = _read(f"{called} --data", data)
    return Bits(x, x.sum(axis=1), data)


def _read(called: str, path: str) -> Array:
    """Return the bits of a CSV or NPY file, (n, T)."""
    ending = os.path.splitext(path)[1].lower()
    if ending not in (".csv", ".npy"):
        do = "Give one of these names, or a file that ends in .csv or .npy"
        raise InputError(
            sentence(called, "'post', 'part1', 'part2', 'random' or a file", repr(path), do)
        )
    try:
        x = _read_csv(called, path) if ending == ".csv" else _read_npy(called, path)
    except FileNotFoundError as error:
        expected = "the name of a file that exists"
        raise FileAccessError(sentence(called, expected, repr(path), "Check the path")) from error
    except OSError as error:
        came = (error.strerror or str(error)).lower()
        do = "Check the file and its permissions"
        raise FileAccessError(sentence(called, f"a readable file {path!r}", came, do)) from error
    if x.ndim != 2 or x.size == 0:
        came = "none" if x.size == 0 else f"an array of shape {x.shape}"
        raise InputError(sentence(called, f"sequences of bits in {path!r}", came, DO))
    if not np.isin(x, (0, 1)).all():
        row, column = np.argwhere(~np.isin(x, (0, 1)))[0]
        came = f"{x[row, column]:g} in sequence {row + 1}, time stamp {column + 1}"
        raise InputError(sentence(called, f"bits 0 and 1 in {path!r}", came, DO))
    return x.astype(np.float64)


def _read_csv(called: str, path: str) -> Array:
    # opened here: np.loadtxt, given a name, would also unpack archives and follow addresses
    with open(path, encoding="utf-8-sig") as file:
        try:
            lines = [line.partition("#")[0].strip() for line in file]
        except UnicodeDecodeError as error:
            came = "something that is not text in UTF-8"
            raise InputError(sentence(called, f"lines of bits in {path!r}", came, DO)) from error
    rows = [_numbers(called, path, n, line) for n, line in enumerate(lines, start=1) if line]
    for row in rows:
        if len(row) != len(rows[0]):
            came = f"sequences of {len(rows[0])} and of {len(row)} bits"
            raise InputError(sentence(called, f"one length in {path!r}", came, DO))
    return np.array(rows, ndmin=2)


def _numbers(called: str, path: str, n: int, line: str) -> list[float]:
    cells = list(line) if set(line) <= {"0", "1"} else line.split(",")  # 011 is 0,1,1
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        bad = next(cell for cell in cells if not _is_number(cell))
        came = f"{bad.strip()[:30]!r} in line {n}"
        raise InputError(sentence(called, f"bits 0 and 1 in {path!r}", came, DO)) from None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _read_npy(called: str, path: str) -> Array:
    # not np.load, which takes memory for as many numbers as the header declares
    with open(path, "rb") as file:
        try:
            header = READERS[np.lib.format.read_magic(file)]
            shape, by_column, dtype = header(file)
        except DAMAGED as error:
            came = "something that is not a sound NPY file"
            raise InputError(sentence(called, f"an array of bits in {path!r}", came, DO)) from error
        if dtype.kind not in "biuf":
            came = f"an array of {dtype}"
            raise InputError(sentence(called, f"an array of bits in {path!r}", came, DO))
        content = file.read()
    shape = tuple(map(int, shape))  # True would pass for 1 until here
    size = math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or size != len(content):
        came = f"shape {shape} and {len(content)} bytes"
        raise InputError(sentence(called, f"an array of bits in {path!r}", came, DO))
    return np.frombuffer(content, dtype).reshape(shape, order="F" if by_column else "C")
