"""Logistic, tanh and none side by side, under one cursor."""

import pytest
from playwright.sync_api import expect

COMPARE = {"view": "compare", "sequence": "2", "time_stamp": "1", "wx": "0.7", "wrec": "1.5"}
NAMES = ["logistic", "tanh", "no activation"]
LIT = """() => [...document.querySelectorAll('.one')].map((network) =>
  [...network.querySelectorAll('[data-lit]')].map(
    ({ dataset: { factor, stamp } }) => factor ?? stamp))"""


def cards(seen):
    return seen.page.locator(".one").all()


def test_three_networks_side_by_side(opened):
    seen = opened(COMPARE)
    expected = seen.check()
    assert [card.locator("h2").inner_text() for card in cards(seen)] == NAMES
    boxes = [card.bounding_box() for card in cards(seen)]
    assert len({box["y"] for box in boxes}) == 1
    assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]
    assert boxes[1]["x"] + boxes[1]["width"] < boxes[2]["x"]
    for card, name in zip(cards(seen), ("logistic", "tanh", "identity"), strict=True):
        said = expected.net(name).predict(expected.params, expected.x)[expected.i]
        expect(card.locator(".said")).to_have_text(
            f"says {said:.6g}, target 2: {'right' if round(said) == 2 else 'wrong'}"
        )
        assert card.locator(".factor.slope").count() == (0 if name == "identity" else 4)
        assert (
            card.locator("h3")
            .last.inner_text()
            .startswith(
                "time stamp 1: no box" if name == "identity" else "time stamp 1: 2 boxes of product"
            )
        )


def test_what_is_the_same_stands_at_the_same_height(opened):
    """To see the difference, the eye moves to the side and no further."""
    seen = opened(COMPARE)
    for part in (".head", "thead", "tbody tr", ".bar-group li", "h3"):
        tops = [
            [part.bounding_box()["y"] for part in card.locator(part).all()] for card in cards(seen)
        ]
        assert tops[0]
        for other in tops[1:]:
            assert other == pytest.approx(tops[0], abs=1), part


@pytest.mark.parametrize("how", ["hover", "focus"])
@pytest.mark.parametrize("factor", ["error", "weight-1", "slope-2", "input-1"])
def test_a_factor_lights_up_in_all_three(opened, factor, how):
    seen = opened(COMPARE)
    getattr(seen.page.locator(f".one [data-factor='{factor}'] .inner").first, how)()
    lit = seen.page.evaluate(LIT)
    there = [factor] * 2 + [factor] * (factor.startswith("slope"))
    if factor == "input-1":
        there = [factor]
    assert [sorted(one) for one in lit[:2]] == [sorted(there)] * 2
    assert lit[2] == ([factor] if factor.startswith("slope") else there)  # "none" is lit there


def test_a_time_stamp_lights_up_in_all_three_and_opens_in_all_three(opened):
    seen = opened(COMPARE)
    button = seen.page.locator(".one").nth(1).get_by_title("open time stamp 2").first
    button.hover()
    assert seen.page.evaluate(LIT) == [["2", "2"]] * 3  # the states and the bar
    button.click()
    seen.wait(time_stamp="2")
    seen.check()
    chosen = seen.page.locator(".one tr.chosen th").all_inner_texts()
    assert chosen == ["2", "2", "2"]


def test_the_bars_have_one_scale(opened):
    seen = opened(COMPARE | {"sequences": "0101101001", "sequence": "1"}, reduced_motion="reduce")
    numbers = seen.numbers()
    names = [f"{of}-bar-error-{k}" for of in ("logistic", "tanh", "identity") for k in range(1, 11)]
    largest = max(abs(numbers[name][0]) for name in names)
    bars = seen.page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('.bar-group li')].map((row) => [
          row.querySelector('[data-number]').dataset.number,
          row.querySelector('.bar').getBoundingClientRect().width /
            row.querySelector('.track').getBoundingClientRect().width]))"""
    )
    assert bars.keys() == set(names)
    for name in names:
        assert bars[name] == pytest.approx(0.49 * abs(numbers[name][0]) / largest, abs=0.004)
    seen.button("logarithmic").click()
    seen.wait(bars="symlog")
    seen.button("all").click()
    seen.wait(of="all")
    seen.check()


def test_all_three_move_with_the_weights_and_the_data(opened):
    seen = opened(COMPARE)
    before = seen.numbers()
    assert before["logistic-gradient-wx"] != before["tanh-gradient-wx"]
    seen.page.locator("#slide-wrec").focus()
    seen.page.keyboard.press("ArrowRight")
    seen.wait(wrec="1.51")
    seen.check()
    for name in ("logistic", "tanh", "identity"):
        assert seen.numbers()[f"{name}-prediction"] != before[f"{name}-prediction"]
    seen.button("sequence 2, x1 is 0: flip").click()
    seen.wait(sequences="001,111,111")
    seen.check()
    seen.page.get_by_role("radio").nth(0).click()
    seen.wait(sequence="1")
    seen.check()


def test_from_one_view_to_the_next_and_back(opened):
    seen = opened({"wx": "0.7", "step": "4"})
    numbers = seen.numbers()
    seen.button("Compare").click()
    seen.wait(view="compare")
    seen.check()
    seen.button("Explore").click()
    seen.wait(view="explore")
    seen.page.wait_for_selector("[data-number='minimum-cost']")
    least = {"minimum-cost", "minimum-wx", "minimum-wrec"}
    assert {n: v for n, v in seen.numbers().items() if n not in least} == {
        n: v for n, v in numbers.items() if n not in least
    }
