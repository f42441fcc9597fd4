"""Random networks with data, for gradient checks that leave no corner out."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from bptt import _checks
from bptt._shapes import Array, RngLike
from bptt.activations import BY_NAME as ACTIVATIONS
from bptt.activations import RELU
from bptt.gradient_check import GradientCheck, check_gradient
from bptt.losses import BY_NAME as LOSSES
from bptt.losses import CATEGORICAL_CROSS_ENTROPY, MSE
from bptt.network import RNN
from bptt.params import Params, map_params, named_arrays
from bptt.readouts import BY_NAME as READOUTS

KINK = 1e-3  # how far from its kink relu is checked
CELLS = ("elman", "elman", "gru", "lstm")  # Elman twice: it has an activation besides


class Case(NamedTuple):
    """A network, and all that `check_gradient` takes with it."""

    net: RNN
    params: Params
    x: Array
    y: Array
    loss: str
    mask: Array | None = None
    initial_state: Any = None
    lengths: Array | None = None

    @property
    def options(self) -> dict[str, Any]:
        """What is handed over by name."""
        return {"mask": self.mask, "initial_state": self.initial_state, "lengths": self.lengths}

    @property
    def ragged(self) -> bool:
        """Whether the sequences' lengths are given."""
        return self.lengths is not None

    @property
    def all_lengths(self) -> Array:
        """The length of each sequence."""
        n, n_steps = self.x.shape[:2]
        return np.full(n, n_steps) if self.lengths is None else self.lengths

    def check(self, **options: Any) -> GradientCheck:
        """Return `check_gradient` of this case."""
        given = self.options | options
        return check_gradient(self.net, self.params, self.x, self.y, self.loss, **given)

    @property
    def cell(self) -> str:
        """The cell in words: ``"tanh"`` for an Elman cell, else its name."""
        cell = self.net.cell
        words = [cell.name if self.net.activation is None else self.net.activation.name]
        words += ["leaky"] if getattr(cell, "leak", 1.0) != 1.0 else []
        words += ["peepholes"] if cell.peepholes else []
        return " ".join(words)

    @property
    def layers(self) -> str:
        """How many layers, and ``x2`` if they read in both directions."""
        return f"{self.net.n_layers}" + "x2" * self.net.bidirectional

    def __str__(self) -> str:
        n, n_steps, _ = self.x.shape
        net = self.net
        sizes = f"B {n}, T {n_steps}, I {net.input_size}, H {net.hidden_size}, O {net.output_size}"
        words = [self.cell, net.readout.name, self.loss, f"layers {self.layers}", sizes]
        words += ["mask"] if self.mask is not None else []
        words += ["ragged"] if self.ragged else []
        words += ["trained state"] if net.is_trained else []
        return ", ".join(words)


def draw(rng: RngLike = None, *, activation: str | None = None, vanilla: bool = False) -> Case:
    """Draw a network of any cell, read-out, loss and size, with data, mask and initial states.

    One layer and direction in more than half of the cases, with B ≤ 5, T ≤ 40, I ≤ 4, H ≤ 8, O ≤ 3;
    else up to 3 layers, in one direction or both, and smaller sizes.  T = 1 and 2 are
    a quarter of the cases; a third is ragged.  A relu network is drawn again until no State(In) is
    near the kink, where it has no derivative, and some unit is on.

    Parameters
    ----------
    activation : str, optional
        Draw only Elman cells with this activation.
    vanilla : bool
        Draw only what `bptt.explain` explains: one layer of vanilla cells, equal lengths.

    Examples
    --------
    >>> case = draw(rng=0)
    >>> case.check().ok
    True
    """
    rng = _checks.generator("random_networks.draw", rng)
    while True:
        case = _draw(rng, activation, vanilla=vanilla)
        if case.net.activation != RELU:
            return case
        trace = case.net.trace(case.params, case.x, case.y, case.loss, **case.options)
        alive = any(array.any() for _, array in named_arrays(trace.grads))
        inside = np.arange(case.x.shape[1]) < case.all_lengths[:, None]
        if alive and min(np.abs(layer.z[inside]).min() for layer in trace.layers) > KINK:
            return case


def _draw(rng: np.random.Generator, activation: str | None, *, vanilla: bool) -> Case:
    loss = LOSSES[rng.choice(sorted(LOSSES))]
    n_classes = 2 if loss is CATEGORICAL_CROSS_ENTROPY else 1
    net = _network(rng, activation, n_classes, vanilla=vanilla)
    n = int(rng.integers(1, 5, endpoint=True))
    most = 40 if net.n_parts == 1 else 8
    n_steps = int(rng.integers(1, 3) if rng.random() < 0.25 else rng.integers(1, most + 1))
    lengths = None
    if not vanilla and rng.random() < 1 / 3:
        lengths = rng.integers(1, n_steps, size=n, endpoint=True)
    shape = (n, n_steps, net.output_size) if net.readout.every else (n, net.output_size)
    if loss is MSE:
        y = rng.standard_normal(shape)
    elif loss is CATEGORICAL_CROSS_ENTROPY:
        y = rng.dirichlet(np.ones(net.output_size), shape[:-1])
    else:
        y = rng.random(shape)
    mask = None
    if rng.random() < 0.5:
        mask = rng.random(shape[:-1] if loss.by_row else shape) < 0.7
        mask[(0, 0) if net.readout.every else 0] = True  # a time stamp that is there
    states: Any = None
    if not (net.is_trained and rng.random() < 0.5):
        shape = (net.n_parts, n, net.hidden_size) if net.n_parts > 1 else (n, net.hidden_size)
        states = tuple(rng.standard_normal(shape) for _ in net.cell.states)
        states = states[0] if len(states) == 1 else states
    params = map_params(lambda p: p + 0.1 * rng.standard_normal(p.shape), net.init(rng))
    x = rng.standard_normal((n, n_steps, net.input_size))
    return Case(net, params, x, y, loss.name, mask, states, lengths)


def _network(
    rng: np.random.Generator, activation: str | None, n_classes: int, *, vanilla: bool
) -> RNN:
    """Draw a network of at least so many outputs."""
    several = not vanilla and rng.random() < 0.5
    input_size, hidden_size = (int(rng.integers(1, m + 1)) for m in ((2, 3) if several else (4, 8)))
    hidden_size = max(hidden_size, n_classes)  # one class alone would leave nothing to learn
    cell = "elman" if activation or vanilla else str(rng.choice(CELLS))
    bidirectional = bool(several and rng.random() < 0.5)
    beyond = {"mean"} if vanilla else {"state_in"} if cell != "elman" or bidirectional else set()
    readout = READOUTS[rng.choice(sorted(set(READOUTS) - beyond))]
    options: dict[str, Any] = {}
    if cell == "elman":
        options["activation"] = activation or str(rng.choice(sorted(ACTIVATIONS)))
        if not vanilla and rng.random() < 0.25:
            options["leak"] = float(rng.uniform(0.1, 0.9))
    if cell == "lstm":
        options["peephole"] = bool(rng.random() < 0.5)
    return RNN(
        cell,
        input_size,
        hidden_size,
        readout=readout,
        output_size=int(rng.integers(n_classes, 4)) if readout.has_weights else hidden_size,
        bias=bool(rng.random() < 0.75),
        n_layers=int(rng.integers(1, 4)) if several else 1,
        bidirectional=bidirectional,
        initial_state="trained" if not vanilla and rng.random() < 0.25 else "zeros",
        **options,
    )
