"""How the error vanishes or explodes on its way back through time."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bptt import _checks
from bptt._shapes import Array
from bptt.errors import InputError, ShapeError, sentence
from bptt.plots.figure import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CALLED = "plots.errors_by_time_stamp"
VANISHED = 1e-9  # of the smallest error that enters: what is less is as good as 0
STYLES = (  # colour, line and marker: any of the three tells them apart
    (BLUE, "-", "o"),
    (ORANGE, "--", "s"),
    (GREEN, "-.", "^"),
    (PURPLE, ":", "D"),
    (SKY, (0, (5, 1)), "v"),
    ("black", (0, (3, 1, 1, 1, 1, 1)), "X"),
)
MOST_DECADES = 305
MOST = 10.0**MOST_DECADES  # what is more has no place on the axis
TICKS = 11  # on the axis at most, about
MARKERS = 12  # on a line at most, about


def errors_by_time_stamp(
    errors: Mapping[str, npt.ArrayLike],
    *,
    how: str = "summed over sequences",
    axes: Axes | None = None,
) -> Axes:
    """Draw ∂ξ/∂State_k(In) by time stamp k, a line for each weight, on a symmetric log axis.

    The error enters at the last time stamp and goes to the left.  What one number per time stamp
    means is up to the caller: for the post's network the sum over sequences, which keeps its sign,
    ``trace.d_state_in[:, :, 0].sum(axis=0)``; for more states a norm over sequences and states,
    ``numpy.linalg.norm(trace.d_state_in, axis=(0, 2))``.

    Parameters
    ----------
    errors : mapping from str to (T,)
        By label, for example ``{"Wrec = 0.5": ...}``.  What is beyond 1e305 or NaN is left out.
    how : str
        What one number stands for; part of the axis' label.
    axes : matplotlib axes, optional

    Returns
    -------
    axes

    Raises
    ------
    InputError
        If there are no errors, or they are not as above.

    Examples
    --------
    >>> axes = errors_by_time_stamp({"Wrec = 0.5": [0.25, 0.5, 1.0], "Wrec = 2": [4.0, 2.0, 1.0]})
    >>> axes.get_yscale(), axes.get_xlabel()
    ('symlog', 'time stamp k')
    """
    lines = {label: _line(label, error) for label, error in errors.items()}
    if not lines:
        do = "Give for example {'Wrec = 1': trace.d_state_in[:, :, 0].sum(axis=0)}"
        raise InputError(sentence(CALLED, "at least one line", "none", do))
    axes = new_axes(7.0, 4.4) if axes is None else axes  # says so if matplotlib is missing
    from matplotlib.ticker import MaxNLocator, SymmetricalLogLocator

    threshold = _threshold(list(lines.values()))
    for (label, line), (color, style, marker) in zip(lines.items(), cycle(STYLES), strict=False):
        axes.plot(
            range(1, len(line) + 1), line, label=label, color=color, linestyle=style,
            marker=marker, markersize=5, markevery=max(1, len(line) // MARKERS), linewidth=1.6,
        )  # fmt: skip
    up, down = _decades(np.concatenate(list(lines.values())), threshold)
    # not left to matplotlib, whose margins overflow beyond 1e300
    room = np.log10(threshold) + 0.3 + 0.04 * (up + down)
    bottom, top = (10.0 ** min(side + room, MOST_DECADES) for side in (down, up))
    axes.set_ylim(-bottom if down or not up else 0.0, top if up or not down else 0.0)
    # the linear part gets room for three numbers, however many decades there are
    axes.set_yscale("symlog", linthresh=threshold, linscale=max(1.0, (up + down) / 16))
    ticks = SymmetricalLogLocator(base=10, linthresh=threshold)
    ticks.set_params(numticks=TICKS)
    axes.yaxis.set_major_locator(ticks)
    axes.axhline(0.0, color="black", linewidth=0.8, zorder=1)
    axes.axhspan(
        -threshold, threshold, color=GREY, alpha=0.18, linewidth=0, zorder=0,
        label=f"linear within ±{threshold:.0e}",
    )  # fmt: skip
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlim(0.5, max(map(len, lines.values())) + 0.5)  # there is no time stamp 0
    axes.set(
        xlabel="time stamp k",
        ylabel=f"∂ξ/∂State$_k$(In)\n({how})",
        title="The error on its way back through time",
    )
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    tidy(axes)
    return axes


def _line(label: str, error: npt.ArrayLike) -> Array:
    line = _checks.numbers(CALLED, f"errors[{label!r}]", error)
    if line.ndim != 1 or len(line) == 0:
        came, do = f"shape {line.shape}", "Sum it over sequences, or take a norm"
        raise ShapeError(sentence(CALLED, f"errors[{label!r}] of shape (T,)", came, do))
    return np.where(np.abs(line) <= MOST, line, np.nan)


def _decades(values: Array, threshold: float) -> tuple[float, float]:
    """Return how many decades there are above the linear part, and below it."""
    most = [np.nanmax(side, initial=threshold) for side in (values, -values)]
    up, down = (float(np.log10(side) - np.log10(threshold)) for side in most)
    return up, down


def _threshold(lines: list[Array]) -> float:
    """Return a power of ten below all that is worth a look; the axis is linear there."""
    sizes = np.abs(np.concatenate(lines))
    entering = np.abs([line[-1] for line in lines])
    sizes, entering = sizes[sizes > 0], entering[entering > 0]
    if len(sizes) == 0:
        return 1.0
    least = max(sizes.min(), VANISHED * entering.min()) if len(entering) else sizes.min()
    return float(10.0 ** np.clip(np.floor(np.log10(least)), -300, 300))
