"""Questions to the page's Python, random settings for them, and formulas in MathML read again."""

import json
import random
from xml.etree import ElementTree

from bptt.page import with_floats, with_numpy
from bptt.page.answers import answer

ARITHMETICS = {"numpy": with_numpy, "floats": with_floats}
ACTIVATIONS = ("identity", "logistic", "tanh")


def no_constant(name):
    raise AssertionError(f"{name} is no JSON")


def ask(what, settings=(), arithmetic="numpy"):
    text = answer(what, json.dumps(dict(settings)), ARITHMETICS[arithmetic])
    return json.loads(text, parse_constant=no_constant)


def draw(seed, **given):
    """Return random settings: up to twelve time stamps and twenty sequences."""
    rng = random.Random(f"page {seed}")
    n_steps, m = rng.randint(1, 12), rng.randint(1, 20)
    rows = ["".join(rng.choice("01") for _ in range(n_steps)) for _ in range(m)]
    drawn = {
        "wx": repr(rng.uniform(-2, 2)),
        "wrec": repr(rng.uniform(-2, 2)),
        "activation": rng.choice(ACTIVATIONS),
        "sequences": ",".join(rows),
        "sequence": str(rng.randint(1, m)),
        "time_stamp": str(rng.randint(1, n_steps)),
        "bars": rng.choice(("linear", "symlog")),
        "of": rng.choice(("sequence", "all")),
        "optimizer": rng.choice(("sgd", "momentum", "nesterov", "rprop", "rmsprop", "adam")),
        "rate": ",".join(repr(10 ** rng.uniform(-5, -3)) for _ in range(rng.randint(1, 2))),
        "step": rng.choice(("0", "0", "1", "5")),
        "walk": rng.choice(("0", "1")),
    }
    if rng.random() < 0.5:
        drawn["targets"] = ",".join(repr(round(rng.uniform(-3, 9), 2)) for _ in range(m))
    return drawn | given


def numbers(found, at=()):
    """Yield (where, number) for every number of an answer that is shown."""
    if isinstance(found, dict) and found.keys() == {"value", "text"}:
        yield at, found
    elif isinstance(found, dict):
        for name, inner in found.items():
            yield from numbers(inner, (*at, name))
    elif isinstance(found, list):
        for i, inner in enumerate(found):
            yield from numbers(inner, (*at, i))


def said(mathml):
    """Return MathML as plain text: ∂ξ/∂S2(In), 2/3·(1.5-1)·[0.25]."""
    return _said(ElementTree.fromstring(f"<math>{mathml}</math>"))


def _said(element):
    inner = [_said(child) for child in element]
    match element.tag:
        case "mn" | "mo" | "mi" | "mtext":
            assert not inner
            return {"−": "-", "×": "*"}.get(element.text, element.text)
        case "msub":
            return "".join(inner)
        case "msubsup":
            letter, below, above = inner
            return f"{letter}{below}({above})"
        case "msup":
            base, exponent = inner
            return f"{base}^{exponent}"
        case "mfrac":
            above, below = inner
            return f"{above}/{below}"
    assert element.tag in ("math", "mrow")
    return f"[{''.join(inner)}]" if element.get("class") == "slope" else "".join(inner)


def calculated(text, **functions):
    """Return the value of a formula with numbers, as Python reads it."""
    for ours, pythons in (("·", "*"), ("[", "("), ("]", ")"), ("^", "**")):
        text = text.replace(ours, pythons)
    return eval(text, {"__builtins__": {}}, functions)
