"""The safetensors file layout: 8 bytes of header length, a JSON header, the arrays' bytes.

``np.load`` is not safe on files of unknown origin, even without pickle: 70 bytes can ask for
32 GiB.  Here nothing is allocated from a declared size: the header must describe the bytes that
are there, all of them, in order and without gaps, before any array is made.
"""

from __future__ import annotations

import errno
import json
import math
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, BinaryIO

import numpy as np

from bptt._shapes import Array
from bptt.errors import FileAccessError, InputError, ModelFileError, sentence

MOST_HEADER = 32_768
# of a folder's fsync: this file system does not have it, or we may not
CANNOT_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EACCES, errno.EPERM}
MOST_LEVELS = 100  # of lists in lists; Python itself can no longer print a thousand
DTYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}
NAMES = {dtype: name for name, dtype in DTYPES.items()}


def encode(
    arrays: Mapping[str, Array], metadata: Mapping[str, str], most_header: int = MOST_HEADER
) -> bytes:
    """Return the bytes of a file with these arrays, float32 or float64.

    Raises
    ------
    InputError
        If `read` would not take it.
    """
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    parts, end = [], 0
    for name, array in arrays.items():
        if array.ndim > 2 or not array.size or not _is_unicode(name):
            expected = "arrays of no more than 2 axes, not empty, under a name in letters"
            do = "Save it in another form"
            raise InputError(sentence("save", expected, f"shape {array.shape} of {name!r}", do))
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        parts.append(little.tobytes())
        begin, end = end, end + little.nbytes
        entry = {
            "dtype": NAMES[little.dtype],
            "shape": list(array.shape),
            "data_offsets": [begin, end],
        }
        header[name] = entry
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the arrays begin at a multiple of 8 bytes
    if len(text) > most_header:
        do = "Save fewer or smaller things besides the weights"
        expected = f"names and metadata of at most {most_header} bytes"
        raise InputError(sentence("save", expected, f"{len(text)}", do))
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def digest(named: Mapping[str, Array], metadata: Mapping[str, str] | None = None) -> str:
    """Return the SHA-256 of all arrays and metadata: one flipped bit would else be another number.

    Without metadata it is that of a model file of version 1.
    """
    import hashlib

    found = hashlib.sha256()
    for name in sorted(named):
        little = named[name].astype(named[name].dtype.newbyteorder("<"), copy=False)
        found.update(np.ascontiguousarray(little).data)
    if metadata is not None:
        text = {key: value for key, value in metadata.items() if key != "sha256"}
        found.update(json.dumps([text, sorted(named)], sort_keys=True).encode())
    return found.hexdigest()


