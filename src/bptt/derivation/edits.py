"""The right answer as a row of parts, and what becomes of it when a part is written otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from bptt.derivation.exercise import Exercise
from bptt.derivation.text import TEXT, called
from bptt.derivation.tree import (
    Expr,
    Number,
    Partial,
    Product,
    Quotient,
    Role,
    Slope,
    Symbol,
    factors,
)

ONE = Number(1)
SHARE, ERROR = 0, 1  # where 2/m and S_T - y stand


@dataclass(frozen=True)
class Mistake:
    """What is wrong in an answer.

    Parameters
    ----------
    kind : str
        A short name, as ``"no_slope"``.
    message : str
        One sentence for the learner.
    time_stamp : int
        Where it is.
    """

    kind: str
    message: str
    time_stamp: int


class Edit(NamedTuple):
    """A mistake, and the formula of one who makes it: which parts change, and to what."""

    mistake: Mistake
    changes: dict[int, Expr]
    """by the place of the part; 1 for a part left out"""


@dataclass(frozen=True)
class Parts:
    """The right answer: 2/m, error, Wrec, slope, …, Wrec, slope, last factor, and a 1.

    The 1 at the end is where a factor too many is put.
    """

    exercise: Exercise

    @cached_property
    def row(self) -> tuple[Expr, ...]:
        """The parts, in order."""
        error, *rest = map(_value, factors(self.exercise.term))
        assert isinstance(error, Product)
        return (*error.factors, *rest, ONE)

    @cached_property
    def weights(self) -> dict[int, int]:
        """The place of each Wrec, by the time stamp it leads back to, the last one first."""
        return self._places(Role.WEIGHT)

    @cached_property
    def slopes(self) -> dict[int, int]:
        """The place of each slope, by its time stamp, the last one first."""
        return self._places(Role.SLOPE)

    def _places(self, role: Role) -> dict[int, int]:
        links = enumerate(factors(self.exercise.term))
        return {
            int(f.by.time_stamp or 0): n + 1  # + 1: the error is two parts
            for n, f in links
            if isinstance(f, Partial) and f.role is role
        }

    @property
    def last(self) -> int:
        """The place of x_k or State_{k-1}(Out)."""
        return len(self.row) - 2

    @property
    def extra(self) -> int:
        """The place for a factor too many."""
        return len(self.row) - 1

    @property
    def way(self) -> range:
        """The places of all that comes after the error."""
        return range(ERROR + 1, len(self.row))

    # -- how they are called ---------------------------------------------------------------------

    @property
    def T(self) -> int:
        """The number of time stamps."""
        return self.exercise.n_steps

    @property
    def k(self) -> int:
        """The time stamp that is asked for."""
        return self.exercise.time_stamp

    @property
    def function(self) -> str:
        """The activation as it is written: log."""
        return called(self.exercise.activation)

    @property
    def boxes(self) -> bool:
        """Whether there is an activation."""
        return self.exercise.activation != "identity"

    def state_in(self, k: int) -> Symbol:
        """Return State_k(In)."""
        return self.exercise.chain.state_in(k)

    def state_out(self, k: int) -> Symbol:
        """Return State_k(Out)."""
        return self.exercise.chain.state_out(k)

    def slope(self, k: int) -> Slope:
        """Return the derivative of the activation at State_k(In)."""
        return Slope(self.exercise.activation, self.state_in(k))


def _value(factor: Expr) -> Expr:
    return factor.value if isinstance(factor, Partial) else factor


def said(symbol: Symbol) -> str:
    """Return a symbol as the post writes it."""
    return TEXT.symbol(symbol)


def over(above: int, below: Expr) -> Quotient:
    """Return a number divided by something."""
    return Quotient(Number(above), below)
