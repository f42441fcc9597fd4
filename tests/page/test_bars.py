"""How long bars are, and that what is compared has one scale."""

import math

import pytest

from bptt.page.numbers import lengths, shown
from page.asking import ask, draw, said


@pytest.mark.parametrize("value", [2 / 3, -0.0, 1e-300, 12345678.9, -7, 1e6, 5e-324])
def test_a_number_and_its_digits(value):
    assert shown(value) == {"value": value, "text": format(value + 0.0, ".6g")}
    assert math.copysign(1, shown(-0.0)["value"]) == 1


def test_what_is_no_number_is_null():
    found = [shown(value) for value in (math.inf, -math.inf, math.nan)]
    assert [one["value"] for one in found] == [None] * 3
    assert [one["text"] for one in found] == ["inf", "-inf", "nan"]


def test_linear_lengths():
    assert lengths([4.0, -2.0, 0.0, 1.0], "linear") == [1.0, -0.5, 0.0, 0.25]
    assert lengths([0.0, -0.0], "linear") == [0.0, 0.0]
    assert lengths([], "linear") == []


@pytest.mark.parametrize("scale", ["linear", "symlog"])
def test_lengths_of_what_overflows(scale):
    assert lengths([math.inf, -math.inf, math.nan, 2.0], scale) == [1.0, -1.0, 0.0, 1.0]
    assert lengths([-math.inf, 0.0], scale) == [-1.0, 0.0]
    assert lengths([5e-324, -1.7e308], scale)[1] == -1.0


def test_logarithmic_lengths():
    """Down to a millionth of the largest, a factor of ten is a sixth of the length."""
    found = lengths([10.0**-n for n in range(7)], "symlog")
    assert found[:5] == pytest.approx([1 - n / 6 for n in range(5)], abs=1e-3)
    tiny = lengths([1.0, 1e-9, 2e-9, -1e-9], "symlog")
    assert tiny[2] == pytest.approx(2 * tiny[1], rel=1e-3)  # linear round zero
    assert tiny[3] == -tiny[1]
    for scale in ("linear", "symlog"):
        rising = lengths([0.3, 7.0, -5.0, 0.0, 1e-5], scale)
        assert sorted(rising) == [rising[i] for i in (2, 3, 4, 0, 1)]


def expected(values, scale):
    largest = max(map(abs, values)) or 1.0
    if scale == "linear":
        return [value / largest for value in values]
    logs = [math.log1p(1e6 * abs(value) / largest) / math.log1p(1e6) for value in values]
    return [math.copysign(size, value) for size, value in zip(logs, values, strict=True)]


@pytest.mark.parametrize("seed", range(60))
def test_bars_of_the_trace(seed):
    """Their values are those of the network; of all sequences, sums and norms of each one's."""
    given = draw(seed, step="0", walk="0")
    trace = ask("trace", given)
    T, m = trace["n_steps"], len(trace["sequences"])
    each = [
        ask("trace", given | {"sequence": str(i)})["network"]["time_stamps"]
        for i in (range(1, m + 1) if given["of"] == "all" else [given["sequence"]])
    ]
    assert [group["name"] for group in trace["bars"]] == ["error", "wx", "wrec"]
    for group in trace["bars"]:
        name, bars = group["name"], group["bars"]
        assert [bar["time_stamp"] for bar in bars] == list(range(1, T + 1))
        for k, bar in enumerate(bars):
            if name == "error":
                parts = [stamps[k]["error"]["value"] for stamps in each]
                wanted = math.hypot(*parts) if given["of"] == "all" else parts[0]
            else:
                parts = [stamps[k]["shares"][name]["value"] for stamps in each]
                wanted = sum(parts)
            largest = max(map(abs, parts))
            assert bar["value"]["value"] == pytest.approx(wanted, rel=0, abs=1e-12 * largest)
        lengths = [bar["length"] for bar in bars]
        values = [bar["value"]["value"] for bar in bars]
        assert lengths == pytest.approx(expected(values, given["bars"]), rel=1e-12, abs=1e-15)
    labels = [said(group["label"]) for group in trace["bars"]]
    plain = T == 1 or given["activation"] == "identity"  # where State(In) and (Out) are one
    wanted = "∂ξ/∂Sk" if plain else "∂ξ/∂Sk(In)"
    assert labels == [wanted, "∂ξ/∂Wx", "∂ξ/∂Wrec"]


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("seed", range(25))
def test_side_by_side_bars_have_one_scale(seed, arithmetic):
    given = draw(seed)
    groups = [network["errors"] for network in ask("compare", given, arithmetic)["networks"]]
    assert [group["name"] for group in groups] == ["error"] * 3
    bars = [bar for group in groups for bar in group["bars"]]
    assert len(bars) == 3 * len(given["sequences"].split(",")[0])
    lengths = [bar["length"] for bar in bars]
    values = [bar["value"]["value"] for bar in bars]
    assert lengths == pytest.approx(expected(values, given["bars"]), rel=1e-12, abs=1e-15)
    assert max(map(abs, lengths)) == 1.0 or not any(values)
