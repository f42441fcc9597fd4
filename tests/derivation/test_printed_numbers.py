"""Every number that is printed, read again from JSON and from text, against complex steps.

The oracle has a copy of every weight for every time stamp and knows no derivative.  Errors are
relative to the largest number of the same kind in the same network.
"""

import json
import re

import numpy as np
import pytest

from derivation.scalar_networks import explained
from sweeping import sweep

SEEDS = sweep(range(200), every=5)
ALLOWED = 1e-12


def error(found, wanted):
    """Return the largest difference over the largest number."""
    found, wanted = np.asarray(found, dtype=float), np.asarray(wanted, dtype=float)
    assert found.shape == wanted.shape
    return np.abs(found - wanted).max() / (np.abs(wanted).max() or 1.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_json(seed):
    d, oracle = explained(seed)
    found = json.loads(d.json())
    terms = {(t["weight"], t["time_stamp"]): t for t in found["terms"]}
    wanted = {key: oracle.by_sequence(*key) for key in terms}
    assert set(terms) == {
        (w, k)
        for w in oracle.weights
        for k in range(1, oracle.n_steps + 1)
        if oracle.readout == "every" or k == oracle.n_steps or not w.startswith("readout")
    }
    assert error([t["by_sequence"] for t in terms.values()], list(wanted.values())) < ALLOWED
    sums = [sum(by_sequence) for by_sequence in wanted.values()]
    assert error([t["value"] for t in terms.values()], sums) < ALLOWED
    stamps = found["time_stamps"]
    errors = [oracle.d_state_in(s["time_stamp"]) for s in stamps]
    assert error([np.ravel(s["d_state_in"]) for s in stamps], errors) < ALLOWED
    for gradient in found["gradients"]:
        total = sum(sum(v) for (w, _), v in wanted.items() if w == gradient["weight"])
        scale = max(abs(np.sum(v)) for (w, _), v in wanted.items() if w == gradient["weight"])
        for value in (gradient["sum"], np.ravel(gradient["engine"])[0]):
            assert abs(value - total) <= ALLOWED * max(scale, abs(total))


@pytest.mark.parametrize("seed", SEEDS)
def test_factors_in_json(seed):
    """Each factor by itself, and their product."""
    d, oracle = explained(seed)
    found = json.loads(d.json())
    states = {s["time_stamp"]: s for s in found["time_stamps"]}
    x = np.array(oracle.x)
    for term in found["terms"]:
        k = term["time_stamp"]
        product = np.ones(found["n_sequences"])
        for factor in (found["factors"][number] for number in term["factors"]):
            value, at, role = np.array(factor["value"]), factor["time_stamp"], factor["role"]
            product = product * value
            if role == "error":
                stamp = at if oracle.readout == "every" else oracle.n_steps
                wanted = oracle.d_prediction(stamp)
            elif role == "slope":
                wanted = [oracle.slope(z) for z in np.ravel(states[at]["state_in"])]
            elif role == "weight":
                wanted = np.full(len(x), oracle.weights["weight_hh"])
            elif role == "readout":
                wanted = np.full(len(x), oracle.weights["readout.weight"])
            elif role == "input":
                wanted = x[:, k - 1]
            elif role == "state":
                before = k if term["weight"].startswith("readout") else k - 1
                wanted = np.ravel(states[before]["state_out"]) if before else oracle.s0
            elif role == "one":
                wanted = np.ones(len(x))
            else:  # the error by two ways
                assert role == "chain"
                continue
            assert error(value, wanted) < ALLOWED, factor["partial"]["text"]
        assert error(product, oracle.by_sequence(term["weight"], k)) < ALLOWED


@pytest.mark.parametrize("seed", SEEDS)
def test_the_terms_sum_to_the_gradient_of_the_engine(seed):
    d, _ = explained(seed)
    for gradient in d.gradients:
        terms = [term.by_sequence for (w, _), term in d.terms.items() if w == gradient.weight]
        assert gradient.difference == abs(gradient.total - gradient.engine)
        # of a sum, whatever the order of its terms; over the largest term alone it was 9.2e-15
        assert gradient.difference <= 1e-14 * np.abs(terms).sum()


EQUATION = re.compile(r"^  ∂ξ/∂(\w+) = ")
NAMES = {
    "Wx": "weight_ih",
    "Wrec": "weight_hh",
    "b_ih": "bias_ih",
    "b_hh": "bias_hh",
    "Wout": "readout.weight",
    "b_out": "readout.bias",
}


def equations(text, anything=False):
    """Yield (weight, lines after = or +), a formula that goes on in the next line put together."""
    pattern = re.compile(r"^  ∂ξ/∂(.+?) = ") if anything else EQUATION
    weight, lines = None, []
    for line in [*text.splitlines(), ""]:
        begins = pattern.match(line)
        if begins:
            weight, lines = begins[1], [line.split(" = ", 1)[1]]
        elif weight and re.match(r"^ +[=+] ", line):
            lines.append(re.sub(r"^ +[=+] ", "", line))
        elif weight and line.strip():
            if lines[-1].endswith(" ·"):  # else it is a remark that found no room
                lines[-1] += " " + line.strip()
        elif weight:
            yield NAMES.get(weight, weight), [line.split("    ")[0] for line in lines]
            weight = None


def calculated(line):
    """Return the value of a formula with numbers, as Python reads it."""
    for ours, pythons in (("·", "*"), ("[", "("), ("]", ")")):
        line = line.replace(ours, pythons)
    return eval(line, {"__builtins__": {}})


@pytest.mark.parametrize("seed", SEEDS)
def test_text(seed):
    """The value of each term, and each line with numbers, at each time stamp."""
    d, oracle = explained(seed)
    for k in range(1, oracle.n_steps + 1):
        found = list(equations(d.text(time_stamp=k, digits=17)))
        backward = [one for one in found if len(one[1]) > 2]
        assert [w for w, _ in backward] == [w for w in d.chain.weights if (w, k) in d.terms]
        for weight, (_, _, *numbers, value) in backward:
            wanted = oracle.by_sequence(weight, k)
            largest = max(map(abs, wanted)) or 1.0
            assert abs(float(value) - sum(wanted)) <= ALLOWED * largest
            assert len(numbers) == len(wanted)
            for line, share in zip(numbers, wanted, strict=True):
                if "…" not in line:  # a chain that is not folded
                    assert abs(calculated(line) - share) <= ALLOWED * largest


@pytest.mark.parametrize("seed", range(0, 200, 10))
def test_the_sums_in_the_text(seed):
    d, oracle = explained(seed)
    for weight, lines in equations(d.text().split("The sum over time stamps")[1]):
        *terms, total = lines
        wanted = [oracle.derivative(weight, k) for k in d.chain.time_stamps(weight)]
        scale = max(map(abs, wanted)) or 1.0
        assert abs(float(total) - sum(wanted)) <= ALLOWED * scale
        if not any("…" in line for line in terms):
            assert error([float(line) for line in terms], wanted) < ALLOWED


def test_lines_are_read():
    """The reader of texts above finds what there is."""
    d, _ = explained(0)
    text = d.text(time_stamp=1)
    assert len(list(equations(text))) >= len(d.chain.weights) - 2
    assert calculated("2/3·(1.5 - 1) · (-2)·[0.25] · 1") == 2 / 3 * 0.5 * -2 * 0.25
