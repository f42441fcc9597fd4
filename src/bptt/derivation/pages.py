"""What is said about the derivation of the post's network, with every number."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from bptt.derivation.chain_rule import COST, INPUT, PREDICTION, STATE_IN, STATE_OUT, M
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
from bptt.derivation.notation import ValueOf, View
from bptt.derivation.text import called
from bptt.derivation.tree import (
    Call,
    Expr,
    Number,
    Partial,
    Point,
    Product,
    Role,
    Slope,
    Sum,
    Symbol,
    evaluate,
)

if TYPE_CHECKING:
    from bptt.derivation.derivation import Derivation

FIRST_STAMPS, LAST_STAMPS = 3, 2  # time stamps that are written out, when there are many
FIRST_SEQUENCES, LAST_SEQUENCES = 2, 1
MOST_LETTERS = 24  # of a sequence that is written out


def scalar_page(d: Derivation, time_stamp: int | None) -> Document:
    """Return the whole derivation, or what it says of one time stamp."""
    blocks = [*forward(d), *_backward(d, time_stamp)]
    if time_stamp is None:
        blocks += [*_sums(d)]
    return Document("Back-propagation through time, derived", tuple(blocks))


def forward(d: Derivation) -> list[Block]:
    """Return the network, the states with their numbers, and the cost."""
    n, n_steps, _, _ = d.reading.sizes
    weights: list[Piece] = []
    for array, symbol in d.reading.weights():
        weights += [", " if weights else "with ", Formula(symbol), " = ", short(array.item())]
    many = plural(n, "sequence") if n > 1 else f"one sequence, {sequence_name(d, 0)}"
    m, stamps = d.reading.array(M), plural(n_steps, "time stamp")
    return [
        Heading(2, "Forward"),
        *network(d),
        Prose((f"{many}, {stamps}, m = {m}, ", *weights, ".")),
        _states(d),
        Prose((f"{cost(d)} = ", Value(d.reading.run.loss))),
    ]


def plural(n: int, what: str) -> str:
    """Return 1 sequence, 2 sequences."""
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


COSTS = {
    "mse": "Σ (prediction - y)²",
    "binary_cross_entropy": "Σ (ln(1 + exp(prediction)) - y·prediction)",
    "categorical_cross_entropy": "Σ -y·ln(softmax(prediction))",
}


def cost(d: Derivation) -> str:
    """Return the cost as a formula, and what in it needs a word."""
    if d.chain.loss not in COSTS:
        return "ξ"
    formula = f"ξ = 1/m {COSTS[d.chain.loss]}"
    if d.chain.masked:
        says = "c is 1 where a target counts, else 0, and that target shown as 0; m is how many"
        return f"{says} count: " + formula.replace("Σ ", "Σ c·")
    return formula


def network(d: Derivation) -> list[Block]:
    """Write what is computed at a time stamp, and what is predicted."""
    chain = d.chain
    plain = chain.activation == "identity"
    state_in, state_out = (Symbol("S" if plain else name, "k") for name in (STATE_IN, STATE_OUT))
    before = Symbol(state_out.name, "k-1")
    turned = "" if d.scalar else "ᵀ"  # a row at the left of a matrix
    hh, ih, read_out = (
        Symbol(chain.names[w] + turned) for w in ("weight_hh", "weight_ih", "readout.weight")
    )
    terms: list[Expr] = [
        Product((before, hh)),
        Product((Symbol(INPUT, "k"), ih)),
        *(chain.weight(w) for w in chain.weights if w.startswith("bias")),
    ]
    blocks: list[Block] = [Equation(Formula(state_in), (Line(Formula(Sum(tuple(terms)))),))]
    if not plain:
        function = Call(chain.activation, state_in)
        blocks.append(Equation(Formula(state_out), (Line(Formula(function)),)))
    says = ""
    if chain.activation == "logistic":
        says = "log is the logistic function. "
    if chain.loss == "binary_cross_entropy":
        says = "log is the logistic function, ln the natural logarithm. "
    if chain.readout == "state_in":
        last = Symbol("S" if plain else STATE_IN, "T")
        why = "" if plain else ": the last state has no activation"
        return [*blocks, Prose((f"{says}The prediction is ", Formula(last), f"{why}."))]
    stamp = "T" if chain.readout == "last" else "k"
    read: Expr = Product((Symbol(state_out.name, stamp), read_out))
    if "readout.bias" in chain.weights:
        read = Sum((read, chain.weight("readout.bias")))
    prediction = Symbol(PREDICTION, "k" if chain.readout == "every" else None)
    return [
        *blocks,
        *([Prose((says.strip(),))] if says else []),
        Equation(Formula(prediction), (Line(Formula(read), "=", "the prediction"),)),
    ]


def sequence_name(d: Derivation, i: int) -> str:
    """Return the bits of a sequence, or its number from 1."""
    x = d.batch.x[:, i, 0]
    if len(x) <= MOST_LETTERS and np.isin(x, (0, 1)).all():
        return "".join(f"{bit:.0f}" for bit in x)
    return f"number {i + 1}"


def _states(d: Derivation) -> Table:
    n, n_steps, _, _ = d.reading.sizes
    plain = d.chain.activation == "identity"
    rows: list[tuple[Piece, ...]] = []
    for i in fold(n, FIRST_SEQUENCES, LAST_SEQUENCES):
        if i is None:
            rows.append((f"… {n - FIRST_SEQUENCES - LAST_SEQUENCES} more …", *[""] * 5))
            continue
        for j in fold(n_steps, FIRST_STAMPS, LAST_STAMPS):
            name = sequence_name(d, i) if j == 0 else ""
            rows.append(("", "…", *[""] * 4) if j is None else (name, *_state(d, i, j + 1)))
    slope = f"d_{called(d.chain.activation)}(S(In))"
    header: tuple[Piece, ...] = ("sequence", "k", "x", "S(In)", "S(Out)", slope)
    if plain:  # In and Out are one
        rows = [row[:4] for row in rows]
        return Table((*header[:3], "S"), tuple(rows), "lrrr", "states")
    return Table(header, tuple(rows), "lrrrrr", "states")


def _state(d: Derivation, i: int, k: int) -> tuple[Piece, ...]:
    state_in, state_out = d.chain.state_in(k), d.chain.state_out(k)
    number = number_at(d.point, i)
    numbers: list[Piece] = [short(number(expr)) for expr in (Symbol(INPUT, k), state_in, state_out)]
    boxed = state_in.name == STATE_IN
    slope = short(number(Slope(d.chain.activation, state_in))) if boxed else "none"
    return (str(k), *numbers, slope)


# -- backward ------------------------------------------------------------------------------------


def derivative(d: Derivation, weight: str) -> Formula:
    """Return ∂ξ/∂weight, to stand at the left."""
    by = d.chain.weight(weight)
    return Formula(Partial(COST, by, Number(1), Role.ONE), View.PARTIALS)


def _backward(d: Derivation, time_stamp: int | None) -> list[Block]:
    blocks: list[Block] = [Heading(2, "Backward")]
    says: list[Piece] = ["At each time stamp, what it adds to the derivative by each weight. "]
    if d.chain.activation != "identity":
        at = Symbol(STATE_IN, "k")
        box = Partial(Symbol(STATE_OUT, "k"), at, Slope(d.chain.activation, at), Role.SLOPE)
        says += ["The box ", Formula(box), " is the factor that the activation adds."]
    blocks.append(Prose(tuple(says)))
    return blocks + by_time_stamp(
        shown_stamps(d.chain.n_steps, time_stamp),
        lambda k: [term(d, w, k) for w in d.chain.weights if (w, k) in d.terms],
    )


def by_time_stamp(
    stamps: Iterable[int | str], blocks_of: Callable[[int], Iterable[Block]]
) -> list[Block]:
    """Return a heading and blocks for each of `shown_stamps`."""
    blocks: list[Block] = []
    for k in stamps:
        if isinstance(k, str):
            blocks.append(Prose((k,)))
        else:
            blocks += [Heading(3, f"Time stamp {k}"), *blocks_of(k)]
    return blocks


def shown_stamps(
    n_steps: int, only: int | None, first: int = FIRST_STAMPS, last: int = LAST_STAMPS
) -> list[int | str]:
    """Return the time stamps to be written out, the last one first; a sentence for the others."""
    if only is not None:
        return [only]
    hidden = f"… {n_steps - first - last} time stamps of the same kind …"
    return [hidden if j is None else n_steps - j for j in fold(n_steps, first, last)]


def term(d: Derivation, weight: str, k: int) -> Equation:
    """Return one term: in ∂'s, in symbols, with numbers, and its value."""
    one = d.terms[weight, k]
    lines = steps(d, one.expression, d.point, float(one.value))
    return Equation(derivative(d, weight), lines)


