"""Every number on the page is the library's, digit for digit: at 200 random states."""

import random
import re

import numpy as np
import pytest

from bptt import scalar
from page.oracle import Expected, differences, text
from page.searching import lowest_cost
from sweeping import sweep

PARTS = 10  # so that the processes of a test run share them
STATES = 200
ONE_OF = {
    "activation": ["logistic", "tanh", "identity"],
    "bars": ["linear", "symlog"],
    "of": ["sequence", "all"],
    "reach": ["1", "2", "4", "8", "16"],
    "optimizer": ["sgd", "momentum", "nesterov", "rprop", "rmsprop", "adam"],
    "view": ["explore", "explore", "explore", "compare"],
}
DECIMAL = re.compile(r"\d+\.\d+(?:e[+-]?\d+)?|\d+e[+-]?\d+|∞|\b(?:inf|nan)\b")
SIGNED = re.compile(f"-?(?:{DECIMAL.pattern})")
# the page's words and what its elements are called, but for numbers and for what a person typed
WORDS = """() => {
  const found = [];
  const words = document.createTreeWalker(document.getElementById('page'), NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const { parentElement: element, data } = words.currentNode;
    if (!element.closest('[data-number], textarea, .equations, #walk-title')) found.push(data);
  }
  for (const element of document.querySelectorAll('[aria-label], [aria-valuetext], [title]')) {
    for (const name of ['aria-label', 'aria-valuetext', 'title']) {
      found.push(`${name}: ${element.getAttribute(name) ?? ''}`);
    }
  }
  return found;
}"""
EQUATIONS = """() => [...document.querySelectorAll('.equations tr')].map((row) =>
  [row.cells[4].textContent, row.querySelector('[data-number]').textContent])"""


def drawn(number):
    """Return settings that someone may come to."""
    rng = random.Random(number)
    n_steps, n = rng.randint(1, 12), rng.randint(1, 20)
    rows = ["".join(rng.choice("01") for _ in range(n_steps)) for _ in range(n)]
    targets = [row.count("1") if rng.random() < 0.7 else rng.uniform(-9, 9) for row in rows]
    size = rng.choice([2.0, 2.0, 4.0, 20.0, 1000.0])
    weights = [rng.choice([0.0, 1.0, -1.5, *[rng.uniform(-size, size)] * 5]) for _ in range(2)]
    rates = [10 ** rng.uniform(-4, 0) for _ in range(rng.choice([1, 1, 2]))]
    return {name: rng.choice(options) for name, options in ONE_OF.items()} | {
        "wx": repr(weights[0]),
        "wrec": repr(weights[1]),
        "sequences": ",".join(rows),
        "targets": ",".join(repr(float(target)) for target in targets),
        "sequence": str(rng.randint(1, n)),
        "time_stamp": str(rng.randint(1, n_steps)),
        "rate": ",".join(map(repr, rates)),
        "step": str(rng.choice([0, 0, rng.randint(1, 40)])),
        "walk": str(rng.choice([0, rng.randint(1, 2 * n_steps + 2)])),
    }


def check_words(words, expected, numbers, shown):
    """What stands elsewhere than among the numbers, and what is read out."""
    said = {text for _, text in shown.values()} | {"0.02", "0.0006"}  # how a rate is written
    said |= {form(numbers[name]) for name in ("wx", "wrec") for form in (text, repr)}
    for words_here in words:
        name, _, inner = words_here.partition(": ")
        if name in ("aria-label", "aria-valuetext", "title"):
            ours = inner.split("complex step")[0]  # the badge has both; theirs rounds otherwise
            assert set(SIGNED.findall(ours)) <= said, words_here
        elif badge := re.fullmatch(r"gradient right to (\d\.\de-\d\d)", words_here):
            assert float(badge[1]) < 1e-14
        elif cost := re.search(r"here with m = (\d+), and y = (\S+) for this", words_here):
            assert cost.groups() == (str(len(expected.y)), text(expected.y[expected.i]))
        else:
            assert not DECIMAL.search(words_here), words_here


