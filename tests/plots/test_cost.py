"""The picture of the cost by epoch."""

import numpy as np
import pytest

from bptt import plots
from bptt.errors import InputError

FALLING = [10.0 ** (2 - k / 10) for k in range(100)]


def drawn(axes):
    """Return (epochs, costs) of the first line."""
    return axes.get_lines()[0].get_xydata().T.tolist()


def ticks(axis):
    axis.figure.figure.canvas.draw()
    low, high = sorted(axis.get_view_interval())
    return [
        label.get_text()
        for label, at in zip(axis.get_majorticklabels(), axis.get_majorticklocs(), strict=True)
        if low <= at <= high
    ]


def test_the_axes_that_are_given_are_those_that_come_back():
    axes = plots.new_axes()
    assert plots.cost_by_epoch([4.0, 2.0, 1.0], axes=axes) is axes
    assert drawn(axes) == [[1, 2, 3], [4.0, 2.0, 1.0]]


def test_new_axes_are_new():
    one, other = (plots.cost_by_epoch([2.0, 1.0]) for _ in range(2))
    assert one.figure is not other.figure


def test_labels():
    axes = plots.cost_by_epoch(FALLING)
    assert axes.get_xlabel() == "epoch"
    assert axes.get_ylabel() == "cost ξ (mean squared error)"
    assert axes.get_title() == "Cost by epoch"


@pytest.mark.parametrize(
    ("losses", "lowest", "scale"),
    [
        (FALLING, None, "log"),
        ([4.0, 1.0], None, "log"),
        ([1.0, 0.99], None, "linear"),
        ([1.0, 0.99], 0.1, "log"),
        ([1.0, 0.0], None, "linear"),
        ([0.0, 0.0], None, "linear"),
        ([4.0, 1.0], 0.0, "log"),
    ],
)
def test_scales(losses, lowest, scale):
    axes = plots.cost_by_epoch(losses, lowest)
    assert axes.get_xscale() == "log"
    assert axes.get_yscale() == scale
    low, high = axes.get_ylim()
    assert low < min(losses) <= max(losses) < high


def test_numbers_instead_of_powers_where_they_are_few():
    axes = plots.cost_by_epoch(list(np.geomspace(1.9, 0.492, 1000)), 0.492)
    assert ticks(axes.yaxis) == ["0.5", "1", "2"]
    assert ticks(axes.xaxis) == ["1", "10", "100", "1,000"]
    many = plots.cost_by_epoch(FALLING)
    assert any("10^{" in tick for tick in ticks(many.yaxis))


def test_the_lowest_cost_is_a_line_with_its_name():
    axes = plots.cost_by_epoch([4.0, 2.0, 1.0], lowest=0.492001013)
    _, lowest = axes.get_lines()
    assert set(lowest.get_ydata()) == {0.492001013}
    assert lowest.get_linestyle() == "--"
    assert [text.get_text() for text in axes.texts] == ["lowest found: 0.492001"]
    assert axes.get_ylim()[0] < 0.492


@pytest.mark.parametrize("lowest", [None, 0.0])
def test_without_a_lowest_cost_there_is_no_second_line(lowest):
    axes = plots.cost_by_epoch([4.0, 2.0, 1.0], lowest)
    assert len(axes.get_lines()) == 1
    assert len(axes.texts) == 0


def test_one_epoch_is_a_point_that_can_be_seen():
    assert plots.cost_by_epoch([4.0]).get_lines()[0].get_marker() == "o"
    assert plots.cost_by_epoch([4.0, 3.0]).get_lines()[0].get_marker() in ("", "None")


def test_no_costs():
    with pytest.raises(InputError, match="at least one cost, got none"):
        plots.cost_by_epoch([])


def test_both_lines_can_be_seen_in_the_picture(tmp_path):
    """Their colours are there, and cover about a line's worth of the picture."""
    from matplotlib.colors import to_rgb
    from matplotlib.image import imread

    path = str(tmp_path / "cost.png")
    plots.write(plots.cost_by_epoch([4.0, 2.0, 1.5], 1.0), path)
    picture = imread(path)[:, :, :3]
    assert picture.shape == (600, 960, 3)
    for colour in (plots.BLUE, plots.ORANGE):
        near = np.abs(picture - np.array(to_rgb(colour))).max(axis=2) < 0.3  # white is 1 away
        assert near.any(axis=0).sum() > 400
        assert near.mean() < 0.02
