"""The chain rule through time: each derivative at each time stamp, built once.

One time stamp back there are three links, and the middle one is the post's coloured box::

    ∂ξ/∂S_k(In) = ∂ξ/∂S_{k+1}(In) · ∂S_{k+1}(In)/∂S_k(Out) · ∂S_k(Out)/∂S_k(In)
                =       ...       ·          Wrec          ·  [f'(S_k(In))]

and at every time stamp one more leads to each weight: ∂S_k(In)/∂Wx = x_k, and
∂S_k(In)/∂Wrec = S_{k-1}(Out).  The same products, in the same order, are those of larger networks:
then ∂ξ/∂S is a row vector, Wrec the matrix W_hh, and the box a diagonal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from bptt.derivation.tree import (
    Call,
    Expr,
    Negative,
    Number,
    Partial,
    Product,
    Quotient,
    Role,
    Slope,
    Sum,
    Symbol,
)

COST, M, COUNTS = Symbol("ξ"), Symbol("m"), "c"
PREDICTION, TARGET, INPUT = "ŷ", "y", "x"
SOFTMAX = "p"  # softmax(ŷ)
STATE_IN, STATE_OUT, STATE = "S_in", "S_out", "S"
LOSS_FUNCTIONS = ("logistic", "softmax")
"""that stand in the derivative of a cost"""
POST = ("weight_ih", "weight_hh")
"""the weights of the post's network"""
SCALAR = {
    "weight_ih": "Wx",
    "weight_hh": "Wrec",
    "bias_ih": "b_ih",
    "bias_hh": "b_hh",
    "readout.weight": "Wout",
    "readout.bias": "b_out",
}
MATRIX = SCALAR | {"weight_ih": "W_ih", "weight_hh": "W_hh", "readout.weight": "W_out"}


@dataclass(frozen=True)
class Chain:
    """All derivatives of a network of one layer, as trees.

    Parameters
    ----------
    n_steps : int
        T.
    activation : str
        Its name; with ``"identity"`` State(In) and State(Out) are one, and there is no box.
    readout : "state_in", "last" or "every"
    loss : str
        Its name; the derivative of an unknown one is a symbol.
    weights : tuple of str
        By PyTorch's names, in which order they are explained.
    names : mapping from these names to what stands in the formulas
    masked : bool
        Whether some targets do not count.

    Examples
    --------
    >>> from bptt.derivation.tree import factors
    >>> chain = Chain(n_steps=3, activation="logistic")
    >>> [factor.role.value for factor in factors(chain.term("weight_ih", 2))]
    ['error', 'weight', 'slope', 'input']
    """

    n_steps: int
    activation: str
    readout: str = "state_in"
    loss: str = "mse"
    weights: tuple[str, ...] = POST
    names: dict[str, str] = field(default_factory=lambda: SCALAR)
    masked: bool = False

    @cached_property
    def errors(self) -> dict[int, Partial]:
        """∂ξ/∂State_k(In), by k."""
        errors: dict[int, Partial] = {}
        for k in range(self.n_steps, 0, -1):
            errors[k] = self._error_at_state(k, errors)
        return errors

    def weight(self, name: str) -> Symbol:
        """Return a weight as it stands in the formulas."""
        return Symbol(self.names[name])

    def state_in(self, k: int) -> Symbol:
        """Return State_k(In)."""
        return Symbol(STATE if self._is_plain(k) else STATE_IN, k)

    def state_out(self, k: int) -> Symbol:
        """Return State_k(Out)."""
        return Symbol(STATE if self._is_plain(k) else STATE_OUT, k)

    def _is_plain(self, k: int) -> bool:
        """Whether State_k has no activation, so that In and Out are one."""
        last = k == self.n_steps and self.readout == "state_in"
        return k == 0 or last or self.activation == "identity"

    def term(self, weight: str, k: int) -> Product:
        """Return what time stamp k adds to ∂ξ/∂weight."""
        if weight.startswith("readout."):
            d, through, before = self.error_at_prediction(k), self._prediction(k), k
        else:
            d, through, before = self.errors[k], self.state_in(k), k - 1
        by = self.weight(weight)
        if weight == "weight_ih":
            link = Partial(through, by, Symbol(INPUT, k), Role.INPUT)
        elif "bias" in weight:
            link = Partial(through, by, Number(1), Role.ONE)
        else:
            link = Partial(through, by, self.state_out(before), Role.STATE)
        return Product((d, link))

    def time_stamps(self, weight: str) -> range:
        """Return the time stamps at which a weight is used, the last one first."""
        first = self.n_steps if weight.startswith("readout.") and self.readout == "last" else 1
        return range(self.n_steps, first - 1, -1)

    # -- the chain -------------------------------------------------------------------------------

    def _error_at_state(self, k: int, errors: dict[int, Partial]) -> Partial:
        """Build ∂ξ/∂State_k(In) of that of k+1."""
        last = k == self.n_steps
        if last and self.readout == "state_in":
            return self.error_at_prediction(k)
        from_prediction = self.readout == "every" or last
        ways: list[tuple[Partial, ...]] = []
        if not last:
            by, of = self.state_out(k), self.state_in(k + 1)
            back = Partial(of, by, self.weight("weight_hh"), Role.WEIGHT)
            ways.append((errors[k + 1], back))
        if from_prediction:
            weight = self.weight("readout.weight")
            back = Partial(self._prediction(k), self.state_out(k), weight, Role.READOUT)
            ways.append((self.error_at_prediction(k), back))
        links = ways[0]
        if len(ways) > 1:
            both = Sum(tuple(Product(way) for way in ways))
            links = (Partial(COST, self.state_out(k), both, Role.CHAIN),)
        if self.activation != "identity":
            by, of = self.state_in(k), self.state_out(k)
            links = (*links, Partial(of, by, Slope(self.activation, by), Role.SLOPE))
        return Partial(COST, self.state_in(k), Product(links), Role.CHAIN)

    # -- the error -------------------------------------------------------------------------------

    def _prediction(self, k: int) -> Symbol:
        if self.readout == "state_in":
            return Symbol(STATE, k)
        return Symbol(PREDICTION, k if self.readout == "every" else None)

    def error_at_prediction(self, k: int) -> Partial:
        """Build ∂ξ/∂ŷ, which is ∂ξ/∂State_T where the last state is the prediction."""
        stamp = k if self.readout == "every" else None
        prediction, target = self._prediction(k), Symbol(TARGET, stamp)
        return Partial(COST, prediction, self._error(prediction, target, stamp), Role.ERROR)

    def _error(self, prediction: Symbol, target: Symbol, stamp: int | None) -> Expr:
        says: Expr = prediction
        share = Number(2 if self.loss == "mse" else 1)
        if self.loss == "binary_cross_entropy":
            says = Call("logistic", prediction)
        elif self.loss == "categorical_cross_entropy":
            says = Call("softmax", prediction)
        elif self.loss != "mse":
            return Symbol("∂ξ/∂ŷ", stamp)
        counts = (Symbol(COUNTS, stamp),) if self.masked else ()
        return Product((Quotient(share, M), *counts, Sum((says, Negative(target)))))
