"""Cell × activation × read-out × loss × mask × length × dtype × strategy: each corner by itself.

A new cell, activation, read-out, loss or strategy is a new row.
"""

import numpy as np
import pytest

import bptt
from bptt.random_networks import Case
from comparing import checked, error, ours, point
from oracles import autograd_rnn

ACTIVATIONS = ["identity", "logistic", "tanh", "relu"]
READOUTS = ["state_in", "last", "every"]
LOSSES = ["mse", "binary_cross_entropy", "categorical_cross_entropy"]
STRATEGIES = [bptt.FullBPTT()]


def make(activation, readout, loss, *, masked, n_steps, n=3, hidden=4, seed=7, dtype=np.float64):
    rng = np.random.default_rng([seed, n_steps])
    outputs = hidden if readout == "state_in" else 3
    net = bptt.RNN("elman", 2, hidden, activation, readout, outputs)
    shape = (n, n_steps, outputs) if readout == "every" else (n, outputs)
    y = rng.dirichlet(np.ones(outputs), shape[:-1])
    mask = None
    if masked:
        mask = rng.random(shape[:-1] if loss == "categorical_cross_entropy" else shape) < 0.6
        mask.flat[0] = True
    x = rng.standard_normal((n, n_steps, 2))
    return Case(net, net.init(rng, dtype=dtype), x, y, loss, mask, rng.standard_normal((n, hidden)))


@pytest.mark.parametrize("n_steps", [1, 2, 6])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_derivative(activation, readout, loss, masked, n_steps):
    case = make(activation, readout, loss, masked=masked, n_steps=n_steps)
    arguments = (case.y, case.loss, case.mask, activation, readout)
    _, theirs = autograd_rnn.loss_and_gradient(point(case), *arguments)
    assert error(ours(case)[1], theirs) < 1e-11
    report = case.check()
    assert checked(report) < (1e-7 if activation == "relu" else 1e-12), str(report)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("readout", READOUTS)
def test_every_strategy_has_the_right_gradient(strategy, readout):
    case = make("tanh", readout, "mse", masked=False, n_steps=5)
    report = case.check(strategy=strategy)
    assert checked(report) < 1e-12, str(report)


@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_float32_stays_float32_and_agrees_with_float64(activation, readout):
    single = make(activation, readout, "mse", masked=False, n_steps=6, dtype=np.float32)
    double = single._replace(
        params=bptt.map_params(lambda p: p.astype(np.float64), single.params),
    )
    (loss32, found32), (loss64, found64) = ours(single), ours(double)
    weights = [name for name in found32 if name not in ("x", "initial_state")]
    assert {found32[name].dtype for name in weights} == {np.dtype(np.float32)}
    assert {found64[name].dtype for name in weights} == {np.dtype(np.float64)}
    assert single.net.predict(single.params, single.x).dtype == np.float32
    assert loss32 == pytest.approx(loss64, rel=1e-5)
    assert error({n: found32[n] for n in weights}, {n: found64[n] for n in weights}) < 2e-6


@pytest.mark.parametrize("hidden", [1, 5])
@pytest.mark.parametrize("activation", ["logistic", "tanh"])
def test_saturated_units_keep_their_digits(activation, hidden):
    """With s(1 - s) and 1 - tanh² the small derivatives of saturated units lose all digits."""
    rng = np.random.default_rng(3)
    net = bptt.RNN("elman", 1, hidden, activation, "last", 1)
    worst = 0.0
    for _ in range(50):
        params = bptt.map_params(lambda p: 20.0 * rng.standard_normal(p.shape), net.init(rng))
        x, y = rng.standard_normal((2, 5)), rng.standard_normal(2)
        first = bptt.check_gradient(net, params, x, y)
        by_name = {row.name: row for row in first.rows}
        worst = max(worst, by_name["weight_hh_l0"].error, by_name["weight_ih_l0"].error)
        # on its own scale: the recurrent gradients alone, however small beside the read-out's
        _, grads = net.loss_and_gradient(params, x, y)
        size = np.abs(grads.layers[0].weight_hh).max()
        if size > 1e-250:
            assert by_name["weight_hh_l0"].largest_difference / size < 1e-11
    assert worst < 1e-12


@pytest.mark.parametrize("readout", READOUTS)
def test_an_activation_of_ones_own(readout):
    """softsign, z/(1 + |z|), checked by central differences and against autograd's arithmetic."""
    softsign = bptt.activations.own(
        lambda z: z / (1 + np.abs(z)), lambda z: 1 / (1 + np.abs(z)) ** 2, "softsign"
    )
    autograd_rnn.ACTIVATIONS["softsign"] = lambda a: a / (1 + autograd_rnn.anp.abs(a))
    case = make(softsign, readout, "mse", masked=False, n_steps=4)
    report = case.check()
    assert report.ok
    assert report.method == "central differences"
    arguments = (case.y, case.loss, case.mask, "softsign", readout)
    _, theirs = autograd_rnn.loss_and_gradient(point(case), *arguments)
    assert error(ours(case)[1], theirs) < 1e-11


def test_a_wrong_derivative_of_ones_own_is_found():
    wrong = bptt.activations.own(np.sin, lambda z: -np.cos(z), "sin")
    assert not make(wrong, "last", "mse", masked=False, n_steps=4).check().ok
    right = bptt.activations.own(np.sin, np.cos, "sin")
    assert make(right, "last", "mse", masked=False, n_steps=4).check().ok
