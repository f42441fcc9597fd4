"""The derivation of the post's network with plain Python numbers: where there is no NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial

from bptt import scalar
from bptt.derivation.chain_rule import COST, INPUT, STATE, STATE_IN, TARGET, Chain, M
from bptt.derivation.tree import Expr, Point, Symbol, evaluate


class FromFloats:
    """A `Worked` derivation whose numbers are those of `bptt.scalar`.

    Parameters
    ----------
    x : m sequences of T inputs
    y : m targets
    wx, wrec : float
    activation : "logistic", "tanh" or "identity"

    Examples
    --------
    >>> d = FromFloats([[0, 0, 1], [0, 1, 1], [1, 1, 1]], [1, 2, 3], wx=0.2, wrec=1.5)
    >>> round(d.share("weight_hh", 2), 6), round(d.gradient("weight_hh"), 6)
    (-0.22965, -1.308056)
    """

    def __init__(
        self,
        x: Sequence[Sequence[float]],
        y: Sequence[float],
        wx: float,
        wrec: float,
        activation: str = "logistic",
    ) -> None:
        self.chain = Chain(n_steps=len(x[0]), activation=activation)
        self._y, self._weights = y, {"Wx": wx, "Wrec": wrec}
        self._sequences = scalar.trace(x, y, wx, wrec, activation)
        functions = {activation: scalar.ACTIVATIONS[activation]}
        self._points = [Point(partial(self._value, i), functions) for i in range(len(x))]

    @cached_property
    def loss(self) -> float:
        """ξ"""
        predictions = self.numbers(self.chain.state_in(self.chain.n_steps))
        errors = [at - y for at, y in zip(predictions, self._y, strict=True)]
        return sum(error * error for error in errors) / len(errors)

    def _value(self, i: int, symbol: Symbol) -> float:
        """Return what a symbol stands for in sequence i, counted from 0."""
        if symbol.name in self._weights:
            return self._weights[symbol.name]
        if symbol == M:
            return len(self._sequences)
        if symbol == COST:
            return self.loss
        if symbol.name == TARGET:
            return self._y[i]
        k = symbol.time_stamp
        assert isinstance(k, int)
        if symbol.name.startswith(STATE) and k == 0:
            return 0.0
        stamp = self._sequences[i][k - 1]
        if symbol.name == INPUT:
            return float(stamp.x)
        # where In and Out are one, State_k is State_k(In)
        return float(stamp.state_in if symbol.name in (STATE, STATE_IN) else stamp.state_out)

    def numbers(self, expr: Expr) -> list[float]:
        """Return the value of a tree for each sequence."""
        return [float(evaluate(expr, point)) for point in self._points]

    def number(self, expr: Expr, sequence: int) -> float:
        """Return the value of a tree for one sequence, counted from 0."""
        return float(evaluate(expr, self._points[sequence]))

    def share(self, weight: str, time_stamp: int) -> float:
        """Return what a time stamp adds to ∂ξ/∂weight, summed over the sequences."""
        return sum(self.numbers(self.chain.term(weight, time_stamp)))

    def gradient(self, weight: str) -> float:
        """Return ∂ξ/∂weight, the sum over time stamps."""
        return sum(self.share(weight, k) for k in self.chain.time_stamps(weight))
