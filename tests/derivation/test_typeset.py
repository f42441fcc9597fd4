"""LaTeX compiled by a TeX, HTML drawn by Chromium: where they are installed, as in CI."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

import bptt
from bptt.cli import main
from bptt.random_networks import draw
from sweeping import sweep

x, y = bptt.tasks.post()
NET = bptt.RNN(activation="logistic", readout="state_in", bias=False)
POST = bptt.explain(NET, bptt.post_params(wx=0.2, wrec=-1.5), x, y)
LONG = bptt.explain(NET, bptt.post_params(1.0, 1.4), *bptt.tasks.count_ones(9, 60, rng=0))
OWN = bptt.activations.own(np.sin, np.cos, name="\\end{document} <b> $x_1$ 100% {Σ日}")
STRANGE = bptt.explain(
    bptt.RNN(activation=OWN, readout="state_in", bias=False), bptt.post_params(0.2, 1e-9), x, y
)
LARGE = draw(4, vanilla=True)
SHOWN = {
    "post": POST,
    "long": LONG,
    "compared": bptt.compare(NET, bptt.post_params(0.2, 1.5), x, y),
    "strange": STRANGE,
    "large": bptt.explain(LARGE.net, LARGE.params, LARGE.x, LARGE.y, LARGE.loss, mask=LARGE.mask),
}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
needs_tex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium")


@needs_tex
@pytest.mark.parametrize("name", SHOWN)
def test_latex_compiles_by_itself(name, tmp_path):
    (tmp_path / "derivation.tex").write_text(SHOWN[name].latex(), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "derivation.tex"]
    ran = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False
    )
    assert ran.returncode == 0, ran.stdout[-2000:]
    assert (tmp_path / "derivation.pdf").read_bytes().startswith(b"%PDF")
    too_wide = [float(w) for w in re.findall(r"Overfull \\hbox \(([\d.]+)pt", ran.stdout)]
    if name != "strange":  # whose activation has a name longer than a formula should be
        assert not [width for width in too_wide if width > 5], "a formula runs out of the page"


@needs_tex
def test_what_a_notebook_exports_compiles(tmp_path):
    begin = "\\documentclass{article}\\usepackage{amsmath}\\begin{document}\n"
    text = begin + POST._repr_latex_() + "\\end{document}\n"
    (tmp_path / "notebook.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "notebook.tex"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stdout[-2000:]


# In a browser.


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS.split(), "--disable-sync"]
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    assert main(["report", "--output", str(path), "--epochs", "50"]) == 0
    return path


@pytest.fixture
def opened(browser, tmp_path, request):
    """Return a function that opens a page and says what it asked for besides itself."""

    def open_page(html, scheme="light", width=1000):
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
        request.addfinalizer(context.close)
        shown = context.new_page()
        asked, said = [], []
        shown.on("request", lambda made: asked.append(made.url))
        shown.on("console", lambda message: said.append(message.text))
        shown.on("pageerror", lambda error: said.append(str(error)))
        shown.goto(path.as_uri())
        assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
        assert said == []
        return shown

    return open_page


@needs_chromium
@pytest.mark.parametrize("scheme", sweep(["light", "dark"], every=2))
@pytest.mark.parametrize("name", SHOWN)
def test_a_page_renders_and_can_be_read(opened, name, scheme):
    """No request, no message; axe finds nothing wrong, contrast among it."""
    shown = opened(SHOWN[name].html(), scheme)
    found = Axe().run(shown)
    problems = [(v["id"], v["nodes"][0]["html"][:200]) for v in found.response["violations"]]
    assert problems == []
    checked = {rule["id"] for rule in found.response["passes"]}
    assert "color-contrast" in checked


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report(opened, report, scheme):
    shown = opened(report.read_text(encoding="utf-8"), scheme)
    problems = [
        (v["id"], v["nodes"][0]["html"][:200]) for v in Axe().run(shown).response["violations"]
    ]
    assert problems == []
    pictures = shown.evaluate("[...document.images].map(i => [i.complete, i.naturalWidth, i.alt])")
    assert len(pictures) == 5
    assert all(complete and width > 300 and len(alt) > 20 for complete, width, alt in pictures)


LUMINANCE = """
([r, g, b]) => [r, g, b].map(v => v / 255)
  .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0)
"""
CONTRASTS = f"""
() => {{
  const luminance = {LUMINANCE};
  const rgb = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  return [...document.querySelectorAll('.slope')].map(box => {{
    const style = getComputedStyle(box);
    const paper = getComputedStyle(document.body).backgroundColor;
    const [ink, fill, edge, behind] =
      [style.color, style.backgroundColor, style.borderTopColor, paper].map(c => luminance(rgb(c)));
    const size = box.getBoundingClientRect();
    return [ratio(ink, fill), ratio(edge, behind), parseFloat(style.borderTopWidth),
            size.width, size.height];
  }});
}}
"""


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_boxes_can_be_seen_by_more_than_their_colour(opened, scheme):
    """axe does not look into MathML: the contrast of its text is computed here."""
    boxes = opened(POST.html(), scheme).evaluate(CONTRASTS)
    assert len(boxes) == 2 * (1 + 2) * 5 + 1  # in prose
    for text, edge, line, width, height in boxes:
        assert text >= 4.5
        assert edge >= 3.0  # of what is no text, WCAG 1.4.11
        assert line >= 1.5
        assert width > 10
        assert height > 10


@needs_chromium
def test_light_and_dark_differ(opened):
    papers = [
        opened(POST.html(), scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert papers == ["rgb(255, 255, 255)", "rgb(22, 24, 27)"]


@needs_chromium
@pytest.mark.parametrize("width", [360, 2000])
def test_narrow_and_wide(opened, width):
    """Only formulas and tables scroll, never the page."""
    shown = opened(LONG.html(), width=width)
    assert shown.evaluate("document.documentElement.scrollWidth") <= width


@needs_chromium
def test_mathml_is_drawn_as_mathematics(opened):
    """A fraction is higher than its parts, and nothing is left as an unknown element."""
    shown = opened(POST.html())
    heights = shown.evaluate(
        "[...document.querySelectorAll('mfrac')].slice(0, 9).map(f => [f.getBoundingClientRect()"
        ".height, f.firstElementChild.getBoundingClientRect().height])"
    )
    assert all(whole > 1.5 * part for whole, part in heights)
    unknown = shown.evaluate(
        "[...document.querySelectorAll('math *')].filter(e => !(e instanceof MathMLElement)).length"
    )
    assert unknown == 0
