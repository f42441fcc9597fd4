"""The cells: one file each, element-wise lines only.  Each is imported when it is first used."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bptt.cells.base import Cell, Views

if TYPE_CHECKING:
    from bptt.cells.elman import Elman
    from bptt.cells.gru import GRU
    from bptt.cells.lstm import LSTM

BY_NAME = {"elman": "Elman", "gru": "GRU", "lstm": "LSTM"}
"""Of each cell the class here; the name is that of its file."""

__all__ = ["BY_NAME", "GRU", "LSTM", "Cell", "Elman", "Views"]


def __getattr__(name: str) -> Any:
    for file, kind in BY_NAME.items():
        if kind == name:
            return getattr(import_module(f"bptt.cells.{file}"), kind)
    raise AttributeError(f"module 'bptt.cells' has no attribute {name!r}")
