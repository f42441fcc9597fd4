"""NPY and NPZ, read without pickle, and without taking memory for what a header only declares."""

from __future__ import annotations

import math
import os
import tokenize
import warnings
import zipfile
import zlib
from typing import IO

import numpy as np

from bptt._shapes import Array
from bptt.errors import InputError, sentence
from bptt.files import access

READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}
# what comes of a header that is not sound; KeyError of another version
DAMAGED = (ValueError, TypeError, SyntaxError, KeyError, RecursionError, tokenize.TokenError)
# what comes of an archive that is not sound
BROKEN = (
    zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError,
)  # fmt: skip
DO = "Write it with np.save, or np.savez(file, x=..., y=..., lengths=...)"


def read(called: str, path: str, memory: float) -> dict[str, Array]:
    """Return the arrays of a file by name; that of an NPY file is ``x``."""
    if path.lower().endswith(".npy"):
        with open(path, "rb") as file:
            access.check_size(called, path, os.path.getsize(path), memory)
            return {"x": _array(called, path, "x", file)}
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            access.check_size(called, path, sum(m.file_size for m in members), memory)
            found = {}
            for member in members:
                name = member.filename.removesuffix(".npy")
                with archive.open(member) as part:
                    found[name] = _array(called, path, name, part)
    except BROKEN as error:
        expected = f"a sound NPZ file {path!r}"
        raise InputError(sentence(called, expected, access.said(error), DO)) from error
    return found


def _array(called: str, path: str, name: str, file: IO[bytes]) -> Array:
    """Read one array: all that is there, if it is what its header declares."""
    try:
        header = READERS[np.lib.format.read_magic(file)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers as Python 2 wrote them
            shape, by_column, dtype = header(file)
    except DAMAGED as error:
        came = "something that is not a sound array"
        raise _unsound(called, path, name, came) from error
    if dtype.kind not in "biufU" or not dtype.itemsize:
        raise _unsound(called, path, name, f"an array of {dtype}")
    content = file.read()
    shape = tuple(map(int, shape))  # True would pass for 1 until here
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(content):
        raise _unsound(called, path, name, f"shape {shape} and {len(content)} bytes")
    array: Array = np.frombuffer(content, dtype).reshape(shape, order="F" if by_column else "C")
    try:
        if dtype.kind == "U":
            "".join(array.ravel().tolist()).encode()
    except ValueError as error:
        raise _unsound(called, path, name, "letters that there are not") from error
    return array


def _unsound(called: str, path: str, name: str, came: str) -> InputError:
    expected = f"an array {name!r} of numbers or text in {path!r}"
    return InputError(sentence(called, expected, came, DO))
