"""Taking hold of the network: weights, bits, sizes, targets, activation; what is drawn of it."""

import re

import pytest
from playwright.sync_api import expect

INSIDE = """() => [...document.querySelectorAll('.node')].flatMap((node) => {
  const outer = node.getBoundingClientRect();
  return [...node.querySelectorAll('.num, math, b')].filter((part) => {
    const inner = part.getBoundingClientRect();
    return inner.left < outer.left || inner.right > outer.right ||
           inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1;
  }).map((part) => `${part.textContent} in ${node.textContent}`);
})"""
RECTANGLES = """() => [...document.querySelectorAll('.node, .no-activation')].map((node) => {
  const { left, right, top, bottom } = node.getBoundingClientRect();
  return [left, right, top, bottom];
})"""


MIDDLES = """elements => elements.map((element) => {
  const { left, right } = element.getBoundingClientRect();
  return (left + right) / 2;
})"""


TWIN = """(slider) => {
  const twin = slider.cloneNode();
  twin.id = "twin";
  Object.assign(twin.style, { position: "fixed", left: "10px", top: "10px", zIndex: 9,
    width: `${slider.getBoundingClientRect().width}px` });
  document.body.append(twin);
  return twin;
}"""


def slider(seen, name):
    return seen.page.locator(f"#slide-{name}")


def typed(seen, name):
    return seen.page.get_by_label(f"value of {name}")


def drag(seen, selector, places):
    """Press the pointer at the first of some places within an element, go to the others, let go."""
    box = seen.box(selector)
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    mouse = seen.page.mouse
    mouse.move(*at[0])
    mouse.down()
    for place in at[1:]:
        mouse.move(*place)
    mouse.up()


# The weights.


@pytest.mark.parametrize("name", ["wx", "wrec"])
def test_drag_a_weight(opened, name):
    seen = opened()
    drag(seen, f"#slide-{name}", [(0.5, 0.5), (0.6, 0.5), (0.7, 0.5), (0.9, 0.5)])
    expect(slider(seen, name)).to_have_value(re.compile("^3[.]"))  # of 4, but for half a thumb
    seen.wait(**{name: repr(float(slider(seen, name).input_value()))})
    other = {"wx": ("wrec", "1.5"), "wrec": ("wx", "0.2")}[name]
    assert seen.settings[other[0]] == other[1]
    seen.check()


def test_a_slider_says_what_the_browsers_own_says(opened):
    """Whose mouse we take from it: beside it stands one like it that nobody listens to."""
    seen = opened()
    twin = slider(seen, "wx").evaluate_handle(TWIN).as_element()
    there, here = twin.bounding_box(), seen.box("#slide-wx")
    for at in (0, 0.01, 0.031, 0.1, 0.27, 0.333, 0.5, 0.618, 0.75, 0.9, 0.969, 0.99):
        for box in (there, here):
            seen.page.mouse.move(box["x"] + round(at * box["width"]), box["y"] + box["height"] / 2)
            seen.page.mouse.down()
            seen.page.mouse.up()
        seen.until("wx", float(twin.input_value()), within=1e-12)
    seen.check()


def test_a_slider_is_held_until_it_is_let_go(opened):
    seen = opened()
    mouse, box = seen.page.mouse, seen.box("#slide-wx")
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(*middle)
    mouse.down()
    mouse.move(box["x"] + 2 * box["width"], box["y"] + 300)
    seen.wait(wx="4.0")
    mouse.up()
    mouse.move(*middle)
    assert seen.settle()["wx"] == "4.0"
    mouse.down(button="right")
    mouse.up(button="right")
    assert seen.settle()["wx"] == "4.0"
    seen.check()


@pytest.mark.parametrize("before", ["body", "#type-wrec", "#slide-wrec"])
def test_a_slider_that_was_dragged_has_the_focus(opened, before):
    """So that keys go on from there, and what was being typed elsewhere is committed."""
    seen = opened()
    seen.page.locator(before).click(position={"x": 2, "y": 2})
    if before == "#type-wrec":
        seen.page.locator(before).fill("0.75")
    drag(seen, "#slide-wx", [(0.5, 0.5), (1, 0.5)])
    seen.wait(wx="4.0")
    expect(slider(seen, "wx")).to_be_focused()
    seen.page.keyboard.press("ArrowLeft")
    seen.wait(wx="3.99")
    if before == "#type-wrec":
        assert seen.settings["wrec"] == "0.75"
    seen.check()


