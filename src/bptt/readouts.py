"""Read-outs: from the states to the prediction ŷ, and back from ∂ξ/∂ŷ to where the error enters.

Inside, a prediction is (B, O), or (T, B, O) where every time stamp is read out.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from bptt import _checks
from bptt._shapes import Array
from bptt.cells import Cell
from bptt.errors import InputError, sentence
from bptt.params import Linear
from bptt.through_time import Seed, Tape


class Readout(ABC):
    """A forward-and-backward pair from states to prediction."""

    name: str
    every: bool = False
    """Whether there is a prediction at every time stamp."""
    has_weights: bool = True
    of_state_in: bool = False
    """Whether State_T(In) is read, so that the last state has no activation"""

    def check(self, called: str, cell: Cell) -> None:
        """Raise InputError if this read-out cannot read that cell."""
        return

    @abstractmethod
    def forward(self, weights: Linear | None, tape: Tape) -> Array:
        """Return the prediction ŷ."""

    @abstractmethod
    def back(
        self, weights: Linear | None, tape: Tape, d_prediction: Array
    ) -> tuple[Seed, Linear | None]:
        """Return where the error enters the recurrent layer, and the gradient of the weights."""


@dataclass(frozen=True)
class StateIn(Readout):
    """ŷ = State_T(In): the last state has no activation.

    This is the post's read-out.  A logistic state lies in (0, 1) and could never say 2, so the
    last one is read before the function is applied; O = H and there are no weights.
    """

    name: str = "state_in"
    has_weights: bool = False
    of_state_in: bool = True

    def check(self, called: str, cell: Cell) -> None:
        if cell.n_gates != 1 or not cell.one_sum:
            came = f"cell={cell.name!r}, which has more than one"
            do = "Give readout='last' or 'every' instead"
            raise InputError(sentence(called, "a cell with one State(In) per state", came, do))

    def forward(self, weights: Linear | None, tape: Tape) -> Array:
        prediction: Array = tape.z_last.copy()
        return prediction

    def back(
        self, weights: Linear | None, tape: Tape, d_prediction: Array
    ) -> tuple[Seed, Linear | None]:
        return Seed(dz_last=d_prediction), None


@dataclass(frozen=True)
class LinearReadout(Readout):
    """ŷ = h Wᵀ + b with h = State(Out), of the last time stamp or of every one."""

    name: str
    every: bool

    def forward(self, weights: Linear | None, tape: Tape) -> Array:
        assert weights is not None
        h = self._read(tape)
        prediction: Array = h.reshape(-1, h.shape[-1]).dot(weights.weight.T)  # (1)
        if weights.bias is not None:
            np.add(prediction, weights.bias, prediction)  #              (2)
        return prediction.reshape(*h.shape[:-1], -1)

    def back(
        self, weights: Linear | None, tape: Tape, d_prediction: Array
    ) -> tuple[Seed, Linear | None]:
        assert weights is not None
        h = self._read(tape)
        d = d_prediction.reshape(-1, d_prediction.shape[-1])
        d_bias = None if weights.bias is None else np.add.reduce(d)  #      (2)  db = Σ dŷ
        d_weight = d.T.dot(h.reshape(-1, h.shape[-1]))  #                (1)  dW = Σ dŷᵀ h
        dh = d.dot(weights.weight).reshape(h.shape)  #                   (1)  dh = dŷ W
        seed = Seed(dh_every=dh) if self.every else Seed(dh_last=dh)
        return seed, Linear(d_weight, d_bias)

    def _read(self, tape: Tape) -> Array:
        return tape.h[1:] if self.every else tape.h_last


STATE_IN = StateIn()
LAST = LinearReadout("last", every=False)
EVERY = LinearReadout("every", every=True)

BY_NAME: dict[str, Readout] = {r.name: r for r in (STATE_IN, LAST, EVERY)}


def find(called: str, readout: object) -> Readout:
    """Return the read-out meant by a name or a `Readout`."""
    if isinstance(readout, Readout):
        return readout
    return _checks.one_of(called, "readout", readout, BY_NAME)
