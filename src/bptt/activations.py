"""Activation functions: f, and next to it its derivative by hand.

Both write into a given array, so that nothing is allocated inside the loop over time.  A derivative
is a function of State(In), not of State(Out): the usual forms s(1 - s) and 1 - tanh² lose all
digits where the unit saturates, the forms below lose none::

    logistic'(a) = s(1 - s) = e^a / (1 + e^a)² = 1 / (2 + 2 cosh a)
    tanh'(a)     = 1 - tanh² a               = 1 / cosh² a

An overflow of exp or cosh is meant: its reciprocal is the right value, 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from bptt import _checks
from bptt._shapes import Array
from bptt.errors import InputError, NumberTypeError, ShapeError, sentence

Into: TypeAlias = Callable[[Array, Array], Any]  # (z, out): writes a function of z into out
Plain: TypeAlias = Callable[[Array], Array]


@dataclass(frozen=True, repr=False)
class Activation:
    """A function of State(In) and its derivative, each writing into a given array.

    Parameters
    ----------
    name : str
        Its name in messages and files.
    f : callable (z, out)
        Writes State(Out) = f(z) into ``out``; both of one shape and dtype.
    df : callable (z, out)
        Writes the derivative ∂State(Out)/∂State(In) = f'(z) into ``out``.
    complex_step : bool
        Whether f is analytic and takes complex z, so that a complex step can check f'.

    Examples
    --------
    >>> import bptt, numpy as np
    >>> bptt.activations.LOGISTIC(np.array([0.0, 1.0])).round(4)
    array([0.5   , 0.7311])
    >>> bptt.activations.LOGISTIC.derivative(np.array([0.0, 1.0])).round(4)
    array([0.25  , 0.1966])
    """

    name: str
    f: Into
    df: Into
    complex_step: bool = True

    def __repr__(self) -> str:
        return f"<activation {self.name}>"

    def __call__(self, z: Array) -> Array:
        """Return f(z) in a new array."""
        return self._new("f", self.f, z)

    def derivative(self, z: Array) -> Array:
        """Return f'(z) in a new array."""
        return self._new("derivative", self.df, z)

    def _new(self, method: str, function: Into, z: Array) -> Array:
        z = _checks.numbers(f"Activation.{method}", "z", z, complex_ok=True)
        out = np.empty_like(z)
        with np.errstate(over="ignore", under="ignore"):
            function(z, out)
        return out


def _keep_finite(z: Array) -> None:
    """Cut complex numbers: their exp overflows to NaN where the real one gives infinity."""
    if z.dtype.kind == "c":
        np.minimum(z, 700.0 if z.dtype.itemsize == 16 else 85.0, out=z)


def _stay_on_piece(z: Array, out: Array) -> None:
    """Let a complex step stay on the piece it starts from."""
    if z.dtype.kind == "c":
        np.copyto(out, np.where(z.real > 0, z, 0.0))


def _logistic(z: Array, out: Array) -> None:
    np.negative(z, out)
    _keep_finite(out)
    np.exp(out, out)
    np.add(out, 1.0, out)
    np.reciprocal(out, out)


def _d_logistic(z: Array, out: Array) -> None:
    np.cosh(z, out)
    np.add(out, 1.0, out)
    np.divide(0.5, out, out)


def _d_tanh(z: Array, out: Array) -> None:
    np.cosh(z, out)
    np.multiply(out, out, out)
    np.reciprocal(out, out)


def _relu(z: Array, out: Array) -> None:
    np.maximum(z, 0.0, out=out)
    _stay_on_piece(z, out)


def _d_relu(z: Array, out: Array) -> None:
    np.greater(z, 0.0, out)


def _d_identity(_z: Array, out: Array) -> None:
    np.copyto(out, 1.0)


IDENTITY = Activation("identity", np.positive, _d_identity)
LOGISTIC = Activation("logistic", _logistic, _d_logistic)
TANH = Activation("tanh", np.tanh, _d_tanh)
RELU = Activation("relu", _relu, _d_relu, complex_step=False)  # relu'(0) = 0, as in PyTorch

BY_NAME = {a.name: a for a in (IDENTITY, LOGISTIC, TANH, RELU)}


def own(f: Plain, df: Plain, name: str = "own") -> Activation:
    """Make an activation of a pair of functions: f and its derivative, each of State(In).

    Parameters
    ----------
    f, df : callable (z) -> array
        Element-wise functions of an array, returning an array of the same shape.
    name : str
        Its name in messages and in model files.

    Examples
    --------
    >>> import bptt, numpy as np
    >>> softplus = bptt.activations.own(
    ...     lambda z: np.log1p(np.exp(z)), lambda z: 1 / (1 + np.exp(-z)), "softplus")
    >>> net = bptt.RNN(activation=softplus)
    """
    if not (callable(f) and callable(df)):
        expected = "two functions (f, derivative of f)"
        do = "Give two functions of an array"
        raise InputError(sentence("activations.own", expected, f"{f!r} and {df!r}", do))

    def into(role: str, function: Plain) -> Into:
        def write(z: Array, out: Array) -> None:
            value = _checks.as_array(function(z))
            if value.shape != z.shape:
                expected = f"{role} to return an array of shape {z.shape}"
                do = "Write it element by element, without sums"
                raise ShapeError(
                    sentence(f"activation {name!r}", expected, f"shape {value.shape}", do)
                )
            if not np.can_cast(value.dtype, out.dtype, "same_kind"):
                expected = f"{role} to return numbers of {out.dtype}"
                do = "Write it with the operations of arrays"
                raise NumberTypeError(
                    sentence(f"activation {name!r}", expected, f"{value.dtype}", do)
                )
            np.copyto(out, value, casting="same_kind")

        return write

    return Activation(name, into("f", f), into("df", df), complex_step=False)


def find(called: str, activation: object) -> Activation:
    """Return the activation meant by a name, an `Activation` or a pair of functions."""
    if isinstance(activation, Activation):
        return activation
    if isinstance(activation, tuple):
        if len(activation) == 2 and all(callable(function) for function in activation):
            return own(*activation)
        expected = "activation to be a pair of functions (f, derivative of f)"
        raise InputError(sentence(called, expected, repr(activation), "Give exactly two functions"))
    return _checks.one_of(called, "activation", activation, BY_NAME)
