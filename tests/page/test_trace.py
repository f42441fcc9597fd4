"""Every number of the trace against a network that knows no derivative, and both arithmetics.

The oracle has a copy of each weight for each time stamp and takes complex steps; a number may
differ by 1e-12 of the largest of its kind.
"""

import math
import re
from types import ModuleType

import numpy as np
import pytest

import bptt
from bptt.derivation.chain_rule import COST
from bptt.page.arithmetic import Weights
from bptt.page.state import read
from bptt.page.trace import trace as trace_of
from oracles.copies import Network
from page.asking import ACTIVATIONS, ARITHMETICS, ask, draw, numbers
from sweeping import sweep

SEEDS = sweep(range(200), every=5)
WEIGHTS = {"wx": "weight_ih", "wrec": "weight_hh"}
ALLOWED = 1e-12


@pytest.mark.parametrize(
    ("targets", "counting"),
    [("1,2,3", True), ("1,2,2", False), ("2,2,3", False), ("1,2.5,3", False), ("3,2,1", False)],
)
def test_whether_ones_are_counted(targets, counting):
    assert ask("trace", {"targets": targets})["counting"] is counting
    assert ask("trace", {"sequences": "1,0", "targets": "1,-0"})["counting"] is True


class Known:
    """What the oracle and the forward of the library say about the settings of a trace."""

    def __init__(self, settings):
        self.x = [list(map(int, row)) for row in settings["sequences"].split(",")]
        self.y = [float(y) for y in settings["targets"].split(",")]
        self.i, self.m, self.T = int(settings["sequence"]) - 1, len(self.x), len(self.x[0])
        self.activation = settings["activation"]
        self.wx, self.wrec = self.trained(settings)
        weights = {"weight_ih": self.wx, "weight_hh": self.wrec}
        start = [0.0] * self.m
        self.oracle = Network(
            self.activation, "state_in", "mse", weights, self.x, self.y, start
        )  # fmt: skip
        net = bptt.RNN(activation=self.activation, readout="state_in", bias=False)
        self.trace = net.trace(bptt.post_params(self.wx, self.wrec), self.x, self.y)
        self.state_in, self.state_out = self.trace.state_in[..., 0], self.trace.state_out[..., 0]
        stamps = range(1, self.T + 1)
        self.errors = np.array([self.oracle.d_state_in(k) for k in stamps])  # (T, m)
        self.shares = {
            name: np.array([self.oracle.by_sequence(weight, k) for k in stamps])
            for name, weight in WEIGHTS.items()
        }

    def trained(self, settings):
        """Return the weights after the updates that are done, by `fit`."""
        params = bptt.post_params(float(settings["wx"]), float(settings["wrec"]))
        if int(settings["step"]):
            rates = [float(rate) for rate in settings["rate"].split(",")]
            params = bptt.fit(
                bptt.RNN(activation=self.activation, readout="state_in", bias=False),
                self.x, self.y, params=params, epochs=int(settings["step"]),
                optimizer=bptt.optimizers.BY_NAME[settings["optimizer"]](
                    bptt.post_params(*rates * (3 - len(rates)))
                ),
            ).params  # fmt: skip
        return params.Wx, params.Wrec

    def factor(self, name):
        role, _, k = name.partition("-")
        k = int(k or 0)
        if role == "error":
            return self.errors[self.T - 1, self.i]
        if role == "weight":
            return self.wrec
        if role == "slope":
            return self.oracle.slope(self.state_in[self.i, k - 1])
        return {"input": self.x[self.i][k - 1], "state": self.state_out[self.i, k - 1]}[role]


def close(found, wanted, scale=0.0):
    """Assert shown numbers to be these, by the largest of them or what they are made of."""
    values = np.array([one["value"] for one in found], dtype=float)
    wanted = np.asarray(wanted, dtype=float).ravel()
    assert values.shape == wanted.shape
    scale = max(scale, np.abs(wanted).max(initial=0))
    assert np.abs(values - wanted).max(initial=0) <= ALLOWED * scale


