"""Cost and gradient of one layer in a single compiled call, for networks that take microseconds.

There Python's own steps from line to line last longer than what they compute.  The formulas are
those of the files that the names below come from, compiled as they stand; here is only the order in
which they follow one another, that of `bptt.straight_path`, and a `Form` has what depends on how
the arrays are laid out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from typing import Any

import numpy as np

from bptt import losses, readouts
from bptt._shapes import Array
from bptt.cells import Cell
from bptt.through_time import columns
from bptt.through_time.compiled import engine, places, products
from bptt.through_time.compiled.arrays import copy
from bptt.through_time.compiled.engine import as_compiled
from bptt.through_time.compiled.functions import numba
from bptt.through_time.compiled.in_rows import Form


def prepare(
    form: Form, worked_on: Sequence[Array], cell: Cell, order: Array | None, *, bias: bool
) -> tuple[Any, ...]:
    """Return a compiled `step`, and what it gets besides x, y, weights and their gradients.

    Parameters
    ----------
    form : Form
        Of `in_rows` or `side_by_side`.
    worked_on
        Its arrays; to be kept as long as it is called.
    cell
    order
        Which row of the weights each column of z belongs to; see `columns.rows_of`.
    bias
        Whether there are any.
    """
    dtype = worked_on[0].dtype
    call = compiled(form, cell, dtype, bias, order is not None)
    return call, places.table([worked_on], dtype)[0], order, cell.h_passes_by


@cache
def compiled(form: Form, cell: Cell, dtype: np.dtype[Any], bias: bool, ordered: bool) -> Any:
    """Compile `step` for a form, a cell and a float; the loss is the mse.

    It is called without Numba's looking at the types of the arguments, which takes as long again:
    whoever calls knows them.
    """
    name = engine.name_of(cell, dtype, bias, ordered, form.product.__module__)
    of = partial(as_compiled, name)
    opening = {f.__name__: of(f) for f in (places.one, places.two, places.three, places.four)}
    lay_out = of(columns.lay_out, laid_out=products.laid_out, copy=copy)
    names = {
        f.__name__: of(f, **opening, lay_out=lay_out, np=np)  # NumPy's own, for new arrays
        for f in (form.enter, form.read, form.meet, form.sums)
    }
    names |= {f.__name__: of(f, **opening) for f in (places.of_advance, places.of_go_back)}
    names |= {
        **engine.loops(cell, dtype, form.product)._asdict(),
        "cut": of(columns.cut, put=products.put, copy=copy),
        "read_out": of(readouts.read_out, dot=products.dot),
        "read_out_back": of(readouts.read_out_back, dot=products.dot, add_up=products.add_up),
        "mse": of(losses.mse, mean=of(losses.mean, total=products.total), only=of(losses.only)),
    }
    types = numba.types
    matrix, vector = (types.Array(numba.from_dtype(dtype), axes, "C") for axes in (2, 1))
    if not bias:
        vector = types.none
    weights = (matrix, matrix, vector, vector, matrix, vector)
    rows, table = types.int64[::1] if ordered else types.none, types.int64[:, ::1]
    return of(step, engine.KEPT, **names).compile(
        (types.boolean, matrix, matrix, *weights, *weights, table, rows, types.boolean)
    )


# -- compiled, with the names below meaning what `compiled` says ------------------------------

advance: Any = None
go_back: Any = None
enter: Any = None
read: Any = None
meet: Any = None
sums: Any = None
of_advance: Any = None
of_go_back: Any = None
read_out: Any = None
read_out_back: Any = None
mse: Any = None
cut: Any = None


def step(
    every, x, y, w_ih, w_hh, b_ih, b_hh, w_out, b_out, d_ih, d_hh, db_ih, db_hh, d_out, db_out,
    at, rows, passes_by,
):  # fmt: skip
    """Write the gradients and return the cost; ``at`` has the places of arrays.

    ``every`` says whether every state is read out, and not the last alone.
    """
    enter(at, x, w_ih, w_hh, b_ih, b_hh, rows)
    advance(*of_advance(at, x))
    h = read(at, x, every)
    prediction = read_out(h, w_out, b_out)
    cost, d = mse(prediction, y, None)
    dh, d_weight, d_bias = read_out_back(d, h, w_out)
    copy(d_out, d_weight)
    if db_out is not None:
        copy(db_out, d_bias)
    go_back(*of_go_back(at, x, meet(at, x, every, dh), passes_by))
    total, d_apart = sums(at, x)
    cut(total, d_apart, rows, d_ih, d_hh, db_ih, db_hh)
    return cost
