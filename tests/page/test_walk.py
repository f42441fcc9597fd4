"""The walk and the factors as formulas: read as MathML, they say what they should and are right."""

import math

import pytest

from page.asking import ask, calculated, draw, said

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


@pytest.mark.parametrize("seed", range(100))
def test_formulas_in_symbols(seed):
    trace = ask("trace", draw(seed, walk="1"))
    names, T = Names(trace), trace["n_steps"]
    for stage in stages(trace):
        k, part = stage["time_stamp"], stage["part"]
        lines = [(said(line["left"]), said(line["symbols"])) for line in stage["lines"]]
        error = f"∂ξ/∂{names.state(k, 'In')}"
        if part == "forward":
            now, before = names.state(k, "In"), names.state(k - 1, "Out")
            wanted = [(now, f"{before}·Wrec+x{k}·Wx")]
            if k < T and names.activation != "identity":
                wanted.append((names.state(k, "Out"), f"{names.function}({now})"))
        elif part == "error":
            wanted = [(error, f"2/m·(S{T}-y)")]
        elif part == "backward":
            behind = f"∂ξ/∂{names.state(k + 1, 'In')}"
            wanted = [] if k == T else [(error, f"{behind}·Wrec{names.box(k)}")]
            before = names.state(k - 1, "Out")
            wanted += [("∂ξ/∂Wx", f"{error}·x{k}"), ("∂ξ/∂Wrec", f"{error}·{before}")]
        elif trace["ends"]:
            wanted = []
        elif trace["settings"]["optimizer"] == "sgd":
            wanted = [("Wx", "Wx-η·∂ξ/∂Wx"), ("Wrec", "Wrec-η·∂ξ/∂Wrec")]
        else:
            lines = [(left, symbols.removesuffix(left)) for left, symbols in lines]
            wanted = [("Wx", "Wx+Δ"), ("Wrec", "Wrec+Δ")]
        assert lines == wanted, part


def value(number):
    return number["value"]


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("seed", range(100))
def test_formulas_in_numbers(seed, arithmetic):
    """Each is its value, and the values are those of the network."""
    given = draw(seed, walk="1")
    trace = ask("trace", given, arithmetic)
    network, settings = trace["network"], trace["settings"]
    stamps = {stamp["time_stamp"]: stamp for stamp in network["time_stamps"]}
    wx, wrec = (value(weight["value"]) for weight in network["weights"])
    T, i = trace["n_steps"], int(settings["sequence"]) - 1
    errors = [abs(value(stamp["error"])) for stamp in stamps.values()]
    for stage in stages(trace):
        k, part = stage["time_stamp"], stage["part"]
        stamp = stamps.get(k)
        before = value(stamps[k - 1]["state_out"]) if k > 1 else 0.0
        if part == "forward":
            wanted = [stamp["state_in"], stamp["state_out"]][: len(stage["lines"])]
            scale = abs(before * wrec) + abs(wx) + 1e-300
        elif part == "error":
            wanted, target = [stamp["error"]], value(trace["sequences"][i]["target"])
            scale = 2 / trace["m"] * (abs(value(stamp["state_in"])) + abs(target))
        elif part == "backward":
            wanted = [stamp["error"]] * (k < T) + [stamp["shares"]["wx"], stamp["shares"]["wrec"]]
            scale = max(errors) * max(1, abs(before))
        else:
            wanted = after(given, settings, arithmetic)
            scale = max(1, abs(wx), abs(wrec), *(abs(value(number)) for number in wanted))
        assert [line["value"] for line in stage["lines"]] == wanted
        for line in stage["lines"]:
            found = calculated(said(line["numbers"]), log=logistic, tanh=math.tanh)
            assert abs(found - value(line["value"])) <= ALLOWED * scale, (part, line)


def after(given, settings, arithmetic):
    """Return the weights after one update more, if there is one."""
    step = str(int(settings["step"]) + 1)
    then = ask("trace", given | {"step": step}, arithmetic)
    if then["settings"]["step"] != step:
        return []
    return [weight["value"] for weight in then["network"]["weights"]]


def test_the_update_by_hand():
    """Two rates, negative and positive derivatives, all with their numbers."""
    given = {"walk": "8", "rate": "0.5,0.25", "activation": "identity", "sequences": "11"}
    given |= {"wx": "2", "wrec": "-3", "targets": "0"}  # S1 = 2, S2 = -4, error = -8
    stage = ask("trace", given)["walk"][-1]
    assert stage["title"].startswith("Update by sgd, rate 0.5 and 0.25")
    found = [(said(line["numbers"]), line["value"]["text"]) for line in stage["lines"]]
    # ∂ξ/∂Wx = -8·1 + -8·-3·1 = 16, ∂ξ/∂Wrec = -8·2 + 24·0
    assert found == [("2-0.5·16", "-6"), ("-3-0.25·(-16)", "1")]
    stage = ask("trace", given | {"optimizer": "rprop"})["walk"][-1]
    found = [(said(line["numbers"]), line["value"]["text"]) for line in stage["lines"]]
    assert found == [("2-0.5", "1.5"), ("-3+0.25", "-2.75")]


def test_where_training_ends_there_is_no_update():
    given = {"walk": "1", "activation": "identity", "rate": "1000", "wrec": "900"}
    trace = ask("trace", given)
    assert trace["walk"][-1]["lines"] == []
    assert trace["ends"]


@pytest.mark.parametrize("seed", range(60))
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
