"""The picture of the error on its way back through time."""

from itertools import pairwise

import numpy as np
import pytest

import bptt
from bptt import plots
from bptt.errors import InputError, NumberTypeError, ShapeError
from plots.reading import legend, line

X, Y = [[1.0, 0, 1, 1, 0], [0.0, 1, 1, 0, 0]], [3.0, 2.0]


def by_hand(wx, wrec):
    """Return the errors of a linear network, summed over sequences, in plain numbers."""
    total = np.zeros(5)
    for bits, count in zip(X, Y, strict=True):
        state = 0.0
        for bit in bits:
            state = state * wrec + bit * wx
        total += [(state - count) * wrec ** (5 - k) for k in range(1, 6)]  # 2/m is 1
    return total


def test_lines_are_the_errors_of_the_network():
    net = bptt.RNN(activation="identity", readout="state_in", bias=False)
    errors, expected = {}, {}
    for wrec in (0.5, 1.5, -2.0):
        trace = net.trace(bptt.post_params(0.3, wrec), X, Y)
        errors[f"Wrec = {wrec}"] = trace.d_state_in[:, :, 0].sum(axis=0)
        expected[f"Wrec = {wrec}"] = by_hand(0.3, wrec)
    axes = plots.errors_by_time_stamp(errors)
    for label, values in expected.items():
        drawn = line(axes, label)
        assert drawn[:, 0].tolist() == [1, 2, 3, 4, 5]
        assert drawn[:, 1] == pytest.approx(values, rel=1e-12)
    assert legend(axes)[:3] == list(errors)


def test_colour_line_and_marker_each_tell_six_lines_apart():
    axes = plots.errors_by_time_stamp({str(n): [0.1 * n, 1.0] for n in range(1, 7)})
    drawn = axes.get_lines()[:6]
    assert len({one.get_color() for one in drawn}) == 6
    assert len({one.get_marker() for one in drawn}) == 6
    assert len({str(one._unscaled_dash_pattern) for one in drawn}) == 6


@pytest.mark.parametrize(
    ("errors", "threshold"),
    [
        ({"a": [0.002, 1.0]}, 1e-3),
        ({"a": [-5e-6, 1.0], "b": [3.0, 1.0]}, 1e-6),
        ({"a": [1e-30, 1.0]}, 1e-9),  # vanished: not worth thirty decades
        ({"a": [1e30, 1.0]}, 1.0),
        ({"a": [0.0, 0.0]}, 1.0),
        ({"a": [1e-5, 0.0]}, 1e-5),
    ],
)
def test_the_axis_is_linear_below_what_is_worth_a_look(errors, threshold):
    axes = plots.errors_by_time_stamp(errors)
    assert axes.get_yscale() == "symlog"
    assert axes.yaxis.get_transform().linthresh == pytest.approx(threshold)
    (note,) = [text for text in legend(axes) if text.startswith("linear within ±")]
    assert float(note.split("±")[1]) == pytest.approx(threshold)


def test_numbers_at_the_axis_do_not_lie_on_each_other():
    fifty = np.arange(49, -1, -1.0)
    axes = plots.errors_by_time_stamp({"up": 2.0**fifty * 1e15, "down": -50 * 0.5**fifty})
    axes.figure.canvas.draw()
    low, high = axes.get_ylim()
    boxes = [
        label.get_window_extent()
        for label, at in zip(axes.get_yticklabels(), axes.get_yticks(), strict=True)
        if low <= at <= high and label.get_text()
    ]
    assert len(boxes) >= 5
    for one, other in pairwise(boxes):
        assert one.y1 <= other.y0


@pytest.mark.parametrize(("sign", "side"), [(1, 0), (-1, 1)])
def test_errors_of_one_sign_need_one_half(sign, side):
    axes = plots.errors_by_time_stamp({"a": [sign * 0.01, sign * 1.0]})
    assert axes.get_ylim()[side] == 0.0


def test_labels_and_given_axes():
    axes = plots.new_axes()
    given = plots.errors_by_time_stamp({"a": [1.0]}, how="norm", axes=axes)
    assert given is axes
    assert axes.get_xlabel() == "time stamp k"
    assert axes.get_ylabel() == "∂ξ/∂State$_k$(In)\n(norm)"
    assert axes.get_title()


def test_what_is_not_finite_is_left_out(tmp_path):
    axes = plots.errors_by_time_stamp({"a": [np.inf, np.nan, 1e300, 1.0], "b": [np.nan] * 4})
    assert np.isnan(line(axes, "a")[:, 1]).tolist() == [True, True, False, False]
    plots.write(axes, str(tmp_path / "errors.png"))


@pytest.mark.parametrize(
    ("errors", "error", "word"),
    [
        ({}, InputError, "at least one line, got none"),
        ({"a": [[1.0]]}, ShapeError, r"errors\['a'\] of shape \(T,\), got shape \(1, 1\)"),
        ({"a": []}, ShapeError, r"got shape \(0,\)"),
        ({"a": ["x"]}, NumberTypeError, "text"),
    ],
)
def test_bad_input(errors, error, word):
    with pytest.raises(error, match=word):
        plots.errors_by_time_stamp(errors)


def test_hundreds_of_decades_in_one_picture():
    axes = plots.errors_by_time_stamp({"a": [1e300, 1e-290], "b": [-1e299, 1e-290]})
    axes.figure.canvas.draw()
    low, high = axes.get_ylim()
    assert low < -1e299
    assert high > 1e300
