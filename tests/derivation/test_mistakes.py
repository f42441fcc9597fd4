"""Mistakes as a learner writes them: each is recognised, by kind and time stamp."""

import pytest

from bptt.derivation.diagnosis import ALL
from bptt.derivation.edits import Parts
from bptt.derivation.exercise import Exercise
from bptt.derivation.judge import judge

# The right answers, for comparison:
#   T = 3  wx    3: 2/m (S3-y) x3
#                2: 2/m (S3-y) Wrec dlog(S2in) x2
#                1: 2/m (S3-y) Wrec dlog(S2in) Wrec dlog(S1in) x1
#   T = 3  wrec  3: 2/m (S3-y) S2out   2: ... S1out   1: ... S0
L = "logistic"
THREE = [
    # kind, where it is, time stamp asked for, weight, activation, answer
    ("no_slope", 2, 2, "wx", L, "2/m (S3-y) Wrec x2"),
    ("total_for_immediate", 2, 2, "wx", L, "2/m (S3-y) Wrec dlog(S2in) (x2 + Wrec dlog(S1in) x1)"),
    ("total_for_immediate", 2, 2, "wrec", L,
     "2/m (S3-y) Wrec dlog(S2in) (S1 + Wrec dlog(S1in) S0)"),
    ("no_parentheses", 3, 2, "wx", L, "2/m S3 - y Wrec dlog(S2in) x2"),
    ("sum_of_all", 2, 2, "wrec", L, "2/m (S3-y) Wrec dlog(S2in) S1 + 2/m (S3-y) S2"),
    ("no_slope", 1, 1, "wrec", L, "2/m (S3-y) Wrec s2 (1-s2) Wrec S0"),
    ("no_slope", 2, 1, "wx", L, "2/m (S3-y) Wrec^2 x1"),  # both
    ("slope_at_out", 2, 2, "wx", L, "2/m (S3-y) Wrec dlog(S2) x2"),
    ("slope_at_out", 2, 1, "wx", L, "2/m (S3-y) Wrec dlog(S2out) Wrec dlog(S1out) x1"),
    ("slope_at_out", 1, 1, "wx", L, "2/m (S3-y) Wrec dlog(S2in) Wrec d_log(S1(Out)) x1"),
    ("function_not_slope", 2, 2, "wrec", L, "2/m (S3-y) Wrec log(S2(In)) s1"),
    ("function_not_slope", 2, 2, "wrec", L, "2/m (S3-y) Wrec s2 s1"),
    ("half_of_slope", 2, 2, "wx", L, "2/m (S3-y) Wrec (1-s2) x2"),
    ("half_of_slope", 2, 2, "wx", "tanh", "2/m (S3-y) Wrec (1-s2) x2"),
    ("half_of_slope", 2, 2, "wx", "tanh", "2/m (S3-y) Wrec s2^2 x2"),
    ("slope_formula_at_in", 2, 2, "wx", L, "2/m (S3-y) Wrec S2in (1-S2in) x2"),
    ("slope_formula_at_in", 1, 1, "wx", "tanh", "2/m(S3-y)Wrec^2 (1-s2^2)(1-S1(In)^2)x1"),
    ("slope_of_other_activation", 2, 2, "wx", L, "2/m (S3-y) Wrec (1-s2^2) x2"),
    ("slope_of_other_activation", 2, 2, "wx", "tanh", "2/m (S3-y) Wrec s2 (1-s2) x2"),
    ("slope_of_other_activation", 2, 2, "wx", "tanh", "2/m (S3-y) Wrec dlog(S2in) x2"),
    ("slope_of_other_time_stamp", 2, 2, "wx", L, "2/m (S3-y) Wrec dlog(S1in) x2"),
    ("slope_of_other_time_stamp", 2, 2, "wx", L, "2/m (S3-y) Wrec dlog(S3) x2"),
    ("wrec_too_few", 1, 1, "wx", L, "2/m (S3-y) Wrec dlog(S2in) dlog(S1in) x1"),
    ("wrec_too_few", 1, 1, "wx", L, "2/m (S3-y) dlog(S2in) dlog(S1in) x1"),
    ("wrec_too_few", 2, 2, "wrec", L, "2/m (S3-y) dlog(S2in) s1"),
    ("wrec_too_many", 2, 2, "wx", L, "2/m (S3-y) Wrec^2 dlog(S2in) x2"),
    ("wrec_too_many", 3, 3, "wx", L, "2/m (S3-y) Wrec x3"),
    ("wx_for_wrec", 2, 2, "wx", L, "2/m (S3-y) Wx dlog(S2in) x2"),
    ("no_share", 3, 3, "wx", L, "(S3-y) x3"),
    ("no_two", 3, 3, "wx", L, "1/m (S3-y) x3"),
    ("no_mean", 3, 3, "wx", L, "2 (S3-y) x3"),
    ("m_above", 3, 3, "wx", L, "2*m*(S3-y)*x3"),
    ("m_above", 3, 3, "wx", L, "m/2*(S3-y)*x3"),
    ("sign_of_error", 3, 3, "wx", L, "2/m (y-S3) x3"),
    ("last_state_activated", 3, 2, "wx", L, "2/m (log(S3)-y) Wrec dlog(S2in) x2"),
    ("no_target", 3, 3, "wrec", L, "2/m S3 S2"),
    ("sign_of_target", 3, 3, "wx", L, "2/m (S3+y) x3"),
    ("cost_itself", 3, 3, "wx", L, "1/m (S3-y)^2 x3"),
    ("error_squared", 3, 3, "wx", L, "2/m (S3-y)^2 x3"),
    ("error_at_other_state", 3, 2, "wx", L, "2/m (S2-y) Wrec dlog(S2in) x2"),
    ("no_error", 3, 2, "wx", L, "Wrec dlog(S2in) x2"),
    ("other_weight", 3, 3, "wx", L, "2/m (S3-y) S2(Out)"),
    ("other_weight", 2, 2, "wrec", L, "2/m (S3-y) Wrec dlog(S2in) x2"),
    ("other_weight", 1, 1, "wrec", L, "2/m (S3-y) x3"),
    ("in_for_out", 3, 3, "wrec", L, "2/m (S3-y) S2(In)"),
    ("activated_twice", 3, 3, "wrec", L, "2/m (S3-y) log(S2(Out))"),
    ("x_of_other_time_stamp", 2, 2, "wx", L, "2/m (S3-y) Wrec dlog(S2in) x3"),
    ("state_of_other_time_stamp", 2, 2, "wrec", L, "2/m (S3-y) Wrec dlog(S2in) S2"),
    ("state_of_other_time_stamp", 3, 3, "wrec", L, "2/m (S3-y) S3"),
    ("state_of_other_time_stamp", 1, 1, "wrec", L, "2/m(S3-y) Wrec^2 dlog(S2in) dlog(S1in) S1in"),
    ("state_for_x", 2, 2, "wx", L, "2/m (S3-y) Wrec dlog(S2in) S2"),
    ("x_for_state", 3, 3, "wrec", L, "2/m (S3-y) x2"),
    ("no_last_factor", 3, 3, "wx", L, "2/m (S3-y)"),
    ("no_last_factor", 1, 1, "wrec", L, "2/m (S3-y) Wrec dlog(S2in) Wrec dlog(S1in)"),
    ("weight_for_factor", 3, 3, "wx", L, "2/m (S3-y) Wx"),
    ("weight_for_factor", 2, 2, "wx", L, "2/m (S3-y) Wrec dlog(S2in) Wx"),
    ("last_state_slope", 3, 3, "wx", L, "2/m (S3-y) d_log(S3(In)) x3"),
    ("last_state_slope", 3, 2, "wx", L, "2/m (S3-y) s3 (1-s3) Wrec s2 (1-s2) x2"),
    ("slope_too_many", 2, 3, "wrec", L, "2/m (S3-y) d_log(S2in) S2"),
    ("slope_too_many", 2, 2, "wx", L, "2/m (S3-y) Wrec d_log(S2in)^2 x2"),
    ("no_activation", 2, 2, "wx", "identity", "2/m (S3-y) Wrec d_log(S2) x2"),
    ("no_activation", 2, 1, "wx", "identity", "2/m (S3-y) Wrec d_log(S2) Wrec d_log(S1) x1"),
    ("no_activation", 3, 3, "wx", "identity", "2/m (S3-y) d_tanh(S3) x3"),
    ("no_link", 1, 1, "wx", L, "2/m (S3-y) Wrec dlog(S2in) x1"),
    ("no_link", 1, 1, "wx", L, "2/m (S3-y) x1"),
    ("no_link", 2, 2, "wx", L, "2/m (S3-y) x2"),
    ("added", 2, 2, "wx", L, "2/m (S3-y) (Wrec + dlog(S2in)) x2"),
    ("link_too_many", 2, 2, "wx", L, "2/m (S3-y) Wrec dlog(S2in) Wrec dlog(S1in) x2"),
    ("only_error", 1, 1, "wx", L, "2/m (S3-y)"),
    ("other_time_stamp", 1, 1, "wx", L, "2/m (S3-y) Wrec dlog(S2in) x2"),
    ("sum_of_all", 2, 2, "wx", L,
     "2/m (S3-y) (x3 + Wrec dlog(S2in) x2 + Wrec dlog(S2in) Wrec dlog(S1in) x1)"),
    ("factor_too_many", 3, 3, "wrec", L, "2/m (S3-y) x3 s2"),
    ("constant_factor", 3, 3, "wx", L, "4/m (S3-y) x3"),
]  # fmt: skip

