"""10,000 malformed questions over a real connection: each one is refused, and nothing breaks.

A fifth of them here, the others in `make sweeps`.
"""

import functools
import json
import random

import pytest

from bptt.page import with_floats, with_numpy
from bptt.page.answers import ANSWERS, answer
from page import malformed
from page.serving import serving
from sweeping import sweep

SEEDS, EACH = 10, 1000
ASKED = sorted(ANSWERS)


@pytest.fixture(scope="module", params=[with_numpy, with_floats], ids=["numpy", "floats"])
def arithmetic(request):
    return request.param


@pytest.fixture(scope="module")
def served(arithmetic):
    with serving(functools.partial(answer, arithmetic=arithmetic)) as served:
        yield served


def good(served):
    """Ask what can be answered, on the same connection."""
    for what in ASKED:
        reply = served.ask(what, json.dumps(malformed.GOOD))
        assert reply.status == 200
        assert isinstance(json.loads(reply.body), dict)


@pytest.mark.parametrize("arithmetic", [with_numpy], indirect=True, ids=["numpy"])
@pytest.mark.parametrize("seed", sweep(range(SEEDS), every=5))
def test_malformed_questions(served, caplog, seed):
    good(served)
    statuses = []
    for k, body in enumerate(malformed.bodies(seed, EACH)):
        reply = served.ask(ASKED[k % len(ASKED)], body)
        statuses.append(reply.status)
        assert reply.status == (413 if len(body) > 65_536 else 400), (reply, body[:300])
        assert ": expected " in reply.message, body[:300]
        assert len(reply.message) < 1000, body[:300]
    assert len(statuses) == EACH
    assert {400, 413} == set(statuses)
    assert not caplog.records
    good(served)


def test_a_setting_that_comes_twice(served):
    """Which of the two would count, nobody knows."""
    for body in (
        '{"wx": "1", "wx": "2"}',
        '{"wx": "1", "wx": "1"}',
        '{"wx": "1", "\\u0077x": "2"}',
    ):
        assert "twice" in served.ask("start", body).message


def test_every_way_is_wrong_by_itself():
    """Or else the server would have been right to answer."""
    assert json.loads(json.dumps(malformed.GOOD)) == malformed.GOOD
    for way in (*malformed.WAYS, malformed.large):
        found = {str(way(random.Random(seed))) for seed in range(50)}
        assert len(found) > 5, way


@pytest.mark.parametrize("seed", range(4))
def test_what_may_or_may_not_be_malformed(served, caplog, seed):
    """Bytes changed at random: answered or refused."""
    rng = random.Random(seed)
    statuses = {served.ask(rng.choice(ASKED), malformed.mutant(rng)).status for _ in range(300)}
    assert statuses == {200, 400}
    assert not caplog.records


@pytest.mark.parametrize(
    "what",
    ["", "frob", "Start", "start%0A", "start%2F", "__class__", "%00", "%ff", "%F0%9F%98%80",
     "x" * 9000],
)  # fmt: skip
def test_other_questions(served, what):
    reply = served.ask(what, "{}")
    assert reply.status == (404 if what in ("", "start%2F") else 400)
    assert ": expected " in reply.message
    assert len(reply.message) < 1000


def answered(served, what, settings):
    reply = served.ask(what, json.dumps(settings))
    assert reply.status == 200, (reply, what, settings)
    assert isinstance(json.loads(reply.body, parse_constant=pytest.fail), dict)


@pytest.mark.parametrize("seed", sweep(range(10), every=10))
def test_the_most_that_can_be_asked(served, caplog, seed):
    """Settings at the ends of what is allowed are answered, however large the numbers become."""
    rng = random.Random(seed)
    for k in range(10 * seed, 10 * seed + 10):
        n_steps, n = rng.choice([1, 2, 63, 64]), rng.choice([1, 2, 63, 64])
        sequences = ["".join(rng.choices("01", k=n_steps)) for _ in range(n)]
        settings = {
            "wx": rng.choice(["1000", "-1000", "0", "1e-300", "5e-324"]),
            "wrec": rng.choice(["1000", "-1000", "0", "-0", "1e-300"]),
            "activation": rng.choice(["logistic", "tanh", "identity"]),
            "sequences": ",".join(sequences),
            "targets": ",".join(rng.choices(["1e6", "-1e6", "0", "1e-300"], k=n)),
            "rate": rng.choice(["1000", "0", "1000,1000", "1e-300"]),
            "step": rng.choice(["0", "1", "50"]),
            "walk": rng.choice(["0", "1", str(2 * n_steps + 2)]),
            "sequence": str(n),
            "time_stamp": rng.choice(["1", str(n_steps)]),
            "reach": rng.choice(["1", "16"]),
        }
        what = ASKED[k % len(ASKED)]
        answered(served, what, settings)
    # whose square is the smallest number that there is
    for activation in ("logistic", "tanh", "identity"):
        for what in ASKED:
            least = {"sequences": "0", "targets": "2e-162", "activation": activation}
            answered(served, what, least)
    assert not caplog.records
