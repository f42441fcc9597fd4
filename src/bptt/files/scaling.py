"""Scaling to mean 0 and standard deviation 1, learnt from what a network is trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from bptt._shapes import Array
from bptt.errors import InputError, sentence


class Scaling(NamedTuple):
    """What numbers are shifted and divided by; (I,) for features, (1,) for a target."""

    mean: Array
    deviation: Array
    """1 where all numbers are one and the same"""

    @classmethod
    def learn(cls, called: str, parts: Sequence[Array]) -> Scaling:
        """Learn it from arrays (T, I), all time stamps alike.

        Examples
        --------
        >>> scaling = Scaling.learn("doc", [np.array([[1.0], [3.0]]), np.array([[5.0]])])
        >>> scaling.mean, scaling.apply(np.array([[3.0]]))
        (array([3.]), array([[0.]]))
        """
        rows = np.concatenate(parts)
        with np.errstate(over="ignore", invalid="ignore"):
            mean, deviation = rows.mean(axis=0), rows.std(axis=0)
        if not np.isfinite(mean + deviation).all():
            came, do = f"some up to {np.abs(rows).max():g}", "Give them in a larger unit"
            raise InputError(sentence(called, "numbers whose squares can be added", came, do))
        tiny = deviation <= 1e-12 * np.abs(mean)  # no more than rounding error
        return cls(mean, np.where(tiny, 1.0, deviation))

    def apply(self, values: Array) -> Array:
        """Return values with mean 0 and standard deviation 1."""
        scaled: Array = (values - self.mean) / self.deviation
        return scaled

    def undo(self, scaled: Array) -> Array:
        """Take `apply` back."""
        values: Array = scaled * self.deviation + self.mean
        return values
