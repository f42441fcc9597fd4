"""A document as LaTeX that compiles by itself."""

from __future__ import annotations

import re

from bptt.derivation.document import (
    Beside,
    Block,
    Document,
    Equation,
    Formula,
    Heading,
    Line,
    Piece,
    Prose,
    Table,
)
from bptt.derivation.latex import Latex, escape

BEGIN = r"""\documentclass[a4paper,10pt,fleqn]{article}
\usepackage{amsmath,array}
\usepackage{color}
\usepackage[margin=18mm]{geometry}
\definecolor{edge}{rgb}{0.70,0.38,0.00}
\definecolor{fill}{rgb}{1.00,0.93,0.78}
% the factors that the activation adds
\newcommand{\activationbox}[1]{{\setlength{\fboxsep}{2pt}%
\fcolorbox{edge}{fill}{$\displaystyle #1$}}}
\allowdisplaybreaks
\setlength{\parindent}{0pt}
\renewcommand{\arraystretch}{1.3}
\setlength{\extrarowheight}{3pt}
\setlength{\parskip}{1ex}
\begin{document}
"""
BOX = "\\activationbox"
SECTIONS = {1: "section*", 2: "section*", 3: "subsection*"}
WIDTH = 84  # letters of a formula that fit into a line
COMMAND = re.compile(r"\\[a-zA-Z]+|[{}_^\\ ]")


def as_latex(document: Document, digits: int = 6) -> str:
    """Write a document as a LaTeX file."""
    return f"{BEGIN}{_body(document, Latex(digits, box=BOX))}\n\\end{{document}}\n"


def as_latex_part(document: Document, digits: int = 6) -> str:
    """Write a document as a part of a LaTeX file that has amsmath, for a notebook."""
    return _body(document, Latex(digits))


def _body(document: Document, notation: Latex) -> str:
    writer = _Writer(notation)
    title = f"\\section*{{{writer.piece(document.title)}}}"
    return "\n\n".join([title, *map(writer.block, document.blocks)]) + "\n"


class _Writer:
    def __init__(self, notation: Latex) -> None:
        self.notation = notation

    def block(self, block: Block) -> str:
        match block:
            case Heading(level, text):
                return f"\\{SECTIONS[level]}{{{escape(text)}}}"
            case Prose(pieces):
                return "".join(map(self.piece, pieces))
            case Table(header, rows, numeric, _):
                lines = [" & ".join(map(self.piece, row)) + r" \\" for row in (header, *rows)]
                lines.insert(1, r"\hline")
                table = ["\\begin{tabular}{" + numeric + "}", *lines, r"\end{tabular}"]
                return "\n".join([r"\begin{center}", *table, r"\end{center}"])
            case Equation(left, lines_of):
                return equation(self.notation, left, lines_of, "align*", WIDTH)
            case Beside(one, two):
                return beside(self.notation, one, two, "\\[", "\\]")

    def piece(self, piece: Piece) -> str:
        return escape(piece) if isinstance(piece, str) else f"${piece.write(self.notation)}$"


def equation(
    notation: Latex, left: Formula, lines: tuple[Line, ...], environment: str, width: int
) -> str:
    """Write an equation, a line broken between two factors where it would be too long."""
    written = []
    for number, line in enumerate(lines):
        begin = f"{left.write(notation) if number == 0 else ''} &{line.sign} "
        note = f" \\qquad \\text{{({escape(line.note)})}}" if line.note else ""
        if isinstance(line.piece, Formula):
            rows = [""]
            for part in line.piece.pieces(notation):
                if rows[-1] and _length(rows[-1] + part) > width:
                    rows.append("")
                rows[-1] += (notation.times if rows[-1] else "") + part
            if line.note and _length(rows[-1]) + len(line.note) > width:
                note = f" \\\\\n&{note}"
            text = f" \\\\\n&\\quad{notation.times}".join(rows)
        elif isinstance(line.piece, str):
            text = f"\\text{{{escape(line.piece)}}}"
        else:
            text = line.piece.write(notation)
        written.append(begin + text + note)
    body = " \\\\\n".join(written)
    return f"\\begin{{{environment}}}\n{body}\n\\end{{{environment}}}"


def beside(notation: Latex, one: Equation, two: Equation, begin: str, end: str) -> str:
    """Write two equations side by side; a line that is too long for a half is broken."""
    halves = [equation(notation, e.left, e.lines, "aligned", WIDTH // 2) for e in (one, two)]
    return "\n".join([begin, r" \qquad ".join(halves), end])


def _length(formula: str) -> int:
    """Estimate how many letters wide a formula is; of a fraction the longer half counts."""
    formula = formula.replace("\\cdot", "**").replace(BOX, "[]")
    formula = re.sub(r"\\frac\{(?:[^{}]|\{[^{}]*\})*\}", "", formula)
    return len(COMMAND.sub("", formula))
