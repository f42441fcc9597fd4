"""The cost written out, with a copy of each weight for each time stamp; no derivative in sight.

    ξ = 1/m (S_T - y)²,  S_k = f(S_{k-1} · Wrec_k + x_k · Wx_k) for k < T, the last without f

With all copies equal this is the post's network.  A term of the derivation, what time stamp k adds
to ∂ξ/∂Wx, is the derivative by the copy Wx_k alone.  Whatever has + - * / can be a number here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from bptt.derivation.chain_rule import INPUT, TARGET
from bptt.derivation.tree import Function, Point, Symbol


class Unrolled(NamedTuple):
    """One sequence through the network."""

    values: dict[Symbol, Any]
    """all that the trees of a `Chain` may ask for"""
    cost: Any


def unroll(
    x: Sequence[Any], y: Any, m: Any, s0: Any, wx: Sequence[Any], wrec: Sequence[Any], f: Function
) -> Unrolled:
    """Compute every state and the cost; ``wx[k-1]`` and ``wrec[k-1]`` are the copies of k.

    Examples
    --------
    >>> made = unroll([1, 0], y=2, m=1, s0=0, wx=[0.5] * 2, wrec=[3] * 2, f=lambda a: a)
    >>> made.cost, made.values[Symbol("S", 2)]
    (0.25, 1.5)
    """
    values = {Symbol("S", 0): s0, Symbol(TARGET): y, Symbol("m"): m}
    values |= {Symbol("Wx"): wx[0], Symbol("Wrec"): wrec[0]}
    state = s0
    for k, (x_k, wx_k, wrec_k) in enumerate(zip(x, wx, wrec, strict=True), start=1):
        state_in = state * wrec_k + x_k * wx_k
        last = k == len(x)
        state = state_in if last else f(state_in)
        values |= {Symbol(INPUT, k): x_k, Symbol("S_in", k): state_in, Symbol("S_out", k): state}
        values[Symbol("S", k)] = state  # the last, or all where f is the identity
    return Unrolled(values, (state - y) ** 2 / m)


def point(values: dict[Symbol, Any], name: str, f: Function, df: Callable[[Any], Any]) -> Point:
    """Return where the trees of a network with the activation ``name`` are evaluated."""
    return Point(values.__getitem__, {name: (f, df)})
