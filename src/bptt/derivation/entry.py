"""One entry of one weight in scalar form: what a matrix product does, written out.

∂ξ/∂W_hh[i,j] at time stamp k = (Σ_n ∂ξ/∂S_{k+1}(In)[n] · W_hh[n,i]) · f'(S_k(In)[i]) · S_{k-1}(Out)[j]
"""  # noqa: E501

from __future__ import annotations

import re
from dataclasses import replace
from operator import ge
from typing import TYPE_CHECKING, Any

import numpy as np

from bptt.derivation.chain_rule import COST, SOFTMAX, Chain
from bptt.derivation.tree import (
    Call,
    Expr,
    Negative,
    Partial,
    Point,
    Product,
    Role,
    Slope,
    Sum,
    Symbol,
)
from bptt.errors import InputError, sentence

if TYPE_CHECKING:
    from bptt.derivation.derivation import Derivation

D_STATE = "∂ξ/∂S"  # what the chain has at one time stamp later
ENTRY = re.compile(r"([A-Za-z_.]+)\[\s*(\d{1,9})\s*(?:,\s*(\d{1,9})\s*)?\]", re.ASCII)


def parse(d: Derivation, entry: str, only: int | None = None) -> tuple[str, tuple[int, ...]]:
    """Return (weight, index) of ``"weight_hh[2,5]"``, or raise InputError.

    ``only`` is the time stamp that is asked for.
    """
    if d.scalar:
        do = "Leave it out: all is scalar already"
        came = f"{entry!r} of a network whose weights are one number each"
        raise InputError(sentence("explain", "entry for a larger network", came, do))
    match = ENTRY.fullmatch(entry.strip())
    shapes = {w: np.shape(d.terms[w, d.chain.n_steps].value) for w in d.chain.weights}
    weight = "" if match is None else match[1]
    weight = {d.chain.names[w]: w for w in shapes}.get(weight, weight)  # W_hh is weight_hh
    index = () if match is None else tuple(int(i) for i in match.groups()[1:] if i is not None)
    shape = shapes.get(weight, ())
    if not index or len(index) != len(shape) or any(map(ge, index, shape)):
        sizes = ", ".join(f"{w}{list(shape)}" for w, shape in shapes.items())
        expected = f"entry to be that of a weight of these sizes: {sizes}"
        do = "Count rows and columns from 0, as in weight_hh[0,0]"
        raise InputError(sentence("explain", expected, repr(entry), do))
    if only is not None and only not in d.chain.time_stamps(weight):
        came, do = f"time stamp {only}", f"{weight} is used at time stamp {d.chain.n_steps} only"
        raise InputError(sentence("explain", "a time stamp at which it is used", came, do))
    return weight, index


def entry_term(d: Derivation, weight: str, index: tuple[int, ...], k: int) -> Product:
    """Return what time stamp k adds to the derivative by one entry, as a tree of scalars."""
    chain, row = d.chain, index[0]
    whole = chain.term(weight, k)
    link = whole.factors[1]
    assert isinstance(link, Partial)
    error = _at_prediction(chain, k, row) if weight.startswith("readout.") else _at_state(d, k, row)
    value = link.value if link.role is Role.ONE else _entry(link.value, index[1:])
    by, of = replace(link.by, index=index), replace(link.of, index=(row,))
    return Product((error, Partial(of, by, value, link.role)))


def _at_prediction(chain: Chain, k: int, o: int) -> Partial:
    error = chain.error_at_prediction(k)
    value = _entry(error.value, (o,))
    return Partial(COST, replace(error.by, index=(o,)), value, Role.ERROR)


def _entry(expr: Expr, index: tuple[int, ...]) -> Expr:
    """Give an index to each symbol of an expression that has no products of matrices."""
    match expr:
        case Symbol("m"):
            return expr
        case Symbol():
            return replace(expr, index=index)
        case Sum(terms):
            return Sum(tuple(_entry(term, index) for term in terms))
        case Product(parts):
            return Product(tuple(_entry(part, index) for part in parts))
        case Negative(of):
            return Negative(_entry(of, index))
        case Call("softmax", Symbol(_, stamp)):  # p[o] is not a function of ŷ[o] alone
            return Symbol(SOFTMAX, stamp, index)
        case Call(function, of):
            return Call(function, _entry(of, index))
        case _:
            return expr


def _at_state(d: Derivation, k: int, i: int) -> Partial:
    """Return ∂ξ/∂State_k(In)[i] as the sum of all ways to it."""
    chain, here = d.chain, d.chain.state_in(k)
    if k == chain.n_steps and chain.readout == "state_in":
        return _at_prediction(chain, k, i)
    ways: list[Expr] = []
    if k < chain.n_steps:
        weight, after = chain.weight("weight_hh"), chain.state_in(k + 1)
        for n in range(d.net.hidden_size):
            known = Symbol(D_STATE, k + 1, (n,))
            d_after = Partial(COST, replace(after, index=(n,)), known, Role.CHAIN)
            ways.append(Product((d_after, replace(weight, index=(n, i)))))
    if chain.readout == "every" or k == chain.n_steps:
        weight = chain.weight("readout.weight")
        for o in range(d.net.output_size):
            d_prediction = replace(_at_prediction(chain, k, o), role=Role.CHAIN)
            ways.append(Product((d_prediction, replace(weight, index=(o, i)))))
    out = Partial(COST, replace(chain.state_out(k), index=(i,)), Sum(tuple(ways)), Role.CHAIN)
    if chain.activation == "identity":
        return out
    at = replace(here, index=(i,))
    box = Partial(out.by, at, Slope(chain.activation, at), Role.SLOPE)
    return Partial(COST, at, Product((out, box)), Role.CHAIN)


def entry_point(d: Derivation) -> Point:
    """Return where such a tree is evaluated: an array (n,), one number a sequence."""
    weights = {symbol.name for _, symbol in d.reading.weights()}

    def value(symbol: Symbol) -> Any:
        if symbol.name == D_STATE:
            return d.errors[int(symbol.time_stamp or 0)][:, symbol.index[0]]
        array = d.reading.array(replace(symbol, index=()))
        if not symbol.index:
            return array
        return array[symbol.index] if symbol.name in weights else array[:, symbol.index[0]]

    return Point(value, d.reading.functions)
