"""Long sweeps: the many more draws of a test that `make sweeps` runs and `make test` does not."""

import pytest


def sweep(values, every):
    """Return parameters of which only each `every`-th, from the first, is no long sweep."""
    return [
        value if i % every == 0 else pytest.param(value, marks=pytest.mark.sweep)
        for i, value in enumerate(values)
    ]
