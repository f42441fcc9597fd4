"""A derivation as JSON, in the layout that ``derivation.schema.json`` beside this file writes down.

All numbers that the other formats show, at every time stamp and unrounded; the formula of a long
chain is folded as in them, but its factors are all there.  Any other program reads this.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from bptt.derivation.chain_rule import STATE_IN
from bptt.derivation.latex import Latex
from bptt.derivation.mathml import MathML
from bptt.derivation.notation import View, write
from bptt.derivation.text import Text
from bptt.derivation.tree import Expr, Partial, Slope, evaluate

if TYPE_CHECKING:
    from bptt.derivation.derivation import Derivation, Term

SCHEMA = "bptt.derivation/1"
NOTATIONS = {"text": Text(), "latex": Latex(), "mathml": MathML()}


def as_json(d: Derivation) -> str:
    """Write a derivation as one JSON object; what is not finite is null."""
    return json.dumps(content(d), ensure_ascii=False, allow_nan=False)


def content(d: Derivation) -> dict[str, Any]:
    """Return the object that `as_json` writes."""
    n, n_steps, input_size, hidden_size = d.reading.sizes
    numbered: dict[int, int] = {}  # by id: terms share the links of their chains
    found: list[dict[str, Any]] = []
    terms = [_term(d, term, numbered, found) for term in d.terms.values()]
    return {
        "schema": SCHEMA,
        "network": {
            "activation": d.net.cell.activation.name,  # type: ignore[attr-defined]
            "readout": d.chain.readout,
            "input_size": input_size,
            "hidden_size": hidden_size,
            "output_size": d.net.output_size,
            "scalar": d.scalar,
        },
        "n_sequences": n,
        "n_steps": n_steps,
        "m": int(d.batch.n_counted),
        "weights": [
            {"name": name, "symbol": _shown(symbol), "value": numbers(array)}
            for name, (array, symbol) in zip(d.chain.weights, d.reading.weights(), strict=True)
        ],
        "loss": {"name": d.chain.loss, "value": numbers(d.reading.run.loss)},
        "y": numbers(d.batch.y),
        "prediction": numbers(d.reading.run.prediction),
        "time_stamps": [_time_stamp(d, k) for k in range(1, n_steps + 1)],
        "factors": found,
        "terms": terms,
        "gradients": [
            {
                "weight": gradient.weight,
                "sum": numbers(gradient.total),
                "engine": numbers(gradient.engine),
                "difference": numbers(gradient.difference),
            }
            for gradient in d.gradients
        ],
    }


def _time_stamp(d: Derivation, k: int) -> dict[str, Any]:
    at = d.chain.state_in(k)
    slope = Slope(d.chain.activation, at) if at.name == STATE_IN else None
    return {
        "time_stamp": k,
        "x": numbers(d.reading.run.tape.x[k - 1]),
        "state_in": numbers(d.reading.array(at)),
        "state_out": numbers(d.reading.array(d.chain.state_out(k))),
        "slope": None if slope is None else numbers(evaluate(slope, d.reading.in_rows())),
        "d_state_in": numbers(np.asarray(d.errors[k]).reshape(d.reading.run.tape.z[k - 1].shape)),
    }


def _term(
    d: Derivation, term: Term, numbered: dict[int, int], found: list[dict[str, Any]]
) -> dict[str, Any]:
    chain = term.factors if d.scalar else ()
    for factor in chain:
        if id(factor) not in numbered:
            numbered[id(factor)] = len(found)
            found.append(_factor(d, factor))
    return {
        "weight": term.weight,
        "time_stamp": term.time_stamp,
        "value": numbers(term.value),
        "by_sequence": None if term.by_sequence is None else numbers(term.by_sequence),
        "partials": _shown(term.expression, View.PARTIALS),
        "symbols": _shown(term.expression),
        "factors": [numbered[id(factor)] for factor in chain],
    }


def _factor(d: Derivation, factor: Expr) -> dict[str, Any]:
    assert isinstance(factor, Partial)
    value = np.broadcast_to(np.asarray(d.evaluated(factor)), d.reading.sizes[:1])
    return {
        "role": factor.role.value,
        "time_stamp": factor.by.time_stamp or factor.of.time_stamp,
        "partial": _shown(factor, View.PARTIALS),
        "symbol": _shown(factor),
        "value": numbers(value),
    }


def _shown(expr: Expr, view: View = View.SYMBOLS) -> dict[str, str]:
    return {name: write(expr, notation, view) for name, notation in NOTATIONS.items()}


def numbers(value: Any) -> Any:
    """Return numbers as lists of floats; what is not finite as None, for JSON has no NaN."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list):
        return [numbers(entry) for entry in value]
    return value if isinstance(value, int) or math.isfinite(value) else None
