"""The optimisers of plain numbers against those of arrays, with which they share no code."""

import math
import random

import pytest

import bptt
from bptt import scalar, scalar_optimizers
from bptt.optimizers import BY_NAME, apply_step
from bptt.scalar_optimizers import OPTIMIZERS

X, Y = [[0, 0, 1], [0, 1, 1], [1, 1, 1]], [1, 2, 3]
LARGEST_RATE = {"sgd": 0.3, "momentum": 0.05, "nesterov": 0.05, "rmsprop": 0.01}


def beside(name, rates, gradients, settings=()):
    """Yield (our two steps, the steps of the arrays) for gradients that are given."""
    ours = [OPTIMIZERS[name](rate, **dict(settings)) for rate in rates]
    theirs = BY_NAME[name](bptt.post_params(*rates), **dict(settings))
    params = bptt.post_params(0.0, 0.0)
    state = theirs.init(params)
    for both in gradients:
        step, state = theirs.update(bptt.post_params(*both), state, params)
        yield [f(g) for f, g in zip(ours, both, strict=True)], [step.Wx, step.Wrec]


def test_there_are_the_same_six():
    assert list(OPTIMIZERS) == list(BY_NAME)


@pytest.mark.parametrize("activation", ["logistic", "tanh", "identity"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_100_updates_on_the_posts_cost(name, activation):
    rng = random.Random(f"{name} {activation}")
    net = bptt.RNN(activation=activation, readout="state_in", bias=False)
    for _ in range(3):
        most = LARGEST_RATE.get(name, 0.1) * (0.1 if activation == "identity" else 1)
        rates = [most * rng.uniform(0.05, 1) for _ in range(2)]
        wx, wrec = rng.uniform(-1, 1.5), rng.uniform(-1, 1.5)
        steps = [OPTIMIZERS[name](rate) for rate in rates]
        optimizer = BY_NAME[name](bptt.post_params(*rates))
        params = bptt.post_params(wx, wrec)
        state = optimizer.init(params)
        for _ in range(100):
            _, gradient = scalar.loss_and_gradient(X, Y, wx, wrec, activation)
            pairs = zip((wx, wrec), steps, gradient, strict=True)
            wx, wrec = (w + step(g) for w, step, g in pairs)
            _, grads = net.loss_and_gradient(params, X, Y)
            step, state = optimizer.update(grads, state, params)
            params = apply_step(params, step)
            scale = max(abs(wx), abs(wrec))
            assert abs(wx - params.Wx) <= 1e-12 * scale
            assert abs(wrec - params.Wrec) <= 1e-12 * scale
        assert math.isfinite(wx + wrec)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_any_gradients(name):
    """Large and small ones, zeros and changes of sign."""
    rng = random.Random(name)
    gradients = [
        [rng.choice((0.0, 1, 1, -1)) * 10 ** rng.uniform(-9, 9) for _ in range(2)]
        for _ in range(300)
    ]
    moved = 0
    for ours, theirs in beside(name, (0.07, 0.3), gradients):
        assert ours == pytest.approx(theirs, rel=1e-12, abs=0)
        moved += any(ours)
    assert moved > 200


OTHER = {
    "momentum": {"beta": 0.5},
    "nesterov": {"beta": 0.5},
    "rprop": {"grow": 1.5, "shrink": 0.25, "least": 1e-3, "most": 0.5},
    "rmsprop": {"decay": 0.5, "epsilon": 0.1},
    "adam": {"beta1": 0.5, "beta2": 0.6, "epsilon": 0.1},
}


@pytest.mark.parametrize("name", OTHER)
def test_other_settings(name):
    """Each setting counts: with it the steps are others."""
    rng = random.Random(name)
    gradients = [[rng.uniform(-1, 2), rng.uniform(-2, 1)] for _ in range(50)]
    found = [ours for ours, _ in beside(name, (0.07, 0.3), gradients)]
    for setting in OTHER[name].items():
        other = []
        for ours, theirs in beside(name, (0.07, 0.3), gradients, [setting]):
            assert ours == pytest.approx(theirs, rel=1e-12, abs=0)
            other.append(ours)
        assert other != found


def test_rprop_by_hand():
    step = OPTIMIZERS["rprop"](0.1)
    assert step(3.0) == -0.1
    assert step(0.2) == pytest.approx(-0.12, rel=1e-15)  # the same sign: larger
    assert step(-5.0) == pytest.approx(0.12, rel=1e-15)  # another: the last step is taken back
    assert step(-5.0) == pytest.approx(0.06, rel=1e-15)  # which is forgotten: no growth
    assert step(-1.0) == pytest.approx(0.072, rel=1e-15)
    assert step(0.0) == 0.0
    assert step(7.0) == pytest.approx(-0.072, rel=1e-15)  # after a zero the size stays


def test_rprop_stays_within_its_bounds():
    step = OPTIMIZERS["rprop"](40.0)
    assert [step(1.0) for _ in range(3)] == [-40.0, -48.0, -50.0]
    step = OPTIMIZERS["rprop"](1e-11)
    sizes = {abs(step(g)) for g in [1.0, -1.0, 0.0] * 20}
    assert min(sizes - {0.0}) == 1e-12
    assert OPTIMIZERS["rprop"](1000.0)(1.0) == -50.0


def test_two_of_a_kind_remember_each_for_itself():
    for name, start in OPTIMIZERS.items():
        one, other = start(0.1), start(0.1)
        alone = [one(g) for g in (1.0, 2.0, -3.0)]
        assert [other(g) for g in (1.0, 2.0, -3.0)] == alone, name


def test_nothing_is_imported_but_math():
    import ast
    from pathlib import Path

    tree = ast.parse(Path(scalar_optimizers.__file__).read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert modules == {"__future__", "collections.abc", "math", "typing"}