def chain(T, activation, k):
    """Return the names of the factors of a time stamp, but for the last."""
    names = ["error"]
    for j in range(T - 1, k - 1, -1):
        names += [f"weight-{j}"] + [f"slope-{j}"] * (activation != "identity")
    return names


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("seed", SEEDS)
def test_every_number(seed, arithmetic):
    given = draw(seed, walk="0")
    trace = ask("trace", given, arithmetic)
    known = Known(trace["settings"])
    i, T = known.i, known.T
    assert trace["settings"]["wx"] == given["wx"]  # where the training begins
    assert int(trace["settings"]["step"]) == int(given["step"]) or trace["ends"]
    close([trace["cost"]], [known.trace.loss])
    close([s["target"] for s in trace["sequences"]], known.y)
    close([s["prediction"] for s in trace["sequences"]], known.trace.prediction)
    right = np.rint(known.trace.prediction.ravel()) == known.y
    assert [s["right"] for s in trace["sequences"]] == right.tolist()
    assert [list(map(int, s["bits"])) for s in trace["sequences"]] == known.x
    assert (len(trace["sequences"]), trace["n_steps"], trace["walk"]) == (known.m, T, [])
    assert trace["counting"] is all(sum(row) == y for row, y in zip(known.x, known.y, strict=True))
    assert trace["overflow"] == ""

    network = trace["network"]
    stamps = network["time_stamps"]
    assert [stamp["time_stamp"] for stamp in stamps] == list(range(1, T + 1))
    close([stamp["x"] for stamp in stamps], known.x[i])
    close([stamp["state_in"] for stamp in stamps], known.state_in[i])
    close([stamp["state_out"] for stamp in stamps[:-1]], known.state_out[i, 1:-1])
    assert stamps[-1]["state_out"] == stamps[-1]["state_in"]  # no activation there
    close([stamp["error"] for stamp in stamps], known.errors[:, i], np.abs(known.errors).max())
    for name, shares in known.shares.items():
        scale = np.abs(shares).max()
        close([stamp["shares"][name] for stamp in stamps], shares[:, i], scale)
    boxes = [stamp["slope"] for stamp in stamps]
    if known.activation == "identity":
        assert boxes == [None] * T
    else:
        assert boxes[-1] is None
        close(boxes[:-1], [known.oracle.slope(z) for z in known.state_in[i, :-1]])

    for weight in network["weights"]:
        shares = known.shares[weight["name"]]
        close([weight["value"]], [getattr(known, weight["name"])])
        close([weight["gradient"]], [shares.sum()], np.abs(shares).sum())
    assert [weight["name"] for weight in network["weights"]] == ["wx", "wrec"]


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("seed", range(30))
def test_the_cost_is_the_derivations(seed, arithmetic):
    """To the last digit, not that of the training, which may sum in another order."""
    trace = ask("trace", draw(seed), arithmetic)
    weights = Weights(*(weight["value"]["value"] for weight in trace["network"]["weights"]))
    state = read(trace["settings"])
    d = ARITHMETICS[arithmetic].derive(state, weights, state.activation)
    assert {trace["cost"]["value"]} == set(d.numbers(COST))


@pytest.mark.parametrize("seed", SEEDS)
def test_factors_and_terms(seed):
    trace = ask("trace", draw(seed))
    known = Known(trace["settings"])
    network, k = trace["network"], int(trace["settings"]["time_stamp"])
    whole = set(chain(known.T, known.activation, 1))
    ends = {f"{role}-{j}" for role in ("input", "state") for j in range(1, known.T + 1)}
    assert set(network["factors"]) == whole | ends  # of every time stamp that may be opened
    for name, factor in network["factors"].items():
        role = name.partition("-")[0]
        assert factor["role"] == role
        close(
            [factor["value"]], [known.factor(name)], np.abs(known.errors).max() * (role == "error")
        )
    assert [term["weight"] for term in network["terms"]] == ["wx", "wrec"]
    for term, last in zip(network["terms"], ("input", "state"), strict=True):
        assert term["factors"] == [*chain(known.T, known.activation, k), f"{last}-{k}"]
        shares = known.shares[term["weight"]]
        close([term["value"]], [shares[k - 1, known.i]], np.abs(shares).max())
        close([term["sum"]], [shares[k - 1].sum()], np.abs(shares).sum())
        product = math.prod(network["factors"][name]["value"]["value"] for name in term["factors"])
        close([term["value"]], [product], np.abs(shares).max())


