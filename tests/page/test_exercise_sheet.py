"""The exercise on the page is that of `bptt practise`: question, drawing, hints and judge."""

import math

import pytest

import bptt
from bptt.derivation.drawing import draw as drawn
from bptt.derivation.exercise import Exercise
from bptt.errors import InputError
from page.asking import ACTIVATIONS, ask, said

WEIGHTS = {"wx": "Wx", "wrec": "Wrec"}


def settings(T, k, weight, activation, **given):
    exercise = {"sequences": "1" * T, "time_stamp": str(k), "weight": weight}
    return exercise | {"activation": activation} | given


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("T", [1, 2, 3, 5, 12])
def test_question_drawing_and_hints(T, activation, weight):
    for k in range(1, T + 1):
        given = settings(T, k, weight, activation)
        sheet = ask("exercise", given)
        exercise = Exercise(k, weight, T, activation)
        assert sheet["refused"] == ""
        assert said(sheet["question"]) == f"∂ξ/∂{WEIGHTS[weight]}"
        assert sheet["says"] == f"∂ξ/∂{WEIGHTS[weight]} at time stamp {k}"
        assert sheet["drawing"] == drawn(T, activation)
        assert (sheet["hints"], sheet["n_hints"]) == ([], 3)
        for hints in range(4):
            found = ask("exercise", given | {"hints": str(hints)})["hints"]
            assert tuple(found) == exercise.hints[:hints]
        # the last hint is the answer
        verdict = ask("judge", given | {"answer": exercise.hints[2]})
        assert (verdict["readable"], verdict["right"], verdict["mistakes"]) == (True, True, [])
        other = "wrec" if weight == "wx" else "wx"
        wrong = Exercise(k, other, T, activation).hints[2]
        assert ask("judge", given | {"answer": wrong})["right"] is False


def test_the_notation_is_read():
    """What the sheet says can be written, the judge can read."""
    sheet = ask("exercise")
    written = [words for words, _ in sheet["notation"]]
    assert written[0] == "Wx Wrec x2 y m"
    for words in written:
        assert ask("judge", {"answer": words})["readable"], words


ANSWERS = (
    "2/m (S3 - y) Wrec x2",
    "x2",
    "2/m*(S3-y)*Wrec*s2*(1-s2)*x2",
    "2/3 (S3-y)",
    "1/0",
    "0",
    "(10^20)^5 (10^20)^5 (10^20)^5 (10^20)^5",
    "1/(S3-S3)",
    "S3-S3",
    "cosh(1000) x2",
)


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_it_is_the_judge_of_the_library(activation, answer):
    found = ask("judge", {"answer": answer, "activation": activation})
    verdict = bptt.judge(answer, time_stamp=2, activation=activation)
    assert (found["readable"], found["empty"]) == (True, False)
    for name in ("right", "remark", "difference"):
        assert found[name] == getattr(verdict, name)
    # the chain in ∂'s is the first hint: it is not given away unasked
    first = Exercise(2, "wx", 3, activation).hints[0]
    own = verdict.hint if not verdict.mistakes and verdict.hint != first else ""
    assert found["hint"] == own
    assert [m["message"] for m in found["mistakes"]] == [m.message for m in verdict.mistakes]
    assert [m["time_stamp"] for m in found["mistakes"]] == [m.time_stamp for m in verdict.mistakes]
    assert found["differs_at"] == verdict.differs_at
    assert all(v is None or math.isfinite(v) for v in (found["differs_at"] or {}).values())


def test_a_right_answer_leads_to_the_next_question():
    """Every derivative is asked for once, the last time stamp first, Wrec after Wx."""
    at, asked = {"time_stamp": "3", "weight": "wx"}, []
    while at is not None:
        asked.append((at["time_stamp"], at["weight"]))
        right = ask("exercise", at | {"hints": "3"})["hints"][2]
        assert ask("judge", at | {"answer": "y"})["next"] is None
        at = ask("judge", at | {"answer": right})["next"]
    assert asked == [(k, weight) for k in "321" for weight in ("wx", "wrec")]


@pytest.mark.parametrize("answer", ["", " ", "\n\t"])
def test_nothing_is_no_mistake(answer):
    assert ask("judge", {"answer": answer}) == {"readable": True, "empty": True}


@pytest.mark.parametrize(
    "answer", ["foo", "2 +", "S9", "x1*" * 3000, "(" * 5000, "-" * 9999, "é\0"]
)
def test_what_cannot_be_read_is_said(answer):
    found = ask("judge", {"answer": answer})
    assert set(found) == {"readable", "message"}
    assert found["readable"] is False
    with pytest.raises(InputError) as caught:
        bptt.judge(answer, time_stamp=2)
    assert f"answer: {found['message']}" == str(caught.value)
    assert len(found["message"]) < 500


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
def test_more_time_stamps_than_an_exercise_has(arithmetic):
    """The page says so in its place, and the rest of it goes on."""
    asked = {"sequences": "1" * 50, "time_stamp": "50", "answer": "2/m (S50 - y) x50"}
    sheet = ask("exercise", asked, arithmetic)
    assert (sheet["refused"], sheet["says"]) == ("", "∂ξ/∂Wx at time stamp 50")
    assert ask("judge", asked, arithmetic)["right"] is True
    for n_steps in (51, 64):
        asked |= {"sequences": "1" * n_steps, "time_stamp": str(n_steps), "hints": "3"}
        sheet = ask("exercise", asked, arithmetic)
        assert sheet == {"refused": "An exercise has at most 50 time stamps."}
        assert ask("judge", asked, arithmetic) == {"readable": True, "empty": True}
    with pytest.raises(InputError, match="n_steps to be a whole number from 1 to 50"):
        bptt.judge("x1", time_stamp=1, n_steps=51)  # so that there is nothing to be asked
