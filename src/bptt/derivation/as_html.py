"""A document as one page of HTML: MathML, no script, no font, no address.

Boxes have an edge besides their colour; every colour has at least the contrast of WCAG 2.2 AA, in
light and in dark mode.
"""

from __future__ import annotations

from html import escape

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
from bptt.derivation.mathml import MathML
from bptt.derivation.text import clean

STYLE = """\
.bptt { color-scheme: light dark; --ink: #1b1b1b; --paper: #ffffff; --rule: #b9b9b9;
  --note: #595959; --edge: #9a5b00; --fill: #ffedc7; color: var(--ink);
  background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; }
@media (prefers-color-scheme: dark) {
  .bptt { --ink: #ececec; --paper: #16181b; --rule: #5d6166; --note: #b0b4b9;
    --edge: #f0b34a; --fill: #4a3508; } }
.bptt h1 { font-size: 1.7rem; } .bptt h2 { font-size: 1.3rem; margin-top: 2rem; }
.bptt h3 { font-size: 1.05rem; margin-top: 1.5rem; }
.bptt .scroll { overflow-x: auto; margin: .8rem 0; padding: .1rem; }
.bptt .beside { display: flex; flex-wrap: wrap; column-gap: 3rem; }
.bptt .beside .scroll { margin: .3rem 0; }
.bptt table { border-collapse: collapse; }
.bptt caption { text-align: left; color: var(--note); }
.bptt .numbers th, .bptt .numbers td { padding: .15rem .8rem .15rem 0; text-align: left;
  border-bottom: 1px solid var(--rule); font-variant-numeric: tabular-nums; }
.bptt .numbers .r { text-align: right; }
.bptt .equation td { padding: .2rem .35rem; white-space: nowrap; vertical-align: middle; }
.bptt .equation .note { color: var(--note); padding-left: 1.2rem; }
.bptt math { font-size: 1.08em; }
.bptt math .slope { border: 2px solid var(--edge); background: var(--fill); padding: 1px 3px;
  border-radius: 2px; }
.bptt figure { margin: 0; } .bptt figcaption { color: var(--note); }
.bptt img { max-width: 100%; background: #ffffff; }
"""
PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 0; }}
main {{ max-width: 72rem; margin: 0 auto; padding: 1rem 1.2rem 3rem; }}
{style}</style>
</head>
<body class="bptt">
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""


def as_html(document: Document, digits: int = 6) -> str:
    """Write a document as a page that needs nothing else."""
    return page(document.title, body(document, digits))


def as_fragment(document: Document, digits: int = 6) -> str:
    """Write a document as a part of a page, with its style, for a notebook."""
    title = f"<h1>{_text(document.title)}</h1>"
    return f'<div class="bptt"><style>{STYLE}</style>\n{title}\n{body(document, digits)}\n</div>'


def page(title: str, inner: str) -> str:
    """Return a whole page round what is inside it."""
    return PAGE.format(title=_text(title), style=STYLE, body=inner)


def body(document: Document, digits: int = 6) -> str:
    """Return the blocks of a document."""
    writer = _Writer(MathML(digits))
    return "\n".join(map(writer.block, document.blocks))


def _text(text: str) -> str:
    return escape(clean(text))


class _Writer:
    def __init__(self, notation: MathML) -> None:
        self.notation = notation

    def block(self, block: Block) -> str:
        match block:
            case Heading(level, text):
                return f"<h{level}>{_text(text)}</h{level}>"
            case Prose(pieces):
                return f"<p>{''.join(map(self.piece, pieces))}</p>"
            case Table(header, rows, numeric, caption):
                top = self.row("th", header, numeric)
                rest = "\n".join(self.row("td", row, numeric) for row in rows)
                table = f"<caption>{_text(caption)}</caption><thead>{top}</thead><tbody>\n{rest}\n"
                return self.scroll("numbers", f"{table}</tbody>", caption)
            case Equation(left, lines):
                written = [
                    self.line(left if i == 0 else None, line) for i, line in enumerate(lines)
                ]
                return self.scroll("equation", "\n".join(written), "equation")
            case Beside(one, two):
                return f"<div class='beside'>{self.block(one)}{self.block(two)}</div>"

    def scroll(self, kind: str, inner: str, label: str) -> str:
        """Return a table that scrolls by itself where the page is narrow, by keyboard too."""
        role = " role='presentation'" if kind == "equation" else ""
        return (
            f"<div class='scroll' tabindex='0' role='group' aria-label='{_text(label)}'>"
            f"<table class='{kind}'{role}>{inner}</table></div>"
        )

    def row(self, tag: str, cells: tuple[Piece, ...], numeric: str) -> str:
        scope = " scope='col'" if tag == "th" else ""
        written = [
            f"<{tag}{scope} class='{side}'>{self.piece(cell)}</{tag}>"
            for cell, side in zip(cells, numeric, strict=True)
        ]
        return f"<tr>{''.join(written)}</tr>"

    def line(self, left: Formula | None, line: Line) -> str:
        begin = "" if left is None else self.piece(left)
        sign = f"<math><mo>{line.sign}</mo></math>"
        note = f"<td class='note'>{_text(line.note)}</td>" if line.note else ""
        return f"<tr><td>{begin}</td><td>{sign}</td><td>{self.piece(line.piece)}</td>{note}</tr>"

    def piece(self, piece: Piece) -> str:
        if isinstance(piece, str):
            return _text(piece)
        return f"<math displaystyle='true'><mrow>{piece.write(self.notation)}</mrow></math>"
