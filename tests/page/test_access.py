"""For everyone: by keyboard alone, and read out."""

from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

MANY = {"sequences": "101101101101,000000000001", "wx": "-0.123456", "wrec": "-1.98765432"}
STATES = {
    "explore": {},
    "compare": {"view": "compare", "time_stamp": "1"},
    "practise": {"view": "practise", "answer": "S3", "hints": "2"},
    "walk": {"walk": "6", "step": "2", "lesson": "limit", "time_stamp": "1"},
    "overflow": {"wx": "1000", "wrec": "1000", "activation": "identity", "sequences": "1" * 52},
    "many": MANY,
}
# what can be focused, in the order in which it stands there; of a group of radios, the chosen one
FOCUSABLE = """() => [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex="0"]')]
  .filter((e) => !e.disabled && e.checkVisibility({ visibilityProperty: true }))
  .filter((e) => e.type !== 'radio' || e.checked)"""
HERE = f"""() => {{
  const all = ({FOCUSABLE})(), here = document.activeElement, style = getComputedStyle(here);
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return [all.indexOf(here), all.length, outlined, here.outerHTML.slice(0, 120)];
}}"""
NAMELESS = f"""() => ({FOCUSABLE})().filter((e) => !(e.ariaLabel || e.textContent.trim() ||
  [...e.labels ?? []].some((label) => label.textContent.trim()))).map((e) => e.outerHTML)"""


# By keyboard.


@pytest.mark.parametrize("state", sorted(STATES.keys() - {"overflow"}))
def test_tab_goes_to_everything_once_in_order_and_out_again(opened, state):
    seen = opened(STATES[state])
    reached = []
    for _ in range(400):
        seen.page.keyboard.press("Tab")
        at, n, outlined, html = seen.page.evaluate(HERE)
        if at < 0:  # out of the page: no trap
            break
        assert outlined, html
        reached.append(at)
    assert reached == list(range(n))
    assert n > 15
    seen.page.keyboard.press("Shift+Tab")
    assert seen.page.evaluate(HERE)[0] in (n - 1, n - 2)
    assert seen.page.evaluate(NAMELESS) == []


def test_a_lesson_by_keyboard_alone(opened):
    """From the first key on: no click, and no focus that code has set."""
    seen = opened({"sequence": "1"})
    page, press = seen.page, seen.page.keyboard.press

    def tab_to(name):
        for _ in range(300):
            press("Tab")
            if page.evaluate(
                "(name) => document.activeElement.ariaLabel === name || "
                "document.activeElement.textContent === name || "
                "document.activeElement.id === name",
                name,
            ):
                return
        pytest.fail(f"{name} is not reached")

    tab_to("slide-wx")
    press("ArrowRight")
    seen.wait(wx="0.21")
    tab_to("type-wrec")
    page.keyboard.type("-1")
    press("Enter")
    seen.wait(wrec="-1.0")
    tab_to("tanh")
    press("Space")
    seen.wait(activation="tanh")
    tab_to("▶❚")
    press("Enter")
    press("Enter")  # focus stays where it was
    seen.wait(step="2")
    tab_to("x2 is 0: flip")
    press("Space")
    seen.wait(sequences="011,011,111")
    press("Space")  # the same bit
    seen.wait(sequences="001,011,111")
    tab_to("1")
    seen.check()
    page.locator("#unrolled .node.state").nth(0).focus()
    press("Enter")
    seen.wait(time_stamp="1")
    press("Tab")
    seen.check()


def test_radios_and_choices_by_arrow_and_space(opened):
    seen = opened({"sequence": "1"})
    seen.page.get_by_role("radio").first.focus()
    seen.page.keyboard.press("ArrowDown")
    seen.wait(sequence="2")
    seen.page.keyboard.press("ArrowDown")
    seen.wait(sequence="3")
    seen.check()
    focused = "() => document.activeElement.getAttribute('aria-label')"
    assert seen.page.evaluate(focused) == "look at sequence 3, 111"


def test_keys_that_are_not_ours_stay_the_browsers(opened):
    seen = opened()
    seen.page.locator(".plane").focus()
    seen.page.keyboard.press("Tab")
    assert not seen.page.evaluate("document.activeElement.classList.contains('plane')")
    seen.page.locator(".plane").focus()
    before = seen.settings
    for key in ("a", "Home", "PageDown", "Enter"):
        seen.page.keyboard.press(key)
    assert seen.settings == before


# Read out.


@pytest.mark.parametrize(
    ("state", "scheme"),
    [
        *((state, "light") for state in STATES if state != "overflow"),
        *((state, "dark") for state in ("explore", "compare", "practise")),
    ],
)
def test_axe_finds_nothing(opened, state, scheme):
    seen = opened(STATES[state], color_scheme=scheme)
    if state == "explore":
        seen.page.locator("#chain .factor .inner").nth(1).focus()
    found = Axe().run(seen.page)
    problems = [
        (v["id"], [node["html"][:200] for node in v["nodes"][:3]])
        for v in found.response["violations"]
    ]
    assert problems == []
    checked = {rule["id"] for rule in found.response["passes"]}
    assert {"color-contrast", "button-name", "label", "landmark-one-main"} <= checked


def test_what_is_read_out(opened):
    seen = opened({"wx": "0.2", "wrec": "1.5", "time_stamp": "2", "sequence": "1"})
    page = seen.page
    expect(page).to_have_title("bptt play")
    assert page.locator("html").get_attribute("lang") == "en"
    slider = page.get_by_role("slider").first
    expect(slider).to_have_accessible_name("weight wx")
    assert slider.get_attribute("aria-valuetext") == "0.2"
    factor = page.locator("#chain [data-factor='slope-2'] .inner").first
    said = factor.get_attribute("aria-label")
    assert said == f"[∂S2(Out)/∂S2(In)] = [d_log(S2(In))] = {seen.number('slope-2')}"
    assert "0.2" in page.locator(".plane").get_attribute("aria-label")
    expect(page.get_by_role("button", name="logistic", pressed=True)).to_have_count(1)
    expect(page.get_by_role("table", name="States, derivatives")).to_have_count(1)
    headings = page.get_by_role("heading").evaluate_all("all => all.map((h) => +h.tagName[1])")
    assert headings[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))
    expect(page.locator("#badge")).to_contain_text("back-propagation through time")
