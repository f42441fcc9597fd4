"""Predictions against truth."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bptt import _checks
from bptt._shapes import Array
from bptt.errors import InputError, ShapeError, sentence
from bptt.plots.figure import BLUE, GREY, ORANGE, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CALLED = "plots.predictions"


def predictions(
    prediction: npt.ArrayLike, target: npt.ArrayLike, *, unit: str = "", axes: Axes | None = None
) -> Axes:
    """Draw predictions against the truth, with the line on which they are right.

    Where all targets are whole numbers, as counts are, the band that rounds to the truth is drawn
    too, and what rounds wrong has another marker.

    Parameters
    ----------
    prediction : (n,), (n, O) or (n, T, O)
        As `RNN.predict` gives them.
    target : array of the same shape
    unit : str
        Of both, for the labels; for example ``"ones"``.
    axes : matplotlib axes, optional

    Returns
    -------
    axes

    Raises
    ------
    InputError
        If there are none, or the shapes differ.

    Examples
    --------
    >>> axes = predictions([1.2, 1.9, 2.3], [1, 2, 3], unit="ones")
    >>> axes.get_ylabel()
    'prediction ŷ (ones)'
    """
    prediction = _checks.numbers(CALLED, "prediction", prediction)
    target = _checks.numbers(CALLED, "target", target)
    do = "Give one target for each prediction"
    if prediction.shape != target.shape:
        came = f"shapes {prediction.shape} and {target.shape}"
        raise ShapeError(sentence(CALLED, "prediction and target of one shape", came, do))
    if target.size == 0:
        raise InputError(sentence(CALLED, "at least one prediction", "none", do))
    _checks.finite(CALLED, "target", target)
    axes = new_axes(5.2, 4.8) if axes is None else axes
    low, high = target.min() - 1, target.max() + 1
    if (counts := (target == np.rint(target)).all()) and high - low < 1000:
        axes.fill_between(
            [low, high], [low - 0.5, high - 0.5], [low + 0.5, high + 0.5],
            color=GREY, alpha=0.2, linewidth=0, label="rounds to the truth (±0.5)",
        )  # fmt: skip
    axes.plot([low, high], [low, high], color=GREY, linestyle="--", label="prediction = truth")
    right = np.rint(prediction) == target if counts else np.ones(target.shape, dtype=bool)
    words = ("rounds right", "rounds wrong") if counts else ("prediction", "")
    _points(axes, prediction, target, right, marker="o", color=BLUE, label=words[0])
    _points(axes, prediction, target, ~right, marker="X", color=ORANGE, label=words[1])
    title = "Predictions against truth"
    if counts:
        title += f": {int(right.sum())} of {right.size} round right"
    in_unit = f" ({unit})" if unit else ""
    axes.set(xlabel=f"truth y{in_unit}", ylabel=f"prediction ŷ{in_unit}", title=title)
    axes.set_xlim(low, high)
    if counts:
        from matplotlib.ticker import MaxNLocator

        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="best", framealpha=0.9)
    tidy(axes)
    return axes


def _points(
    axes: Axes, prediction: Array, target: Array, which: Array, *, marker: str, color: str,
    label: str,
) -> None:  # fmt: skip
    if which.any():
        axes.scatter(
            target[which], prediction[which], s=55, marker=marker, color=color,
            edgecolor="white", linewidth=0.6, zorder=3, label=f"{label} ({int(which.sum())})",
        )  # fmt: skip
