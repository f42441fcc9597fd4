"""The post's network unrolled: every number in its box, and what is a box."""

import re

import numpy as np
import pytest
from matplotlib.colors import to_hex

import bptt
from bptt import plots
from bptt.errors import InputError, UnknownNameError
from bptt.plots import boxes
from bptt.plots.figure import YELLOW
from plots.reading import texts

NET = bptt.RNN(activation="logistic", readout="state_in", bias=False)
PARAMS = bptt.post_params(wx=0.2, wrec=1.5)
POST = NET.trace(PARAMS, *bptt.tasks.post())


def drawn(axes):
    """Return (x, y, text, face colour, edge width, is it dashed?) of every box."""
    found = []
    for patch in axes.patches:
        at = patch.get_bbox() if hasattr(patch, "get_bbox") else None
        x, y = (at.x0 + at.x1) / 2, (at.y0 + at.y1) / 2
        (inside,) = [
            text.get_text() for text in axes.texts
            if np.allclose(text.get_position(), (x, y), atol=1e-9) and text.get_text()
        ]  # fmt: skip
        dashed = patch.get_linestyle() in ("--", "dashed")
        face = to_hex(patch.get_facecolor())
        found.append((x, y, inside, face, patch.get_linewidth(), dashed))
    return found


def row(axes, height):
    """Return what stands in the boxes of a row, from left to right."""
    return [text for _, y, text, *_ in sorted(drawn(axes)) if y == pytest.approx(height)]


def close(shown, expected):
    """Whether four digits are those of a number."""
    return len(shown) == len(expected) and all(
        float(text) == pytest.approx(number, rel=5.1e-4)
        for text, number in zip(shown, expected, strict=True)
    )


def logistic(a):
    return 1 / (1 + np.exp(-a))


def by_hand(bits, target, n):
    """Return (states in, states out, derivatives, errors), one step after the other."""
    ins, outs, state = [], [], 0.0
    for bit in bits:
        ins.append(state * 1.5 + bit * 0.2)
        state = logistic(ins[-1])
        outs.append(state)
    slopes = [out * (1 - out) for out in outs[:-1]]
    errors = [2 / n * (ins[-1] - target)]
    for slope in reversed(slopes):
        errors.insert(0, errors[0] * 1.5 * slope)
    return ins, outs[:-1], slopes, errors


@pytest.mark.parametrize("sequence", [0, 1, 2])
def test_every_number_is_where_it_belongs(sequence):
    x, y = bptt.tasks.post()
    ins, outs, slopes, errors = by_hand(x[sequence], y[sequence], 3)
    axes = plots.unrolled(POST, PARAMS, "logistic", sequence=sequence, target=y[sequence])
    assert close(row(axes, unrolled_rows()["X"]), x[sequence])
    assert close(row(axes, unrolled_rows()["STATE_IN"]), [*ins, ins[-1]])  # and the prediction
    assert close(row(axes, unrolled_rows()["STATE_OUT"])[:2], outs)
    assert close(row(axes, unrolled_rows()["FACTOR"])[:2], slopes)
    assert close(row(axes, unrolled_rows()["ERROR"]), [*errors, errors[-1]])  # and ∂ξ/∂ŷ
    assert f"prediction ŷ\ntarget y = {y[sequence]:g}" in texts(axes)


def unrolled_rows():
    import importlib

    return vars(importlib.import_module("bptt.plots.unrolled"))


def test_the_last_state_has_no_activation_and_no_box():
    axes = plots.unrolled(POST, PARAMS, "logistic")
    assert row(axes, unrolled_rows()["STATE_OUT"])[2] == "no\nactivation"
    assert row(axes, unrolled_rows()["FACTOR"])[2] == "no factor"
    empty = [box for box in drawn(axes) if box[2].startswith("no")]
    assert len(empty) == 2
    assert all(dashed for *_, dashed in empty)


def test_coloured_boxes_are_known_without_their_colour():
    axes = plots.unrolled(POST, PARAMS, "logistic")
    coloured = [box for box in drawn(axes) if box[3] == YELLOW]
    others = [box for box in drawn(axes) if box[3] != YELLOW]
    assert [box[1] for box in coloured] == [unrolled_rows()["FACTOR"]] * 2
    assert min(box[4] for box in coloured) > max(box[4] for box in others)
    assert not any(dashed for *_, dashed in coloured)


def arrows(axes):
    """Return (start, end, is it dashed?) of every arrow."""
    return [
        (tuple(text.xyann), tuple(text.xy), text.arrow_patch.get_linestyle() != "-")
        for text in axes.texts
        if getattr(text, "arrow_patch", None)
    ]


def test_states_go_to_the_right_and_errors_to_the_left():
    axes = plots.unrolled(POST, PARAMS, "logistic")
    sideways = [arrow for arrow in arrows(axes) if arrow[0][0] != arrow[1][0]]
    assert {end[0] > start[0] for start, end, dashed in sideways if not dashed} == {True}
    assert {end[0] < start[0] for start, end, dashed in sideways if dashed} == {True}
    words = texts(axes)
    assert words.count("Wrec") == words.count("× Wrec") == 2
    assert words.count("f") == words.count("× f′") == 2
    assert words.count("Wx") == 3
    # from State_k(Out) to State_k+1(In), and back from ∂ξ/∂State_k+1(In) to the coloured box
    rows = unrolled_rows()
    heights = [(start[1], end[1]) for start, end, _ in sideways]
    assert heights.count((rows["STATE_OUT"], rows["STATE_IN"])) == 2
    assert heights.count((rows["ERROR"], rows["FACTOR"])) == 2
    # the error enters at the right, at the last State(In)
    (enters,) = [a for a in sideways if a[2] and a[0][1] == a[1][1]]
    assert enters[0][1] == rows["ERROR"]
    assert enters[1][0] > max(box[0] for box in drawn(axes) if box[2] == "no factor")


