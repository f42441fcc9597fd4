"""The engine: the tape, and every product and loop over time."""

from bptt.through_time.backprop import (
    FullBPTT,
    Seed,
    Strategy,
    backward,
    forward,
    input_gradient,
)
from bptt.through_time.tape import Tape, Workspace

__all__ = [
    "FullBPTT",
    "Seed",
    "Strategy",
    "Tape",
    "Workspace",
    "backward",
    "forward",
    "input_gradient",
]
