"""What y may be."""

from __future__ import annotations

from typing import Any

from bptt._shapes import Array
from bptt.errors import InputError, sentence


def read(estimator: Any, called: str, y: Any, dtype: Any) -> Array:
    """Check y as scikit-learn does, and return it as (n,), or (n, O) with O > 1.

    Raises
    ------
    ValueError
        If there is no y, or it is not of one of those shapes, finite and of ``dtype``.

    Warns
    -----
    DataConversionWarning
        If y is (n, 1).
    """
    from sklearn.utils.validation import check_array, column_or_1d

    if y is None:
        do = "It requires y to be passed, but the target y is None"
        raise InputError(sentence(called, "one target for each sequence", "none", do))
    array: Array = check_array(y, ensure_2d=False, dtype=dtype, input_name="y", estimator=estimator)
    if array.ndim == 2 and array.shape[1] == 1:
        array = column_or_1d(array, warn=True)
    return array
