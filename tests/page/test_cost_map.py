"""The cost over both weights: right costs, every row once, colours in order, and the minimum."""

import json
import math
import random

import numpy as np
import pytest

import bptt
from bptt.page import cost_map, training
from bptt.page.lowest import Point, lowest
from bptt.page.state import read
from page.asking import ACTIVATIONS, ARITHMETICS, ask, draw
from page.searching import lowest_cost
from sweeping import sweep

SMALL = {"sequences": "0110,1011,0001"}


def answers(settings, arithmetic):
    """Return all answers, each asked for with what the one before said."""
    found = [ask("surface", settings, arithmetic)]
    while (follows := found[-1]["next"]) is not None:
        assert found[-1]["minimum"] is None
        found.append(ask("surface", settings | {"rows": json.dumps(follows)}, arithmetic))
    return found


def grid(found, size):
    """Return the levels of one size; every row is there once, from the lowest wrec up."""
    rows = []
    for answer in found:
        if answer["size"] == size:
            assert answer["first"] == len(rows)
            rows += answer["levels"]
    assert {len(row) for row in rows} == {size}
    assert len(rows) == size
    return np.array(rows)


def costs(settings, size):
    """Return ξ by row of wrec and column of wx."""
    state = read(settings)
    at = np.linspace(-float(state.reach), float(state.reach), size)
    return bptt.cost_surface(state.x, state.targets, at, at, state.activation).cost.T


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("settings", [
    {}, SMALL | {"activation": "tanh", "reach": "1"}, {"activation": "identity", "reach": "2"},
    SMALL | {"activation": "identity", "reach": "16", "targets": "-3,0.5,9"},
    {"sequences": "1" * 12, "activation": "identity", "reach": "16"},
])  # fmt: skip
def test_coarse_to_fine(settings, arithmetic):
    """A higher cost never has a lower level, and the levels are the logarithm's; all 256."""
    found = answers(settings, arithmetic)
    assert len({answer["low"]["text"] for answer in found}) == 1
    low, high = (found[0][name]["value"] for name in ("low", "high"))
    assert 0 < low < high <= 1.0001e4 * low
    sizes = sorted({answer["size"] for answer in found})
    assert sizes[-1] == 60
    for size in sizes:
        levels, true = grid(found, size), costs(settings, size)
        assert (levels[~np.isfinite(true)] == 255).all()
        share = np.log(np.maximum(true / low, 1)) / math.log(high / low)
        wanted = 255 * np.minimum(share, 1)
        assert np.abs(levels - wanted).max() <= 0.5 + 1e-9
        order = np.argsort(true, axis=None)
        assert (np.diff(levels.ravel()[order]) >= 0).all()
        # there are colours to be seen, and only the lowest costs have the lowest
        assert len(np.unique(levels)) > 10
        assert (levels == 0).mean() < 0.02


