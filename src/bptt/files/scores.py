"""How good predictions are, and how good those are that know the targets of the training alone."""

from __future__ import annotations

import numpy as np

from bptt._shapes import Array


def of_classes(truth: Array, predicted: Array) -> dict[str, float | None]:
    """Return accuracy, and its mean over the classes that occur.

    Examples
    --------
    >>> of_classes(np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0]))
    {'accuracy': 0.75, 'balanced_accuracy': 0.5}
    """
    right = truth == predicted
    recalls = [right[truth == label].mean() for label in np.unique(truth)]
    return {"accuracy": float(right.mean()), "balanced_accuracy": float(np.mean(recalls))}


def of_numbers(truth: Array, predicted: Array) -> dict[str, float | None]:
    """Return R², root mean squared error and mean absolute error; no R² of constant targets.

    Examples
    --------
    >>> of_numbers(np.array([1.0, 3.0]), np.array([2.0, 2.0]))
    {'r2': 0.0, 'rmse': 1.0, 'mae': 1.0}
    """
    error = predicted - truth
    mean_square, variance = float((error**2).mean()), float(truth.var())
    return {
        "r2": 1.0 - mean_square / variance if variance > 0 else None,
        "rmse": mean_square**0.5,
        "mae": float(np.abs(error).mean()),
    }


def most_frequent(classes: Array) -> int:
    """Return the class that a prediction without any input had best say, always."""
    return int(np.bincount(classes).argmax())
