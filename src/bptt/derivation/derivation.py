"""`Derivation`: every derivative of a run, term by term, beside the gradient of the engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bptt import _checks, activations, losses, straight_path
from bptt._shapes import Array
from bptt.activations import Activation
from bptt.cells import Elman
from bptt.data import Batch, find_batch
from bptt.derivation.as_json import as_json
from bptt.derivation.chain_rule import LOSS_FUNCTIONS, MATRIX, SCALAR, Chain
from bptt.derivation.document import Document, Prose
from bptt.derivation.entry import parse
from bptt.derivation.matrix_pages import entry_page, matrix_page
from bptt.derivation.notation import View, write
from bptt.derivation.pages import scalar_page
from bptt.derivation.reading import Reading
from bptt.derivation.shown import Shown
from bptt.derivation.text import TEXT
from bptt.derivation.tree import Expr, Product, evaluate, factors
from bptt.errors import InputError, sentence
from bptt.losses import Loss
from bptt.network import RNN
from bptt.params import Params, named_arrays
from bptt.through_time import FullBPTT

OVERFLOW = (
    "The numbers of this network overflow: inf and nan below are what is left of them. Smaller "
    "weights or fewer time stamps have a gradient."
)


@dataclass(frozen=True, eq=False, repr=False)
class Term:
    """What one time stamp adds to the derivative of the cost by one weight."""

    weight: str
    """by PyTorch's name, without the number of the layer"""
    time_stamp: int
    expression: Product
    """the tree that is printed, evaluated and proved"""
    value: float | Array
    """a number for the post's network, else an array of the weight's shape"""
    by_sequence: Array | None
    """(n,), each sequence's share of the value; None for larger networks"""

    @property
    def factors(self) -> tuple[Expr, ...]:
        """The factors of the chain, the error first."""
        return factors(self.expression)

    def __repr__(self) -> str:
        formula = write(self.expression, TEXT, View.SYMBOLS)
        return f"<{self.weight} at time stamp {self.time_stamp}: {formula}>"


class Gradient(NamedTuple):
    """The sum over time stamps, and the engine's gradient beside it."""

    weight: str
    total: float | Array
    """Σ_k of the terms"""
    engine: float | Array
    """as `RNN.loss_and_gradient` gives it"""
    difference: float
    """the largest difference between the two"""


class Derivation(Shown):
    """The derivation of one gradient; made by `explain`.

    Attributes
    ----------
    net : RNN
    batch : Batch
    chain : Chain
        The chain rule as trees.
    reading : Reading
        The numbers of the run.
    scalar : bool
        Whether each state, input and output is one number, as in the post.
    terms : dict
        `Term` by (weight, time stamp), the last time stamp first: ``terms[("weight_hh", 2)]``.
    gradients : tuple of Gradient
    """

    def __init__(self, net: RNN, batch: Batch, chain: Chain, reading: Reading) -> None:
        self.net, self.batch, self.chain, self.reading = net, batch, chain, reading
        self.scalar = _is_scalar(net)
        self.point = reading.by_sequence() if self.scalar else reading.in_rows()
        with np.errstate(all="ignore"):
            self.errors = {k: evaluate(error, self.point) for k, error in chain.errors.items()}
            self.terms = {
                (weight, k): self._term(weight, k)
                for k in range(chain.n_steps, 0, -1)
                for weight in chain.weights
                if k in chain.time_stamps(weight)
            }
            self.gradients = tuple(self._gradients())

    errors: dict[int, Array]
    """∂ξ/∂State_k(In) by k: (n,), or (n, H)"""

    def _term(self, weight: str, k: int) -> Term:
        expression = self.chain.term(weight, k)
        value = np.asarray(evaluate(expression, self.point))
        if not self.scalar:
            return Term(weight, k, expression, value, None)
        return Term(weight, k, expression, float(value.sum()), value)

    def _gradients(self) -> list[Gradient]:
        assert self.reading.run.grads is not None
        found = []
        engine = {n.removesuffix("_l0"): a for n, a in named_arrays(self.reading.run.grads)}
        for weight in self.chain.weights:
            values = [self.terms[weight, k].value for k in self.chain.time_stamps(weight)]
            total, beside = np.asarray(sum(values)), engine[weight]
            difference = float(np.abs(total.reshape(beside.shape) - beside).max())
            if self.scalar:
                found.append(Gradient(weight, float(total), beside.item(), difference))
            else:
                found.append(Gradient(weight, total, beside, difference))
        return found

    def document(self, *, time_stamp: int | None = None, entry: str | None = None) -> Document:
        """Return what is shown: all of it, one time stamp, or one entry such as weight_hh[2,5]."""
        if time_stamp is not None:
            _checks.positive_int("explain", "time_stamp", time_stamp, most=self.chain.n_steps)
        with np.errstate(all="ignore"):  # a network that explodes is shown as it is
            if entry is not None:
                return entry_page(self, *parse(self, entry, time_stamp), time_stamp)
            page = (scalar_page if self.scalar else matrix_page)(self, time_stamp)
        if not all(np.isfinite(gradient.difference) for gradient in self.gradients):
            return Document(page.title, (Prose((OVERFLOW,)), *page.blocks))
        return page

    def json(self) -> str:
        """Return one JSON object, in the layout of ``bptt/derivation/derivation.schema.json``."""
        with np.errstate(all="ignore"):
            return as_json(self)

    def evaluated(self, expr: Expr) -> Array:
        """Return the value of a tree, of the chain or of its own."""
        return np.asarray(evaluate(expr, self.point))

    def numbers(self, expr: Expr) -> list[float]:
        """Return the value of a tree for each sequence, of a network whose states are numbers."""
        with np.errstate(all="ignore"):
            value = np.broadcast_to(self.evaluated(expr), self.reading.sizes[:1])
        return [float(number) for number in value]

    def number(self, expr: Expr, sequence: int) -> float:
        """Return the value of a tree for one sequence, counted from 0."""
        with np.errstate(all="ignore"):
            value = self.evaluated(expr)
        return float(value[sequence] if value.ndim else value)

    def share(self, weight: str, time_stamp: int) -> float:
        """Return what a time stamp adds to ∂ξ/∂weight, summed over the sequences."""
        return float(self.terms[weight, time_stamp].value)

    def gradient(self, weight: str) -> float:
        """Return ∂ξ/∂weight, the sum over time stamps."""
        return next(float(found.total) for found in self.gradients if found.weight == weight)

    _repr_pretty_ = Shown._repr_pretty_  # which IPython overlooks in a base of what has a __repr__

    def __repr__(self) -> str:
        n, n_steps, _, _ = self.reading.sizes
        return f"<Derivation of {self.net!r}: {n} sequences of {n_steps} time stamps>"


