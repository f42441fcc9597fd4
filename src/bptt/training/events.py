"""What a listener of a training hears, and what is written down of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from bptt.params import Params


class Event(NamedTuple):
    """What a listener hears: after each epoch, after each batch, and when something happens."""

    kind: str
    """``"epoch"``, ``"batch"``, ``"resumed"``, ``"checkpoint"``, ``"not saved"`` or ``"end"``"""
    epoch: int
    """counted from 1"""
    epochs: int
    batch: int
    """how many batches of this epoch are done"""
    batches: int
    loss: float
    """the mean cost, each batch before its update, over all of this epoch that counted so far"""
    gradient_norm: float
    """of the last batch, before clipping"""
    params: Params
    """after the last update"""
    validation_loss: float | None = None
    """after the last epoch that is done; None without validation"""
    clipped: int = 0
    """how many gradients of this epoch were clipped"""
    seconds: float = 0.0
    """since `fit` was called"""
    seconds_left: float | None = None
    """at the pace so far, if all epochs are gone through"""
    message: str = ""
    """what happened, in words"""
    best: Params | None = None
    """those of the best epoch so far; None without validation and ``watch``"""
    best_epoch: int | None = None
    best_value: float | None = None
    """its validation loss, or what ``watch`` said"""


Listener: TypeAlias = Callable[[Event], object]


@dataclass
class History:
    """What was heard, an entry for each epoch."""

    loss: list[float] = field(default_factory=list)
    """the mean cost of the epoch, each batch before its update"""
    gradient_norm: list[float] = field(default_factory=list)
    """of the epoch's last batch, before clipping"""
    clipped: list[float] = field(default_factory=list)
    """how many gradients were clipped"""
    validation_loss: list[float] = field(default_factory=list)
    """after the epoch; empty without validation"""
    watched: list[float] = field(default_factory=list)
    """what ``watch`` said after the epoch; empty without it"""
