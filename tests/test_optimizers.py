"""Every optimiser against PyTorch over 100 steps, and Rprop against the paper's own lines."""

import math

import numpy as np
import pytest

import bptt
from bptt.optimizers import BY_NAME, apply_step, norm
from bptt.params import named_arrays
from bptt.random_networks import Case

PAIRS = {
    "SGD": (bptt.gradient_descent(0.05), {"lr": 0.05}),
    "SGD momentum": (bptt.momentum(0.02, 0.9), {"lr": 0.02, "momentum": 0.9}),
    "SGD nesterov": (
        bptt.nesterov(0.02, 0.8),
        {"lr": 0.02, "momentum": 0.8, "nesterov": True},
    ),
    "RMSprop": (bptt.rmsprop(0.01, 0.95, 1e-7), {"lr": 0.01, "alpha": 0.95, "eps": 1e-7}),
    "Adam": (bptt.adam(0.02, 0.8, 0.99, 1e-7), {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-7}),
    "AdamW": (
        bptt.adam(0.02, 0.8, 0.99, 1e-7, weight_decay=0.3),
        {"lr": 0.02, "betas": (0.8, 0.99), "eps": 1e-7, "weight_decay": 0.3},
    ),
    "SGD decay": (
        bptt.chain(bptt.weight_decay(0.2), bptt.gradient_descent(0.05)),
        {"lr": 0.05, "weight_decay": 0.2},
    ),
    "Adam decay": (
        bptt.chain(bptt.weight_decay(0.2), bptt.adam(0.02)),
        {"lr": 0.02, "weight_decay": 0.2},
    ),
    "Rprop": (
        bptt.rprop(0.03, least=1e-6, take_back=False),
        {"lr": 0.03, "etas": (0.5, 1.2), "step_sizes": (1e-6, 50)},
    ),
}


def problem():
    rng = np.random.default_rng(4)
    net = bptt.RNN(input_size=2, hidden_size=4, activation="tanh", readout="every", output_size=2)
    return net, net.init(rng), rng.standard_normal((5, 6, 2)), rng.standard_normal((5, 6, 2))


@pytest.mark.parametrize("name", PAIRS)
def test_100_steps_are_pytorchs(name):
    torch = pytest.importorskip("torch")
    from oracles import torch_rnn

    optimizer, settings = PAIRS[name]
    net, params, x, y = problem()
    leaves = {n: torch.tensor(a, requires_grad=True) for n, a in named_arrays(params)}
    theirs = getattr(torch.optim, name.split()[0])(leaves.values(), **settings)
    case = Case(net, params, x, y, "mse", initial_state=np.zeros((5, 4)))
    fixed = {"x": torch.tensor(x), "initial_state": torch.zeros(5, 4, dtype=torch.float64)}
    state = optimizer.init(params)
    for _ in range(100):
        _, grads = net.loss_and_gradient(params, x, y)
        step, state = optimizer.update(grads, state, params)
        params = apply_step(params, step)
        theirs.zero_grad()
        torch_rnn.cost(leaves | fixed, case).backward()
        theirs.step()
    largest = max(np.abs(array).max() for _, array in named_arrays(params))
    for n, array in named_arrays(params):
        assert np.abs(array - leaves[n].detach().numpy()).max() < 1e-10 * largest, n


@pytest.mark.parametrize("name", BY_NAME)
def test_two_updates_leave_params_grads_and_states_as_they_were(name):
    net, params, x, y = problem()
    optimizer = BY_NAME[name]()
    first_state = optimizer.init(params)
    _, grads = net.loss_and_gradient(params, x, y)
    before = [a.copy() for _, a in (*named_arrays(params), *named_arrays(grads))]
    step, state = optimizer.update(grads, first_state, params)
    again, _ = optimizer.update(grads, first_state, params)  # the state is a value
    assert all(map(np.array_equal, *[[a for _, a in named_arrays(s)] for s in (step, again)]))
    optimizer.update(grads, state, apply_step(params, step))
    after = [a for _, a in (*named_arrays(params), *named_arrays(grads))]
    assert all(map(np.array_equal, before, after))


def test_rprop_is_the_papers():
    """Riedmiller & Braun 1993, eqs. 4-7, written out for one weight, with its sign changes."""
    gradients = [1.0, 0.5, -0.2, -0.4, -0.1, 0.3, 0.0, 0.2, -0.7, -0.6, -0.1, 2.0, 1.0]
    delta, before, step, w = 0.1, 0.0, 0.0, 3.0
    optimizer = bptt.rprop(0.1, least=0.06, most=0.13)
    params = bptt.post_params(wx=3.0, wrec=0.0)
    state = optimizer.init(params)
    for g in gradients:
        if before * g > 0:
            delta = min(delta * 1.2, 0.13)
            step = -math.copysign(delta, g)
            before = g
        elif before * g < 0:
            delta = max(delta * 0.5, 0.06)
            step = -step  # the last step is taken back
            before = 0.0
        else:
            step = -math.copysign(delta, g) if g else 0.0
            before = g
        w += step
        ours, state = optimizer.update(bptt.post_params(wx=g, wrec=0.0), state, params)
        params = apply_step(params, ours)
        assert params.Wx == pytest.approx(w, abs=1e-15)
    assert params.Wrec == 0.0


