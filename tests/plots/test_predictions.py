"""Predictions against truth."""

import numpy as np
import pytest

from bptt import plots
from bptt.errors import InputError, NumberTypeError, ShapeError
from plots.reading import legend, line

PREDICTION, TARGET = [1.2, 2.6, 2.4, 3.1], [1.0, 2.0, 3.0, 3.0]


def points(axes, marker):
    """Return the points with the label that begins so."""
    (found,) = [c for c in axes.collections if str(c.get_label()).startswith(marker)]
    return np.asarray(found.get_offsets()).tolist()


def test_what_rounds_right_and_wrong_has_its_own_points():
    axes = plots.predictions(PREDICTION, TARGET, unit="ones")
    assert points(axes, "rounds right") == [[1.0, 1.2], [3.0, 3.1]]
    assert points(axes, "rounds wrong") == [[2.0, 2.6], [3.0, 2.4]]
    assert axes.get_title() == "Predictions against truth: 2 of 4 round right"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("truth y (ones)", "prediction ŷ (ones)")


def test_markers_tell_them_apart_without_colour():
    axes = plots.predictions(PREDICTION, TARGET)
    scatters = [c for c in axes.collections if str(c.get_label()).startswith("rounds ")][-2:]
    one, other = (c.get_paths()[0].vertices for c in scatters)
    assert one.shape != other.shape or not np.allclose(one, other)


def test_the_diagonal_and_the_band_that_rounds_to_it():
    axes = plots.predictions(PREDICTION, TARGET)
    diagonal = line(axes, "prediction = truth")
    assert diagonal.tolist() == [[0, 0], [4, 4]]
    (band,) = [c for c in axes.collections if "±0.5" in str(c.get_label())]
    corners = np.unique(band.get_paths()[0].vertices, axis=0).tolist()
    assert corners == [[0, -0.5], [0, 0.5], [4, 3.5], [4, 4.5]]
    assert set(legend(axes)) == {
        "rounds to the truth (±0.5)",
        "prediction = truth",
        "rounds right (2)",
        "rounds wrong (2)",
    }


def test_without_whole_targets_there_is_no_band():
    axes = plots.predictions([0.1, 0.7], [0.5, 0.25])
    assert points(axes, "prediction") == [[0.5, 0.1], [0.25, 0.7]]
    assert len(axes.collections) == 1
    assert axes.get_title() == "Predictions against truth"
    assert axes.get_xlabel() == "truth y"


def test_the_axes_that_are_given_and_any_shape():
    axes = plots.new_axes()
    assert plots.predictions(np.zeros((2, 3, 1)), np.zeros((2, 3, 1)), axes=axes) is axes
    assert len(points(axes, "rounds right")) == 6


def test_predictions_that_exploded_do_no_harm(tmp_path):
    axes = plots.predictions([1.0, np.inf, np.nan], [1.0, 2.0, 3.0])
    assert "1 of 3" in axes.get_title()
    plots.write(axes, str(tmp_path / "p.png"))


@pytest.mark.parametrize(
    ("prediction", "target", "error", "word"),
    [
        ([], [], InputError, "at least one prediction, got none"),
        ([1.0], [1.0, 2.0], ShapeError, r"of one shape, got shapes \(1,\) and \(2,\)"),
        (["a"], [1.0], NumberTypeError, "text"),
        ([1.0], [np.nan], InputError, "target to be finite"),
    ],
)
def test_bad_input(prediction, target, error, word):
    with pytest.raises(error, match=word):
        plots.predictions(prediction, target)
