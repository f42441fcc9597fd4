"""`fit`: epochs of batches, one event for each; it prints nothing."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bptt import _checks, optimizers
from bptt._shapes import Array, RngLike
from bptt.data import minibatches
from bptt.errors import NonFiniteError, sentence
from bptt.losses import Loss
from bptt.network import RNN
from bptt.optimizers import Optimizer
from bptt.params import Params, named_arrays
from bptt.run import Run
from bptt.straight_path import FULL
from bptt.through_time import Strategy, Workspace


class Event(NamedTuple):
    """What a listener hears after each epoch."""

    epoch: int
    """counted from 1"""
    epochs: int
    loss: float
    """the cost before the epoch's updates; the mean over all that counts"""
    gradient_norm: float
    """of the epoch's last batch"""
    params: Params
    """after the epoch's updates"""


@dataclass
class History:
    """What was heard, an entry for each epoch."""

    loss: list[float] = field(default_factory=list)
    gradient_norm: list[float] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A network with the parameters it has learnt."""

    net: RNN
    params: Params
    loss: float
    """the cost of the final parameters on all of x and y"""
    history: History = field(repr=False)
    state: object = field(repr=False)
    """the optimiser's state"""

    def predict(self, x: npt.ArrayLike, initial_state: npt.ArrayLike | None = None) -> Array:
        """Return `RNN.predict` with the learnt parameters."""
        return self.net.predict(self.params, x, initial_state)  # type: ignore[no-any-return]


def fit(
    net: RNN,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    params: Params | None = None,
    loss: str | Loss | None = None,
    optimizer: str | Optimizer = "adam",
    epochs: int = 100,
    batch_size: int | None = None,
    mask: npt.ArrayLike | None = None,
    rng: RngLike = None,
    on_epoch: Callable[[Event], object] | None = None,
    strategy: Strategy = FULL,
) -> Fitted:
    """Train a network.

    Parameters
    ----------
    net : RNN
    x, y, mask, loss
        As in `RNN.loss_and_gradient`.
    params : Params, optional
        Where to start; drawn with ``net.init(rng)`` by default.  Never changed.
    optimizer : Optimizer or its name
        ``"sgd"``, ``"momentum"``, ``"nesterov"``, ``"rprop"``, ``"rmsprop"`` or ``"adam"``.
    epochs : int
        How often all sequences are gone through.
    batch_size : int, optional
        Sequences per update; all of them by default.
    rng : None, int, SeedSequence or Generator
        Draws the parameters, if they are not given, and the order of the sequences.
    on_epoch : callable (Event), optional
        Called after each epoch; progress bars and early stops (by an exception) live there.
    strategy : Strategy
        How to differentiate through time.

    Returns
    -------
    Fitted

    Raises
    ------
    InputError
        If an argument is not as above.
    NonFiniteError
        If cost or gradient stop being finite: says where it began and carries the last
        parameters for which they were, or those at the start.

    Examples
    --------
    >>> import bptt
    >>> x, y = bptt.tasks.post()
    >>> net = bptt.RNN(activation="identity", readout="state_in", bias=False)
    >>> fitted = bptt.fit(net, x, y, optimizer=bptt.rprop(), epochs=500, rng=0)
    >>> fitted.predict([[1, 0, 1, 1, 0, 1]]).round(6)
    array([4.])
    """
    called = "fit"
    epochs = _checks.positive_int(called, "epochs", epochs)
    if batch_size is not None:
        batch_size = _checks.positive_int(called, "batch_size", batch_size)
    optimizer = optimizers.find(called, optimizer)
    rng = _checks.generator(called, rng)
    data = net._batch(called, x, y, loss, mask).copy()
    params = net.init(rng) if params is None else params
    net.check_params(called, params)

    workspace, history = Workspace(), History()
    state, sound = optimizer.init(params), params
    for epoch in range(1, epochs + 1):
        mean_loss = gradient_norm = 0.0
        n_counted = 0
        for rows in minibatches(data.n_sequences, batch_size, rng):
            batch = data if rows is None else data.take(rows)
            if batch.mask is not None and not batch.mask.any():  # nothing to learn from
                continue
            value, grads = net.loss_and_gradient(
                params, batch, workspace=workspace, strategy=strategy
            )
            gradient_norm = optimizers.norm(grads)
            if not math.isfinite(value + gradient_norm):
                raise _not_finite(net.run(params, batch), rows, epoch, sound, history)
            sound = params
            step, state = optimizer.update(grads, state, params)
            params = optimizers.apply_step(params, step)
            mean_loss += value * batch.n_counted
            n_counted += batch.n_counted
        mean_loss /= n_counted
        history.loss.append(mean_loss)
        history.gradient_norm.append(gradient_norm)
        if on_epoch is not None:
            on_epoch(Event(epoch, epochs, mean_loss, gradient_norm, params))
    final_loss = net.loss(params, data, workspace=workspace)
    if not math.isfinite(final_loss):
        raise _not_finite(net.run(params, data), None, epochs, sound, history)
    return Fitted(net, params, final_loss, history, state)


