"""The work that is timed: the rungs of the ladder, and the numbers that every side is given."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

CELLS = {"elman": 1, "gru": 3, "lstm": 4}
"""each cell and the number of its gates' blocks"""
DTYPES = ("float32", "float64")
KINDS = ("gradient", "step")
RATE = 1e-3
"""of Adam, everywhere; the other settings are those of Kingma & Ba, which are every side's own"""


class Rung(NamedTuple):
    """Sizes of one piece of work; T is the longest length of a ragged batch."""

    B: int
    T: int
    I: int
    H: int
    shortest: int | None = None
    """of a ragged batch: lengths are drawn uniformly from here to T"""

    @property
    def name(self) -> str:
        T = self.T if self.shortest is None else f"{self.shortest}-{self.T}"
        return f"({self.B}, {T}, {self.I}, {self.H})"


RUNGS = (
    Rung(3, 3, 1, 1),
    Rung(20, 10, 1, 1),
    Rung(100, 7, 2, 3),
    Rung(1, 100, 1, 8),
    Rung(32, 100, 8, 32),
    Rung(64, 100, 64, 128),
    Rung(128, 100, 128, 512),
    Rung(16, 2000, 4, 64),
    Rung(100_000, 100, 1, 1),
    Rung(32, 200, 8, 64, shortest=10),
)
BY_NAME = {rung.name: rung for rung in RUNGS}


class Work(NamedTuple):
    """The numbers themselves, the same for every side; arrays are nobody's to write to."""

    cell: str
    rung: Rung
    dtype: str
    x: np.ndarray
    """(B, T, I), 0 where a sequence has ended"""
    y: np.ndarray
    """(B, 1)"""
    lengths: np.ndarray | None
    weights: dict[str, np.ndarray]
    """by PyTorch's names, in PyTorch's shapes and order of gates"""


def make(cell: str, rung: Rung, dtype: str) -> Work:
    """Draw the numbers; in every process the same."""
    B, T, I, H, shortest = rung
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((B, T, I)), rng.standard_normal((B, 1))
    lengths = None
    if shortest is not None:
        lengths = rng.integers(shortest, T, B, endpoint=True)
        lengths[0] = T
        x[np.arange(T) >= lengths[:, None]] = 0.0
    G = CELLS[cell]
    shapes = {
        "weight_ih_l0": (G * H, I),
        "weight_hh_l0": (G * H, H),
        "bias_ih_l0": (G * H,),
        "bias_hh_l0": (G * H,),
        "readout.weight": (1, H),
        "readout.bias": (1,),
    }
    # as PyTorch draws them
    weights = {n: rng.uniform(-1, 1, shape) / np.sqrt(H) for n, shape in shapes.items()}
    weights = {name: array.astype(dtype) for name, array in weights.items()}
    return Work(cell, rung, dtype, x.astype(dtype), y.astype(dtype), lengths, weights)


def time_major(x: np.ndarray) -> np.ndarray:
    """Return (T, B, I), in an array of its own."""
    return np.ascontiguousarray(x.transpose(1, 0, 2))
