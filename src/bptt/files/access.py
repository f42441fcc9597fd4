"""Whether a file of data can be opened, and whether what it holds fits into memory."""

from __future__ import annotations

import gzip
import os
import zlib

from bptt.errors import FileAccessError, InputError, sentence

ZIPPED = ".gz"
GIGABYTE = 1e9


def readable(called: str, path: str) -> None:
    """Raise FileAccessError unless it is a regular file that can be opened."""
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # a pipe could block
            raise OSError(0, "something that is not a regular file")
        with open(path, "rb"):
            return
    except (OSError, ValueError) as error:
        came = getattr(error, "strerror", None) or str(error)
        do = "Check the path and its permissions"
        raise FileAccessError(sentence(called, f"a readable file {path!r}", came, do)) from error


def check_size(called: str, path: str, size: float, memory: float) -> None:
    """Refuse a file whose content does not fit into so many bytes."""
    if size > memory:
        expected = f"what {path!r} holds to fit into {amount(memory)} of memory"
        do = "Give a part of it, or allow more with --memory"
        raise InputError(sentence(called, expected, f"at least {amount(size)}", do))


def check_text_size(called: str, path: str, memory: float) -> None:
    """Do so for a text file, unpacking it to find out where it is gzipped."""
    size = os.path.getsize(path)
    if path.lower().endswith(ZIPPED):
        try:
            with gzip.open(path) as file:
                size = 0
                while size <= memory and (part := file.read(1 << 20)):
                    size += len(part)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            expected, do = f"a sound gzip file {path!r}", "Use another copy"
            raise InputError(sentence(called, expected, said(error), do)) from error
    check_size(called, path, size, memory)


def said(error: Exception) -> str:
    """Return the first sentence of what an error of a library says, in one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text.partition(". ")[0][:200].rstrip(".")


def amount(size: float) -> str:
    """Write a number of bytes for people.

    Examples
    --------
    >>> amount(123_456_789_000), amount(2.46e9), amount(3e6)
    ('123 GB', '2.5 GB', '3 MB')
    """
    for unit, number in (("GB", size / GIGABYTE), ("MB", size / 1e6)):
        if number >= 1:
            return f"{number:.0f} {unit}" if number >= 10 else f"{number:.2g} {unit}"
    return "1 MB"
