"""Spot the difference: the derivation with the activation beside the one without."""

from __future__ import annotations

import json
import math
from difflib import SequenceMatcher
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bptt.data import Batch
from bptt.derivation.as_json import content
from bptt.derivation.derivation import Derivation, Term, explain
from bptt.derivation.document import (
    Beside,
    Block,
    Document,
    Equation,
    Formula,
    Heading,
    Line,
    Piece,
    Prose,
    Table,
    Value,
    short,
)
from bptt.derivation.pages import by_time_stamp, derivative, network, shown_stamps
from bptt.derivation.shown import Shown
from bptt.derivation.text import called
from bptt.derivation.tree import Expr, Partial, Role, factors
from bptt.errors import InputError, sentence
from bptt.losses import Loss
from bptt.network import RNN
from bptt.params import Params

SCHEMA = "bptt.comparison/1"  # two objects of bptt.derivation/1
Key = tuple[str, int | str | None]


class Difference(NamedTuple):
    """How the formulas of one term differ."""

    only_with: tuple[Expr, ...]
    """the factors that only the formula with the activation has"""
    only_without: tuple[Expr, ...]


def difference(one: Expr, other: Expr) -> Difference:
    """Compare two chains factor by factor: which part each plays, at which time stamp."""
    left, right = factors(one), factors(other)
    matcher = SequenceMatcher(None, [_key(f) for f in left], [_key(f) for f in right], False)
    only: tuple[list[Expr], list[Expr]] = [], []
    for tag, i, i_end, j, j_end in matcher.get_opcodes():
        if tag != "equal":
            only[0].extend(left[i:i_end])
            only[1].extend(right[j:j_end])
    return Difference(tuple(only[0]), tuple(only[1]))


def _key(factor: Expr) -> Key:
    assert isinstance(factor, Partial)
    return factor.role.value, factor.by.time_stamp


class Comparison(Shown):
    """Two derivations of one gradient; made by `compare`."""

    def __init__(self, with_activation: Derivation, without: Derivation) -> None:
        self.with_activation, self.without = with_activation, without
        self.name = called(with_activation.chain.activation)

    @property
    def boxes(self) -> tuple[float, float]:
        """The product of the boxes of the longest chain, least and most of the sequences."""
        d = self.with_activation
        return _product(d, factors(d.chain.errors[1]))

    def sentence(self) -> str:
        """Say what the boxes do to the size of the gradient."""
        chain = self.with_activation.chain
        n = len(difference(chain.errors[1], self.without.chain.errors[1]).only_with)
        if n == 0:
            return "With one time stamp there is no box: the two are the same."
        back = chain.n_steps - 1
        power = {0: "no Wrec", 1: "Wrec"}.get(back, f"Wrec^{back}")
        boxes = f"one box d_{self.name}(S(In))" if n == 1 else f"{n} boxes d_{self.name}(S(In))"
        most = LARGEST.get(chain.activation)
        each = "" if most is None else f", each at most {most:g}"
        limit = ""
        if most is not None and most < 1 and n > 1:
            limit = f", and never by more than {_power(most, n)}"
        least, largest = (f"{box:.3g}" for box in self.boxes)
        span = largest if least == largest else f"{least} to {largest}"
        return (
            "Spot the difference: only the boxes. Without activation, time stamp 1 carries "
            f"{power}; with it, {boxes} besides{each}, which here multiply its gradient by "
            f"{span}{limit}."
        )

    def json(self) -> str:
        """Return one JSON object: both derivations, and the sentence."""
        found = {
            "schema": SCHEMA,
            "sentence": self.sentence(),
            "with_activation": content(self.with_activation),
            "without": content(self.without),
        }
        return json.dumps(found, ensure_ascii=False, allow_nan=False)

    _repr_pretty_ = Shown._repr_pretty_  # which IPython overlooks in a base of what has a __repr__

    def __repr__(self) -> str:
        return f"<Comparison of {self.with_activation!r} with none>"

    def document(self, *, time_stamp: int | None = None) -> Document:
        """Return both derivations, time stamp by time stamp."""
        d = self.with_activation
        blocks: list[Block] = [
            Heading(2, f"With {self.name}"),
            *network(d),
            Heading(2, "Without"),
            *network(self.without),
            Heading(2, "Time stamp by time stamp"),
            Prose((MARKED,)),
        ]
        blocks += by_time_stamp(
            shown_stamps(d.chain.n_steps, time_stamp),
            lambda k: [self._term(w, k) for w in d.chain.weights if (w, k) in d.terms],
        )
        if time_stamp is None:
            with np.errstate(all="ignore"):  # a network that explodes is shown as it is
                blocks += [Heading(2, "What the boxes do"), self._table()]
                blocks.append(Prose((self.sentence(),)))
        return Document("Spot the difference: with and without activation", tuple(blocks))

    def _term(self, weight: str, k: int) -> Beside:
        one, other = self.with_activation.terms[weight, k], self.without.terms[weight, k]
        n = len(difference(one.expression, other.expression).only_with)
        boxes = {0: "no box", 1: "1 box"}.get(n, f"{n} boxes")
        left = derivative(self.with_activation, weight)
        return Beside(
            Equation(left, (_formula(one), _value(one, f"with {self.name}: {boxes}"))),
            Equation(left, (_formula(other), _value(other, "without"))),
        )

    def _table(self) -> Table:
        d = self.with_activation
        rows: list[tuple[Piece, ...]] = []
        for k in shown_stamps(d.chain.n_steps, None):
            if isinstance(k, str):
                rows.append(("…", "…", "…", "…", "", ""))
                continue
            sizes = [float(np.linalg.norm(one.errors[k])) for one in (d, self.without)]
            boxes = difference(d.chain.errors[k], self.without.chain.errors[k]).only_with
            rows.append(
                (str(k), *map(short, sizes), str(len(boxes)), *map(short, _product(d, boxes)))
            )
        header = ("k", "‖∂ξ/∂S_k‖ with", "without", "boxes", "their product", "to")
        return Table(header, tuple(rows), "rrrrrr", "the error at each time stamp, as a norm")


