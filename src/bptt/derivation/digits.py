"""Checks with mpmath's 50 digits at random points: for long sequences, and to refute."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from bptt._extras import need
from bptt.derivation.chain_rule import Chain
from bptt.derivation.text import name
from bptt.derivation.tree import Function, evaluate
from bptt.derivation.unrolled import point, unroll

DIGITS, STEP = 50, 60  # digits that must agree; the complex step is 10^-60, its error 10^-120
WORKING = 140
POINTS = 3


class Differs(NamedTuple):
    """A point at which a term is not the derivative it should be."""

    weight: str
    time_stamp: int | None
    """None for the sum over time stamps"""
    at: dict[str, str]
    """what each symbol was"""
    ours: str
    theirs: str

    def __str__(self) -> str:
        where = ", ".join(f"{symbol} = {value}" for symbol, value in self.at.items())
        stamp = "the sum" if self.time_stamp is None else f"time stamp {self.time_stamp}"
        return f"{self.weight}, {stamp}: {self.ours} instead of {self.theirs} at {where}"


def need_mpmath() -> Any:
    """Return mpmath, or say which extra it comes with."""
    return need("prove", "mpmath", "learn", "mpmath")


def functions(activation: str) -> tuple[Function, Function]:
    """Return an activation and its derivative for mpmath's numbers; sin stands for an unknown f."""
    mp = need_mpmath().mp
    if activation == "identity":
        return (lambda a: a), (lambda a: mp.mpf(1))
    if activation == "logistic":
        return (lambda a: 1 / (1 + mp.exp(-a))), (lambda a: 1 / (2 + 2 * mp.cosh(a)))
    if activation == "tanh":
        return mp.tanh, lambda a: 1 / mp.cosh(a) ** 2
    return mp.sin, mp.cos


def first_difference(chain: Chain, weight: str, seed: int = 0) -> Differs | None:
    """Return where a term, or the sum of all, differs from a complex step of the cost, if it does.

    All is computed with 140 digits; what differs in the first 50 differs.
    """
    mp = need_mpmath().mp
    rng = Random(seed)
    with mp.workdps(WORKING):
        for _ in range(POINTS):
            for found in _at_point(chain, weight, rng):
                return found
    return None


def _at_point(chain: Chain, weight: str, rng: Random) -> Iterator[Differs]:
    mp = need_mpmath().mp
    n_steps, (f, df) = chain.n_steps, functions(chain.activation)

    def number(low: float, high: float) -> Any:
        return mp.mpf(round(rng.uniform(low, high), 3)) * rng.choice((-1, 1))

    x = [number(0.3, 1.5) for _ in range(n_steps)]
    y, s0, m = number(1.0, 3.0), number(0.3, 0.9), mp.mpf(rng.randint(2, 9))
    wx, wrec = number(0.3, 1.5), number(0.5, 1.5)

    def derivative(k: int | None) -> Any:
        """Return ∂ξ/∂(the copy of time stamp k), or by all copies at once, by a complex step."""
        step = mp.mpc(0, mp.mpf(10) ** -STEP)
        moved = [step if k in (None, j) else 0 for j in range(1, n_steps + 1)]
        wx_k = [wx + (move if weight == "weight_ih" else 0) for move in moved]
        wrec_k = [wrec + (move if weight == "weight_hh" else 0) for move in moved]
        return unroll(x, y, m, s0, wx_k, wrec_k, f).cost.imag * mp.mpf(10) ** STEP

    made = unroll(x, y, m, s0, [wx] * n_steps, [wrec] * n_steps, f)
    at = point(made.values, chain.activation, f, df)
    ours = {k: evaluate(chain.term(weight, k), at) for k in chain.time_stamps(weight)}
    missing = set(range(1, n_steps + 1)) - set(ours)
    ours |= dict.fromkeys(missing, mp.mpf(0))  # adds nothing, and should
    given = {s: v for s, v in made.values.items() if not s.name.startswith("S") or not s.time_stamp}
    where = {name(symbol): mp.nstr(value, 6) for symbol, value in given.items()}
    for k, value in [*ours.items(), (None, sum(ours.values()))]:
        theirs = derivative(k)
        allowed = mp.mpf(10) ** -DIGITS * max(abs(value), abs(theirs))
        if not (
            mp.isfinite(value) and abs(value - theirs) <= allowed
        ):  # what is not a number is no agreement
            yield Differs(weight, k, where, mp.nstr(value, 12), mp.nstr(theirs, 12))