@pytest.mark.parametrize("seed", sweep(range(8), every=2))
def test_served_and_in_the_browser(seed):
    """The same levels, up to what rounds otherwise, and the same minimum."""
    given = draw(seed, reach="2")
    state = read(given)
    asked = {"size": 60, "first": 0, "low": 0.1, "high": 99.0, "cost": 1e9, "wx": 0.0, "wrec": 0.0}
    one, other = (cost_map.surface(state, ARITHMETICS[name], asked) for name in ("numpy", "floats"))
    rows = min(len(one["levels"]), len(other["levels"]))
    apart = np.array(one["levels"][:rows]) - np.array(other["levels"][:rows])
    assert (np.abs(apart) <= 1).all()
    assert (apart != 0).sum() <= 2
    a, b = (answers(given, name)[-1]["minimum"] for name in ("numpy", "floats"))
    for name in ("wx", "wrec", "cost"):
        assert a[name]["value"] == pytest.approx(b[name]["value"], rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", ["numpy", "floats"])
@pytest.mark.parametrize("seed", range(20))
def test_costs_are_those_of_the_network(seed, name):
    given = draw(seed, step="0")
    state = read(given)
    wx, wrec = [-1.5, 0.25, 1.0], [-0.75, 0.0, 1.25, 2.0]
    found = ARITHMETICS[name].costs(state, wx, wrec)
    net = bptt.RNN(activation=state.activation, readout="state_in", bias=False)
    wanted = [[net.loss(bptt.post_params(a, b), state.x, state.targets) for a in wx] for b in wrec]
    assert np.array(found) == pytest.approx(np.array(wanted), rel=1e-12)


@pytest.mark.parametrize("name", ["numpy", "floats"])
def test_costs_that_overflow_are_infinite(name):
    state = read({"sequences": "1" * 64 + "," + "0" * 64, "activation": "identity"})
    found = ARITHMETICS[name].costs(state, [-1000.0, 0.0, 1.0], [-1000.0, 1000.0])
    assert [[math.isinf(cost) for cost in row] for row in found] == [[True, False, True]] * 2


def minimum(settings, arithmetic="numpy"):
    found = answers(settings, arithmetic)[-1]["minimum"]
    return tuple(found[name]["value"] for name in ("wx", "wrec", "cost"))


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("reach", ["2", "4", "8", "16"])
def test_the_minimum_of_the_post(reach, arithmetic):
    wx, wrec, cost = minimum({"reach": reach}, arithmetic)
    assert cost == pytest.approx(0.492001013, abs=1e-9)
    assert (wx, wrec) == pytest.approx((0.924006147, 1.417447051), abs=1e-6)


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("sequences", [
    "001,011,111", "100,110,111", "1011001110,0000000001,1111111111", "110100101101,000000000001",
])  # fmt: skip
@pytest.mark.parametrize("reach", ["1", "2", "4", "8"])
def test_the_minimum_without_activation(reach, sequences, arithmetic):
    """At the end of a narrow valley."""
    given = {"activation": "identity", "reach": reach, "sequences": sequences}
    wx, wrec, cost = minimum(given, arithmetic)
    assert (wx, wrec) == pytest.approx((1.0, 1.0), abs=1e-9)
    assert 0 <= cost < 1e-20


@pytest.mark.parametrize("seed", range(12))
def test_nothing_near_is_lower(seed):
    """Wherever the minimum is, Rprop finds no lower place from there within the map."""
    given = draw(seed, reach="4", step="0")
    wx, wrec, cost = minimum(given)
    assert max(abs(wx), abs(wrec)) <= 4
    assert cost <= costs(given, 60).min()
    given |= {"wx": repr(wx), "wrec": repr(wrec), "optimizer": "rprop", "rate": "0.001"}
    assert ask("trace", given)["cost"]["value"] == pytest.approx(cost, rel=1e-9, abs=1e-20)
    path = training.trained(read(given | {"step": "200"}), ARITHMETICS["numpy"])
    assert len(path) > 1
    for at in path:
        if max(map(abs, at.weights)) <= 4:
            assert at.cost >= cost * (1 - 1e-9) - 1e-20


def of_any_size(seed):
    """Return settings whose lowest cost is often at the edge of the map, for it is small."""
    rng = random.Random(f"lowest {seed}")
    n_steps, m = rng.randint(2, 6), rng.randint(1, 6)
    rows = ["".join(rng.choice("01") for _ in range(n_steps)) for _ in range(m)]
    found = {
        "sequences": ",".join(rows),
        "activation": rng.choice(ACTIVATIONS),
        "reach": rng.choice(["1", "2", "2", "4", "16"]),
    }
    if rng.random() < 0.3:
        found["targets"] = ",".join(repr(round(rng.uniform(-3, 6), 1)) for _ in range(m))
    return found


# where the best point of the grid is not in the lowest valley
ELSEWHERE = [
    {"sequences": "101,110,011", "activation": "logistic", "reach": "16"},
    {"sequences": "111111,110011", "activation": "identity", "reach": "8"},
    {"sequences": "111100,110101,111111,001101", "activation": "tanh", "reach": "8"},
    {"sequences": "100100,110000", "activation": "tanh", "reach": "4"},  # one of many that end at 0
]
# where a triangle folds up on its way, in a valley that is very narrow
LONG = [
    "0010100011101110101101111110101000000011110011000011110001110010,"
    "0101010100010010111111110110110010101111000001010100000101110110",
    "1111101010001001011111011111100000000101011000111111101011011110,"
    "0101011000100000011010111100111001101101111101110011110100101101",
]
FOLDED = [
    {"sequences": LONG[0], "activation": "identity", "reach": "8"},
    {"sequences": LONG[1], "activation": "tanh", "reach": "8", "targets": "3.9,3.1"},
]
# along the edge, where a triangle cannot go on beyond it
AT_THE_EDGE = [
    ({"sequences": "110,111,000", "activation": "tanh", "reach": "2"}, 1.83e-4),
    ({"sequences": "10100,10011,11011,00110,11001", "targets": "2,3,4,2,3", "activation": "tanh",
      "reach": "2"}, 0.124845),
]  # fmt: skip


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize(("settings", "most"), AT_THE_EDGE)
def test_the_minimum_at_the_edge_of_the_map(settings, most, arithmetic):
    wx, wrec, cost = minimum(settings, arithmetic)
    assert (abs(wx) < 2, wrec) == (True, 2.0)
    assert cost <= most


SEARCHED = [
    *(settings for settings, _ in AT_THE_EDGE),
    *ELSEWHERE,
    *FOLDED,
    *sweep(map(of_any_size, range(40)), every=10),
]


@pytest.mark.parametrize("settings", SEARCHED)
def test_no_search_finds_a_lower_cost(settings):
    """Neither inside the map nor along its edges; and it is the cost of the weights beside it."""
    state = read(settings)
    reach = float(state.reach)
    wx, wrec, cost = minimum(settings)
    assert max(abs(wx), abs(wrec)) <= reach
    assert cost <= lowest_cost(state.x, state.targets, state.activation, reach) * (1 + 1e-6) + 1e-20
    at = {"wx": repr(wx), "wrec": repr(wrec)}
    assert ask("trace", settings | at)["cost"]["value"] == pytest.approx(cost, rel=1e-9, abs=1e-20)


def test_many_of_them_are_at_the_edge():
    """Or the test above, with its sweeps, would prove less than it says."""
    inside = 0
    for settings in map(of_any_size, range(40)):
        wx, wrec, _ = minimum(settings)
        inside += max(abs(wx), abs(wrec)) < float(settings["reach"])
    assert 10 < inside < 30


@pytest.mark.parametrize(("activation", "x", "y", "reach", "wanted"), [
    ("identity", [[0, 0, 1], [0, 1, 1], [1, 1, 1]], [1, 2, 3], 4.0, 0.0),
    ("identity", [[1]], [5], 2.0, 9.0),  # (5 - Wx)², at the edge
    ("identity", [[1, 0]], [-9], 2.0, 25.0),  # (9 + Wx·Wrec)², in two corners
    ("logistic", [[1, 0]], [1], 1.0, (1 - 1 / (1 + math.exp(-1))) ** 2),  # Wrec·f(Wx)
    ("tanh", [[1, 0]], [0.5], 4.0, 0.0),
    ("logistic", [[0, 0, 1], [0, 1, 1], [1, 1, 1]], [1, 2, 3], 4.0, 0.49200101300364),
])  # fmt: skip
def test_the_search_itself(activation, x, y, reach, wanted):
    assert lowest_cost(x, y, activation, reach) == pytest.approx(wanted, rel=1e-12, abs=1e-18)


@pytest.mark.parametrize("size", [15, 60])
def test_what_is_not_finite_has_the_last_level(size, monkeypatch):
    """And is never the lowest, however the grid is cut into answers."""
    monkeypatch.setattr(cost_map, "_minimum", lambda state, best, step, valleys: best)

    class Overflowing:
        ROWS_AT_ONCE = 7

        def costs(self, state, wx, wrec):
            return [[math.inf if a * b > 1 else 1 + a * a + b * b for a in wx] for b in wrec]

    state, asked, levels, first = read({}), {}, [], []
    while asked is not None:
        answer = cost_map.surface(state, Overflowing(), asked)
        if answer["size"] == size:
            levels += answer["levels"]
            first.append(answer["first"])
        asked = answer["next"]
    at = np.linspace(-4, 4, size)
    over = np.multiply.outer(at, at) > 1
    assert first == list(range(0, size, 7 if size == 60 else 15))
    assert (np.array(levels)[over] == 255).all()
    assert (np.array(levels)[~over] < 255).any()
    assert answer["minimum"].cost == pytest.approx(1, abs=0.02)


def test_downhill():
    """Round a bend, from the wall, and where one must not go."""
    asked = []

    def banana(a, b):
        asked.append((a, b))
        return (1 - a) ** 2 + 100 * (b - a * a) ** 2

    found = lowest(banana, Point(banana(-1.2, 1), -1.2, 1.0), 0.3)
    assert (found.wx, found.wrec) == pytest.approx((1, 1), abs=1e-9)
    assert found.cost == banana(found.wx, found.wrec)
    assert len(asked) < 500
    walled = lowest(lambda a, b: -a if max(abs(a), abs(b)) <= 1 else math.inf, Point(0, 0, 0), 0.1)
    assert (walled.cost, walled.wx) == pytest.approx((-1, 1), abs=1e-9)
    assert lowest(lambda a, b: 5.0, Point(5.0, 1, 2), 0.1) == (5.0, 1, 2)  # all alike
    assert lowest(lambda a, b: math.inf, Point(7.0, 1, 2), 0.1) == (7.0, 1, 2)
