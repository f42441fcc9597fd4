"""Losses: each returns (ξ, ∂ξ/∂ŷ) and never broadcasts.

Prediction and target have one shape; a mask, True where an entry counts, has the same shape
(categorical: one axis less, a whole row counts or not).  What is masked has no effect on anything.
Every forward takes complex predictions, so that a complex step can check it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from bptt import _checks
from bptt._shapes import Array
from bptt.activations import LOGISTIC
from bptt.errors import InputError, NumberTypeError, sentence

LossFunction: TypeAlias = Callable[[Array, Array, Array | None], tuple[float, Array]]


@dataclass(frozen=True)
class Loss:
    """A cost and its derivative.

    Parameters
    ----------
    name : str
    function : callable (prediction, target, mask or None) -> (value, d_prediction)
    check : callable (called, y)
        Raises InputError if y, all numbers finite, is not a target of this loss.
    by_row : bool
        Whether the last axis of y is one answer (a distribution over classes): then the mean is
        over rows and y may also hold the classes' numbers.
    """

    name: str
    function: LossFunction
    check: Callable[[str, Array], None]
    by_row: bool = False

    def __call__(
        self, prediction: Array, target: Array, mask: Array | None = None
    ) -> tuple[float, Array]:
        """Return (ξ, ∂ξ/∂ŷ) for arrays of one shape."""
        called = f"loss {self.name!r}"
        prediction = _checks.numbers(called, "prediction", prediction, complex_ok=True)
        target = _checks.numbers(called, "target", target)
        do = "Shapes must agree exactly; a loss never broadcasts"
        _checks.shape(called, "target", target, prediction.shape, do)
        if mask is not None:
            mask = _checks.as_array(mask)
            if mask.dtype.kind != "b":
                raise NumberTypeError(sentence(called, "a bool mask", f"{mask.dtype}", do))
            expected = prediction.shape[:-1] if self.by_row else prediction.shape
            _checks.shape(called, "mask", mask, expected, do)
        if not (prediction.size if mask is None else mask.any()):
            do = "A mean needs at least one entry"
            raise InputError(sentence(called, "something that counts", "nothing", do))
        with np.errstate(all="ignore"):  # what is masked may be anything
            return self.function(prediction, target, mask)


def total(entries: Array) -> Any:
    """Return the sum of all entries as a number of Python's."""
    return np.add.reduce(entries, axis=None).item()


def mean(entries: Array, mask: Array | None) -> tuple[float, float]:
    """Return the mean of the entries that count, and 1 over their number."""
    if mask is None:
        share = 1.0 / entries.size
        return total(entries) * share, share
    share = 1.0 / int(np.count_nonzero(mask))
    return total(np.where(mask, entries, 0.0)) * share, share


def only(mask: Array | None, d_prediction: Array) -> Array:
    """Return the derivative with 0 for what does not count."""
    return (
        d_prediction if mask is None else np.where(mask, d_prediction, d_prediction.dtype.type(0))
    )


def mse(prediction: Array, target: Array, mask: Array | None) -> tuple[float, Array]:
    """Return the mean of (ŷ - y)², and 2 (ŷ - y) by the number of entries."""
    difference, number = prediction - target, prediction.dtype.type
    value, share = mean(difference * difference, mask)
    return value, only(mask, difference * number(2.0 * share))


def _binary_cross_entropy(logit: Array, target: Array, mask: Array | None) -> tuple[float, Array]:
    # ξ = log(1 + e^a) - y a.  With s(a) = 1/(1 + e^-a) and 1 - s(a) = s(-a):
    # dξ/da = s(a) - y = (1 - y) s(a) - y s(-a), which keeps its digits where s(a) is almost y.
    positive = logit.real > 0
    # In log(1 + e^a) = max(a, 0) + log(1 + e^-|a|) the last, often tiny, is added last.
    size = np.where(positive, logit, -logit)  # |a|
    missed = np.where(positive, logit, 0.0) - target * logit
    value, share = mean(missed + np.log1p(np.exp(-size)), mask)
    d_logit = (1.0 - target) * LOGISTIC(logit) - target * LOGISTIC(-logit)
    return value, only(mask, d_logit * share)