def test_a_finger_moves_a_slider(opened):
    seen = opened(has_touch=True)
    box = seen.box("#slide-wx")
    seen.page.touchscreen.tap(box["x"] + 0.75 * box["width"], box["y"] + box["height"] / 2)
    should = 2 * box["width"] / (box["width"] - 16)  # the middle of the thumb
    seen.until("wx", should, within=0.05)
    seen.check()


@pytest.mark.parametrize("name", ["wx", "wrec"])
def test_arrow_keys_move_a_weight(opened, name):
    seen = opened()
    start = float(seen.settings[name])
    slider(seen, name).focus()
    for _ in range(12):  # faster than Python answers
        seen.page.keyboard.press("ArrowRight")
    seen.wait(**{name: repr(round(start + 0.12, 2))})
    seen.page.keyboard.press("ArrowLeft")
    seen.wait(**{name: repr(round(start + 0.11, 2))})
    seen.page.keyboard.press("Home")
    seen.wait(**{name: "-4.0"})
    assert slider(seen, name).get_attribute("aria-valuetext") == "-4"
    seen.check()


@pytest.mark.parametrize(
    ("given", "value"), [("0.75", "0.75"), ("-.5", "-0.5"), (" 1e-3 ", "0.001"), ("7", "7.0")]
)
def test_type_a_weight(opened, given, value):
    seen = opened()
    typed(seen, "wrec").fill(given)
    typed(seen, "wrec").press("Enter")
    seen.wait(wrec=value)
    seen.check()
    slid = float(slider(seen, "wrec").input_value())
    assert slid == pytest.approx(min(float(value), 4.0), abs=0.005)  # to the end of the slider


@pytest.mark.parametrize(
    ("given", "says"),
    [("banana", "a number"), ("1001", "from -1000 to 1000"), ("", "a number"), ("nan", "1000")],
)
def test_what_is_no_weight_is_refused_and_nothing_breaks(opened, given, says):
    seen = opened()
    typed(seen, "wx").fill(given)
    typed(seen, "wx").press("Enter")
    message = seen.page.get_by_role("alert")
    expect(message).to_contain_text("wx")
    expect(message).to_contain_text(says)
    typed(seen, "wx").blur()
    expect(typed(seen, "wx")).to_have_value("0.2")
    seen.check()
    seen.refused()
    typed(seen, "wx").fill("0.3")
    typed(seen, "wx").press("Enter")
    seen.wait(wx="0.3")
    expect(message).to_be_hidden()


# The data.


def test_flip_a_bit_in_the_network_and_in_the_table(opened):
    seen = opened({"sequence": "2"})
    seen.button("x1 is 0: flip").click()
    seen.wait(sequences="001,111,111", targets="1.0,3.0,3.0")  # they count
    seen.check()
    expect(seen.page.locator("#unrolled-title")).to_contain_text("111")
    seen.button("sequence 1, x3 is 1: flip").click()
    seen.wait(sequences="000,111,111", targets="0.0,3.0,3.0", sequence="2")
    seen.check()
    seen.button("sequence 1, x3 is 0: flip").click()
    seen.button("x1 is 1: flip").click()
    seen.wait(sequences="001,011,111", targets="1.0,2.0,3.0")
    seen.page.wait_for_selector("[data-number='minimum-cost']")
    assert seen.number("minimum-cost") == "0.492001"


def test_a_target(opened):
    seen = opened({"sequence": "1"})
    field = seen.page.get_by_label("target of sequence 2")
    field.fill("-2.5")
    field.press("Enter")
    seen.wait(targets="1.0,-2.5,3.0")
    seen.check()
    seen.button("x1 is 0: flip").click()
    seen.wait(sequences="101,011,111", targets="1.0,-2.5,3.0")  # which are one's own now
    seen.check()
    field.fill("two")
    field.press("Enter")
    expect(seen.page.get_by_role("alert")).to_contain_text("'two'")
    seen.refused()


