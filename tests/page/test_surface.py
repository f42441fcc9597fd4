"""Bars of the gradient, and the cost over both weights: what is seen is what the numbers say."""

import math

import numpy as np
import pytest
from playwright.sync_api import expect

import bptt
from page.test_explore import drag, slider

BARS = """() => Object.fromEntries([...document.querySelectorAll('.bar-group li')].map((row) => {
  const [track, bar] = ['.track', '.bar'].map((part) =>
    row.querySelector(part).getBoundingClientRect());
  const middle = (track.left + track.right) / 2;
  const side = bar.width === 0 ? 0 : Math.sign((bar.left + bar.right) / 2 - middle);
  const touches = Math.min(Math.abs(bar.left - middle), Math.abs(bar.right - middle));
  return [row.querySelector('[data-number]').dataset.number,
          [side * bar.width / track.width, touches]];
}))"""
DARK = """(at) => {
  const canvas = document.querySelector('.plane canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return at.map(([x, y]) => {
    const pixel = context.getImageData(x * (canvas.width - 1), y * (canvas.height - 1), 1, 1).data;
    return -(pixel[0] + pixel[1] + pixel[2]);
  });
}"""
TEN = {"sequences": "1011001110,0000000001,1111111111", "sequence": "1", "time_stamp": "1"}
STILL = {"reduced_motion": "reduce"}  # bars are as long as they will be


def length(value, largest, scale):
    share = abs(value) / largest
    if scale == "symlog":
        share = math.log1p(share * 1e6) / math.log1p(1e6)
    return math.copysign(share, value)


@pytest.mark.parametrize("of", ["sequence", "all"])
@pytest.mark.parametrize("scale", ["linear", "symlog"])
def test_a_bar_is_as_long_as_its_number_says(opened, of, scale):
    seen = opened(TEN | {"wx": "-0.7", "wrec": "-2", "of": of, "bars": scale}, **STILL)
    seen.check()
    bars = seen.page.evaluate(BARS)
    signs = set()
    for kind in ("error", "wx", "wrec"):
        values = [seen.value(f"bar-{kind}-{k}") for k in range(1, 11)]
        largest = max(map(abs, values))
        for k, value in enumerate(values, start=1):
            long, touches = bars[f"bar-{kind}-{k}"]
            assert long == pytest.approx(0.49 * length(value, largest, scale), abs=0.004)
            assert touches < 1
            signs.add(np.sign(value))
    assert signs == {-1, 0, 1}


def test_the_two_choices_of_the_bars(opened):
    seen = opened(TEN | {"wrec": "1.5"}, **STILL)

    def first():
        return abs(seen.page.evaluate(BARS)["bar-error-1"][0])

    assert first() < 0.001  # vanishing, as drawn: nothing there
    seen.button("logarithmic").click()
    seen.wait(bars="symlog")
    assert first() > 0.05  # but it is not zero
    seen.button("all").click()
    seen.wait(of="all", bars="symlog")
    seen.check()
    seen.button("this sequence").click()
    seen.button("linear").click()
    seen.wait(of="sequence", bars="linear")
    seen.check()


def test_an_exploding_gradient_is_seen(opened):
    exploding = {"activation": "identity", "wx": "1", "wrec": "1.8"}
    bars = opened(TEN | exploding, **STILL).page.evaluate(BARS)
    long = [abs(bars[f"bar-error-{k}"][0]) for k in range(1, 11)]
    assert long == sorted(long, reverse=True)
    assert long[0] > 100 * long[9]


# The surface.


def point(seen, mark=".plane .point"):
    """Return where a mark stands, as a share of the plane from its lower left."""
    plane, at = seen.box(".plane"), seen.box(mark)
    x = (at["x"] + at["width"] / 2 - plane["x"]) / plane["width"]
    return x, 1 - (at["y"] + at["height"] / 2 - plane["y"]) / plane["height"]


def share(weights, reach):
    return pytest.approx([(weight / reach + 1) / 2 for weight in weights], abs=0.005)


def test_the_point_is_at_the_weights_and_the_star_at_the_minimum(opened):
    seen = opened({"wx": "-1", "wrec": "3", "reach": "4"})
    seen.page.wait_for_selector("[data-number='minimum-cost']")
    assert point(seen) == share([-1, 3], 4)
    lowest = [seen.value("minimum-wx"), seen.value("minimum-wrec")]
    assert point(seen, ".plane .minimum") == share(lowest, 4)
    seen.page.get_by_label("reach of the cost surface").select_option("16")
    seen.wait(reach="16")
    seen.page.wait_for_selector("[data-number='minimum-cost']")
    assert point(seen) == share([-1, 3], 16)
    lowest = [seen.value("minimum-wx"), seen.value("minimum-wrec")]
    assert point(seen, ".plane .minimum") == share(lowest, 16)
    seen.page.get_by_label("reach of the cost surface").select_option("2")
    seen.wait(reach="2")
    assert point(seen) == share([-1, 2], 2)  # it sticks to the edge
    expect(seen.page.locator(".plane .point.outside")).to_be_visible()


