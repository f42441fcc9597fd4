"""What a network consists of: a cell, sizes, a read-out, and the shapes of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bptt import _checks, activations, readouts
from bptt._shapes import RngLike
from bptt.activations import Activation
from bptt.cells import Cell, Elman
from bptt.errors import InputError, NumberTypeError, ShapeError, sentence
from bptt.params import (
    INITIALIZERS,
    Initializer,
    Linear,
    Params,
    Recurrent,
    fields,
    from_names,
    named_arrays,
    uniform,
)
from bptt.readouts import Readout

CELLS = {Elman.name: Elman}
REAL_DTYPES = {np.dtype(np.float32), np.dtype(np.float64)}
DTYPES = REAL_DTYPES | {np.dtype(np.complex64), np.dtype(np.complex128)}


@dataclass(frozen=True, init=False)
class Architecture:
    """The description that `RNN` computes with: a value, without weights and without memory."""

    cell: Cell
    input_size: int
    hidden_size: int
    readout: Readout
    output_size: int
    bias: bool
    shapes: Mapping[str, tuple[int, ...]] = field(repr=False, compare=False)
    """The shape of each parameter by its name."""
    layout: list[tuple[int, ...] | None] = field(repr=False, compare=False)
    """The same in the order of the fields of `Params`, None where there is no parameter."""

    def __init__(
        self,
        cell: str | Cell = "elman",
        input_size: int = 1,
        hidden_size: int = 1,
        activation: object = None,
        readout: str | Readout = "last",
        output_size: int | None = None,
        bias: bool = True,
    ) -> None:
        values = self.__dict__  # a frozen dataclass is filled here and never again
        values["input_size"] = _checks.positive_int("RNN", "input_size", input_size)
        values["hidden_size"] = _checks.positive_int("RNN", "hidden_size", hidden_size)
        values["cell"] = _find_cell(cell, activation)
        values["readout"] = readouts.find("RNN", readout)
        self.readout.check("RNN", self.cell)
        values["output_size"] = _find_output_size(self.readout, output_size, self.hidden_size)
        if not isinstance(bias, bool | np.bool_):
            do = "Give one of the two"
            raise InputError(sentence("RNN", "bias to be True or False", repr(bias), do))
        values["bias"] = bool(bias)

        rows = self.cell.n_gates * self.hidden_size
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih_l0": (rows, self.input_size),
            "weight_hh_l0": (rows, self.hidden_size),
        }
        if self.bias:
            shapes |= {"bias_ih_l0": (rows,), "bias_hh_l0": (rows,)}
        if self.readout.has_weights:
            shapes["readout.weight"] = (self.output_size, self.hidden_size)
            if self.bias:
                shapes["readout.bias"] = (self.output_size,)
        values["shapes"] = shapes
        values["layout"] = [shapes.get(f"{name}_l0") for name in Recurrent._fields]
        if self.readout.has_weights:
            values["layout"] += [shapes.get(f"readout.{name}") for name in Linear._fields]

    @property
    def activation(self) -> Activation | None:
        """The cell's activation, if it has one."""
        return getattr(self.cell, "activation", None)

    def init(
        self,
        rng: RngLike = None,
        *,
        weight_ih: str | Initializer = uniform,
        weight_hh: str | Initializer = uniform,
        dtype: npt.DTypeLike = np.float64,
    ) -> Params:
        """Draw parameters.

        Parameters
        ----------
        rng : None, int, SeedSequence or Generator
        weight_ih, weight_hh : initialiser or its name
            ``"uniform"`` (default, as PyTorch), ``"glorot_uniform"``, ``"orthogonal"``,
            ``"identity"``; drawn for each gate's block of H rows alone.  Biases and read-out are
            drawn from U(-1/√H, 1/√H), as in PyTorch.
        dtype : float64 or float32

        Examples
        --------
        >>> import bptt
        >>> bptt.RNN(hidden_size=2).init(rng=0, weight_hh="identity").layers[0].weight_hh
        array([[1., 0.],
               [0., 1.]])
        """
        called, H = "RNN.init", self.hidden_size
        try:
            known = np.dtype(dtype) in (np.float32, np.float64)
        except (TypeError, ValueError):
            known = False
        if not known:
            do = "Give one of the two"
            raise NumberTypeError(sentence(called, "dtype float64 or float32", str(dtype), do))
        rng = _checks.generator(called, rng)
        chosen = {"weight_ih_l0": weight_ih, "weight_hh_l0": weight_hh}
        drawn = {}
        for name, shape in self.shapes.items():
            draw = chosen.get(name, uniform)
            if not callable(draw):
                draw = _checks.one_of(called, "initialiser", draw, INITIALIZERS)
            blocks = shape[0] // H if name in chosen else 1
            block = (shape[0] // blocks, shape[1] if len(shape) == 2 else 1)
            parts = [_checks.numbers(called, name, draw(rng, *block, H)) for _ in range(blocks)]
            for part in parts:
                do = "Let the initialiser return an array of (rows, columns)"
                _checks.shape(called, f"a block of {name}", part, block, do)
            drawn[name] = np.concatenate(parts).reshape(shape).astype(dtype)
        return from_names(drawn)

    def check_params(
        self, called: str, params: Params, *, complex_ok: bool = False
    ) -> set[np.dtype[np.generic]]:
        """Raise if these are not parameters of this network; return their dtypes."""
        try:
            given = fields(params)
            dtypes = {array.dtype for array in given if array is not None}
            shapes = [None if array is None else array.shape for array in given]
            known = DTYPES if complex_ok else REAL_DTYPES
            if shapes == self.layout and dtypes <= known and _is_tree(params):
                return dtypes
        except (AttributeError, TypeError):  # no Params, or no arrays in it
            pass
        raise _wrong_params(called, params, self.shapes, complex_ok=complex_ok)


def _is_tree(params: object) -> bool:
    """Return whether these are named tuples, as `map_params` needs them."""
    return (
        isinstance(params, Params)
        and isinstance(params.layers, tuple)
        and all(isinstance(layer, Recurrent) for layer in params.layers)
        and isinstance(params.readout, (Linear, type(None)))
    )


def _wrong_params(
    called: str, params: Params, shapes: Mapping[str, object], *, complex_ok: bool
) -> InputError:
    """Say what is wrong with parameters that do not fit."""
    do = "Make them with init() of the same network"
    if not _is_tree(params):
        came = type(params).__name__
        if came == "Params":
            came = "one that is not made of Recurrent and Linear"
        return InputError(sentence(called, "params to be a Params", came, do))
    named = dict(named_arrays(params))
    for name, array in named.items():
        known = DTYPES if complex_ok else REAL_DTYPES
        if not isinstance(array, np.ndarray) or array.dtype not in known:
            came = str(getattr(array, "dtype", type(array).__name__))
            return NumberTypeError(sentence(called, f"{name} as an array of floats", came, do))
    came = str({name: array.shape for name, array in named.items()})
    return ShapeError(sentence(called, f"parameters {dict(shapes)}", came, do))


def _find_cell(cell: str | Cell, activation: object) -> Cell:
    if not isinstance(cell, Cell):
        kind = _checks.one_of("RNN", "cell", cell, CELLS)
        return kind(activations.find("RNN", "tanh" if activation is None else activation))
    if activation is not None:
        do = "Leave activation out, or give the cell by name"
        came = "a Cell and an activation besides"
        raise InputError(sentence("RNN", "a Cell, which has its own activation", came, do))
    return cell


def _find_output_size(readout: Readout, output_size: int | None, hidden_size: int) -> int:
    if output_size is not None:
        output_size = _checks.positive_int("RNN", "output_size", output_size)
    if readout.has_weights:
        return output_size or 1
    if output_size not in (None, hidden_size):
        came = f"output_size={output_size!r} with hidden_size={hidden_size}"
        do = "Leave output_size out, or give readout='last'"
        raise InputError(sentence("RNN", "one output per state for this read-out", came, do))
    return hidden_size
