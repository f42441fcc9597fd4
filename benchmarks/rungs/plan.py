"""Which pieces of work are timed, and who takes part in each."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import NamedTuple

import peers
from rungs import work

SLOW_TO_COMPILE = ("bptt jit", "torch.compile")
"""in the quick form only at the smallest rung, Elman, float32"""


class Piece(NamedTuple):
    """One piece of work and who does it."""

    cores: int
    dtype: str
    cell: str
    rung: work.Rung
    sides: list[str]


def pieces(options: argparse.Namespace) -> Iterator[Piece]:
    """Yield what is to be timed, worker by worker: first one core, then several."""
    sides = [side for side in peers.SIDES if not peers.missing(side)]
    if options.peer:
        sides = [s for s in sides if s in options.peer or not peers.SIDES[s].peer]
    for cores in options.cores or (1, 2):
        for dtype in options.dtype or work.DTYPES:
            for cell in options.cell or work.CELLS:
                for rung in work.RUNGS:
                    if options.rung and rung.name not in options.rung:
                        continue
                    piece = Piece(cores, dtype, cell, rung, sides)
                    yield from quick(piece) if options.quick else [piece]


def quick(piece: Piece) -> Iterator[Piece]:
    """Yield the piece if it is one of the small ones that show that all runs."""
    smallest, ragged = piece.rung == work.RUNGS[0], piece.rung.shortest is not None
    first = smallest and piece.cell == "elman" and piece.dtype == "float32"
    if first or (piece.cores == 1 and (smallest or (ragged and piece.dtype == "float32"))):
        sides = [side for side in piece.sides if first or side not in SLOW_TO_COMPILE]
        yield piece._replace(sides=sides)
