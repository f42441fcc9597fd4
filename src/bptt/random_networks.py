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
from bptt.params import Params, named_arrays
from bptt.readouts import BY_NAME as READOUTS

KINK = 1e-3  # how far from its kink relu is checked


class Case(NamedTuple):
    """A network, and all that `check_gradient` takes with it."""

    net: RNN
    params: Params
    x: Array
    y: Array
    loss: str
    mask: Array | None
    initial_state: Array

    def check(self, **options: Any) -> GradientCheck:
        """Return `check_gradient` of this case."""
        extra = {"mask": self.mask, "initial_state": self.initial_state} | options
        return check_gradient(self.net, self.params, self.x, self.y, self.loss, **extra)

    def __str__(self) -> str:
        n, n_steps, _ = self.x.shape
        net = self.net
        sizes = f"B {n}, T {n_steps}, I {net.input_size}, H {net.hidden_size}, O {net.output_size}"
        masked = "" if self.mask is None else ", mask"
        activation = "" if net.activation is None else net.activation.name
        return f"{activation}, {net.readout.name}, {self.loss}, {sizes}{masked}"


def draw(rng: RngLike = None, *, activation: str | None = None) -> Case:
    """Draw a network of any activation, read-out, loss and size, with data, mask and initial state.

    B ≤ 5, T ≤ 40 with T = 1 and 2 in a quarter of the cases, I ≤ 4, H ≤ 8, O ≤ 3.  A relu network
    is drawn again until no State(In) is near the kink, where it has no derivative, and some unit is
    on.

    Examples
    --------
    >>> case = draw(rng=0)
    >>> case.check().ok
    True
    """
    rng = _checks.generator("random_networks.draw", rng)
    while True:
        case = _draw(rng, activation)
        if case.net.activation != RELU:
            return case
        trace = case.net.trace(
            case.params, case.x, case.y, case.loss, mask=case.mask, initial_state=case.initial_state
        )
        alive = any(array.any() for _, array in named_arrays(trace.grads))
        if alive and np.abs(trace.state_in).min() > KINK:
            return case


def _draw(rng: np.random.Generator, activation: str | None) -> Case:
    loss = LOSSES[rng.choice(sorted(LOSSES))]
    n, input_size, hidden_size = (int(rng.integers(1, most, endpoint=True)) for most in (5, 4, 8))
    if loss is CATEGORICAL_CROSS_ENTROPY:
        hidden_size = max(hidden_size, 2)  # one class alone would leave nothing to learn
    n_steps = int(rng.integers(1, 3) if rng.random() < 0.25 else rng.integers(1, 41))
    readout = READOUTS[rng.choice(sorted(READOUTS))]
    least = 2 if loss is CATEGORICAL_CROSS_ENTROPY else 1
    output_size = int(rng.integers(least, 4)) if readout.has_weights else hidden_size
    net = RNN(
        input_size=input_size,
        hidden_size=hidden_size,
        activation=activation or str(rng.choice(sorted(ACTIVATIONS))),
        readout=readout,
        output_size=output_size,
        bias=bool(rng.random() < 0.75),
    )
    shape = (n, n_steps, output_size) if readout.every else (n, output_size)
    if loss is MSE:
        y = rng.standard_normal(shape)
    elif loss is CATEGORICAL_CROSS_ENTROPY:
        y = rng.dirichlet(np.ones(output_size), shape[:-1])
    else:
        y = rng.random(shape)
    mask = None
    if rng.random() < 0.5:
        mask = rng.random(shape[:-1] if loss.by_row else shape) < 0.7
        mask.flat[rng.integers(mask.size)] = True
    return Case(
        net,
        net.init(rng),
        rng.standard_normal((n, n_steps, input_size)),
        y,
        loss.name,
        mask,
        rng.standard_normal((n, hidden_size)),
    )
