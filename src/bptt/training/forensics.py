"""Where NaN or infinity came first, read off the tapes of the call that had them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from bptt._shapes import Array
from bptt.errors import NonFiniteError, sentence
from bptt.params import Params, named_arrays, part_name
from bptt.run import Run
from bptt.through_time import Packing, Tape

NORMS_KEPT, NORMS_SHOWN = 20, 5


class Norms(NamedTuple):
    """What one update saw."""

    epoch: int
    batch: int
    loss: float
    gradient: float
    """the norm of the gradient, before clipping"""


class Place(NamedTuple):
    """Where a number is."""

    quantity: str
    layer: str | None = None
    """``"l0"``, ``"l0_reverse"`` ... as in the names of weights, if there are several"""
    time_stamp: int | None = None
    """counted from 1"""
    sequence: int | None = None
    """counted from 0 in the batch"""


def first_not_finite(run: Run) -> Place:
    """Return the place of the first number that is not finite.

    First in the order of computation: parameters, then layer by layer for k = 1 … T the
    pre-activations and states, the prediction, the cost, then layer by layer for k = T … 1
    ∂ξ/∂State(In), then the gradient.  Where finite numbers were too large to be squared and summed,
    the largest of them is named.
    """
    for name, array in named_arrays(run.params):
        if not np.isfinite(array).all():
            return Place(f"parameter {name}")
    tapes, packing = run.stack.tapes, run.stack.packing
    D, several = run.stack.n_directions, len(tapes) > 1
    names = [part_name(number, D) if several else None for number in range(len(tapes))]
    for layer, tape in zip(names, tapes, strict=True):
        if found := _first_of_forward(tape, layer, turned="reverse" in (layer or "")):
            return found
    every = run.readout.every
    where = _first_row(run.predicted)
    if where is not None:
        return Place("the prediction", None, *_of_prediction(packing, where, every=every))
    if not math.isfinite(run.loss):
        where = _largest_row(run.d_predicted)
        return Place("the cost", None, *_of_prediction(packing, where, every=every))
    for layer, tape in zip(names[::-1], tapes[::-1], strict=True):
        dz, turned = tape.dz_rows, "reverse" in (layer or "")
        where = _first_row(dz, from_the_end=True)
        if where is not None:
            return Place("∂ξ/∂State(In)", layer, *_of_row(packing, where, turned=turned))
    for name, array in named_arrays(run.grads) if run.grads is not None else ():
        if not np.isfinite(array).all():
            return Place(f"∂ξ/∂{name}")
    dz = tapes[0].dz_rows
    return Place("the gradient", names[0], *_of_row(packing, _largest_row(dz), turned=False))


def _first_of_forward(tape: Tape, name: str | None, *, turned: bool) -> Place | None:
    """Return where the first row is that is not finite, the earliest quantity of that row."""
    found = []
    for order, (quantity, rows) in enumerate(tape.forward_quantities()):
        where = _first_row(rows)
        if where is not None:
            found.append((int(tape.packing.step[where]), order, quantity, where))
    if not found:
        return None
    _, _, quantity, where = min(found)
    return Place(quantity, name, *_of_row(tape.packing, where, turned=turned))


def _of_row(packing: Packing, row: int, *, turned: bool) -> tuple[int, int]:
    """Return the time stamp, from 1, and the sequence of a packed row."""
    row = int(packing.turned[row]) if turned else row
    return int(packing.step[row]) + 1, int(packing.sequence[row])


def _of_prediction(packing: Packing, row: int, *, every: bool) -> tuple[int, int]:
    if every:
        return _of_row(packing, row, turned=False)
    return int(packing.lengths[row]), row


def _first_row(rows: Array, *, from_the_end: bool = False) -> int | None:
    """Return the first row with an entry that is not finite."""
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    return int(bad[-1 if from_the_end else 0]) if len(bad) else None


def _largest_row(rows: Array) -> int:
    """Return the row with the largest entry."""
    return int(np.abs(rows).max(axis=1).argmax())


def not_finite(
    run: Run, number_of: Array | None, norms: list[Norms], sound: Params, losses: list[float]
) -> NonFiniteError:
    """Build the error that says where it began.

    Parameters
    ----------
    run : Run
        The very call that had it.
    number_of : (B,) or None
        The public number of each sequence in the batch.
    norms : list of Norms
        Of the updates up to this one.
    sound : Params
        The last parameters whose cost and gradient were finite.
    losses : list of float
        The cost of each epoch before.
    """
    place = first_not_finite(run)
    sequence = place.sequence
    if sequence is not None and number_of is not None:
        sequence = int(number_of[sequence])
    now = norms[-1]
    where = f" of layer {place.layer}" if place.layer is not None else ""
    where += f" at time stamp {place.time_stamp}" if place.time_stamp is not None else ""
    where += f" in sequence {sequence} (counted from 0)" if sequence is not None else ""
    came = f"NaN or infinity in epoch {now.epoch}, batch {now.batch}, first in "
    came += f"{place.quantity}{where}"
    if len(norms) > 1:
        led = ", ".join(f"{norm.gradient:.3g}" for norm in norms[-NORMS_SHOWN:])
        came += f"; gradient norms up to there: {led}"
    do = (
        "Lower the rate, clip the gradient (bptt.clip_by_norm) or use bptt.rprop(); "
        "the weights before that, or those at the start, are in the error's params"
    )
    return NonFiniteError(
        sentence("fit", "finite cost and gradient", came, do),
        quantity=place.quantity,
        epoch=now.epoch,
        batch=now.batch,
        layer=place.layer,
        time_stamp=place.time_stamp,
        sequence=sequence,
        params=sound,
        losses=losses,
        norms=norms,
    )
