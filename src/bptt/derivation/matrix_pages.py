"""What is said about the derivation of a larger network: the same chain with matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from bptt._shapes import Array
from bptt.derivation.chain_rule import COST, M
from bptt.derivation.document import (
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
    fold,
    short,
)
from bptt.derivation.entry import entry_point, entry_term
from bptt.derivation.notation import FIRST, LAST, MOST_FACTORS, View
from bptt.derivation.pages import (
    by_time_stamp,
    cost,
    derivative,
    network,
    plural,
    shown_stamps,
    steps,
)
from bptt.derivation.tree import Number, Partial, Role, evaluate, factors

if TYPE_CHECKING:
    from bptt.derivation.derivation import Derivation

FIRST_STAMPS, LAST_STAMPS = 2, 1  # time stamps whose chain is written out, when there are many
FIRST_NORMS, LAST_NORMS = 10, 10
BAR = 30  # letters of the longest bar
WHAT = {
    Role.ERROR: "error",
    Role.WEIGHT: "recurrent weight",
    Role.READOUT: "read-out weight",
    Role.SLOPE: "activation derivative",
    Role.INPUT: "input",
    Role.STATE: "previous state",
    Role.ONE: "of a bias",
    Role.CHAIN: "error, by two ways",
}
LEGEND = """\
Errors and states are rows, one a sequence. A row is multiplied by a weight at its right, and by a
box entry by entry; the last factor of a term gathers the rows of all sequences, (∂ξ/∂S)ᵀ · x. The
norm of a weight is its largest singular value and that of a box its largest entry: by so much they
can lengthen an error at most. All other norms are Frobenius's.""".replace("\n", " ")


def matrix_page(d: Derivation, time_stamp: int | None) -> Document:
    """Return the chain with its norms, for some time stamps or for one."""
    n, n_steps, inputs, states = d.reading.sizes
    counted = ((n, "sequence"), (n_steps, "time stamp"), (inputs, "input"), (states, "state"))
    sizes = [plural(*many) for many in (*counted, (d.net.output_size, "output"))]
    m = d.reading.array(M)
    blocks: list[Block] = [
        Heading(2, "Forward"),
        *network(d),
        Prose((f"{', '.join(sizes)}, m = {m}. {cost(d)} = ", Value(d.reading.run.loss))),
        Heading(2, "How much of the error arrives"),
        _norms(d),
        Heading(2, "Backward"),
        Prose((LEGEND,)),
    ]
    stamps = shown_stamps(n_steps, time_stamp, FIRST_STAMPS, LAST_STAMPS)
    blocks += by_time_stamp(stamps, lambda k: _time_stamp(d, k))
    if time_stamp is None:
        blocks += _sums(d)
    return Document("Back-propagation through time, derived", tuple(blocks))


def _norms(d: Derivation) -> Table:
    norms = {k: float(np.linalg.norm(error)) for k, error in d.errors.items()}
    finite = [norm for norm in norms.values() if 0 < norm < math.inf]
    low, high = (math.log10(f(finite)) if finite else 0.0 for f in (min, max))
    rows: list[tuple[Piece, ...]] = []
    stamps = sorted(norms, reverse=True)
    for j in fold(len(stamps), FIRST_NORMS, LAST_NORMS):
        if j is None:
            rows.append(("…", "…", ""))
            continue
        norm = norms[stamps[j]]
        share = (math.log10(norm) - low) / (high - low) if 0 < norm < math.inf and high > low else 1
        bar = "#" * (1 + round(share * (BAR - 1))) if norm > 0 else ""
        rows.append((str(stamps[j]), short(norm), bar))
    by = d.chain.state_in(1)
    norm_of = ("norm of ∂ξ/∂S_k" + ("(In)" if by.name != "S" else ""), "on a logarithmic scale")
    return Table(("k", *norm_of), tuple(rows), "rrl", "the error at each time stamp")


