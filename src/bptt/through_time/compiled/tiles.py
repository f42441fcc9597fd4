"""Matrix products with weights that are laid out once, summed up in the processor's registers.

A loop over time multiplies by the same weights at each time stamp.  BLAS arranges them anew in each
call; here that is done once, in blocks of V columns, V being how many numbers a vector register
holds.  Then R rows by one or two blocks of the product, a tile, stay in registers until they are
whole::

    out[i:i+R, j:j+2V] = Σ_k a[i:i+R, k] w[k, j:j+2V]

(Goto & van de Geijn, *Anatomy of high-performance matrix multiplication*, ACM TOMS 34 (2008).)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bptt._extras import need
from bptt._shapes import Array
from bptt.through_time.compiled.functions import compile_function, extending, ir, numba
from bptt.through_time.compiled.vectors import BYTES, N_REGISTERS, Vectors

cgutils: Any = need("The compiled engine", "Numba", "jit", "numba.core.cgutils")
arrayobj: Any = need("The compiled engine", "Numba", "jit", "numba.np.arrayobj")

# rows of tiles, which leave none over: a row of two blocks takes two registers, and three are
# needed besides
ROWS = (12, 8, 4, 2, 1) if N_REGISTERS == 32 else (6, 4, 3, 2, 1)
AT_ONCE = 4  # sums that do not wait for one another, so that no instruction does


def room(n_rows: int, n_columns: int, dtype: np.dtype[Any]) -> Array:
    """Return room for weights of that shape, (blocks, rows, V)."""
    lanes = BYTES // dtype.itemsize
    return np.zeros((-(-n_columns // lanes), n_rows, lanes), dtype)


@compile_function
def arrange(weights, out):
    """Write weights, (rows, columns), into their `room`."""
    n_rows, n_columns = weights.shape
    lanes = out.shape[2]
    for k in range(n_rows):
        for j in range(n_columns):
            out[j // lanes, k, j % lanes] = weights[k, j]


def _tile(n_rows, n_blocks):
    """Return a compiled function that computes a tile of a product, from row i and block j on."""

    @extending.intrinsic
    def compute(_context, a, i, w, j, out):
        def generate(context, builder, signature, arguments):
            v = Vectors(builder, context.get_value_type(out.dtype))
            (
                (a_, (_, n_k), (a_row, _)),
                (w_, _, (w_block, w_row, _)),
                (out_, shape, (out_row, _)),
            ) = (
                opened(context, builder, kind, value)
                for kind, value in zip((a, w, out), arguments[::2], strict=True)
            )
            first, block = arguments[1::2]
            rows = [v.place(a_, (first, r), a_row) for r in range(n_rows)]
            blocks = [v.place(w_, (block, c), w_block) for c in range(n_blocks)]

            def more(k, sums):
                w_k = [v.load(v.place(place, (k, 0), w_row)) for place in blocks]
                a_k = [v.everywhere(builder.load(builder.gep(place, [k]))) for place in rows]
                products = ((x, y) for x in a_k for y in w_k)
                return [v.add_product(s, *xy) for s, xy in zip(sums, products, strict=True)]

            sums = v.sum_up(n_k, n_rows * n_blocks, more, max(1, AT_ONCE // (n_rows * n_blocks)))
            for c in range(n_blocks):
                column = builder.mul(builder.add(block, v.whole(c)), v.whole(v.lanes))
                places = [v.place(out_, (first, r), out_row) for r in range(n_rows)]
                places = [builder.gep(place, [column]) for place in places]
                v.write(sums[c::n_blocks], places, builder.sub(shape[1], column))
            return context.get_dummy_value()

        whole = numba.types.intp
        return numba.types.none(a, whole, w, whole, out), generate

    return compute


def opened(context, builder, kind, value):
    """Return where an array's numbers are, its shape, and how many numbers each axis steps over."""
    array = arrayobj.make_array(kind)(context, builder, value)
    shape, strides = (
        cgutils.unpack_tuple(builder, pair, kind.ndim) for pair in (array.shape, array.strides)
    )
    size = ir.IntType(64)(context.get_abi_sizeof(context.get_data_type(kind.dtype)))
    return array.data, shape, [builder.sdiv(stride, size) for stride in strides]


@extending.intrinsic
def in_blocks(_context, rows):
    """Return (rows, blocks · V), borrowed, as (blocks, rows, V): weights that are arranged."""
    kind = rows.copy(ndim=3, layout="A")
    lanes = BYTES // (rows.dtype.bitwidth // 8)

    def generate(context, builder, signature, arguments):
        whole = ir.IntType(64)
        inside = arrayobj.make_array(rows)(context, builder, arguments[0])
        made = arrayobj.make_array(kind)(context, builder)
        (n_rows, n), (row, one) = (
            cgutils.unpack_tuple(builder, pair, 2) for pair in (inside.shape, inside.strides)
        )
        arrayobj.populate_array(
            made, data=inside.data, shape=[builder.sdiv(n, whole(lanes)), n_rows, whole(lanes)],
            strides=[whole(BYTES), row, one], itemsize=inside.itemsize, meminfo=inside.meminfo,
            parent=inside.parent,
        )  # fmt: skip
        return made._getvalue()

    return kind(rows), generate


def _of_blocks(n_blocks):
    """Return a compiled function that computes all rows of some blocks of a product."""
    most, many, some, two, one = (_tile(n_rows, n_blocks) for n_rows in ROWS)
    n_most, n_many, n_some = ROWS[:3]

    def all_rows(a, w, j, out):
        n, i = len(a), 0
        while i + n_most <= n:
            most(a, i, w, j, out)
            i += n_most
        while i + n_many <= n:
            many(a, i, w, j, out)
            i += n_many
        while i + n_some <= n:
            some(a, i, w, j, out)
            i += n_some
        while i + 2 <= n:
            two(a, i, w, j, out)
            i += 2
        if i < n:
            one(a, i, w, j, out)

    return compile_function(all_rows, f"all_rows_of_{n_blocks}")


_of_two, _of_one = _of_blocks(2), _of_blocks(1)


@compile_function
def product(a, w, out):
    """Write the matrix product of a, (n, rows), and weights that are arranged, into out."""
    n_blocks = w.shape[0]
    for j in range(0, n_blocks - 1, 2):
        _of_two(a, w, j, out)
    if n_blocks % 2:
        _of_one(a, w, n_blocks - 1, out)
