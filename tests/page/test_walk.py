"""The walk and the factors as formulas: read as MathML, they say what they should and are right."""

import math
import re

import pytest

from page.asking import ask, calculated, draw, said
from sweeping import sweep

ALLOWED = 2e-5  # of the largest piece of a formula: its numbers have six digits


def logistic(a):
    return 1 / (1 + math.exp(-a))


class Names:
    """What is where, by the post: the last state, and all without activation, are plain."""

    def __init__(self, trace):
        self.T, self.activation = trace["n_steps"], trace["settings"]["activation"]
        self.function = {"logistic": "log"}.get(self.activation, self.activation)

    def state(self, k, side):
        plain = k in (0, self.T) or self.activation == "identity"
        return f"S{k}" if plain else f"S{k}({side})"

    def box(self, k):
        return (
            "" if self.activation == "identity" else f"·[d_{self.function}({self.state(k, 'In')})]"
        )


def stages(trace):
    T = trace["n_steps"]
    found = trace["walk"]
    parts = [(stage["part"], stage["time_stamp"]) for stage in found]
    assert parts == [
        *(("forward", k) for k in range(1, T + 1)),
        ("error", T),
        *(("backward", k) for k in range(T, 0, -1)),
        ("update", 0),
    ]
    assert len(found) == trace["n_walk"]
    return found


def left(line):
    """Return what stands before a formula: what the left side is, the left side, the sign."""
    assert set(line) == {"says", "left", "sign", "symbols", "numbers", "value"}
    return " ".join(filter(None, (line["says"], said(line["left"]), line["sign"])))


@pytest.mark.parametrize("seed", sweep(range(100), every=5))
def test_formulas_in_symbols(seed):
    trace = ask("trace", draw(seed, walk="1"))
    names, T = Names(trace), trace["n_steps"]
    for stage in stages(trace):
        k, part = stage["time_stamp"], stage["part"]
        lines = [(left(line), said(line["symbols"])) for line in stage["lines"]]
        error = f"∂ξ/∂{names.state(k, 'In')}"
        if part == "forward":
            now, before = names.state(k, "In"), names.state(k - 1, "Out")
            wanted = [(f"{now} =", f"{before}·Wrec+x{k}·Wx")]
            if k < T and names.activation != "identity":
                wanted.append((f"{names.state(k, 'Out')} =", f"{names.function}({now})"))
        elif part == "error":
            wanted = [(f"{error} =", f"2/m·(S{T}-y)")]
        elif part == "backward":
            behind = f"∂ξ/∂{names.state(k + 1, 'In')}"
            wanted = [] if k == T else [(f"{error} =", f"{behind}·Wrec{names.box(k)}")]
            # of one time stamp and one sequence: the derivative itself is no such product
            wanted.append(("share of ∂ξ/∂Wx =", f"{error}·x{k}"))
            wanted.append(("share of ∂ξ/∂Wrec =", f"{error}·{names.state(k - 1, 'Out')}"))
        else:
            wanted = update(trace)
        assert lines == wanted, part


def update(trace):
    """Return the lines of the last stage: the gradient, and what an update makes of it."""
    n = len(trace["sequences"])
    every = f"all shares, of {n} sequences" if n > 1 else "all shares, of one sequence"
    lines = [("∂ξ/∂Wx =", every), ("∂ξ/∂Wrec =", every)]
    if trace["ends"]:
        return lines
    if trace["settings"]["optimizer"] == "sgd":
        return [*lines, ("Wx ←", "Wx-η·∂ξ/∂Wx"), ("Wrec ←", "Wrec-η·∂ξ/∂Wrec")]
    return [*lines, ("Wx ←", "Wx+Δ"), ("Wrec ←", "Wrec+Δ")]


