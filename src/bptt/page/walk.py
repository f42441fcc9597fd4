"""The walk inside one step of training: forward, error, backward, update, formula by formula."""

from __future__ import annotations

from typing import Any

from bptt.derivation.chain_rule import COST, INPUT
from bptt.derivation.notation import View, write
from bptt.derivation.tree import Call, Expr, Partial, Product, Sum, Symbol
from bptt.derivation.worked import Worked
from bptt.page.arithmetic import Trained
from bptt.page.numbers import MATHML, shown
from bptt.page.state import State

WEIGHTS = (("wx", "weight_ih"), ("wrec", "weight_hh"))
MOST_TERMS = 3  # of a sum, after its first


def walk(d: Worked, state: State, updates: list[Trained]) -> list[dict[str, Any]]:
    """Return the stages of one step, for the sequence that is looked at.

    Parameters
    ----------
    d : Worked
    state : State
    updates : list of Trained
        Where the weights are, and where the next update leads to, if there is one.
    """
    one = _Sequence(d, state.sequence - 1)
    T = state.n_steps
    stages = [
        _stage("forward", k, f"Forward, time stamp {k}", one.forward(k)) for k in range(1, T + 1)
    ]
    stages.append(_stage("error", T, f"The error at State {T}", [one.error(T)]))
    for k in range(T, 0, -1):
        back = [] if k == T else [one.error(k)]
        title = f"Backward, time stamp {k}"
        stages.append(_stage("backward", k, title, [*back, *one.shares(k)]))
    rate = " and ".join(f"{rate:g}" for rate in state.rate)
    title = f"Update by {state.optimizer}, rate {rate}"
    return [*stages, _stage("update", 0, title, _update(d, state, updates))]


def _stage(part: str, k: int, title: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {"part": part, "time_stamp": k, "title": title, "lines": lines}


def _line(
    left: str, symbols: str, numbers: str, value: float, says: str = "", sign: str = "="
) -> dict[str, Any]:
    """Return left = symbols = numbers = value, with a word before it that says what left is."""
    return {
        "says": says,
        "left": left,
        "sign": sign,
        "symbols": symbols,
        "numbers": numbers,
        "value": shown(value),
    }


class _Sequence:
    """Writes the formulas of one sequence, with their numbers."""

    def __init__(self, d: Worked, i: int) -> None:
        self.d, self.i = d, i

    def value(self, expr: Expr) -> float:
        return self.d.number(expr, self.i)

    def number(self, expr: Expr) -> str:
        """Return the value of a factor, in parentheses if it is negative."""
        value = self.value(expr)
        return MATHML.parentheses(MATHML.number(value)) if value < 0 else MATHML.number(value)

    def forward(self, k: int) -> list[dict[str, Any]]:
        chain = self.d.chain
        before, now, after = chain.state_out(k - 1), chain.state_in(k), chain.state_out(k)
        sum_of = Sum(
            (
                Product((before, chain.weight("weight_hh"))),
                Product((Symbol(INPUT, k), chain.weight("weight_ih"))),
            )
        )
        with_numbers = write(sum_of, MATHML, View.NUMBERS, self.value)
        in_symbols = write(sum_of, MATHML, View.SYMBOLS)
        lines = [_line(MATHML.symbol(now), in_symbols, with_numbers, self.value(now))]
        if after != now:
            call = write(Call(chain.activation, now), MATHML, View.SYMBOLS)
            of_number = MATHML.call(chain.activation, MATHML.number(self.value(now)))
            lines.append(_line(MATHML.symbol(after), call, of_number, self.value(after)))
        return lines

    def error(self, k: int) -> dict[str, Any]:
        """Return ∂ξ/∂S_T, or that of an earlier state from the one behind it."""
        chain = self.d.chain
        error, left = chain.errors[k], MATHML.partial(COST, chain.state_in(k))
        if k == chain.n_steps:
            with_numbers = write(error, MATHML, View.NUMBERS, self.value)
            symbols = write(error, MATHML, View.SYMBOLS)
            return _line(left, symbols, with_numbers, self.value(error))
        assert isinstance(error.value, Product)
        return self.product(left, error.value)

    def shares(self, k: int) -> list[dict[str, Any]]:
        found = []
        for _, weight in WEIGHTS:
            left = MATHML.partial(COST, self.d.chain.weight(weight))
            found.append(self.product(left, self.d.chain.term(weight, k), "share of"))
        return found

    def product(self, left: str, product: Product, says: str = "") -> dict[str, Any]:
        """Write a product whose first factor is the error that has come so far."""
        first, *rest = product.factors
        assert isinstance(first, Partial)
        symbols = [MATHML.partial(first.of, first.by)]
        symbols += [write(factor, MATHML, View.SYMBOLS) for factor in rest]
        numbers = [
            MATHML.mark(factor.role, self.number(factor))
            for factor in product.factors
            if isinstance(factor, Partial)
        ]
        times = MATHML.times
        return _line(left, times.join(symbols), times.join(numbers), self.value(product), says)


def _update(d: Worked, state: State, updates: list[Trained]) -> list[dict[str, Any]]:
    lines = [_gradient(d, weight, state) for _, weight in WEIGHTS]
    if len(updates) < 2:
        return lines
    rates = state.rate if len(state.rate) == 2 else state.rate * 2
    for (name, weight), rate in zip(WEIGHTS, rates, strict=True):
        symbol = d.chain.weight(weight)
        before, after = (getattr(update.weights, name) for update in updates)
        symbols = MATHML.symbol(symbol) + "<mo>+</mo><mi mathvariant='normal'>Δ</mi>"
        numbers = MATHML.sum(MATHML.number(before), [_signed(after - before)])
        if state.optimizer == "sgd":
            slope = MATHML.partial(COST, symbol)
            symbols = MATHML.sum(MATHML.symbol(symbol), [("-", f"<mi>η</mi>{MATHML.times}{slope}")])
            gradient = d.gradient(weight)
            inner = MATHML.number(gradient)
            inner = MATHML.parentheses(inner) if gradient < 0 else inner
            step = MATHML.number(rate) + MATHML.times + inner
            numbers = MATHML.sum(MATHML.number(before), [("-", step)])
        lines.append(_line(MATHML.symbol(symbol), symbols, numbers, after, sign="←"))
    return lines


def _gradient(d: Worked, weight: str, state: State) -> dict[str, Any]:
    """Return a derivative as the sum of its shares: of all time stamps, of all sequences."""
    n = len(state.sequences)
    symbols = f"<mtext>all shares, {f'of {n} sequences' if n > 1 else 'of one sequence'}</mtext>"
    first, *rest = (d.share(weight, k) for k in d.chain.time_stamps(weight))
    terms = [_signed(share) for share in rest]
    if len(terms) > MOST_TERMS:
        terms = [terms[0], ("+", MATHML.fold(len(terms) - 2, "shares")), terms[-1]]
    left = MATHML.partial(COST, d.chain.weight(weight))
    return _line(left, symbols, MATHML.sum(MATHML.number(first), terms), d.gradient(weight))


def _signed(value: float) -> tuple[str, str]:
    return ("-" if value < 0 else "+", MATHML.number(abs(value)))
