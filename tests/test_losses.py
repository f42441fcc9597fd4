"""Each loss and its derivative against the textbook's formula with 50 digits."""

import mpmath
import numpy as np
import pytest

from bptt import losses
from bptt.losses import BINARY_CROSS_ENTROPY, CATEGORICAL_CROSS_ENTROPY, MSE

mpmath.mp.dps = 50
MODERATE = [0.0, -0.0, 0.3, -1.7, 5.0, -5.0, 1e-9, -1e-9]
SATURATED = [800.0, -800.0, 709.5, -709.5, 40.0, -40.0, 17.0, -37.5, 1e5, -1e5]


def mse(prediction, target):
    """Return the terms of the sum and their derivatives, each in a list."""
    return [(p - t) ** 2 for p, t in zip(prediction, target, strict=True)], [
        2 * (p - t) for p, t in zip(prediction, target, strict=True)
    ]


def logistic(a):
    return 1 / (1 + mpmath.exp(-a))


def binary_cross_entropy(logits, target):
    """-y log s(a) - (1 - y) log s(-a), where 1 - s(a) = s(-a) even with 50 digits lasts longer."""
    terms, slopes = [], []
    for a, y in zip(logits, target, strict=True):
        right, wrong = mpmath.log(logistic(a)), mpmath.log(logistic(-a))
        terms.append(-y * right - (1 - y) * wrong)
        slopes.append((1 - y) * logistic(a) - y * logistic(-a))
    return terms, slopes


def categorical_cross_entropy(rows, targets):
    terms, slopes = [], []
    for a, y in zip(rows, targets, strict=True):
        total = mpmath.fsum(mpmath.exp(a_j) for a_j in a)
        terms.append(
            -mpmath.fsum(
                y_j * mpmath.log(mpmath.exp(a_j) / total) for a_j, y_j in zip(a, y, strict=True)
            )
        )
        for j, a_j in enumerate(a):
            others = mpmath.fsum(mpmath.exp(a_i) for i, a_i in enumerate(a) if i != j)
            rest = mpmath.fsum(y_i for i, y_i in enumerate(y) if i != j)
            slopes.append((mpmath.exp(a_j) * rest - y[j] * others) / total)
    return terms, slopes


FORMULAS = {
    "mse": mse,
    "binary_cross_entropy": binary_cross_entropy,
    "categorical_cross_entropy": categorical_cross_entropy,
}


def exact(array):
    return (
        [exact(row) for row in array] if array.ndim > 1 else [mpmath.mpf(float(a)) for a in array]
    )


def close(found, expected, dtype):
    """Compare to 16 rounding errors of that very number, or what is too small for the dtype."""
    found, info = np.asarray(found), np.finfo(dtype)
    for one, other in zip(found.ravel(), expected, strict=True):
        difference = abs(mpmath.mpf(float(one)) - other)
        assert difference <= 16 * float(info.eps) * abs(other) + float(info.tiny), (one, other)


def compare(loss, prediction, target):
    before = prediction.copy(), target.copy()
    value, slopes = loss(prediction, target)
    assert type(value) is float
    assert slopes.shape == prediction.shape
    assert slopes.dtype == prediction.dtype
    terms, derivatives = FORMULAS[loss.name](exact(prediction), exact(target))
    close(value, [mpmath.fsum(terms) / len(terms)], prediction.dtype)
    close(slopes, [d / len(terms) for d in derivatives], prediction.dtype)
    for array, copy in zip((prediction, target), before, strict=True):
        assert array.tobytes() == copy.tobytes()


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_mse(dtype):
    rng = np.random.default_rng(0)
    prediction = np.array([*rng.normal(size=6), 1.0, 1e8, 1e-12, 3.0], dtype)
    target = np.array([*rng.normal(size=6), 1.0 + 1e-6, 1e8 - 8, -1e-12, 3.0], dtype)
    compare(MSE, prediction, target)
    for shape in ((10, 1), (5, 2), (1, 5, 2)):
        value, slopes = MSE(prediction.reshape(shape), target.reshape(shape))
        assert value == MSE(prediction, target)[0]
        assert (slopes == MSE(prediction, target)[1].reshape(shape)).all()


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("y", [0.0, 1.0, 0.5])
@pytest.mark.parametrize("logit", MODERATE + SATURATED)
def test_binary_cross_entropy_of_one_entry(logit, y, dtype):
    if y == 0.5:  # s(a) - 1/2 may cancel: compared where the digits come from
        value, slope = BINARY_CROSS_ENTROPY(np.array([logit], dtype), np.array([y], dtype))
        a = mpmath.mpf(float(np.array(logit, dtype)))
        assert abs(value - (mpmath.log(1 + mpmath.exp(abs(a))) - abs(a) / 2)) <= 16 * np.finfo(
            dtype
        ).eps * (1 + abs(a))
        assert abs(float(slope[0]) - (logistic(a) - 0.5)) <= 16 * np.finfo(dtype).eps
    else:
        compare(BINARY_CROSS_ENTROPY, np.array([logit], dtype), np.array([y], dtype))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_binary_cross_entropy_of_many(dtype):
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(7, 3)) * 10
    compare(
        BINARY_CROSS_ENTROPY, logits.ravel().astype(dtype), rng.integers(0, 2, 21).astype(dtype)
    )


