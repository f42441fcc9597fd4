"""A whole move of a small network in one compiled call: from gradients to parameters.

There Python's steps from tree to vector and back, and NumPy's dozen calls, last longer than what
they compute.  The formula is the optimiser's own, compiled as it stands.  No product is fused with
the sum behind it, so the bits are those of NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from types import FunctionType
from typing import Any, TypeAlias

import numpy as np

from bptt._extras import need
from bptt._shapes import Array
from bptt.optimizers.vectors import BLOCK, refilled
from bptt.params import Params, fields

Move: TypeAlias = Callable[
    [Params, Sequence[Array], Params, Sequence[float]], "tuple[Params, list[Array]] | None"
]


def in_one_call(formula: Callable[..., tuple[Array, ...]]) -> Move:
    """Return f(grads, vectors, params, numbers) -> (params, vectors), all of them new.

    ``formula(out, g, *vectors, *numbers)`` is what `entrywise` takes.  Where it is not for one call
    f returns None: where there are many parameters, or one of all arrays is not contiguous, of
    another float, or not of the shape it should have.
    """

    def move(
        grads: Params, vectors: Sequence[Array], params: Params, numbers: Sequence[float]
    ) -> tuple[Params, list[Array]] | None:
        g = tuple([array for array in fields(grads) if array is not None])
        w = tuple([array for array in fields(params) if array is not None])
        dtype, n = g[0].dtype, sum([array.size for array in g])
        if n > BLOCK or dtype.char not in "fd":
            return None
        arrays, shapes = (*g, *w, *vectors), [array.shape for array in g]
        # the compiled call looks at nothing of this: it would read and write elsewhere
        if [array.shape for array in arrays] != [*shapes, *shapes, *[(n,)] * len(vectors)]:
            return None
        if [array.dtype for array in arrays].count(dtype) < len(arrays):
            return None
        if False in [array.flags.carray for array in arrays]:
            return None
        kinds = (dtype, len(vectors), len(numbers), *[array.ndim for array in g])
        new = tuple([np.empty(shape, dtype) for shape in shapes])
        step, *results = [np.empty(n, dtype) for _ in range(1 + len(vectors))]
        call = _compiled(formula, *kinds)
        call(g, tuple(vectors), w, new, (step, *results), tuple(numbers))
        return refilled(params, new), results

    return move


@cache
def _compiled(
    formula: FunctionType, dtype: np.dtype[Any], n_vectors: int, n_numbers: int, *axes: int
) -> Callable[..., None]:
    """Compile `_move` with a formula in it, for trees of arrays with so many axes."""
    from bptt.through_time.compiled.functions import TEXT

    numba = need("An optimiser with engine='jit'", "Numba", "jit", "numba")
    jit = numba.njit(nogil=True, error_model="numpy", no_cfunc_wrapper=True)
    # on disk a name stands for one text and one choice of types
    name = f"{formula.__name__}_{dtype.name}_{'_'.join(map(str, axes))}_{TEXT}"
    inside = FunctionType(formula.__code__, formula.__globals__, "inside")
    inside.__qualname__ = f"inside_{name}"
    names = {**globals(), "unroll": numba.literal_unroll, "formula": jit(inside)}
    twin = FunctionType(_move.__code__, names, "move")
    twin.__qualname__ = f"move_{name}"
    number, tuples = numba.from_dtype(dtype), numba.types.Tuple
    tree = tuples([numba.types.Array(number, n, "C") for n in axes])
    vector = numba.types.Array(number, 1, "C")
    vectors, results = (tuples([vector] * n) for n in (n_vectors, 1 + n_vectors))
    function = jit(twin)
    function.enable_caching()
    call: Callable[..., None] = function.compile(
        (tree, vectors, tree, tree, results, tuples([number] * n_numbers))
    )
    return call


# -- compiled, with the names below meaning what `_compiled` says -------------------------------

formula: Any = None
unroll: Any = None


def _move(grads, vectors, params, new, results, numbers):
    """Write new = params + step, and the formula's other results."""
    step = results[0]
    g = np.empty_like(step)
    end = 0
    for array in unroll(grads):
        for entry in array.flat:
            g[end] = entry
            end += 1
    formula(results, g, *vectors, *numbers)
    end = 0
    for array in unroll(params):
        for entry in array.flat:
            step[end] += entry
            end += 1
    end = 0
    for array in unroll(new):
        row = array.reshape(array.size)
        for i in range(array.size):
            row[i] = step[end]
            end += 1
