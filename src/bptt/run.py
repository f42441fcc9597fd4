"""What one forward and one backward said, as it stands on the tapes."""

from __future__ import annotations

from typing import NamedTuple

from bptt._shapes import Array
from bptt.errors import InputError, sentence
from bptt.params import Params
from bptt.readouts import Readout
from bptt.through_time import Stack, Tape


class Run(NamedTuple):
    """One forward and one backward on the tape: valid until its next use."""

    params: Params
    stack: Stack
    predicted: Array
    """ŷ, (B, O) or packed rows (N, O)"""
    loss: float
    """ξ"""
    d_predicted: Array
    """∂ξ/∂ŷ"""
    grads: Params | None
    """∂ξ/∂θ, or None if only the forward was asked for"""
    readout: Readout

    @property
    def tape(self) -> Tape:
        """The tape of a network of one layer and direction."""
        if len(self.stack.tapes) > 1:
            came, do = f"{len(self.stack.tapes)} tapes", "Read run.stack.tapes"
            raise InputError(sentence("Run.tape", "one layer and direction", came, do))
        return self.stack.tapes[0]

    @property
    def prediction(self) -> Array:
        """ŷ, (B, O) or (T, B, O)."""
        return self.stack.packing.unpack(self.predicted) if self.readout.every else self.predicted

    @property
    def d_prediction(self) -> Array:
        """∂ξ/∂ŷ, (B, O) or (T, B, O)."""
        return (
            self.stack.packing.unpack(self.d_predicted) if self.readout.every else self.d_predicted
        )
