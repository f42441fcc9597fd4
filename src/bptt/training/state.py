"""All that a training changes from one update to the next: what a checkpoint must hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bptt._shapes import Array
from bptt.params import Params
from bptt.training.events import History


@dataclass
class State:
    """Where a training is.  `fit` is a loop that moves it on; nothing else remembers anything."""

    params: Params
    optimizer: Any
    """the optimiser's state"""
    held_out: Array | None = None
    """the numbers of the sequences that are kept for validation, if `fit` drew them"""
    epoch: int = 0
    """how many epochs are done"""

    # of the epoch that is under way
    order: Array | None = None
    """the order of its sequences; None between two epochs"""
    batch: int = 0
    """how many batches are done"""
    total: float = 0.0
    """the sum of the cost over all that counted"""
    counted: int = 0
    gradient_norm: float = 0.0
    clipped_before: int = 0
    """how many gradients had been clipped before"""

    # what was learnt
    history: History = field(default_factory=History)
    best: Params | None = None
    """the parameters of the epoch with the lowest watched number, where that decides"""
    best_value: float | None = None
    best_epoch: int = 0
    scale: float = 1.0
    """by what `Plateau` multiplies steps"""
    waited: int = 0
    """epochs in a row that were not better than the best by the tolerance"""
    stopped: str = ""
    """why the training is over: ``"epochs"``, ``"patience"``; empty while it goes on"""
