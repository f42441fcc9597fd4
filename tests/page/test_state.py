"""The settings: what is written is read again, and what has no sense is refused with a reason."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bptt.errors import InputError
from bptt.page import state as module
from bptt.page.state import LESSON_SETTINGS, MOST_LETTERS, REACHES, READERS, State, read
from bptt.scalar_optimizers import OPTIMIZERS

weights = st.floats(-1000, 1000)


@st.composite
def states(draw):
    n_steps, m = draw(st.integers(1, 64)), draw(st.integers(1, 64))
    rows = st.text("01", min_size=n_steps, max_size=n_steps)
    return State(
        view=draw(st.sampled_from(["explore", "compare", "practise"])),
        wx=draw(weights),
        wrec=draw(weights),
        activation=draw(st.sampled_from(["identity", "logistic", "tanh"])),
        sequences=tuple(draw(rows) for _ in range(m)),
        targets=tuple(draw(st.lists(st.floats(-1e6, 1e6), min_size=m, max_size=m))),
        sequence=draw(st.integers(1, m)),
        time_stamp=draw(st.integers(1, n_steps)),
        bars=draw(st.sampled_from(["linear", "symlog"])),
        of=draw(st.sampled_from(["sequence", "all"])),
        reach=draw(st.sampled_from(REACHES)),
        optimizer=draw(st.sampled_from(list(OPTIMIZERS))),
        rate=tuple(draw(st.lists(st.floats(0, 1000), min_size=1, max_size=2))),
        step=draw(st.integers(0, 2000)),
        walk=draw(st.integers(0, 2 * n_steps + 2)),
        weight=draw(st.sampled_from(["wx", "wrec"])),
        answer=draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=50)),
        hints=draw(st.integers(0, 3)),
        lesson=draw(st.sampled_from(list(LESSON_SETTINGS))),
        theme=draw(st.sampled_from(["auto", "light", "dark"])),
    )


@given(states())
def test_every_setting_goes_round(state):
    settings = state.settings()
    assert list(settings) == list(READERS) == [f.name for f in dataclasses.fields(State)]
    assert all(type(value) is str for value in settings.values())
    again = read(settings)
    assert again == state
    # 0.0 and -0.0 are equal and not written alike
    assert again.settings() == read(again.settings()).settings()
    assert "-0.0" not in [again.settings()["wx"], again.settings()["wrec"]]


def test_the_defaults_are_the_posts():
    state = read({})
    assert state == State()
    assert (state.wx, state.wrec, state.activation) == (0.2, 1.5, "logistic")
    assert (state.x, state.targets) == (((0, 0, 1), (0, 1, 1), (1, 1, 1)), (1.0, 2.0, 3.0))
    assert (state.n_steps, state.n_stages) == (3, 8)
    assert (state.sequence, state.time_stamp, state.step, state.walk) == (3, 2, 0, 0)


def test_what_is_missing_follows_the_sequences():
    state = read({"sequences": "1,0"})
    assert state.targets == (1.0, 0.0)
    assert (state.sequence, state.time_stamp) == (2, 1)  # as near the defaults as there is
    assert read({"sequences": "0110"}).targets == (2.0,)
    assert read({"sequences": "0110", "targets": "-1.5"}).targets == (-1.5,)


def test_there_is_no_minus_zero():
    settings = read({"wx": "-0", "targets": "-0.0,0,0", "rate": "-0"}).settings()
    assert (settings["wx"], settings["targets"], settings["rate"]) == ("0.0", "0.0,0.0,0.0", "0.0")


T64, M64 = "1" * 64, ",".join("01" for _ in range(64))


@pytest.mark.parametrize(
    "settings",
    [
        {"wx": "1000", "wrec": "-1000"},
        {"sequences": T64, "time_stamp": "64"},
        {"sequences": M64, "sequence": "64"},
        {"targets": "1e6,-1e6,0"},
        {"rate": "0"},
        {"rate": "1000,0"},
        {"step": "30000", "hints": "3"},
        {"sequences": M64, "step": "30000"},
        {"sequences": ",".join([T64] * 64), "step": "2197"},
        {"walk": "8"},
        {"sequences": "1", "walk": "4"},
        {"sequences": T64, "walk": "130"},
        {"answer": "x" * MOST_LETTERS},
    ],
)
def test_the_limits_themselves_are_allowed(settings):
    found = read(settings).settings()
    assert read(found) == read(settings)


NUMBER, OUTSIDE = "page: expected {} to be a number, got ", "page: expected {} to be from "
WHOLE, ONE_OF = "page: expected {} to be a whole number, got ", "page: expected {} to be one of "
BITS = "page: expected sequences of 0 and 1, with commas between them, got "
LENGTH = "page: expected sequences of one length, from 1 to 64 time stamps, got "


def refusals():
    for name in ("wx", "wrec"):
        for bad in ("", "a", "1,2", "0x1", "--1", "1e", "\ud800", "\0", "½"):
            yield {name: bad}, NUMBER.format(name)
        for bad in ("1000.0001", "-1000.0001", "1e999", "-inf", "nan", "9" * 5000):
            yield {name: bad}, OUTSIDE.format(name) + "-1000 to 1000"
    for name in ("sequence", "time_stamp", "step", "walk", "hints"):
        for bad in ("", "-1", "1.0", "1e2", "٣", "²", " 1", "+1", "1_0", "9" * 5000):
            yield {name: bad}, WHOLE.format(name)
        yield {name: "300000"}, OUTSIDE.format(name)
    for name in ("sequence", "time_stamp"):
        yield {name: "0"}, OUTSIDE.format(name) + "1 to 64"
        yield {name: "4"}, OUTSIDE.format(name) + "1 to 3"
    yield {"walk": "9"}, OUTSIDE.format("walk") + "0 to 8, got 9."
    yield {"walk": "5", "sequences": "1,0"}, OUTSIDE.format("walk") + "0 to 4, got 5."
    yield {"walk": "131", "sequences": T64}, OUTSIDE.format("walk") + "0 to 130, got '131'."
    yield {"step": "30001"}, OUTSIDE.format("step") + "0 to 30000"
    many = {"sequences": ",".join([T64] * 64), "step": "2198"}
    yield many, OUTSIDE.format("step") + "0 to 2197, got 2198."
    yield {"hints": "4"}, OUTSIDE.format("hints") + "0 to 3"
    for name in (
        "view",
        "activation",
        "bars",
        "of",
        "reach",
        "optimizer",
        "weight",
        "theme",
        "speed",
    ):
        for bad in ("", "x", " ", "LOGISTIC", "None", "\ud800", "5"):
            yield {name: bad}, ONE_OF.format(name)
    yield {"lesson": "x"}, ONE_OF.format("lesson")
    for bad in ("", ",", "01,", ",01", "01,,11", "012", "01 11", "0.1", "０１", "[[0]]"):
        yield {"sequences": bad}, BITS
    yield {"sequences": "01,1"}, LENGTH + "lengths 1, 2."
    yield {"sequences": "1" * 65}, LENGTH + "lengths 65."
    yield {"sequences": ",".join(["1"] * 65)}, "page: expected at most 64 sequences, got 65."
    yield {"targets": "1,2"}, "page: expected 3 targets for 3 sequences, got 2."
    yield {"targets": "1,2,3,4"}, "page: expected 3 targets for 3 sequences, got 4."
    yield {"sequences": "01", "targets": "1,2"}, "page: expected 1 targets for 1 sequences, got 2."
    yield {"targets": "1,,2"}, NUMBER.format("targets")
    yield {"targets": "1,2,nan"}, OUTSIDE.format("targets") + "-1e+06 to 1e+06"
    yield {"targets": "1,2,1000001"}, OUTSIDE.format("targets")
    yield {"targets": ",".join("1" * 65)}, "page: expected at most 64 numbers for targets, got 65."
    yield {"rate": "1,2,3"}, "page: expected at most 2 numbers for rate, got 3."
    yield {"rate": "-1e-9"}, OUTSIDE.format("rate") + "0 to 1000"
    yield {"rate": ""}, NUMBER.format("rate")
    yield {"answer": "a\ud800"}, "page: expected answer in whole letters, got "
    for bad in (1, 0.5, None, True, ["0.2"], {"a": 1}, math.nan, 10**4000):
        yield {"wx": bad}, "page: expected wx as a text of at most 10000 letters, got "
    yield {"answer": "x" * (MOST_LETTERS + 1)}, "page: expected answer as a text of at most"
    yield {"wx ": "1"}, "page: expected settings view, wx, wrec, "
    yield {"": "1"}, "page: expected settings "
    yield {"\ud800" * 100: "1"}, "page: expected settings "


REFUSALS = list(refusals())


@pytest.mark.parametrize("n", range(len(REFUSALS)))
def test_a_refusal_says_why(n):
    settings, begins = REFUSALS[n]
    with pytest.raises(InputError) as caught:
        read(settings)
    message = str(caught.value)
    assert message.startswith(begins), message
    assert message.endswith(".")
    assert len(message) < 500
    assert message.isprintable()  # whatever was sent: no surrogates, nothing that steers a terminal


def test_every_setting_is_refused_somewhere():
    tried = {name for settings, _ in REFUSALS for name in settings}
    assert tried >= set(READERS)


def test_nothing_else_has_a_default():
    """A field of State without a reader could not be set, a reader without a field not be kept."""
    assert set(READERS) == set(State.__dataclass_fields__)
    assert State(sequences=(T64,)).n_stages == module.MOST_WALK
