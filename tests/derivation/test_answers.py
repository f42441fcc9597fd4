"""Reading answers: every notation, and everything that is refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bptt import scalar
from bptt.derivation.answers import read
from bptt.derivation.exercise import Exercise
from bptt.derivation.points import draw
from bptt.derivation.tree import Symbol
from bptt.errors import InputError

EXERCISE = Exercise(time_stamp=2, weight="wx", n_steps=3, activation="logistic")
PLACE = draw(3, "logistic")[0]


def value(answer, exercise=EXERCISE):
    place = draw(exercise.n_steps, exercise.activation)[0]
    return place.value(read(answer, exercise))


def at(name, time_stamp=None):
    return PLACE.values[Symbol(name, time_stamp)]


RIGHT = (
    2 / at("m") * (at("S", 3) - at("y")) * at("Wrec")
    * scalar.d_logistic(at("S_in", 2)) * at("x", 2)
)  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        "2/m*(S3-y)*Wrec*dlog(S2in)*x2",
        "2/m (S3 - y) Wrec d_log(S2(In)) x_2",
        "2/m*(S3-y)*Wrec*s2*(1-s2)*x2",
        "2/m (S3 - y) Wrec [d_log(S2(In))] x2",
        "2/m·(S3 - y) · Wrec·[d_log(S2(In))] · x2",
        "2/m × (S_3 − y) ⋅ W_rec ∙ {d_log(S_2(In))} • x₂",
        "2/m(S_{3}-y)W_{rec}d_log(S_{2}(In))x_{2}",
        r"\frac{2}{m} \left(S_3 - y\right) \cdot W_{rec} \cdot \sigma'(S_{2}(In)) \, x_2",
        "dξ/dWx = 2/m (S3 - y) Wrec d_log(S2(In)) x2",
        "∂ξ/∂Wx=2/m (S3 - y) Wrec d_log(S2(In)) x2",
        "2÷m (State_3 - y) wrec log'(State_2(In)) X2",
        "2/m(S3-y)Wrec d_logistic(S_in_2) x2",
        "2/m(S3-y)Wrec d_sigmoid(S_in(2)) x2",
        "2/m(S3-y)Wrec sigmoid’(s2_in) x2",
        "2/m(S3-y)Wrec f'(S2 (in)) x2",
        "2/m(S3-y)Wrec df(S2IN) x2",
        "2/m(S3-y)Wrec d_f(state2(in)) x2",
        "2/m(S3-y)Wrec d log(S2in)x2",
        "2/m(S3(Out)-y)Wrec S2(Out)(1-S2(Out))x2",
        "2/m(s3out-y)Wrec(s2_out - S_out_2²)x2",
        "2/m(s3in-y)Wrec log(S2in)(1-logistic(S2(In)))x2",
        "2/m(S3-y)Wrec sigmoid(S2in)^2 (1/sigmoid(S2in) - 1) x2",
        "2/m(S3-y)Wrec(s2-s2**2)x2",
        "2/m(S3-y)Wrec exp(-S2in)/(1+exp(-S2in))^2 x2",
        "2/m(S3-y)Wrec e^-S2in/(1+e**(-S2in))² x2",
        "2/m(S3-y)Wrec(1+f(S2in))(f(S2in)/(1+f(S2in)) - f(S2in)^2/(1+f(S2in)))x2",
        "x2 * 0.5 * 4 * m**-1 * (S3-y) Wrec s2 (1-s2)",
        "  2/m\t(S3 - y)\nWrec d_log(S2(In))\r\nx2  ",
        "--2/m(S3-y)*+-(-Wrec)dlog(S2in)x2 - Wrec + Wrec",
        "2/m (S2 Wrec + x3 Wx - y) Wrec dlog(S1 Wrec + x2 Wx) x2",
        "02.0/m(S3-y)Wrec dlog(S2in)x2",
        "2/m(S3-y)Wrec*d_log( S2 ( In ) )*x2*1.",
    ],
)  # fmt: skip
def test_every_notation(answer):
    assert value(answer) == pytest.approx(RIGHT, rel=1e-12)


@pytest.mark.parametrize(
    ("answer", "symbol"),
    [
        ("S0", Symbol("S", 0)), ("S0(Out)", Symbol("S", 0)), ("s_0", Symbol("S", 0)),
        ("S2", Symbol("S", 2)), ("s2", Symbol("S", 2)), ("S2out", Symbol("S_out", 2)),
        ("S2(Out)", Symbol("S_out", 2)), ("S2in", Symbol("S_in", 2)), ("S3", Symbol("S", 3)),
        ("S3in", Symbol("S", 3)), ("S_3(Out)", Symbol("S", 3)), ("State_1(In)", Symbol("S_in", 1)),
        ("x1", Symbol("x", 1)), ("Wx", Symbol("Wx")), ("w_x", Symbol("Wx")), ("Wₓ", Symbol("Wx")),
        ("WREC", Symbol("Wrec")), ("m", Symbol("m")), ("Y", Symbol("y")),
        ("ŷ", Symbol("S", 3)), ("y_hat", Symbol("S", 3)), ("(y)", Symbol("y")),
    ],
)  # fmt: skip
def test_names(answer, symbol):
    assert read(answer, EXERCISE) == symbol


def test_a_state_without_side_is_its_output():
    assert value("S2") == at("S_out", 2) == scalar.logistic(at("S_in", 2))
    assert value("S3") == at("S_in", 3)


@pytest.mark.parametrize(
    ("activation", "answers"),
    [
        ("tanh", ["d_tanh(S2in)", "tanh'(S2in)", "1-S2(Out)**2", "1 - tanh(S2in)^2", "f'(S2in)"]),
        ("identity", ["1", "f'(S2in)", "S2in/S2out"]),
    ],
)
def test_other_activations(activation, answers):
    exercise = Exercise(2, "wx", 3, activation)
    place = draw(3, activation)[0]
    expected = scalar.ACTIVATIONS[activation][1](place.values[Symbol("S_in", 2)])
    for answer in answers:
        assert value(answer, exercise) == pytest.approx(expected, rel=1e-12), answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("2 + 3*4", 14), ("-2^2", -4), ("2^-2", 0.25), ("2^(-2)", 0.25), ("8/2/2", 2),
        ("1/2(3)", 1.5), ("2-3-4", -5), ("(2)(3)", 6), ("2*-3", -6), (".5", 0.5), ("+2", 2),
        ("2²", 4), ("2⁻¹", 0.5), ("[2+{1}]", 3),
    ],
)  # fmt: skip
def test_arithmetic_is_that_of_python(answer, expected):
    assert value(answer) == expected


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("", ["got nothing"]),
        (" \n\t ", ["got nothing"]),
        ("dξ/dWx = ", ["got nothing"]),
        ("foo", ["got 'foo'", "Wrec"]),
        ("2*foo_bar1", ["got 'foo_bar1'"]),
        ("x4", ["x1 to x3", "'x4'", "T is 3"]),
        ("x0", ["x1 to x3", "'x0'", "from 1"]),
        ("2 S7(In)", ["S0 to S3", "'S7(In)'"]),
        ("x", ["'x'", "Say at which time stamp"]),
        ("Sin2", ["'Sin2'", "Say at which time stamp"]),
        ("log S2in", ["parentheses behind 'log'", "'S2in'"]),
        ("d_log", ["'d_log' alone"]),
        ("2 + f", ["'f' alone"]),
        ("log + 2", ["'log' alone"]),
        ("2 +", ["ends in '+'"]),
        ("2 */ 3", ["'*' with '/'"]),
        ("()", ["'(' with ')'"]),
        ("(2", ["1 too few"]),
        ("2)", ["a ) too many"]),
        ("2 3", ["'2' and '3'"]),
        ("1.2.3", ["'1.2' and '.3'"]),
        ("0,5", ["','", "no comma"]),
        ("2 = 2", ["'='", "behind the ="]),
        ("∂ξ/∂S3 x3", ["'∂'", "as Wrec for ∂S3/∂S2(Out)"]),
        ("1e400", ["'1e400'"]),
        ("9" * 16, ["at most 15 digits"]),
        ("2^0.5", ["whole numbers as exponents"]),
        ("2^x1", ["whole numbers as exponents"]),
        ("2^21", ["exponents up to 20"]),
        ("((2^20)^20)", ["exponents up to 20"]),
        ("9**9**9**9", ["whole numbers as exponents"]),
        ("Wrec2 x1", ["'Wrec2'", "Wrec^2"]),
        ("S3 - y3", ["'y3'", "no time stamp"]),
        ("2/m Σ (S3 - y)", ["'Σ'", "Leave out the sum"]),
        ("S2' x2", ["\"'\"", "log'(S2(In))"]),
        ("dS3/dS2 x2", ["'dS3'", "∂S3/∂S2(Out)"]),
        ("S_T - y", ["'S_T'", "Say at which time stamp"]),
        ("½", ["'½'"]),
        ("٣", ["'٣'"]),
        ("x1 if y else m", ["'if'"]),
        ("lambda: 0", ["'lambda'"]),
        ("2/m (S3-y) Wrec … 4 factors …", ["'…'"]),
        (None, ["NoneType"]),
        (2, ["int"]),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(answer, words):
    with pytest.raises(InputError) as stop:
        read(answer, EXERCISE)
    message = str(stop.value)
    assert message.startswith("answer: expected ")
    assert ", got " in message
    for word in words:
        assert word in message


HOSTILE = [
    ("(" + "-" * 27) * 50 + "x1" + ")" * 50, ("(" + "-" * 20) * 50 + "x1" + ")" * 50,
    "-(" * 40 + "x1" + ")" * 40, "(-+" * 30 + "1" + ")" * 30,
    "__import__('os').system('x')", "9**9**9**9", "(" * 10_000 + ")" * 10_000,
    "(" * 1_499 + ")" * 1_499, "-" * 2_999, "-" * 2_900 + "1", "1+" * 700 + "1", "e^" * 1400 + "1",
    "e**-" * 90 + "1", "((((9**20)**20)**20)**20)**20", "9**20" * 500, "(9**20)" * 400,
    "exp(" * 49 + "9" + ")" * 49, "exp(" * 700, "\0", "2\0", "😀", "1e400", "9" * 2_999,
    "0x" * 1400,
    "().__class__.__bases__", "eval('1')", "x1.real", "x1[0].y", "{y:m}", "y;m", "y:=m", "@y",
    "f'{y}'", "'" * 2_999, "\\" * 2_999, "\\frac{" * 490, "S_{" * 990, "_" * 2_999, "²" * 2_999,
    "a" * 1_000_000, " " * 2_990 + "z", "d" + " " * 2_990 + "z", "S2" + " " * 2_900 + "z",
    "d_" * 1_499, "S2_" * 999, "dξ/dWx =" * 370, "\ud800", "\x1b[31m", "\u202e", "x" + "9" * 2_000,
    "True", "None", "1_000", "1j", "0o7", "...", "f", "f'", "log(", "`ls`", "$(ls)", "%s" * 900,
]  # fmt: skip


def outcome(answer):
    """Return the value of an answer, or why it is refused."""
    try:
        return value(answer)
    except InputError as stop:
        return str(stop)


@pytest.mark.parametrize("answer", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_answers_are_refused_or_harmless(answer):
    found = outcome(answer)
    assert isinstance(found, float) or (len(found) < 400 and found.isprintable())


@pytest.mark.parametrize(
    "answer", ["1/0", "1/(y-y)", "0^-1", "exp(exp(exp(9)))", "e^e^e^e^9", "exp(-exp(exp(exp(9))))"]
)
def test_where_it_has_no_value_it_is_nan(answer):
    assert math.isnan(value(answer))


LETTERS = "2/m (S3-y)Wrecdlog_in^*+[]{}x1.,'=∂ξ²₂\\σe"


@given(st.one_of(st.text(), st.text(st.sampled_from(LETTERS), max_size=80)))
def test_any_text_is_read_or_refused(answer):
    found = outcome(answer)
    assert isinstance(found, float) or found.isprintable()