@pytest.mark.parametrize("seed", range(0, 200, 5))
def test_the_badge(seed):
    for arithmetic in ("numpy", "floats"):
        trace = ask("trace", draw(seed), arithmetic)
        check = trace["check"]
        assert check["right"] is True
        assert not re.search("wrong", check["says"], re.IGNORECASE)
        assert check["bptt"] == [weight["gradient"] for weight in trace["network"]["weights"]]
        pairs = list(zip(check["bptt"], check["complex_step"], strict=True))
        difference = max(abs(a["value"] - b["value"]) for a, b in pairs)
        assert check["difference"]["value"] == difference
        known = Known(trace["settings"])
        scale = max(np.abs(shares).sum() for shares in known.shares.values())
        for found, shares in zip(check["complex_step"], known.shares.values(), strict=True):
            close([found], [shares.sum()], scale)


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("share", [1e-9, 1e-11, -1e-11])
def test_the_badge_can_say_wrong(share, arithmetic):
    """If one derivative of the two were wrong by so little."""
    module = ARITHMETICS[arithmetic]
    for by in range(2):

        def wrong(state, weights, by=by):
            true = list(module.complex_step(state, weights))
            true[by] *= 1 + share
            return type(weights)(*true)

        other = ModuleType("other")
        vars(other).update(vars(module) | {"complex_step": wrong})
        # all terms have one sign: nothing cancels
        check = trace_of(read({"sequences": "1111", "activation": "identity"}), other)["check"]
        assert check["right"] is False
        assert "wrong" in check["says"].lower()


DIGITS = {"text", "numbers", "says", "python"}  # where numbers stand in a text


def texts(found, at=()):
    """Yield (where, text) for the texts of an answer in which there are no digits of numbers."""
    if isinstance(found, str):
        yield at, found
    inner = enumerate(found) if isinstance(found, list) else ()
    for name, one in found.items() if isinstance(found, dict) else inner:
        if name not in DIGITS:
            yield from texts(one, (*at, name))


@pytest.mark.parametrize("seed", SEEDS)
def test_both_arithmetics_agree(seed):
    """And text is what Python prints of the value."""
    one, other = (ask("trace", draw(seed), name) for name in ("numpy", "floats"))
    assert list(texts(one)) == list(texts(other))
    kinds = {}
    for (at, a), (there, b) in zip(numbers(one), numbers(other), strict=True):
        assert at == there
        for shown in (a, b):
            assert shown["text"] == format(shown["value"] + 0.0, ".6g")
            assert shown["text"] != "-0"
        if at[0] != "check":  # whose difference is rounding itself
            kind = tuple(step for step in at if isinstance(step, str))
            kinds.setdefault(kind, []).append((a["value"], b["value"]))
    assert len(kinds) > 15
    largest = max(abs(s["error"]["value"]) for s in one["network"]["time_stamps"])
    for kind, pairs in kinds.items():
        pairs = np.array(pairs)
        scale = max(np.abs(pairs).max(), largest if kind[0] != "network" else 0)
        scale = scale if kind[-1] not in ("sum", "gradient", "error") else max(scale, largest)
        assert np.abs(pairs[:, 0] - pairs[:, 1]).max() <= ALLOWED * scale, kind


FAR = {"activation": "identity", "sequences": "1" + "0" * 63, "walk": "1"}


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize(("wx", "wrec", "finite"), [
    (1000.0, -1000.0, (False, False)),
    (1e-60, 1000.0, (True, False)),
    (1000.0, (1.4e154 / 1000) ** (1 / 63), (False, True)),  # 1.4e154² alone is too large
])  # fmt: skip
def test_overflow_is_said(wx, wrec, finite, arithmetic):
    trace = ask("trace", FAR | {"wx": repr(wx), "wrec": repr(wrec)}, arithmetic)
    assert "overflow" in trace["overflow"]
    gradient = [weight["gradient"]["value"] for weight in trace["network"]["weights"]]
    assert (trace["cost"]["value"] is not None, None not in gradient) == finite
    assert trace["check"]["right"] is None
    for _, number in numbers(trace):
        assert (number["value"] is None) == (number["text"] in ("inf", "-inf", "nan"))
    assert all(-1 <= bar["length"] <= 1 for group in trace["bars"] for bar in group["bars"])


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_large_weights_without_overflow(activation):
    for wx, wrec in ((1000, 1000), (-1000, 1000), (1000, -1000)):
        rows = "10" * 10 + "," + "01" * 10
        given = {"wx": str(wx), "wrec": str(wrec), "activation": activation, "sequences": rows}
        for arithmetic in ("numpy", "floats"):
            trace = ask("trace", given, arithmetic)
            assert (trace["overflow"], trace["check"]["right"]) == ("", True)
