"""The page's numbers as the engine computes them: what `bptt play` serves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bptt import optimizers
from bptt.data import find_batch
from bptt.derivation.derivation import explain
from bptt.derivation.worked import Worked
from bptt.errors import NonFiniteError
from bptt.gradient_check import COMPLEX_STEP
from bptt.network import RNN
from bptt.page.arithmetic import Trained, Weights
from bptt.page.state import State
from bptt.params import Params, Recurrent, post_params
from bptt.surface import cost_surface
from bptt.training import fit

ROWS_AT_ONCE = 100


def _net(activation: str) -> RNN:
    return RNN(activation=activation, readout="state_in", bias=False)


def derive(state: State, weights: Weights, activation: str) -> Worked:
    """Return the derivation at these weights."""
    return explain(_net(activation), post_params(*weights), state.x, state.targets)


def complex_step(state: State, weights: Weights) -> Weights:
    """Return ∂ξ/∂Wx and ∂ξ/∂Wrec of the forward alone."""
    net, found = _net(state.activation), []
    batch = find_batch("complex_step", net, state.x, state.targets, "mse", None)
    real = net.predict(post_params(*weights), state.x)
    wx, wrec = weights
    step = 1j * COMPLEX_STEP
    for at in ((wx + step, wrec), (wx, wrec + step)):
        params = Params((Recurrent(*(np.array([[weight]], complex) for weight in at)),))
        run = net.run(params, batch, strategy=None)
        # the real part is that of the real forward, as in check_gradient
        prediction = real.reshape(run.prediction.shape) + 1j * run.prediction.imag
        with np.errstate(all="ignore"):
            cost, _ = batch.loss.function(prediction, batch.y, None)
        found.append(float(cost.imag / COMPLEX_STEP))
    return Weights(*found)


def train(state: State, n_updates: int) -> list[Trained]:
    """Return the start and what each update leads to, by `bptt.fit` with all sequences at once."""
    net, points = _net(state.activation), [post_params(state.wx, state.wrec)]
    rates = state.rate if len(state.rate) == 2 else state.rate * 2
    try:
        with np.errstate(all="ignore"):  # an optimiser may square what is large
            run = fit(
                net,
                state.x,
                state.targets,
                params=points[0],
                optimizer=optimizers.BY_NAME[state.optimizer](post_params(*rates)),
                epochs=n_updates,
                on_event=lambda e: points.append(e.params) if e.kind == "epoch" else None,
            )
        losses = [*run.history.loss, run.loss]
    except NonFiniteError as error:  # of the last point the cost, its gradient, or both
        losses = [*error.losses, net.loss(points[-1], state.x, state.targets)]
    return [Trained(Weights(at.Wx, at.Wrec), loss) for at, loss in zip(points, losses, strict=True)]


def costs(state: State, wx: Sequence[float], wrec: Sequence[float]) -> list[list[float]]:
    """Return ξ by row of wrec and column of wx."""
    surface = cost_surface(state.x, state.targets, wx, wrec, state.activation)
    rows: list[list[float]] = surface.cost.T.tolist()
    return rows
