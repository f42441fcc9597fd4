"""The engine: the tape, and every product and loop over time."""

from bptt.through_time.backprop import (
    FullBPTT,
    Packed,
    Seed,
    Strategy,
    advance,
    backward,
    forward,
    lay_out,
)
from bptt.through_time.packing import Packing
from bptt.through_time.stack import Stack, input_gradient
from bptt.through_time.tape import Tape
from bptt.through_time.workspace import Workspace

__all__ = [
    "FullBPTT",
    "Packed",
    "Packing",
    "Seed",
    "Stack",
    "Strategy",
    "Tape",
    "Workspace",
    "advance",
    "backward",
    "forward",
    "input_gradient",
    "lay_out",
]
