"""Sequences in every form that X may have, each with its targets."""

import numpy as np

LENGTHS = [5, 3, 7, 4, 6, 5, 8, 3, 4, 6, 7, 5, 4, 3, 6, 8, 5, 7, 4, 6, 3, 5, 6, 4, 7, 8, 3, 5, 4, 6]


def table(n=30, n_steps=6):
    return np.random.default_rng(0).standard_normal((n, n_steps))


def three_d(n=30, n_steps=6, d=2):
    return np.random.default_rng(1).standard_normal((n, n_steps, d))


def ragged(n=30):
    """Return sequences of one number at each time stamp, (T_i,)."""
    rng = np.random.default_rng(2)
    return [rng.standard_normal(length) for length in LENGTHS[:n]]


def ragged_wide(n=30, d=2):
    """Return sequences (T_i, d)."""
    rng = np.random.default_rng(3)
    return [rng.standard_normal((length, d)) for length in LENGTHS[:n]]


def objects(parts):
    """Return a list of arrays as a one-dimensional array of them."""
    array = np.empty(len(parts), dtype=object)
    array[:] = parts
    return array


FORMS = {
    "table": table,
    "three_d": three_d,
    "ragged": ragged,
    "ragged_wide": ragged_wide,
    "objects": lambda: objects(ragged()),
    "objects_wide": lambda: objects(ragged_wide()),
}


def numbers_of(X):
    """Return a target that a network can learn: the mean of each sequence."""
    return np.array([np.mean(x) for x in X])


def classes_of(X, names=("falls", "rises")):
    """Return two classes of equal number."""
    means = numbers_of(X)
    return np.array(names)[(means > np.median(means)).astype(int)]