def test_from_1_to_12_time_stamps(opened):
    seen = opened({"time_stamp": "3"})
    fewer, more = (seen.button(f"{which} time stamps T") for which in ("fewer", "more"))
    for n_steps in (2, 1):
        fewer.click()
        seen.wait(time_stamp=str(n_steps))
        seen.check()
    assert (seen.settings["sequences"], fewer.is_disabled()) == ("0,0,1", True)
    for n_steps in range(2, 13):
        more.click()
        expect(seen.page.locator(".node.state")).to_have_count(n_steps)
    seen.check()
    assert more.is_disabled()
    assert seen.settings["sequences"].split(",")[2] == "1" + 11 * "0"


def test_from_1_to_20_sequences(opened):
    seen = opened({"sequence": "3"})
    fewer, more = (seen.button(f"{which} sequences") for which in ("fewer", "more"))
    for n in (2, 1):
        fewer.click()
        seen.wait(sequence=str(n))
        seen.check()
    assert fewer.is_disabled()
    for _ in range(19):
        more.click()  # without waiting
    expect(seen.page.locator(".sequences tbody tr")).to_have_count(20)
    seen.check()
    assert more.is_disabled()
    seen.page.get_by_role("radio").nth(19).click()
    seen.wait(sequence="20")
    seen.check()


def test_activation(opened):
    seen = opened()
    for label, name, boxes in [
        ("tanh", "tanh", 2),
        ("none", "identity", 0),
        ("logistic", "logistic", 2),
    ]:
        seen.button(label).click()
        seen.wait(activation=name)
        seen.check()
        expect(seen.button(label)).to_have_attribute("aria-pressed", "true")
        assert seen.page.locator(".node.slope").count() == boxes


# The network.


@pytest.mark.parametrize("activation", ["logistic", "tanh", "identity"])
@pytest.mark.parametrize("n_steps", [1, 3, 12])
def test_the_unrolled_network(opened, activation, n_steps):
    seen = opened({"sequences": "1" * n_steps, "activation": activation, "time_stamp": "1"})
    states = seen.page.locator(".node.state")
    assert states.count() == n_steps
    middles = states.evaluate_all(MIDDLES)
    assert middles == sorted(set(middles))
    last = states.last.bounding_box()
    error = seen.box(".node.cost")
    assert error["x"] > last["x"] + last["width"]  # enters at the right, at the last state
    assert error["y"] == pytest.approx(last["y"], abs=1)
    none = seen.page.locator(".no-activation")
    plain = activation == "identity"  # all of them have none
    assert none.all_inner_texts() == ([] if plain else ["no activation"])
    assert plain or none.evaluate_all(MIDDLES) == pytest.approx(middles[-1:], abs=20)
    formulas = states.locator(".line:first-child math").all_text_contents()
    ins = "" if activation == "identity" else "In"
    should = [f"S{k}{ins}" for k in range(1, n_steps)] + [f"S{n_steps}"]
    assert ["".join(formula.split()) for formula in formulas] == should
    boxes = seen.page.locator(".node.slope")
    assert boxes.count() == (0 if activation == "identity" else n_steps - 1)
    middle = boxes.evaluate_all(MIDDLES)
    assert middle == pytest.approx(middles[: len(middle)], abs=20)


@pytest.mark.parametrize(
    "settings",
    [
        {"wx": "-0.0123456789", "wrec": "-0.00123456789"},
        {"wx": "-123.456789", "wrec": "-987.654321", "activation": "identity"},
        {"wx": "-123.456789", "wrec": "0.0187654321", "targets": "-123456"},
    ],
)
def test_nothing_runs_out_of_its_node_or_into_another(opened, settings):
    seen = opened({"sequences": "101101101101", "time_stamp": "1"} | settings)
    assert seen.page.evaluate(INSIDE) == []
    nodes = seen.page.evaluate(RECTANGLES)
    for i, (left, right, top, bottom) in enumerate(nodes):
        for other in nodes[:i]:
            apart = other[1] <= left or right <= other[0] or other[3] <= top or bottom <= other[2]
            assert apart
    numbers = seen.page.locator(".node .num").all_inner_texts()
    assert max(map(len, numbers)) >= 11  # or there would be nothing to run out