def value(number):
    return number["value"]


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("seed", sweep(range(100), every=5))
def test_formulas_in_numbers(seed, arithmetic):
    """Each is its value, and the values are those of the network."""
    given = draw(seed, walk="1")
    trace = ask("trace", given, arithmetic)
    network, settings = trace["network"], trace["settings"]
    stamps = {stamp["time_stamp"]: stamp for stamp in network["time_stamps"]}
    wx, wrec = (value(weight["value"]) for weight in network["weights"])
    T, i = trace["n_steps"], int(settings["sequence"]) - 1
    errors = [abs(value(stamp["error"])) for stamp in stamps.values()]
    for stage in stages(trace)[:-1]:
        k, part = stage["time_stamp"], stage["part"]
        stamp = stamps[k]
        before = value(stamps[k - 1]["state_out"]) if k > 1 else 0.0
        if part == "forward":
            wanted = [stamp["state_in"], stamp["state_out"]][: len(stage["lines"])]
            scale = abs(before * wrec) + abs(wx) + 1e-300
        elif part == "error":
            wanted, target = [stamp["error"]], value(trace["sequences"][i]["target"])
            m = len(trace["sequences"])
            scale = 2 / m * (abs(value(stamp["state_in"])) + abs(target))
        else:
            wanted = [stamp["error"]] * (k < T) + [stamp["shares"]["wx"], stamp["shares"]["wrec"]]
            scale = max(errors) * max(1, abs(before))
        assert [line["value"] for line in stage["lines"]] == wanted
        for line in stage["lines"]:
            close(line, scale)


def close(line, scale):
    """Assert the formula in numbers to be the value beside it."""
    found = calculated(said(line["numbers"]), log=logistic, tanh=math.tanh)
    assert abs(found - value(line["value"])) <= ALLOWED * scale, line


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("seed", sweep(range(100), every=5))
def test_the_gradient_is_the_sum_of_all_shares(seed, arithmetic):
    """Of every time stamp, of every sequence: those of the bars, and no share is left out."""
    trace = ask("trace", draw(seed, walk="1", of="all"), arithmetic)
    lines = trace["walk"][-1]["lines"]
    weights, groups = trace["network"]["weights"], trace["bars"][1:]
    for line, weight, bars in zip(lines[:2], weights, groups, strict=True):
        assert line["value"] == weight["gradient"]
        shares = [value(bar["value"]) for bar in bars["bars"]][::-1]  # as the walk came to them
        parts = [("-" if share < 0 else "+") + digits(abs(share)) for share in shares]
        if len(parts) > 4:
            parts[2:-1] = [f"+⋯{len(parts) - 3} shares⋯"]
        text = said(line["numbers"])
        assert text == "".join(parts).removeprefix("+")
        scale = sum(map(abs, shares))
        shorter = re.sub("⋯.*⋯", "folded", text)
        found = calculated(shorter, folded=sum(shares[2:-1]))
        assert abs(found - value(line["value"])) <= ALLOWED * scale
        assert abs(value(line["value"]) - sum(shares)) <= 1e-12 * scale


def digits(number):
    mantissa, e, exponent = format(number + 0.0, ".6g").partition("e")
    return mantissa + (f"*10^{int(exponent)}" if e else "")


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("seed", sweep(range(100), every=5))
def test_the_update_in_numbers(seed, arithmetic):
    given = draw(seed, walk="1")
    trace = ask("trace", given, arithmetic)
    _, _, *lines = trace["walk"][-1]["lines"]
    wanted = after(given, trace["settings"], arithmetic)
    assert [line["value"] for line in lines] == wanted
    weights = [value(weight["value"]) for weight in trace["network"]["weights"]]
    for line in lines:
        close(line, max(1, *map(abs, weights), *(abs(value(number)) for number in wanted)))


def after(given, settings, arithmetic):
    """Return the weights after one update more, if there is one."""
    step = str(int(settings["step"]) + 1)
    then = ask("trace", given | {"step": step}, arithmetic)
    if then["settings"]["step"] != step:
        return []
    return [weight["value"] for weight in then["network"]["weights"]]


def written(lines):
    return [(left(line), said(line["numbers"]), line["value"]["text"]) for line in lines]


