"""`fit`: train a network; it prints nothing."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bptt import _checks, optimizers
from bptt._shapes import RngLike
from bptt.data import Batch, find_batch
from bptt.errors import InputError, NeverFiniteWarning, sentence
from bptt.losses import Loss
from bptt.network import RNN
from bptt.optimizers import Optimizer
from bptt.params import Params
from bptt.schedules import Plateau
from bptt.straight_path import FULL
from bptt.through_time import Strategy, Workspace
from bptt.training import identity
from bptt.training.checkpoints import Folder
from bptt.training.events import History, Listener
from bptt.training.loop import Loop
from bptt.training.state import State
from bptt.training.validation import split


@dataclass(frozen=True, eq=False)
class Fitted:
    """A network with the parameters it has learnt."""

    net: RNN
    params: Params = field(repr=False)
    """those of the best epoch, if there was validation or ``watch``, else the last"""
    loss: float
    """the cost of these parameters on all that was trained on"""
    history: History = field(repr=False)
    state: object = field(repr=False)
    """the optimiser's state"""
    stopped: str = "epochs"
    """``"epochs"`` or ``"patience"``"""
    best_epoch: int | None = None
    """the epoch that the parameters are of, counted from 1; None without validation and ``watch``,
    or if no epoch gave a finite number"""

    def predict(
        self,
        x: npt.ArrayLike,
        initial_state: object = None,
        *,
        lengths: npt.ArrayLike | None = None,
    ) -> Any:
        """Return `RNN.predict` with the learnt parameters."""
        return self.net.predict(self.params, x, initial_state, lengths=lengths)


