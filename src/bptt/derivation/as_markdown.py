"""A document as Markdown, its formulas in the LaTeX that GitHub and Jupyter draw."""

from __future__ import annotations

import re

from bptt.derivation.as_latex import beside, equation
from bptt.derivation.document import Beside, Block, Document, Equation, Heading, Piece, Prose, Table
from bptt.derivation.latex import Latex
from bptt.derivation.text import clean

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|$~&])")
SIDES = {"l": ":--", "r": "--:"}
WIDTH = 100  # letters of a formula before it goes on in the next line


def as_markdown(document: Document, digits: int = 6) -> str:
    """Write a document as Markdown; boxes are LaTeX's."""
    writer = _Writer(Latex(digits))
    return "\n\n".join([f"# {escape(document.title)}", *map(writer.block, document.blocks)]) + "\n"


def escape(text: str) -> str:
    r"""Return text that Markdown shows as it is.

    Examples
    --------
    >>> print(escape("a*b|<i>"))
    a\*b\|\<i\>
    """
    return SPECIAL.sub(r"\\\1", clean(text))


class _Writer:
    def __init__(self, notation: Latex) -> None:
        self.notation = notation

    def block(self, block: Block) -> str:
        match block:
            case Heading(level, text):
                return f"{'#' * level} {escape(text)}"
            case Prose(pieces):
                return "".join(map(self.piece, pieces))
            case Table(header, rows, numeric, _):
                lines = [f"| {' | '.join(map(self.piece, row))} |" for row in (header, *rows)]
                lines.insert(1, f"|{'|'.join(SIDES[side] for side in numeric)}|")
                return "\n".join(lines)
            case Equation(left, lines_of):
                return f"$$\n{equation(self.notation, left, lines_of, 'aligned', WIDTH)}\n$$"
            case Beside(one, two):
                return beside(self.notation, one, two, "$$", "$$")

    def piece(self, piece: Piece) -> str:
        return escape(piece) if isinstance(piece, str) else f"${piece.write(self.notation)}$"
