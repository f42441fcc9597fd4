"""The picture of the cost over both weights."""

import numpy as np
import pytest

import bptt
from bptt import plots, tasks
from bptt.errors import NumberTypeError, ShapeError
from bptt.surface import Surface
from plots.reading import legend, line, texts

WX, WREC = np.linspace(-3, 3, 13), np.linspace(-2, 2, 9)
POST = bptt.cost_surface(*tasks.post(), WX, WREC)
PATH = [(0.2, 1.5), (0.6, 1.8), (0.9, 1.4)]


def mesh(axes):
    return axes.collections[0]


def colour_bar(axes):
    return mesh(axes).colorbar


def made_up(cost):
    return Surface(np.arange(4.0), np.arange(3.0), np.asarray(cost, dtype=float).reshape(4, 3))


def test_the_colours_are_the_cost_on_a_logarithmic_scale():
    axes = plots.cost_surface(POST)
    drawn = np.asarray(mesh(axes).get_array()).reshape(len(WREC), len(WX))
    net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    for i, j in ((0, 0), (12, 0), (3, 7), (8, 2)):  # wx to the right, wrec upwards
        cost = net.loss(bptt.post_params(WX[i], WREC[j]), *tasks.post())
        assert drawn[j, i] == pytest.approx(cost, rel=1e-12)
    at = mesh(axes).get_coordinates()
    assert at[0, :, 0].tolist() == WX.tolist()
    assert at[:, 0, 1].tolist() == WREC.tolist()
    norm = mesh(axes).norm
    assert type(norm).__name__ == "LogNorm"
    assert (norm.vmin, norm.vmax) == pytest.approx((POST.cost.min(), POST.cost.max()))
    assert mesh(axes).get_cmap().name == "viridis"


def test_labels():
    axes = plots.cost_surface(POST)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("weight Wx", "weight Wrec")
    assert axes.get_title() == "Cost over both weights"
    assert colour_bar(axes).ax.get_ylabel() == "cost ξ (mean squared error)"
    ticks = [text.get_text() for text in colour_bar(axes).ax.get_yticklabels()]
    assert ticks == ["1", "2", "5", "10", "20"]


def test_contour_lines_lie_where_the_cost_is_that():
    axes = plots.cost_surface(POST)
    contours = axes.collections[1]
    assert contours.levels.tolist() == [1, 2, 5, 10, 20]
    assert colour_bar(axes).extend == "neither"
    net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    for level, path in zip(contours.levels, contours.get_paths(), strict=True):
        assert len(path.vertices) > 2
        costs = [net.loss(bptt.post_params(*at), *tasks.post()) for at in path.vertices]
        assert np.median(costs) == pytest.approx(level, rel=0.1)


def test_path_and_minimum():
    axes = plots.cost_surface(POST, path=PATH, minimum=(0.924, 1.417))
    assert line(axes, "path").tolist() == [list(at) for at in PATH]
    assert line(axes, "start").tolist() == [[0.2, 1.5]]
    assert line(axes, "end").tolist() == [[0.9, 1.4]]
    assert line(axes, "minimum").tolist() == [[0.924, 1.417]]
    assert legend(axes) == ["path", "start", "end", "minimum"]
    assert (axes.get_xlim(), axes.get_ylim()) == ((-3, 3), (-2, 2))


def test_what_is_outside_is_not_marked_and_does_not_widen_the_view():
    axes = plots.cost_surface(POST, path=[(-9.0, 0.0), (1.0, 1.0)], minimum=(0.0, 2.5))
    assert legend(axes) == ["path", "end"]
    assert (axes.get_xlim(), axes.get_ylim()) == ((-3, 3), (-2, 2))


def test_axes_that_are_given_and_without_anything_no_legend():
    axes = plots.new_axes()
    assert plots.cost_surface(POST, axes=axes) is axes
    assert axes.get_legend() is None


def test_overview_and_zoom_side_by_side():
    near = bptt.cost_surface(*tasks.post(), np.linspace(0.5, 1.5, 5), np.linspace(1, 2, 5))
    left, right = plots.overview_and_zoom(POST, near, path=PATH, minimum=(0.924, 1.417))
    assert left.figure is right.figure
    assert (left.get_title(), right.get_title()) == ("Overview", "Zoom")
    assert right.get_xlim() == (0.5, 1.5)
    (frame,) = left.patches
    assert frame.get_bbox().bounds == (0.5, 1.0, 1.0, 1.0)
    assert texts(left) == ["zoom"]
    assert line(right, "path").tolist() == line(left, "path").tolist()
    assert left.get_position().x1 < right.get_position().x0


def test_overflow_is_hatched_and_breaks_nothing(tmp_path):
    x = np.ones((1, 400))
    surface = bptt.cost_surface(x, [400.0], [-1.0, 1.0, 2.0], [-9.0, 0.5, 1.0, 9.0], "identity")
    assert np.isinf(surface.cost).any()
    axes = plots.cost_surface(surface)
    shown = np.ma.getmaskarray(mesh(axes).get_array()).reshape(4, 3)
    assert shown.tolist() == np.isinf(surface.cost.T).tolist()
    assert axes.patch.get_hatch()
    assert legend(axes) == ["not finite"]
    plots.write(axes, str(tmp_path / "surface.png"))


@pytest.mark.parametrize(
    ("cost", "bounds", "extend"),
    [
        ([1.0] * 12, (1.0, 1.01), "neither"),
        ([0.0] * 12, (1.0, 10.0), "min"),
        ([np.inf] * 12, (1.0, 10.0), "neither"),
        ([0.0, *np.arange(1.0, 12)], (1.0, 11.0), "min"),
        ([1e-3, *[1e9] * 11], (1e-3, 1e5), "max"),
    ],
)
def test_colours_of_odd_surfaces(tmp_path, cost, bounds, extend):
    axes = plots.cost_surface(made_up(cost))
    norm = mesh(axes).norm
    assert (norm.vmin, norm.vmax) == pytest.approx(bounds)
    assert colour_bar(axes).extend == extend
    plots.write(axes, str(tmp_path / "surface.svg"))


def test_a_narrow_range_still_has_contour_lines_and_plain_numbers():
    axes = plots.cost_surface(made_up(np.linspace(2.2, 3.2, 12)))
    levels = axes.collections[1].levels
    assert len(levels) >= 3
    assert 2.2 < levels[0] < levels[-1] < 3.2
    ticks = [text.get_text() for text in colour_bar(axes).ax.get_yticklabels()]
    assert ticks == [f"{level:g}" for level in levels]


@pytest.mark.parametrize(
    ("given", "error", "word"),
    [
        ({"path": [1.0, 2.0]}, ShapeError, r"path of shape \(n, 2\), got shape \(2,\)"),
        ({"path": [[1.0, 2.0, 3.0]]}, ShapeError, r"got shape \(1, 3\)"),
        ({"minimum": 1.0}, ShapeError, r"minimum of shape \(2,\), got shape \(\)"),
        ({"minimum": ("a", "b")}, NumberTypeError, "text"),
    ],
)
def test_bad_input(given, error, word):
    with pytest.raises(error, match=word):
        plots.cost_surface(POST, **given)
