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


def in_one_call(formula: Entries, n_vectors: int, n_numbers: int) -> Entries:
    """Return a formula compiled: f(out, g, vectors, numbers) -> results.

    ``out`` has a vector, or None, for each of as many results as vectors are read, g among them.
    What is not contiguous, of several floats, or has a vector in the place of a number is left to
    NumPy.
    """
    made: dict[np.dtype[Any], Callable[..., tuple[Array, ...]]] = {}

    def call(out: tuple[Array | None, ...], *given: Any) -> tuple[Array, ...]:
        g, dtype = given[0], given[0].dtype
        vectors, numbers = given[:n_vectors], given[n_vectors:]
        for vector in vectors if out[0] is None else (*vectors, *out):
            if vector.dtype != dtype or vector.ndim != 1 or not vector.flags.c_contiguous:
                return formula(out, *given)
        if dtype.char not in "fd" or {*map(type, numbers)} != {float}:
            return formula(out, *given)
        if out[0] is None:
            out = tuple([np.empty_like(g) for _ in vectors])
        if dtype not in made:
            made[dtype] = _compiled(formula, dtype, n_vectors, n_numbers)
        return made[dtype](out, *given)

    return call  # type: ignore[return-value]


@cache
def _compiled(
    formula: FunctionType, dtype: np.dtype[Any], n_vectors: int, n_numbers: int
) -> Callable[..., tuple[Array, ...]]:
    """Compile a formula for a float; it is called without a look at the arguments' types."""
    numba = need("An optimiser with engine='jit'", "Numba", "jit", "numba")
    name = f"{formula.__name__}_{dtype.name}"  # each has a file of its own on disk
    twin = FunctionType(formula.__code__, formula.__globals__, name)
    twin.__qualname__ = name
    number = numba.from_dtype(dtype)
    vector = numba.types.Array(number, 1, "C")
    of = (numba.types.UniTuple(vector, n_vectors), *[vector] * n_vectors, *[number] * n_numbers)
    function = numba.njit(cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True)(twin)
    call: Callable[..., tuple[Array, ...]] = function.compile(of)
    return call