def _categorical_cross_entropy(
    logit: Array, target: Array, mask: Array | None
) -> tuple[float, Array]:
    # ξ = -Σ_j y_j log p_j,  p = softmax(a),  dξ/da_j = p_j Σ_i y_i - y_j.  The largest logit is
    # kept apart, so that 1 - p_j keeps its digits where one class is almost certain:
    # dξ/da_j = p_j (Σ_i y_i - y_j) - y_j (1 - p_j).
    top = logit.real.argmax(axis=-1)[..., None]
    shifted = logit - np.take_along_axis(logit, top, axis=-1)
    e = np.exp(shifted)
    others = e.copy()
    np.put_along_axis(others, top, 0.0, axis=-1)
    rest = others.sum(axis=-1, keepdims=True)
    total = 1.0 + rest
    value, share = mean(-(target * (shifted - np.log1p(rest))).sum(axis=-1), mask)
    not_e = total - e
    np.put_along_axis(not_e, top, rest, axis=-1)
    elsewhere = target.sum(axis=-1, keepdims=True) - target
    d_logit = (e * elsewhere - target * not_e) / total
    return value, only(None if mask is None else mask[..., None], d_logit * share)


def _any_number(called: str, y: Array) -> None:
    """Accept every finite target."""


def _probability(called: str, y: Array) -> None:
    if y.size and (y.min() < 0 or y.max() > 1):
        came = f"y from {y.min():g} to {y.max():g}"
        raise InputError(
            sentence(called, "y between 0 and 1", came, "Code the two classes as 0 and 1")
        )


def _distribution(called: str, y: Array) -> None:
    _probability(called, y)
    sums = y.sum(axis=-1)
    if not np.allclose(sums, 1.0, rtol=0, atol=1e-6):
        came = f"a row that sums to {sums.flat[np.abs(sums - 1.0).argmax()]:g}"
        do = "Give each row's probabilities, or the number of its class as an integer"
        raise InputError(sentence(called, "rows of y to sum to 1", came, do))


MSE = Loss("mse", mse, _any_number)
"""ξ = mean of (ŷ - y)² over every entry of y that counts (as in PyTorch and Keras; no ½)."""
BINARY_CROSS_ENTROPY = Loss("binary_cross_entropy", _binary_cross_entropy, _probability)
"""ξ = mean of log(1 + e^ŷ) - y ŷ over every entry; ŷ are logits (``BCEWithLogitsLoss``)."""
CATEGORICAL_CROSS_ENTROPY = Loss(
    "categorical_cross_entropy", _categorical_cross_entropy, _distribution, by_row=True
)
"""ξ = mean over rows of -Σ_j y_j log softmax(ŷ)_j; ŷ are logits (``CrossEntropyLoss``)."""

BY_NAME = {loss.name: loss for loss in (MSE, BINARY_CROSS_ENTROPY, CATEGORICAL_CROSS_ENTROPY)}


def find(called: str, loss: object) -> Loss:
    """Return the loss meant by a name or a `Loss`."""
    return loss if isinstance(loss, Loss) else _checks.one_of(called, "loss", loss, BY_NAME)


def one_hot(called: str, y: Array, n_classes: int) -> Array:
    """Turn class numbers 0 … n_classes-1 into rows with a single 1."""
    if y.dtype.kind not in "iub" and not (y == np.round(y)).all():
        do = f"Give whole numbers from 0 to {n_classes - 1}"
        raise NumberTypeError(sentence(called, "y to hold class numbers", "fractions", do))
    if y.size and (y.min() < 0 or y.max() >= n_classes):
        came = f"classes from {y.min():g} to {y.max():g}"
        do = "Number the classes from 0"
        if y.max() >= n_classes:
            do += f", or give the network output_size={int(y.max()) + 1}"
        raise InputError(sentence(called, f"classes from 0 to {n_classes - 1}", came, do))
    return np.asarray(np.eye(n_classes)[y.astype(np.intp)])
