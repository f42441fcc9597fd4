"""Read-outs: from the states to the prediction ŷ, and back from ∂ξ/∂ŷ to where the error enters.

Inside, a prediction is (B, O), or (N, O), packed rows, where every time stamp is read out.  A
read-out reads the last layer of a `Stack`: (B, D·H) or (N, D·H), both directions side by side.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from bptt import _checks
from bptt._shapes import Array
from bptt.cells import Cell
from bptt.errors import InputError, sentence
from bptt.params import Linear
from bptt.through_time import Seed, Stack

dot: Any = np.ndarray.dot
add_up: Any = np.add.reduce


class Readout(ABC):
    """A forward-and-backward pair from states to prediction."""

    name: str
    every: bool = False
    """Whether there is a prediction at every time stamp."""
    mean: bool = False
    """Whether the mean of all states is read."""
    has_weights: bool = True
    of_state_in: bool = False
    """Whether State_T(In) is read, so that the last state has no activation"""

    def check(self, called: str, cell: Cell, n_directions: int) -> None:
        """Raise InputError if this read-out cannot read such a network."""
        return

    @abstractmethod
    def forward(self, weights: Linear | None, stack: Stack) -> Array:
        """Return the prediction ŷ."""

    @abstractmethod
    def back(
        self, weights: Linear | None, stack: Stack, d_prediction: Array
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

    def check(self, called: str, cell: Cell, n_directions: int) -> None:
        if n_directions != 1:
            do = "Give readout='last', 'every' or 'mean' instead"
            came = "both directions"
            raise InputError(sentence(called, "one direction for this read-out", came, do))
        if cell.n_gates != 1 or cell.n_apart:
            came = f"cell={cell.name!r}, which has more than one"
            do = "Give readout='last', 'every' or 'mean' instead"
            raise InputError(sentence(called, "a cell with one State(In) per state", came, do))

    def forward(self, weights: Linear | None, stack: Stack) -> Array:
        prediction: Array = stack.z_last.copy()
        return prediction

    def back(
        self, weights: Linear | None, stack: Stack, d_prediction: Array
    ) -> tuple[Seed, Linear | None]:
        return Seed(dz_last=d_prediction), None


def read_out(h: Array, weight: Array, bias: Array | None) -> Array:
    """Return ŷ = h Wᵀ + b."""
    prediction: Array = dot(h, weight.T)  #                  (1)
    if bias is not None:
        np.add(prediction, bias, prediction)  #              (2)
    return prediction


def read_out_back(d: Array, h: Array, weight: Array) -> tuple[Array, Array, Array]:
    """Return dh, dW and db, d being ∂ξ/∂ŷ."""
    dh = dot(d, weight)  #                                   (1)  dh = dŷ W
    d_weight = dot(d.T, h)  #                                (1)  dW = Σ dŷᵀ h
    return dh, d_weight, add_up(d)  #                        (2)  db = Σ dŷ


def mean_so_far(prediction: Array, total: Array, n_steps: int) -> None:
    """Add a time stamp's prediction to the total, and write their mean in its place.

    Read-outs are linear: the mean of all predictions is that of the mean of all states.
    """
    np.add(total, prediction, total)
    np.divide(total, n_steps, prediction)


@dataclass(frozen=True)
class LinearReadout(Readout):
    """ŷ = h Wᵀ + b with h = State(Out): the last, every one, or their mean over time.

    Of a network of both directions "last" is where each direction ends, as Keras's
    ``Bidirectional`` has it and PyTorch's ``h_n`` (not its ``output[:, -1]``).
    """

    name: str
    every: bool = False
    mean: bool = False

    def forward(self, weights: Linear | None, stack: Stack) -> Array:
        assert weights is not None
        return read_out(self._read(stack), weights.weight, weights.bias)

    def back(
        self, weights: Linear | None, stack: Stack, d_prediction: Array
    ) -> tuple[Seed, Linear | None]:
        assert weights is not None
        h = self._read(stack)
        dh, d_weight, d_bias = read_out_back(d_prediction, h, weights.weight)
        if self.mean:
            seed = Seed(dh_every=stack.packing.mean_back(dh))
        else:
            seed = Seed(dh_every=dh) if self.every else Seed(dh_last=dh)
        return seed, Linear(d_weight, None if weights.bias is None else d_bias)

    def _read(self, stack: Stack) -> Array:
        if self.mean:
            return stack.packing.mean(stack.h)
        return stack.h if self.every else stack.h_last


STATE_IN = StateIn()
LAST = LinearReadout("last")
EVERY = LinearReadout("every", every=True)
MEAN = LinearReadout("mean", mean=True)

BY_NAME: dict[str, Readout] = {r.name: r for r in (STATE_IN, LAST, EVERY, MEAN)}


def find(called: str, readout: object) -> Readout:
    """Return the read-out meant by a name or a `Readout`."""
    if isinstance(readout, Readout):
        return readout
    return _checks.one_of(called, "readout", readout, BY_NAME)
