"""What X may be: a table (n, T), an array (n, T, d), or sequences one by one.

scikit-learn checks whatever is a table.  Of the other two it is shown all time stamps behind one
another, a table too: one row for each time stamp, one column for each feature.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from bptt import _checks, sequences
from bptt._shapes import Array
from bptt.errors import ShapeError, sentence

DTYPES = (np.float64, np.float32)


class Sequences(NamedTuple):
    """X as `RNN` takes it."""

    x: Array | list[Array]
    """(n, T) or (n, T, d), or a list of n arrays (T_i, d)"""
    input_size: int
    """d; 1 for a table"""
    dtype: np.dtype[np.generic]


def read(estimator: Any, called: str, X: Any, *, reset: bool) -> Sequences:
    """Check X, and that it is as it was in ``fit`` unless ``reset``; set ``n_features_in_``.

    A table has as many features as columns, the other forms have d.  Where an estimator was fitted
    on the one form and is given another, the number of inputs at one time stamp must agree.

    Raises
    ------
    ValueError
        If X holds no finite numbers, or not as many features as in ``fit``.
    """
    parts = sequences.one_by_one(X)
    if parts is not None:
        rows = sequences.flat(called, "X", parts)
        rows = rows[:, None] if rows.ndim == 1 else rows
        rows = _validated(estimator, called, rows, reset=reset)
        x: Array | list[Array] = np.split(rows, np.cumsum(sequences.list_lengths(parts))[:-1])
    elif (array := X if hasattr(X, "ndim") else _checks.as_array(X)).ndim == 3:
        n, n_steps, d = array.shape
        rows = np.asarray(array).reshape(n * n_steps, d)
        rows = _validated(estimator, called, rows, reset=reset)
        x = rows.reshape(n, n_steps, d)
    else:
        rows = _validated(estimator, called, X, reset=reset, table=True)
        return Sequences(rows, 1, rows.dtype)
    # for what it says where an entry is not finite, or a sequence without time stamps
    sequences.read(called, x, rows.shape[1])
    return Sequences(x, rows.shape[1], rows.dtype)


def _validated(
    estimator: Any, called: str, rows: Any, *, reset: bool, table: bool = False
) -> Array:
    """Let scikit-learn check a table; see that the features are as many as in ``fit``."""
    from sklearn.utils.validation import check_array, validate_data

    # what is not finite in sequences is said later, with the number of the sequence
    wanted = {"dtype": DTYPES, "ensure_all_finite": table}
    if reset or estimator._fitted_on_table == table:
        array: Array = validate_data(estimator, rows, reset=reset, **wanted)
        estimator._fitted_on_table = table
        return array
    array = check_array(rows, estimator=estimator, **wanted)
    d, given = estimator.net_.input_size, 1 if table else array.shape[1]
    if given != d:
        forms = f"(n, T, {d}) or a list of arrays (T_i, {d})"
        do = "Give each time stamp the features that it had in fit"
        came = f"{given} feature(s) at each time stamp"
        raise ShapeError(sentence(called, f"X of shape {forms}", came, do))
    return array
