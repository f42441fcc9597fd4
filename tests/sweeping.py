"""Long sweeps: the many more draws of a test that `make sweeps` runs and `make test` does not."""

import pytest


def sweep(values, every):
    """Return parameters of which only each `every`-th, from the first, is no long sweep.

    A plain tuple has a value for each of several parameters.
    """
    each = [value if type(value) is tuple else (value,) for value in values]
    return [
        pytest.param(*value, marks=[pytest.mark.sweep] if i % every else [])
        for i, value in enumerate(each)
    ]