def test_drag_the_point_and_you_drag_the_weights(opened):
    seen = opened({"wx": "0.2", "wrec": "1.5"})
    seen.page.locator(".plane").scroll_into_view_if_needed()
    drag(seen, ".plane", [(0.525, 0.3125), (0.4, 0.4), (0.3, 0.7), (0.25, 0.75)])
    seen.wait(wx="-2.0", wrec="-2.0")
    assert point(seen) == share([-2, -2], 4)
    assert float(slider(seen, "wx").input_value()) == -2
    seen.check()
    drag(seen, ".plane", [(0.25, 0.75), (0.25, -0.3)])  # out of the plane
    seen.wait(wx="-2.0", wrec="4.0")
    seen.check()


def traces(seen):
    return sum(url.endswith("/trace") for url in seen.requests)


DEAF = """(name) => addEventListener(name, (event) => event.stopImmediatePropagation(), true)"""


@pytest.mark.parametrize(("held", "thumb"), [(".plane", 0), ("#slide-wx", 16)])
@pytest.mark.parametrize("unheard", ["pointermove", "pointerrawupdate", "nothing"])
def test_moves_are_heard_as_they_come_and_asked_once(opened, held, thumb, unheard):
    """Or with the next picture, by a browser that has no moves as they come."""
    seen = opened({"wx": "0.2", "wrec": "1.5"})
    seen.page.locator(held).scroll_into_view_if_needed()
    seen.page.evaluate(DEAF, unheard)
    box = seen.box(held)
    at = [(box["x"] + x * box["width"], box["y"] + box["height"] / 2) for x in (0.5, 0.75)]
    seen.page.mouse.move(*at[0])
    seen.page.mouse.down()
    seen.settle()
    asked = traces(seen)
    seen.page.mouse.move(*at[1])
    seen.until("wx", 2 * box["width"] / (box["width"] - thumb), within=0.05)
    seen.settle()
    assert traces(seen) == asked + 1
    seen.page.mouse.up()
    seen.check()


def test_a_finger_drags_the_point_and_taps_elsewhere(opened):
    """Elsewhere it scrolls the page."""
    seen = opened({"wx": "0.2", "wrec": "1.5"}, has_touch=True)
    seen.page.locator(".plane").scroll_into_view_if_needed()
    plane = seen.box(".plane")
    seen.page.touchscreen.tap(
        plane["x"] + 0.75 * plane["width"], plane["y"] + 0.75 * plane["height"]
    )
    seen.page.wait_for_selector('html:not([data-ready*=\'"wx":"0.2"\'])')
    assert point(seen) == share([2, -2], 4)
    seen.check()
    styles = [
        seen.page.locator(f".plane{part}").evaluate("(e) => getComputedStyle(e).touchAction")
        for part in ("", " .point")
    ]
    assert styles == ["pan-y", "none"]


@pytest.mark.parametrize(
    ("key", "name", "value"),
    [
        ("ArrowLeft", "wx", "0.0"),
        ("ArrowRight", "wx", "0.4"),
        ("ArrowUp", "wrec", "1.7"),
        ("ArrowDown", "wrec", "1.3"),
        ("Shift+ArrowRight", "wx", "0.22"),
    ],
)
def test_arrow_keys_move_the_point(opened, key, name, value):
    seen = opened({"wx": "0.2", "wrec": "1.5", "reach": "4"})
    seen.page.locator(".plane").focus()
    for _ in range(5):  # faster than Python answers; a hundredth of the reach each
        seen.page.keyboard.press(key)
    seen.wait(**{name: value})
    seen.check()


AT = [((i + 0.5) / 9, (j + 0.5) / 9) for i in range(9) for j in range(9)]  # from the upper left


def costs(settings):
    """Return the cost at AT."""
    x = [list(map(int, row)) for row in settings["sequences"].split(",")]
    y = list(map(float, settings["targets"].split(",")))
    axis = [float(settings["reach"]) * (2 * i - 8) / 9 for i in range(9)]
    return bptt.cost_surface(x, y, axis, axis, settings["activation"]).cost[:, ::-1].ravel()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("activation", ["logistic", "identity"])
