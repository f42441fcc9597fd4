"""A table as lines of plain text."""

from __future__ import annotations

from collections.abc import Sequence


def plain_table(header: Sequence[str], rows: Sequence[Sequence[str]], numeric: str) -> list[str]:
    r"""Return the lines of a table; ``numeric`` has ``r`` (right) or ``l`` (left) by column.

    Examples
    --------
    >>> print(*plain_table(["k", "x"], [["1", "0"], ["10", "1"]], "rl"), sep="\n")
     k  x
    --  -
     1  0
    10  1
    """
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    lines = []
    for row in (header, ["-" * width for width in widths], *rows):
        cells = [
            cell.rjust(width) if side == "r" else cell.ljust(width)
            for cell, width, side in zip(row, widths, numeric, strict=True)
        ]
        lines.append("  ".join(cells).rstrip())
    return lines