def test_the_update_by_hand():
    """Two rates, negative and positive derivatives, all with their numbers."""
    given = {"walk": "6", "rate": "0.5,0.25", "activation": "identity", "sequences": "11"}
    given |= {"wx": "2", "wrec": "-3", "targets": "0"}  # S1 = 2, S2 = -4, error = -8
    stage = ask("trace", given)["walk"][-1]
    assert stage["title"].startswith("Update by sgd, rate 0.5 and 0.25")
    # the error is -8 at time stamp 2 and -8·-3 at 1; the inputs are 1, the states before 2 and 0
    gradient = [("∂ξ/∂Wx =", "-8+24", "16"), ("∂ξ/∂Wrec =", "-16+0", "-16")]
    found = written(stage["lines"])
    assert found == [*gradient, ("Wx ←", "2-0.5·16", "-6"), ("Wrec ←", "-3-0.25·(-16)", "1")]
    stage = ask("trace", given | {"optimizer": "rprop"})["walk"][-1]
    found = written(stage["lines"])
    assert found == [*gradient, ("Wx ←", "2-0.5", "1.5"), ("Wrec ←", "-3+0.25", "-2.75")]


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize(("n_steps", "wanted"), [
    (1, "2"), (2, "4+4"), (3, "6+6+6"), (4, "8+8+8+8"), (5, "10+10+⋯2 shares⋯+10"),
    (64, "128+128+⋯61 shares⋯+128"),
])  # fmt: skip
def test_a_long_sum_is_folded(n_steps, wanted, arithmetic):
    """All weights 1, no activation, target 0: the error is 2 T at each time stamp."""
    given = {"sequences": "1" * n_steps, "targets": "0", "wx": "1", "wrec": "1", "walk": "1"}
    line = ask("trace", given | {"activation": "identity"}, arithmetic)["walk"][-1]["lines"][0]
    assert written([line]) == [("∂ξ/∂Wx =", wanted, str(2 * n_steps**2))]


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
def test_where_training_ends_there_is_no_update(arithmetic):
    """The gradient is there all the same."""
    given = {"walk": "1", "activation": "identity", "rate": "1000", "wrec": "900"}
    trace = ask("trace", given, arithmetic)
    lines = trace["walk"][-1]["lines"]
    assert [left(line) for line in lines] == ["∂ξ/∂Wx =", "∂ξ/∂Wrec ="]
    assert [line["value"] for line in lines] == [w["gradient"] for w in trace["network"]["weights"]]
    assert trace["ends"]


@pytest.mark.parametrize("seed", sweep(range(60), every=5))
def test_factors_as_formulas(seed):
    trace = ask("trace", draw(seed))
    names, T = Names(trace), trace["n_steps"]
    for name, factor in trace["network"]["factors"].items():
        role, _, k = name.partition("-")
        k = int(k or 0)
        now, out = names.state(k, "In"), names.state(k, "Out")
        partial, symbols = {
            "error": (f"∂ξ/∂S{T}", f"2/m·(S{T}-y)"),
            "weight": (f"∂{names.state(k + 1, 'In')}/∂{out}", "Wrec"),
            "slope": (f"[∂{out}/∂{now}]", names.box(k).removeprefix("·")),
            "input": (f"∂{now}/∂Wx", f"x{k}"),
            "state": (f"∂{now}/∂Wrec", names.state(k - 1, "Out")),
        }[role]
        assert said(factor["partial"]) == partial
        assert said(factor["symbols"]) == symbols
        text = factor["says"].replace(" - ", "-").split(" = ")
        assert text == [partial, symbols, factor["value"]["text"]]
    for term, weight in zip(trace["network"]["terms"], ("Wx", "Wrec"), strict=True):
        assert said(term["derivative"]) == f"∂ξ/∂{weight}"
    for stamp in trace["network"]["time_stamps"]:
        k, symbols = stamp["time_stamp"], {n: said(m) for n, m in stamp["symbols"].items()}
        assert symbols.pop("x") == f"x{k}"
        assert symbols.pop("error") == f"∂ξ/∂{names.state(k, 'In')}"
        assert symbols == {"state_in": names.state(k, "In"), "state_out": names.state(k, "Out")}
    for weight, symbol in zip(trace["network"]["weights"], ("Wx", "Wrec"), strict=True):
        assert (said(weight["symbol"]), said(weight["derivative"])) == (symbol, f"∂ξ/∂{symbol}")


def test_the_reader_of_formulas():
    assert said("<mi>a</mi><mo>−</mo><msup><mn>10</mn><mn>3</mn></msup>") == "a-10^3"
    assert calculated("2/3·(1.5-1)·(-2)·[0.25]*10^2") == 2 / 3 * 0.5 * -2 * 0.25 * 100
