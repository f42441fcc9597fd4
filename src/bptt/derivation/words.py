"""The words of an answer: numbers, names, functions and signs, as in the post or in Python.

Nothing is calculated here, and nothing is run: a text becomes a list of words, or an InputError
says which word is not understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from bptt.derivation.refusals import EXAMPLE, not_known, refusal, shown

MOST_LETTERS = 3000
MOST_WORDS = 1500
MOST_NESTED = 50
MOST_POWERS = 100
MOST_DIGITS = 15

# What is typed, or copied from our own formulas or a page, and means the same.
SAME = {
    "-": "−–—‐‑﹣－",
    "*": "×·⋅∙•∗✕＊",
    "/": "÷∕⁄／",
    "+": "＋₊",
    "^": "＾",
    "(": "（［｛",
    ")": "）］｝",
    "'": "‘’′ʹ",
    "x": "ₓ",
    " ": "\u00a0\u2009\u202f\u200b\u2061\u2062",
} | {str(digit): letter for digit, letter in enumerate("₀₁₂₃₄₅₆₇₈₉")}
PLAIN = {ord(letter): plain for plain, letters in SAME.items() for letter in letters}
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
LATEX = {"cdot": "*", "times": "*", "sigma": "σ", "log": "log", "tanh": "tanh"}
LATEX |= dict.fromkeys(("left", "right", "bigl", "bigr", "quad", "boxed", "activationbox"), "")

FUNCTION = "logistic|log|sigmoid|sigma|tanh|f|σ"
# Every form of every kind of word.  No space is needed between words, so the order matters.
FORMS = (
    ("number", r"\d+\.?\d*|\.\d+"),
    ("state", r"s(?:tate)?_?(?P<k>\d{1,9})"
              r"(?:\s*[(\[]\s*(?P<a>in|out)\s*[)\]]|[\s_]*(?P<b>in|out))?"),
    ("state", r"s(?:tate)?_(?P<c>in|out)_?(?:(?P<j>\d{1,9})|[(\[]\s*(?P<h>\d{1,9})\s*[)\]])"),
    ("state", r"s(?:tate)?\s*\[\s*(?P<q>\d{1,9})\s*\](?:\s*[(\[]\s*(?P<r>in|out)\s*[)\]])?"),
    ("input", r"x_?(?:(?P<i>\d{1,9})|\s*\[\s*(?P<u>\d{1,9})\s*\])"),
    ("weight", r"w_?(?P<which>x|rec)"),
    ("slope", rf"d[ _]*(?P<slope>{FUNCTION})(?![a-z])"),
    ("slope", rf"(?P<prime>{FUNCTION})'"),
    ("function", rf"{FUNCTION}|exp|cosh|sech"),
    ("prediction", r"ŷ|y_?hat"),
    ("symbol", r"y|m"),
    ("euler", r"e(?=\s*(?:\*\*|\^))"),
    ("sign", r"\*\*|[-+*/^()\[\]{}]"),
    ("space", r"\s+"),
)  # fmt: skip
WORD = re.compile(
    "|".join(f"(?P<{kind}_{n}>{form})" for n, (kind, form) in enumerate(FORMS)),
    re.IGNORECASE | re.ASCII,
)
TITLE = re.compile(  # what an answer may begin with: ∂ξ/∂Wx =, dWx =
    r" ?(?:[d∂]\s*(?:ξ|xi|cost)\s*/\s*)?[d∂]_?\s*w_?(?:x|rec)\s*=", re.IGNORECASE
)
OPEN, CLOSE = "([{", ")]}"


class Word(NamedTuple):
    """A piece of an answer."""

    kind: str
    """number, state, input, weight, slope, function, prediction, symbol, euler or sign"""
    text: str
    """as it was typed, but for a sign: one of ``+ - * / ** ( )``"""
    name: str = ""
    """what it says, in small letters: in, out, rec, logistic, y"""
    time_stamp: int = 0


def split(text: str) -> list[Word]:
    """Return the words of an answer, a ``*`` put between those that stand side by side.

    Examples
    --------
    >>> " ".join(word.text for word in split("2/m (S3 - y) Wrec [d_log(S2(In))]² x₂"))
    '2 / m * ( S3 - y ) * Wrec * ( d_log ( S2(In) ) ) ** 2 * x2'
    """
    words = list(_with_products(_words(_plain(text))))
    if not words:
        raise refusal("a formula", "nothing", EXAMPLE)
    if len(words) > MOST_WORDS:
        came, do = f"{len(words):,} of them", "Write the formula shorter"
        raise refusal(f"at most {MOST_WORDS:,} names, numbers and signs", came, do)
    _check_nesting(words)
    return words


def _plain(text: str) -> str:
    if not isinstance(text, str):
        raise refusal("a text", type(text).__name__, "Give the formula as a string")
    if len(text) > MOST_LETTERS:
        came = f"{len(text):,} of them"
        raise refusal(f"at most {MOST_LETTERS:,} letters", came, "Write the formula shorter")
    text = " ".join(text.split()).replace("$", " ").rstrip(" .;,")
    text = re.sub(r"^(?:\\frac ?\{ ?\\partial \\xi.{0,60}?)?[ &]*=", "", text)  # of LaTeX
    text = re.sub(r"\\qquad.*$|\\\\$", "", text)
    text = re.sub(r" ?summed over \d{1,9} sequences$", "", text)  # pasted from `bptt explain`
    text = re.sub(r"\\(?:mathrm|text|mathit)\s*\{([^{}]*)\}", r"\1", text.replace("\\_", "_"))
    text = re.sub(r"_\{(\w{1,9})\}", r"_\1", text.translate(PLAIN))
    text = re.sub(r"\^\s*(?:\{\s*(in|out)\s*\}|(in|out))", r"_\1\2", text, flags=re.IGNORECASE)
    text = re.sub(r"\\[,;:! ]", " ", text)
    text = re.sub(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"((\1)/(\2))", text)
    text = re.sub(r"\\([a-z]+)", lambda m: f" {LATEX.get(m[1], m[0])}", text)
    text = re.sub(r"[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda m: f"**{m[0].translate(RAISED)} ", text)
    title = TITLE.match(text)
    return text[title.end() :] if title else text


def _words(text: str) -> Iterator[Word]:
    at = 0
    while at < len(text):
        found = WORD.match(text, at)
        kind = (found.lastgroup or "").rpartition("_")[0] if found else ""
        stuck = kind == "number" and text[at - 1 : at].isalnum() and text[at] != "."  # Wrec2, y3
        if found is None or stuck:
            raise not_known(text, at)
        at = found.end()
        if kind != "space":
            yield _word(kind, found)


def _word(kind: str, found: re.Match[str]) -> Word:
    text, get = found[0], found.groupdict().get
    name = text.lower()
    if kind == "sign":
        text = "**" if text == "^" else "(" if text in OPEN else ")" if text in CLOSE else text
    elif kind == "number":
        if len(text) > MOST_DIGITS:
            raise refusal(f"numbers of at most {MOST_DIGITS} digits", shown(text), "Round it")
        text = re.sub(r"^0+(?=\d)", "", text)  # 02 is 2
    elif kind == "state":
        name = (get("a") or get("b") or get("c") or get("r") or "").lower()
        return Word(kind, text, name, int(get("k") or get("j") or get("h") or get("q") or 0))
    elif kind == "input":
        return Word(kind, text, "x", int(get("i") or get("u") or 0))
    elif kind == "weight":
        name = found["which"].lower()
    elif kind == "slope":
        name = (get("slope") or get("prime") or "").lower()
    return Word(kind, text, name)


def _with_products(words: Iterator[Word]) -> Iterator[Word]:
    """Yield the words, and between two operands the ``*`` that was left out."""
    before: Word | None = None
    for word in words:
        begins = word.kind != "sign" or word.text == "("
        if before is not None and begins:
            if before.kind in ("function", "slope"):
                if word.text != "(":
                    do = f"Write {before.text}(...)"
                    raise refusal(f"parentheses behind {before.text!r}", shown(word.text), do)
            elif before.kind == word.kind == "number":
                came, do = f"{before.text!r} and {word.text!r}", "Write a * or a point"
                raise refusal("a sign between two numbers", came, do)
            elif before.kind != "sign" or before.text == ")":
                yield Word("sign", "*")
        yield word
        before = word


def _check_nesting(words: list[Word]) -> None:
    signs, outside = 0, []  # in a row here; and before each ( that is open
    for word in words:
        if word.text == "(":
            outside.append(signs)
        if word.text == ")":
            if not outside:
                raise refusal("a ( for every )", "a ) too many", "Add a ( or take the ) away")
            signs = outside.pop()
        signs = signs + 1 if word.text in ("+", "-") else 0
        if len(outside) + sum(outside) + signs > MOST_NESTED:
            do = "Write it with fewer parentheses and signs"
            raise refusal(f"at most {MOST_NESTED} within each other", "more", do)
    depth = len(outside)
    if depth:
        raise refusal("a ) for every (", f"{depth} too few", "Close what you opened")
    if sum(word.text == "**" for word in words) > MOST_POWERS:
        raise refusal(f"at most {MOST_POWERS} powers", "more", "Write it with fewer")
