"""The path of a training is that of `fit`; where it goes no further, it says why."""

import math
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import bptt
from bptt import scalar
from bptt.errors import NonFiniteError
from bptt.page import training
from bptt.page.state import read
from page.asking import ACTIVATIONS, ARITHMETICS, ask
from page.oracle import Expected
from sweeping import sweep

OPTIMIZERS = ("sgd", "momentum", "nesterov", "rprop", "rmsprop", "adam")


def fitted(settings, epochs):
    """Return the parameters at the start and after each epoch, and the costs, by `fit`."""
    state = read(settings)
    params = bptt.post_params(state.wx, state.wrec)
    points, rates = [params], state.rate if len(state.rate) == 2 else state.rate * 2
    run = bptt.fit(
        bptt.RNN(activation=state.activation, readout="state_in", bias=False),
        state.x, state.targets, params=params, epochs=epochs,
        optimizer=bptt.optimizers.BY_NAME[state.optimizer](bptt.post_params(*rates)),
        on_event=lambda e: points.append(e.params) if e.kind == "epoch" else None,
    )  # fmt: skip
    return points, [*run.history.loss, run.loss]


def trained(settings, arithmetic):
    """Return the start and what each update leads to, and why it goes no further."""
    state = read(settings)
    found = training.trained(state, ARITHMETICS[arithmetic])
    return found, training.ends(state, found)


def path(settings, arithmetic):
    """Return the points of the path as the page gets them."""
    found = ask("path", settings, arithmetic)
    assert list(found) == ["points"]
    assert all(list(at) == ["wx", "wrec"] for at in found["points"])
    return [tuple(at.values()) for at in found["points"]]


def weights(trace):
    return [weight["value"]["value"] for weight in trace["network"]["weights"]]


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_path_is_that_of_fit(optimizer, activation, arithmetic):
    rng = random.Random(f"{optimizer} {activation}")
    step = rng.randint(30, 70)
    given = {
        "wx": repr(rng.uniform(-1, 1)),
        "wrec": repr(rng.uniform(-1, 1)),
        "activation": activation,
        "optimizer": optimizer,
        "rate": rng.choice(("0.01", "0.01,0.002")),
        "sequences": "0011,0111,1000,1011",
        "step": str(step),
    }
    found, ends = trained(given, arithmetic)
    assert ends == ""
    assert len(found) == step + 2  # the start, and one beyond
    points, costs = fitted(given, step + 1)
    for at, params in zip(found, points, strict=True):
        assert at.weights == pytest.approx((params.Wx, params.Wrec), rel=0, abs=1e-12)
    assert [at.cost for at in found] == pytest.approx(costs, rel=1e-11)
    assert path(given, arithmetic) == [at.weights for at in found[: step + 1]]
    trace = ask("trace", given, arithmetic)
    assert weights(trace) == list(found[step].weights)
    assert trace["cost"]["value"] == pytest.approx(found[step].cost, rel=1e-12)
    assert trace["ends"] == ""


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
def test_steps_in_any_order_are_the_same(arithmetic):
    """What was computed before is used again, and is of these settings."""
    given = {"optimizer": "adam", "rate": "0.05"}
    whole = path(given | {"step": "64"}, arithmetic)
    for step in (0, 1, 2, 3, 5, 31, 32, 33, 63, 7):
        assert path(given | {"step": str(step)}, arithmetic) == whole[: step + 1]
        looked = {"sequence": "2", "bars": "symlog", "theme": "dark", "hints": "2"}
        assert path(given | looked | {"step": str(step)}, arithmetic) == whole[: step + 1]
    others = ({"wx": "0.3"}, {"wrec": "1"}, {"activation": "tanh"}, {"targets": "1,2,4"},
              {"sequences": "001,011,110", "targets": "1,2,3"}, {"optimizer": "sgd"},
              {"rate": "0.06"}, {"rate": "0.05,0.06"})  # fmt: skip
    for other in others:
        assert path(given | other | {"step": "3"}, arithmetic) != whole[:4]


