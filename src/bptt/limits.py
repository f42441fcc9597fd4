"""What the post's two weights can and cannot count, found by search."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bptt._shapes import Array
from bptt.activations import Activation
from bptt.network import RNN
from bptt.optimizers import rprop
from bptt.params import post_params
from bptt.scalar import states
from bptt.training import Fitted, fit

RANGE = 12.0  # the grid reaches from -RANGE to RANGE in both weights
STEPS = (0.1, 0.2, 0.25, 0.5, 1.0)  # all meet the integers, where the exact counter lies
MOST_WORK = 2e8  # weights × sequences × time stamps: about two seconds
STARTS, EPOCHS = 8, 1500


class Limits(NamedTuple):
    """The best that was found, over all weights that were tried."""

    loss: float
    """the lowest cost"""
    loss_at: tuple[float, float]
    """(wx, wrec) there"""
    correct: int
    """the most sequences whose prediction rounds to their target"""
    correct_at: tuple[float, float]
    """(wx, wrec) there; the weights of lowest cost among equals"""
    grid_step: float
    """distance of the weights tried on [-12, 12]²"""


def two_weights(
    x: Array, y: Array, activation: Activation, known: Fitted | None = None
) -> Limits | None:
    """Search the lowest cost and the most right counts that two weights can reach.

    The counts come from a grid over both weights, evaluated at once by the post's own formulas
    (`bptt.scalar.states` does not care whether a weight is a number or an array of them).  The
    cost comes from training from the lowest valleys of that grid.

    Parameters
    ----------
    x : (n, T)
    y : (n,)
    activation : Activation
    known : Fitted, optional
        Two weights that have been trained already; they are among those considered.

    Returns
    -------
    Limits, or None if there is too much data for a search of a few seconds.

    Examples
    --------
    >>> import bptt
    >>> limits = two_weights(*bptt.tasks.post(), bptt.activations.LOGISTIC)
    >>> limits.correct, round(limits.loss, 6)
    (2, 0.492001)
    """
    rows, how_often = np.unique(np.column_stack([x, y]), axis=0, return_counts=True)
    work = [(2 * RANGE / step + 1) ** 2 * x.shape[1] * len(rows) for step in STEPS]
    affordable = [step for step, cost in zip(STEPS, work, strict=True) if cost <= MOST_WORK]
    if not affordable:
        return None
    step = affordable[0]
    axis = np.arange(-round(RANGE / step), round(RANGE / step) + 1) * step
    wx, wrec = np.meshgrid(axis, axis, indexing="ij")
    loss, correct = np.zeros(wx.shape), np.zeros(wx.shape, dtype=int)
    with np.errstate(over="ignore", invalid="ignore"):
        for row, times in zip(rows, how_often, strict=True):
            state_in, _ = states([float(bit) for bit in row[:-1]], wx, wrec, activation)
            loss += times * (state_in[-1] - row[-1]) ** 2 / len(x)
            correct += times * (np.rint(state_in[-1]) == row[-1])
    loss[~np.isfinite(loss)] = np.inf

    most = np.where(correct == correct.max(), loss, np.inf).argmin()
    net = RNN(activation=activation, readout="state_in", bias=False)
    runs = [
        fit(net, x, y, params=post_params(*at), optimizer=rprop(step / 2, most=1.0), epochs=EPOCHS)
        for at in _valleys(wx, wrec, loss)
    ]
    candidates = [(int(correct.flat[most]), (float(wx.flat[most]), float(wrec.flat[most])))]
    runs += [] if known is None else [known]
    for run in runs:
        right = int((np.rint(run.predict(x)) == y).sum())
        candidates.append((right, (run.params.Wx, run.params.Wrec)))
    best = min(runs, key=lambda run: run.loss)
    most_right, at = max(candidates, key=lambda candidate: candidate[0])
    return Limits(best.loss, (best.params.Wx, best.params.Wrec), most_right, at, step)


def _valleys(wx: Array, wrec: Array, loss: Array) -> list[tuple[float, float]]:
    """Return the lowest points of the grid that no neighbour undercuts."""
    walled = np.pad(loss, 1, constant_values=np.inf)
    n, m = loss.shape
    shifts = [(i, j) for i in range(3) for j in range(3) if (i, j) != (1, 1)]
    lowest = np.isfinite(loss)
    for i, j in shifts:
        lowest &= loss <= walled[i : i + n, j : j + m]
    at = np.flatnonzero(lowest)
    at = at[loss.flat[at].argsort(kind="stable")]
    at = at[:1] if loss.flat[at[0]] == 0.0 else at[:STARTS]  # nothing is lower than 0
    return [(float(wx.flat[i]), float(wrec.flat[i])) for i in at]
