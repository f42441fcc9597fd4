"""The cells: one file each, element-wise lines only."""

from bptt.cells.base import Cell
from bptt.cells.elman import Elman

__all__ = ["Cell", "Elman"]
