"""A derivation of the post's network with the numbers of a run, whatever computed them.

`Derivation` is one, with the engine's numbers; `FromFloats`, without NumPy, is another.  What is
shown by these names is shown of either.
"""

from __future__ import annotations

from typing import Protocol

from bptt.derivation.chain_rule import Chain
from bptt.derivation.tree import Expr


class Worked(Protocol):
    """What is asked of the derivation of a network whose states are one number each."""

    @property
    def chain(self) -> Chain:
        """The chain rule as trees."""

    def numbers(self, expr: Expr) -> list[float]:
        """Return the value of a tree for each sequence."""

    def number(self, expr: Expr, sequence: int) -> float:
        """Return the value of a tree for one sequence, counted from 0."""

    def share(self, weight: str, time_stamp: int) -> float:
        """Return what a time stamp adds to ∂ξ/∂weight, summed over the sequences."""

    def gradient(self, weight: str) -> float:
        """Return ∂ξ/∂weight, the sum over time stamps."""
