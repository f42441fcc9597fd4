"""Parquet, read by pandas with pyarrow."""

from __future__ import annotations

from bptt._extras import need
from bptt.errors import InputError, MissingExtraError, sentence
from bptt.files import access
from bptt.files.table import Table, check_names, checked

BYTES = 8  # of a cell, at least


def read(called: str, path: str, memory: float) -> Table:
    """Read a file that may hold so many bytes."""
    pandas = need(called, "pandas", "data", "pandas")
    try:
        parquet = need(called, "pyarrow", "data", "pyarrow.parquet")
    except MissingExtraError as error:
        do = "Install it with: pip install pyarrow; or give a CSV file"
        message = sentence(called, "pyarrow, which reads Parquet", "no such package", do)
        raise MissingExtraError(message) from error
    arrow_error = need(called, "pyarrow", "data", "pyarrow").ArrowException
    try:
        with open(path, "rb") as file:
            declared = parquet.read_metadata(file)
            cells = declared.num_rows * declared.num_columns
            access.check_size(called, path, cells * BYTES, memory)
            frame = pandas.read_parquet(file, engine="pyarrow")
            for name in frame:
                if frame[name].dtype.kind not in "biufmM":
                    frame[name].to_numpy(object)  # fails if text is not in UTF-8
    except (ValueError, TypeError, KeyError, NotImplementedError, OSError, arrow_error) as error:
        if isinstance(error, InputError):
            raise
        expected, do = f"a sound Parquet file {path!r}", "Use another copy"
        raise InputError(sentence(called, expected, access.said(error), do)) from error
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    frame.columns = [str(name) for name in frame.columns]
    check_names(called, path, list(frame.columns))
    return checked(called, Table(path, frame, None))
