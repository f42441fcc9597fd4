"""`judge`: right answers are right however they are written, wrong ones are wrong."""

import contextlib
import itertools
import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bptt
from bptt.derivation.exercise import Exercise
from bptt.derivation.points import draw
from bptt.derivation.tree import Symbol
from bptt.errors import InputError

UNITS = ["1", "f'(S1in)", "(2-1)", "m/m"]  # ways to write that there is no activation
ACTIVATIONS = ["logistic", "tanh", "identity"]
EVERY = [
    (n_steps, k, weight, activation)
    for n_steps in range(1, 6)
    for k in range(1, n_steps + 1)
    for weight in ("wx", "wrec")
    for activation in ACTIVATIONS
]


def judged(answer, n_steps, k, weight, activation):
    return bptt.judge(answer, time_stamp=k, weight=weight, n_steps=n_steps, activation=activation)


@pytest.mark.parametrize("exercise", EVERY, ids=str)
def test_our_own_formula_is_right(exercise):
    n_steps, k, weight, activation = exercise
    formula = Exercise(k, weight, n_steps, activation).hints[2]
    assert judged(formula, *exercise) == bptt.Verdict(right=True)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_longest_formula_can_be_typed(activation):
    for exercise in ((50, 1, "wx", activation), (50, 1, "wrec", activation)):
        assert judged(Exercise(1, exercise[2], 50, activation).hints[2], *exercise).right
        links = [f"W_rec*{slope(k, activation, 1)}" for k in range(49, 0, -1)]
        last = "x_1" if exercise[2] == "wx" else "State_0"
        assert judged(f"2/m*(State_50-y)*{'*'.join(links)}*{last}", *exercise).right


def slope(k, activation, way):
    """Return the derivative of the activation at State_k(In), in one of four writings."""
    if activation == "identity":
        return UNITS[way]
    if activation == "tanh":
        return [f"d_tanh(S{k}in)", f"(1-S{k}(Out)^2)", f"(1-s{k})(1+s{k})", f"(1-tanh(S{k}(In))²)"][
            way
        ]
    return [f"[d_log(S{k}(In))]", f"s{k}*(1-s{k})", f"(s{k}-s{k}**2)", f"log(S{k}in)(1-s{k}out)"][
        way
    ]


def rewritten(rng, n_steps, k, weight, activation):
    """Return the factors of a right answer, each in a random writing, in random order."""
    factors = [rng.choice(["2/m", "2 m^-1", "(1/m)*2", "1/(m/2)", "4 * 0.5 / m"])]
    factors.append(
        rng.choice([f"(S{n_steps}-y)", f"(-(y - S{n_steps}))", f"(S_{n_steps}(In) - y)"])
    )
    for j in range(n_steps - 1, k - 1, -1):
        factors += ["Wrec", slope(j, activation, rng.randrange(4))]
    factors.append(f"x{k}" if weight == "wx" else "S0" if k == 1 else f"S{k - 1}(Out)")
    rng.shuffle(factors)
    return factors


