"""A document as plain text."""

from __future__ import annotations

from itertools import zip_longest

from bptt._tables import plain_table
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
from bptt.derivation.text import Text, clean

BETWEEN = 2  # blanks between what stands side by side
WIDTH = 100  # columns, unless a terminal is narrower


def as_text(document: Document, digits: int = 6, width: int = WIDTH) -> str:
    """Write a document as plain text; boxes are in brackets."""
    writer = _Writer(Text(digits), width)
    title = clean(document.title)
    parts = [f"{title}\n{'=' * len(title)}", *map(writer.block, document.blocks)]
    return "\n\n".join(parts) + "\n"


class _Writer:
    def __init__(self, notation: Text, width: int) -> None:
        self.notation, self.width = notation, width

    def block(self, block: Block) -> str:
        match block:
            case Heading(level, text):
                return f"{clean(text)}\n{'-' * len(clean(text))}" if level < 3 else clean(text)
            case Prose(pieces):
                return self.wrap("".join(map(self.piece, pieces)).split(" "), " ", "")
            case Table(header, rows, numeric, _):
                cells = [[self.piece(cell) for cell in row] for row in (header, *rows)]
                return "\n".join(plain_table(cells[0], cells[1:], numeric))
            case Equation(left, lines):
                return self.equation(left.write(self.notation), lines)
            case Beside(left, right):
                return self.beside(self.block(left), self.block(right))

    def beside(self, left: str, right: str) -> str:
        pair = left.splitlines(), right.splitlines()
        across = max(map(len, pair[0]))
        if across + BETWEEN + max(map(len, pair[1])) > self.width:
            return f"{left}\n\n{right}"
        rows = zip_longest(*pair, fillvalue="")
        return "\n".join(f"{one:{across + BETWEEN}}{two}".rstrip() for one, two in rows)

    def piece(self, piece: Piece) -> str:
        return clean(piece) if isinstance(piece, str) else piece.write(self.notation)

    def equation(self, left: str, lines: tuple[Line, ...]) -> str:
        indent = " " * (len(left) + 3)
        written = []
        for number, line in enumerate(lines):
            begin = f"  {left} {line.sign} " if number == 0 else f"  {indent[:-2]}{line.sign} "
            note = f"    {clean(line.note)}" if line.note else ""
            if isinstance(line.piece, Formula):
                parts = line.piece.pieces(self.notation)
                text = self.wrap(parts, self.notation.times, begin, note)
            else:
                text = begin + self.piece(line.piece) + note
            written.append(text)
        return "\n".join(written)

    def wrap(self, parts: list[str], between: str, begin: str, note: str = "") -> str:
        """Join parts, breaking a line between two of them where it would be too long."""
        lines, indent = [begin + parts[0]], " " * len(begin)
        for part in parts[1:]:
            if len(lines[-1]) + len(between) + len(part) + 2 > self.width:
                lines[-1] += between.rstrip()
                lines.append(indent + part)
            else:
                lines[-1] += between + part
        if len(lines[-1]) + len(note) > self.width and note:
            lines.append(indent + note.strip())
        else:
            lines[-1] += note
        return "\n".join(lines)
