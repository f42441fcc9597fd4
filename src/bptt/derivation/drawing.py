"""The unrolled network, drawn in text: one column for each time stamp."""

from __future__ import annotations

from itertools import zip_longest

from bptt.derivation.text import called

MOST_COLUMNS = 4  # of time stamps: five do not fit into 80 letters
WIDTH, CENTRE = 14, 7  # of a column
ASCII = str.maketrans("│─┌┘▼▶…", "|-++v>.")


def draw(n_steps: int, activation: str, *, ascii_only: bool = False) -> str:
    """Return the network as text, no line longer than 80 letters.

    Examples
    --------
    >>> print(draw(2, "logistic"))
              x1            x2
              │ Wx          │ Wx
         Wrec ▼        Wrec ▼
    S0 ───▶ S1(In)   ┌────▶ S2 ──▶ ξ = 1/m Σ (S2 - y)²
              │      │
            [log]    │
              ▼      │
           S1(Out)───┘
    """
    box = "" if activation == "identity" else f"[{called(activation)}]"
    columns, widths = [["", "", "", "S0"]], [3]
    before = 0
    for k in _shown(n_steps):
        if k > before + 1:  # some are not drawn
            way, none = "─ … ─", "  …"
            columns.append([none, "", "", "" if box else none, "", "", "", way if box else ""])
            widths.append(5)
        columns.append(_column(k, box, last=k == n_steps))
        widths.append(WIDTH)
        before = k
    lines = [
        "".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
        for cells in zip_longest(*columns, fillvalue="")
    ]
    text = "\n".join(lines).rstrip()
    if not ascii_only:
        return text
    text = text.replace("ξ = 1/m Σ ", "cost = mean ").replace(" - y)²", "-y)^2")
    return text.translate(ASCII)


def _shown(n_steps: int) -> list[int]:
    """Return the time stamps that are drawn."""
    if n_steps <= MOST_COLUMNS:
        return list(range(1, n_steps + 1))
    return [1, n_steps - 1, n_steps]


def _column(k: int, box: str, *, last: bool) -> list[str]:
    """Return the lines of a time stamp, from its input at the top to State(Out)."""
    first, straight = k == 1, k == 1 or not box
    side = " " if straight else "│"
    inner = box if not last else ""
    name = f"S{k}(In)" if inner else f"S{k}"
    into = _centred(name).replace(name, "")[:-2].replace(" ", "─") + "▶ "
    state = ("─" if straight else "┌") + into[1:] + name
    if last:
        state += f" ──▶ ξ = 1/m Σ (S{k} - y)²"
    elif not box:
        state = (state + " ").ljust(WIDTH, "─")
    rows = [_centred(f"x{k}", 2), _centred("│ Wx", 1), "  Wrec ▼", state]
    if not inner:
        return rows if straight else [*rows, "│", "│", "│", "┘"]
    out = _centred(f"S{k}(Out)").ljust(WIDTH, "─")
    below = [_centred("│"), _centred(inner), _centred("▼"), out]
    ends = (side, side, side, " " if first else "┘")
    return [*rows, *(end + line[1:] for end, line in zip(ends, below, strict=True))]


def _centred(text: str, width: int | None = None) -> str:
    """Return text so that its middle stands under the arrow from the input."""
    return " " * (CENTRE - ((width or len(text)) - 1) // 2) + text