@given(st.sampled_from(EVERY), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_any_rewriting_of_the_right_answer_is_right(exercise, rng):
    factors = rewritten(rng, *exercise)
    sign = rng.choice([" * ", " ", "·"])
    product = sign.join(f"({f})" if "/" in f or f == "1" else f for f in factors)
    assert judged(product, *exercise) == bptt.Verdict(right=True), product
    others = [f"({f})" for f in factors if "S" not in f or "y" not in f]
    expanded = f"{'*'.join(others)}*S{exercise[0]} - {'*'.join(others)}*y"  # a (b - c) = ab - ac
    assert judged(expanded, *exercise).right, expanded


@given(st.sampled_from(EVERY), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_any_perturbation_is_wrong(exercise, rng):
    factors = [f"({factor})" for factor in rewritten(rng, *exercise) if factor not in UNITS]
    at = rng.randrange(len(factors))
    factors[at] = rng.choice(
        [
            "1", "2", f"{factors[at]}^2 * m", f"({factors[at]} + x1)", f"({factors[at]} - 0.01)",
            *(f"{factors[at]} * {wrong}" for wrong in ("Wx", "Wrec", "y", "1.001", "-1")),
        ]
    )  # fmt: skip
    verdict = judged("*".join(factors), *exercise)
    assert not verdict.right, factors
    assert verdict.mistakes or verdict.differs_at


# -- State_0 is zero -------------------------------------------------------------------------------


def test_zero_is_right_where_state_0_is_the_last_factor():
    for zero in ("0", "0*Wrec", "-0.0", "0/7", "2/m (S3-y) 0", "0+0", "0^2", "0*y-0*x1"):
        verdict = bptt.judge(zero, time_stamp=1, weight="wrec")
        assert verdict.right
        assert "State_0 is zero" in verdict.remark
    for other in (
        "x1 - x1",
        "d_log(99999)",
        "e^(-9^4)",
        "S3-S3",
        "1/3 - 1/3",
        "0/0",
        "0*1/0",
        "0/(x1-x1)",
        "0 log(1/0)",
        "0 e^(e^(e^9))",
        "0^0",
    ):
        assert not bptt.judge(other, time_stamp=1, weight="wrec").right
    for other in ({"time_stamp": 1}, {"time_stamp": 2, "weight": "wrec"}, {"time_stamp": 3}):
        assert not bptt.judge("0", **other).right


def test_a_wrong_formula_with_state_0_is_wrong_although_its_value_is_zero():
    verdict = bptt.judge("2/m (S3-y) Wrec d_log(S2in) S0", time_stamp=1, weight="wrec")
    assert [mistake.kind for mistake in verdict.mistakes] == ["no_link"]
    assert not bptt.judge("S0", time_stamp=1, weight="wrec").right


def test_state_1_may_be_written_without_state_0():
    way = "2/m (S3-y) Wrec d_log(S2in) Wrec d_log(x1 Wx)"
    assert bptt.judge(f"{way} x1", time_stamp=1).right
    assert bptt.judge(f"{way} S0", time_stamp=1, weight="wrec").right
    assert not bptt.judge(f"{way} x2", time_stamp=1).right


# -- the verdict -----------------------------------------------------------------------------------


def test_a_known_mistake_comes_with_a_hint():
    verdict = bptt.judge("2/m (S3 - y) Wrec x2", time_stamp=2)
    (mistake,) = verdict.mistakes
    assert (verdict.right, mistake.kind, mistake.time_stamp) == (False, "no_slope", 2)
    assert mistake.message == (
        "the activation's derivative is missing at time stamp 2: d_log(S2(In))"
    )
    assert verdict.hint == Exercise(2).hints[0]
    assert verdict.remark is verdict.differs_at is None
    assert hash(verdict) == hash(bptt.judge("2/m (S3 - y) Wrec x2", time_stamp=2))


def test_an_unknown_mistake_comes_with_a_point():
    verdict = bptt.judge("2/m (S3-y) x3 + 7", time_stamp=3)
    assert verdict.mistakes == ()
    at = verdict.differs_at
    assert {*at} == {"Wx", "Wrec", "m", "x1", "x2", "x3", "y", "expected", "answer"}
    assert at["answer"] == pytest.approx(at["expected"] + 7)
    # the point is one of the real network: State_0 is zero
    steps = bptt.scalar.trace([[at["x1"], at["x2"], at["x3"]]], [at["y"]], at["Wx"], at["Wrec"])
    assert at["expected"] == pytest.approx(steps[0][2].d_wx / at["m"])


def test_state_0_is_part_of_the_point_where_it_counts():
    assert "S0" in bptt.judge("7", time_stamp=1, weight="wrec").differs_at
    assert "S0" in bptt.judge("S0 + 7 x1", time_stamp=3).differs_at


def test_what_is_not_in_the_answer_is_named():
    verdict = bptt.judge("2/m (S3-y) Wrec + 3", time_stamp=1)
    assert verdict.hint == "Not in your answer at all, but in the right one: S2, S1, x1."


@pytest.mark.parametrize("answer", ["1/0", "1/(y-y)", "exp(exp(exp(9)))", "2/m (S3-y) x3/(m-m)"])
def test_an_answer_without_value_is_wrong(answer):
    verdict = bptt.judge(answer, time_stamp=3)
    assert not verdict.right
    assert verdict.differs_at["answer"] is None
    assert math.isfinite(verdict.differs_at["expected"])


def test_names_of_the_weights():
    for name in ("wrec", "Wrec", "weight_hh"):
        assert bptt.judge("2/m (S3-y) S2(Out)", time_stamp=3, weight=name).right
    with pytest.raises(InputError, match="'wx' or 'wrec'"):
        bptt.judge("x1", time_stamp=1, weight="wy")


def test_a_long_chain_is_diagnosed():
    for k, weight in itertools.product((1, 12), ("wx", "wrec")):
        assert not judged("x1 + m", 12, k, weight, "logistic").right


@given(st.text(st.sampled_from("2/m (S3-y)Wrecdlog_in^*+[]x12.,'"), max_size=40))
@settings(deadline=None)
def test_whatever_is_typed_there_is_a_verdict_or_an_input_error(answer):
    with contextlib.suppress(InputError):
        assert isinstance(bptt.judge(answer, time_stamp=2), bptt.Verdict)


WORDS = ["2", "m", "/", "S3", "y", "-", "(", ")", "Wrec", "dlog(", "S2in", "x2", "^2", "s2", "1"]


@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join), st.sampled_from(EVERY))
@settings(max_examples=150, deadline=None)
def test_whatever_the_words_there_is_a_verdict_or_an_input_error(answer, exercise):
    try:
        verdict = judged(answer, *exercise)
    except InputError:
        return
    assert verdict.right or verdict.mistakes or verdict.differs_at


def test_judging_needs_nothing_but_the_standard_library():
    """It also runs where there is no NumPy, as in a browser."""
    code = "import sys, bptt; assert bptt.judge('x1', time_stamp=1); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in ran.stdout.split()}
    assert not loaded & {"numpy", "rich", "sympy", "mpmath", "matplotlib"}


