"""The data of the table: all inside installable packages, or made by `bptt.tasks`."""

from __future__ import annotations

import os
import warnings
from typing import Any, NamedTuple

import numpy as np

import bptt


class Data(NamedTuple):
    """Sequences to train on and to be judged by."""

    x: Any
    y: np.ndarray
    test_x: Any
    test_y: np.ndarray


def _ucr(name: str, part: str) -> tuple[list[np.ndarray], np.ndarray]:
    """Read one of the .ts files inside the sktime wheel: sequences (T_i, d), class numbers."""
    import sktime
    from sktime.datasets import load_from_tsfile

    folder = os.path.join(os.path.dirname(sktime.__file__), "datasets", "data", name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sktime and pandas about each other
        table, classes = load_from_tsfile(os.path.join(folder, f"{name}_{part}.ts"))
    rows = [[np.asarray(cell) for cell in row] for row in table.to_numpy()]
    return [np.stack(row, axis=1) for row in rows], classes.astype(int) - 1


def _standardised(data: Data) -> Data:
    """Scale each input by mean and deviation of the training part."""
    steps = np.concatenate(list(data.x))
    mean, deviation = steps.mean(axis=0), steps.std(axis=0) + 1e-12

    def scaled(x: Any) -> Any:
        found = [((sequence - mean) / deviation).astype(np.float32) for sequence in x]
        return np.stack(found) if len({len(one) for one in found}) == 1 else found

    return data._replace(x=scaled(data.x), test_x=scaled(data.test_x))


def italy_power_demand(seed: int) -> Data:
    """67 and 1,029 days of 24 hours: is it summer or winter?  (UCR archive)"""
    return _standardised(
        Data(*_ucr("ItalyPowerDemand", "TRAIN"), *_ucr("ItalyPowerDemand", "TEST"))
    )


def japanese_vowels(seed: int) -> Data:
    """270 and 370 utterances of 7 to 29 steps of 12 coefficients: which of nine men?  (UCR)"""
    return _standardised(Data(*_ucr("JapaneseVowels", "TRAIN"), *_ucr("JapaneseVowels", "TEST")))


def digits(seed: int) -> Data:
    """scikit-learn's digits, read row by row: 8 steps of 8 pixels; the first 1,347 to train on."""
    from sklearn.datasets import load_digits

    images, numbers = load_digits(return_X_y=True)
    images = images.reshape(-1, 8, 8)
    return _standardised(Data(images[:1347], numbers[:1347], images[1347:], numbers[1347:]))


def adding(seed: int) -> Data:
    """Fresh sequences for 600 updates of 32, and 1,000 to be judged by."""
    x, y = bptt.tasks.adding(600 * 32, 50, rng=1000 + seed)
    return Data(x.astype(np.float32), y, *bptt.tasks.adding(1000, 50, rng=5000 + seed))


def temporal_order(seed: int) -> Data:
    """Fresh sequences for 800 updates of 32, and 1,000 to be judged by."""
    x, y = bptt.tasks.temporal_order(800 * 32, rng=1000 + seed)
    x = [sequence.astype(np.float32) for sequence in x]
    return Data(x, y, *bptt.tasks.temporal_order(1000, rng=5000 + seed))


def binary_addition(seed: int) -> Data:
    """2,000 random pairs of 6-bit numbers; judged by all 4,096 pairs there are."""
    x, y = bptt.tasks.binary_addition(2000, 6, rng=1000 + seed)
    bits = (np.arange(64)[:, None] >> np.arange(7)) & 1
    a, b = (grid.ravel() for grid in np.meshgrid(range(64), range(64)))
    every = np.stack([bits[a], bits[b]], axis=2).astype(np.float64)
    return Data(x, y[..., 0], every, ((a + b)[:, None] >> np.arange(7)) & 1)
