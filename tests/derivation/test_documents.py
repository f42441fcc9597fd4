"""Markdown, LaTeX, HTML and notebooks: structure, escapes, folds."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

import bptt
from bptt.derivation.as_html import as_html, page
from bptt.derivation.as_latex import as_latex
from bptt.derivation.as_markdown import as_markdown
from bptt.derivation.as_text import as_text
from bptt.derivation.document import (
    Document,
    Equation,
    Formula,
    Heading,
    Line,
    Prose,
    Table,
    Value,
    fold,
)
from bptt.derivation.tree import Symbol

x, y = bptt.tasks.post()
NET = bptt.RNN(activation="logistic", readout="state_in", bias=False)
D = bptt.explain(NET, bptt.post_params(wx=0.2, wrec=1.5), x, y)
HOSTILE = "<b>&amp; | \\input{x} $y$ `z` _i_ *j* #k ~l~\x1b[31m"
NASTY = Document(
    HOSTILE,
    (
        Heading(2, HOSTILE),
        Prose((HOSTILE, Value(0.5))),
        Table((HOSTILE, "b"), ((HOSTILE, Value(1.5)),), "lr", HOSTILE),
        Equation(Formula(Symbol("x")), (Line(HOSTILE), Line(Formula(Symbol("y")), "+", HOSTILE))),
    ),
)


class Structure(HTMLParser):
    """Elements that are opened and closed as they should be, and what is written in them."""

    VOID = frozenset({"meta", "img"})

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.attributes, self.words = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.mark.parametrize("make", [as_text, as_markdown, as_latex, as_html])
def test_no_control_characters(make):
    assert "\x1b" not in make(NASTY)


def test_html_shows_names_as_they_are():
    found = Structure(as_html(NASTY))
    shown = HOSTILE.replace("\x1b", "�")
    assert "".join(found.words).count(shown) == 9
    # twice the title, heading, prose, three in the table, two in the equation
    assert not {"b", "script"} & set(found.tags)


def test_html_needs_nothing_else():
    found = Structure(D.html())
    assert not {"script", "link", "iframe", "object", "embed", "img", "base"} & set(found.tags)
    assert not [v for k, v in found.attributes if k in ("src", "href", "action", "srcset", "data")]
    assert not re.search(r"https?:|//|url\(|@import|@font-face|\son\w+=", D.html())
    assert found.tags.count("h1") == 1
    assert ("lang", "en") in found.attributes


def test_html_has_the_boxes():
    # one at time stamp 2, two at 1, of two weights; in ∂'s, in symbols, and for three sequences
    assert D.html().count("<mrow class='slope'>") == (1 + 2) * 2 * (1 + 1 + 3) + 1  # in prose
    numbers = re.findall(r"<mrow class='slope'><mn>([\d.]+)</mn></mrow>", D.html())
    assert len(numbers) == 2 * (1 + 2) * 3
    assert {"0.25", "0.217895", "0.201108", "0.194353", "0.247517"} == set(numbers)


def test_every_value_is_in_every_format():
    values = [repr(float(term.value)) for term in D.terms.values()]
    for shown in (
        D.text(),
        D.markdown(),
        D.latex(),
        D.html().replace("<mo form='prefix'>−</mo><mn>", "-"),
    ):
        plain = shown.replace("<mn>", "")
        for value in values:
            assert value in plain


def test_markdown():
    shown = D.markdown()
    assert shown.startswith("# Back-propagation through time, derived\n")
    assert shown.count("$$") % 2 == 0
    blocks = re.findall(r"\$\$\n(.*?)\n\$\$", shown, flags=re.DOTALL)
    assert len(blocks) == 2 + 6 + 2
    assert all(b.startswith("\\begin{aligned}") and b.endswith("\\end{aligned}") for b in blocks)
    assert "\\boxed{\\mathrm{d\\_log}(S_{2}^{\\mathrm{In}})}" in shown
    tables = re.findall(r"^\|.*\|$", shown, flags=re.MULTILINE)
    assert {line.count("|") for line in tables} == {7, 5}


def test_markdown_shows_names_as_they_are():
    shown = as_markdown(NASTY)
    prose = shown.split("\n\n")[2].replace("$0.5$", "")
    for special in "<>|$`*_#[]{}~":
        assert not re.search(rf"(?<!\\)\{special}", prose), special
    assert "<b>" not in shown


def test_latex_is_balanced():
    for shown in (D.latex(), as_latex(NASTY)):
        bare = re.sub(r"\\[{}]", "", shown)
        assert bare.count("{") == bare.count("}")
        assert shown.count("\\begin{") == shown.count("\\end{")
        assert "\\input{x}" not in shown
    assert "\\activationbox{\\mathrm{d\\_log}" in D.latex()


@pytest.mark.parametrize("width", [40, 72, 100, 200])
def test_text_is_wrapped_between_factors(width):
    shown = D.text(width=width)
    for line in shown.splitlines():
        if " · " in line and not line.strip().startswith("="):
            assert len(line) <= max(width, 60)
    assert "".join(D.text(width=1000).split()) == "".join(shown.split())


def test_a_derivation_says_what_it_is():
    assert repr(D).startswith("<Derivation of RNN(")
    assert str(D) == D.text()
    assert repr(D.terms["weight_hh", 2]).endswith("Wrec·[d_log(S2(In))] · S1(Out)>")


def test_notebooks():
    """IPython itself asks for what it can show."""
    shell = InteractiveShell.instance()
    shell.display_formatter.active_types = [
        "text/plain",
        "text/html",
        "text/latex",
        "text/markdown",
    ]
    for shown in (D, bptt.compare(NET, bptt.post_params(0.2, 1.5), x, y)):
        found, _ = shell.display_formatter.format(shown)
        assert found["text/plain"] == shown.text()
        assert "<math" in found["text/html"]
        assert "<html" not in found["text/html"]
        Structure(found["text/html"])
        assert "\\boxed{" in found["text/latex"]
        assert "\\begin{align" in found["text/latex"]
        assert "\\documentclass" not in found["text/latex"]


def test_a_page_of_a_user_s_activation():
    def f(z):
        return np.sin(z)

    own = bptt.activations.own(f, np.cos, name='<script>alert("1")</script>\\end{document}')
    net = bptt.RNN(activation=own, readout="state_in", bias=False)
    d = bptt.explain(net, bptt.post_params(0.2, 1.5), x, y)
    assert "script" not in Structure(d.html()).tags
    assert d.latex().count("\\end{document}") == 1
    assert not re.search(r"(?<!\\)<script", d.markdown())
    term = d.terms["weight_ih", 2]
    z = d.reading.run.tape.z
    wanted = 2 / 3 * (z[2, :, 0] - y) * 1.5 * np.cos(z[1, :, 0]) * x[:, 1]
    assert term.by_sequence == pytest.approx(wanted, rel=1e-14)


@pytest.mark.parametrize("name", ["identity", "logistic", "softmax", "tanh"])
def test_an_activation_of_one_s_own_under_a_name_of_ours(name):
    """Its own function is shown and evaluated, not ours."""
    own = bptt.activations.own(np.sin, np.cos, name=name)
    net = bptt.RNN(activation=own, readout="state_in", bias=False)
    d = bptt.explain(
        net, bptt.post_params(0.2, 1.5), x, y, "binary_cross_entropy" if False else "mse"
    )
    assert "[d_f(S2(In))]" in repr(d.terms["weight_ih", 2])
    assert all(gradient.difference < 1e-14 for gradient in d.gradients)


@pytest.mark.parametrize(
    ("n", "first", "last", "wanted"),
    [(0, 2, 1, []), (3, 2, 1, [0, 1, 2]), (4, 2, 1, [0, 1, 2, 3]), (5, 2, 1, [0, 1, None, 4]),
     (9, 1, 0, [0, None]), (9, 0, 0, [None])],
)  # fmt: skip
def test_fold(n, first, last, wanted):
    assert fold(n, first, last) == wanted


def test_a_page_is_sound():
    assert "style" in Structure(page("a <title>", "<p>inside</p>")).tags
