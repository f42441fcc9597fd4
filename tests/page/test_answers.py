"""Every question, by the engine and by plain numbers; what is bad is refused, and no more."""

import json
import math
import random
import subprocess
import sys

import pytest

from bptt.errors import InputError
from bptt.page import with_floats, with_numpy
from bptt.page.answers import ANSWERS, answer
from page.asking import ARITHMETICS, ask, draw, no_constant
from sweeping import sweep

QUESTIONS = ("start", "trace", "compare", "path", "surface", "exercise", "judge")
KEYS = {
    "start": {"presets", "activations", "optimizers", "reaches"},
    "trace": {"schema", "settings", "words", "counting", "n_steps", "cost", "overflow", "ends",
              "sequences", "network", "bars", "check", "n_walk", "walk", "python"},
    "compare": {"networks"},
    "path": {"points"},
    "surface": {"size", "first", "levels", "low", "high", "next", "minimum"},
    "exercise": {"refused", "question", "says", "drawing", "hints", "n_hints", "notation"},
    "judge": {"readable", "empty"},
}  # fmt: skip


def test_these_are_the_questions():
    assert tuple(ANSWERS) == QUESTIONS


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("what", QUESTIONS)
def test_each_is_answered(what, arithmetic):
    """With all defaults: what the page shows and no more, by either arithmetic."""
    assert set(ask(what, {}, arithmetic)) == KEYS[what]
    assert answer(what, " {\n} ", ARITHMETICS[arithmetic]) == answer(
        what, "{}", ARITHMETICS[arithmetic]
    )


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("seed", sweep(range(15), every=3))
def test_any_settings(seed, arithmetic):
    given = draw(seed, weight="wrec", answer="Wrec é ∂ 😀", hints="2", view="compare")
    for what in QUESTIONS:
        text = answer(what, json.dumps(given), ARITHMETICS[arithmetic])
        text.encode()  # as it is sent
        json.loads(text, parse_constant=no_constant)
    trace = ask("trace", given, arithmetic)
    assert trace["settings"]["answer"] == given["answer"]
    # with the settings that come back, the answer is the same
    assert ask("trace", trace["settings"], arithmetic) == trace
    assert ask("start", given) == ask("start")  # which only refuses what makes no sense


def test_start_names_what_can_be_chosen():
    start = ask("start")
    assert {a["name"]: a["label"] for a in start["activations"]} == {
        "identity": "none",
        "logistic": "logistic",
        "tanh": "tanh",
    }
    for name in start["optimizers"]:
        ask("path", {"optimizer": name})
    for reach in start["reaches"]:
        ask("surface", {"reach": reach})


EXTREME = {"sequences": "1" + "0" * 63 + "," + "1" * 64, "wx": "-1000", "wrec": "1000"}


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh"])
@pytest.mark.parametrize("target", ["2e-162", "-1e-163", "5e-324", "1e-300", "0"])
def test_the_smallest_numbers(target, activation, arithmetic):
    """Their squares are the smallest numbers there are, or nothing."""
    given = {"sequences": "0", "targets": target, "activation": activation, "walk": "1"}
    for what in QUESTIONS:
        found = ask(what, given, arithmetic)
    rows = json.dumps(found["next"]) if (found := ask("surface", given, arithmetic))["next"] else ""
    ask("surface", given | {"rows": rows}, arithmetic)


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh"])
@pytest.mark.parametrize("what", ["trace", "compare", "path", "surface"])
def test_the_largest_numbers(what, activation, arithmetic):
    given = EXTREME | {"activation": activation, "reach": "16", "walk": "1", "of": "all"}
    ask(what, given | {"targets": "1e6,-1e6", "step": "3", "rate": "1000"}, arithmetic)


BODIES = [
    "", " ", "null", "1", '"a"', "[]", "[{}]", "{", "}", "{}{}", "{'wx': '1'}", '{"wx": 1}', "\0",
    '{"wx": "1",}', '{"wx": "1", "wx": "1"}', '{"a": {"wx": "1", "wx": "2"}}', '{"wx": NaN}',
    '{"wx": Infinity}', '{"wx": -1e999}', '{"wx": ' + "9" * 5000 + "}", "9" * 5000, "\ud800", "NaN",
    '{"wx": "' + "9" * 5000 + '"}', '{"wx": "\\ud800"}', '{"answer": "\\ud800"}', "\ufeff{}",
    '{"\\ud800": "1"}', '{"wx": null}', '{"wx": true}', '{"wx": ["0.2"]}', '{"wx": {"0.2": "0.2"}}',
    '{"rows": 1}', '{"rows": null}', '{"rows": " "}', '{"rows": "[]"}', '{"rows": "\\ud800"}',
    '{"": ""}', '{"wx": ""}', '{"__class__": "State"}', "[" * 100_000, '{"a":' * 100_000,
    '{"answer": "' + "x" * 10_001 + '"}', '{"sequences": "' + "1," * 4999 + '1"}',
    '{"wx": "0.1", "wrec": "0.1", "sequence": "1", "time_stamp": "4"}',
]  # fmt: skip


@pytest.mark.parametrize("n", range(len(BODIES)))
def test_bad_bodies_are_refused(n):
    for what in QUESTIONS:
        with pytest.raises(InputError) as caught:
            answer(what, BODIES[n], with_floats)
        message = str(caught.value)
        assert message.startswith("page: expected ")
        assert message.isprintable()
        assert len(message) < 500


@pytest.mark.parametrize(
    ("body", "came"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[1]", "other JSON"),
        ('{"wx": "1", "wx": "1"}', "one of them twice"),
    ],
)
def test_what_came_is_said(body, came):
    with pytest.raises(InputError, match=f"got {came}\\. "):
        answer("trace", body, with_floats)


