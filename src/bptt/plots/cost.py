"""The cost by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bptt.errors import InputError, sentence
from bptt.plots.figure import BLUE, ORANGE, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

FEW_DECADES = 1000  # up to so wide a range, numbers are easier to read than powers of ten


def cost_by_epoch(
    losses: Sequence[float], lowest: float | None = None, *, axes: Axes | None = None
) -> Axes:
    """Draw the cost ξ by epoch, on logarithmic axes (linear for a cost that hardly changes).

    Parameters
    ----------
    losses : sequence of float
        As in ``fitted.history.loss``.
    lowest : float, optional
        The lowest cost that is known, drawn as a dashed line; 0 has no place on a logarithmic axis.
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
            f"lowest found: {lowest:.6g}",
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
    tidy(axes)
    return axes


def _plain_numbers(axis: Axis, subs: tuple[float, ...]) -> None:
    """Write 0.5, 1, 2, ... at a logarithmic axis instead of powers of ten."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.7g}"))
    axis.set_minor_formatter(NullFormatter())
