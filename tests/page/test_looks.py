"""Light and dark, still, narrow and wide: text that can be read, and nothing that jumps."""

import pytest
from playwright.sync_api import expect

from page.test_access import MANY, STATES

# Every piece of text, formulas among it, and its contrast with what is painted behind it.
CONTRASTS = """() => {
  const rgba = (text) => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => {
    const [one, other] = [luminance(a) + 0.05, luminance(b) + 0.05];
    return Math.max(one, other) / Math.min(one, other);
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const fill = rgba(getComputedStyle(e).backgroundColor);
      if (fill[3] === 1) return fill;
      if (fill[3] !== 0) throw Error('half transparent');
    }
    throw Error('no paper');
  };
  const found = [];
  for (const element of document.querySelectorAll('#page *')) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    const disabled = element.closest(':disabled'), read = element.closest('.hidden-text');
    const seen = element.checkVisibility({ visibilityProperty: true });
    if (!own || disabled || read || !seen) continue;
    const ink = rgba(getComputedStyle(element).color);
    found.push([ratio(ink, behind(element)), `${element.textContent} in ` +
      element.parentElement.outerHTML.slice(0, 90)]);
  }
  const boxes = [...document.querySelectorAll(
    '.node.slope, .factor.slope .inner, .boxed, .equations .slope')];
  return { found, boxes: boxes.map((box) => {
    const style = getComputedStyle(box);
    return [ratio(rgba(style.borderTopColor), behind(box.parentElement)),
            parseFloat(style.borderTopWidth)];
  }) };
}"""
WEIGHTS = [("0.2", "1.5"), ("1", "-1"), ("-3.17", "-2.77"), ("0.01", "0"), ("4", "4")]
WEIGHTS += [("-1.23456e-05", "-0.0123456")]
PLACES = """() => [...document.querySelectorAll(
    `.card, .node, .term, .factor, .bar-group li, .numbers tr, .states tr, .sequences input,
     .legend > div`)]
  .map((e) => {
    const { left, top, width, height } = e.getBoundingClientRect();
    return [left, top, width, height].map(Math.round).concat(`${e.className} ${e.id}`);
  })"""


# Light and dark.


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", ["explore", "compare", "practise", "walk", "overflow"])
def test_all_text_can_be_read_formulas_among_it(opened, state, scheme):
    """axe does not look into MathML; nor at what is lit."""
    seen = opened(STATES[state], color_scheme=scheme)
    names = ["slope-1", "weight-1", "error"] if state in ("walk", "compare") else [None]
    for name in names:
        if name:
            seen.page.locator(f"[data-factor='{name}'] .inner").first.focus()
            assert seen.page.locator("[data-lit]").count() > 2
        contrasts = seen.page.evaluate(CONTRASTS)
        assert [what for ratio, what in contrasts["found"] if ratio < 4.5] == []
        assert len(contrasts["found"]) > 20
        for edge, line in contrasts["boxes"]:
            assert edge >= 3.0  # of what is no text, WCAG 1.4.11
            assert line >= 1.5
        if state == "walk":
            assert len(contrasts["boxes"]) > 8


def test_light_dark_and_as_the_system_has_it(opened):
    seen = opened(color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = seen.page.evaluate(paper)
    seen.page.get_by_label("colours").select_option("light")
    seen.wait(theme="light")
    light = seen.page.evaluate(paper)
    assert light != dark
    seen.page.get_by_label("colours").select_option("auto")
    seen.wait(theme="auto")
    assert seen.page.evaluate(paper) == dark
    seen.page.emulate_media(color_scheme="light")  # at sunrise
    expect(seen.page.locator("html")).to_have_attribute("data-theme", "light")
    assert seen.page.evaluate(paper) == light
    seen.page.get_by_label("colours").select_option("dark")
    seen.wait(theme="dark")
    assert seen.page.evaluate(paper) == dark


def test_forced_colours(opened):
    """Backgrounds and shadows are taken away: bars, marks and the cursor are seen all the same."""
    seen = opened({"time_stamp": "1"}, forced_colors="active")
    card = seen.page.locator(".card").first
    paper = card.evaluate("(e) => getComputedStyle(e).backgroundColor")
    for what in (".bar", ".mark.point"):
        fill = seen.page.locator(what).first.evaluate("(e) => getComputedStyle(e).backgroundColor")
        assert fill != paper, what
    seen.page.locator("#chain .factor .inner").first.hover()
    outlines = seen.page.locator("#numbers [data-lit]").evaluate_all(
        "all => all.map((e) => getComputedStyle(e).outlineStyle)"
    )
    assert outlines == ["solid"]


# Calm.


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_by_itself(opened, motion):
    """Numbers and bars are there at once, for everyone."""
    seen = opened(reduced_motion=motion)
    moving = seen.page.evaluate(
        """() => [...document.querySelectorAll('*')].filter((e) => {
          const style = getComputedStyle(e);
          return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0;
        }).map((e) => e.className)"""
    )
    assert moving == []
    assert seen.page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


@pytest.mark.parametrize("width", [360, 1400])
@pytest.mark.parametrize("view", ["explore", "compare"])
def test_nothing_jumps_while_weights_are_dragged(opened, view, width):
    seen = opened({"view": view, "time_stamp": "1"}, viewport={"width": width, "height": 900})
    if view == "explore":
        seen.page.wait_for_selector("[data-number='minimum-cost']")
    seen.page.evaluate("() => scrollTo(0, 0)")
    places = {}
    for wx, wrec in WEIGHTS:
        there = seen.settings | {"wx": repr(float(wx)), "wrec": repr(float(wrec))}
        seen.go(there, there)
        places[wx] = seen.page.evaluate(PLACES)
    first = places.pop("0.2")
    assert len(first) > 20
    for wx, here in places.items():
        assert [(a, b) for a, b in zip(first, here, strict=True) if a != b] == [], wx


# Narrow and wide.


@pytest.mark.parametrize("width", [360, 600, 960, 1100, 1400, 2000])
def test_the_page_does_not_scroll_to_the_side(opened, width):
    """Networks, formulas and tables do, each by itself."""
    seen = opened(MANY, viewport={"width": width, "height": 900})
    everything = seen.settings
    for view, more in [("explore", {"walk": "20"}), ("compare", {}), ("practise", {"hints": "3"})]:
        there = everything | MANY | more | {"view": view, "time_stamp": "1"}
        seen.go(there, there)
        inner = seen.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert inner[0] <= inner[1] == width, view
        out = seen.page.locator(".card, header > *").evaluate_all(
            "(all) => all.filter((e) => { const b = e.getBoundingClientRect(); "
            "return b.left < 0 || b.right > innerWidth; }).map((e) => e.outerHTML.slice(0, 99))"
        )
        assert out == [], view
        lost = seen.page.locator(".scroll").evaluate_all(
            "(all) => all.filter((e) => e.scrollWidth > e.clientWidth && e.tabIndex !== 0)"
            ".map((e) => e.outerHTML.slice(0, 99))"
        )
        assert lost == [], view  # by keyboard, too
    columns = len({round(seen.box(".card")["x"])})
    assert columns == 1


def test_wide_pages_use_their_width(opened):
    seen = opened(viewport={"width": 2000, "height": 1200})
    assert seen.box("#unrolled")["x"] > seen.box("#weights")["x"] + seen.box("#weights")["width"]
    right = seen.box("#unrolled")
    assert right["x"] + right["width"] > 1900
    narrow = opened(viewport={"width": 360, "height": 700})
    assert narrow.box("#unrolled")["x"] == narrow.box("#weights")["x"]
