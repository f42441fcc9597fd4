"""What two weights can do: against the seed's figures, and a grid in plain Python numbers."""

import itertools
import math

import numpy as np
import pytest

import bptt
from bptt import activations, limits, tasks
from bptt.errors import NonFiniteError
from bptt.limits import two_weights
from sweeping import sweep

PLAIN = {
    "identity": lambda a: a,
    "logistic": lambda a: 1 / (1 + math.exp(-a)) if a > -700 else 0.0,
    "tanh": math.tanh,
    "relu": lambda a: max(a, 0.0),
}


def every_sequence(n_steps):
    x = np.array(list(itertools.product([0.0, 1.0], repeat=n_steps)))
    return x, x.sum(axis=1)


def judged(x, y, wx, wrec, name):
    """Return (cost, how many are right), one multiplication after the other."""
    cost, right = 0.0, 0
    for bits, count in zip(x.tolist(), y.tolist(), strict=True):
        state = 0.0
        for k, bit in enumerate(bits):
            state = (state if k == 0 else PLAIN[name](state)) * wrec + bit * wx
        cost += (state - count) * (state - count) / len(y)
        right += round(state) == count
    return cost, right


@pytest.mark.parametrize(
    ("data", "loss", "correct", "wx", "wrec"),
    [
        (tasks.post(), 0.492001013003642, 2, 0.9240, 1.4174),
        (tasks.part1(), 0.095035975005906, 3, 1.4028, 1.7142),
        (tasks.part2(), 0.010669271005927, 3, -1.2127, 3.5797),
        (every_sequence(3), 0.369383197851938, 6, None, None),
    ],
    ids=["post", "part1", "part2", "all eight"],
)
def test_the_figures_of_the_logistic_network(data, loss, correct, wx, wrec):
    found = two_weights(*data, activations.LOGISTIC)
    assert found.loss == pytest.approx(loss, abs=1e-12)
    assert found.correct == correct
    if wx is not None:
        assert found.loss_at == pytest.approx((wx, wrec), abs=1e-4)
    assert (found.grid_step, found.grid_reach) == (0.1, 12)


@pytest.mark.parametrize("n_steps", [2, 3, 5, 8])
def test_without_activation_everything_is_counted(n_steps):
    found = two_weights(*every_sequence(n_steps), activations.IDENTITY)
    assert found[:5] == (0.0, (1.0, 1.0), 2**n_steps, 2**n_steps, (1.0, 1.0))


def test_the_whole_grid_of_the_post_in_plain_numbers():
    x, y = tasks.post()
    axis = [round(0.1 * i, 1) for i in range(-120, 121)]
    grid = [judged(x, y, wx, wrec, "logistic") for wx in axis for wrec in axis]
    found = two_weights(x, y, activations.LOGISTIC)
    assert found.correct == max(right for _, right in grid) == 2
    assert found.loss <= min(cost for cost, _ in grid) < found.loss + 0.01
    assert judged(x, y, 2.51, -12, "logistic")[1] == 2  # the seed's example
    cheapest = min(cost for cost, right in grid if right == 2)
    cost, right = judged(x, y, *found.correct_at, "logistic")
    assert right == 2
    assert cost <= cheapest + 1e-12


@pytest.mark.parametrize("seed", sweep(range(4), every=2))
@pytest.mark.parametrize("activation", activations.BY_NAME.values(), ids=lambda a: a.name)
def test_against_a_small_grid_in_plain_numbers(monkeypatch, activation, seed):
    """Any data, labels that nothing can reach, and sequences that come twice."""
    monkeypatch.setattr(limits, "STEPS", (1.0,))
    monkeypatch.setattr(limits, "REACH", 4.0)
    monkeypatch.setattr(limits, "EPOCHS", 200)
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, size=(6, 4)).astype(float)
    x[3], y = x[0], rng.integers(-2, 3, size=6).astype(float)
    y[3], name = y[0], activation.name
    axis = range(-4, 5)
    grid = {(wx, wrec): judged(x, y, wx, wrec, name) for wx in axis for wrec in axis}
    found = two_weights(x, y, activation)
    assert (found.grid_step, found.grid_reach) == (1.0, 4.0)
    assert found.correct >= max(right for _, right in grid.values())
    assert found.loss <= min(cost for cost, _ in grid.values())
    # what is claimed of the weights it names is true of them
    assert judged(x, y, *found.correct_at, name)[1] == found.correct
    assert judged(x, y, *found.loss_at, name) == (
        pytest.approx(found.loss, rel=1e-12, abs=1e-20), found.loss_correct,
    )  # fmt: skip


def test_without_the_training_it_is_the_grid(monkeypatch):
    """Then the two agree exactly, also on which weights are best."""
    monkeypatch.setattr(limits, "STEPS", (0.5,))
    monkeypatch.setattr(limits, "REACH", 3.0)

    def explode(*_, **__):
        raise NonFiniteError(
            "", quantity="", epoch=1, time_stamp=1, sequence=1, params=None, losses=[]
        )

    monkeypatch.setattr(limits, "fit", explode)
    x, y = every_sequence(3)
    axis = [i / 2 for i in range(-6, 7)]
    grid = {(a, b): judged(x, y, a, b, "logistic") for a in axis for b in axis}
    coarse = set(grid)
    found = two_weights(x, y, activations.LOGISTIC)
    # every cell of the grid is among the promising ones here, and looked at in finer steps
    fine = [i / 20 for i in range(-65, 66)]
    grid |= {(a, b): judged(x, y, a, b, "logistic") for a in fine for b in fine}
    most = max(value[1] for value in grid.values())
    best = min(value[0] for value in grid.values() if value[1] == most)
    assert found.correct == most
    assert judged(x, y, *found.correct_at, "logistic") == (pytest.approx(best, rel=1e-12), most)
    lowest = min(value[0] for value in grid.values())
    assert lowest <= found.loss <= min(value[0] for at, value in grid.items() if at in coarse)