ROWS = [
    [0.0, 0.0, 0.0],
    [1.0, 1.0, -1.0],
    [0.3, -1.2, 2.0],
    [800.0, -800.0, 0.0],
    [-800.0, -800.0, -800.0],
    [800.0, 800.0, 799.0],
    [40.0, 0.0, 1.0],
    [17.0, -20.0, 17.0],
    [-1e5, 1e5, 0.0],
    [700.0, 0.0, 690.0],
]


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("winner", [0, 1, 2])
@pytest.mark.parametrize("row", ROWS)
def test_categorical_cross_entropy_of_one_row(row, winner, dtype):
    compare(CATEGORICAL_CROSS_ENTROPY, np.array([row], dtype), np.eye(3, dtype=dtype)[[winner]])


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("n_classes", [1, 2, 5])
def test_categorical_cross_entropy_of_many(n_classes, dtype):
    rng = np.random.default_rng(2)
    logits = (rng.normal(size=(6, n_classes)) * 5).astype(dtype)
    compare(
        CATEGORICAL_CROSS_ENTROPY,
        logits,
        np.eye(n_classes, dtype=dtype)[rng.integers(0, n_classes, 6)],
    )


def test_categorical_cross_entropy_of_distributions():
    rng = np.random.default_rng(3)
    logits, target = rng.normal(size=(8, 4)) * 5, rng.dirichlet(np.ones(4), 8)
    value, slopes = CATEGORICAL_CROSS_ENTROPY(logits, target)
    terms, derivatives = categorical_cross_entropy(exact(logits), exact(target))
    close(value, [mpmath.fsum(terms) / 8], float)
    for one, other in zip(slopes.ravel(), derivatives, strict=True):  # p - y may cancel
        assert abs(float(one) - other / 8) <= 16 * np.finfo(float).eps


@pytest.mark.parametrize("loss", losses.BY_NAME.values(), ids=losses.BY_NAME)
@pytest.mark.parametrize("masked", [np.nan, np.inf, 1e300])
def test_what_is_masked_does_not_exist(loss, masked):
    rng = np.random.default_rng(4)
    prediction = rng.normal(size=(6, 4, 3))
    target = rng.dirichlet(np.ones(3), (6, 4))
    mask = rng.random((6, 4) if loss.by_row else (6, 4, 3)) < 0.6
    hidden = target.copy()
    hidden[~mask] = masked
    value, slopes = loss(prediction, hidden, mask)
    expected, expected_slopes = loss(prediction[mask], target[mask])
    assert value == pytest.approx(expected, rel=1e-14, abs=0)
    assert slopes[mask] == pytest.approx(expected_slopes, rel=1e-14, abs=0)
    assert (slopes[~mask] == 0).all()
    assert 0 < mask.sum() < mask.size


@pytest.mark.parametrize("loss", losses.BY_NAME.values(), ids=losses.BY_NAME)
@pytest.mark.parametrize("scale", [1, 50, 300])
def test_complex_step_through_every_loss(loss, scale):
    rng = np.random.default_rng(5)
    prediction = rng.normal(size=(5, 3)) * scale
    target = np.eye(3)[rng.integers(0, 3, 5)]
    _, slopes = loss(prediction, target)
    for entry in np.ndindex(5, 3):
        moved = prediction.astype(complex)
        moved[entry] += 1e-30j
        value, _ = loss(moved, target)
        assert type(value) is complex
        assert value.imag / 1e-30 == pytest.approx(slopes[entry], rel=1e-12, abs=1e-300)


def test_one_hot():
    rows = losses.one_hot("f", np.array([[2.0, 0.0], [1.0, 2.0]]), 3)
    assert rows.dtype == np.float64
    assert rows.tolist() == [[[0, 0, 1], [1, 0, 0]], [[0, 1, 0], [0, 0, 1]]]
    assert losses.one_hot("f", np.array([True, False]), 2).tolist() == [[0, 1], [1, 0]]
    assert losses.one_hot("f", np.array([-0.0, 0]), 1).tolist() == [[1], [1]]
    assert losses.one_hot("f", np.zeros(0), 4).shape == (0, 4)


def test_find_and_what_each_loss_accepts():
    for name, loss in losses.BY_NAME.items():
        assert losses.find("f", name) is losses.find("f", loss) is loss
        assert loss.name == name
    for loss in losses.BY_NAME.values():
        loss.check("f", np.zeros((0, 2)))
    losses.MSE.check("f", np.array([-1e300, 1e300]))
    losses.BINARY_CROSS_ENTROPY.check("f", np.array([0.0, 1.0, 0.5, -0.0]))
    losses.CATEGORICAL_CROSS_ENTROPY.check("f", np.array([[0.1] * 10, [1.0] + [0.0] * 9]))
