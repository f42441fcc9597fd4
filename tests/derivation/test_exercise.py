"""What is asked: checks, hints, points, and the drawing of the network."""

import pytest

from bptt import scalar
from bptt.derivation.drawing import draw
from bptt.derivation.exercise import Exercise
from bptt.derivation.points import draw as draw_points
from bptt.derivation.tree import Symbol
from bptt.errors import InputError, UnknownNameError


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"time_stamp": 0}, "time_stamp to be a whole number from 1 to 3, got 0"),
        ({"time_stamp": 4}, "time_stamp to be a whole number from 1 to 3, got 4"),
        ({"time_stamp": True}, "got True"),
        ({"time_stamp": 1.0}, "got 1.0"),
        ({"time_stamp": "1"}, "got '1'"),
        ({"n_steps": 51}, "n_steps to be a whole number from 1 to 50, got 51"),
        ({"n_steps": 0}, "n_steps"),
        ({"weight": "w"}, "weight 'wx' or 'wrec', got 'w'"),
        ({"weight": None}, "got None"),
        ({"activation": "relu"}, "activation identity, logistic, tanh, got 'relu'"),
        ({"activation": []}, "got []"),
    ],
)
def test_what_there_is_not(arguments, words):
    with pytest.raises(InputError) as stop:
        Exercise(**{"time_stamp": 1} | arguments)
    assert words in str(stop.value)
    assert isinstance(stop.value, UnknownNameError) == bool({"weight", "activation"} & {*arguments})


@pytest.mark.parametrize("name", ["wx", "Wx", "WX", "w_x", "weight_ih"])
def test_names_of_wx(name):
    assert Exercise(2, name).question == "∂ξ/∂Wx at time stamp 2"


@pytest.mark.parametrize("name", ["wrec", "Wrec", "W_rec", "weight_hh"])
def test_names_of_wrec(name):
    assert Exercise(2, name).question == "∂ξ/∂Wrec at time stamp 2"


def test_hints_come_in_three_steps():
    partials, words, formula = Exercise(2, "wrec", 3, "logistic").hints
    assert "is 1 link" in words
    assert "d_log" in words
    assert partials == "∂ξ/∂S3 · ∂S3/∂S2(Out) · [∂S2(Out)/∂S2(In)] · ∂S2(In)/∂Wrec"
    assert formula == "2/m·(S3 - y) · Wrec·[d_log(S2(In))] · S1(Out)"
    _, words, formula = Exercise(1, "wx", 4, "identity").hints
    assert "are 3 links, each Wrec. Then" in words
    assert formula == "2/m·(S4 - y) · Wrec · Wrec · Wrec · x1"
    assert "no way back" in Exercise(3).hints[1]


def test_the_last_hint_is_never_folded():
    formula = Exercise(1, "wx", 50, "tanh").hints[2]
    assert "…" not in formula
    assert formula.count("d_tanh") == 49


@pytest.mark.parametrize("activation", scalar.ACTIVATIONS)
@pytest.mark.parametrize("n_steps", [1, 2, 3, 5, 50])
def test_points_follow_from_the_recurrence(n_steps, activation):
    f = scalar.ACTIVATIONS[activation][0]
    for zero_state in (False, True):
        places = draw_points(n_steps, activation, zero_state=zero_state)
        assert len({place.values[Symbol("Wx")] for place in places}) == len(places) > 2
        for place in places:
            at = place.values
            state = 0.0 if zero_state else at[Symbol("S", 0)]
            assert at[Symbol("S", 0)] != 0
            for k in range(1, n_steps + 1):
                before = state * at[Symbol("Wrec")] + at[Symbol("x", k)] * at[Symbol("Wx")]
                state = before if k == n_steps else f(before)
                assert at[Symbol("S_in", k)] == before
                assert at[Symbol("S_out", k)] == at[Symbol("S", k)] == state
            assert abs(state - at[Symbol("y")]) > 0.3 * abs(state)


LOGISTIC = """\
          x1            x2            x3
          │ Wx          │ Wx          │ Wx
     Wrec ▼        Wrec ▼        Wrec ▼
S0 ───▶ S1(In)   ┌──▶ S2(In)   ┌────▶ S3 ──▶ ξ = 1/m Σ (S3 - y)²
          │      │      │      │
        [log]    │    [log]    │
          ▼      │      ▼      │
       S1(Out)───┘   S2(Out)───┘"""
IDENTITY = """\
          x1            x2
          | Wx          | Wx
     Wrec v        Wrec v
S0 -----> S1 ---------> S2 --> cost = mean (S2-y)^2"""


def test_drawings():
    assert draw(3, "logistic") == LOGISTIC
    assert draw(2, "identity", ascii_only=True) == IDENTITY


@pytest.mark.parametrize("activation", scalar.ACTIVATIONS)
@pytest.mark.parametrize("n_steps", [1, 2, 3, 4, 5, 12, 50])
def test_a_drawing_fits_and_says_all(n_steps, activation):
    for plain in (False, True):
        text = draw(n_steps, activation, ascii_only=plain)
        assert max(map(len, text.splitlines())) <= 80
        assert text.isascii() == plain
        shown = range(1, n_steps + 1) if n_steps <= 4 else (1, n_steps - 1, n_steps)
        box = {"logistic": "[log]", "tanh": "[tanh]"}.get(activation, "[")
        assert text.count(box) == (len(shown) - 1 if activation != "identity" else 0)
        for k in shown:
            assert f"x{k}" in text.splitlines()[0]
            assert f"S{k}" in text
        assert ("..." in text or "…" in text or " . " in text) == (n_steps > 4)
        assert f"S{n_steps}(" not in text