# T = 5, time stamp 2:  2/m (S5-y) Wrec⁴⁻¹ d_log(S4) d_log(S3) d_log(S2) · x2 or S1(Out)
WAY = "Wrec dlog(S4in) Wrec dlog(S3in) Wrec dlog(S2in)"
FIVE = [
    ("total_for_immediate", 2, "wx", L, f"2/m (S5-y) {WAY} (x2 + Wrec dlog(S1in) x1)"),
    ("no_parentheses", 5, "wrec", L, f"2/m S5 - y {WAY} S1"),
    ("no_slope", 3, "wx", L, "2/m (S5-y) Wrec dlog(S4in) Wrec Wrec dlog(S2in) x2"),
    ("no_slope", 4, "wx", L, "2/m (S5-y) Wrec^3 x2"),
    ("slope_at_out", 3, "wx", L, "2/m (S5-y) Wrec^3 dlog(S4in) dlog(S3) dlog(S2in) x2"),
    ("function_not_slope", 2, "wx", L, "2/m (S5-y) Wrec^3 dlog(S4in) dlog(S3in) log(S2in) x2"),
    ("half_of_slope", 4, "wx", L, "2/m (S5-y) Wrec^3 (1-s4) s3 (1-s3) s2 (1-s2) x2"),
    ("slope_formula_at_in", 3, "wx", L,
     "2/m (S5-y) Wrec^3 s4 (1-s4) S3in (1-S3in) s2 (1-s2) x2"),
    ("slope_of_other_activation", 3, "wx", L, "2/m (S5-y) Wrec^3 s4 (1-s4)(1-s3^2) s2 (1-s2) x2"),
    ("slope_of_other_time_stamp", 3, "wx", L, "2/m(S5-y) Wrec^3 dlog(S4in)dlog(S1in)dlog(S2in)x2"),
    ("wrec_too_few", 2, "wx", L, "2/m (S5-y) Wrec^2 dlog(S4in) dlog(S3in) dlog(S2in) x2"),
    ("wrec_too_few", 2, "wx", "identity", "2/m (S5-y) Wrec^2 x2"),
    ("wrec_too_many", 2, "wx", L, f"2/m (S5-y) Wrec {WAY} x2"),
    ("wrec_too_many", 2, "wx", "identity", "2/m (S5-y) Wrec^5 x2"),
    ("wx_for_wrec", 2, "wx", L, "2/m (S5-y) Wx Wrec^2 dlog(S4in) dlog(S3in) dlog(S2in) x2"),
    ("no_share", 5, "wrec", L, f"(S5-y) {WAY} s1"),
    ("no_two", 5, "wrec", L, f"(S5-y)/m {WAY} s1"),
    ("no_mean", 5, "wx", L, f"2 (S5-y) {WAY} x2"),
    ("m_above", 5, "wx", L, f"2m (S5-y) {WAY} x2"),
    ("sign_of_error", 5, "wx", L, f"-2/m (S5-y) {WAY} x2"),
    ("last_state_activated", 5, "wx", L, f"2/m (1/(1+e^(-S5)) - y) {WAY} x2"),
    ("no_target", 5, "wx", L, f"2/m S5 {WAY} x2"),
    ("sign_of_target", 5, "wx", L, f"2/m (y+S5) {WAY} x2"),
    ("cost_itself", 5, "wx", L, f"(S5-y)²/m {WAY} x2"),
    ("error_squared", 5, "wx", L, f"2/m (y-S5)² {WAY} x2"),
    ("error_at_other_state", 5, "wx", L, f"2/m (S2in-y) {WAY} x2"),
    ("no_error", 5, "wx", L, f"{WAY} x2"),
    ("other_weight", 2, "wrec", L, f"2/m (S5-y) {WAY} x2"),
    ("in_for_out", 2, "wrec", L, f"2/m (S5-y) {WAY} S1in"),
    ("activated_twice", 2, "wrec", L, f"2/m (S5-y) {WAY} sigmoid(s1)"),
    ("x_of_other_time_stamp", 2, "wx", L, f"2/m (S5-y) {WAY} x5"),
    ("state_of_other_time_stamp", 2, "wrec", L, f"2/m (S5-y) {WAY} S4"),
    ("state_for_x", 2, "wx", L, f"2/m (S5-y) {WAY} S2in"),
    ("x_for_state", 2, "wrec", L, f"2/m (S5-y) {WAY} x1"),
    ("no_last_factor", 2, "wx", L, f"2/m (S5-y) {WAY}"),
    ("weight_for_factor", 2, "wx", L, f"2/m (S5-y) {WAY} Wx"),
    ("last_state_slope", 5, "wx", L, f"2/m (S5-y) dlog(S5) {WAY} x2"),
    ("slope_too_many", 1, "wrec", L, f"2/m (S5-y) {WAY} dlog(S1in) s1"),
    ("no_activation", 4, "wx", "identity", f"2/m (S5-y) {WAY} x2"),
    ("no_activation", 3, "wx", "identity", "2/m (S5-y) Wrec^3 dlog(S3) x2"),
    ("no_link", 3, "wx", L, "2/m (S5-y) Wrec dlog(S4in) Wrec dlog(S2in) x2"),
    ("no_link", 2, "wx", L, "2/m (S5-y) x2"),
    ("added", 4, "wx", L, "2/m (S5-y) (Wrec + dlog(S4in)) Wrec dlog(S3in) Wrec dlog(S2in) x2"),
    ("link_too_many", 2, "wx", L, f"2/m (S5-y) {WAY} Wrec dlog(S1in) x2"),
    ("only_error", 2, "wrec", L, "2/m (S5-y)"),
    ("other_time_stamp", 2, "wx", L, "2/m (S5-y) Wrec dlog(S4in) Wrec dlog(S3in) x3"),
    ("sum_of_all", 2, "wx", "identity",
     "2/m (S5-y) (x5 + Wrec x4 + Wrec^2 x3 + Wrec^3 x2 + Wrec^4 x1)"),
    ("factor_too_many", 2, "wx", L, f"2/m (S5-y) {WAY} x2^2"),
    ("constant_factor", 2, "wx", L, f"3/m (S5-y) {WAY} x2"),
]  # fmt: skip