def test_numpys_path_is_not_taken_for_that_of_floats():
    asked = []

    class Counted:
        def train(self, state, n_updates):
            asked.append(n_updates)
            return ARITHMETICS["floats"].train(state, n_updates)

    one, state = Counted(), read({"wx": "0.123", "step": "5"})
    for step in (*range(9), 0):
        training.trained(read({"wx": "0.123", "step": str(step)}), one)
    assert asked == [1, 2, 4, 8, 16]  # not again at each of its steps
    training.trained(state, Counted())
    assert asked[5:] == [8]


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
def test_questions_at_once_compute_a_training_once(arithmetic):
    """The page asks for the trace, the path and the comparison together."""
    entered, another = [], threading.Event()

    class Slow:
        def train(self, state, n_updates):
            entered.append(n_updates)
            if len(entered) > 1:
                another.set()
            another.wait(0.3)  # time for the others to come in as well, if they can
            return ARITHMETICS[arithmetic].train(state, n_updates)

    slow, state = Slow(), read({"wx": "0.321", "step": "6"})
    with ThreadPoolExecutor(8) as pool:
        paths = list(pool.map(lambda _: training.trained(state, slow), range(8)))
    assert entered == [8]
    assert paths == [paths[0]] * 8
    assert len(paths[0]) == 8


NO_UPDATE = (
    "No update follows: it would lead to weights beyond 1000 or to an infinite cost. The gradient "
    "explodes, or the rate is too large."
)


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("step", [0, 3, 4, 5, 100, 29_999, 30_000])
def test_it_ends_before_the_weights_leave_the_page(step, arithmetic):
    """Part 1's data at a rate of 0.1: the fifth update leads beyond 1000."""
    given = {"activation": "identity", "sequences": "100,110,111", "rate": "0.1"}
    given |= {"step": str(step)}
    found, ends = trained(given, arithmetic)
    trace = ask("trace", given, arithmetic)
    done = min(step, 4)
    assert len(found) == min(step, 3) + 2
    assert path(given, arithmetic) == [at.weights for at in found[: done + 1]]
    assert trace["settings"]["step"] == str(done)
    assert weights(trace) == list(found[done].weights)
    assert max(map(abs, found[-1].weights)) <= 1000
    beyond = fitted(given, 5)[0][5]
    assert max(abs(beyond.Wx), abs(beyond.Wrec)) > 1000
    assert ends == trace["ends"] == (NO_UPDATE if step >= 4 else "")


FAR = {"activation": "identity", "sequences": "1" * 64, "wx": "1", "wrec": "1000"}


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
def test_it_ends_where_the_cost_is_infinite(arithmetic):
    given = FAR | {"rate": "1e-300", "optimizer": "rprop"}
    found, ends = trained(given, arithmetic)
    assert found == [((1.0, 1000.0), math.inf)]
    assert ends == NO_UPDATE
    assert trained(given | {"wrec": "200"}, arithmetic)[1] == ""


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_infinite_start_has_a_cost(optimizer, arithmetic):
    """Of its own, as the derivation has it; it is no path's, for there is none."""
    for given, cost in (
        (FAR, "inf"),
        (FAR | {"sequences": "1" + "0" * 63, "wx": "1e-60"}, "1e+258"),  # but no gradient
    ):
        asked = given | {"optimizer": optimizer, "step": "9"}
        trace = ask("trace", asked, arithmetic)
        assert (trace["cost"]["text"], trace["settings"]["step"]) == (cost, "0")
        assert trace["ends"] == NO_UPDATE
        assert "overflow" in trace["overflow"]
        found, _ = trained(asked, arithmetic)
        assert len(found) == 1
        assert found[0].cost == float(trace["cost"]["value"] or cost)


NO_GRADIENT = {"sequences": "1" + "0" * 63, "targets": "0", "wx": "1e-60", "wrec": "-8.77",
               "rate": "0,1000"}  # fmt: skip
BREAKING = [
    {"sequences": "100,110,111", "rate": "0.1"},
    {"sequences": "1" * 20, "targets": "1e6", "rate": "1e-9", "wrec": "2"},
    {"sequences": "1" * 64, "rate": "1e-3", "wrec": "1"},
    {"sequences": "1" + "0" * 63, "wx": "0.001", "wrec": "-100", "rate": "1,1000"},
    NO_GRADIENT,
]


