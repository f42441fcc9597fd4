"""Reading an answer: a learner's formula becomes a tree of ours, or an InputError says why not.

Its words are ours (`words`), so what Python's own parser gets to see are numbers, names v0, v1, …
and signs.  What comes back is taken over node by node, and only what is listed here.  Nothing is
ever run.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from bptt.derivation.chain_rule import INPUT, STATE, STATE_IN, STATE_OUT, TARGET, M
from bptt.derivation.exercise import Exercise
from bptt.derivation.refusals import refusal, shown
from bptt.derivation.text import called
from bptt.derivation.tree import (
    Call,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Slope,
    Sum,
    Symbol,
)
from bptt.derivation.words import Word, split
from bptt.errors import InputError

LARGEST_EXPONENT = 20
LARGEST_POWER = 100  # of powers within each other, multiplied
FUNCTIONS = dict.fromkeys(("log", "sigmoid", "sigma", "σ"), "logistic")
WEIGHTS = {"x": "Wx", "rec": "Wrec"}


def read(answer: str, exercise: Exercise) -> Expr:
    """Return an answer as a tree, or raise InputError.

    Examples
    --------
    >>> from bptt.derivation.notation import View, write
    >>> from bptt.derivation.text import TEXT
    >>> tree = read("(S3-y) Wrec dlog(S2in)x2", Exercise(time_stamp=2))
    >>> write(tree, TEXT, View.SYMBOLS)
    '(S3 - y)·Wrec·d_log(S2(In))·x2'
    """
    words = split(answer)
    source = " ".join(
        word.text if word.kind in ("sign", "number") else f"v{n}" for n, word in enumerate(words)
    )
    try:
        body = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _broken(words) from None
    try:
        return _Reader(words, exercise).tree(body)
    except RecursionError:
        raise refusal("a simpler formula", "one nested too deep", "Write it out") from None


def _broken(words: Sequence[Word]) -> InputError:
    do = "Look at its signs and parentheses"
    return refusal("a whole formula", _where_it_breaks(words), do)


def _where_it_breaks(words: Sequence[Word]) -> str:
    """Say which signs cannot stand side by side."""
    for left, right in pairwise(words):
        if right.text in ("*", "/", "**", ")") and left.text in ("*", "/", "**", "+", "-", "("):
            return f"{left.text!r} with {right.text!r} behind it"
    if words[-1].kind in ("function", "slope"):
        return f"{shown(words[-1].text)} with nothing behind it"
    return f"one that ends in {words[-1].text!r}" if words[-1].kind == "sign" else "a broken one"


class _Reader:
    def __init__(self, words: Sequence[Word], exercise: Exercise) -> None:
        self.words, self.exercise = words, exercise
        self.power = 1

    def tree(self, node: ast.expr) -> Expr:
        match node:
            case ast.Constant():
                return self.number(ast.unparse(node))
            case ast.Name():
                return self.symbol(self.words[int(node.id[1:])])
            case ast.UnaryOp(ast.UAdd(), of):
                return self.tree(of)
            case ast.UnaryOp(ast.USub(), of):
                return Negative(self.tree(of))
            case ast.BinOp(_, ast.Pow(), _):
                return self.raised(node)
            case ast.BinOp(_, ast.Add() | ast.Sub(), _):
                return self.sum(node)
            case ast.BinOp(_, ast.Mult() | ast.Div(), _):
                return self.product(node)
            case ast.Call(ast.Name(name), [of], []):
                return self.call(self.words[int(name[1:])], of)
        raise _broken(self.words)  # what the grammar of Python has besides

    def sum(self, node: ast.expr) -> Sum:
        """Take a + b - c apart, in a loop: it may have a thousand terms."""
        terms: list[Expr] = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            right = self.tree(node.right)
            terms.append(Negative(right) if isinstance(node.op, ast.Sub) else right)
            node = node.left
        return Sum((self.tree(node), *reversed(terms)))

    def product(self, node: ast.expr) -> Expr:
        """Take a * b / c apart: a · b · 1/c."""
        parts: list[Expr] = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
            right = self.tree(node.right)
            parts.append(Quotient(Number(1), right) if isinstance(node.op, ast.Div) else right)
            node = node.left
        return Product((self.tree(node), *reversed(parts)))

    def raised(self, node: ast.BinOp) -> Expr:
        if isinstance(node.left, ast.Name) and self.words[int(node.left.id[1:])].kind == "euler":
            return Call("exp", self.tree(node.right))
        exponent = _whole(node.right)
        self.power *= max(1, abs(exponent))
        if abs(exponent) > LARGEST_EXPONENT or self.power > LARGEST_POWER:
            came, do = f"{exponent} or powers of powers", "Write fewer factors"
            raise refusal(f"exponents up to {LARGEST_EXPONENT}", came, do)
        base = self.tree(node.left)
        self.power //= max(1, abs(exponent))
        return Power(base, exponent)

    def number(self, text: str) -> Quotient:
        """Return a number as a quotient: its value is a float, which does not grow without end."""
        value = Fraction(text)
        return Quotient(Number(value.numerator), Number(value.denominator))

    def call(self, word: Word, of: ast.expr) -> Call | Slope:
        name = FUNCTIONS.get(word.name, word.name)
        if name == "f":
            name = self.exercise.activation
        return (Slope if word.kind == "slope" else Call)(name, self.tree(of))

    def symbol(self, word: Word) -> Symbol:
        T = self.exercise.n_steps
        match word.kind:
            case "weight":
                return Symbol(WEIGHTS[word.name])
            case "prediction":
                return Symbol(STATE, T)
            case "symbol":
                return M if word.name == "m" else Symbol(TARGET)
            case "input" if 1 <= word.time_stamp <= T:
                return Symbol(INPUT, word.time_stamp)
            case "state" if word.time_stamp <= T:
                name = {"in": STATE_IN, "out": STATE_OUT, "": STATE}[word.name]
                return Symbol(STATE if word.time_stamp in (0, T) else name, word.time_stamp)
            case "input":
                known = f"x1 to x{T}, as T is {T}" if T > 1 else "x1, as T is 1"
                do = "Count time stamps from 1, or say how many there are with --steps (n_steps=)"
                raise refusal(known, shown(word.text), do)
            case "state":
                do = "Say how many time stamps there are with --steps (n_steps=)"
                raise refusal(f"S0 to S{T}, as T is {T}", shown(word.text), do)
        function = called(self.exercise.activation)
        came, do = f"{shown(word.text)} alone", f"Write for example d_{function}(S1(In))"
        raise refusal("a function to be followed by parentheses", came, do)


def _whole(node: ast.expr) -> int:
    match node:
        case ast.Constant(int(value)):
            return value
        case ast.UnaryOp(ast.USub(), ast.Constant(int(value))):
            return -value
    do = "Write a number as in s2^2; e^(...) is the only other power"
    raise refusal("whole numbers as exponents", "another formula", do)
