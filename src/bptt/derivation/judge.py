"""Judging an answer: right or wrong, and if wrong, what is wrong in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from bptt.derivation.answers import read
from bptt.derivation.chain_rule import STATE, TARGET, M
from bptt.derivation.diagnosis import diagnose
from bptt.derivation.edits import Mistake
from bptt.derivation.exercise import Exercise
from bptt.derivation.points import Place, draw, draw_for, equal
from bptt.derivation.text import TEXT
from bptt.derivation.tree import (
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    factors,
    numbers,
    symbols,
)

ZERO = (
    "0 is right as a number, for State_0 is zero. The formula ends in S0, and with another "
    "State_0 it would count."
)

NUMBER_FOR_M = (
    "with {m} in the place of m, it holds for {m} sequences. With m it holds for any number of them"
)
NUMBER = "This is a number, and a formula is asked for: one that holds for all weights and inputs."
MOST_SEQUENCES, ROUNDED = 100.5, 0.02
SUM = "Your answer is a sum. At one time stamp the derivative is one product: links are multiplied."


@dataclass(frozen=True)
class Verdict:
    """What `judge` says about an answer.

    Parameters
    ----------
    right : bool
    mistakes : tuple of Mistake
        What is wrong, each with ``kind``, ``message`` and ``time_stamp``; none if the answer is
        right, or wrong in a way that is not known.
    hint : str
        What to look at next; empty if the answer is right.
    remark : str or None
        What is worth knowing although the answer is right.
    differs_at : dict or None
        If no mistake fits: a point, by symbol, with the values ``"expected"`` and ``"answer"``
        there; an answer of None has no value there, as 1/0.
    """

    right: bool
    mistakes: tuple[Mistake, ...] = ()
    hint: str = ""
    remark: str | None = None
    differs_at: dict[str, float | None] | None = field(default=None, hash=False)

    @property
    def difference(self) -> str:
        """Where the answer differs, in words; empty if it is right or a mistake fits."""
        at = self.differs_at
        if at is None:
            return ""
        expected, came = at["expected"], at["answer"]
        drawn = {name: at[name] for name in at if name not in ("expected", "answer")}
        point = ", ".join(f"{name} = {value:g}" for name, value in drawn.items())
        yours = "yours has no value there" if came is None else f"yours is {came:.6g}"
        text = (
            "none of the mistakes we know explains it, but the values differ. "
            f"At {point} the right one is {expected:.6g}, {yours}."
        )
        if "S0" in at:
            text += " (S0 is zero in the network; here it is not, so that it counts as a factor.)"
        return text


def judge(
    answer: str,
    *,
    time_stamp: int,
    weight: str = "wx",
    n_steps: int = 3,
    activation: str = "logistic",
) -> Verdict:
    """Say whether a formula is ∂ξ/∂weight at a time stamp of the post's network, or what is wrong.

    Parameters
    ----------
    answer : str
        In the notation of the post or of Python: ``2/m (S3 - y) Wrec d_log(S2(In)) x2`` or
        ``2/m*(S3-y)*Wrec*s2*(1-s2)*x2``; ``s2`` is State_2(Out). It is read by a grammar of its
        own and never run.
    time_stamp : int
        From 1 to ``n_steps``.
    weight : "wx" or "wrec"
        Or by PyTorch's names, ``"weight_ih"`` and ``"weight_hh"``.
    n_steps : int
        T, up to 50.
    activation : "logistic", "tanh" or "identity"

    Returns
    -------
    Verdict

    Raises
    ------
    InputError
        The answer cannot be read; the message says what in it.

    Examples
    --------
    >>> judge("2/m*(S3-y)*Wrec*dlog(S2in)*x2", time_stamp=2).right
    True
    >>> verdict = judge("2/m (S3 - y) Wrec x2", time_stamp=2)
    >>> verdict.right, verdict.mistakes[0].kind, verdict.mistakes[0].time_stamp
    (False, 'no_slope', 2)
    >>> print(verdict.mistakes[0].message)
    the activation's derivative is missing at time stamp 2: d_log(S2(In))
    """
    exercise = Exercise(time_stamp, weight, n_steps, activation)
    tree = read(answer, exercise)
    places = draw(n_steps, activation)
    from_zero = draw(n_steps, activation, zero_state=True)  # where State_1(In) is x1·Wx
    if _fits(tree, exercise, places) or _fits(tree, exercise, from_zero):
        own = [draw_for(answer, n_steps, activation, zero_state=zero) for zero in (False, True)]
        if any(_fits(tree, exercise, points) for points in own):
            return Verdict(right=True)
        point = _point(own[0], tree, exercise)  # made to fit the points above
        return Verdict(right=False, hint=exercise.hints[0], differs_at=point)
    values = [place.value(tree) for place in places]
    if _ends_in_state_0(exercise) and _is_zero(tree) and values[0] == 0.0:
        return Verdict(right=True, remark=ZERO)
    m = _number_for_m(answer, tree, exercise)
    if m is not None:
        return Verdict(right=True, remark=NUMBER_FOR_M.format(m=m))
    mistakes = diagnose(values, exercise)
    if not mistakes and M not in symbols(tree):
        mistakes = _with_a_number_for_m(tree, values, exercise, places)
    if mistakes:
        return Verdict(right=False, mistakes=mistakes, hint=exercise.hints[0])
    state_0 = Symbol(STATE, 0)
    counts = _ends_in_state_0(exercise) or state_0 in symbols(tree)
    point = _point(places if counts else from_zero, tree, exercise)
    if not counts:
        del point[TEXT.symbol(state_0)]
    hint = NUMBER if not any(symbols(tree)) else _missing(tree, exercise)
    hint = hint or (SUM if isinstance(tree, Sum) else exercise.hints[0])
    return Verdict(right=False, hint=hint, differs_at=point)


def _fits(tree: Expr, exercise: Exercise, places: Sequence[Place]) -> bool:
    """Whether a formula has the values of the right answer."""
    return equal(*([place.value(expr) for place in places] for expr in (tree, exercise.term)))


def _is_zero(tree: Expr) -> bool:
    """Whether an answer is the number 0, written out or multiplied by it."""
    match tree:
        case Number(value):
            return value == 0
        case Quotient(above, Number()) | Negative(above):
            return _is_zero(above)
        case Product(parts):
            return any(map(_is_zero, parts))
        case Sum(parts):
            return all(map(_is_zero, parts))
        case Power(base, exponent):
            return exponent > 0 and _is_zero(base)
    return False


def _number_for_m(answer: str, tree: Expr, exercise: Exercise) -> int | None:
    """Return how many sequences an answer is right for, if it has their number in the place of m.

    Numbers as 0.6667 may be rounded.  For one or two sequences 2/m would be 2 or 1: then it is
    rather forgotten.
    """
    if M in symbols(tree):
        return None
    T, activation = exercise.n_steps, exercise.activation
    for zero_state in (False, True):
        points = (
            *draw(T, activation, zero_state=zero_state),
            *draw_for(answer, T, activation, zero_state=zero_state),
        )
        found = [_instead_of_m(tree, exercise, place) for place in points]
        m = round(found[0]) if 2.5 < found[0] < MOST_SEQUENCES else 0
        if m and abs(found[0] - m) < ROUNDED and equal(found, [found[0]] * len(found)):
            return m
    return None


def _instead_of_m(tree: Expr, exercise: Exercise, place: Place) -> float:
    value = place.value(tree)
    return place.value(exercise.term) * place.values[M] / value if value else math.nan


def _with_a_number_for_m(
    tree: Expr, values: Sequence[float], exercise: Exercise, places: Sequence[Place]
) -> tuple[Mistake, ...]:
    """Look for mistakes in an answer that has a number in the place of m."""
    for m in _numbers(tree):
        restored = [v * m / place.values[M] for v, place in zip(values, places, strict=True)]
        mistakes = diagnose(restored, exercise)
        if mistakes and mistakes[0].kind != "constant_factor":  # which is of this guess alone
            return mistakes
    return ()


def _numbers(tree: Expr) -> list[float]:
    """Return what m may have been taken for, by the numbers in an answer: 3 in 2/3 or x/1.5.

    As it was rounded: 2.99985 in 0.6667.
    """
    found = []
    for value in numbers(tree):
        for m in (value, 2 * value, 2 / value if value else 0):
            if round(m) > 2 and abs(m - round(m)) < ROUNDED:
                found.append(m)
    return list(dict.fromkeys(found))[:3]


def _ends_in_state_0(exercise: Exercise) -> bool:
    return exercise.time_stamp == 1 and exercise.by == "weight_hh"


def _missing(tree: Expr, exercise: Exercise) -> str:
    """Say which quantities of the right answer an answer has nothing of."""
    has = {_quantity(symbol) for symbol in symbols(tree)}
    needed = [Symbol(STATE, exercise.n_steps), Symbol(TARGET), M]
    for factor in factors(exercise.term)[1:]:
        needed += list(symbols(factor))
    missing = [s for s in dict.fromkeys(needed) if _quantity(s) not in has]
    if not missing:
        return ""
    named = dict.fromkeys(
        f"S{s.time_stamp}" if s.name.startswith(STATE) else TEXT.symbol(s) for s in missing
    )
    return f"Not in your answer at all, but in the right one: {', '.join(named)}."


def _quantity(symbol: Symbol) -> tuple[str, int | str | None]:
    """Return what a symbol is about: State(In) and State(Out) of a time stamp are one."""
    return symbol.name[:1] if symbol.name.startswith(STATE) else symbol.name, symbol.time_stamp


def _point(places: Sequence[Place], tree: Expr, exercise: Exercise) -> dict[str, float | None]:
    """Return what was drawn and both values where they differ; None is NaN, which JSON has not."""
    for place in places:
        right, value = place.value(exercise.term), place.value(tree)
        if not equal([right], [value]):
            break
    drawn = {TEXT.symbol(symbol): place.values[symbol] for symbol in place.drawn}
    return {**drawn, "expected": right, "answer": None if math.isnan(value) else value}
