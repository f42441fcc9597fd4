"""Pictures: functions that take and return matplotlib axes (extra ``plot``)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bptt import _checks
from bptt.errors import FileAccessError, InputError, MissingExtraError, sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

ENDINGS = ("pdf", "png", "svg")
BLUE, ORANGE = "#0072b2", "#d55e00"  # of Okabe and Ito, for all eyes
FEW_DECADES = 1000  # up to so wide a range, numbers are easier to read than powers of ten


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
    """Draw the cost ξ by epoch, on logarithmic axes (linear for a cost that hardly changes).

    Parameters
    ----------
    losses : sequence of float
        As in ``fitted.history.loss``.
    lowest : float, optional
        The lowest possible cost, drawn as a dashed line; 0 has no place on a logarithmic axis.
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
    marker = "o" if len(losses) == 1 else ""  # a line of one point would not be seen
    axes.plot(range(1, len(losses) + 1), losses, color=BLUE, linewidth=1.8, marker=marker)
    if lowest is not None and lowest > 0:
        axes.axhline(lowest, color=ORANGE, linestyle="--", linewidth=1.2, zorder=1)
        axes.annotate(
            f"lowest possible: {lowest:.6g}",
            xy=(0.015, lowest),
            xycoords=axes.get_yaxis_transform(),
            xytext=(0, -4),
            textcoords="offset points",
            va="top",
            color=ORANGE,
        )
    shown = [*losses, lowest] if lowest else losses
    if 0 < 2 * min(shown) < max(shown):
        axes.set_yscale("log")
        if max(shown) < FEW_DECADES * min(shown):
            _plain_numbers(axes.yaxis, subs=(1.0, 2.0, 5.0))
    axes.set_xscale("log")
    _plain_numbers(axes.xaxis, subs=(1.0,))
    axes.set(xlabel="epoch", ylabel="cost ξ (mean squared error)", title="Cost by epoch")
    axes.margins(y=0.1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, which="major", alpha=0.3)
    return axes


def _plain_numbers(axis: Axis, subs: tuple[float, ...]) -> None:
    """Write 0.5, 1, 2, ... at a logarithmic axis instead of powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.7g}"))
    axis.set_minor_formatter(NullFormatter())


def write(axes: Axes, path: str) -> None:
    """Write the figure of these axes to a PDF, PNG or SVG file."""
    check_ending("plots.write", path)
    try:
        axes.figure.figure.savefig(path)  # the whole figure, should these axes be in a part of it
    except OSError as error:
        came = error.strerror or str(error)
        do = "Check that the folder exists and can be written to"
        raise FileAccessError(sentence("plots.write", f"to write {path!r}", came, do)) from error


def check_ending(called: str, path: str) -> None:
    """Raise InputError unless the path ends in a format we write."""
    if os.path.splitext(path)[1].lower().lstrip(".") not in ENDINGS:
        expected = f"a file that ends in {_checks.listed(f'.{e}' for e in ENDINGS)}"
        raise InputError(sentence(called, expected, repr(path), "Change the ending"))
