"""The mistakes that learners make on the way back: Wrec and the slope of each link."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bptt.derivation.edits import ONE, Edit, Mistake, Parts, said
from bptt.derivation.tree import (
    Call,
    Expr,
    Negative,
    Number,
    Power,
    Product,
    Slope,
    Sum,
    Symbol,
)

WREC, WX = Symbol("Wrec"), Symbol("Wx")


def weights(parts: Parts) -> Iterator[Edit]:
    """Wrec: too few, too many, Wx instead."""
    n, places = len(parts.weights), list(parts.weights.values())
    way = f"from time stamp {parts.T} back to {parts.k} there are {n} links"
    if n < 2:
        way = f"from time stamp {parts.T} back to {parts.k} there is {'1' if n else 'no'} link"
    need = f"{way}, so Wrec stands {n} times" if n > 1 else way
    for missing in dict.fromkeys((1, 2, n)):
        if 1 <= missing <= n:
            text = "one Wrec is missing" if missing == 1 else f"{missing} of the Wrec are missing"
            mistake = Mistake("wrec_too_few", f"{text}: {need}", parts.k)
            yield Edit(mistake, dict.fromkeys(places[:missing], ONE))
    for many in (1, 2):
        text = f"{'one' if many == 1 else 'two'} Wrec too many: {need}"
        yield Edit(Mistake("wrec_too_many", text, parts.k), {parts.extra: Power(WREC, many)})
    for instead in dict.fromkeys((1, n)):
        if 1 <= instead <= n:
            count = "" if n == 1 else " once" if instead == 1 else " everywhere"
            text = f"Wx stands{count} where Wrec belongs: from state to state it is Wrec"
            mistake = Mistake("wx_for_wrec", text, parts.k)
            yield Edit(mistake, dict.fromkeys(places[:instead], WX))


def slopes(parts: Parts) -> Iterator[Edit]:
    """The activation's derivative: missing, of another state, or not the derivative."""
    for j in parts.slopes:
        for kind, text, wrong in _wrong_slopes(parts, j):
            yield Edit(Mistake(kind, text, j), {parts.slopes[j]: wrong})
    if len(parts.slopes) > 1:  # the same everywhere
        for n, (kind, text, _) in enumerate(_wrong_slopes(parts, parts.T - 1)):
            changes = {at: _nth(_wrong_slopes(parts, j), n) for j, at in parts.slopes.items()}
            more = f"at every time stamp down to {parts.k}" if len(changes) > 2 else f"at {parts.k}"
            text = f"{text}; likewise {more}"
            yield Edit(Mistake(kind, text, parts.T - 1), changes)
    for j, place in parts.slopes.items():
        for i in sorted(range(1, parts.T + 1), key=lambda i: abs(i - j)):
            if i != j:
                wrong = parts.slope(i)
                text = (
                    f"{_d(parts, i)} is of another time stamp: the link back to {j} has "
                    f"{_d(parts, j)}"
                )
                yield Edit(Mistake("slope_of_other_time_stamp", text, j), {place: wrong})


def _wrong_slopes(parts: Parts, j: int) -> Iterator[tuple[str, str, Expr]]:
    """Yield what may stand where the slope at State_j(In) belongs: kind, message, formula."""
    before, state = parts.state_in(j), parts.state_out(j)
    activation, f, d = parts.exercise.activation, parts.function, _d(parts, j)
    out, square = said(state), Power(state, 2)
    logistic = activation == "logistic"
    whole = f"{out}·(1 - {out})" if logistic else f"1 - {out}²"
    yield "no_slope", f"the activation's derivative is missing at time stamp {j}: {d}", ONE
    text = (
        f"the derivative is taken at State(Out), it belongs at State(In): {d}, not d_{f}({out})"
        f" (S{j} alone is {out})"
    )
    yield "slope_at_out", text, Slope(activation, state)
    text = (
        f"{f}({said(before)}), which is {out}, stands where its derivative belongs: {d} = {whole}"
    )
    yield "function_not_slope", text, Call(activation, before)
    minus, plus, halved = _one_minus(state), Sum((Number(1), state)), _one_minus(before)
    at_in: Expr = _of(before, halved) if logistic else _one_minus(Power(before, 2))
    otherwise: Expr = _one_minus(square) if logistic else _of(state, minus)
    other = "tanh" if logistic else "logistic"
    halves: dict[str, Expr] = {f"1 - {out}": minus, f"{out}²": square}
    if logistic:
        halves[f"{out}·(1 + {out})"] = _of(state, plus)
    else:
        halves[f"1 + {out}²"] = Sum((Number(1), square))
    shown_in = f"{said(before)}·(1 - {said(before)})" if logistic else f"1 - {said(before)}²"
    for shown, half in halves.items():
        yield "half_of_slope", f"{shown} is not all of the derivative: {d} = {whole}", half
    text = f"{shown_in} has State(In), this formula is one of State(Out): {d} = {whole}"
    yield "slope_formula_at_in", text, at_in
    text = f"this is the derivative of another activation ({other}): here {d} = {whole}"
    for wrong in (otherwise, Slope(other, before)):
        yield "slope_of_other_activation", text, wrong


