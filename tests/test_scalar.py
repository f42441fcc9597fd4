"""The post's own formulas: against mpmath with 50 digits, and by hand."""

import math

import mpmath
import pytest

from bptt import scalar

DATA = [[0, 0, 1], [0, 1, 1], [1, 1, 1]], [1, 2, 3]


def exact(x, y, wx, wrec, activation):
    """Return ξ and its two derivatives by mpmath, which differentiates the cost numerically."""
    f = {
        "identity": lambda a: a,
        "logistic": lambda a: 1 / (1 + mpmath.exp(-a)),
        "tanh": mpmath.tanh,
    }[activation]

    def cost(wx, wrec):
        total = mpmath.mpf(0)
        for bits, target in zip(x, y, strict=True):
            state = mpmath.mpf(0)
            for k, bit in enumerate(bits, start=1):
                state = state * wrec + bit * wx
                if k < len(bits):
                    state = f(state)
            total += (state - target) ** 2
        return total / len(x)

    at = mpmath.mpf(wx), mpmath.mpf(wrec)
    return cost(*at), mpmath.diff(cost, at, (1, 0)), mpmath.diff(cost, at, (0, 1))


@pytest.mark.parametrize("n_steps", [1, 2, 3, 7])
@pytest.mark.parametrize("weights", [(0.2, 1.5), (-1.2, 3.5), (0.9, -0.4), (30.0, -25.0)])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh"])
def test_against_50_digits(activation, weights, n_steps):
    x = [[(i >> k) & 1 for k in range(n_steps)] for i in (1, 2, 5)]
    y = [1.0, 2.0, 0.5]
    loss, gradient = scalar.loss_and_gradient(x, y, *weights, activation)
    with mpmath.workdps(50):
        true_loss, *true_gradient = exact(x, y, *weights, activation)
        assert abs(loss - true_loss) <= 1e-14 * abs(true_loss)
        scale = max(abs(g) for g in true_gradient)
        # the terms that are summed may be larger than their sum
        terms = [t for s in scalar.trace(x, y, *weights, activation) for t in s]
        scale = max(scale, *(max(abs(t.d_wx), abs(t.d_wrec)) for t in terms))
        for ours, true in zip(gradient, true_gradient, strict=True):
            assert abs(ours - true) <= 1e-14 * scale


@pytest.mark.parametrize("name", ["logistic", "tanh"])
@pytest.mark.parametrize("a", [-745.0, -40.0, -1.0, -1e-8, 0.0, 1e-8, 0.3, 25.0, 700.0])
def test_activations_keep_their_digits(name, a):
    f, df = scalar.ACTIVATIONS[name]
    with mpmath.workdps(50):
        true = {"logistic": lambda t: 1 / (1 + mpmath.exp(-t)), "tanh": mpmath.tanh}[name]
        slope = {
            "logistic": lambda t: true(t) * (1 - true(t)),
            "tanh": lambda t: 1 / mpmath.cosh(t) ** 2,
        }[name]
        with mpmath.workdps(800):
            value, derivative = true(mpmath.mpf(a)), slope(mpmath.mpf(a))
        floor = 5e-324  # the smallest number there is
        # tanh near 0 is a difference of almost equal numbers here: exact to the last digit of 1
        assert abs(f(a) - value) <= 4e-16 * (1 if name == "tanh" else abs(value)) + floor
        assert abs(df(a) - derivative) <= 1e-15 * abs(derivative) + floor


def test_the_posts_three_time_stamps_written_out():
    """The formulas of the post's pictures for T = 3, factor by factor."""
    x, y, wx, wrec, m = [[0, 1, 1]], [2], 0.7, 1.3, 1
    log, d_log = scalar.logistic, scalar.d_logistic
    s1 = 0 * wrec + 0 * wx
    s2 = log(s1) * wrec + 1 * wx
    s3 = log(s2) * wrec + 1 * wx
    error = 2 / m * (s3 - 2)
    stamps = scalar.trace(x, y, wx, wrec)[0]
    assert stamps[2].d_wx == error * 1
    assert stamps[2].d_wrec == error * log(s2)
    assert stamps[1].d_wx == error * wrec * d_log(s2) * 1
    assert stamps[1].d_wrec == error * wrec * d_log(s2) * log(s1)
    assert stamps[0].d_wx == error * wrec * d_log(s2) * wrec * d_log(s1) * 0
    assert stamps[0].d_wrec == error * wrec * d_log(s2) * wrec * d_log(s1) * 0  # S_0
    assert stamps[2].state_out == stamps[2].state_in == s3  # (F)
    assert [stamp.k for stamp in stamps] == [1, 2, 3]


def test_shares_sum_to_the_gradient():
    stamps = [s for sequence in scalar.trace(*DATA, 0.9, 1.4) for s in sequence]
    _, (d_wx, d_wrec) = scalar.loss_and_gradient(*DATA, 0.9, 1.4)
    assert math.isclose(math.fsum(s.d_wx for s in stamps), d_wx, rel_tol=1e-15)
    assert math.isclose(math.fsum(s.d_wrec for s in stamps), d_wrec, rel_tol=1e-15)


def test_without_activation_time_stamp_k_carries_wrec_to_the_power_t_minus_k():
    wx, wrec = 0.8, 1.7
    stamps = scalar.trace([[1, 1, 1, 1]], [2], wx, wrec, "identity")[0]
    for stamp in stamps:
        assert math.isclose(stamp.d_state_in, stamps[-1].d_state_in * wrec ** (4 - stamp.k))


def test_a_step_of_gradient_descent():
    _, (d_wx, d_wrec) = scalar.loss_and_gradient(*DATA, 0.9, 1.4)
    assert scalar.descend(*DATA, 0.9, 1.4, rate=0.1) == (0.9 - 0.1 * d_wx, 1.4 - 0.1 * d_wrec)
    assert scalar.descend(*DATA, 0.9, 1.4, rate=(0.1, 0.2))[1] == 1.4 - 0.2 * d_wrec


def test_no_numpy_in_the_source():
    import ast
    from pathlib import Path

    tree = ast.parse(Path(scalar.__file__).read_text(encoding="utf-8"))
    imported = [n for node in ast.walk(tree) if isinstance(node, ast.Import) for n in node.names]
    modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not imported
    assert set(modules) == {"__future__", "collections.abc", "math", "typing"}