def test_a_rate_for_each_parameter():
    rates = bptt.post_params(wx=0.1, wrec=0.001)
    grads = bptt.post_params(wx=2.0, wrec=3.0)
    for optimizer in (bptt.gradient_descent(rates), bptt.gradient_descent(lambda step: rates)):
        step, _ = optimizer.update(grads, optimizer.init(grads), grads)
        assert (step.Wx, step.Wrec) == (-0.2, -0.003)
    step, _ = (first := bptt.rprop(rates)).update(grads, first.init(grads), grads)
    assert (step.Wx, step.Wrec) == (-0.1, -0.001)


@pytest.mark.parametrize("name", [n for n in BY_NAME if n != "rprop"])
def test_a_schedule_is_asked_with_the_number_of_updates_done(name):
    asked = []
    optimizer = BY_NAME[name](rate=lambda step: asked.append(step) or 0.1)
    params = bptt.post_params(1, 1)
    state = optimizer.init(params)
    for _ in range(3):
        _, state = optimizer.update(params, state, params)
    assert asked == [0, 1, 2]


def test_a_rate_of_zero_moves_nothing():
    params = bptt.post_params(1, 1)
    for name in sorted(set(BY_NAME) - {"rprop"}):
        optimizer = BY_NAME[name](rate=0.0)
        step, _ = optimizer.update(params, optimizer.init(params), params)
        assert norm(step) == 0.0


def test_clipping():
    grads = bptt.post_params(wx=3.0, wrec=-4.0)
    by_norm, by_value = bptt.clip_by_norm(1.0), bptt.clip_by_value(3.5)
    clipped, _ = by_norm.update(grads, by_norm.init(grads), grads)
    assert (clipped.Wx, clipped.Wrec) == pytest.approx((0.6, -0.8))
    loose = bptt.clip_by_norm(6.0)
    assert loose.update(grads, loose.init(grads), grads)[0] is grads
    clipped, _ = by_value.update(grads, by_value.init(grads), grads)
    assert (clipped.Wx, clipped.Wrec) == (3.0, -3.5)


def test_chain_clips_before_it_steps():
    grads = bptt.post_params(wx=30.0, wrec=-40.0)
    both = bptt.chain(bptt.clip_by_norm(1.0), bptt.momentum(0.1))
    state = both.init(grads)
    step, state = both.update(grads, state, grads)
    assert (step.Wx, step.Wrec) == pytest.approx((-0.06, 0.08))
    step, _ = both.update(grads, state, grads)  # velocity 1.9 times the clipped gradient
    assert (step.Wx, step.Wrec) == pytest.approx((-0.06 * 1.9, 0.08 * 1.9))


def test_float32_stays_float32():
    net, params, x, y = problem()
    params = net.init(rng=0, dtype=np.float32)
    _, grads = net.loss_and_gradient(params, x, y)
    rates = bptt.map_params(lambda p: np.full(p.shape, 0.01), params)  # in float64
    for name, rate in [(name, rate) for name in BY_NAME for rate in (0.01, rates)]:
        optimizer = BY_NAME[name](rate=rate)
        step, state = optimizer.update(grads, optimizer.init(params), params)
        step, _ = optimizer.update(grads, state, apply_step(params, step))
        assert {a.dtype for _, a in named_arrays(apply_step(params, step))} == {np.dtype("f4")}, (
            name
        )


def test_schedules():
    falling = bptt.schedules.cosine(0.1, 0.01, 100)
    assert falling(0) == 0.1
    assert falling(100) == falling(1000) == pytest.approx(0.01)
    assert falling(50) == pytest.approx(0.055)
    assert bptt.schedules.exponential(0.1, 0.9)(3) == pytest.approx(0.0729)
    in_steps = bptt.schedules.step(0.8, 0.5, 3)
    assert [in_steps(t) for t in (0, 2, 3, 5, 6)] == [0.8, 0.8, 0.4, 0.4, 0.2]


@pytest.mark.parametrize(("dtype", "size"), [("f4", 1e25), ("f8", 1e200), ("f4", 1e-30)])
def test_clipping_of_what_is_too_large_or_small_to_be_squared(dtype, size):
    grads = bptt.map_params(lambda g: (g * size).astype(dtype), bptt.post_params(wx=3, wrec=-4))
    assert norm(grads) == pytest.approx(5 * size, rel=1e-6)
    by_norm = bptt.clip_by_norm(size)
    clipped, _ = by_norm.update(grads, by_norm.init(grads), grads)
    assert norm(clipped) == pytest.approx(size, rel=1e-6)
    assert clipped.Wx == pytest.approx(0.6 * size, rel=1e-6)


def test_the_norm_of_zeros():
    assert norm(bptt.post_params(0, 0)) == 0.0
