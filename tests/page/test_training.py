"""The path of a training is that of `fit`; where it goes no further, it says why."""

import random

import pytest

import bptt
from bptt.page import training
from bptt.page.state import read
from page.asking import ACTIVATIONS, ARITHMETICS, ask

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
        on_epoch=lambda event: points.append(event.params),
    )  # fmt: skip
    return points, [*run.history.loss, run.loss]


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
    found = ask("path", given, arithmetic)
    assert found["ends"] == ""
    assert len(found["points"]) == len(found["costs"]) == step + 2  # the start, and one beyond
    points, costs = fitted(given, step + 1)
    for at, params in zip(found["points"], points, strict=True):
        assert (at["wx"], at["wrec"]) == pytest.approx((params.Wx, params.Wrec), rel=0, abs=1e-12)
    assert [cost["value"] for cost in found["costs"]] == pytest.approx(costs, rel=1e-11)
    trace = ask("trace", given, arithmetic)
    weights = [weight["value"]["value"] for weight in trace["network"]["weights"]]
    assert weights == list(found["points"][step].values())
    assert trace["cost"] == found["costs"][step]


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
def test_steps_in_any_order_are_the_same(arithmetic):
    """What was computed before is used again, and is of these settings."""
    given = {"optimizer": "adam", "rate": "0.05"}
    whole = ask("path", given | {"step": "64"}, arithmetic)["points"]
    for step in (0, 1, 2, 3, 5, 31, 32, 33, 63, 7):
        path = ask("path", given | {"step": str(step)}, arithmetic)["points"]
        assert path == whole[: step + 2]
        looked = {"sequence": "2", "bars": "symlog", "theme": "dark", "hints": "2"}
        assert ask("path", given | looked | {"step": str(step)}, arithmetic)["points"] == path
    others = ({"wx": "0.3"}, {"wrec": "1"}, {"activation": "tanh"}, {"targets": "1,2,4"},
              {"sequences": "001,011,110", "targets": "1,2,3"}, {"optimizer": "sgd"},
              {"rate": "0.06"}, {"rate": "0.05,0.06"})  # fmt: skip
    for other in others:
        path = ask("path", given | other | {"step": "3"}, arithmetic)["points"]
        assert path != whole[:5]


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
@pytest.mark.parametrize("step", [0, 3, 4, 5, 100, 1999, 2000])
def test_it_ends_before_the_weights_leave_the_page(step, arithmetic):
    """Part 1's data at a rate of 0.1: the fifth update leads beyond 1000."""
    given = {"activation": "identity", "sequences": "100,110,111", "rate": "0.1"}
    path = ask("path", given | {"step": str(step)}, arithmetic)
    trace = ask("trace", given | {"step": str(step)}, arithmetic)
    done = min(step, 4)
    assert len(path["points"]) == min(step, 3) + 2
    assert trace["settings"]["step"] == str(done)
    last = path["points"][-1]
    assert max(map(abs, last.values())) <= 1000
    beyond = fitted(given, 5)[0][5]
    assert max(abs(beyond.Wx), abs(beyond.Wrec)) > 1000
    assert path["ends"] == trace["ends"]
    assert path["ends"][:25] == ("The update after 4 others" if step >= 4 else "")


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
def test_it_ends_where_the_cost_is_infinite(arithmetic):
    given = {"activation": "identity", "sequences": "1" * 64, "wx": "1", "wrec": "200"}
    given |= {"rate": "1e-300", "optimizer": "rprop"}
    path = ask("path", given | {"wrec": "1000"}, arithmetic)
    assert (len(path["points"]), path["costs"][0]["text"]) == (1, "inf")
    assert path["ends"].startswith("The update after 0 others")
    assert ask("path", given, arithmetic)["ends"] == ""


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
def test_the_last_update(arithmetic):
    found = {step: ask("path", {"step": str(step)}, arithmetic) for step in (1999, 2000)}
    assert [len(path["points"]) for path in found.values()] == [2001, 2001]
    assert found[1999]["ends"] == ""
    assert found[2000]["ends"] == "2000 updates are the most that the page does."
    trace = ask("trace", {"step": "2000", "walk": "8"}, arithmetic)
    assert trace["ends"] == found[2000]["ends"]
    assert trace["walk"][-1]["lines"] == []
