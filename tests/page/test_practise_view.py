"""The exercise on the page: the drawing, the judge and the hints of `bptt practise`."""

import pytest
from playwright.sync_api import expect

import bptt
from bptt.derivation.drawing import draw
from bptt.derivation.exercise import Exercise
from bptt.errors import InputError

PRACTISE = {"view": "practise", "time_stamp": "2", "weight": "wx"}


def check(seen, answer):
    """Type an answer and return what is said of it."""
    seen.page.locator("#answer").fill(answer)
    seen.page.locator("#answer").press("Enter")
    seen.wait(answer=answer)
    return seen.page.locator("#verdict .says")


def judged(seen, answer):
    s = seen.settings
    n_steps = len(s["sequences"].split(",")[0])
    options = {"time_stamp": int(s["time_stamp"]), "weight": s["weight"], "n_steps": n_steps}
    return bptt.judge(answer, activation=s["activation"], **options)


def test_the_question_and_the_drawing(opened):
    seen = opened(PRACTISE | {"sequences": "0110", "activation": "tanh", "weight": "wrec"})
    assert seen.page.locator(".drawing").text_content() == draw(4, "tanh")
    label = seen.page.locator("label[for=answer]")
    assert "".join(label.text_content().split()) == "∂ξ∂Wrecattimestamp2="
    expect(seen.page.locator("#verdict")).to_be_empty()


@pytest.mark.parametrize(
    ("answer", "settings"),
    [
        ("2/m (S3 - y) Wrec d_log(S2(In)) x2", {}),
        ("2/m*(S3-y)*Wrec*s2*(1-s2)*s1", {"weight": "wrec"}),
        ("2/m (S3 - y) Wrec d_tanh(S2(In)) Wrec d_tanh(S1(In)) x1",
         {"time_stamp": "1", "activation": "tanh"}),
        ("2/m (S4 - y) Wrec x3",
         {"time_stamp": "3", "activation": "identity", "sequences": "0110"}),
    ],
)  # fmt: skip
def test_a_right_answer(opened, answer, settings):
    seen = opened(PRACTISE | settings)
    says = check(seen, answer)
    assert judged(seen, answer).right
    expect(says).to_contain_text("✓ right")
    expect(says).to_have_class("says right")


@pytest.mark.parametrize(
    "answer",
    [
        "2/m (S3 - y) Wrec x2",  # the box forgotten
        "2/m (S3 - y) Wrec d_log(S2(In)) x1",  # another time stamp
        "2/m (y - S3) Wrec d_log(S2(In)) x2",  # the sign
        "(S3 - y) Wrec d_log(S2(In)) x2",
        "2/m (S3 - y) Wrec d_log(S2(In)) x2 + 1",
        "17",
    ],
)
def test_a_wrong_answer_is_told_what_the_judge_says(opened, answer):
    seen = opened(PRACTISE)
    says = check(seen, answer)
    verdict = judged(seen, answer)
    assert not verdict.right
    told = [f"✗ wrong: {mistake.message}." for mistake in verdict.mistakes]
    told += [f"✗ wrong: {verdict.difference}"] if verdict.difference else []
    assert told
    assert says.all_inner_texts() == told


@pytest.mark.parametrize("answer", ["2/m (S3 - y", "import os", "∂ξ/∂S3 · <b>x</b>", "S9"])
def test_what_cannot_be_read_is_said(opened, answer):
    seen = opened(PRACTISE)
    with pytest.raises(InputError) as refused:
        judged(seen, answer)
    says = check(seen, answer)
    told = str(refused.value).removeprefix("answer: ")
    assert says.all_text_contents() == [f"Not readable: {told}"]


def test_hints_one_by_one(opened):
    seen = opened(PRACTISE)
    exercise = Exercise(2, "wx", 3, "logistic")
    for n in (1, 2, 3):
        seen.button(f"hint ({n - 1} of 3)").click()
        seen.wait(hints=str(n))
        found = seen.page.locator(".hints li").all_text_contents()
        assert found == list(exercise.hints[:n])
    assert seen.button("hint (3 of 3)").is_disabled()
    says = check(seen, exercise.hints[2])  # the last one is the answer
    expect(says).to_contain_text("✓ right")


def test_from_the_last_time_stamp_to_the_first(opened):
    """As `bptt practise` asks: Wx, Wrec, and then the time stamp before."""
    seen = opened(PRACTISE | {"time_stamp": "3"})
    for k in (3, 2, 1):
        for weight, name in (("wx", "Wx"), ("wrec", "Wrec")):
            seen.wait(time_stamp=str(k), weight=weight, answer="", hints="0")
            expect(seen.page.locator("#answer")).to_have_value("")
            says = check(seen, Exercise(k, weight, 3, "logistic").hints[2])
            expect(says).to_contain_text("✓ right")
            following = seen.page.locator("#verdict button")
            if (k, name) == (1, "Wrec"):
                expect(following).to_have_count(0)
                expect(seen.page.locator("#verdict")).to_contain_text("That was the goal")
            else:
                following.click()


def test_another_exercise(opened):
    seen = opened(PRACTISE)
    check(seen, "S3")
    seen.page.get_by_role("group", name="weight").get_by_role("button", name="Wrec").click()
    seen.wait(weight="wrec", answer="", time_stamp="2")
    expect(seen.page.locator("#answer")).to_have_value("")
    expect(seen.page.locator("#verdict")).to_be_empty()
    seen.page.get_by_role("group", name="time stamp").get_by_role("button", name="3").click()
    seen.wait(time_stamp="3")
    seen.button("more time stamps T").click()
    seen.wait(time_stamp="3", sequences="0010,0110,1110")
    assert seen.page.locator(".drawing").text_content() == draw(4, "logistic")
    seen.button("none").click()
    seen.wait(activation="identity")
    assert seen.page.locator(".drawing").text_content() == draw(4, "identity")


def test_a_link_to_an_answer(opened):
    answer = "2/m (S3 - y) & Wrec # d_log(S2(In)) + x2 % 100"
    seen = opened(PRACTISE | {"answer": answer, "hints": "1"})
    expect(seen.page.locator("#answer")).to_have_value(answer)
    expect(seen.page.locator("#verdict .says")).to_have_class("says wrong")
    assert seen.page.locator(".hints li").count() == 1
    there = seen.settings | {"answer": "S3", "hints": "0"}
    check(seen, "x1")
    seen.go(there, there)  # another link, while something is typed
    expect(seen.page.locator("#answer")).to_have_value("S3")


def test_how_it_is_written(opened):
    seen = opened(PRACTISE)
    seen.page.get_by_text("how to write it").click()
    examples = seen.page.locator(".notation code")
    expect(examples.first).to_be_visible()
    assert examples.count() == 4
