r"""Formulas in LaTeX: \frac{2}{m} (S_{3} - y) \cdot W_{rec} \, \boxed{\mathrm{d\_log}(…)} \cdot x_{2}."""  # noqa: E501

from __future__ import annotations

from collections.abc import Sequence

from bptt.derivation.notation import Notation
from bptt.derivation.text import called, clean
from bptt.derivation.tree import Role, Symbol

WEIGHTS = {
    "Wx": "W_{x}",
    "Wrec": "W_{\\mathrm{rec}}",
    "Wout": "W_{\\mathrm{out}}",
    "W_ih": "W_{ih}",
    "W_hh": "W_{hh}",
    "W_out": "W_{\\mathrm{out}}",
    "b_ih": "b_{ih}",
    "b_hh": "b_{hh}",
    "b_out": "b_{\\mathrm{out}}",
}
OTHERS = {"ξ": "\\xi", "ŷ": "\\hat{y}", "∂ξ/∂ŷ": "\\frac{\\partial \\xi}{\\partial \\hat{y}}"}
SPECIAL = {
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    "<": "\\textless{}",
    ">": "\\textgreater{}",
    "|": "\\textbar{}",
    '"': "\\textquotedbl{}",
    "ξ": "$\\xi$",
    "ŷ": "$\\hat{y}$",
    "Σ": "$\\sum$",
    "∂": "$\\partial$",
    "²": "$^2$",
    "·": "$\\cdot$",
    "×": "$\\times$",
    "‖": "$\\|$",
    "√": "$\\surd$",
    "…": "\\ldots{}",
    "ᵀ": "$^{\\top}$",
} | {letter: f"\\{letter}" for letter in "{}$&#_%"}


def escape(text: str) -> str:
    r"""Return text that LaTeX typesets as it is; what its fonts lack becomes a question mark.

    Examples
    --------
    >>> print(escape("50% of a_b\\input{x}"))
    50\% of a\_b\textbackslash{}input\{x\}
    """
    letters = (SPECIAL.get(letter, letter) for letter in clean(text))
    return "".join(letter if letter.isascii() else "?" for letter in letters)


def name(symbol: Symbol) -> str:
    """Return a symbol in LaTeX: S_{2}^{\\mathrm{In}}."""  # noqa: D301
    stamp = "" if symbol.time_stamp is None else f"_{{{symbol.time_stamp}}}"
    if symbol.name in ("S_in", "S_out"):
        text = f"S{stamp}^{{\\mathrm{{{symbol.name[2:].capitalize()}}}}}"
    else:
        base = symbol.name.removesuffix("ᵀ")
        turned = "^{\\top}" if base != symbol.name else ""
        text = (WEIGHTS | OTHERS).get(base, base) + turned + stamp
    return text + (f"[{','.join(map(str, symbol.index))}]" if symbol.index else "")


def _word(text: str) -> str:
    """Return the name of a function in a formula."""
    plain = text.isascii() and text.replace("_", "").isalnum()
    return f"\\{'mathrm' if plain else 'text'}{{{escape(text)}}}"


class Latex(Notation):
    """LaTeX's mathematics; ``box`` is the command that draws a box."""

    times, tight = " \\cdot ", " \\cdot "

    def __init__(self, digits: int = 6, box: str = "\\boxed") -> None:
        super().__init__(digits)
        self.box = box

    def numeral(self, text: str) -> str:
        mantissa, e, exponent = text.partition("e")
        if mantissa in ("inf", "-inf", "nan"):
            return mantissa.replace("inf", "\\infty").replace("nan", "\\mathrm{NaN}")
        return f"{mantissa} \\times 10^{{{int(exponent)}}}" if e else mantissa

    def symbol(self, symbol: Symbol) -> str:
        return name(symbol)

    def partial(self, of: Symbol, by: Symbol) -> str:
        return f"\\frac{{\\partial {name(of)}}}{{\\partial {name(by)}}}"

    def fraction(self, above: str, below: str) -> str:
        return f"\\frac{{{above}}}{{{below}}}"

    def power(self, base: str, exponent: int) -> str:
        return f"{base}^{{{exponent}}}"

    def call(self, function: str, of: str) -> str:
        return f"{_word(called(function))}({of})"

    def slope(self, function: str, of: str) -> str:
        return f"{_word('d_' + called(function))}({of})"

    def sum(self, first: str, rest: Sequence[tuple[str, str]]) -> str:
        return first + "".join(f" {sign} {term}" for sign, term in rest)

    def parentheses(self, inner: str) -> str:
        return f"\\left({inner}\\right)" if "\\frac" in inner else f"({inner})"

    def mark(self, role: Role, inner: str) -> str:
        return f"{self.box}{{{inner}}}" if role is Role.SLOPE else inner

    def fold(self, n: int, what: str) -> str:
        return f"\\cdots \\text{{ {n} {what} }} \\cdots"
