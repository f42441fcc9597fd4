"""Printing a tree: one walk for every notation; a notation says what each piece looks like.

A tree is shown in one of three views: in ∂'s (∂S3/∂S2(Out)), in symbols (Wrec), or with the run's
numbers (1.5).  A long chain is folded in its middle.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeAlias

from bptt.derivation.tree import (
    Call,
    Expr,
    Negative,
    Number,
    Partial,
    Power,
    Product,
    Quotient,
    Role,
    Slope,
    Sum,
    Symbol,
    factors,
)

ValueOf: TypeAlias = Callable[[Expr], float]
SUM, PRODUCT, POWER, ATOM = range(4)  # how tightly a piece holds together
MOST_FACTORS = 13  # of a chain that is shown whole: up to T = 6 with an activation
MOST_TERMS, FIRST_TERMS = 3, 0  # of a sum, after its first
FIRST, LAST = 5, 3  # how many are left when it is folded


class View(StrEnum):
    """How a derivative is shown."""

    PARTIALS = "partials"
    SYMBOLS = "symbols"
    NUMBERS = "numbers"


class Notation(ABC):
    """What each piece of a formula looks like; pieces are strings.

    Parameters
    ----------
    digits : int
        Significant digits of a number within a formula.
    """

    fraction_level = ATOM
    """how tightly a fraction holds together"""
    times: str
    """between the factors of a chain"""
    tight: str
    """within one factor, and between a weight and the box behind it"""

    def __init__(self, digits: int = 6) -> None:
        self.digits = digits

    def number(self, value: float) -> str:
        """Return a number in the digits that formulas have."""
        return self.numeral(format(value + 0.0, f".{self.digits}g"))  # + 0.0: no -0

    def value(self, value: float) -> str:
        """Return a result, in all its digits."""
        return self.numeral(repr(float(value) + 0.0))

    @abstractmethod
    def numeral(self, text: str) -> str:
        """Return a number that has been written as Python does: -1.5e-07."""

    @abstractmethod
    def symbol(self, symbol: Symbol) -> str: ...

    @abstractmethod
    def partial(self, of: Symbol, by: Symbol) -> str: ...

    @abstractmethod
    def fraction(self, above: str, below: str) -> str: ...

    @abstractmethod
    def power(self, base: str, exponent: int) -> str: ...

    @abstractmethod
    def call(self, function: str, of: str) -> str: ...

    @abstractmethod
    def slope(self, function: str, of: str) -> str: ...

    @abstractmethod
    def sum(self, first: str, rest: Sequence[tuple[str, str]]) -> str:
        """Return first ± …; ``rest`` has pairs of a sign and a term."""

    @abstractmethod
    def parentheses(self, inner: str) -> str: ...

    @abstractmethod
    def mark(self, role: Role, inner: str) -> str:
        """Return a factor so that one sees which part it plays; the box of the slope."""

    @abstractmethod
    def fold(self, n: int, what: str) -> str:
        """Say that n factors, or terms, are not shown."""


def write(expr: Expr, notation: Notation, view: View, number: ValueOf | None = None) -> str:
    """Return a whole formula in one line.

    Examples
    --------
    >>> from bptt.derivation.chain_rule import Chain
    >>> from bptt.derivation.text import TEXT
    >>> term = Chain(n_steps=3, activation="logistic").term("weight_ih", 2)
    >>> write(term, TEXT, View.PARTIALS)
    '∂ξ/∂S3 · ∂S3/∂S2(Out) · [∂S2(Out)/∂S2(In)] · ∂S2(In)/∂Wx'
    >>> write(term, TEXT, View.SYMBOLS)
    '2/m·(S3 - y) · Wrec·[d_log(S2(In))] · x2'
    """
    return notation.times.join(pieces(expr, notation, view, number))


def pieces(
    expr: Expr,
    notation: Notation,
    view: View,
    number: ValueOf | None = None,
    most: int = MOST_FACTORS,
) -> list[str]:
    """Return the factors of a formula, each as a piece between which a line may break."""
    chain = factors(expr)
    walk = _Walk(notation, view, number)
    if len(chain) == 1:
        return [walk.factor(chain[0], SUM)]
    if len(chain) <= most:
        return walk.chain(chain)
    hidden = len(chain) - FIRST - LAST
    return [
        *walk.chain(chain[:FIRST]),
        notation.fold(hidden, "factors"),
        *walk.chain(chain[-LAST:]),
    ]


class _Walk:
    def __init__(self, notation: Notation, view: View, number: ValueOf | None) -> None:
        self.notation, self.view, self.number = notation, view, number

    def chain(self, chain: Sequence[Expr]) -> list[str]:
        """Write factors; a weight and the box behind it are one piece."""
        written: list[str] = []
        before: Expr | None = None
        for factor in chain:
            piece = self.factor(factor, PRODUCT)
            if self._follows(before, factor):
                written[-1] += self.notation.tight + piece
            else:
                written.append(piece)
            before = factor
        return written

    def _follows(self, before: Expr | None, factor: Expr) -> bool:
        return (
            self.view is not View.PARTIALS
            and isinstance(before, Partial)
            and isinstance(factor, Partial)
            and before.role in (Role.WEIGHT, Role.READOUT)
            and factor.role is Role.SLOPE
        )

    def factor(self, factor: Expr, within: int) -> str:
        """Write one factor of the outermost product, marked with its role."""
        if not isinstance(factor, Partial):
            return self.at(factor, within)
        if self.view is View.PARTIALS:
            return self.notation.mark(factor.role, self.notation.partial(factor.of, factor.by))
        if factor.role is Role.SLOPE:  # has its box: needs no parentheses
            return self.notation.mark(factor.role, self.at(factor.value, SUM))
        return self.notation.mark(factor.role, self.at(factor.value, within))

    def at(self, expr: Expr, within: int) -> str:
        """Write an expression, in parentheses if it holds together less tightly than needed."""
        text, level = self.level(expr)
        return text if level >= within else self.notation.parentheses(text)

    def level(self, expr: Expr) -> tuple[str, int]:
        """Write an expression; return also how tightly it holds together."""
        to = self.notation
        if self.number is not None and isinstance(expr, Symbol | Slope | Call | Partial):
            result = self.number(expr)
            return to.number(result), SUM if result < 0 else ATOM
        match expr:
            case Number(value):
                return to.numeral(str(value)), SUM if value < 0 else ATOM
            case Symbol():
                return to.symbol(expr), ATOM
            case Sum(terms):
                signed = [("-", t.of) if isinstance(t, Negative) else ("+", t) for t in terms]
                rest = [(sign, self.at(term, PRODUCT)) for sign, term in signed[1:]]
                if len(rest) > MOST_TERMS:
                    hidden = to.fold(len(rest) - FIRST_TERMS - 1, "terms")
                    rest = [*rest[:FIRST_TERMS], ("+", hidden), rest[-1]]
                return to.sum(self.at(terms[0], SUM), rest), SUM
            case Product(parts):
                return to.tight.join(self.at(part, PRODUCT) for part in parts), PRODUCT
            case Quotient(above, below):
                inside = SUM if to.fraction_level == ATOM else POWER
                fraction = to.fraction(self.at(above, inside), self.at(below, inside))
                return fraction, to.fraction_level
            case Power(base, exponent):
                return to.power(self.at(base, ATOM), exponent), POWER
            case Negative(of):
                return to.numeral("-") + self.at(of, PRODUCT), SUM
            case Call(function, of):
                return to.call(function, self.at(of, SUM)), ATOM
            case Slope(function, of):
                return to.slope(function, self.at(of, SUM)), ATOM
            case Partial(of, by, inner, role):
                if self.view is View.PARTIALS or role is Role.CHAIN:
                    return to.partial(of, by), ATOM
                return self.level(inner)