def steps(d: Derivation, tree: Expr, point: Point, value: float) -> tuple[Line, ...]:
    """Return a derivative in ∂'s, in symbols, with the numbers of each sequence, and its value."""
    n = d.reading.sizes[0]
    note = f"summed over {n} sequences" if n > 1 else ""
    views = (Line(Formula(tree, View.PARTIALS)), Line(Formula(tree), "=", note))
    return (*views, *sequence_lines(d, tree, point), Line(Value(value)))


def sequence_lines(d: Derivation, tree: Expr, point: Point) -> list[Line]:
    """Return a tree with the numbers of each sequence, a line each."""
    n = d.reading.sizes[0]

    def line(i: int) -> tuple[Piece, str]:
        name = sequence_name(d, i) if n > 1 else ""
        return Formula(tree, View.NUMBERS, number_at(point, i)), name

    return _added(n, FIRST_SEQUENCES, LAST_SEQUENCES, "more sequences", line)


def _added(
    n: int, first: int, last: int, what: str, line: Callable[[int], tuple[Piece, str]]
) -> list[Line]:
    """Return a sum with a line for each of its terms, (what, note), folded in the middle."""
    lines = []
    for i in fold(n, first, last):
        sign = "=" if i == 0 else "+"
        if i is None:
            lines.append(Line(f"… {n - first - last} {what} …", sign))
        else:
            piece, note = line(i)
            lines.append(Line(piece, sign, note))
    return lines


def number_at(point: Point, sequence: int) -> ValueOf:
    """Return how to evaluate a tree for one sequence, counted from 0."""

    def number(expr: Expr) -> float:
        value = np.asarray(evaluate(expr, point))
        return float(value[sequence] if value.ndim else value)

    return number


def _sums(d: Derivation) -> list[Block]:
    blocks: list[Block] = [Heading(2, "The sum over time stamps")]
    rows: list[tuple[Piece, ...]] = []
    for weight, total, engine, difference in d.gradients:
        shown = [d.terms[weight, k] for k in d.chain.time_stamps(weight)]
        lines = _added(
            len(shown), FIRST_STAMPS, LAST_STAMPS, "terms",
            lambda j, shown=shown: (  # type: ignore[misc]
                Value(float(shown[j].value)), f"time stamp {shown[j].time_stamp}"
            ),
        )  # fmt: skip
        lines.append(Line(Value(float(total))))
        blocks.append(Equation(derivative(d, weight), tuple(lines)))
        rows.append(
            (derivative(d, weight), Value(float(total)), Value(float(engine)), short(difference))
        )
    header = ("derivative", "sum of the terms", "engine", "difference")
    return [*blocks, Table(header, tuple(rows), "lrrr", "the sums beside the engine's gradient")]