def found(answer, k, weight, n_steps, activation):
    verdict = judge(answer, time_stamp=k, weight=weight, n_steps=n_steps, activation=activation)
    assert not verdict.right
    for mistake in verdict.mistakes:
        assert mistake.message.isprintable()
        assert not mistake.message.endswith(".")
    return [(mistake.kind, mistake.time_stamp) for mistake in verdict.mistakes]


@pytest.mark.parametrize("case", THREE, ids=lambda case: f"{case[0]}-{case[-1]}")
def test_three_time_stamps(case):
    kind, stamp, k, weight, activation, answer = case
    assert found(answer, k, weight, 3, activation) == [(kind, stamp)]


@pytest.mark.parametrize("case", FIVE, ids=lambda case: f"{case[0]}-{case[-1]}")
def test_five_time_stamps(case):
    kind, stamp, weight, activation, answer = case
    assert found(answer, 2, weight, 5, activation) == [(kind, stamp)]


def test_every_kind_is_written_by_hand_above():
    kinds = {
        edit.mistake.kind
        for activation in ("logistic", "tanh", "identity")
        for weight in ("wx", "wrec")
        for k in (1, 2, 3)
        for generator in ALL
        for edit in generator(Parts(Exercise(k, weight, 3, activation)))
    } | {"constant_factor"}
    assert kinds == {case[0] for case in THREE} == {case[0] for case in FIVE}
    assert len(kinds) > 10


