"""Checkpoints: the whole `State` of a training in one file, the last two kept.

A file is in the safetensors layout and written by `_safetensors.write_file`: temporary file, fsync,
replace, fsync of the folder.  So there is at every moment a whole file to go on from, and a run
that is killed and resumed ends with the very bits of one that was not.
"""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from typing import Any

import numpy as np

from bptt import _safetensors
from bptt._shapes import Array
from bptt.errors import (
    FellBackWarning,
    FileAccessError,
    InputError,
    ModelFileError,
    OtherRunError,
    sentence,
)
from bptt.params import Params, from_names, named_arrays
from bptt.training.events import History
from bptt.training.state import State

FORMAT, VERSION = "bptt checkpoint", "1"
NAME = re.compile(r"checkpoint-(\d{8})\.safetensors")
LEFT_OVER = re.compile(r"\.checkpoint-\d{8}\.safetensors\.[0-9a-f]+\.tmp")
MOST_HEADER = 2**20
NUMBERS = {
    "epoch", "batch", "total", "counted", "gradient_norm", "clipped_before", "best_value",
    "best_epoch", "scale", "waited", "stopped",
}  # fmt: skip


class Folder:
    """Where the checkpoints of one run are.

    Parameters
    ----------
    path : str or path
        Made if it is not there.
    about : mapping of str to str
        What the run is: net, data, settings.  A run of other ones is not gone on with.
    """

    def __init__(self, path: str | os.PathLike[str], about: Mapping[str, str]) -> None:
        self.path, self.about = os.fspath(path), dict(about)
        self.last: int | None = None  # the number of the last checkpoint that is whole
        try:
            os.makedirs(self.path, exist_ok=True)
            for name in os.listdir(self.path):  # of a run that was killed while it wrote
                if LEFT_OVER.fullmatch(name):
                    os.unlink(os.path.join(self.path, name))
        except (OSError, ValueError) as error:  # ValueError of a name that none can have
            do = "Give a folder that can be written to"
            came = getattr(error, "strerror", None) or str(error)
            expected = f"checkpoint={self.path!r} to be a folder"
            raise FileAccessError(sentence("fit", expected, came, do)) from error

    def numbers(self) -> list[int]:
        """Return the numbers of the checkpoints that are there, the newest first."""
        try:
            names = os.listdir(self.path)
        except OSError as error:  # an unmounted disk
            do = "Bring the folder back"
            expected = f"to read the folder {self.path!r}"
            raise FileAccessError(sentence("fit", expected, f"{error.strerror}", do)) from error
        found = map(NAME.fullmatch, names)
        return sorted((int(match[1]) for match in found if match), reverse=True)

    def file(self, number: int) -> str:
        return os.path.join(self.path, f"checkpoint-{number:08d}.safetensors")

    def write(self, state: State, rng: np.random.Generator) -> str:
        """Write the next checkpoint, forget those before the last two, return the file's name."""
        numbers = self.numbers()
        file = self.file(numbers[0] + 1 if numbers else 1)
        arrays, metadata = _encode(state, rng)
        metadata |= {"format": FORMAT, "version": VERSION, "about": json.dumps(self.about)}
        metadata["sha256"] = _safetensors.digest(arrays, metadata)
        _safetensors.write_file("fit", file, _safetensors.encode(arrays, metadata, MOST_HEADER))
        for number in set(numbers) - {self.last}:  # older ones, and newer ones that are damaged
            with suppress(OSError):
                os.unlink(self.file(number))
        self.last = numbers[0] + 1 if numbers else 1
        return file

    def check(self, state: State, rng: np.random.Generator) -> None:
        """Raise InputError if such a state cannot be written, before any training is done."""
        try:
            _safetensors.encode(*_encode(state, rng), MOST_HEADER)
        except (InputError, TypeError, ValueError, KeyError) as error:
            do = "Let its state be tuples of arrays of floats, (n,) or (n, m), and plain numbers"
            came = f"a state of another kind ({error})"[:200]
            expected = "an optimiser whose state can be written to a checkpoint"
            raise InputError(sentence("fit", expected, came, do)) from error

    def read(self, start: State, rng: np.random.Generator) -> tuple[State, str] | None:
        """Return the newest state that is whole and its file, and move ``rng`` to where it was.

        None if there is no checkpoint.  ``start`` shows the shapes.

        Raises
        ------
        InputError
            If the checkpoint is of a run of other data or settings.
        ModelFileError
            If there are checkpoints, and none is whole.
        """
        failed: ModelFileError | None = None
        for number in self.numbers():
            file = self.file(number)
            try:
                state, generator = self._read(file, start)
            except ModelFileError as error:
                failed = failed or error
                continue
            if failed is not None:
                text = f"{failed} Went on from the one before, {file!r}"
                warnings.warn(text, FellBackWarning, stacklevel=3)
            try:
                _move(rng, generator)
            except InputError:
                raise
            except _UNSOUND as error:
                raise unsound(file, "a state of rng that cannot be") from error
            self.last = number
            return state, file
        if failed is not None:
            came, do = "only damaged ones", "Take them away, or begin in another folder"
            expected = f"a sound checkpoint in {self.path!r}"
            raise ModelFileError(sentence("fit", expected, came, do)) from failed
        return None

    def _read(self, file: str, start: State) -> tuple[State, dict[str, Any]]:
        arrays, metadata = _safetensors.read("fit", file, MOST_HEADER)
        if metadata.get("format") != FORMAT or metadata.get("version") != VERSION:
            raise unsound(file, "a file without our mark")
        if metadata.get("sha256") != _safetensors.digest(arrays, metadata):
            raise unsound(file, "numbers that are not those that were saved")
        about = _safetensors.parse_json("fit", file, metadata["about"])
        for name, value in self.about.items():
            if about.get(name) != value:
                do = f"Give the {name} of that run, or another folder"
                expected = f"{name} {about.get(name)}, as the run in {self.path!r} has"
                raise OtherRunError(sentence("fit", expected, value, do), name)
        try:
            return _decode(arrays, metadata, start)
        except _UNSOUND as error:
            raise unsound(file, "arrays that are not those of this run") from error


