"""An optimiser's formula in one compiled call, where NumPy's many last longer than what they do.

No product is fused with the sum behind it, so the bits are those of NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any, TypeVar

import numpy as np

from bptt._extras import need
from bptt._shapes import Array

Entries = TypeVar("Entries", bound=Callable[..., tuple[Array, ...]])


def in_one_call(formula: Entries, n_results: int, n_numbers: int) -> Entries:
    """Return a formula compiled: f(out, g, vectors, numbers) -> results.

    ``out`` has a vector for each result, or None; but for the first there is one that is read
    besides g.
    """

    def call(out: tuple[Array | None, ...], g: Array, *given: Any) -> tuple[Array, ...]:
        if out[0] is None:
            out = tuple([np.empty_like(g) for _ in range(n_results)])
        found: tuple[Array, ...] = _compiled(formula, g.dtype, n_results, n_numbers)(out, g, *given)
        return found

    return call  # type: ignore[return-value]


@cache
def _compiled(formula: FunctionType, dtype: np.dtype[Any], n_results: int, n_numbers: int) -> Any:
    """Compile a formula for a float; it is called without a look at the arguments' types."""
    numba = need("An optimiser with engine='jit'", "Numba", "jit", "numba")
    twin = FunctionType(formula.__code__, formula.__globals__, formula.__name__)
    number = numba.from_dtype(dtype)
    vector = numba.types.Array(number, 1, "C")
    of = (numba.types.UniTuple(vector, n_results), *[vector] * n_results, *[number] * n_numbers)
    call = numba.njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)(twin)
    return call.compile(of)