@pytest.mark.parametrize(
    ("n_steps", "shown"),
    [(1, [1]), (8, [1, 2, 3, 4, 5, 6, 7, 8]), (9, [1, 2, 8, 9]), (50, [1, 2, 49, 50])],
)
def test_the_middle_of_long_sequences_is_folded(n_steps, shown):
    x, y = bptt.tasks.count_ones(4, n_steps, rng=0)
    trace = NET.trace(PARAMS, x, y)
    axes = plots.unrolled(trace, PARAMS, "logistic", sequence=3)
    numbers = [int(text) for text in texts(axes) if re.fullmatch(r"\d+", text)]
    time_stamps = [
        int(text.get_text()) for text in axes.texts
        if re.fullmatch(r"\d+", text.get_text()) and text.get_position()[1] < 0.5
    ]  # fmt: skip
    assert set(time_stamps) <= set(numbers)
    assert time_stamps == shown
    errors = trace.d_state_in[3, [k - 1 for k in shown], 0]
    assert close(row(axes, unrolled_rows()["ERROR"])[:-1], errors)
    assert close(row(axes, unrolled_rows()["X"]), x[3, [k - 1 for k in shown]])
    folded = [text for text in texts(axes) if "stamps …" in text]
    assert folded == ([f"… {n_steps - 4} time\nstamps …"] if n_steps > 8 else [])


def test_title_and_row_names():
    axes = plots.unrolled(POST, PARAMS, "logistic", sequence=1)
    first, second = axes.get_title().splitlines()
    assert first == "The network unrolled through time: sequence 2 of 3"
    assert second == "Wx = 0.2, Wrec = 1.5, f = logistic; cost of all sequences ξ = 1.1469"
    for name in ("input x$_k$", "State$_k$(In)", "State$_k$(Out)", "∂ξ/∂State$_k$(In)"):
        assert name in texts(axes)


def overlaps(axes):
    """Return the pairs of texts that lie on each other."""
    axes.figure.canvas.draw()
    written = [text for text in axes.texts if text.get_text()]
    extents = [(text.get_text(), text.get_window_extent()) for text in written]
    return [
        (one, other)
        for i, (one, box) in enumerate(extents)
        for other, beside in extents[:i]
        if box.overlaps(beside)
    ]


@pytest.mark.parametrize("n_steps", [3, 8, 50])
@pytest.mark.parametrize("small", [False, True])
def test_nothing_is_written_over_anything(n_steps, small):
    x, y = bptt.tasks.count_ones(4, n_steps, rng=0)
    trace = NET.trace(PARAMS, x, y)
    axes = plots.new_axes(5.0, 3.0) if small else None
    drawn_on = plots.unrolled(trace, PARAMS, "logistic", target=y[0], axes=axes)
    assert overlaps(drawn_on) == []
    assert axes is None or drawn_on is axes


def test_numbers_stay_in_their_boxes():
    """Also those with many letters."""
    params = bptt.post_params(-123.456, -1.23456e-3)
    net = bptt.RNN(activation="identity", readout="state_in", bias=False)
    axes = plots.unrolled(net.trace(params, np.ones((1, 50)), [1.0]), params, "identity")
    axes.figure.canvas.draw()
    wide = boxes.WIDTH * np.ptp(axes.transData.transform([(0, 0), (1, 0)])[:, 0])
    for text in axes.texts:
        if re.fullmatch(r"-?\d[-.e\d]*", text.get_text()):
            assert text.get_window_extent().width < wide


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"), (-0.0, "0"), (2.0, "2"), (-1.13145, "-1.131"), (0.0012346, "0.001235"),
        (0.00098765, "9.877e-4"), (99999.0, "1e+05"), (-2.5e120, "-2.500e120"),
        (float("inf"), "inf"), (float("nan"), "nan"),
    ],
)  # fmt: skip
def test_four_digits(number, text):
    assert boxes.four_digits(number) == text


def test_other_networks_are_refused():
    x, y = bptt.tasks.post()
    for net in (
        bptt.RNN(hidden_size=2),
        bptt.RNN(hidden_size=2, readout="state_in", output_size=2, bias=False),
        bptt.RNN(hidden_size=1),
        bptt.RNN(hidden_size=1, readout="state_in"),
    ):
        params = net.init(rng=0)
        target = np.column_stack([y, y]) if net.output_size == 2 else y
        trace = net.trace(params, x, target)
        with pytest.raises(InputError, match="expected the post's network of two weights, got"):
            plots.unrolled(trace, params, "tanh")


@pytest.mark.parametrize("sequence", [-1, 3, 1.0, None, True])
def test_a_sequence_that_is_not_there(sequence):
    with pytest.raises(InputError, match="sequence as a whole number from 0 to 2, got"):
        plots.unrolled(POST, PARAMS, "logistic", sequence=sequence)


def test_an_unknown_activation():
    with pytest.raises(UnknownNameError, match=r"plots\.unrolled: expected activation"):
        plots.unrolled(POST, PARAMS, "sigmoid")


def test_it_is_written(tmp_path):
    for ending in plots.ENDINGS:
        plots.write(plots.unrolled(POST, PARAMS, "logistic"), str(tmp_path / f"net.{ending}"))
