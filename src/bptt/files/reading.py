"""From a file to sequences: CSV, Parquet, NPZ or NPY, by its name."""

from __future__ import annotations

import os

from bptt.errors import FileAccessError, InputError, sentence
from bptt.files import access, array_file, array_forms, csv_file, forms, parquet_file, roles
from bptt.files.data import Data
from bptt.files.roles import Wanted

ARRAYS = (".npz", ".npy")
ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet", *ARRAYS)


def default_memory() -> float:
    """Return half of the memory of this machine in bytes; 2 GB where it does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2
    except (AttributeError, ValueError, OSError):
        return 2 * access.GIGABYTE


def read(called: str, path: str, wanted: Wanted, memory: float) -> Data:
    """Return the sequences of a file whose content takes at most so many bytes.

    Raises
    ------
    InputError
        If it is not as it must be; names file, line and column.
    FileAccessError
        If it cannot be read.
    """

    def as_text(names: list[str]) -> set[str | None]:
        found = roles.find(called, path, names, wanted)  # which refuses before much is read
        return {found.target, found.sequence, found.order}

    name = path.lower()
    arrays = name.endswith(ARRAYS)
    if not name.endswith(ENDINGS):
        came, do = repr(path), "Give a file of one of these kinds"
        expected = f"a file that ends in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
        raise InputError(sentence(called, expected, came, do))
    access.readable(called, path)
    if wanted.form == "arrays" and not arrays:
        do = "Give an NPZ or NPY file, as the training had"
        raise InputError(sentence(called, "arrays, which have no names of columns", repr(path), do))
    try:
        if arrays:
            return array_forms.read(called, path, array_file.read(called, path, memory), wanted)
        if name.endswith(".parquet"):
            table = parquet_file.read(called, path, memory)
        else:
            access.check_text_size(called, path, memory)
            table = csv_file.read(called, path, as_text)
        return forms.read(called, table, wanted)
    except OSError as error:
        if isinstance(error, FileAccessError):
            raise
        came, do = error.strerror or str(error), "Check the file and its disk"
        raise FileAccessError(sentence(called, f"a readable file {path!r}", came, do)) from error
