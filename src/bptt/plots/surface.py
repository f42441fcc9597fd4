"""The cost over both weights, with the way that an optimiser took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bptt import _checks
from bptt._shapes import Array
from bptt.errors import ShapeError, sentence
from bptt.plots.cost import FEW_DECADES
from bptt.plots.figure import ORANGE, YELLOW, new_axes, new_figure
from bptt.surface import Surface

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CALLED = "plots.cost_surface"
DECADES = 8  # on the colour bar at most
LINES = 12  # contour lines at most
DOTS = 300  # an epoch is a dot on a path of so many at most


def cost_surface(
    surface: Surface,
    *,
    path: npt.ArrayLike | None = None,
    minimum: tuple[float, float] | None = None,
    axes: Axes | None = None,
) -> Axes:
    """Draw the cost ξ over Wx and Wrec, on a logarithmic colour scale with contour lines.

    Parameters
    ----------
    surface : Surface
        From `bptt.cost_surface`.  Where its cost is not finite the plane is hatched.
    path : (n, 2), optional
        (Wx, Wrec) of each epoch; what is outside the surface is cut off.
    minimum : (wx, wrec), optional
    axes : matplotlib axes, optional

    Returns
    -------
    axes

    Raises
    ------
    InputError
        If path or minimum are not as above.

    Examples
    --------
    >>> import bptt
    >>> x, y = bptt.tasks.post()
    >>> surface = bptt.cost_surface(x, y, wx=[0.0, 1.0, 2.0], wrec=[0.0, 1.0, 2.0])
    >>> axes = cost_surface(surface, path=[[0.2, 1.5], [0.9, 1.4]], minimum=(0.924, 1.417))
    >>> axes.get_xlabel(), axes.get_ylabel()
    ('weight Wx', 'weight Wrec')
    """
    way = None if path is None else _points("path", path, 2)
    lowest = None if minimum is None else _points("minimum", minimum, 1)
    axes = new_axes(6.4, 4.8) if axes is None else axes
    _colours(axes, surface)
    axes.set_xlim(surface.wx[0], surface.wx[-1])
    axes.set_ylim(surface.wrec[0], surface.wrec[-1])
    if way is not None and len(way):
        _way(axes, way)
    if lowest is not None:
        _mark(axes, lowest, "*", YELLOW, 12, "minimum")
    axes.set(xlabel="weight Wx", ylabel="weight Wrec", title="Cost over both weights")
    handles, _ = axes.get_legend_handles_labels()
    handles += [axes.patch] if axes.patch.get_hatch() else []
    if handles:
        axes.legend(handles=handles, loc="best", framealpha=0.9)
    return axes


def overview_and_zoom(
    overview: Surface,
    zoom: Surface,
    *,
    path: npt.ArrayLike | None = None,
    minimum: tuple[float, float] | None = None,
) -> tuple[Axes, Axes]:
    """Draw two cost surfaces side by side on a new figure, the second's place in the first.

    Each has its own colours: on those of the overview the valley floor would be of one colour.

    Parameters
    ----------
    overview, zoom : Surface
    path, minimum
        As in `cost_surface`.

    Returns
    -------
    axes of the overview, axes of the zoom

    Examples
    --------
    >>> import bptt
    >>> x, y = bptt.tasks.post()
    >>> wide = bptt.cost_surface(x, y, wx=[-2.0, 0.0, 2.0], wrec=[-2.0, 0.0, 2.0])
    >>> near = bptt.cost_surface(x, y, wx=[0.5, 1.0, 1.5], wrec=[1.0, 1.5, 2.0])
    >>> left, right = overview_and_zoom(wide, near)
    >>> right.get_title()
    'Zoom'
    """
    left, right = new_figure(11.0, 4.6).subplots(1, 2)
    for axes, surface, title in ((left, overview, "Overview"), (right, zoom, "Zoom")):
        cost_surface(surface, path=path, minimum=minimum, axes=axes)
        axes.set_title(title)
    corner = zoom.wx[0], zoom.wrec[0]
    size = zoom.wx[-1] - zoom.wx[0], zoom.wrec[-1] - zoom.wrec[0]
    _frame(left, corner, size)
    left.figure.suptitle("Cost over both weights")
    return left, right


def _colours(axes: Axes, surface: Surface) -> None:
    from matplotlib.colors import LogNorm

    low, high = _range(surface.cost)
    cost = np.ma.masked_invalid(surface.cost).T  # a row for each Wrec: it goes upwards
    if cost.mask.any():
        axes.patch.set(facecolor="white", edgecolor="0.6", hatch="///", label="not finite")
    shown = np.ma.clip(cost, low, high)
    norm = LogNorm(low, high)
    mesh = axes.pcolormesh(
        surface.wx, surface.wrec, shown, norm=norm, cmap="viridis", shading="gouraud",
        rasterized=True,
    )  # fmt: skip
    beyond = (bool(cost.min() < low), bool(cost.max() > high)) if cost.count() else (False, False)
    extend = {(0, 0): "neither", (1, 0): "min", (0, 1): "max", (1, 1): "both"}[beyond]
    bar = axes.figure.colorbar(mesh, ax=axes, extend=extend)
    bar.set_label("cost ξ (mean squared error)")
    levels = _levels(low, high)
    if high < FEW_DECADES * low and len(levels) > 1:
        bar.set_ticks(levels, labels=[f"{level:g}" for level in levels])
        bar.minorticks_off()
    if len(levels) and cost.count() and shown.min() < levels[-1] and shown.max() > levels[0]:
        lines = axes.contour(
            surface.wx, surface.wrec, shown, levels=levels, colors="white", linewidths=0.6,
            alpha=0.7,
        )  # fmt: skip
        bar.add_lines(lines)


def _range(cost: Array) -> tuple[float, float]:
    """Return the bounds of the colours: of all costs if they fit, else of the lower ones."""
    positive = cost[np.isfinite(cost) & (cost > 0)]
    if len(positive) == 0:
        return 1.0, 10.0
    low, high = float(positive.min()), float(positive.max())
    if high > low * 10.0**DECADES:  # the very bottom of an exact minimum may be as low as 1e-30
        low = max(low, float(np.quantile(positive, 0.002, method="lower")))
    return low, min(max(high, 1.01 * low), low * 10.0**DECADES)


def _levels(low: float, high: float) -> list[float]:
    """Return 1, 2, 5, 10, ... between the bounds; other numbers if they are too many or few."""
    from matplotlib.ticker import MaxNLocator

    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        levels = [step * 10.0**decade for decade in decades for step in steps]
        levels = [level for level in levels if low < level < high]
        if len(levels) <= LINES:
            break
    if len(levels) < 3 and high < FEW_DECADES * low:
        levels = [float(n) for n in MaxNLocator(6).tick_values(low, high) if low < n < high]
    return levels


def _way(axes: Axes, way: Array) -> None:
    axes.plot(
        *way.T, color="white", linewidth=1.6, marker="." if len(way) <= DOTS else "", markersize=4,
        label="path", path_effects=_halo(3.2), zorder=3,
    )  # fmt: skip
    _mark(axes, way[0], "o", "white", 8, "start")
    _mark(axes, way[-1], "s", ORANGE, 13, "end")  # larger than what may lie on it


def _mark(axes: Axes, at: Array, marker: str, color: str, size: float, label: str) -> None:
    """Mark a point, if it is on the plane that is shown."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    if left <= at[0] <= right and bottom <= at[1] <= top:
        axes.plot(
            *at, marker=marker, color=color, markersize=size, markeredgecolor="black",
            markeredgewidth=1.0, linestyle="", label=label, zorder=4, clip_on=False,
        )  # fmt: skip


def _frame(axes: Axes, corner: tuple[float, float], size: tuple[float, float]) -> None:
    from matplotlib.patches import Rectangle

    halo = _halo(3.0)
    axes.add_patch(
        Rectangle(corner, *size, fill=False, edgecolor="white", linewidth=1.4, path_effects=halo)
    )
    axes.annotate(
        "zoom",
        corner,
        xytext=(2, -3),
        textcoords="offset points",
        color="white",
        va="top",
        path_effects=halo,
    )


def _halo(width: float) -> list[Any]:
    """Return what draws a black line of that width behind: white is then seen on any colour."""
    from matplotlib.patheffects import Normal, Stroke

    return [Stroke(linewidth=width, foreground="black"), Normal()]


def _points(name: str, value: npt.ArrayLike, rank: int) -> Array:
    points = _checks.numbers(CALLED, name, value)
    if points.ndim != rank or points.shape[-1] != 2:
        expected = f"{name} of shape {'(n, 2)' if rank == 2 else '(2,)'}"
        do = "Give Wx and Wrec, in this order"
        raise ShapeError(sentence(CALLED, expected, f"shape {points.shape}", do))
    return points
