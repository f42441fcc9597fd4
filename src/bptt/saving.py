"""Model files: a network and its parameters in the safetensors layout, nothing that can be run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from bptt import _safetensors, activations, cells, readouts
from bptt._shapes import Array
from bptt.errors import InputError, ModelFileError, sentence
from bptt.network import RNN
from bptt.params import Params, from_names, named_arrays

FORMAT, VERSION = "bptt", "2"
BESIDES = "besides."  # arrays that are no parameters
# what files of version 1 do not say, since there was no choice
SINCE_2 = {
    "n_layers": 1,
    "bidirectional": False,
    "dropout": 0.0,
    "initial_state": "zeros",
    "leak": 1.0,
    "peephole": None,
}

Path = str | os.PathLike[str]


class Loaded(NamedTuple):
    """All that a model file holds."""

    net: RNN
    params: Params
    about: dict[str, Any]
    """what was saved besides, as JSON takes it"""
    arrays: dict[str, Array]
    """arrays that were saved besides, such as a scaling"""


def save(
    path: Path,
    net: RNN,
    params: Params,
    *,
    about: Mapping[str, Any] | None = None,
    arrays: Mapping[str, Array] | None = None,
) -> None:
    """Write a network and its parameters to one file, completely or not at all.

    The arrays have PyTorch's names; the real ``safetensors`` package reads the file too.  Of an
    activation of one's own only the name is stored: hand the same one to `load`.

    Parameters
    ----------
    path : str or path
        Usually ``*.safetensors``.
    net : RNN
    params : Params
        Parameters of that network, finite.
    about, arrays : mappings, optional
        What goes with the model, such as names of columns and a scaling: anything that JSON takes
        but negative numbers, and finite arrays of the parameters' dtype.  `load_all` returns them.

    Raises
    ------
    InputError
        If the parameters are not the network's, or not finite.
    FileAccessError
        If the file cannot be written; one that was there before is then still there.

    Examples
    --------
    >>> import bptt, os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "m.safetensors")
    >>> net = bptt.RNN(hidden_size=4)
    >>> bptt.save(path, net, net.init(rng=0))
    >>> net2, params = bptt.load(path)
    >>> net2 == net
    True
    """
    called = "save"
    if not isinstance(net, RNN):
        do = "Give path, network and parameters in this order"
        raise InputError(sentence(called, "net to be an RNN", repr(net), do))
    dtypes = net.check_params(called, params)
    said = _as_json(called, about or {})
    named = dict(named_arrays(params))
    if not all(isinstance(name, str) for name in arrays or ()):
        raise InputError(sentence(called, "text as names of arrays", "others", "Name them by text"))
    named |= {BESIDES + name: np.asarray(array) for name, array in (arrays or {}).items()}
    dtypes = dtypes | {array.dtype for array in named.values()}
    if len(dtypes) > 1:
        came = ", ".join(sorted(str(dtype) for dtype in dtypes))
        raise InputError(sentence(called, "float64 or float32 throughout", came, "Convert them"))
    for name, array in named.items():
        if not np.isfinite(array).all():
            do = "Save the last finite parameters"
            raise InputError(
                sentence(called, "finite parameters", f"NaN or infinity in {name}", do)
            )
    own = net.activation
    if not (
        getattr(cells, cells.BY_NAME.get(net.cell.name, ""), None) is type(net.cell)
        and readouts.BY_NAME.get(net.readout.name) == net.readout
        and (own is None or activations.BY_NAME.get(own.name, own) == own)
        and (own is None or _is_name(own.name))
    ):
        came = "a cell or read-out of your own, or an activation under a name that is ours or odd"
        do = "Give the activation another name; a cell or read-out of your own cannot be saved"
        raise InputError(sentence(called, "a network that load can make again", came, do))
    metadata = {
        "format": FORMAT,
        "version": VERSION,
        "network": json.dumps(description(net)),
        "about": said,
    }
    metadata["sha256"] = _safetensors.digest(named, metadata)
    _safetensors.write_file(called, path, _safetensors.encode(named, metadata))


def _as_json(called: str, about: Mapping[str, Any]) -> str:
    """Return it as a file has it, if it can be read again."""
    try:
        text = json.dumps(dict(about))
        _safetensors.parse_json(called, "about", text)
    except (TypeError, ValueError, RecursionError) as error:
        do = "Save it as text"
        came = str(error.__cause__ or error)[:200]
        raise InputError(
            sentence(called, "about to be JSON without negative numbers", came, do)
        ) from error
    return text


def _is_name(name: object) -> bool:
    return isinstance(name, str) and name.isidentifier() and len(name) <= 60


def description(net: RNN) -> dict[str, object]:
    """Return what `RNN` is to be called with to make this network."""
    return {
        "cell": net.cell.name,
        "input_size": net.input_size,
        "hidden_size": net.hidden_size,
        "activation": None if net.activation is None else net.activation.name,
        "readout": net.readout.name,
        "output_size": net.output_size,
        "bias": net.bias,
        "n_layers": net.n_layers,
        "bidirectional": net.bidirectional,
        "dropout": net.dropout,
        "initial_state": net.initial_state,
        "leak": getattr(net.cell, "leak", None),
        "peephole": getattr(net.cell, "peephole", None),
    }


FIELDS = description(RNN()).keys()


def load(path: Path, *, activation: object = None) -> tuple[RNN, Params]:
    """Read a network and its parameters.

    Safe on files of unknown origin: no code is run, no other file opened, and no more memory
    taken than the file is long.

    Parameters
    ----------
    path : str or path
    activation : Activation or pair of functions, optional
        The activation of one's own that the network was saved with.

    Returns
    -------
    net : RNN
    params : Params

    Raises
    ------
    ModelFileError
        If the file is damaged, cut short, changed, or not ours.
    FileAccessError
        If it cannot be read.
    InputError
        If the network has an activation of one's own and another or none is given.
    """
    loaded = load_all(path, activation=activation)
    return loaded.net, loaded.params


def load_all(path: Path, *, activation: object = None) -> Loaded:
    """Read a network, its parameters, and what was saved besides; otherwise as `load`."""
    called = "load"
    named, metadata = _safetensors.read(called, path)
    name = os.fspath(path)

    def unsound(came: str) -> ModelFileError:
        do = "It is damaged or was not written by bptt.save; use another copy"
        return ModelFileError(sentence(called, f"{name!r} to be a sound model file", came, do))

    if metadata.get("format") != FORMAT:
        raise unsound("a file without our mark")
    version = metadata.get("version", "none")
    if version not in ("1", VERSION):
        raise unsound(f"format version {version[:20]!r}, this bptt reads '1' and {VERSION!r}")
    network = _safetensors.parse_json(called, name, metadata.get("network", ""))
    if version == "1":
        network = SINCE_2 | network
    if network.keys() != FIELDS or network["cell"] not in list(cells.BY_NAME):
        raise unsound("a description of the network that is not sound")
    layers, own = network["n_layers"], network["activation"]
    if isinstance(layers, int) and layers > len(named):  # else so many would be described first
        raise unsound("arrays that are not those of its network")
    stand_in = own
    if _is_name(own) and own not in activations.BY_NAME:
        stand_in = activations.own(np.abs, np.sign, own)
    try:
        net = RNN(**(network | {"activation": stand_in}))
    except InputError as error:
        raise unsound(f"a network that cannot be ({error})"[:300]) from error
    if description(net) != network:
        raise unsound("a description of the network that leaves something out")
    about = _safetensors.parse_json(called, name, metadata.get("about", "{}"))
    besides = {key: array for key, array in named.items() if key.startswith(BESIDES)}
    weights = {key: array for key, array in named.items() if key not in besides}
    if {key: array.shape for key, array in weights.items()} != net.shapes:
        raise unsound("arrays that are not those of its network")
    if metadata.get("sha256") != _safetensors.digest(named, None if version == "1" else metadata):
        raise unsound("weights that are not those that were saved")
    if len({array.dtype for array in named.values()}) != 1:
        raise unsound("arrays of several dtypes")
    if not all(_is_finite(array) for array in named.values()):
        raise unsound("weights that are not finite")
    given = None if activation is None else activations.find(called, activation)
    if isinstance(own, str):  # the file is sound: what is missing now, the caller has
        found = activations.BY_NAME.get(own, given)
        if found is None or found.name != own or given not in (None, found):
            came = "none" if given is None else repr(given.name)
            do = "Give load(path, activation=...) what the network was made with"
            raise InputError(sentence(called, f"the activation {own!r}", came, do))
        net = RNN(**(network | {"activation": found}))
    besides = {key.removeprefix(BESIDES): array for key, array in besides.items()}
    return Loaded(net, from_names(weights), about, besides)


def _is_finite(array: Array) -> bool:
    """Return whether all are finite, without an array of answers: a hostile file may be large."""
    with np.errstate(invalid="ignore"):
        return bool(np.isfinite(array.min()) and np.isfinite(array.max()))  # NaN is both
