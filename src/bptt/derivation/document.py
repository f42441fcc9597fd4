"""What is said about a derivation, before it is text, Markdown, LaTeX or HTML.

A document is a list of blocks; a block is made of pieces.  A string is prose, `Formula` and `Value`
are left to the notation of whoever writes the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from bptt.derivation.notation import MOST_FACTORS, Notation, ValueOf, View, pieces
from bptt.derivation.tree import Expr


@dataclass(frozen=True)
class Formula:
    """A tree in one of its views."""

    expr: Expr
    view: View = View.SYMBOLS
    number: ValueOf | None = None
    most: int = MOST_FACTORS
    """factors that are shown before the chain is folded"""

    def pieces(self, notation: Notation) -> list[str]:
        """Return its factors in a notation."""
        return pieces(self.expr, notation, self.view, self.number, self.most)

    def write(self, notation: Notation) -> str:
        """Return it in one line."""
        return notation.times.join(self.pieces(notation))


@dataclass(frozen=True)
class Value:
    """A number: a result, in all its digits, or one within the text."""

    value: float
    whole: bool = True

    def write(self, notation: Notation) -> str:
        """Return it in a notation."""
        return notation.value(self.value) if self.whole else notation.number(self.value)


Piece: TypeAlias = str | Formula | Value


@dataclass(frozen=True)
class Heading:
    """A heading of a section, level 1 to 3."""

    level: int
    text: str


@dataclass(frozen=True)
class Prose:
    """A paragraph."""

    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Table:
    """A table; ``numeric`` has r or l for each column."""

    header: tuple[Piece, ...]
    rows: tuple[tuple[Piece, ...], ...]
    numeric: str
    caption: str
    """what it shows, for those who hear it"""


@dataclass(frozen=True)
class Line:
    """One line of an equation: = or + and what follows."""

    piece: Piece
    sign: str = "="
    note: str = ""


@dataclass(frozen=True)
class Equation:
    """left = … = …"""

    left: Formula
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Beside:
    """Two equations, beside each other where there is room."""

    left: Equation
    right: Equation


Block: TypeAlias = Heading | Prose | Table | Equation | Beside


@dataclass(frozen=True)
class Document:
    """A title and blocks."""

    title: str
    blocks: tuple[Block, ...]


def short(value: float) -> Value:
    """Return a number in the digits of the text."""
    return Value(float(value), whole=False)


def fold(n: int, first: int, last: int) -> list[int | None]:
    """Return the numbers 0 … n-1, or the first and the last with None for those between.

    Examples
    --------
    >>> fold(9, first=2, last=1)
    [0, 1, None, 8]
    >>> fold(4, first=2, last=1)
    [0, 1, 2, 3]
    """
    if n <= first + last + 1:
        return list(range(n))
    return [*range(first), None, *range(n - last, n)]
