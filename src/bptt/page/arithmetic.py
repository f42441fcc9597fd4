"""What the page needs to have computed: by the engine where there is NumPy, else by `bptt.scalar`.

`bptt.page.with_numpy` and `bptt.page.with_floats` are the two modules that do it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple, Protocol

from bptt.derivation.worked import Worked
from bptt.page.state import State


class Weights(NamedTuple):
    """The two weights, or one number for each of them."""

    wx: float
    wrec: float


class Trained(NamedTuple):
    """Where a training has come to."""

    weights: Weights
    cost: float
    """ξ there; not finite where it overflows, and the training ends"""


class Arithmetic(Hashable, Protocol):
    """Where numbers come from."""

    ROWS_AT_ONCE: int
    """of a cost surface, so that other questions need not wait long"""

    def derive(self, state: State, weights: Weights, activation: str) -> Worked:
        """Return the derivation at these weights."""

    def complex_step(self, state: State, weights: Weights) -> Weights:
        """Return ∂ξ/∂Wx and ∂ξ/∂Wrec of the forward alone: Im ξ(w + i·1e-30)/1e-30."""

    def train(self, state: State, n_updates: int) -> list[Trained]:
        """Return the start and what each update leads to.

        Ends where ξ or its gradient is not finite: such a point is the last.
        """

    def costs(self, state: State, wx: Sequence[float], wrec: Sequence[float]) -> list[list[float]]:
        """Return ξ by row of wrec and column of wx; infinite where it overflows."""
