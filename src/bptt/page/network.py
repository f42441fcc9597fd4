"""One network on the page: its weights, states, factors and the terms of the open time stamp."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from bptt.derivation.chain_rule import COST, INPUT, STATE_IN, Chain
from bptt.derivation.notation import View, write
from bptt.derivation.text import TEXT, called
from bptt.derivation.tree import Expr, Partial, Role, Slope, Symbol, factors
from bptt.derivation.worked import Worked
from bptt.page.numbers import MATHML, shown
from bptt.page.state import State

WEIGHTS = {"wx": "weight_ih", "wrec": "weight_hh"}


def network(d: Worked, state: State) -> dict[str, Any]:
    """Return what is drawn, written and tabulated of a network, for the sequence looked at."""
    return {
        "activation": d.chain.activation,
        "function": called(d.chain.activation),
        "initial": _quantity(d, d.chain.state_out(0), state.sequence),
        "weights": [_weight(d, name) for name in WEIGHTS],
        "time_stamps": [_time_stamp(d, k, state.sequence) for k in range(1, state.n_steps + 1)],
        "factors": _all_factors(d, state.sequence),
        "terms": [_term(d, name, state) for name in WEIGHTS],
    }


def _weight(d: Worked, name: str) -> dict[str, Any]:
    symbol = d.chain.weight(WEIGHTS[name])
    return {
        "name": name,
        "symbol": MATHML.symbol(symbol),
        "value": shown(d.number(symbol, 0)),
        "derivative": MATHML.partial(COST, symbol),
        "gradient": shown(d.gradient(WEIGHTS[name])),
    }


def _quantity(d: Worked, symbol: Symbol, sequence: int) -> dict[str, Any]:
    return {"symbol": MATHML.symbol(symbol), "value": shown(d.number(symbol, sequence - 1))}


def _time_stamp(d: Worked, k: int, sequence: int) -> dict[str, Any]:
    """Return what is at a time stamp, of the sequence that is looked at."""
    state_in, state_out = d.chain.state_in(k), d.chain.state_out(k)
    slope = _slope(d.chain, k)

    def at(expr: Expr) -> dict[str, Any]:
        return shown(d.number(expr, sequence - 1))

    return {
        "time_stamp": k,
        "x": at(Symbol(INPUT, k)),
        "state_in": at(state_in),
        "state_out": at(state_out),
        "slope": None if slope is None else at(slope),
        "error": at(d.chain.errors[k]),
        "shares": {name: at(d.chain.term(weight, k)) for name, weight in WEIGHTS.items()},
        "symbols": {
            "x": MATHML.symbol(Symbol(INPUT, k)),
            "state_in": MATHML.symbol(state_in),
            "state_out": MATHML.symbol(state_out),
            "error": MATHML.partial(COST, state_in),
        },
    }


def _slope(chain: Chain, k: int) -> Slope | None:
    """Return f'(State_k(In)), the coloured box; None where there is no activation."""
    at = chain.state_in(k)
    return Slope(chain.activation, at) if at.name == STATE_IN else None


def _name(factor: Expr) -> str:
    """Return the name by which network, formula and table know a factor: slope-2."""
    assert isinstance(factor, Partial)
    if factor.role is Role.ERROR:
        return "error"
    return f"{factor.role}-{factor.by.time_stamp or factor.of.time_stamp}"


def _named(chain: Chain) -> dict[str, Partial]:
    """Return every factor of every term once, by its name."""
    found: list[Expr] = list(factors(chain.term("weight_ih", 1)))  # all that is on the way back
    for weight in WEIGHTS.values():
        found += [chain.term(weight, k).factors[-1] for k in chain.time_stamps(weight)]
    return {_name(factor): factor for factor in found if isinstance(factor, Partial)}


@lru_cache(maxsize=64)
def _formulas(n_steps: int, activation: str) -> dict[str, dict[str, str]]:
    """Return how each factor is written, whatever its numbers: it stays while weights move."""
    return {
        name: {
            "role": factor.role.value,
            "partial": write(factor, MATHML, View.PARTIALS),
            "symbols": write(factor, MATHML, View.SYMBOLS),
            "says": " = ".join(write(factor, TEXT, v) for v in (View.PARTIALS, View.SYMBOLS)),
        }
        for name, factor in _named(Chain(n_steps, activation)).items()
    }


def _all_factors(d: Worked, sequence: int) -> dict[str, Any]:
    written = _formulas(d.chain.n_steps, d.chain.activation)
    found: dict[str, Any] = {}
    for name, factor in _named(d.chain).items():
        value = shown(d.number(factor, sequence - 1))
        says = f"{written[name]['says']} = {value['text']}"
        found[name] = written[name] | {"says": says, "value": value}
    return found


def _term(d: Worked, name: str, state: State) -> dict[str, Any]:
    """Return the product that the open time stamp adds to a derivative."""
    tree = d.chain.term(WEIGHTS[name], state.time_stamp)
    return {
        "weight": name,
        "derivative": MATHML.partial(COST, d.chain.weight(WEIGHTS[name])),
        "factors": [_name(factor) for factor in factors(tree)],
        "value": shown(d.number(tree, state.sequence - 1)),
        "sum": shown(d.share(WEIGHTS[name], state.time_stamp)),
        "says": write(tree, TEXT, View.SYMBOLS),
    }
