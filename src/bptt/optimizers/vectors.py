"""Trees as vectors: an optimiser's formula is written once, for one long row of numbers.

A call of NumPy costs as much as some hundred additions.  A small network has several small arrays,
so an update goes over all of them at once; the arrays of a large one are gone through in blocks
that stay in the processor's cache.  No entry sees another: each comes out with the bits it would
have alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import numpy as np

from bptt._shapes import Array
from bptt.params import Params, fields

BLOCK = 2**15  # numbers: half a dozen vectors of them fit into a cache of the second level

Out: TypeAlias = "tuple[Array | None, ...]"
Formula: TypeAlias = Callable[..., tuple[Array, ...]]


def flat(tree: Params) -> Array:
    """Return all entries in a new vector, in the order of `fields`.

    Examples
    --------
    >>> import bptt
    >>> flat(bptt.post_params(0.2, 1.5))
    array([0.2, 1.5])
    """
    return np.concatenate([array for array in fields(tree) if array is not None], axis=None)


def unflat(vector: Array, like: Params) -> Params:
    """Return the tree in the form of ``like`` that is `flat` to ``vector``: views of it.

    Examples
    --------
    >>> import bptt
    >>> unflat(np.array([3.0, 4.0]), like=bptt.post_params(1, 1)).Wrec
    4.0
    """
    pieces, end = [], 0
    for array in fields(like):
        if array is not None:
            begin, end = end, end + array.size
            piece = vector[begin:end]
            pieces.append(piece if array.ndim == 1 else piece.reshape(array.shape))
    return refilled(like, pieces)


def refilled(like: Params, arrays: Iterable[Array]) -> Params:
    """Return a tree in the form of ``like`` with other arrays, in the order of `fields`."""
    left = iter(arrays)

    def part(old: Any) -> Any:
        return tuple.__new__(type(old), [None if a is None else next(left) for a in old])

    layers = tuple([part(old) for old in like.layers])
    reverse = tuple([part(old) for old in like.reverse])
    return Params(layers, None if like.readout is None else part(like.readout), reverse)


def entrywise(formula: Formula, n_results: int, grads: Params, *given: Any) -> tuple[Any, ...]:
    """Return ``formula(out, g, *given)``: the step, as a tree, and vectors.

    ``given`` are vectors or trees, of which the formula sees the entries that belong to g, and
    numbers.  ``out`` has for each result an array to write it to, or None for a new one: what
    NumPy's functions take as ``out=``.
    """
    arrays = [array for array in fields(grads) if array is not None]
    n = sum([array.size for array in arrays])
    if n <= BLOCK:
        arrays = [np.concatenate(arrays, axis=None)]
    dtype = np.result_type(*arrays) if len(arrays) > 1 else arrays[0].dtype
    vectors = [v if isinstance(v, float) else _vector(v, n, dtype) for v in given]
    if n <= BLOCK:
        step, *rest = formula((None,) * n_results, arrays[0], *vectors)
    else:
        step, *rest = results = [np.empty(n, dtype) for _ in range(n_results)]
        end = 0
        for array in arrays:
            row = array.ravel()
            for begin in range(0, len(row), BLOCK):
                g = row[begin : begin + BLOCK]
                here = slice(end, end := end + len(g))
                seen = (v[here] if isinstance(v, np.ndarray) else v for v in vectors)
                formula(tuple(result[here] for result in results), g, *seen)
    return (unflat(step, grads), *rest)


def _vector(given: Params | Array, n: int, dtype: np.dtype[Any]) -> Array:
    """Return a vector of n numbers of that type."""
    vector = flat(given) if isinstance(given, Params) else given
    if len(vector) != n:
        raise ValueError(f"{len(vector)} numbers for {n} entries of the gradient")
    return vector if vector.dtype == dtype else vector.astype(dtype)