# -- a number in the place of m --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "m"),
    [
        ("2/3 (S3-y) Wrec dlog(S2in) x2", 3),
        ("(S3-y)/1.5*Wrec*dlog(S2in)*x2", 3),
        ("0.6667 (S3-y) Wrec dlog(S2in) x2", 3),
        ("2 (S3-y)/20 Wrec s2 (1-s2) x2", 20),
        ("0.02 (S3-y) Wrec dlog(S2in) x2", 100),
    ],
)
def test_a_number_for_m_is_right_for_so_many_sequences(answer, m):
    verdict = bptt.judge(answer, time_stamp=2)
    assert verdict.right
    assert f"it holds for {m} sequences" in verdict.remark


@pytest.mark.parametrize(
    ("answer", "kinds"),
    [
        ("2/3 (S3-y) Wrec x2", ["no_slope"]),
        ("2/3 (y - S3) Wrec dlog(S2in) x2", ["sign_of_error"]),
        ("-2/3 (S3 - y) Wrec dlog(S2in) x2", ["sign_of_error"]),
        ("(S3-y)/1.5*Wrec*dlog(S2out)*x2", ["slope_at_out"]),
        ("0.6667 (y-S3) Wrec dlog(S2in) x2", ["sign_of_error"]),
        ("2 (S3-y) Wrec dlog(S2in) x2", ["no_mean"]),
        ("(S3-y) Wrec dlog(S2in) x2", ["no_share"]),
    ],
)
def test_with_a_number_for_m_other_mistakes_are_still_seen(answer, kinds):
    assert [mistake.kind for mistake in bptt.judge(answer, time_stamp=2).mistakes] == kinds


def test_a_number_is_no_formula():
    verdict = bptt.judge("-0.474", time_stamp=2)
    assert not verdict.right
    assert verdict.hint.startswith("This is a number")


def test_no_formula_can_be_made_to_fit_the_points():
    """Points of the answer's own, with m that is no whole number, come last."""
    right = "2/m (S3-y) Wrec dlog(S2in) x2"
    hidden = "(1 + (m-3)(m-4)(m-5)(m-6)(m-7)(m-8)(m-9))"
    assert bptt.judge(right, time_stamp=2).right
    verdict = bptt.judge(right + hidden, time_stamp=2)
    assert not verdict.right
    assert verdict.mistakes == ()
    assert verdict.differs_at["expected"] != verdict.differs_at["answer"]
    at = [place.values[Symbol("x", 1)] for place in draw(3, "logistic")]
    through = "".join(f"(x1 - {x})" if x > 0 else f"(x1 + {-x})" for x in at)
    assert not bptt.judge(f"{right} (1 + {through})", time_stamp=2).right


def test_the_total_through_two_time_stamps():
    answer = "2/m (S5-y) Wrec dlog(S4in) Wrec dlog(S3in) "
    answer += "(x3 + Wrec dlog(S2in) (x2 + Wrec dlog(S1in) x1))"
    (mistake,) = bptt.judge(answer, time_stamp=3, n_steps=5).mistakes
    assert (mistake.kind, mistake.time_stamp) == ("total_for_immediate", 3)
    assert "S2 held fixed" in mistake.message


@pytest.mark.parametrize(
    "answer",
    [
        "2/3 (S3 - y + 0.0001) Wrec dlog(S2in) x2",
        "2/3 (S3-y) Wrec dlog(S2in) x2 + 0.00001",
        "2/3 (S3-y) Wrec dlog(S2in) x2 (1+0.0004 x1)",
        "0.00123 (S3 - y) Wrec dlog(S2in) x2",
        "2/7.05 (S3 - y) Wrec dlog(S2in) x2",
    ],
)
def test_only_the_number_for_m_may_be_rounded(answer):
    assert not bptt.judge(answer, time_stamp=2).right


def test_no_formula_with_a_number_for_m_can_be_made_to_fit_the_points():
    at = [place.values[Symbol("Wx")] for place in draw(3, "logistic")]
    bump = "*".join(f"(Wx-({value}))" for value in at)
    assert not bptt.judge(f"2/3 (S3-y) Wrec dlog(S2in) x2 + {bump}", time_stamp=2).right


@pytest.mark.parametrize(
    ("answer", "time_stamp", "weight", "activation"),
    [
        ("2/3 (S3-y) Wrec dlog(S2in) Wrec dlog(x1 Wx) x1", 1, "wx", "logistic"),
        ("2/3 (S3-y) Wrec dlog(S2in) log(x1 Wx)", 2, "wrec", "logistic"),
        ("2/3 (S3 - y) Wrec x1 Wx", 2, "wrec", "identity"),
    ],
)
def test_a_number_for_m_where_state_0_is_zero(answer, time_stamp, weight, activation):
    options = {"time_stamp": time_stamp, "weight": weight, "activation": activation}
    assert bptt.judge(answer, **options).right
    assert bptt.judge(answer.replace("2/3", "2/m"), **options).right