@pytest.mark.parametrize("part", sweep(range(PARTS), every=5))
def test_every_number_is_the_librarys(opened, part):
    seen = opened()
    everything = seen.settings
    for number in range(part, STATES, PARTS):
        settings = everything | drawn(number)
        with np.errstate(all="ignore"):
            expected = Expected(settings)
            numbers = {name: float(value) for name, value in expected.numbers().items()}
        ready = settings | {"step": str(expected.step)}  # training ends where it explodes
        seen.go(settings, ready)
        found = seen.numbers()
        least = {name: found.pop(name) for name in [*found] if name.startswith("minimum-")}
        assert all(shown == text(value) for value, shown in least.values())
        assert list(differences(found, numbers)) == [], settings
        if settings["view"] == "explore":
            lines = [(formula, text(value)) for formula, value in expected.walk()]
            assert [tuple(line) for line in seen.page.evaluate(EQUATIONS)] == lines, settings
        check_words(seen.page.evaluate(WORDS), expected, numbers, found)


def test_states_are_of_all_kinds():
    """Or the test above, with its sweeps, would prove less than it says."""
    every = [Expected({**drawn(number)}) for number in range(STATES)]
    assert {len(e.x) for e in every} == {*range(1, 21)}
    assert {e.T for e in every} == {*range(1, 13)}
    assert len({e.step for e in every}) > 20
    for name, options in ONE_OF.items():
        assert {e.settings[name] for e in every} == {*options}
    assert sum(e.step < int(e.settings["step"]) for e in every) > 2  # training that explodes
    parts = {"forward": 0, "error": 0, "backward": 0, "update": 0}
    for e in every:
        walk = int(e.settings["walk"])
        if walk and e.settings["view"] == "explore":
            at = [walk <= e.T, walk == e.T + 1, walk < 2 * e.T + 2, True].index(True)
            parts[[*parts][at]] += bool(e.walk())
    assert min(parts.values()) > 2


@pytest.mark.parametrize(
    "settings",
    [
        {
            "wx": "1000",
            "wrec": "1000",
            "activation": "identity",
            "sequences": ",".join(["1" * 64] * 2),
        },
        {"wx": "-1000", "wrec": "1000", "activation": "tanh", "sequences": "1" * 64},
    ],
)
def test_what_overflows_is_shown_as_it_is(opened, settings):
    seen = opened(settings)
    expected = Expected(seen.settings)
    with np.errstate(all="ignore"):
        numbers = expected.numbers()
    least = {"minimum-cost", "minimum-wx", "minimum-wrec"}
    found = {name: value for name, value in seen.numbers().items() if name not in least}
    assert list(differences(found, numbers)) == []


@pytest.mark.parametrize("number", sweep([None, *range(300, 306)], every=3))
def test_the_lowest_cost_is_that_of_the_weights_beside_it(opened, number):
    drawn_settings = {} if number is None else drawn(number)
    seen = opened(drawn_settings | {"view": "explore", "step": "0"})
    settings = seen.settings
    seen.page.wait_for_selector("[data-number='minimum-cost']")
    cost, wx, wrec = (seen.value(f"minimum-{name}") for name in ("cost", "wx", "wrec"))
    expected = Expected(settings)
    found, _ = scalar.loss_and_gradient(expected.x, expected.y, wx, wrec, settings["activation"])
    assert cost == pytest.approx(found, rel=1e-12)
    assert seen.number("minimum-cost") == text(found)
    reach = float(settings["reach"])
    assert max(abs(wx), abs(wrec)) <= reach
    least = lowest_cost(expected.x, expected.y, settings["activation"], reach)
    assert cost == pytest.approx(least, rel=1e-6, abs=1e-20)
    if number is None:  # what `bptt limit` proves of the post
        assert seen.number("minimum-cost") == "0.492001"
