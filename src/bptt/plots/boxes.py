"""Boxes with numbers, and arrows between them, for a drawing that is measured in inches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bptt.plots.figure import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 0.92, 0.42  # of a box
FONT = 9.0
LETTERS = 10  # that a box has room for; more are smaller
INCH = 1.0  # of a figure for one unit of the drawing


class Drawing:
    """Axes of so many units; letters are as large as boxes allow.

    Parameters
    ----------
    axes : matplotlib axes
    width, height : float
        Inches on axes of their own; on smaller axes everything shrinks, also the letters.
    """

    half = WIDTH / 2

    def __init__(self, axes: Axes, width: float, height: float) -> None:
        self.axes = axes
        place, figure = axes.get_position(), axes.figure.figure
        inches = place.width * figure.get_figwidth(), place.height * figure.get_figheight()
        self.size = FONT * min(1.0, 1.25 * inches[0] / width, 1.25 * inches[1] / height)
        axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
        axes.set_axis_off()

    def text(self, x: float, y: float, text: str, **style: Any) -> None:
        """Write; centred unless told."""
        self.axes.text(x, y, text, **{"ha": "center", "va": "center", "size": self.size, **style})

    def box(
        self, x: float, y: float, content: float | str, *, edge: str, fill: str = "white",
        thick: bool = False, dashed: bool = False,
    ) -> None:  # fmt: skip
        """Draw a box with a number of four digits (or words) in it, its centre at (x, y)."""
        from matplotlib.patches import FancyBboxPatch

        corner = x - WIDTH / 2, y - HEIGHT / 2
        shape = "square,pad=0" if thick else "round,pad=0,rounding_size=0.08"
        self.axes.add_patch(
            FancyBboxPatch(
                corner,
                WIDTH,
                HEIGHT,
                boxstyle=shape,
                edgecolor=edge,
                facecolor=fill,
                linewidth=2.2 if thick else 1.2,
                linestyle="--" if dashed else "-",
            )
        )
        if isinstance(content, str):
            self.text(x, y, content, color=GREY, size=0.85 * self.size, linespacing=0.95)
        else:
            number = four_digits(float(content))
            size = self.size * min(1.0, LETTERS / len(number))
            self.text(x, y, number, size=size)

    def arrow(
        self, start: tuple[float, float], end: tuple[float, float], color: str, label: str = "",
        *, back: bool = False,
    ) -> None:  # fmt: skip
        """Draw an arrow, dashed on the way back, and its label beside its middle."""
        how = {
            "arrowstyle": "-|>",
            "color": color,
            "linewidth": 1.4,
            "linestyle": (0, (4, 2)) if back else "-",
            "shrinkA": 1,
            "shrinkB": 1,
        }
        self.axes.annotate("", end, start, arrowprops=how)
        x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
        right = 0.09 if (end[0] - start[0]) * (end[1] - start[1]) > 0 else 0.05  # of the slope
        self.text(
            x + right, y, label, color=color, ha="left", va="top" if right > 0.05 else "bottom"
        )


def four_digits(number: float) -> str:
    """Write a number with four digits, as short as can be.

    Examples
    --------
    >>> four_digits(1.0), four_digits(-0.0431256), four_digits(0.000012345), four_digits(123456.7)
    ('1', '-0.04313', '1.234e-5', '1.235e5')
    """
    if number != 0 and not 1e-3 <= abs(number) < 1e5:
        mantissa, _, exponent = f"{number:.3e}".partition("e")
        return f"{mantissa}e{int(exponent)}" if exponent else mantissa
    return f"{number:.4g}" if number else "0"
