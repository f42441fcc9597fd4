"""The cost on a grid of weights: against the network, and against plain Python numbers."""

import math

import numpy as np
import pytest

import bptt
from bptt import activations, surface, tasks
from bptt.errors import InputError, NumberTypeError, ShapeError, UnknownNameError

PLAIN = {
    "identity": lambda a: a,
    "logistic": lambda a: 1 / (1 + math.exp(-a)),
    "tanh": math.tanh,
    "relu": lambda a: max(a, 0.0),
}


def one_after_the_other(x, y, wx, wrec, f):
    cost = 0.0
    for bits, count in zip(x.tolist(), y.tolist(), strict=True):
        state = 0.0
        for k, bit in enumerate(bits):
            state = (state if k == 0 else f(state)) * wrec + bit * wx
        cost += (state - count) ** 2
    return cost / len(y)


@pytest.mark.parametrize("name", PLAIN)
def test_a_hundred_by_a_hundred_for_twenty_sequences_of_ten(name):
    x, y = tasks.count_ones(20, 10, rng=3)
    wx, wrec = np.linspace(-2, 2, 100), np.linspace(-1.5, 1.5, 100)
    found = bptt.cost_surface(x, y, wx, wrec, name)
    assert found.cost.shape == (100, 100)
    assert found.wx.tolist() == wx.tolist()
    assert found.wrec.tolist() == wrec.tolist()
    net = bptt.RNN(activation=name, readout="state_in", bias=False)
    rng = np.random.default_rng(4)
    for i, j in rng.integers(0, 100, size=(200, 2)):
        loss = net.loss(bptt.post_params(wx[i], wrec[j]), x, y)
        assert found.cost[i, j] == pytest.approx(loss, rel=1e-12)
        plain = one_after_the_other(x, y, float(wx[i]), float(wrec[j]), PLAIN[name])
        assert found.cost[i, j] == pytest.approx(plain, rel=1e-12)


def test_inputs_that_are_no_bits_and_rows_that_repeat():
    rng = np.random.default_rng(0)
    x = np.repeat(rng.normal(size=(3, 4)), [1, 2, 5], axis=0)
    y = np.repeat(rng.normal(size=3), [1, 2, 5])
    cost = bptt.cost_surface(x, y, [-1.0, 0.5], [0.25, 2.0], "tanh").cost
    for (i, wx), wrec in ((one, w) for one in enumerate((-1.0, 0.5)) for w in (0.25, 2.0)):
        plain = one_after_the_other(x, y, wx, wrec, math.tanh)
        assert cost[i, (0.25, 2.0).index(wrec)] == pytest.approx(plain, rel=1e-12)


def test_ones_own_activation_and_sequences_of_one():
    pair = (lambda z: z * z, lambda z: 2 * z)
    cost = bptt.cost_surface([[1.0, 2.0]], [0.0], [1.0, 3.0], [1.0, 2.0], pair).cost
    assert cost.tolist() == [[9.0, 16.0], [225.0, 576.0]]
    assert bptt.cost_surface([[2.0]], [1.0], [1, 2], [0, 1]).cost.tolist() == [[1, 1], [9, 9]]


def test_in_parts_it_is_the_same(monkeypatch):
    x, y = tasks.count_ones(3, 7, rng=0)
    axes = np.linspace(-1, 1, 11), np.linspace(0, 2, 5)
    whole = bptt.cost_surface(x, y, *axes).cost
    monkeypatch.setattr(surface, "MOST_STATES", 7 * 5 * 3)
    assert (bptt.cost_surface(x, y, *axes).cost == whole).all()
    monkeypatch.setattr(surface, "MOST_STATES", 1)
    assert (bptt.cost_surface(x, y, *axes).cost == whole).all()


@pytest.mark.parametrize("name", PLAIN)
def test_overflow_is_infinity_without_a_warning(name):
    x = np.ones((2, 500))
    x[0] = -1
    cost = bptt.cost_surface(x, [1.0, 2.0], [-1e3, 1.0], [-50.0, 0.5, 50.0], name).cost
    assert not np.isnan(cost).any()
    assert np.isfinite(cost[:, 1]).all()
    assert np.isinf(cost[1, 2]) == (name in ("identity", "relu"))


def test_right_counts_and_how_often_rows_stand():
    rows = np.array([[0.0, 1, 1], [1.0, 1, 2]])
    cost, right = surface.cost_and_right(
        rows, np.array([1, 3]), np.array([1.0, 0.9, 0.0]), np.array([1.0, 0.9, 0.0]),
        activations.IDENTITY,
    )  # fmt: skip
    assert right.tolist() == [4, 4, 0]
    assert cost == pytest.approx([0, (0.01 + 3 * 0.29**2) / 4, (1 + 3 * 4) / 4])


def test_a_grid_around_points():
    wx, wrec = surface.grid_around([(0.0, 5.0), (2.0, 5.0), (1.0, 5.0)], margin=0.25, least=0.5)
    assert (wx[0], wx[-1], wrec[0], wrec[-1]) == (-0.5, 2.5, 4.5, 5.5)
    assert len(wx) == len(wrec) == 100
    assert np.allclose(np.diff(wx), 3 / 99)


GOOD = {"x": [[0.0, 1.0]], "y": [1.0], "wx": [0.0, 1.0], "wrec": [0.0, 1.0]}


@pytest.mark.parametrize(
    ("bad", "error", "word"),
    [
        ({"x": [0.0, 1.0]}, ShapeError, r"x of shape \(n, T\), got shape \(2,\)"),
        ({"x": np.zeros((0, 3)), "y": []}, ShapeError, r"got shape \(0, 3\)"),
        ({"x": [[np.nan, 1.0]]}, InputError, r"x to be finite, got nan at x\[0, 0\]"),
        ({"x": [["a"]]}, NumberTypeError, "text"),
        ({"y": [1.0, 2.0]}, ShapeError, r"y of shape \(1,\), got shape \(2,\)"),
        ({"y": [np.inf]}, InputError, "y to be finite"),
        ({"wx": [1.0]}, InputError, r"wx as two or more rising numbers, got shape \(1,\)"),
        ({"wx": [1.0, 1.0]}, InputError, "wx as two or more rising numbers"),
        ({"wrec": [2.0, 1.0]}, InputError, "wrec as two or more rising numbers"),
        ({"wrec": [[1.0, 2.0]]}, InputError, r"got shape \(1, 2\)"),
        ({"wrec": [1.0, np.inf]}, InputError, "wrec to be finite"),
        ({"activation": "sigmoid"}, UnknownNameError, "'sigmoid'"),
    ],
)
def test_bad_input(bad, error, word):
    with pytest.raises(error, match=rf"^cost_surface: expected .*{word}"):
        bptt.cost_surface(**{**GOOD, **bad})