def read(
    called: str, path: str | os.PathLike[str], most_header: int = MOST_HEADER
) -> tuple[dict[str, Array], dict[str, str]]:
    """Return the arrays and the metadata of a file.

    Raises
    ------
    ModelFileError
        If the file is not exactly in the layout.
    FileAccessError
        If it cannot be read.
    """
    try:
        path = os.fspath(path)
        if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe could block, a device never ends
            raise ModelFileError(_message(called, path, "something that is not a regular file"))
        with open(path, "rb") as file:
            return _read(called, path, file, most_header)
    except OSError as error:
        do = "Check the path and its permissions"
        came = error.strerror or type(error).__name__
        raise FileAccessError(sentence(called, f"a readable file {path!r}", came, do)) from error
    except (TypeError, ValueError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise FileAccessError(
            sentence(called, "a path", repr(path), "Give a file's name")
        ) from error


def _read(
    called: str, path: str, file: BinaryIO, most_header: int
) -> tuple[dict[str, Array], dict[str, str]]:
    size = os.fstat(file.fileno()).st_size
    length = int.from_bytes(file.read(8), "little")
    if size < 8 or length > min(size - 8, most_header):
        came = f"{size} bytes that declare a header of {length}"
        raise ModelFileError(_message(called, path, came))
    header = parse_json(called, path, file.read(length))
    metadata = header.pop("__metadata__", {})
    if not _is_text(metadata):
        raise ModelFileError(_message(called, path, "metadata that is not text"))
    layout = [_entry(called, path, name, entry) for name, entry in header.items()]
    layout.sort(key=lambda entry: entry[3:])
    end = 0
    for _, _, _, begin, after in layout:
        if begin != end:
            raise ModelFileError(_message(called, path, "arrays with gaps or overlaps"))
        end = after
    if end != size - 8 - length:
        came = f"{size - 8 - length} bytes of arrays where the header declares {end}"
        raise ModelFileError(_message(called, path, came))
    arrays = {}
    for name, dtype, shape, begin, after in layout:
        array = np.empty(shape, dtype)
        if file.readinto(array.reshape(-1).view(np.uint8)) != after - begin:  # type: ignore[attr-defined]
            raise ModelFileError(
                _message(called, path, "a file that became shorter while being read")
            )
        arrays[name] = array.astype(dtype.newbyteorder("="), copy=False)
    return arrays, metadata


def _entry(
    called: str, path: str, name: str, entry: object
) -> tuple[str, np.dtype[Any], tuple[int, ...], int, int]:
    """Return (name, dtype, shape, begin, end) of one array if its entry is sound."""
    came = f"an unsound entry for {name[:60]!r}"
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise ModelFileError(_message(called, path, came))
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    sound = (
        isinstance(dtype, str) and dtype in DTYPES
        and isinstance(shape, list) and len(shape) <= 2 and all(map(_is_size, shape))
        and 0 not in shape
        and isinstance(offsets, list) and len(offsets) == 2 and all(map(_is_size, offsets))
    )  # fmt: skip
    if not sound:
        raise ModelFileError(_message(called, path, came))
    count = 1
    for length in shape:  # Python's integers do not overflow
        count *= length
    if offsets[1] - offsets[0] != count * DTYPES[dtype].itemsize:
        raise ModelFileError(_message(called, path, came))
    return name, DTYPES[dtype], tuple(shape), offsets[0], offsets[1]


def parse_json(called: str, path: str, text: bytes | str) -> dict[str, Any]:
    """Return a JSON object; refuse anything else, a name given twice, NaN, and negative numbers.

    What is refused besides, "-0" and half of a surrogate pair, is no number of bytes and no text
    for the ``safetensors`` package either.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a name is given twice")
        return found

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    def finite(digits: str) -> float:
        if math.isinf(number := float(digits)):  # 1e400
            raise ValueError("a number too large")
        return number

    def whole(digits: str) -> int:
        if digits.startswith("-"):
            raise ValueError("a negative number")
        return int(digits)

    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        if not text.startswith("{"):
            raise ValueError("no object")
        found = json.loads(
            text, object_pairs_hook=once, parse_float=finite, parse_int=whole, parse_constant=refuse
        )
        if not _is_flat(found):
            raise ValueError("too many levels")
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # fails on half a surrogate pair
    except (ValueError, RecursionError) as error:
        raise ModelFileError(
            _message(called, path, f"a header that is not sound ({error})"[:200])
        ) from error
    assert isinstance(found, dict)
    return found


def _is_flat(found: dict[str, Any]) -> bool:
    level: list[Any] = [found]
    for _ in range(MOST_LEVELS):
        parts = [part.values() if isinstance(part, dict) else part for part in level]
        level = [inner for part in parts for inner in part if isinstance(inner, dict | list)]
        if not level:
            return True
    return False


def write_file(called: str, path: str | os.PathLike[str], content: bytes) -> None:
    """Put ``content`` at ``path`` completely or not at all, and onto the disk.

    Raises
    ------
    FileAccessError
        If it cannot be written; what was at ``path`` is then still there.  Or if it is in place
        but the disk does not confirm that.
    """
    temporary = None
    try:
        path = os.path.realpath(path)
        if os.path.exists(path) and not os.path.isfile(path):  # a device would be replaced
            raise OSError("something that is not a regular file")
        folder = os.path.dirname(path)
        temporary = os.path.join(  # a name that nobody has: it is removed if anything fails now
            folder, f".{os.path.basename(path)[:40]}.{os.urandom(8).hex()}.tmp"
        )
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        temporary = None
        _sync_folder(called, path, folder)
    except FileAccessError:
        raise
    except (OSError, ValueError, TypeError) as error:
        came = getattr(error, "strerror", None) or str(error)
        do = "Check that the folder exists, can be written to and has space"
        raise FileAccessError(sentence(called, f"to write {path!r}", came, do)) from error
    finally:
        if temporary is not None:
            with suppress(OSError, ValueError):
                os.unlink(temporary)


def _sync_folder(called: str, path: str, folder: str) -> None:
    """Put the folder onto the disk, where the file system can: it holds the file's name."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno in CANNOT_SYNC:
            return
        expected = f"the disk to confirm that {path!r} is in place"
        do = "The file is there, but a power cut could undo it; check the disk"
        raise FileAccessError(sentence(called, expected, f"{error.strerror}", do)) from error


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _is_unicode(name: str) -> bool:
    try:
        return bool(name.encode())
    except UnicodeEncodeError:  # half a surrogate pair
        return False


def _is_text(metadata: object) -> bool:
    return isinstance(metadata, dict) and all(isinstance(value, str) for value in metadata.values())


def _message(called: str, path: str, came: str) -> str:
    do = "It is damaged or was not written by bptt.save; use another copy"
    return sentence(called, f"{path!r} to be a sound model file", came, do)
