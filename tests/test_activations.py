"""Values and derivatives against mpmath over the whole range, in every dtype."""

import mpmath
import numpy as np
import pytest

import bptt
from bptt.activations import BY_NAME, Activation, find, own

mpmath.mp.dps = 50
TRUE = {
    "identity": (lambda a: a, lambda a: mpmath.mpf(1)),
    "logistic": (
        lambda a: 1 / (1 + mpmath.exp(-a)),
        lambda a: mpmath.exp(-abs(a)) / (1 + mpmath.exp(-abs(a))) ** 2,
    ),
    "tanh": (mpmath.tanh, lambda a: 1 / mpmath.cosh(a) ** 2),
    "relu": (lambda a: max(a, mpmath.mpf(0)), lambda a: mpmath.mpf(a > 0)),
}
POINTS = np.concatenate([[-700, -300, -45, 45, 300, 700], np.linspace(-20, 20, 401)])


@pytest.mark.parametrize("name", BY_NAME)
def test_float64_keeps_its_digits_over_the_whole_range(name):
    f, df = BY_NAME[name](POINTS), BY_NAME[name].derivative(POINTS)
    for a, value, slope in zip(POINTS, f, df, strict=True):
        true, true_slope = (t(mpmath.mpf(a)) for t in TRUE[name])
        assert abs(value - true) <= 6e-16 * abs(true), a
        if abs(true_slope) > 1e-300:
            assert abs(slope - true_slope) <= 1e-15 * abs(true_slope), a
        else:
            assert abs(slope) <= 1e-300


@pytest.mark.parametrize("name", BY_NAME)
def test_float32(name):
    points = np.linspace(-30, 30, 301, dtype=np.float32)
    f, df = BY_NAME[name](points), BY_NAME[name].derivative(points)
    assert f.dtype == df.dtype == np.float32
    for a, value, slope in zip(points, f, df, strict=True):
        true, true_slope = (t(mpmath.mpf(float(a))) for t in TRUE[name])
        assert abs(float(value) - true) <= 4e-7 * abs(true)
        assert abs(float(slope) - true_slope) <= 1e-6 * abs(true_slope)


@pytest.mark.parametrize("a", [-1e308, -800.0, -710.0, 710.0, 800.0, 1e308])
def test_far_out_there_is_neither_warning_nor_nan(a):
    for activation in BY_NAME.values():
        for values in (activation(np.array([a])), activation.derivative(np.array([a]))):
            assert not np.isnan(values).any()


@pytest.mark.parametrize("name", [n for n in BY_NAME if n != "relu"])
@pytest.mark.parametrize("a", [-720.0, -30.0, -0.5, 0.0, 1e-3, 2.0, 30.0, 720.0])
def test_complex_step_is_the_derivative(name, a):
    activation = BY_NAME[name]
    step = activation(np.array([a + 1e-30j])).imag[0] / 1e-30
    slope = activation.derivative(np.array([a]))[0]
    assert step == pytest.approx(slope, rel=1e-14, abs=1e-300)


def test_relus_derivative_at_its_kink_is_pytorchs():
    assert BY_NAME["relu"].derivative(np.array([0.0, -0.0])).tolist() == [0.0, 0.0]


def test_ones_own():
    square = own(np.square, lambda z: 2 * z, "square")
    assert square(np.array([3.0])) == 9
    assert square.derivative(np.array([3.0])) == 6
    assert find("here", (np.square, np.sign)).name == "own"
    assert find("here", square) is square
    x, y = bptt.tasks.post()
    net = bptt.RNN(activation=square, readout="state_in", bias=False)
    assert bptt.check_gradient(net, bptt.post_params(0.3, 0.2), x, y).ok


def test_networks_with_equal_activations_are_equal():
    assert bptt.RNN(activation="tanh") == bptt.RNN(activation=bptt.activations.TANH)
    assert bptt.RNN(activation="tanh") != bptt.RNN(activation="relu")
    assert isinstance(bptt.RNN().activation, Activation)
    assert len({bptt.RNN(), bptt.RNN(), bptt.RNN(bias=False)}) == 2


def test_complex64_far_out_is_a_number():
    assert np.isfinite(BY_NAME["logistic"](np.array([-200 + 1e-20j], np.complex64))).all()
