"""The cells: one file each, element-wise lines only."""

from bptt.cells.base import Cell, Views
from bptt.cells.elman import Elman
from bptt.cells.gru import GRU
from bptt.cells.lstm import LSTM

BY_NAME: dict[str, type[Elman | GRU | LSTM]] = {kind.name: kind for kind in (Elman, GRU, LSTM)}

__all__ = ["BY_NAME", "GRU", "LSTM", "Cell", "Elman", "Views"]