def fit_as_far_as_it_goes(net, x, y, **options):
    """Return the points and their costs; of the last, whatever it is."""
    points = [options["params"]]
    try:
        with np.errstate(all="ignore"):
            run = bptt.fit(
                net,
                x,
                y,
                on_event=lambda e: points.append(e.params) if e.kind == "epoch" else None,
                **options,
            )
    except NonFiniteError as error:
        return points, [*error.losses, net.loss(points[-1], x, y)], True
    return points, [*run.history.loss, run.loss], False


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("n", range(len(BREAKING)))
def test_the_engines_training_is_that_of_fit_also_where_it_breaks_off(n, optimizer):
    """Each point and each cost, digit for digit; the last has no cost, or no gradient."""
    state = read(BREAKING[n] | {"activation": "identity", "optimizer": optimizer})
    points, costs, broken = fit_as_far_as_it_goes(
        bptt.RNN(activation="identity", readout="state_in", bias=False), state.x, state.targets,
        params=bptt.post_params(state.wx, state.wrec), epochs=30,
        optimizer=bptt.optimizers.BY_NAME[optimizer](
            bptt.post_params(*state.rate * (3 - len(state.rate)))
        ),
    )  # fmt: skip
    found = ARITHMETICS["numpy"].train(state, 30)
    assert [at.weights for at in found] == [(p.Wx, p.Wrec) for p in points]
    assert repr([at.cost for at in found]) == repr(costs)
    assert broken == (len(found) < 31)
    assert broken or optimizer != "sgd"
    sound = [has_gradient(state, at.weights) for at in found]
    assert sound == [True] * (len(found) - broken) + [False] * broken


def has_gradient(state, weights):
    cost, gradient = scalar.loss_and_gradient(state.x, state.targets, *weights, state.activation)
    return all(map(math.isfinite, (cost, *gradient)))


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
def test_a_point_with_a_cost_and_no_gradient_is_the_last(arithmetic):
    """Its cost is shown, and there is nothing to go on by, also if a sign would do (Rprop)."""
    given = NO_GRADIENT | {"activation": "identity", "step": "3"}
    found, ends = trained(given, arithmetic)
    assert [math.isfinite(at.cost) for at in found] == [True, True]
    assert 880 < found[1].weights.wrec < 1000
    trace = ask("trace", given, arithmetic)
    assert (trace["settings"]["step"], trace["ends"]) == ("1", ends)
    assert ends == NO_UPDATE
    assert trace["cost"]["value"] == pytest.approx(found[1].cost, rel=1e-12)
    assert "overflow" in trace["overflow"]
    wx, wrec = map(repr, found[1].weights)
    given |= {"wx": wx, "wrec": wrec, "optimizer": "rprop"}
    assert trained(given, arithmetic) == (found[1:], NO_UPDATE)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("n", range(len(BREAKING)))
def test_both_arithmetics_end_at_the_same_update(n, optimizer):
    """And it is that of single updates by the optimiser."""
    given = BREAKING[n] | {"activation": "identity", "optimizer": optimizer, "step": "29"}
    one, other = (trained(given, name) for name in ARITHMETICS)
    assert len(one[0]) == len(other[0])
    assert one[1] == other[1]
    expected = Expected(ask("trace", given)["settings"] | {"step": "29"})
    assert [at.weights for at in one[0]] == [(p.Wx, p.Wrec) for p in expected.points]


MANY = {"sequences": ",".join(f"{i:064b}" for i in range(20)), "rate": "0.0001"}
MANY["activation"] = "logistic"


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("given", sweep([{}, MANY], every=2))
def test_the_last_update(given, arithmetic):
    most = 9_000_000 // (20 * 64) if given else 30_000
    found = {step: trained(given | {"step": str(step)}, arithmetic) for step in (most - 1, most)}
    assert [len(points) for points, _ in found.values()] == [most + 1, most + 1]
    assert found[most - 1][1] == ""
    says = f"{most} updates are the most that the page does with these data."
    assert found[most][1] == says
    trace = ask("trace", given | {"step": str(most), "walk": "8"}, arithmetic)
    assert trace["ends"] == says
    assert weights(trace) == list(found[most][0][-1].weights)


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize(("step", "drawn"), [(398, 399), (399, 201), (400, 201), (3_000, 376)])
def test_of_a_long_way_not_every_point_is_drawn(step, drawn, arithmetic):
    """It begins at the start, ends at the weights, and all of its points are the training's."""
    given = {"step": str(step)}
    found, points = trained(given, arithmetic)[0], path(given, arithmetic)
    every = step // (drawn - 1) + (step % (drawn - 1) > 0)
    assert len(points) == drawn
    assert points[:-1] == [at.weights for at in found[:step:every]]
    assert points[-1] == found[step].weights
