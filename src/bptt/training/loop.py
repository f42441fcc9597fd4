"""The loop that `fit` runs: updates, epochs, what is heard and what is saved of them."""

from __future__ import annotations

import math
import time
import warnings
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from bptt import optimizers
from bptt.data import Batch, minibatches
from bptt.errors import FileAccessError, InputError, NotSavedWarning, sentence
from bptt.network import RNN
from bptt.optimizers import Optimizer
from bptt.params import Params, map_params
from bptt.schedules import Plateau
from bptt.through_time import Strategy, Workspace
from bptt.training.checkpoints import Folder
from bptt.training.events import Event, Listener
from bptt.training.forensics import NORMS_KEPT, Norms, not_finite
from bptt.training.state import State

ROWS_AT_ONCE = 50_000  # time stamps whose cost is computed at once, where nothing asks for more


@dataclass
class Loop:
    """What a training does not change; `run` moves a `State` on until it has stopped."""

    net: RNN
    data: Batch
    validation: Batch | None
    optimizer: Optimizer
    epochs: int
    batch_size: int | None
    patience: int | None
    tolerance: float
    plateau: Plateau | None
    watch: Callable[[Params], float] | None
    strategy: Strategy
    rng: np.random.Generator
    listeners: Sequence[Listener]
    folder: Folder | None
    checkpoint_seconds: float
    workspace: Workspace
    began: float = field(default_factory=time.monotonic)
    saved: float = field(default_factory=time.monotonic)
    norms: deque[Norms] = field(default_factory=lambda: deque(maxlen=NORMS_KEPT))
    sound: Params | None = None
    """the last parameters whose cost and gradient were finite"""
    started_at: float = 0.0
    """how many epochs were done when this call began"""

    @property
    def whole(self) -> bool:
        """Whether an epoch is one update with all sequences."""
        return self.batch_size is None or self.batch_size >= self.data.n_sequences

    @property
    def n_batches(self) -> int:
        """Updates in an epoch."""
        return 1 if self.whole else -(-self.data.n_sequences // self.batch_size)  # type: ignore[operator]

    def run(self, state: State) -> None:
        """Go on until the training has stopped."""
        self.sound = state.params
        try:
            while not state.stopped:
                self._epoch(state)
                self._save(state, due=bool(state.stopped))
        except BaseException as error:  # a listener that shows something must let go of it
            self.hear("end", state, message=f"stopped by {type(error).__name__}")
            raise
        self.hear("end", state, message=f"stopped by {state.stopped}")

    def _epoch(self, state: State) -> None:
        n = self.data.n_sequences
        if state.order is None:
            state.order = np.arange(n) if self.whole else self.rng.permutation(n)
            state.batch, state.total, state.counted, state.gradient_norm = 0, 0.0, 0, 0.0
            state.clipped_before = optimizers.times_clipped(state.optimizer)
        for rows in minibatches(state.order, self.batch_size)[state.batch :]:
            batch = self.data if self.whole else self.data.take(rows)
            if batch.counts_any:  # else there is nothing to learn from
                self._update(state, batch)
            state.batch += 1
            if self.listeners:
                self.hear("batch", state)
            if state.batch < self.n_batches:
                self._save(state)
        state.history.loss.append(state.total / state.counted)
        state.history.gradient_norm.append(state.gradient_norm)
        state.history.clipped.append(self._clipped(state))
        state.order, state.epoch = None, state.epoch + 1
        self._judge(state)
        if self.listeners:
            self.hear("epoch", state)

    def _update(self, state: State, batch: Batch) -> None:
        # a number, so that what it draws can be drawn again
        seed = int(self.rng.integers(2**63)) if self.net.dropout else None
        value, grads = self.net.loss_and_gradient(
            state.params, batch, workspace=self.workspace, strategy=self.strategy, rng=seed
        )
        norm = optimizers.norm(grads)
        self.norms.append(Norms(state.epoch + 1, state.batch + 1, value, norm))
        if not math.isfinite(value + norm):
            self._stop_not_finite(state, batch, seed)
        self.sound = state.params
        given = (grads, state.optimizer, state.params)
        if state.scale == 1.0:
            state.params, state.optimizer = optimizers.move(self.optimizer, *given)
        else:
            step, state.optimizer = self.optimizer.update(*given)
            step = map_params(lambda d: d * d.dtype.type(state.scale), step)
            state.params = optimizers.apply_step(state.params, step)
        state.total += value * batch.n_counted
        state.counted += batch.n_counted
        state.gradient_norm = norm

    def final_loss(self, state: State, params: Params) -> float:
        """Return the cost of the parameters that were learnt, on all that was trained on."""
        state = replace(state, params=params)
        value, where = self._cost(params, self.data)
        if not math.isfinite(value):
            self.norms.append(Norms(state.epoch, state.batch, value, state.gradient_norm))
            self._stop_not_finite(state, where, None)
        return value

    def _cost(self, params: Params, data: Batch) -> tuple[float, Batch]:
        """Return the mean cost of all sequences, and the first batch in which it is not finite.

        A batch has no more time stamps than an update sees, or few: so long data need no long tape.
        """
        n, longest = data.n_sequences, data.layout.packing.n_steps
        size = n if self.batch_size is None else max(self.batch_size, ROWS_AT_ONCE // longest)
        if size >= n:
            return self.net.loss(params, data, workspace=self.workspace), data
        total, counted, where = 0.0, 0, data
        for rows in minibatches(np.arange(n), size):
            batch = data.take(rows)
            if batch.counts_any:
                value = self.net.loss(params, batch, workspace=self.workspace)
                if not math.isfinite(value) and math.isfinite(total):
                    where = batch
                total += value * batch.n_counted
                counted += batch.n_counted
        return total / counted, where

    def _stop_not_finite(self, state: State, batch: Batch, seed: int | None) -> None:
        assert self.sound is not None
        run = self.net.run(state.params, batch, strategy=self.strategy, rng=seed)
        raise not_finite(run, batch.numbers, list(self.norms), self.sound, state.history.loss)

    def _clipped(self, state: State) -> int:
        return optimizers.times_clipped(state.optimizer) - state.clipped_before

    def _judge(self, state: State) -> None:
        """Compare the epoch with the best one, make steps smaller, or stop."""
        value, keeps_best = state.history.loss[-1], False
        if self.validation is not None:
            value, keeps_best = self._cost(state.params, self.validation)[0], True
            state.history.validation_loss.append(value)
        if self.watch is not None:
            value, keeps_best = _number(self.watch(state.params)), True
            state.history.watched.append(value)
        best = math.inf if state.best_value is None else state.best_value
        better = value < best - self.tolerance  # not where it is NaN
        state.waited = 0 if better else state.waited + 1
        if value < best:
            state.best_value, state.best_epoch = value, state.epoch
            state.best = state.params if keeps_best else None
        if self.plateau is not None and state.waited and not state.waited % self.plateau.patience:
            state.scale = max(state.scale * self.plateau.factor, self.plateau.least)
        if self.patience is not None and state.waited >= self.patience:
            state.stopped = "patience"
        elif state.epoch >= self.epochs:
            state.stopped = "epochs"

    def _save(self, state: State, *, due: bool = False) -> None:
        """Write a checkpoint where it is time for one."""
        now = time.monotonic()
        if self.folder is None or not (due or now - self.saved >= self.checkpoint_seconds):
            return
        try:
            message, kind = self.folder.write(state, self.rng), "checkpoint"
        except FileAccessError as error:  # the training is worth more than its checkpoint
            message, kind = str(error), "not saved"
            warnings.warn(message, NotSavedWarning, stacklevel=2)
        self.saved = time.monotonic()
        self.hear(kind, state, message=message)

    def done(self, state: State) -> float:
        """Return how many epochs are done, with the share of the one that is under way."""
        return state.epoch + (0.0 if state.order is None else state.batch / self.n_batches)

    def hear(self, kind: str, state: State, message: str = "") -> None:
        """Tell the listeners what happened."""
        between, done = state.order is None, self.done(state) - self.started_at
        seconds, history = time.monotonic() - self.began, state.history
        left = None
        if done > 0 and not state.stopped:
            left = seconds / done * (self.epochs - self.started_at - done)
        mean = state.total / state.counted if state.counted else math.nan
        event = Event(
            kind=kind,
            epoch=state.epoch + (not between),
            epochs=self.epochs,
            batch=state.batch,
            batches=self.n_batches,
            loss=history.loss[-1] if between and history.loss else mean,
            gradient_norm=state.gradient_norm,
            params=state.params,
            validation_loss=history.validation_loss[-1] if history.validation_loss else None,
            clipped=int(history.clipped[-1])
            if between and history.clipped
            else self._clipped(state),
            seconds=seconds,
            seconds_left=left,
            message=message,
            best=state.best,
            best_epoch=None if state.best is None else state.best_epoch,
            best_value=None if state.best is None else state.best_value,
        )
        try:
            for listener in self.listeners:
                listener(event)
        except KeyboardInterrupt:
            if kind in ("batch", "epoch"):  # between two updates: nothing is half done
                self._save(state, due=True)
            raise


def _number(watched: Any) -> float:
    """Return what ``watch`` said as a number; NaN and infinity are welcome."""
    try:
        if isinstance(watched, (str, bytes)) or np.iscomplexobj(watched):
            raise TypeError
        return float(watched)
    except (TypeError, ValueError, OverflowError) as error:
        do = "Return one number, the smaller the better"
        raise InputError(sentence("fit", "watch to return a number", repr(watched), do)) from error
