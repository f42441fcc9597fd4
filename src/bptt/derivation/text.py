"""Formulas in plain text: 2/m·(S3 - y) · Wrec·[d_log(S2(In))] · x2."""

from __future__ import annotations

from collections.abc import Sequence

from bptt.derivation.notation import PRODUCT, Notation
from bptt.derivation.tree import Role, Symbol

SHORT = {"logistic": "log"}  # as the post calls it


def called(function: str) -> str:
    """Return the name of a function as formulas have it: log for the logistic function."""
    return SHORT.get(function, function)


def clean(text: str) -> str:
    """Return a name without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def name(symbol: Symbol) -> str:
    """Return a symbol as the post writes it: S2(In), Wrec, x3."""
    text = clean(symbol.name)
    stamp = "" if symbol.time_stamp is None else str(symbol.time_stamp)
    if isinstance(symbol.time_stamp, str):
        stamp = f"_{stamp}"
    text = f"S{stamp}({text[2:].capitalize()})" if text in ("S_in", "S_out") else text + stamp
    return text + (f"[{','.join(map(str, symbol.index))}]" if symbol.index else "")


class Text(Notation):
    """Plain text; a box is a pair of brackets."""

    fraction_level = PRODUCT
    times, tight = " · ", "·"

    def numeral(self, text: str) -> str:
        return text

    def symbol(self, symbol: Symbol) -> str:
        return name(symbol)

    def partial(self, of: Symbol, by: Symbol) -> str:
        return f"∂{name(of)}/∂{name(by)}"

    def fraction(self, above: str, below: str) -> str:
        return f"{above}/{below}"

    def power(self, base: str, exponent: int) -> str:
        return f"{base}^{exponent}"

    def call(self, function: str, of: str) -> str:
        return f"{clean(called(function))}({of})"

    def slope(self, function: str, of: str) -> str:
        return f"d_{clean(called(function))}({of})"

    def sum(self, first: str, rest: Sequence[tuple[str, str]]) -> str:
        return first + "".join(f" {sign} {term}" for sign, term in rest)

    def parentheses(self, inner: str) -> str:
        return f"({inner})"

    def mark(self, role: Role, inner: str) -> str:
        return f"[{inner}]" if role is Role.SLOPE else inner

    def fold(self, n: int, what: str) -> str:
        return f"… {n} {what} …"


TEXT = Text()
