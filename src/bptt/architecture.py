"""What a network consists of: a cell, sizes, a read-out, and the shapes of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from typing import TYPE_CHECKING

import numpy as np

from bptt import _checks, activations, cells, readouts
from bptt._shapes import RngLike
from bptt.activations import Activation
from bptt.cells import Cell
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

if TYPE_CHECKING:
    import numpy.typing as npt


REAL_DTYPES = {np.dtype(np.float32), np.dtype(np.float64)}
DTYPES = REAL_DTYPES | {np.dtype(np.complex64), np.dtype(np.complex128)}
INITIAL_STATES = {"zeros": False, "trained": True}


@dataclass(frozen=True, init=False)
class Architecture:
    """The description that `RNN` computes with: a value, without weights and without memory."""

    cell: Cell
    input_size: int
    hidden_size: int
    readout: Readout
    output_size: int
    bias: bool
    n_layers: int
    bidirectional: bool
    dropout: float
    initial_state: str
    n_directions: int = field(repr=False, compare=False)
    """D: 2 if the layers read in both directions, else 1."""
    n_parts: int = field(repr=False, compare=False)
    """L·D: layers times directions."""
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
        *,
        n_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        initial_state: str = "zeros",
        leak: float | None = None,
        peephole: bool | None = None,
    ) -> None:
        values = self.__dict__  # a frozen dataclass is filled here and never again
        values["input_size"] = _checks.positive_int("RNN", "input_size", input_size)
        values["hidden_size"] = _checks.positive_int("RNN", "hidden_size", hidden_size)
        values["cell"] = _find_cell(cell, activation, leak, peephole)
        values["n_layers"] = _checks.positive_int("RNN", "n_layers", n_layers)
        values["bidirectional"] = _checks.true_or_false("RNN", "bidirectional", bidirectional)
        values["n_directions"] = 2 if self.bidirectional else 1
        values["n_parts"] = self.n_layers * self.n_directions
        values["dropout"] = _checks.real_in("RNN", "dropout", dropout, 0.0, 1.0, open_high=True)
        if dropout and n_layers == 1:
            came, do = f"dropout={dropout!r} with one", "Give n_layers=2 or more, or leave it out"
            raise InputError(sentence("RNN", "several layers to drop out between", came, do))
        _checks.one_of("RNN", "initial_state", initial_state, INITIAL_STATES)
        values["initial_state"] = initial_state
        values["readout"] = readouts.find("RNN", readout)
        self.readout.check("RNN", self.cell, self.n_directions)
        values["output_size"] = _find_output_size(self.readout, output_size, self.hidden_size)
        values["bias"] = _checks.true_or_false("RNN", "bias", bias)
        values["shapes"] = self._find_shapes()
        parts = [
            f"_l{number}{way}"
            for way in ("", "_reverse")[: self.n_directions]
            for number in range(self.n_layers)
        ]
        values["layout"] = [
            self.shapes.get(f"{name}{part}") for part in parts for name in Recurrent._fields
        ]
        if self.readout.has_weights:
            values["layout"] += [self.shapes.get(f"readout.{name}") for name in Linear._fields]

    def _find_shapes(self) -> dict[str, tuple[int, ...]]:
        H, D = self.hidden_size, self.n_directions
        rows = self.cell.n_gates * H
        shapes: dict[str, tuple[int, ...]] = {}
        for number in range(self.n_layers):
            for part in (f"_l{number}", f"_l{number}_reverse")[:D]:
                shapes |= {
                    f"weight_ih{part}": (rows, D * H if number else self.input_size),
                    f"weight_hh{part}": (rows, H),
                }
                if self.bias:
                    shapes |= {f"bias_ih{part}": (rows,), f"bias_hh{part}": (rows,)}
                if self.cell.peepholes:
                    shapes[f"weight_peephole{part}"] = (len(self.cell.peepholes), H)
                if self.is_trained:
                    shapes[f"initial_state{part}"] = (len(self.cell.states), H)
        if self.readout.has_weights:
            shapes["readout.weight"] = (self.output_size, D * H)
            if self.bias:
                shapes["readout.bias"] = (self.output_size,)
        return shapes

    @property
    def is_trained(self) -> bool:
        """Whether State_0 is a parameter."""
        return INITIAL_STATES[self.initial_state]

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
            ``"identity"``; drawn for each gate's block of H rows alone.  Biases, peepholes and
            read-out are drawn from U(-1/√H, 1/√H), as in PyTorch; trained initial states are 0.
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
        chosen = {"weight_ih": weight_ih, "weight_hh": weight_hh}
        drawn = {}
        for name, shape in self.shapes.items():
            if name.startswith("initial_state"):
                drawn[name] = np.zeros(shape, dtype)
                continue
            kind = name.split("_l")[0]
            draw = chosen.get(kind, uniform)
            if not callable(draw):
                draw = _checks.one_of(called, "initialiser", draw, INITIALIZERS)
            blocks = self.cell.n_gates if kind in chosen else 1
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
        and isinstance(params.reverse, tuple)
        and {*map(type, params.layers), *map(type, params.reverse)} <= {Recurrent}
        and (params.readout is None or isinstance(params.readout, Linear))
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


def _find_cell(
    cell: str | Cell, activation: object, leak: float | None, peephole: bool | None
) -> Cell:
    options = {"activation": activation, "leak": leak, "peephole": peephole}
    given = {name: value for name, value in options.items() if value is not None}
    if not isinstance(cell, Cell):
        kind = getattr(cells, _checks.one_of("RNN", "cell", cell, cells.BY_NAME))
        known = [field.name for field in dataclass_fields(kind)]
        if not set(given) <= set(known):
            name = next(name for name in given if name not in known)
            takes = f"the options of {cell!r} alone ({', '.join(known) or 'it has none'})"
            raise InputError(sentence("RNN", takes, f"{name}=", f"Leave {name} out"))
        if "activation" in given:
            given["activation"] = activations.find("RNN", activation)
        found: Cell = kind(**given)
        return found
    if given:
        name = next(iter(given))
        do = f"Leave {name} out, or give the cell by name"
        came = f"a Cell and {name}= besides"
        raise InputError(sentence("RNN", "a Cell, which has its own options", came, do))
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