def explain(
    net: RNN,
    params: Params,
    x: npt.ArrayLike | Batch,
    y: npt.ArrayLike | None = None,
    loss: str | Loss | None = None,
    *,
    mask: npt.ArrayLike | None = None,
    initial_state: npt.ArrayLike | None = None,
) -> Derivation:
    """Derive the gradient of a network, time stamp by time stamp, with the numbers of this run.

    ∂ξ/∂W = Σ_k ∂ξ/∂S_T · ∂S_T/∂S_{T-1}(Out) · ∂S_{T-1}(Out)/∂S_{T-1}(In) ⋯ ∂S_k(In)/∂W

    Parameters
    ----------
    net : RNN
        Of vanilla (Elman) cells.
    params : Params
    x : (n, T), (n, T, I) or Batch
    y : (n,), (n, O) or (n, T, O)
    loss : "mse", "binary_cross_entropy", "categorical_cross_entropy" or Loss, optional
        By default that of the Batch, else ``"mse"``.
    mask, initial_state : optional
        As in `RNN.loss_and_gradient`.

    Returns
    -------
    Derivation
        Printed, it shows itself as text; in Jupyter as HTML.

    Raises
    ------
    InputError
        If an argument is not as above.

    Examples
    --------
    >>> import bptt
    >>> x, y = bptt.tasks.post()
    >>> net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    >>> d = bptt.explain(net, bptt.post_params(wx=0.2, wrec=1.5), x, y)
    >>> d.terms[("weight_hh", 2)]
    <weight_hh at time stamp 2: 2/m·(S3 - y) · Wrec·[d_log(S2(In))] · S1(Out)>
    >>> round(d.terms[("weight_hh", 2)].value, 6)
    -0.22965
    >>> [round(gradient.difference, 12) for gradient in d.gradients]
    [0.0, 0.0]
    """
    called = "explain"
    if came := _beyond(net):
        do = "Explain a network of one layer of Elman cells; check_gradient and trace take any"
        raise InputError(sentence(called, "a network of vanilla (Elman) cells", came, do))
    net.check_params(called, params)
    batch = find_batch(called, net, x, y, loss, mask).copy()  # what is explained stays as it is
    if not batch.layout.packing.equal:
        do = "Explain sequences of one length at a time"
        raise InputError(sentence(called, "sequences of equal length", "ragged ones", do))
    run = straight_path.run(net, called, params, batch, initial_state, None, FullBPTT())
    activation = net.cell.activation  # type: ignore[attr-defined]
    names = [name.removesuffix("_l0") for name, _ in named_arrays(params)]
    chain = Chain(
        n_steps=batch.x.shape[0],
        activation=_name(activation),
        readout=net.readout.name,
        loss=batch.loss.name if batch.loss is losses.BY_NAME.get(batch.loss.name) else "own",
        weights=tuple(names),
        names=SCALAR if _is_scalar(net) else MATRIX,
        masked=batch.mask is not None,
    )
    return Derivation(net, batch, chain, Reading(run, batch, chain, activation))


def _beyond(net: RNN) -> str:
    """Return what the derivation does not cover of a network, or nothing."""
    if not isinstance(net.cell, Elman):
        return f"cell={net.cell.name!r}"
    if net.cell.leak != 1.0:
        return f"leak={net.cell.leak!r}"
    if net.n_layers > 1:
        return f"n_layers={net.n_layers}"
    if net.bidirectional:
        return "both directions"
    if net.is_trained:
        return "a trained initial state"
    return f"readout={net.readout.name!r}" if net.readout.mean else ""


def _is_scalar(net: RNN) -> bool:
    return net.input_size == net.hidden_size == net.output_size == 1


def _name(activation: Activation) -> str:
    """Return a name that is nothing else's: one's own "identity" is not the identity."""
    ours = activations.BY_NAME.get(activation.name)
    taken = {*activations.BY_NAME, *LOSS_FUNCTIONS}
    return activation.name if ours is activation or activation.name not in taken else "f"
