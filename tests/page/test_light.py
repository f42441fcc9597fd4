"""One cursor: a factor lights up wherever it stands; a time stamp opens its product."""

import pytest

from page.oracle import text
from page.test_explore import slider

FACTORS = ["error", "weight-2", "slope-2", "weight-1", "slope-1", "input-1", "state-1"]


@pytest.mark.parametrize("how", ["hover", "focus"])
def test_a_factor_lights_up_wherever_it_stands(opened, how):
    seen = opened({"time_stamp": "1"})
    chain = seen.page.locator("#chain .factor")
    names = [factor.get_attribute("data-factor") for factor in chain.all()]
    assert names == [*FACTORS[:6], *FACTORS[:5], "state-1"]
    for name in FACTORS:
        getattr(seen.page.locator(f"#chain [data-factor='{name}'] .inner").first, how)()
        lit = seen.lit()
        assert lit.keys() == {"chain", "unrolled", "numbers"}, name
        assert lit["chain"] == names.count(name)
        assert lit["numbers"] == 1
        for card in ("unrolled", "numbers"):
            here = seen.page.locator(f"#{card} [data-lit]").all_text_contents()
            says = seen.number(f"factor-{name}")
            if card == "unrolled" and name.startswith("weight"):
                says = "Wrec"
            assert any(shown.endswith(says) for shown in here), (name, card, here)
    seen.page.locator("h1").hover() if how == "hover" else seen.page.get_by_label("rate").focus()
    assert seen.lit() == {}


@pytest.mark.parametrize("card", ["unrolled", "numbers"])
def test_the_same_from_the_network_and_from_the_table(opened, card):
    seen = opened({"time_stamp": "1"})
    for name in FACTORS:
        seen.page.locator(f"#{card} :not(path)[data-factor='{name}']").hover()
        assert seen.lit().keys() == {"chain", "unrolled", "numbers"}, name


def test_light_stays_while_numbers_move(opened):
    seen = opened()
    slider(seen, "wx").focus()
    seen.page.locator("#chain [data-factor='slope-2'] .inner").first.hover()
    before = seen.lit()
    seen.page.keyboard.press("ArrowRight")
    seen.wait(wx="0.21")
    assert seen.lit() == before


@pytest.mark.parametrize("card", ["unrolled", "gradients", "numbers"])
def test_click_a_time_stamp_and_its_product_opens(opened, card):
    seen = opened({"sequences": "10110,01011", "time_stamp": "5"})
    for k in (1, 4):
        seen.page.locator(f"#{card}").get_by_title(f"open time stamp {k}").first.click()
        seen.wait(time_stamp=str(k))
        expected = seen.check()
        title = seen.page.locator("#chain-title").inner_text()
        assert f"time stamp {k}" in title
        for term, name in zip(seen.page.locator("#chain .term").all(), ("wx", "wrec"), strict=True):
            factors = term.locator(".factor .inner").all()
            assert len(factors) == 2 + 2 * (5 - k)
            for factor in factors:  # in ∂'s, in symbols, in numbers
                assert factor.locator("math").count() == 2
                assert "∂" in factor.locator("math").first.text_content()
                assert factor.locator("[data-number]").count() == 1
            boxes = term.locator(".factor.slope")
            assert boxes.count() == 5 - k
            product = 1.0
            for number in term.locator(".factors [data-number]").all():
                product *= float(number.get_attribute("data-value"))
            assert product == pytest.approx(seen.value(f"term-{name}"), rel=1e-12)
            share = expected.network.d.terms[f"weight_{'ih' if name == 'wx' else 'hh'}", k]
            assert seen.number(f"sum-{name}") == text(share.value)
