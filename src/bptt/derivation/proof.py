"""`prove`: the derivation against SymPy's own derivative, and against 50 digits."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from bptt import _checks
from bptt.derivation import digits, symbolic
from bptt.derivation.chain_rule import POST, SCALAR, Chain
from bptt.derivation.digits import Differs
from bptt.derivation.document import Block, Document, Piece, Prose, Table
from bptt.derivation.shown import Shown
from bptt.errors import InputError, sentence

MakeChain: TypeAlias = Callable[[int, str], Chain]
ACTIVATIONS = ("logistic", "tanh", "identity", "f")
MOST_SYMBOLIC = 4
BEYOND = (8, 20)
MOST_BEYOND = 1000
THE_POST = ("state_in", "mse", False)  # read-out, loss, masked
SYMPY, MPMATH = "SymPy differentiates", "values to 50 digits, 3 points"
SLOPE = "SymPy differentiates f"


@dataclass(frozen=True)
class Proof:
    """What was to be proved, and whether it was."""

    activation: str
    n_steps: int | None
    """T; None for the derivative of the activation itself"""
    weight: str | None
    how: str
    proved: bool
    seconds: float
    differs: Differs | None = None
    """a point that refutes it, if one was found"""


@dataclass(frozen=True)
class Proofs(Shown):
    """All of them; made by `prove`."""

    proofs: tuple[Proof, ...]

    @property
    def ok(self) -> bool:
        """Whether all is proved."""
        return all(proof.proved for proof in self.proofs)

    def summary(self) -> str:
        """Say how many are proved, and how many agree to 50 digits."""
        by_digits = [p.proved for p in self.proofs if p.how == MPMATH]
        proved = [p.proved for p in self.proofs if p.how != MPMATH]
        text = f"{sum(proved)} of {len(proved)} proved"
        if not by_digits:
            return text
        return f"{text}, {sum(by_digits)} of {len(by_digits)} agree to 50 digits"

    def document(self) -> Document:
        """Return the table."""
        rows: dict[tuple[str, int | None, str], dict[str | None, Proof]] = {}
        for p in self.proofs:
            rows.setdefault((p.activation, p.n_steps, p.how), {})[p.weight] = p
        written: list[tuple[Piece, ...]] = []
        for (activation, n_steps, how), by_weight in rows.items():
            first = None if n_steps is None else POST[0]  # of f' there is one proof, for both
            cells = [_cell(by_weight.get(first)), _cell(by_weight.get(POST[1]))]
            seconds = sum(p.seconds for p in by_weight.values())
            stamps = "f'" if n_steps is None else str(n_steps)
            written.append((activation, stamps, *cells, how, f"{seconds:.2f}"))
        header = ("activation", "T", *(f"∂ξ/∂{SCALAR[w]}" for w in POST), "how", "seconds")
        blocks: list[Block] = [
            Prose((WHAT,)),
            Table(header, tuple(written), "lrlllr", "what was proved, and how"),
        ]
        blocks += [Prose((f"Refuted: {p.activation}, T = {p.n_steps}: {p.differs}",)) for p in
                   self.proofs if p.differs is not None]  # fmt: skip
        blocks.append(Prose((f"{self.summary()}.",)))
        return Document("The derivation, proved", tuple(blocks))


WHAT = (
    "Each row: the terms of all time stamps, one by one, each against the derivative by that time "
    "stamp's copy of the weight, and their sum against the derivative by the weight. f is an "
    "activation of which nothing is known but that it has a derivative. Rows f': our d_log, d_tanh "
    "against the derivative of the activation itself."
)


def _cell(proof: Proof | None) -> str:
    if proof is None:
        return ""
    good = "agrees" if proof.how == MPMATH else "proved"
    return good if proof.proved else f"NOT {good.upper()}"


def prove(
    activations: str | Sequence[str] = ACTIVATIONS,
    most_steps: int = MOST_SYMBOLIC,
    beyond: Sequence[int] = BEYOND,
    *,
    make_chain: MakeChain = Chain,
    on_proof: Callable[[int], None] | None = None,
) -> Proofs:
    """Prove the terms of the post's network.

    For T = 1 … 4 SymPy writes out the cost ξ with symbols for inputs, target, State_0 and weights
    and differentiates it itself; each of our terms minus its derivative simplifies to 0.  For
    longer sequences numbers of 50 digits are compared at random points.

    Parameters
    ----------
    activations : one or some of "logistic", "tanh", "identity" and "f"
        ``"f"`` is left unknown, and has no numbers to be compared beyond T = 4.
    most_steps : int
        The largest T for SymPy, up to 4.
    beyond : sequence of int
        Other T, compared with 50 digits.
    make_chain : callable (n_steps, activation) -> Chain
        What is to be proved.
    on_proof : callable (done), optional
        Called after each proof with how many there are.

    Returns
    -------
    Proofs

    Raises
    ------
    MissingExtraError
        Without SymPy and mpmath (extra ``learn``).

    Examples
    --------
    >>> import bptt
    >>> bptt.prove(activations=["logistic"], most_steps=2, beyond=[]).ok
    True
    """
    called = "prove"
    activations = (activations,) if isinstance(activations, str) else activations
    for activation in activations:
        _checks.one_of(called, "activation", activation, dict.fromkeys(ACTIVATIONS))
    _checks.positive_int(called, "most_steps", most_steps, least=0, most=MOST_SYMBOLIC)
    for n_steps in beyond:
        _checks.positive_int(called, "beyond", n_steps, most=MOST_BEYOND)
    todo = tasks(activations, most_steps, beyond, make_chain)
    if not todo:
        do = "Give most_steps=1 or more; f has no numbers to be compared beyond that"
        raise InputError(sentence(called, "something to prove", "nothing", do))
    symbolic.need_sympy()
    digits.need_mpmath()
    found = []
    for make in todo:
        found.append(make())
        if on_proof is not None:
            on_proof(len(found))
    return Proofs(tuple(found))


def tasks(
    activations: Iterable[str] = ACTIVATIONS,
    most_steps: int = MOST_SYMBOLIC,
    beyond: Iterable[int] = BEYOND,
    make_chain: MakeChain = Chain,
) -> list[Callable[[], Proof]]:
    """Return what is to be done, a function for each proof."""
    todo: list[Callable[[], Proof]] = []
    for name in activations:
        if name not in ("identity", "f"):
            todo.append(partial(_slope, name))
        for n_steps in range(1, most_steps + 1):
            todo += [partial(_by_sympy, make_chain, n_steps, name, weight) for weight in POST]
        if name != "f":
            for n_steps in beyond:
                todo += [partial(_by_digits, make_chain, n_steps, name, weight) for weight in POST]
    return todo


def _chain(make_chain: MakeChain, n_steps: int, activation: str) -> Chain:
    chain = make_chain(n_steps, activation)
    others = (chain.readout, chain.loss, chain.masked)
    if (chain.n_steps, chain.activation, *others) != (n_steps, activation, *THE_POST):
        expected = f"make_chain to return the post's chain of {n_steps} time stamps, {activation}"
        came = f"one of {chain.n_steps} with {chain.activation}, {', '.join(map(str, others))}"
        do = "Return the chain that is asked for: another would be proved in its place"
        raise InputError(sentence("prove", expected, came, do))
    return chain


def _slope(activation: str) -> Proof:
    began = time.perf_counter()
    proved = symbolic.slope_is_derivative(activation)
    return Proof(activation, None, None, SLOPE, proved, time.perf_counter() - began)


def _by_sympy(make_chain: MakeChain, n_steps: int, activation: str, weight: str) -> Proof:
    began = time.perf_counter()
    chain = _chain(make_chain, n_steps, activation)
    proved = symbolic.is_proved(chain, weight)
    differs = None if proved else digits.first_difference(chain, weight)
    seconds = time.perf_counter() - began
    return Proof(activation, n_steps, weight, SYMPY, proved, seconds, differs)


def _by_digits(make_chain: MakeChain, n_steps: int, activation: str, weight: str) -> Proof:
    began = time.perf_counter()
    differs = digits.first_difference(_chain(make_chain, n_steps, activation), weight)
    seconds = time.perf_counter() - began
    return Proof(activation, n_steps, weight, MPMATH, differs is None, seconds, differs)
