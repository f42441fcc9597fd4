"""The mistakes that learners make, each as an edit of the right answer: error and last factor.

`mistakes_on_the_way` has those of the links between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bptt.derivation.chain_rule import INPUT, TARGET, M
from bptt.derivation.edits import ERROR, ONE, SHARE, Edit, Mistake, Parts, over, said
from bptt.derivation.tree import (
    Call,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Symbol,
    factors,
)


def share(parts: Parts) -> Iterator[Edit]:
    """2/m: left out, half of it, upside down."""
    T = parts.T
    right = f"the derivative of the cost is 2/m (S{T} - y)"
    yield _at(SHARE, ONE, "no_share", f"2/m is missing: {right}", T)
    text = f"the 2 is missing: the derivative of (S{T} - y)² is 2 (S{T} - y)"
    yield _at(SHARE, over(1, M), "no_two", text, T)
    text = "1/m is missing: the cost is a mean over m sequences"
    yield _at(SHARE, Number(2), "no_mean", text, T)
    for wrong in (Product((Number(2), M)), Quotient(M, Number(2)), M):
        text = f"m stands above the line, it belongs below: {right}"
        yield _at(SHARE, wrong, "m_above", text, T)


def error(parts: Parts) -> Iterator[Edit]:
    """State_T - y: its sign, its state, its target, its power."""
    T, target = parts.T, Symbol(TARGET)
    last, error = parts.state_in(T), parts.row[ERROR]
    text = f"the sign is turned round: the error is S{T} - y, not y - S{T}"
    if parts.slopes:
        text += ", and no other factor has a minus before it"
    yield _at(ERROR, Negative(error), "sign_of_error", text, T)
    if parts.boxes:
        text = (
            f"the last state has no activation: the error is S{T} - y, not "
            f"{parts.function}(S{T}) - y"
        )
        activated = Call(parts.exercise.activation, last)
        yield _at(ERROR, _minus(activated, target), "last_state_activated", text, T)
    text = f"the target y is missing: the error is S{T} - y, not S{T} alone"
    yield _at(ERROR, last, "no_target", text, T)
    text = f"the error is S{T} - y, not S{T} + y"
    yield _at(ERROR, Sum((last, target)), "sign_of_target", text, T)
    squared = Power(error, 2)
    text = (
        f"this begins with the cost ξ = 1/m (S{T} - y)², it must begin with its derivative "
        f"2/m (S{T} - y)"
    )
    yield Edit(Mistake("cost_itself", text, T), {SHARE: over(1, M), ERROR: squared})
    text = f"the error is squared: the derivative of (S{T} - y)² is 2 (S{T} - y)"
    yield _at(ERROR, squared, "error_squared", text, T)
    for j in range(T - 1, 0, -1):
        for state in dict.fromkeys((parts.state_out(j), parts.state_in(j))):
            text = f"the error belongs to the last state: it is S{T} - y, not {said(state)} - y"
            yield _at(ERROR, _minus(state, target), "error_at_other_state", text, T)
    text = f"the error is missing: every derivative begins with 2/m (S{T} - y)"
    yield Edit(Mistake("no_error", text, T), {SHARE: ONE, ERROR: ONE})
    yield _at(ERROR, ONE, "no_error", text, T)


def last_factor(parts: Parts) -> Iterator[Edit]:
    """x_k by Wx or State_{k-1}(Out) by Wrec: something else stands there."""
    k, T, exercise = parts.k, parts.T, parts.exercise
    right = parts.row[parts.last]
    assert isinstance(right, Symbol)
    name = said(exercise.chain.weight(exercise.by))
    link = f"∂{said(parts.state_in(k))}/∂{name} = {said(right)}"
    by_wx = right.name == INPUT

    def at_last(wrong: Expr, kind: str, text: str) -> Edit:
        return _at(parts.last, wrong, kind, f"{text}: {link}", k)

    # the other weight's
    other: Symbol = parts.state_out(k - 1) if by_wx else Symbol(INPUT, k)
    text = (
        f"{said(other)} stands where {said(right)} belongs, which makes it the derivative by "
        f"{'Wrec' if by_wx else 'Wx'}"
    )
    yield at_last(other, "other_weight", text)
    # the same kind of factor, of another time stamp; State(In)
    if not by_wx and parts.state_in(k - 1) != right:
        wrong = parts.state_in(k - 1)
        text = f"{said(wrong)} stands at the end, but Wrec is multiplied by State(Out)"
        yield at_last(wrong, "in_for_out", text)
        twice = Call(exercise.activation, right)
        text = f"the activation is applied twice: {said(right)} already is behind it"
        yield at_last(twice, "activated_twice", text)
    yield from _total(parts, at_last)
    for i in _nearest(range(0 if not by_wx else 1, T + 1), int(right.time_stamp or 0)):
        same: Symbol = Symbol(INPUT, i) if by_wx else parts.state_out(i)
        kind = "x_of_other_time_stamp" if by_wx else "state_of_other_time_stamp"
        yield at_last(same, kind, f"{said(same)} is of another time stamp")
    # something else, that of this time stamp first
    for i in (k, *_nearest(range(1, T + 1), k)):
        states = dict.fromkeys((parts.state_out(i), parts.state_in(i)))
        wrongs = [
            (state, "state_for_x" if by_wx else "state_of_other_time_stamp") for state in states
        ]
        if not by_wx:
            wrongs.append((Symbol(INPUT, i), "x_for_state"))
        for wrong, kind in wrongs:
            if wrong != right:
                yield at_last(wrong, kind, f"{said(wrong)} stands where {said(right)} belongs")
    yield at_last(ONE, "no_last_factor", "the last factor is missing")
    weight = exercise.chain.weight(exercise.by)
    before = f"x{k}" if by_wx else said(parts.state_out(k - 1))
    text = f"the last factor {name} is the derivative by {before}, asked is the one by {name}"
    yield at_last(weight, "weight_for_factor", text)


def _total(parts: Parts, at_last: Callable[[Expr, str, str], Edit]) -> Iterator[Edit]:
    """The last factor with all that comes through earlier states, which have terms of their own.

    x2 + Wrec·f'(S1(In))·x1 in the place of x2.
    """
    weight = parts.exercise.by
    rule = parts.exercise.chain

    def direct(j: int) -> Expr:
        return Symbol(INPUT, j) if weight == "weight_ih" else rule.state_out(j - 1)

    for first in range(parts.k - 1, 0, -1):
        total = direct(first)
        for j in range(first + 1, parts.k + 1):
            box = (parts.slope(j - 1),) if parts.boxes else ()
            through = Product((rule.weight("weight_hh"), *box, total))
            total = Sum((direct(j), through))
        text = (
            f"the last factor is meant with S{parts.k - 1} held fixed: what comes through "
            f"S{parts.k - 1} belongs to the time stamps before, and is counted there"
        )
        yield at_last(total, "total_for_immediate", text)


def whole(parts: Parts) -> Iterator[Edit]:
    """A right derivative, but another one; or the sum of all."""
    exercise, k, T = parts.exercise, parts.k, parts.T
    others = [("weight_ih", "Wx"), ("weight_hh", "Wrec")]
    others.sort(key=lambda pair: pair[0] != exercise.by)

    def instead(way: Expr, kind: str, text: str) -> Edit:
        changes: dict[int, Expr] = dict.fromkeys(parts.way, ONE)
        return Edit(Mistake(kind, text, k), changes | {parts.last: way})

    for weight, name in others:
        ways = {j: _way(parts, weight, j) for j in range(T, 0, -1)}
        asked = f"asked is {exercise.question}"
        for j, way in ways.items():
            kind = "other_time_stamp" if weight == exercise.by else "other_weight"
            text = f"this is the derivative by {name} at time stamp {j}, {asked}"
            if j != k:
                yield instead(way, kind, text)
        text = f"this is the sum over all time stamps, the whole gradient of {name}; {asked} alone"
        if T > 1:
            yield instead(Sum(tuple(ways.values())), "sum_of_all", text)
        if T > 2 and weight == "weight_hh":  # without the last term, which S0 makes zero
            yield instead(Sum(tuple(ways.values())[:-1]), "sum_of_all", text)
    rest = Product(tuple(parts.row[at] for at in parts.way))
    target = Product((Symbol(TARGET), rest))
    last = Product((parts.row[SHARE], parts.state_in(T)))
    text = f"parentheses are missing: 2/m S{T} - y ... is not 2/m (S{T} - y)"
    everything: dict[int, Expr] = dict.fromkeys(range(len(parts.row)), ONE)
    forgotten = Edit(Mistake("no_parentheses", text, T), everything | {ERROR: _minus(last, target)})
    yield forgotten


def factor_too_many(parts: Parts) -> Iterator[Edit]:
    """A factor that has no place there."""
    states = [parts.state_out(j) for j in range(parts.T, -1, -1)]
    states += [parts.state_in(j) for j in range(parts.T - 1, 0, -1)] if parts.boxes else []
    inputs = [Symbol(INPUT, j) for j in range(parts.T, 0, -1)]
    for symbol in (*inputs, *states, Symbol("Wx"), Symbol(TARGET)):
        text = f"{said(symbol)} is a factor too many"
        yield _at(parts.extra, symbol, "factor_too_many", text, parts.k)


def _way(parts: Parts, weight: str, j: int) -> Product:
    """Return what follows the error at time stamp j."""
    return Product((ONE, *factors(parts.exercise.chain.term(weight, j))[1:]))


def _at(place: int, wrong: Expr, kind: str, text: str, time_stamp: int) -> Edit:
    return Edit(Mistake(kind, text, time_stamp), {place: wrong})


def _minus(left: Expr, right: Expr) -> Sum:
    return Sum((left, Negative(right)))


def _nearest(stamps: range, to: int) -> list[int]:
    """Return the other time stamps, the nearest first: the likeliest slip."""
    return sorted((i for i in stamps if i != to), key=lambda i: abs(i - to))