def test_the_picture_is_darker_where_the_cost_is_higher(opened, activation, scheme):
    seen = opened({"activation": activation, "reach": "2"}, color_scheme=scheme)
    seen.page.wait_for_selector("[data-number='minimum-cost']")
    dark = np.array(seen.page.evaluate(DARK, AT))
    cost = costs(seen.settings)
    pairs = [(i, j) for i in range(81) for j in range(81) if cost[i] > 1.3 * cost[j]]
    assert len(pairs) > 1000
    assert all(dark[i] >= dark[j] for i, j in pairs)
    assert len(set(dark)) > 5
    right, up = point(seen, ".plane .minimum")
    assert seen.page.evaluate(DARK, [(right, 1 - up)])[0] <= dark.min()


SLOWLY = """() => {
  const asked = window.fetch;
  window.fetch = async (what, options) => {
    if (what.endsWith('surface')) await new Promise((done) => { setTimeout(done, 400); });
    return asked(what, options);
  };
}"""


def test_the_picture_follows_the_data_and_comes_back(opened):
    seen = opened({"sequence": "1"})
    seen.page.wait_for_selector("[data-number='minimum-cost']")
    before = seen.page.evaluate(DARK, AT)
    cost = seen.number("minimum-cost")
    seen.button("x2 is 0: flip").click()
    seen.wait(sequences="011,011,111")
    seen.page.wait_for_selector("[data-number='minimum-cost']")
    assert seen.page.evaluate(DARK, AT) != before
    assert seen.number("minimum-cost") != cost
    seen.button("x2 is 1: flip").click()
    seen.wait(sequences="001,011,111")
    seen.page.wait_for_selector("[data-number='minimum-cost']")
    assert seen.page.evaluate(DARK, AT) == before


def test_a_picture_that_comes_late_is_not_kept(opened):
    seen = opened({"sequence": "1"})
    seen.page.wait_for_selector("[data-number='minimum-cost']")
    before = seen.page.evaluate(DARK, AT)
    seen.page.evaluate(SLOWLY)
    seen.button("x2 is 0: flip").click()
    seen.wait(sequences="011,011,111")
    seen.button("x2 is 1: flip").click()
    seen.wait(sequences="001,011,111")
    seen.page.wait_for_timeout(600)  # that of the other data has come
    seen.page.wait_for_selector("[data-number='minimum-cost']")
    assert seen.page.evaluate(DARK, AT) == before
    assert seen.number("minimum-cost") == "0.492001"


def test_a_minimum_is_never_that_of_other_data(opened):
    """Coarse answers come first and have none."""
    seen = opened()
    seen.page.wait_for_selector("[data-number='minimum-cost']")
    seen.page.evaluate(
        """() => {
          const root = document.documentElement;
          root.dataset.said = '[]';
          new MutationObserver(() => {
            const { sequences } = JSON.parse(root.dataset.ready);
            const lowest = document.querySelector("[data-number='minimum-cost']");
            const said = JSON.parse(root.dataset.said);
            said.push([sequences, lowest?.textContent ?? '']);
            root.dataset.said = JSON.stringify(said);
          }).observe(root, { attributes: true, attributeFilter: ['data-ready'] });
        }"""
    )
    seen.page.get_by_label("fewer sequences").click()
    seen.wait(sequences="001,011")
    seen.page.wait_for_selector("[data-number='minimum-cost']")
    said = seen.page.evaluate("() => JSON.parse(document.documentElement.dataset.said)")
    assert {lowest for sequences, lowest in said if sequences == "001,011"} == {
        "",
        seen.number("minimum-cost"),
    }


# The path of the optimiser.


def test_the_path_of_the_optimiser(opened):
    settings = {"wx": "1", "wrec": "1.5", "optimizer": "rprop", "rate": "0.1", "step": "12"}
    seen = opened(settings)
    expected = seen.check()
    points = seen.page.locator("polyline.path").get_attribute("points")
    should = [
        f"{50 * (p.Wx / 4 + 1):.6g},{100 - 50 * (p.Wrec / 4 + 1):.6g}" for p in expected.points[:13]
    ]
    found = [",".join(f"{float(c):.6g}" for c in at.split(",")) for at in points.split()]
    assert found == should
    assert point(seen) == share([expected.params.Wx, expected.params.Wrec], 4)
    seen.button("rewind").click()
    seen.wait(step="0")
    assert seen.page.locator("polyline.path").count() == 0
