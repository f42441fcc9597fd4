"""The numbers of a run, read off its tape: what each symbol of a tree stands for."""

from __future__ import annotations

from typing import Any

import numpy as np

from bptt import activations
from bptt._shapes import Array
from bptt.activations import Activation
from bptt.data import Batch
from bptt.derivation.chain_rule import (
    COUNTS,
    INPUT,
    PREDICTION,
    SOFTMAX,
    STATE,
    STATE_IN,
    TARGET,
    Chain,
)
from bptt.derivation.tree import Expr, Partial, Point, Role, Symbol
from bptt.params import named_arrays
from bptt.run import Run


class Reading:
    """What a run has computed, by symbol.

    Parameters
    ----------
    run : Run
        One forward and one backward.
    batch : Batch
    chain : Chain
        Whose symbols are read.
    activation : Activation
    """

    def __init__(self, run: Run, batch: Batch, chain: Chain, activation: Activation) -> None:
        self.run, self.batch, self.chain = run, batch, chain
        self._weights = {
            chain.names[name.removesuffix("_l0")]: array for name, array in named_arrays(run.params)
        }
        logistic = activations.LOGISTIC
        self.functions: dict[str, tuple[Any, Any]] = {
            "logistic": (logistic, logistic.derivative),
            "softmax": (_softmax, _no_slope),
            chain.activation: (activation, activation.derivative),
        }

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """(B, T, I, H)."""
        n_steps, n, input_size = self.batch.x.shape
        return n, n_steps, input_size, self.run.tape.h.shape[2]

    def weights(self) -> list[tuple[Array, Symbol]]:
        """Return every weight's array with its symbol."""
        return [(array, Symbol(name)) for name, array in self._weights.items()]

    def array(self, symbol: Symbol) -> Any:
        """Return what a symbol stands for: (B, ·) at a time stamp, or a weight, or a number."""
        tape, k = self.run.tape, symbol.time_stamp
        assert not isinstance(k, str)
        if symbol.name in self._weights:
            return self._weights[symbol.name]
        if symbol.name == "m":
            return self.batch.n_counted
        if symbol.name == "ξ":
            return self.run.loss
        if symbol.name == INPUT:
            return self._at(tape.x, k)
        if symbol.name == STATE_IN or (symbol.name == STATE and k):
            return self._at(tape.z, k)
        if symbol.name.startswith(STATE):
            return tape.h[k]
        if symbol.name == TARGET:
            y = self._at(self.batch.y.astype(tape.h.dtype), k)
            # what does not count may be anything, and must have no effect
            return y if self.batch.mask is None else np.where(np.isfinite(y), y, 0.0)
        if symbol.name == COUNTS:
            return self._counts(k)
        if symbol.name == SOFTMAX:
            every = self.chain.readout == "every"
            return _softmax(self._at(self.run.prediction, k if every else None))
        if symbol.name == PREDICTION:
            return self._at(self.run.prediction, k)
        return self._at(self.run.d_prediction, k)

    def _at(self, array: Array, k: int | None) -> Array:
        at: Array = array if k is None else array[k - 1]
        return at

    def _counts(self, k: int | None) -> Array:
        assert self.batch.mask is not None
        mask, y = self._at(self.batch.mask, k), self._at(self.batch.y, k)
        counts = np.broadcast_to(mask[:, None] if self.batch.loss.by_row else mask, y.shape)
        return counts.astype(self.run.tape.h.dtype)

    def by_sequence(self) -> Point:
        """Return where a tree of a network of one state is evaluated: one number a sequence."""

        def value(symbol: Symbol) -> Any:
            array = self.array(symbol)
            if not isinstance(array, np.ndarray):
                return array
            return (
                array[0, 0] if symbol.name in self._weights and array.ndim == 2 else array[..., 0]
            )

        return Point(value, self.functions)

    def in_rows(self) -> Point:
        """Return where a tree of any network is evaluated: a row of numbers for each sequence.

        A weight stands at the right of a row of errors; the box is a diagonal; and the last factor
        of a term gathers the rows of all sequences: ∂ξ/∂W = Σ (∂ξ/∂S)ᵀ x.
        """
        return Point(self.array, self.functions, _times)

    def error_at_state(self, k: int) -> Array:
        """Return ∂ξ/∂State_k(In) as backward wrote it, (B, H)."""
        error: Array = self.run.tape.dz[k - 1]
        return error


def _times(left: Any, right: Any, factor: Expr) -> Any:
    role = factor.role if isinstance(factor, Partial) else None
    if role in (Role.WEIGHT, Role.READOUT):
        return left @ right
    if role in (Role.INPUT, Role.STATE):
        return left.T @ right
    if role is Role.ONE:
        return left.sum(axis=0)
    return left * right


def _no_slope(logits: Array) -> Array:
    raise AssertionError("no chain has a factor that is the derivative of softmax")


def _softmax(logits: Array) -> Array:
    e = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))
