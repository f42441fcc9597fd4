"""`Training`: all that is settled before the first epoch, the training itself, and its scores."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bptt import optimizers
from bptt._shapes import Array
from bptt.errors import InputError, sentence
from bptt.files import scores
from bptt.files.about import About
from bptt.files.data import Data
from bptt.files.model import Model
from bptt.files.scaling import Scaling
from bptt.files.splitting import counts, cut
from bptt.files.targets import CLASSES
from bptt.network import RNN
from bptt.params import Params
from bptt.training import Event, Fitted, fit


class Settings(NamedTuple):
    """How to train."""

    cell: str = "gru"
    hidden: int = 32
    layers: int = 1
    both_directions: bool = False
    dropout: float = 0.0
    epochs: int = 200
    batch: int = 32
    rate: float = 0.01
    clip: float = 1.0
    patience: int = 20
    test: float = 0.2
    """share of the sequences that is held out to judge by"""
    validation: float = 0.15
    """share of the rest that is held out to stop by; 0 for none"""
    window: int | None = None
    """into how many time stamps longer sequences are cut"""
    seed: int = 0
    starts: int = 1
    """how many trainings there are, from other weights; the best is kept"""
    engine: str = "numpy"
    threads: int = 1


class Parts(NamedTuple):
    """What is trained on, and what is held out."""

    x: list[Array]
    y: list[Array]
    """numbers of classes, or numbers, (T,) or (1,)"""
    names: list[str]
    windows: bool
    """whether these are windows of the data's sequences, for want of sequences"""
    train: Array
    """numbers of sequences"""
    validation: Array
    test: Array


class Scores(NamedTuple):
    """Scores on what was held out, of the network and of a prediction without any input."""

    network: dict[str, float | None]
    baseline: dict[str, float | None]
    always: float
    """what the baseline says: the number of a class, or a number"""


@dataclass(frozen=True, eq=False)
class Training:
    """A network, what it is trained on, and how."""

    data: Data
    parts: Parts
    settings: Settings
    about: About
    net: RNN
    bytes_needed: float

    @cached_property
    def features(self) -> Scaling:
        """The scaling of the inputs, learnt from what is trained on."""
        return Scaling.learn("train", [self.parts.x[i] for i in self.parts.train])

    @cached_property
    def targets(self) -> Scaling | None:
        """That of a regression's target."""
        if self.about.task == CLASSES:
            return None
        return Scaling.learn("train", [self.parts.y[i][:, None] for i in self.parts.train])

    def model(self, params: Params) -> Model:
        """Return parameters of the network with all that belongs to them."""
        return Model(self.net, params, self.about, self.features, self.targets)

    def fit(
        self,
        on_event: Callable[[Event], object],
        checkpoint: str | None = None,
        checkpoint_seconds: float = 10.0,
    ) -> Fitted:
        """Train, as `bptt.fit` does, from each start; return the best by what is held out."""
        settings, parts = self.settings, self.parts
        x, y = self._scaled(parts.train)
        validation = self._scaled(parts.validation) if len(parts.validation) else None
        optimizer = optimizers.adam(settings.rate, engine=settings.engine)
        if checkpoint is not None:
            _check_starts(checkpoint, settings.starts)
        found = []
        for start in range(settings.starts):
            rng, folder = np.random.SeedSequence([settings.seed, start]), checkpoint
            if checkpoint is not None and settings.starts > 1:
                folder = os.path.join(checkpoint, f"start-{start + 1}")
            found.append(fit(
                self.net, x, y,
                loss=self.about.loss,
                optimizer=optimizers.chain(optimizers.clip_by_norm(settings.clip), optimizer),
                epochs=settings.epochs,
                batch_size=settings.batch,
                validation=validation,
                patience=settings.patience if validation else None,
                rng=rng if start else settings.seed,
                on_event=on_event,
                checkpoint=folder,
                checkpoint_seconds=checkpoint_seconds,
                engine=settings.engine,
                threads=settings.threads,
            ))  # fmt: skip

        def cost(fitted: Fitted) -> float:
            finite = [loss for loss in fitted.history.validation_loss if math.isfinite(loss)]
            return min(finite, default=math.inf if validation else fitted.loss)

        return min(found, key=cost)

    def name_of(self, sequence: int) -> str:
        """Return the name of a sequence by its number in what `fit` was given."""
        train = self.parts.train
        of_window = np.repeat(train, self._n_windows(train))
        return self.parts.names[int(of_window[sequence])]

    def judge(self, model: Model) -> Scores:
        """Return the scores on what was held out."""
        parts = self.parts
        truth = np.concatenate([parts.y[i] for i in parts.test])
        known = np.concatenate([parts.y[i] for i in parts.train])
        said = np.concatenate(model.outputs([parts.x[i] for i in parts.test]))
        of_classes = self.about.task == CLASSES
        always = scores.most_frequent(known) if of_classes else float(known.mean())
        answers = said.argmax(axis=1) if of_classes else said[:, 0]
        score = scores.of_classes if of_classes else scores.of_numbers
        return Scores(score(truth, answers), score(truth, np.full(len(truth), always)), always)

    def _scaled(self, numbers: Array) -> tuple[list[Array], list[Array] | Array]:
        """Return x and y of some sequences as the network learns them: scaled, in windows."""
        window = self.settings.window
        x = cut([self.features.apply(self.parts.x[i]) for i in numbers], window)
        y = [self.parts.y[i] for i in numbers]
        if self.targets is not None:
            y = [self.targets.apply(part) for part in y]
        if self.about.per_step:
            return x, cut(y, window)
        return x, np.repeat(np.concatenate(y), self._n_windows(numbers))

    def _n_windows(self, numbers: Sequence[int] | Array) -> Array:
        return counts([len(self.parts.x[i]) for i in numbers], self.settings.window)


def _check_starts(checkpoint: str, starts: int) -> None:
    """Refuse the folder of a run with one start for several, and of several for one."""
    folder = Path(checkpoint)
    one, several = any(folder.glob("checkpoint-*")), any(folder.glob("start-*"))
    if one if starts > 1 else several:
        expected = f"{'one start' if one else 'several'}, as the run in {checkpoint!r} has"
        do = "Give --starts of that run, or another --checkpoint"
        raise InputError(sentence("train", expected, f"--starts {starts}", do))
