"""Pictures: functions that take and return matplotlib axes (extra ``plot``)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bptt import _checks
from bptt.errors import FileAccessError, InputError, MissingExtraError, sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ENDINGS = ("pdf", "png", "svg")


def new_axes() -> Axes:
    """Return axes on a new figure that needs no screen."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        do = "Install it with: pip install 'bptt[plot]'"
        raise MissingExtraError(sentence("plots", "matplotlib", "no such package", do)) from error
    axes: Axes = Figure(figsize=(6.4, 4.0), dpi=150, layout="constrained").add_subplot()
    return axes


def cost_by_epoch(
    losses: Sequence[float], lowest: float | None = None, *, axes: Axes | None = None
) -> Axes:
    """Draw the cost ξ by epoch, on logarithmic axes.

    Parameters
    ----------
    losses : sequence of float
        As in ``fitted.history.loss``.
    lowest : float, optional
        The lowest possible cost, drawn as a dashed line.
    axes : matplotlib axes, optional

    Examples
    --------
    >>> axes = cost_by_epoch([4.0, 2.0, 1.0], lowest=0.5)
    >>> axes.get_xlabel()
    'epoch'
    """
    if len(losses) == 0:
        do = "Train for at least one epoch"
        raise InputError(sentence("plots.cost_by_epoch", "at least one cost", "none", do))
    axes = new_axes() if axes is None else axes
    axes.plot(range(1, len(losses) + 1), losses, color="#0072b2", label="cost")
    if lowest is not None and lowest > 0:
        axes.axhline(
            lowest, color="#d55e00", linestyle="--", label=f"lowest possible, {lowest:.6g}"
        )
        axes.legend(frameon=False)
    if min(losses) > 0:
        axes.set_yscale("log")
    if len(losses) > 1:
        axes.set_xscale("log")
    axes.set(xlabel="epoch", ylabel="cost ξ (mean squared error)", title="Cost by epoch")
    axes.grid(visible=True, which="major", alpha=0.3)
    return axes


def write(axes: Axes, path: str) -> None:
    """Write the figure of these axes to a PDF, PNG or SVG file."""
    check_ending("plots.write", path)
    try:
        axes.get_figure(root=True).savefig(path)  # type: ignore[union-attr]
    except OSError as error:
        came = error.strerror or str(error)
        do = "Check that the folder exists and can be written to"
        raise FileAccessError(sentence("plots.write", f"to write {path!r}", came, do)) from error


def check_ending(called: str, path: str) -> None:
    """Raise InputError unless the path ends in a format we write."""
    if os.path.splitext(path)[1].lower().lstrip(".") not in ENDINGS:
        expected = f"a file that ends in {_checks.listed(f'.{e}' for e in ENDINGS)}"
        raise InputError(sentence(called, expected, repr(path), "Change the ending"))
