"""The expression tree: one tree is evaluated, printed, proved and compared with an answer.

A derivative is a `Product` of `Partial` nodes in the order a teacher writes them.  Each says which
derivative it is (∂S3/∂S2(Out)), what that is in symbols (Wrec), and which part it plays.  Nothing
here knows what a number is: a tree is evaluated with floats, arrays, mpmath's or SymPy's numbers.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias


class Role(StrEnum):
    """The part that a factor plays in the chain rule."""

    ERROR = "error"  # ∂ξ/∂ŷ: where the chain begins
    WEIGHT = "weight"  # one time stamp back
    READOUT = "readout"  # from the prediction to the state
    SLOPE = "slope"  # f'(State(In)): the coloured box, all that an activation adds
    INPUT = "input"  # x_k
    STATE = "state"  # State_{k-1}(Out)
    ONE = "one"  # of a bias
    CHAIN = "chain"  # a derivative that the chain rule takes apart


@dataclass(frozen=True)
class Number:
    """A whole number."""

    value: int


@dataclass(frozen=True)
class Symbol:
    """A quantity at a time stamp: State_2(In) is ``Symbol("S_in", 2)``.

    ``index`` is that of an entry; a time stamp such as ``"k-1"`` is one of any.
    """

    name: str
    time_stamp: int | str | None = None
    index: tuple[int, ...] = ()


@dataclass(frozen=True)
class Sum:
    """The sum of its terms; a `Negative` term is subtracted."""

    terms: tuple[Expr, ...]


@dataclass(frozen=True)
class Product:
    """The product of its factors, in this order."""

    factors: tuple[Expr, ...]


@dataclass(frozen=True)
class Quotient:
    """above / below"""

    above: Expr
    below: Expr


@dataclass(frozen=True)
class Power:
    """base to a whole number"""

    base: Expr
    exponent: int


@dataclass(frozen=True)
class Negative:
    """-of"""

    of: Expr


@dataclass(frozen=True)
class Call:
    """A function of an expression, by the function's name."""

    function: str
    of: Expr


@dataclass(frozen=True)
class Slope:
    """The derivative of a function at an expression: d_log(S2(In))."""

    function: str
    of: Expr


@dataclass(frozen=True, eq=False)
class Partial:
    """∂of/∂by, and what that is; one that looks alike is not the same."""

    of: Symbol
    by: Symbol
    value: Expr
    role: Role


Expr: TypeAlias = (
    Number | Symbol | Sum | Product | Quotient | Power | Negative | Call | Slope | Partial
)
Function: TypeAlias = Callable[[Any], Any]


def _times(left: Any, right: Any, factor: Expr) -> Any:
    return operator.mul(left, right)


@dataclass(frozen=True)
class Point:
    """Where a tree is evaluated.

    Parameters
    ----------
    value : callable (Symbol) -> number
    functions : mapping from a name to (function, its derivative)
    times : callable (left, right, factor) -> number
        Multiplies by a factor; numbers that are matrices need to know which part it plays.
    """

    value: Callable[[Symbol], Any]
    functions: Mapping[str, tuple[Function, Function]]
    times: Callable[[Any, Any, Expr], Any] = _times
    known: dict[Partial, Any] = field(default_factory=dict)
    """links that were evaluated before, each node by itself: a chain of T links is walked once"""


def evaluate(expr: Expr, at: Point) -> Any:
    """Return the value of a tree at a point.

    Examples
    --------
    >>> error = Product((Quotient(Number(2), Symbol("m")), Sum((Symbol("S", 3), Negative(Symbol("y"))))))
    >>> evaluate(error, Point({Symbol("m"): 4, Symbol("S", 3): 1.5, Symbol("y"): 2}.__getitem__, {}))
    -0.25
    """  # noqa: E501
    match expr:
        case Number(value):
            return value
        case Symbol():
            return at.value(expr)
        case Sum(terms):
            total = evaluate(terms[0], at)
            for term in terms[1:]:
                total = total + evaluate(term, at)
            return total
        case Product(factors):
            product = evaluate(factors[0], at)
            for factor in factors[1:]:
                product = at.times(product, evaluate(factor, at), factor)
            return product
        case Quotient(above, below):
            return evaluate(above, at) / evaluate(below, at)
        case Power(base, exponent):
            return evaluate(base, at) ** exponent
        case Negative(of):
            return -evaluate(of, at)
        case Call(function, of):
            return at.functions[function][0](evaluate(of, at))
        case Slope(function, of):
            return at.functions[function][1](evaluate(of, at))
        case Partial(_, _, value, role):
            if role is not Role.CHAIN:
                return evaluate(value, at)
            if expr not in at.known:
                at.known[expr] = evaluate(value, at)
            return at.known[expr]


def factors(expr: Expr) -> tuple[Expr, ...]:
    """Return the factors of a derivative, its chain taken apart to the end, first factor first.

    ∂ξ/∂S1(In) · x1 becomes ∂ξ/∂S3 · ∂S3/∂S2(Out) · ∂S2(Out)/∂S2(In) · … · x1.
    """
    found: list[Expr] = []
    rest: Expr | None = expr
    while rest is not None:  # a loop, not a recursion: a chain may have thousands of links
        head, rest = rest, None
        if isinstance(head, Partial) and head.role is Role.CHAIN:
            if isinstance(head.value, Product):
                rest = head.value
            else:  # a sum of two ways, or the error itself
                found.append(head)
        elif isinstance(head, Product) and any(isinstance(f, Partial) for f in head.factors):
            found.extend(reversed(head.factors[1:]))
            rest = head.factors[0]
        else:
            found.append(head)
    return tuple(reversed(found))


def symbols(expr: Expr) -> Iterator[Symbol]:
    """Yield every symbol of a tree, from left to right."""
    match expr:
        case Symbol():
            yield expr
        case Sum(parts) | Product(parts):
            for part in parts:
                yield from symbols(part)
        case Quotient(above, below):
            yield from symbols(above)
            yield from symbols(below)
        case Power(of, _) | Negative(of) | Call(_, of) | Slope(_, of) | Partial(_, _, of, _):
            yield from symbols(of)
        case Number():
            return


def numbers(expr: Expr) -> Iterator[float]:
    """Yield every number of a tree; of a quotient of two, their quotient."""
    match expr:
        case Quotient(Number(above), Number(below)) if below:
            yield above / below
        case Number(value):
            yield float(value)
        case Sum(parts) | Product(parts):
            for part in parts:
                yield from numbers(part)
        case Quotient(above, below):
            yield from numbers(above)
            yield from numbers(below)
        case Power(of, _) | Negative(of) | Call(_, of) | Slope(_, of) | Partial(_, _, of, _):
            yield from numbers(of)
        case Symbol():
            return
