"""The checker itself: what it compares, how it measures, and that it can say no."""

import numpy as np
import pytest

import bptt
from bptt.gradient_check import GradientCheck, Row


def network(**options):
    rng = np.random.default_rng(0)
    net = bptt.RNN(**({"input_size": 2, "hidden_size": 3, "output_size": 2} | options))
    return net, net.init(rng), rng.standard_normal((4, 5, 2)), rng.standard_normal((4, 2))


class Off(bptt.RNN):
    """Its gradient of weight_hh is off by a factor."""

    def loss_and_gradient(self, *arguments, **options):
        loss, grads = super().loss_and_gradient(*arguments, **options)
        layer = grads.layers[0]
        wrong = layer._replace(weight_hh=layer.weight_hh * (1 + FACTOR))
        return loss, grads._replace(layers=(wrong,))


FACTOR = 1e-9


def test_it_finds_a_factor_of_one_in_a_billion():
    net, params, x, y = network()
    assert bptt.check_gradient(net, params, x, y).ok
    off = Off(input_size=2, hidden_size=3, output_size=2)
    report = bptt.check_gradient(off, params, x, y)
    assert not report.ok
    assert report.worst.name == "weight_hh_l0"
    largest = max(row.largest_entry for row in report.rows)
    assert report.max_error == pytest.approx(
        FACTOR * report.worst.largest_entry / largest, rel=1e-4
    )
    assert bptt.check_gradient(off, params, x, y, tolerance=1e-8).ok


@pytest.mark.parametrize("method", ["complex step", "central differences"])
def test_both_methods_agree_with_the_engine(method):
    report = bptt.check_gradient(*network(), method=method)
    assert report.ok
    assert report.method == method
    assert {row.name for row in report.rows} == {
        "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0",
        "readout.weight", "readout.bias", "x", "initial_state",
    }  # fmt: skip


def test_an_exact_fit_is_no_false_alarm():
    """Where ŷ - y is almost 0 only rounding is left of it, on both sides alike."""
    rng = np.random.default_rng(0)
    net = bptt.RNN(hidden_size=16)
    params = net.init(rng)
    x = rng.standard_normal((5, 8))
    for off in (0.0, 1e-15, 1e-9, 1e-4):
        y = net.predict(params, x) * (1 + off)
        assert bptt.check_gradient(net, params, x, y).ok, off


def test_float32_parameters_are_checked_in_float64():
    net, _, x, y = network()
    assert bptt.check_gradient(net, net.init(rng=0, dtype=np.float32), x, y).ok


def test_nothing_is_changed():
    net, params, x, y = network()
    arrays = [x, y, *(a for a in params.layers[0] if a is not None)]
    for array in arrays:
        array.flags.writeable = False
    assert bptt.check_gradient(net, params, x, y, initial_state=np.ones(3)).ok


def test_the_table():
    text = str(bptt.check_gradient(*network()))
    lines = text.splitlines()
    assert " ".join(lines[0].split()) == "derivative of ξ by shape largest difference error"
    assert lines[1].split()[:3] == ["weight_ih_l0", "(3,", "2)"]
    assert len(lines) == 1 + 8 + 1
    assert "right" in lines[-1]


def test_a_difference_that_is_not_a_number_is_wrong():
    row = Row("x", (1,), 1.0, float("nan"), float("nan"))
    fine = Row("y", (1,), 1.0, 0.0, 0.0)
    report = GradientCheck((fine, row), "complex step", 1e-12)
    assert not report.ok
    assert report.worst is row
    assert "WRONG" in str(report)


def test_dead_units_are_no_false_alarm():
    """All that is left is a bias whose derivative is a sum that cancels to rounding."""
    x, y = bptt.tasks.count_ones(20, 6, rng=0)
    net = bptt.RNN(hidden_size=1, activation="tanh")
    params = net.init(rng=0)
    weights = bptt.map_params(lambda p: p * 0 - 50.0, params.layers[0])  # saturated
    at_mean = params.readout._replace(bias=np.array([y.mean() + params.readout.weight.item()]))
    assert bptt.check_gradient(net, bptt.Params((weights,), at_mean), x, y).ok


def test_float32_inputs_are_checked_in_float64():
    net, params, x, y = network(activation="relu")
    report = bptt.check_gradient(net, params, x.astype(np.float32), y.astype(np.float32))
    assert report.ok, str(report)
