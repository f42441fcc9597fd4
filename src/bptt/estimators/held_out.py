"""Early stopping as scikit-learn has it: a score on sequences that are held out decides."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bptt import _checks
from bptt._shapes import Array
from bptt.errors import InputError, sentence
from bptt.network import RNN
from bptt.params import Params
from bptt.straight_path import quiet


@dataclass
class Watch:
    """What `bptt.fit` asks after each epoch: minus the score on what is held out."""

    estimator: Any
    net: RNN
    x: Any
    y: Array
    scores: list[float] = field(default_factory=list)
    """one for each epoch, the larger the better"""

    def __call__(self, params: Params) -> float:
        output = self.net.predict(params, self.x)
        score = -math.inf  # `fit` finds out where it began
        if np.isfinite(output).all():
            with quiet():
                score = self.estimator._score(self.y, self.estimator._answer(output))
        self.scores.append(score)
        return -score


def split(
    estimator: Any, called: str, net: RNN, x: Any, y: Array, targets: Array, random_state: Any
) -> tuple[Any, Array, Watch]:
    """Return x and targets that are left to train on, and who watches the others."""
    from sklearn.model_selection import train_test_split

    share = _checks.real_in(
        called, "validation_fraction", estimator.validation_fraction, 0.0, 1.0,
        open_low=True, open_high=True,
    )  # fmt: skip
    x, x_held, _, y_held, targets, _ = train_test_split(
        x, y, targets,
        test_size=share, random_state=random_state, stratify=estimator._strata(y),
    )  # fmt: skip
    if len(x_held) < 2:
        do = "Give a larger validation_fraction, or more sequences"
        raise InputError(sentence(called, "two sequences or more to hold out", "one", do))
    return x, targets, Watch(estimator, net, x_held, y_held)