@pytest.mark.parametrize(
    ("k", "weight", "answer", "expected"),
    [
        (2, "wx", "(y-S3) Wrec dlog(S2in) x2", {"no_share", "sign_of_error"}),
        (2, "wx", "2/m (S3-y) Wrec x3", {"no_slope", "x_of_other_time_stamp"}),
        (1, "wx", "2 (S3-y) Wrec dlog(S2in) dlog(S1in) x1", {"no_mean", "wrec_too_few"}),
        (2, "wrec", "2/m (S3-y) dlog(S3) Wrec dlog(S2) S1",
         {"slope_at_out", "last_state_slope"}),
        (1, "wrec", "2/m (S3-y) Wrec Wrec dlog(S2in) x1", {"no_slope", "other_weight"}),
        (1, "wx", "(S3-y) Wrec dlog(S2in) x2", {"no_share", "other_time_stamp"}),
    ],
)  # fmt: skip
def test_two_mistakes_at_once(k, weight, answer, expected):
    assert {kind for kind, _ in found(answer, k, weight, 3, L)} == expected


@pytest.mark.parametrize("activation", ["logistic", "tanh", "identity"])
@pytest.mark.parametrize(("k", "weight"), [(k, w) for k in (1, 2, 4) for w in ("wx", "wrec")])
def test_no_edit_leaves_the_answer_right(k, weight, activation):
    """Each names a place of the row, and changes the value at every point."""
    from bptt.derivation.points import draw, equal

    parts = Parts(Exercise(k, weight, 4, activation))
    for place in draw(4, activation):
        for generator in ALL:
            for edit in generator(parts):
                factor = 1.0
                for at, wrong in edit.changes.items():
                    factor *= place.value(wrong) / place.value(parts.row[at])
                assert not equal([factor], [1.0]), edit.mistake
