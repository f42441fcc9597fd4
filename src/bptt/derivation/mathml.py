"""Formulas in MathML Core, which browsers draw without script or font."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bptt.derivation.notation import Notation
from bptt.derivation.text import called, clean
from bptt.derivation.tree import Role, Symbol

SUBSCRIPTS = {"Wx": "x", "Wrec": "rec", "Wout": "out"}


def _word(text: str) -> str:
    return f"<mi mathvariant='normal'>{escape(clean(text))}</mi>"


def name(symbol: Symbol) -> str:
    """Return a symbol in MathML."""
    stamp = "" if symbol.time_stamp is None else f"<mn>{symbol.time_stamp}</mn>"
    if isinstance(symbol.time_stamp, str):  # k-1
        letter, minus, one = symbol.time_stamp.partition("-")
        stamp = f"<mrow><mi>{letter}</mi>{f'<mo>−</mo><mn>{one}</mn>' if minus else ''}</mrow>"
    if symbol.name in ("S_in", "S_out"):
        text = f"<msubsup><mi>S</mi>{stamp}{_word(symbol.name[2:].capitalize())}</msubsup>"
    elif symbol.name == "∂ξ/∂ŷ":
        below = f"<msub><mi>ŷ</mi>{stamp}</msub>" if stamp else "<mi>ŷ</mi>"
        text = f"<mfrac><mrow><mo>∂</mo><mi>ξ</mi></mrow><mrow><mo>∂</mo>{below}</mrow></mfrac>"
    else:
        base = symbol.name.removesuffix("ᵀ")
        letter, _, below = base.partition("_")
        if base in SUBSCRIPTS:
            letter, below = "W", SUBSCRIPTS[base]
        text, inner = f"<mi>{escape(clean(letter))}</mi>", _word(below) if below else stamp
        if base != symbol.name:
            text = f"<msubsup>{text}{inner}{_word('T')}</msubsup>"
        elif inner:
            text = f"<msub>{text}{inner}</msub>"
    if not symbol.index:
        return text
    index = "<mo>,</mo>".join(f"<mn>{i}</mn>" for i in symbol.index)
    return f"<mrow>{text}<mo stretchy='false'>[</mo>{index}<mo stretchy='false'>]</mo></mrow>"


class MathML(Notation):
    """MathML; the class of a factor's row says which part it plays."""

    times, tight = "<mo>·</mo>", "<mo>·</mo>"

    def numeral(self, text: str) -> str:
        if text == "-":
            return "<mo form='prefix'>−</mo>"
        mantissa, e, exponent = text.partition("e")
        sign = "<mo form='prefix'>−</mo>" if mantissa.startswith("-") else ""
        size = mantissa.lstrip("-").replace("inf", "∞")
        number = f"<mn>{size}</mn>"
        if e:
            power = f"<mn>{abs(int(exponent))}</mn>"
            if int(exponent) < 0:
                power = f"<mrow><mo form='prefix'>−</mo>{power}</mrow>"
            number += f"<mo>×</mo><msup><mn>10</mn>{power}</msup>"
        return f"<mrow>{sign}{number}</mrow>" if sign or e else number

    def symbol(self, symbol: Symbol) -> str:
        return name(symbol)

    def partial(self, of: Symbol, by: Symbol) -> str:
        return f"<mfrac><mrow><mo>∂</mo>{name(of)}</mrow><mrow><mo>∂</mo>{name(by)}</mrow></mfrac>"

    def fraction(self, above: str, below: str) -> str:
        return f"<mfrac><mrow>{above}</mrow><mrow>{below}</mrow></mfrac>"

    def power(self, base: str, exponent: int) -> str:
        return f"<msup><mrow>{base}</mrow><mn>{exponent}</mn></msup>"

    def call(self, function: str, of: str) -> str:
        return f"<mrow>{_word(called(function))}{self.parentheses(of)}</mrow>"

    def slope(self, function: str, of: str) -> str:
        word = _word(f"d_{called(function)}")
        return f"<mrow>{word}{self.parentheses(of)}</mrow>"

    def sum(self, first: str, rest: Sequence[tuple[str, str]]) -> str:
        signs = {"+": "<mo>+</mo>", "-": "<mo>−</mo>"}
        return first + "".join(signs[sign] + term for sign, term in rest)

    def parentheses(self, inner: str) -> str:
        big = "true" if "<mfrac" in inner else "false"
        return f"<mrow><mo stretchy='{big}'>(</mo>{inner}<mo stretchy='{big}'>)</mo></mrow>"

    def mark(self, role: Role, inner: str) -> str:
        return f"<mrow class='{role}'>{inner}</mrow>"

    def fold(self, n: int, what: str) -> str:
        return f"<mrow><mo>⋯</mo><mtext>{n} {what}</mtext><mo>⋯</mo></mrow>"
