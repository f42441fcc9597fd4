"""The cost of the post's network over both its weights, a whole grid of them at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bptt import _checks, activations
from bptt._shapes import Array
from bptt.activations import Activation
from bptt.errors import InputError, ShapeError, sentence
from bptt.scalar import states

CALLED = "cost_surface"
POINTS = 100  # on either axis of a grid
MOST_STATES = 1e7  # weights × time stamps of one sequence in memory: 160 MB


class Surface(NamedTuple):
    """The cost ξ on a grid of weights."""

    wx: Array
    """(a,), rising"""
    wrec: Array
    """(b,), rising"""
    cost: Array
    """(a, b), ξ at (wx[i], wrec[j]); infinite where the states overflow"""


def cost_surface(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    wx: npt.ArrayLike,
    wrec: npt.ArrayLike,
    activation: str | Activation | tuple[activations.Plain, activations.Plain] = "logistic",
) -> Surface:
    """Evaluate the cost ξ (mean squared error) of the post's network on a grid of weights.

    Parameters
    ----------
    x : (n, T)
    y : (n,)
    wx : (a,)
        Rising numbers, at least two.
    wrec : (b,)
        The same for the recurrent weight.
    activation : str, Activation or pair of functions

    Returns
    -------
    Surface

    Raises
    ------
    InputError
        If an argument is not as above.

    Examples
    --------
    >>> import bptt
    >>> x, y = bptt.tasks.post()
    >>> surface = bptt.cost_surface(x, y, wx=[0.0, 1.0], wrec=[0.0, 0.5, 1.0])
    >>> surface.cost.shape
    (2, 3)
    >>> round(float(surface.cost[1, 2]), 6)  # wx = 1, wrec = 1
    0.581425
    """
    f = activations.find(CALLED, activation)
    x, y = _data(x, y)
    wx, wrec = _axis("wx", wx), _axis("wrec", wrec)
    rows, how_often = np.unique(np.column_stack([x, y]), axis=0, return_counts=True)
    at_once = max(1, int(MOST_STATES / (x.shape[1] * len(wrec))))  # all, unless T is in the 1000s
    parts = [
        cost_and_right(rows, how_often, wx[i : i + at_once, None], wrec, f)[0]
        for i in range(0, len(wx), at_once)
    ]
    cost = np.concatenate(parts)
    cost[np.isnan(cost)] = np.inf  # what comes of infinity minus infinity
    return Surface(wx, wrec, cost)


def grid_around(points: npt.ArrayLike, *, margin: float, least: float) -> tuple[Array, Array]:
    """Return the two axes of a grid of 100 × 100 weights that holds these points.

    Parameters
    ----------
    points : (n, 2)
        (wx, wrec) of each.
    margin : float
        How much room there is on each side, in widths of the points.
    least : float
        How far the grid reaches at least from its middle.

    Examples
    --------
    >>> wx, wrec = grid_around([[0.0, 1.0], [4.0, 1.0]], margin=0.5, least=1.0)
    >>> float(wx[0]), float(wx[-1]), float(wrec[0]), float(wrec[-1]), len(wx)
    (-2.0, 6.0, 0.0, 2.0, 100)
    """
    points = _checks.numbers("grid_around", "points", points)
    low, high = points.min(axis=0), points.max(axis=0)
    reach = np.maximum((high - low) * (0.5 + margin), least)
    wx, wrec = np.linspace((low + high) / 2 - reach, (low + high) / 2 + reach, POINTS).T
    return wx, wrec


def cost_and_right(
    rows: Array, how_often: Array, wx: Array, wrec: Array, activation: Activation
) -> tuple[Array, Array]:
    """Return the cost and the number of right counts for each of the weights.

    All weights at once, by the post's own formulas: `bptt.scalar.states` does not care whether a
    weight is a number or an array of them.

    Parameters
    ----------
    rows : (m, T+1)
        Sequences, each with its target behind it.
    how_often : (m,)
        How many sequences each row stands for.
    wx, wrec
        Arrays of one shape, or of shapes that broadcast to one.
    activation : Activation

    Returns
    -------
    cost, right
        Arrays of that shape; where states overflow the cost is infinite or NaN.
    """
    shape = np.broadcast_shapes(wx.shape, wrec.shape)
    cost, right = np.zeros(shape), np.zeros(shape, dtype=int)
    with np.errstate(over="ignore", invalid="ignore"):
        for row, times in zip(rows, how_often, strict=True):
            state_in, _ = states([float(entry) for entry in row[:-1]], wx, wrec, activation)
            cost += times * (state_in[-1] - row[-1]) ** 2 / how_often.sum()
            right += times * (np.rint(state_in[-1]) == row[-1])
    return cost, right


def _data(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Array, Array]:
    x, y = _checks.numbers(CALLED, "x", x), _checks.numbers(CALLED, "y", y)
    if x.ndim != 2 or x.size == 0:
        do = "Give one row per sequence, one number per time stamp"
        raise ShapeError(sentence(CALLED, "x of shape (n, T)", f"shape {x.shape}", do))
    _checks.shape(CALLED, "y", y, (len(x),), "Give one target per sequence")
    return _checks.finite(CALLED, "x", x), _checks.finite(CALLED, "y", y)


def _axis(name: str, value: npt.ArrayLike) -> Array:
    axis = _checks.finite(CALLED, name, _checks.numbers(CALLED, name, value)).astype(np.float64)
    if axis.ndim != 1 or len(axis) < 2 or not (np.diff(axis) > 0).all():
        came = f"shape {axis.shape}" if axis.ndim != 1 or len(axis) < 2 else "others"
        do = f"Give for example {name}=np.linspace(-3, 3, 100)"
        raise InputError(sentence(CALLED, f"{name} as two or more rising numbers", came, do))
    return axis
