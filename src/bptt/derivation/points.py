"""Random points to compare formulas at: weights, inputs, and the states that follow from them."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from bptt.derivation.chain_rule import INPUT, STATE, STATE_IN, STATE_OUT, TARGET, M
from bptt.derivation.tree import Expr, Function, Point, Symbol, evaluate
from bptt.scalar import ACTIVATIONS

# A right formula, however written, differs from ours by rounding: some 1e-16 for each of its
# operations, more where it subtracts.  The points below let no difference lose more than five
# digits; a wrong formula differs in its first ones.
TOLERANCE = 1e-9
N_POINTS = 4
FUNCTIONS: dict[str, tuple[Function, Function]] = ACTIVATIONS | {
    "exp": (math.exp, math.exp),
    "cosh": (math.cosh, math.sinh),
    "sech": (lambda a: 1 / math.cosh(a), lambda a: -math.tanh(a) / math.cosh(a)),
}


@dataclass(frozen=True)
class Place:
    """A point, and the quantities that were drawn for it."""

    values: dict[Symbol, float]
    """every symbol"""
    drawn: tuple[Symbol, ...]
    """those that the rest follows from"""

    def value(self, expr: Expr) -> float:
        """Return the value of a formula here: NaN where it has none, as 1/0."""
        try:
            found = evaluate(expr, Point(self.values.__getitem__, FUNCTIONS))
        except (ZeroDivisionError, OverflowError, ValueError):
            return math.nan
        return float(found) if math.isfinite(found) else math.nan


@cache
def draw(n_steps: int, activation: str, *, zero_state: bool = False) -> tuple[Place, ...]:
    """Return the points for a network, always the same ones.

    State_0 is zero in the network.  Here it is not, so that S0 counts as a factor.  With
    ``zero_state`` the other states follow from a State_0 of zero all the same, so that State_1(In)
    may be written x1·Wx.

    Examples
    --------
    >>> place, *_ = draw(n_steps=2, activation="identity")
    >>> round(place.values[Symbol("S", 1)] * place.values[Symbol("Wrec")], 2) == round(
    ...     place.values[Symbol("S", 2)] - place.values[Symbol("x", 2)] * place.values[Symbol("Wx")], 2)
    True
    """  # noqa: E501
    rng = random.Random(f"{n_steps} {activation}")
    return tuple(_place(rng, n_steps, activation, zero_state) for _ in range(N_POINTS))


def draw_for(
    answer: str, n_steps: int, activation: str, *, zero_state: bool = False
) -> tuple[Place, ...]:
    """Return points for one answer alone: nobody can write a formula that fits them by chance.

    Here m is no whole number, so that a factor as (m-3)(m-4) cannot hide.
    """
    rng = random.Random(f"{n_steps} {activation} {answer}")
    places = []
    for _ in range(N_POINTS):
        m = round(rng.uniform(2.1, 9.9), 3)
        places.append(_place(rng, n_steps, activation, zero_state, m))
    return tuple(places)


def _place(
    rng: random.Random, n_steps: int, activation: str, zero_state: bool, m: float | None = None
) -> Place:
    def some(low: float, high: float) -> float:  # two digits behind the point: they are shown
        return round(rng.choice((-1, 1)) * rng.uniform(low, high), 2)

    values = {
        Symbol("Wx"): some(0.5, 1.5),
        Symbol("Wrec"): some(0.5, 1.5),
        M: float(rng.randint(3, 9)) if m is None else m,
        Symbol(STATE, 0): some(0.2, 0.9),
    }
    for k in range(1, n_steps + 1):
        values[Symbol(INPUT, k)] = some(0.3, 1.5)
    drawn = tuple(values)
    wx, wrec = values[Symbol("Wx")], values[Symbol("Wrec")]
    state = 0.0 if zero_state else values[Symbol(STATE, 0)]
    function = ACTIVATIONS[activation][0]
    for k in range(1, n_steps + 1):
        before = state * wrec + values[Symbol(INPUT, k)] * wx
        state = before if k == n_steps else function(before)
        values[Symbol(STATE_IN, k)] = before
        values[Symbol(STATE_OUT, k)] = values[Symbol(STATE, k)] = state
    # an error about as large as the state: its digits are not lost in State_T - y
    values[Symbol(TARGET)] = round(state + (1 + abs(state)) * some(0.4, 0.9), 2)
    return Place(values, (*drawn, Symbol(TARGET)))


def equal(one: Sequence[float], other: Sequence[float]) -> bool:
    """Return whether two formulas have the same values at all points.

    Examples
    --------
    >>> equal([0.1 + 0.2], [0.3]), equal([0.3], [0.30001]), equal([float("nan")], [0.3])
    (True, False, False)
    """
    return all(
        math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=0.0) for a, b in zip(one, other, strict=True)
    )
