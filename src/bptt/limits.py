"""What the post's two weights can and cannot count, found by search."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bptt._shapes import Array
from bptt.activations import Activation
from bptt.errors import NonFiniteError
from bptt.network import RNN
from bptt.optimizers import rprop
from bptt.params import post_params
from bptt.surface import MOST_STATES, cost_and_right
from bptt.training import Fitted, fit

REACH = 12.0  # the grid reaches at least so far from zero, and twice as far as the largest count
STEPS = (0.1, 0.2, 0.25, 0.5, 1.0)  # all meet the integers, where the exact counter lies
MOST_WORK = 2e8  # weights × sequences × time stamps: about two seconds
CELLS = 200  # of the grid that are looked at ten times finer
STARTS, EPOCHS = 8, 1500
MOST_TRAINING = 5e5  # epochs × their length, see _effort: about two seconds


class Limits(NamedTuple):
    """The best that was found, over all weights that were tried."""

    loss: float
    """the lowest cost"""
    loss_at: tuple[float, float]
    """(wx, wrec) there"""
    loss_correct: int
    """how many sequences are right there"""
    correct: int
    """the most sequences whose prediction rounds to their target"""
    correct_at: tuple[float, float]
    """(wx, wrec) there; the weights of lowest cost among equals"""
    grid_step: float
    """distance of the weights tried"""
    grid_reach: float
    """how far from zero they were tried"""


class _Tried(NamedTuple):
    loss: float
    at: tuple[float, float]
    correct: int


def two_weights(
    x: Array, y: Array, activation: Activation, known: Fitted | None = None
) -> Limits | None:
    """Search the lowest cost and the most right counts that two weights can reach.

    The counts come from a grid over both weights, evaluated at once (`bptt.surface`).  The cost
    comes from training from the lowest valleys of that grid.

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
    reach = max(REACH, float(np.ceil(2 * np.abs(y).max())))
    step = _finest(reach, x.shape[1], len(rows))
    if step is None:
        return None
    axis = np.arange(-round(reach / step), round(reach / step) + 1) * step
    wx, wrec = np.meshgrid(axis, axis, indexing="ij")
    loss, correct = cost_and_right(rows, how_often, wx, wrec, activation)
    # a finer look at the cells round the most promising points: what counts may be a thin region
    promising = np.lexsort((loss.ravel(), -correct.ravel()))[:CELLS]
    within = np.arange(-5, 6) * (step / 10)
    fine_wx = wx.flat[promising][:, None, None] + within[:, None]
    fine_wrec = wrec.flat[promising][:, None, None] + within
    fine_wx, fine_wrec = np.broadcast_arrays(fine_wx, fine_wrec)
    fine_loss, fine_correct = cost_and_right(rows, how_often, fine_wx, fine_wrec, activation)
    most_right = int(np.lexsort((fine_loss.ravel(), -fine_correct.ravel()))[0])

    effort = _effort(*x.shape)
    starts = _valleys(loss)[: max(1, int(MOST_TRAINING / (EPOCHS * effort)))]
    at = (float(fine_wx.flat[most_right]), float(fine_wrec.flat[most_right]))
    tried = [_Tried(float(fine_loss.flat[most_right]), at, int(fine_correct.flat[most_right]))]
    for i in starts:
        at = (float(wx.flat[i]), float(wrec.flat[i]))
        tried.append(_Tried(float(loss.flat[i]), at, int(correct.flat[i])))
    net = RNN(activation=activation, readout="state_in", bias=False)
    epochs = min(EPOCHS, max(1, int(MOST_TRAINING / effort)))
    for _, at, _ in tried[1:]:
        optimizer = rprop(step / 2, most=1.0)
        try:
            run = fit(net, x, y, params=post_params(*at), optimizer=optimizer, epochs=epochs)
        except NonFiniteError:  # long sequences can explode on the way: this start gives nothing
            continue
        tried.append(_judged(run, x, y))
    if known is not None:
        tried.append(_judged(known, x, y))
    lowest = min(tried, key=lambda one: one.loss)
    best = max(tried, key=lambda one: (one.correct, -one.loss))
    return Limits(lowest.loss, lowest.at, lowest.correct, best.correct, best.at, step, reach)


def _finest(reach: float, n_steps: int, n_rows: int) -> float | None:
    """Return the smallest step for which the grid is not too much work, if there is one."""
    for step in STEPS:
        states_of_one = (2 * reach / step + 1) ** 2 * n_steps
        if states_of_one * n_rows <= MOST_WORK and states_of_one <= MOST_STATES:
            return step
    return None


def _effort(n_sequences: int, n_steps: int) -> float:
    """Return how long an epoch takes, in units of about 4 µs."""
    return 30 + n_steps * (1 + n_sequences / 300)


def _valleys(loss: Array) -> list[int]:
    """Return the lowest points of the grid that no neighbour undercuts, as flat indices."""
    walled = np.pad(loss, 1, constant_values=np.inf)
    n, m = loss.shape
    shifts = [(i, j) for i in range(3) for j in range(3) if (i, j) != (1, 1)]
    lowest = np.isfinite(loss)
    for i, j in shifts:
        lowest &= loss <= walled[i : i + n, j : j + m]
    at = np.flatnonzero(lowest)
    at = at[loss.flat[at].argsort(kind="stable")]
    at = at[:1] if loss.flat[at[0]] == 0.0 else at[:STARTS]  # nothing is lower than 0
    return [int(i) for i in at]


def _judged(run: Fitted, x: Array, y: Array) -> _Tried:
    right = int((np.rint(run.predict(x)) == y).sum())
    return _Tried(run.loss, (run.params.Wx, run.params.Wrec), right)