def _not_finite(
    run: Run, rows: Array | None, epoch: int, sound: Params, history: History
) -> NonFiniteError:
    """Read off the tape where NaN or infinity came first, and build the error that says so."""
    quantity, time_stamp, sequence = first_not_finite(run)
    if sequence is not None and rows is not None:
        sequence = int(rows[sequence])
    where = f" at time stamp {time_stamp}" if time_stamp is not None else ""
    where += f" in sequence {sequence} (counted from 0)" if sequence is not None else ""
    do = (
        "Lower the rate, clip the gradient (bptt.clip_by_norm) or use bptt.rprop(); "
        "the weights before that, or those at the start, are in the error's params"
    )
    came = f"NaN or infinity in epoch {epoch}, first in {quantity}{where}"
    return NonFiniteError(
        sentence("fit", "finite cost and gradient", came, do),
        quantity=quantity,
        epoch=epoch,
        time_stamp=time_stamp,
        sequence=sequence,
        params=sound,
        losses=history.loss,
    )


def first_not_finite(run: Run) -> tuple[str, int | None, int | None]:
    """Return (quantity, time stamp, sequence) of the first number that is not finite.

    First in the order of computation: parameters, then for k = 1 … T State(In) and State(Out), the
    prediction, the cost, then for k = T … 1 ∂ξ/∂State(In), then the gradient.  Where finite numbers
    were too large to be squared and summed, the largest of them is named.
    """
    for name, array in named_arrays(run.params):
        if not np.isfinite(array).all():
            return f"parameter {name}", None, None

    states = []
    for order, (name, array) in enumerate(run.tape.forward_quantities()):
        if (at := _first_bad(array)) is not None:
            states.append((at[0], order, name, at[1]))
    if states:
        row, _, name, sequence = min(states)
        return name, row + 1, sequence

    n_steps = len(run.tape.z)
    every = run.prediction.ndim == 3
    prediction = run.prediction if every else run.prediction[None]
    first = 1 if every else n_steps  # the time stamp of its first row
    if (at := _first_bad(prediction)) is not None:
        return "the prediction", first + at[0], at[1]
    if not math.isfinite(run.loss):
        row, sequence = _largest(run.d_prediction if every else run.d_prediction[None])
        return "the cost", first + row, sequence

    if (at := _first_bad(run.tape.dz[::-1])) is not None:
        return "∂ξ/∂State(In)", n_steps - at[0], at[1]
    row, sequence = _largest(run.tape.dz)
    return "the gradient", row + 1, sequence


def _first_bad(array: Array) -> tuple[int, int] | None:
    """Return (row, sequence) of the first entry of a (T, B, ...) array that is not finite."""
    bad = np.argwhere(~np.isfinite(array))
    return (int(bad[0][0]), int(bad[0][1])) if len(bad) else None


def _largest(array: Array) -> tuple[int, int]:
    """Return (row, sequence) of the largest entry of a (T, B, ...) array."""
    row, sequence, *_ = np.unravel_index(np.abs(array).argmax(), array.shape)
    return int(row), int(sequence)