def test_sequences_that_come_twice_count_twice():
    x, y = tasks.post()
    once = two_weights(x, y, activations.LOGISTIC)
    twice = two_weights(np.repeat(x, 2, axis=0), np.repeat(y, 2), activations.LOGISTIC)
    assert twice.correct == 2 * once.correct
    assert twice.loss == pytest.approx(once.loss, abs=1e-12)


def fitted(wx, wrec, x, y):
    net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    stay = bptt.gradient_descent(0.0)
    return bptt.fit(net, x, y, params=bptt.post_params(wx, wrec), optimizer=stay, epochs=1)


def test_what_is_known_already_is_considered():
    """Beyond the grid there are weights that count one bit at the end as 100."""
    x, y = np.array([[0.0, 1.0]]), np.array([1.0])
    here = two_weights(x, y, activations.LOGISTIC)
    assert here.correct == 1
    x, y = tasks.post()
    known = fitted(0.9240060434813155, 1.417447189727827, x, y)
    found = two_weights(x, y, activations.LOGISTIC, known)
    assert found.loss <= known.loss
    assert found.correct == 2


def test_weights_that_no_search_finds_are_taken_from_what_is_known(monkeypatch):
    monkeypatch.setattr(limits, "STEPS", (1.0,))
    monkeypatch.setattr(limits, "EPOCHS", 1)
    x, y = tasks.part1()
    known = fitted(1.4028, 1.7142, x, y)
    alone = two_weights(x, y, activations.LOGISTIC)
    helped = two_weights(x, y, activations.LOGISTIC, known)
    assert alone.loss > known.loss
    assert (helped.loss, helped.loss_at, helped.loss_correct) == (known.loss, (1.4028, 1.7142), 3)
    assert (helped.correct, helped.correct_at) == (3, (1.4028, 1.7142))


@pytest.mark.parametrize(("most", "reach"), [(3, 12), (6, 12), (7, 14), (16, 32)])
def test_the_grid_reaches_twice_as_far_as_the_counts(most, reach):
    x = np.ones((1, most))
    assert two_weights(x, x.sum(axis=1), activations.TANH).grid_reach == reach


def test_large_counts_are_reached_by_large_weights():
    """A single step from 1 to 30: out of reach of weights up to 12 + 12."""
    x, y = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0]]), np.array([30.0, 30.0])
    assert two_weights(x, y, activations.LOGISTIC).correct == 2


def test_more_data_make_the_grid_coarser_and_then_none(monkeypatch):
    monkeypatch.setattr(limits, "EPOCHS", 1)
    steps = []
    for n_steps in (3, 9, 11):
        steps.append(two_weights(*every_sequence(n_steps), activations.TANH).grid_step)
    assert steps == sorted(steps)
    assert steps[0] < steps[-1]
    assert two_weights(*tasks.count_ones(20_000, 40, rng=0), activations.TANH) is None
    assert two_weights(np.ones((1, 400)), np.array([400.0]), activations.TANH) is None


def test_one_long_sequence_makes_the_grid_coarser_too(monkeypatch):
    """All its states on the whole grid are in memory at once: 300 × 241² of them were 280 MB."""
    monkeypatch.setattr(limits, "EPOCHS", 1)
    x = np.zeros((1, 300))
    x[0, 299] = 1
    assert two_weights(x, np.array([1.0]), activations.IDENTITY).grid_step == 0.2


@pytest.mark.parametrize("seed", range(20))
def test_valleys_are_what_no_neighbour_undercuts(seed):
    rng = np.random.default_rng(seed)
    loss = rng.integers(1, 9, size=(5, 7)).astype(float)
    loss[rng.random(loss.shape) < 0.2] = np.inf
    valleys = []
    for i, j in itertools.product(range(5), range(7)):
        around = [
            loss[a, b] for a in (i - 1, i, i + 1) for b in (j - 1, j, j + 1)
            if 0 <= a < 5 and 0 <= b < 7
        ]  # fmt: skip
        if loss[i, j] < np.inf and loss[i, j] == min(around):
            valleys.append((loss[i, j], i * 7 + j))
    assert limits._valleys(loss) == [at for _, at in sorted(valleys)][: limits.STARTS]
    loss[2, 3] = 0.0  # nothing is lower: one start is enough
    assert limits._valleys(loss) == [2 * 7 + 3]


@pytest.mark.parametrize("activation", activations.BY_NAME.values(), ids=lambda a: a.name)
def test_states_that_explode_on_the_grid_do_no_harm(monkeypatch, activation):
    """The square of 12 to the power of 199 is no number; the weights beside 1 are."""
    monkeypatch.setattr(limits, "STEPS", (1.0,))
    monkeypatch.setattr(limits, "EPOCHS", 100)
    x = np.zeros((2, 200))
    x[:, 0] = x[0, 150] = 1
    found = two_weights(x, x.sum(axis=1), activation)
    assert math.isfinite(found.loss)
    if activation.name in ("identity", "relu"):
        assert (found.loss, found.correct) == (0.0, 2)


def test_a_thin_region_between_the_points_of_the_grid_is_found():
    x = np.array([[0.0, 0, 0], [1, 1, 1], [1, 0, 1], [0, 1, 1]])
    found = two_weights(x, x.sum(axis=1), activations.LOGISTIC)
    assert found.correct == 4
    assert judged(x, x.sum(axis=1), *found.correct_at, "logistic")[1] == 4
