"""One walk, three notations: parentheses, boxes, folds, and names that are not what they seem."""

import re
import xml.etree.ElementTree as ET
from xml.sax.saxutils import unescape

import pytest

from bptt.derivation.chain_rule import Chain
from bptt.derivation.latex import Latex
from bptt.derivation.latex import escape as latex_escape
from bptt.derivation.mathml import MathML
from bptt.derivation.notation import View, write
from bptt.derivation.text import TEXT, Text
from bptt.derivation.tree import (
    Call,
    Negative,
    Number,
    Point,
    Power,
    Product,
    Quotient,
    Slope,
    Sum,
    Symbol,
    evaluate,
)

A, B = Symbol("a"), Symbol("b")
FORMULAS = [
    (Product((Sum((A, B)), A)), "(a + b)·a"),
    (Sum((Product((A, B)), Negative(A))), "a·b - a"),
    (Sum((A, Negative(Sum((B, A))))), "a - (b + a)"),
    (Quotient(A, B), "a/b"),
    (Quotient(Product((A, B)), Sum((A, B))), "(a·b)/(a + b)"),
    (Power(Sum((A, B)), 2), "(a + b)^2"),
    (Negative(Sum((A, B))), "-(a + b)"),
    (Product((A, Negative(B))), "a·(-b)"),
    (Product((A, Number(-2))), "a·(-2)"),
    (Call("tanh", Sum((A, B))), "tanh(a + b)"),
    (Slope("logistic", Symbol("S_in", 2)), "d_log(S2(In))"),
    (Symbol("S_out", 10, (3,)), "S10(Out)[3]"),
    (Symbol("W_hh", None, (2, 5)), "W_hh[2,5]"),
    (Symbol("x", "k"), "x_k"),
    (Symbol("S_in", "k-1"), "S_k-1(In)"),
]


@pytest.mark.parametrize(("tree", "formula"), FORMULAS)
def test_text(tree, formula):
    assert write(tree, TEXT, View.SYMBOLS) == formula


@pytest.mark.parametrize("values", [(2.5, -3.0), (-1e-7, 4e9), (-0.5, -2.0)])
@pytest.mark.parametrize("tree", [tree for tree, _ in FORMULAS[:9]])
def test_a_formula_with_numbers_has_the_value_of_the_tree(tree, values):
    """Python reads what is printed, and gets what the tree has."""
    at = Point(dict(zip((A, B), values, strict=True)).__getitem__, {})
    shown = write(tree, Text(17), View.NUMBERS, lambda expr: evaluate(expr, at))
    for ours, pythons in (("·", "*"), ("^", "**")):
        shown = shown.replace(ours, pythons)
    assert eval(shown) == pytest.approx(evaluate(tree, at), rel=1e-15)


@pytest.mark.parametrize(
    ("value", "text", "latex", "mathml"),
    [
        (1.0, "1", "1", "<mn>1</mn>"),
        (-0.0, "0", "0", "<mn>0</mn>"),
        (1.23456789, "1.23457", "1.23457", "<mn>1.23457</mn>"),
        (-2.5, "-2.5", "-2.5", "<mrow><mo form='prefix'>−</mo><mn>2.5</mn></mrow>"),
        (1.5e-7, "1.5e-07", "1.5 \\times 10^{-7}", "<mrow><mn>1.5</mn><mo>×</mo><msup><mn>10</mn>"
         "<mrow><mo form='prefix'>−</mo><mn>7</mn></mrow></msup></mrow>"),
        (2e9, "2e+09", "2 \\times 10^{9}",
         "<mrow><mn>2</mn><mo>×</mo><msup><mn>10</mn><mn>9</mn></msup></mrow>"),
        (float("inf"), "inf", "\\infty", "<mn>∞</mn>"),
        (float("nan"), "nan", "\\mathrm{NaN}", "<mn>nan</mn>"),
    ],
)  # fmt: skip
def test_numbers(value, text, latex, mathml):
    assert Text().number(value) == text
    assert Latex().number(value) == latex
    assert MathML().number(value) == mathml


def test_results_have_all_their_digits():
    value = 0.1 + 0.2
    assert float(Text().value(value)) == value
    assert Latex().value(value) == "0.30000000000000004"