def _time_stamp(d: Derivation, k: int) -> list[Block]:
    here = d.chain.errors[k]
    left = Formula(Partial(COST, here.by, Number(1), Role.ONE), View.PARTIALS)
    lines = [Line(Formula(here))]
    if len(factors(here)) > 1:
        lines.insert(0, Line(Formula(here, View.PARTIALS)))
    blocks: list[Block] = [Equation(left, tuple(lines)), _factors(d, k)]
    rows: list[tuple[Piece, ...]] = []
    for weight in d.chain.weights:
        if (weight, k) in d.terms:
            term = d.terms[weight, k]
            last = Formula(term.expression.factors[1])
            value = np.asarray(term.value)
            norm = short(float(np.linalg.norm(value)))
            rows.append((derivative(d, weight), last, _shape(value), norm))
    header = ("derivative", "last factor", "shape", "norm")
    return [*blocks, Table(header, tuple(rows), "llrr", f"what time stamp {k} adds")]


def _factors(d: Derivation, k: int) -> Table:
    chain = factors(d.chain.errors[k])
    rows: list[tuple[Piece, ...]] = []
    most = MOST_FACTORS
    numbers = fold(len(chain), FIRST, LAST) if len(chain) > most else list(range(len(chain)))
    for j in numbers:
        if j is None:
            rows.append((f"… {len(chain) - FIRST - LAST} factors …", "", "", ""))
            continue
        factor = chain[j]
        assert isinstance(factor, Partial)
        value = d.evaluated(factor)
        what = WHAT[factor.role]
        rows.append((Formula(factor), what, _shape(value), short(_norm(value, factor.role))))
    return Table(("factor", "what it is", "shape", "norm"), tuple(rows), "llrr", "the factors")


def _norm(value: Array, role: Role) -> float:
    if role is Role.SLOPE:
        return float(np.abs(value).max())
    if role in (Role.WEIGHT, Role.READOUT) and np.isfinite(value).all():
        return float(np.linalg.norm(value, 2))
    return float(np.linalg.norm(value))


def _shape(value: Array) -> str:
    return f"({', '.join(map(str, value.shape))})"


def _sums(d: Derivation) -> list[Block]:
    rows: list[tuple[Piece, ...]] = []
    for gradient in d.gradients:
        norms = [short(float(np.linalg.norm(g))) for g in (gradient.total, gradient.engine)]
        shape, difference = _shape(np.asarray(gradient.engine)), short(gradient.difference)
        rows.append((derivative(d, gradient.weight), shape, *norms, difference))
    header = ("derivative", "shape", "norm of the sum", "norm of engine's", "largest difference")
    table = Table(header, tuple(rows), "lrrrr", "the sums beside the engine's gradient")
    return [Heading(2, "The sum over time stamps"), table]


def entry_page(d: Derivation, weight: str, index: tuple[int, ...], only: int | None) -> Document:
    """Return one entry of a weight in scalar form, at some time stamps or at one."""
    name = f"{d.chain.names[weight]}[{','.join(map(str, index))}]"
    blocks: list[Block] = [Heading(2, "Backward")]
    point, stamps = entry_point(d), d.chain.time_stamps(weight)
    trees = {k: entry_term(d, weight, index, k) for k in ([only] if only else stamps)}
    values = {k: float(np.sum(evaluate(tree, point))) for k, tree in trees.items()}
    once = stamps[0] if len(stamps) == 1 else None  # as the weight of a read-out at the end

    def equation(k: int) -> list[Block]:
        last = factors(trees[k])[-1]
        assert isinstance(last, Partial)
        left = Formula(Partial(COST, last.by, Number(1), Role.ONE), View.PARTIALS)
        return [Equation(left, steps(d, trees[k], point, values[k]))]

    shown = shown_stamps(max(stamps), only or once, FIRST_STAMPS, LAST_STAMPS)
    blocks += by_time_stamp(shown, equation)
    if only is None:
        engine = next(g.engine for g in d.gradients if g.weight == weight)
        beside = float(np.asarray(engine)[index])
        total = sum(values.values())
        header = ("entry", "sum of the terms", "engine", "difference")
        row = (name, Value(total), Value(beside), short(abs(total - beside)))
        blocks.append(Table(header, (row,), "lrrr", "the sum beside the engine's gradient"))
    return Document(f"The derivative by {name}", tuple(blocks))
