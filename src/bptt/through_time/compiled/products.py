"""What takes NumPy's place outside the loops over time: arrangements, other products, sums."""

from __future__ import annotations

import numpy as np

from bptt.through_time.compiled.arrays import copy
from bptt.through_time.compiled.functions import OPTIONS, compile_function, extending, numba

SMALL = 600  # multiplications of a product that BLAS takes longer for than a plain loop


def laid_out(weight, rows):
    """Be compiled: as `columns.laid_out`."""


@extending.overload(laid_out, jit_options=OPTIONS)
def _(weight, rows):
    if not isinstance(rows, numba.types.Array):
        return lambda weight, rows: weight

    def in_order(weight, rows):
        out = np.empty_like(weight)
        for i in range(len(out)):
            copy(out[i : i + 1], weight[rows[i] : rows[i] + 1])
        return out

    return in_order


def put(array, rows, out):
    """Be compiled: as `columns.put`."""


@extending.overload(put, jit_options=OPTIONS)
def _(array, rows, out):
    if not isinstance(rows, numba.types.Array):
        return lambda array, rows, out: copy(out, array)

    def in_order(array, rows, out):
        for i in range(len(array)):
            copy(out[rows[i] : rows[i] + 1], array[i : i + 1])

    return in_order


@compile_function
def product(a, b, out):
    """Write the matrix product a b, by BLAS unless it is very small."""
    n, F = a.shape
    G = out.shape[1]
    if n * F * G > SMALL:
        np.dot(a, b, out)
    else:
        for i in range(n):
            for j in range(G):
                out[i, j] = 0.0
            for k in range(F):
                factor = a[i, k]
                for j in range(G):
                    out[i, j] += factor * b[k, j]


def _in_order(a):
    """Be compiled: an array that BLAS takes as it is."""


@extending.overload(_in_order)
def _(a):
    return (lambda a: a) if a.layout in "CF" else (lambda a: np.ascontiguousarray(a))  # noqa: PLW0108


@compile_function
def dot(a, b):
    """Return the matrix product a b in a new array."""
    n, F = a.shape
    G = b.shape[1]
    if n * F * G > SMALL:
        return np.dot(_in_order(a), _in_order(b))
    out = np.zeros((n, G), a.dtype)
    for k in range(F):
        for i in range(n):
            for j in range(G):
                out[i, j] += a[i, k] * b[k, j]
    return out


@compile_function
def total(entries):
    """Return the sum of all entries, summed in float64."""
    found = 0.0
    for entry in entries.flat:
        found += entry
    return found


@compile_function
def add_up(rows):
    """Return the sum of all rows in a new array."""
    found = np.zeros(rows.shape[1], rows.dtype)
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            found[j] += rows[i, j]
    return found