def test_negative_numbers_stand_in_parentheses():
    at = {A: -3.0, B: 2.0}
    for tree, wanted in [
        (Product((A, B)), "(-3)·2"),
        (Product((B, A)), "2·(-3)"),
        (Sum((A, Negative(A))), "-3 - (-3)"),
        (Sum((B, A)), "2 + (-3)"),
        (Quotient(B, A), "2/(-3)"),
    ]:
        shown = write(tree, TEXT, View.NUMBERS, lambda e: evaluate(e, Point(at.__getitem__, {})))
        assert shown == wanted


def test_digits():
    assert Text(3).number(1.23456789) == "1.23"
    assert float(Text(17).number(0.1 + 0.2)) == 0.1 + 0.2


TERM = Chain(3, "logistic").term("weight_ih", 2)


def test_latex():
    assert write(TERM, Latex(), View.SYMBOLS) == (
        "\\frac{2}{m} \\cdot (S_{3} - y) \\cdot W_{\\mathrm{rec}} \\cdot "
        "\\boxed{\\mathrm{d\\_log}(S_{2}^{\\mathrm{In}})} \\cdot x_{2}"
    )
    assert write(Power(Sum((A, B)), 2), Latex(), View.SYMBOLS) == "(a + b)^{2}"
    assert write(Symbol("W_hhᵀ"), Latex(), View.SYMBOLS) == "W_{hh}^{\\top}"
    assert write(Product((A, Negative(Quotient(A, B)))), Latex(), View.SYMBOLS) == (
        "a \\cdot \\left(-\\frac{a}{b}\\right)"
    )


def test_a_transposed_weight():
    shown = write(Symbol("W_hhᵀ"), MathML(), View.SYMBOLS)
    base, below, above = ET.fromstring(shown)
    assert (base.text, below.text, above.text) == ("W", "hh", "T")


def test_mathml():
    shown = write(TERM, MathML(), View.SYMBOLS)
    root = ET.fromstring(f"<math>{shown}</math>")
    boxes = root.findall("./mrow[@class='slope']")
    assert ["".join(box.itertext()) for box in boxes] == ["d_log(S2In)"]
    roles = [row.get("class") for row in root if row.get("class")]
    assert roles == ["error", "weight", "slope", "input"]
    assert "".join(root.itertext()) == "2m·(S3−y)·Wrec·d_log(S2In)·x2"


@pytest.mark.parametrize(("tree", "formula"), FORMULAS)
@pytest.mark.parametrize("view", View)
def test_mathml_is_xml(tree, formula, view):
    ET.fromstring(f"<math>{write(tree, MathML(), view)}</math>")


HOSTILE = [
    "<script>alert(1)</script>",
    "a&b",
    "\\input{/etc/passwd}",
    "}{%$#_^~",
    "\x1b[31mred",
    "'\">",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_escaped(name):
    slope = Slope(name, Symbol("S_in", 1))
    text = write(slope, TEXT, View.SYMBOLS)
    assert "\x1b" not in text
    assert text.startswith("d_")
    mathml = write(slope, MathML(), View.SYMBOLS)
    assert "<script" not in mathml
    shown = "".join(ET.fromstring(f"<math>{mathml}</math>").itertext())
    assert shown == f"d_{name}(S1In)".replace("\x1b", "�")
    assert unescape(mathml).count("\x1b") == 0
    latex = write(slope, Latex(), View.SYMBOLS)
    assert not re.search(r"\\input", latex)
    assert latex.count("{") - latex.count("\\{") == latex.count("}") - latex.count("\\}")


def test_letters_that_latex_does_not_know():
    assert latex_escape("Σ ξ² 日本 \\x") == "$\\sum$ $\\xi$$^2$ ?? \\textbackslash{}x"


def test_long_chains_are_folded():
    chain = Chain(50, "tanh")
    shown = write(chain.term("weight_hh", 3), TEXT, View.SYMBOLS)
    assert shown == (
        "2/m·(S50 - y) · Wrec·[d_tanh(S49(In))] · Wrec·[d_tanh(S48(In))] · … 88 factors … · "
        "Wrec·[d_tanh(S3(In))] · S2(Out)"
    )
    # 1 error, 47 pairs, 1 state: 96 factors, of which 8 are shown
    whole = write(Chain(6, "tanh").term("weight_hh", 1), TEXT, View.SYMBOLS)
    assert "…" not in whole
    assert whole.count("Wrec") == 5


def test_long_sums_are_folded():
    tree = Sum(tuple(Symbol("a", k) for k in range(1, 10)))
    assert write(tree, TEXT, View.SYMBOLS) == "a1 + … 7 terms … + a9"
    assert write(Sum(tree.terms[:4]), TEXT, View.SYMBOLS) == "a1 + a2 + a3 + a4"