def fit(
    net: RNN,
    x: npt.ArrayLike | Batch,
    y: npt.ArrayLike | None = None,
    *,
    params: Params | None = None,
    loss: str | Loss | None = None,
    optimizer: str | Optimizer = "adam",
    epochs: int = 100,
    batch_size: int | None = None,
    mask: npt.ArrayLike | None = None,
    lengths: npt.ArrayLike | None = None,
    validation: Any = None,
    patience: int | None = None,
    tolerance: float = 0.0,
    plateau: Plateau | None = None,
    watch: Callable[[Params], float] | None = None,
    rng: RngLike = None,
    on_event: Listener | Sequence[Listener] | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_seconds: float = 10.0,
    strategy: Strategy = FULL,
    engine: str = "numpy",
    threads: int = 1,
) -> Fitted:
    """Train a network.

    Parameters
    ----------
    net : RNN
    x, y, mask, lengths, loss
        As in `RNN.loss_and_gradient`.
    params : Params, optional
        Where to start; drawn with ``net.init(rng)`` by default.  Never changed.
    optimizer : Optimizer or its name
        ``"sgd"``, ``"momentum"``, ``"nesterov"``, ``"rprop"``, ``"rmsprop"`` or ``"adam"``.
    epochs : int
        How often all sequences are gone through.  A run that is gone on with may be given more;
        if more than these are done already, nothing is trained.
    batch_size : int, optional
        Sequences per update; all of them by default.
    validation : float, (x, y) or Batch, optional
        What is not trained on, to judge each epoch by: a share of the sequences, drawn by rng, or
        other sequences.  The parameters of the epoch with the lowest validation loss are kept.
    patience : int, optional
        Stop after so many epochs in a row without a lower validation loss; without validation,
        without a lower training loss.
    tolerance : float
        By how much it must be lower than the lowest so far to count, as in scikit-learn; Keras
        compares with the last that counted.
    plateau : Plateau, optional
        Make steps smaller where the loss no longer falls; see `bptt.schedules.Plateau`.
    watch : callable (Params) -> float, optional
        What patience, plateau and the choice of the best epoch look at instead of the validation
        loss: the smaller the better.
    rng : None, int, SeedSequence or Generator
        Draws the parameters, if they are not given, what is held out, the order of the sequences,
        and dropout.
    on_event : callable (Event) or several
        Called after each batch and epoch, and when something happens; see `bptt.Event` and, to
        watch a training, `bptt.Progress`.  If one raises KeyboardInterrupt after a batch or an
        epoch, a checkpoint is written first.
    checkpoint : str or path, optional
        A folder in which the training keeps its last two checkpoints.  Where there is one already,
        it goes on from it, and ends with the very bits of a training that was never stopped.  The
        data and the settings must be those of that run, else there is an `OtherRunError`.  Not
        compared are epochs, checkpoint_seconds, on_event, ``rng``, which goes on where it was, and
        code: ``watch``, schedules, optimisers and strategies of your own.
    checkpoint_seconds : float
        How many seconds are between two checkpoints, at least; one more is written at the end.
    strategy : Strategy
        How to differentiate through time.
    engine : "numpy", "jit" or "auto"
        What goes over the time stamps; see `bptt.Workspace`.
    threads : int
        Over how many threads a batch is split that is large enough; see `bptt.Workspace`.

    Returns
    -------
    Fitted

    Raises
    ------
    InputError
        If an argument is not as above, or the checkpoint is of another run.
    FileAccessError
        If the folder for checkpoints cannot be made or read.
    NonFiniteError
        If cost or gradient stop being finite: says where it began and carries the last
        parameters for which they were, or those at the start.
    ModelFileError
        If there are checkpoints, and none is whole.

    Warns
    -----
    FellBackWarning
        If the newest checkpoint is damaged and the one before it was taken.
    NotSavedWarning
        If a checkpoint cannot be written; the training goes on.
    NeverFiniteWarning
        If no epoch had a finite validation loss (or ``watch``): the last parameters are returned.

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
    if not isinstance(net, RNN):
        do = "Give for example bptt.RNN(hidden_size=8)"
        raise InputError(sentence(called, "net to be an RNN", repr(net), do))
    epochs = _checks.positive_int(called, "epochs", epochs)
    if batch_size is not None:
        batch_size = _checks.positive_int(called, "batch_size", batch_size)
    if patience is not None:
        patience = _checks.positive_int(called, "patience", patience)
    tolerance = _checks.real_in(called, "tolerance", tolerance, 0.0, np.inf)
    seconds = _checks.real_in(called, "checkpoint_seconds", checkpoint_seconds, 0.0, np.inf)
    optimizer = optimizers.find(called, optimizer)
    _check_plateau(plateau, optimizer)
    listeners = _listeners(on_event)
    if not (watch is None or callable(watch)):
        do = "Give for example watch=lambda params: net.loss(params, other_x, other_y)"
        raise InputError(sentence(called, "watch to be a function of Params", repr(watch), do))
    if not (checkpoint is None or isinstance(checkpoint, (str, os.PathLike))):
        do = 'Give for example checkpoint="run/"'
        raise InputError(sentence(called, "checkpoint to be a folder", repr(checkpoint), do))
    if not all(callable(getattr(strategy, name, None)) for name in ("forward", "backward")):
        do = "Give for example bptt.FullBPTT()"
        raise InputError(sentence(called, "strategy to be a Strategy", repr(strategy), do))
    workspace = Workspace(engine, threads)
    rng = _checks.generator(called, rng)
    data = find_batch(called, net, x, y, loss, mask, lengths).copy()
    began = params
    params = net.init(rng) if began is None else began
    net.check_params(called, params)

    state, resumed, folder = State(params, optimizer.init(params)), None, None
    if checkpoint is not None:
        about = identity.of_run(
            net, data, params=began, optimizer=optimizer, batch_size=batch_size,
            validation=validation, patience=patience, tolerance=tolerance, plateau=plateau,
            watch=watch, strategy=strategy, engine=engine, threads=threads,
        )  # fmt: skip
        folder = Folder(checkpoint, about)
        folder.check(state, rng)
        resumed = folder.read(state, rng)
    if resumed is not None:
        state = resumed[0]
    train, held, state.held_out = split(net, data, validation, rng, state.held_out)
    if state.stopped == "epochs" and state.epoch < epochs:  # to go on for longer
        state.stopped = ""
    if not state.stopped and state.epoch >= epochs and state.order is None:  # or for shorter
        state.stopped = "epochs"
    loop = Loop(
        net, train, held, optimizer, epochs, batch_size, patience, tolerance, plateau, watch,
        strategy, rng, listeners, folder, seconds, workspace,
    )  # fmt: skip
    loop.started_at = loop.done(state)
    if resumed is not None:
        loop.hear("resumed", state, message=resumed[1])
    loop.run(state)
    if state.best is None and (held is not None or watch is not None):
        what, where = ("validation loss", "validation_loss")
        if watch is not None:
            what, where = ("number from watch", "watched")
        came = "none, so that the last parameters are returned"
        do = f"Look at history.{where}; smaller steps may help"
        text = sentence(called, f"a finite {what} after some epoch", came, do)
        warnings.warn(text, NeverFiniteWarning, stacklevel=2)
    best = state.best if state.best is not None else state.params
    return Fitted(
        net,
        best,
        loop.final_loss(state, best),
        state.history,
        state.optimizer,
        state.stopped,
        None if state.best is None else state.best_epoch,
    )


def _listeners(on_event: Any) -> list[Listener]:
    """Return the listeners, if each can be called with an event."""
    listeners = on_event if isinstance(on_event, (list, tuple)) else [on_event]
    if on_event is None:
        return []
    for listener in listeners:
        if isinstance(listener, type) or not callable(listener):
            do = "Give for example bptt.Progress() or print"
            came = getattr(listener, "__name__", repr(listener))
            expected = "on_event to be functions of an event"
            raise InputError(sentence("fit", expected, came, do))
    return list(listeners)


def _check_plateau(plateau: Plateau | None, optimizer: Optimizer) -> None:
    if plateau is None:
        return
    if not isinstance(plateau, Plateau):
        do = "Give for example bptt.schedules.Plateau(factor=0.5, patience=5)"
        raise InputError(sentence("fit", "plateau as a Plateau", repr(plateau), do))
    _checks.positive_int("Plateau", "patience", plateau.patience)
    for name in ("factor", "least"):
        _checks.real_in("Plateau", name, getattr(plateau, name), 0.0, 1.0, open_low=True)
    if not optimizer.scales:
        do = "Leave plateau out; it makes its steps smaller by itself"
        raise InputError(sentence("fit", "an optimiser without sizes of its own", "rprop", do))