def _formula(term: Term) -> Line:
    return Line(Formula(term.expression))


def _value(term: Term, note: str) -> Line:
    return Line(Value(float(term.value)), "=", note)


def _product(d: Derivation, chain: tuple[Expr, ...]) -> tuple[float, float]:
    """Return the product of the boxes of a chain: of the sequences the least and the most."""
    product = np.ones(1)
    for factor in chain:
        if isinstance(factor, Partial) and factor.role is Role.SLOPE:
            product = product * d.evaluated(factor)
    sizes = np.abs(product)
    return float(sizes.min()), float(sizes.max())


def _power(base: float, exponent: int) -> str:
    """Write a power, also where a float would be 0."""
    if base**exponent > 0:
        return f"{base**exponent:.3g}"
    return f"10^{math.ceil(math.log10(base) * exponent)}"


MARKED = (
    "The factors that differ stand in boxes. All others are the same, "
    "though not their numbers: the states differ, and with them the error at the end."
)
LARGEST = {"logistic": 0.25, "tanh": 1.0, "relu": 1.0}
"""the largest value of each derivative"""


def compare(
    net: RNN,
    params: Params,
    x: npt.ArrayLike | Batch,
    y: npt.ArrayLike | None = None,
    loss: str | Loss | None = None,
) -> Comparison:
    """Answer the post's question: what is the difference between having an activation and not?

    Parameters
    ----------
    net : RNN
        Of one state, with an activation.
    params, x, y, loss
        As in `explain`.

    Raises
    ------
    InputError
        If the network has no activation, or more than one state.

    Examples
    --------
    >>> import bptt
    >>> x, y = bptt.tasks.post()
    >>> net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    >>> comparison = bptt.compare(net, bptt.post_params(wx=0.2, wrec=1.5), x, y)
    >>> [round(product, 4) for product in comparison.boxes]
    [0.0481, 0.0545]
    """
    d = explain(net, params, x, y, loss)
    if not d.scalar or d.chain.activation == "identity":
        came = repr(net)
        do = (
            "Compare the post's network, for example RNN(activation='logistic', readout='state_in')"
        )
        raise InputError(sentence("compare", "a network of one state with an activation", came, do))
    plain = RNN(activation="identity", readout=net.readout, bias=net.bias)
    return Comparison(d, explain(plain, params, d.batch))
