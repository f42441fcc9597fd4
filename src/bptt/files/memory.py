"""How much memory a network takes for sequences: told, or refused, before it begins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bptt._shapes import Array
from bptt.errors import InputError, sentence
from bptt.files.access import amount
from bptt.files.splitting import counts
from bptt.network import RNN
from bptt.training.loop import ROWS_AT_ONCE

NUMBER = 8  # bytes of a float64
VIEW = 170  # bytes of a view of an array; the loops over time have some for each time stamp
WEIGHTS = 8  # arrays of the parameters' sizes: gradients, averages, the best, laid out ...
COPIES = 5  # of the inputs: as they are read, scaled, packed ...
WINDOWS = (1000, 100)  # lengths that are proposed


def for_training(net: RNN, lengths: Array, batch: int) -> float:
    """Estimate the bytes that `fit` takes for sequences of these lengths.

    The largest batch goes forwards and backwards; to be judged, more sequences than that may go
    forwards at once.
    """
    whole, in_batch, longest = _sizes(lengths, batch)
    forward, backward = _forward(net), _backward(net)
    each_step = 2 * VIEW * net.n_parts * (forward.views + backward.views)
    inputs = whole * COPIES * net.input_size
    judged = min(whole, max(in_batch, ROWS_AT_ONCE))
    numbers = inputs + net.n_parts * (
        judged * forward.numbers + in_batch * (forward.numbers + backward.numbers)
    )
    weights = sum(int(np.prod(shape, dtype=float)) for shape in net.shapes.values())
    return NUMBER * (numbers + WEIGHTS * weights) + longest * each_step


def for_prediction(net: RNN, lengths: Array, batch: int) -> float:
    """Estimate the bytes that `RNN.predict` takes for so many of these sequences at a time."""
    whole, in_batch, longest = _sizes(lengths, batch)
    forward = _forward(net)
    numbers = whole * COPIES * net.input_size + in_batch * net.n_parts * forward.numbers
    return NUMBER * numbers + longest * VIEW * net.n_parts * forward.views


def check_training(
    called: str, path: str, net: RNN, lengths: Array, batch: int, window: int | None, limit: float
) -> float:
    """Return the estimate, or refuse a training that does not fit into so many bytes."""
    needed = for_training(net, _cut(lengths, window), batch)
    if needed <= limit:
        return needed
    do = "Take fewer --hidden states or sequences, or allow more with --memory GB"
    for shorter in WINDOWS:
        less = for_training(net, _cut(lengths, shorter), batch)
        if less <= limit and shorter < min(lengths.max(), window or np.inf):
            do = f"Give --window {shorter}, with which it takes {amount(less)}"
            break
    raise _too_large(called, path, lengths, needed, limit, do)


def check_prediction(
    called: str, path: str, net: RNN, lengths: Array, batch: int, window: int | None, limit: float
) -> None:
    """Refuse a prediction that does not fit into so many bytes."""
    needed = for_prediction(net, _cut(lengths, window), batch)
    if needed > limit:
        do = "Take a model trained with --window, or allow more with --memory GB"
        raise _too_large(called, path, lengths, needed, limit, do)


class _Takes(NamedTuple):
    """What forward or backward takes for a time stamp of one layer and direction."""

    numbers: int
    views: int


def _forward(net: RNN) -> _Takes:
    cell, H = net.cell, net.hidden_size
    inputs = max(net.input_size, net.n_directions * H * (net.n_layers > 1)) + 1
    gates, n_states = cell.n_gates + cell.n_apart, len(cell.states)
    views = 2 + 2 * n_states + gates + len(cell.kept)
    inputs *= 1 + bool(cell.n_apart)
    return _Takes(inputs + (gates + n_states + len(cell.kept)) * H, views)


def _backward(net: RNN) -> _Takes:
    cell = net.cell
    gates, n_states = cell.n_gates + cell.n_apart, len(cell.states)
    return _Takes((gates + n_states) * net.hidden_size, 2 + n_states + gates + cell.n_local)


def _sizes(lengths: Array, batch: int) -> tuple[float, float, int]:
    """Return the time stamps of all sequences, of the largest batch, and of the longest."""
    in_batch = np.sort(lengths)[-batch:].sum()
    return float(lengths.sum()), float(in_batch), int(lengths.max())


def _cut(lengths: Array, window: int | None) -> Array:
    """Return the lengths of the windows of sequences, all of them as long as the first ones."""
    if window is None or lengths.max() <= window:
        return lengths
    found: Array = np.full(counts(lengths, window).sum(), window)
    return found


def _too_large(
    called: str, path: str, lengths: Array, needed: float, limit: float, do: str
) -> InputError:
    expected = f"what fits into {amount(limit)} of memory"
    came = f"{path!r} of {lengths.sum():,} time stamps in all and {lengths.max():,} in the longest "
    came += f"sequence, which take about {amount(needed)}"
    return InputError(sentence(called, expected, came, do))
