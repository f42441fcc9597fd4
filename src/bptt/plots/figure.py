"""What all pictures share: figures without a screen, colours for all eyes, files."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from bptt import _checks
from bptt._extras import need
from bptt._safetensors import write_file
from bptt.errors import InputError, sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENDINGS = ("pdf", "png", "svg")
# of Okabe and Ito, for all eyes; light and dark ones take turns, for print in grey
BLUE, ORANGE, GREEN, PURPLE = "#0072b2", "#d55e00", "#009e73", "#cc79a7"
SKY, YELLOW = "#56b4e9", "#f0e442"
GREY = "#6e6e6e"


def new_figure(width: float = 6.4, height: float = 4.0) -> Figure:
    """Return a figure of so many inches that needs no screen."""
    module = need("plots", "matplotlib", "plot", "matplotlib.figure")
    figure: Figure = module.Figure(figsize=(width, height), dpi=150, layout="constrained")
    return figure


def new_axes(width: float = 6.4, height: float = 4.0) -> Axes:
    """Return axes on a new figure of so many inches that needs no screen."""
    axes: Axes = new_figure(width, height).add_subplot()
    return axes


def tidy(axes: Axes) -> None:
    """Leave away the frame's upper and right side, and draw a light grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(visible=True, which="major", alpha=0.3)


def write(axes: Axes, path: str) -> None:
    """Write the figure of these axes to a PDF, PNG or SVG file, completely or not at all."""
    check_ending("plots.write", path)
    picture = io.BytesIO()
    # the whole figure, should these axes be in a part of it
    axes.figure.figure.savefig(picture, format=_ending(path))
    write_file("plots.write", path, picture.getvalue())


def check_ending(called: str, path: str) -> None:
    """Raise InputError unless the path ends in a format we write."""
    if _ending(path) not in ENDINGS:
        expected = f"a file that ends in {_checks.listed(f'.{e}' for e in ENDINGS)}"
        raise InputError(sentence(called, expected, repr(path), "Change the ending"))


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower().lstrip(".")