_UNSOUND = (KeyError, ValueError, TypeError, AttributeError, OverflowError, RecursionError)


def unsound(file: str, came: str) -> ModelFileError:
    """Return the error about a checkpoint that cannot be used."""
    do = "Take the checkpoint away, or begin in another folder"
    return ModelFileError(sentence("fit", f"{file!r} to be a sound checkpoint", came, do))


def _encode(state: State, rng: np.random.Generator) -> tuple[dict[str, Array], dict[str, str]]:
    arrays = {f"params.{name}": array for name, array in named_arrays(state.params)}
    if state.best is not None:
        arrays |= {f"best.{name}": array for name, array in named_arrays(state.best)}
    numbers: dict[str, Any] = {}
    for name, leaf in _leaves(state.optimizer, "optimizer"):
        if isinstance(leaf, np.ndarray):
            arrays[name] = leaf
        elif isinstance(leaf, np.generic):
            numbers[name] = leaf.item()
        else:
            numbers[name] = leaf
    for field in fields(History):
        arrays[f"history.{field.name}"] = np.array(getattr(state.history, field.name), np.float64)
    for name in ("order", "held_out"):
        if getattr(state, name) is not None:
            arrays[name] = np.asarray(getattr(state, name), np.float64)  # exact below 2^53
    numbers |= {name: getattr(state, name) for name in NUMBERS}
    arrays = {name: array for name, array in arrays.items() if array.size}
    generator = _plain(rng.bit_generator.state)
    return arrays, {"numbers": json.dumps(numbers), "generator": json.dumps(generator)}


def _decode(
    arrays: dict[str, Array], metadata: Mapping[str, str], start: State
) -> tuple[State, dict[str, Any]]:
    numbers, generator = json.loads(metadata["numbers"]), json.loads(metadata["generator"])
    found: dict[str, Any] = {name: numbers[name] for name in NUMBERS}
    found["params"] = _params(arrays, "params.", start.params)
    found["best"] = _params(arrays, "best.", start.params)
    found["optimizer"] = _tree(start.optimizer, "optimizer", arrays, numbers)
    names = [field.name for field in fields(History)]
    histories = {n: arrays.get(f"history.{n}", np.empty(0)).tolist() for n in names}
    found["history"] = History(**histories)
    for name in ("order", "held_out"):
        found[name] = arrays[name].astype(np.intp) if name in arrays else None
    if found["params"] is None:
        raise KeyError("params")
    return State(**found), generator


def _params(arrays: Mapping[str, Array], prefix: str, like: Params) -> Params | None:
    named = {n.removeprefix(prefix): a for n, a in arrays.items() if n.startswith(prefix)}
    if not named:
        return None
    shapes = {name: array.shape for name, array in named_arrays(like)}
    if {name: array.shape for name, array in named.items()} != shapes:
        raise ValueError(prefix)
    return from_names(named)


def _leaves(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yield (name, leaf) for each array and number of an optimiser's state."""
    if isinstance(tree, tuple):
        for number, child in enumerate(tree):
            yield from _leaves(child, f"{name}.{number}")
    elif tree is not None:
        yield name, tree


def _tree(like: Any, name: str, arrays: Mapping[str, Array], numbers: Mapping[str, Any]) -> Any:
    """Build what `_leaves` took apart, in the form of ``like``."""
    if like is None:
        return None
    if isinstance(like, tuple):
        children = [_tree(c, f"{name}.{i}", arrays, numbers) for i, c in enumerate(like)]
        return type(like)(*children) if hasattr(like, "_fields") else tuple(children)
    if isinstance(like, np.ndarray):
        if arrays[name].shape != like.shape:
            raise ValueError(name)
        return arrays[name]
    return type(like)(numbers[name])


def _plain(value: Any) -> Any:
    """Return a generator's state as JSON takes it."""
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray):
        return {"dtype": str(value.dtype), "array": value.tolist()}
    return int(value) if isinstance(value, np.integer) else value


def _move(rng: np.random.Generator, state: dict[str, Any]) -> None:
    """Put a generator where it was when the checkpoint was written."""

    def restored(value: Any) -> Any:
        if isinstance(value, dict) and value.keys() == {"dtype", "array"}:
            return np.array(value["array"], value["dtype"])
        if isinstance(value, dict):
            return {key: restored(entry) for key, entry in value.items()}
        return value

    kind = type(rng.bit_generator).__name__
    if state.get("bit_generator") != kind:
        do = "Give rng as in the run that wrote it"
        expected = f"rng of kind {str(state.get('bit_generator'))[:20]!r}"
        raise InputError(sentence("fit", expected, kind, do))
    rng.bit_generator.state = restored(state)