def attempt(what, body, arithmetic):
    """Return (the answer, None) or (None, why it is refused); any other exception is a mistake."""
    try:
        found = answer(what, body, arithmetic)
    except InputError as error:
        message = str(error)
        message.encode()
        return None, message
    found.encode()
    return json.loads(found, parse_constant=no_constant), None


def nested(depth):
    yield '{"wx":' + "[" * depth + "]" * depth + "}"
    yield '{"wx":' + '{"a":' * depth + "1" + "}" * depth + "}"
    yield json.dumps({"rows": "[" * depth + "]" * depth})


def test_nested_as_deep_as_one_likes():
    """Also just below the depth at which Python itself gives up, wherever it was called from."""
    for depth in [*range(1, 900, 50), *range(900, 1050)]:
        for body in nested(depth):
            with pytest.raises(InputError):
                answer("surface", body, with_floats)


@pytest.mark.parametrize("what", ["", "Trace", "trace ", "__class__", "\ud800", "x" * 10_000])
def test_other_questions_are_refused(what):
    with pytest.raises(InputError, match="page: expected a question: start, trace") as caught:
        answer(what, "{}", with_numpy)
    assert caught.value.args[0].isprintable()
    assert len(str(caught.value)) < 300


ROWS = {"size": 60, "first": 3, "low": 0.1, "high": 10.0, "cost": 0.5, "wx": 1.0, "wrec": -1.0}
ODD = (
    None, True, "1", [], {}, [1], -1, 0, 1, 59, 60, 61, 15, 15.0, 3.5, -0.0, 1e-320, 5e-324, 1e299,
    -1e299, 1e300, 1e308, math.nan, math.inf, 10**299, 10**299 + 1, 10**400, 1e-300, 4.0001,
)  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_rows_are_those_that_were_given(name):
    """Every other value is answered, without NaN, or refused."""
    answered = 0
    for value in ODD:
        for changed in ({name: value}, {"low": value, name: value}, {"high": value, name: value}):
            body = json.dumps({"rows": json.dumps(ROWS | changed)})
            for arithmetic in ARITHMETICS.values():
                found, refused = attempt("surface", body, arithmetic)
                if found is None:
                    assert refused.startswith("page: expected rows as the surface before gave")
                    continue
                levels = [level for row in found["levels"] for level in row]
                assert levels
                assert all(type(level) is int and 0 <= level <= 255 for level in levels)
                answered += 1
    assert answered < len(ODD) * 6
    for bad in ({n: v for n, v in ROWS.items() if n != name}, ROWS | {"other": 1}):
        with pytest.raises(InputError, match="rows as the surface before"):
            ask("surface", {"rows": json.dumps(bad)})


def test_rows_of_another_map():
    """The lowest place so far was on the map, which may have another size now."""
    for name in ("wx", "wrec"):
        ask("surface", {"rows": json.dumps(ROWS | {name: -4.0})}, "floats")
        with pytest.raises(InputError, match="rows as the surface before"):
            ask("surface", {"rows": json.dumps(ROWS | {name: -4.0001})}, "floats")
        with pytest.raises(InputError, match="rows as the surface before"):
            ask("surface", {"rows": json.dumps(ROWS | {name: -4.0}), "reach": "2"}, "floats")


def test_rows_can_be_asked_for_again():
    ask("surface", {"rows": json.dumps(ROWS)}, "floats")
    ask("surface", {"rows": json.dumps(ROWS | {"size": 15, "first": 0})}, "floats")
    with pytest.raises(InputError, match="settings"):
        ask("trace", {"rows": json.dumps(ROWS)})


def mutated(rng):
    """Return a body that was one of ours, with mistakes: letters lost, doubled, replaced, moved."""
    body = json.dumps(draw(rng.random()) | {"answer": "Wrec x2"}, ensure_ascii=rng.random() < 0.5)
    for _ in range(rng.randint(1, 4)):
        i, j = sorted(rng.choices(range(len(body) + 1), k=2))
        j = min(j, i + rng.choice((1, 1, 3, 30)))
        new = rng.choice(("", body[i:j] * 2, rng.choice('"{}[],:\\09e-. \0é'), "null", "1e999",
                          "\\ud83d", "NaN", "-", "9" * 400, '"rows":"{}",', body[j:i]))  # fmt: skip
        body = body[:i] + new + body[j:]
    return body


@pytest.mark.parametrize("part", range(10))
def test_3000_bodies_with_mistakes(part):
    """They are refused, or after all can be read; nothing else happens."""
    rng = random.Random(part)
    refused = 0
    for _ in range(300):
        body, what = mutated(rng), rng.choice(("start", "surface", "exercise", "judge"))
        found, message = attempt(what, body, with_numpy)
        assert (found is None) == (message is not None)
        refused += found is None
        assert len(message or "") < 700
    assert refused > 200


WITHOUT_NUMPY = """
import json, sys
sys.modules["numpy"] = None
from bptt.page import with_floats
from bptt.page.answers import ANSWERS, answer
for what in ANSWERS:
    for name in ("identity", "logistic", "tanh"):
        settings = {"activation": name, "step": "3", "walk": "1", "answer": "Wrec x2", "hints": "3"}
        found = json.loads(answer(what, json.dumps(settings), with_floats))
        while found.get("next") and what == "surface":
            rows = json.dumps(found["next"])
            found = json.loads(answer(what, json.dumps(settings | {"rows": rows}), with_floats))
        print(what, name, len(found))
assert not [name for name in sys.modules if name.startswith("numpy.")]
"""


def test_all_is_answered_without_numpy():
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_NUMPY],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert (ran.stderr, ran.returncode) == ("", 0)
    assert len(ran.stdout.splitlines()) == 3 * len(QUESTIONS)