def links(parts: Parts) -> Iterator[Edit]:
    """A whole link: missing, too many, added instead of multiplied."""
    k, both = parts.k, parts.weights.keys() & parts.slopes.keys()
    for j in sorted(both, reverse=True):
        text = f"the link from time stamp {j + 1} back to {j} is missing: Wrec·{_d(parts, j)}"
        at, slope = parts.weights[j], parts.slopes[j]
        yield Edit(Mistake("no_link", text, j), {at: ONE, slope: ONE})
        text = f"Wrec and {_d(parts, j)} are added: links of a chain are multiplied"
        added = Sum((WREC, parts.slope(j)))
        yield Edit(Mistake("added", text, j), {at: added, slope: ONE})
    if len(both) > 1:
        places = (*parts.weights.values(), *parts.slopes.values())
        text = f"the way from time stamp {parts.T} back to {k} is missing: {len(both)} links, each"
        text += f" Wrec times d_{parts.function}(State(In))"
        yield Edit(Mistake("no_link", text, k), dict.fromkeys(places, ONE))
    text = f"only the error is there: the way back to time stamp {k} and what ends it are missing"
    if parts.weights:
        changes: dict[int, Expr] = dict.fromkeys(parts.way, ONE)
        yield Edit(Mistake("only_error", text, k), changes)
    if parts.boxes and k > 1:
        text = (
            f"one link too many: the way ends at time stamp {k}, Wrec·{_d(parts, k - 1)} leads on"
        )
        extra = Product((WREC, parts.slope(k - 1)))
        yield Edit(Mistake("link_too_many", text, k), {parts.extra: extra})


def slope_too_many(parts: Parts) -> Iterator[Edit]:
    """A box where there is none: at the last state, beyond the end, or without activation."""
    T, extra = parts.T, parts.extra
    if not parts.boxes:
        yield from _boxes_without_activation(parts)
        return
    last, f = parts.state_in(T), parts.function
    logistic = parts.exercise.activation == "logistic"
    formula = _of(last, _one_minus(last)) if logistic else _one_minus(Power(last, 2))
    text = f"the last state S{T} has no activation, so d_{f}(S{T}) has no place"
    for wrong in (parts.slope(T), formula):
        yield Edit(Mistake("last_state_slope", text, T), {extra: wrong})
    for j in range(T - 1, 0, -1):
        d = _d(parts, j)
        text = f"{d} has no place here: the way back ends at time stamp {parts.k}"
        if j in parts.slopes:
            text = f"{d} stands once too often: each link has one derivative"
        yield Edit(Mistake("slope_too_many", text, j), {extra: parts.slope(j)})


def _boxes_without_activation(parts: Parts) -> Iterator[Edit]:
    T, k = parts.T, parts.k
    why = "there is no activation in this network, so its derivative has no place"
    for function, name in (("logistic", "d_log"), ("tanh", "d_tanh")):
        boxes = {j: Slope(function, parts.state_in(j)) for j in range(T, 0, -1)}
        rows: Mapping[int, tuple[int, ...]] = {j: (j,) for j in boxes}
        on_the_way = tuple(range(T - 1, k - 1, -1))
        for stamps in dict.fromkeys((on_the_way, (T, *on_the_way), *rows.values())):
            if stamps:
                shown = " and ".join(f"{name}(S{j})" for j in stamps[:3])
                extra = Product((ONE, *(boxes[j] for j in stamps)))
                mistake = Mistake("no_activation", f"{why}: {shown}", stamps[0])
                yield Edit(mistake, {parts.extra: extra})


def _nth(wrongs: Iterator[tuple[str, str, Expr]], n: int) -> Expr:
    return list(wrongs)[n][2]


def _d(parts: Parts, j: int) -> str:
    return f"d_{parts.function}({said(parts.state_in(j))})"


def _one_minus(of: Expr) -> Sum:
    return Sum((Number(1), Negative(of)))


def _of(left: Expr, right: Expr) -> Product:
    return Product((left, right))
