"""Cost and gradient in one compiled call, where a network is so small that Python takes longer.

`ways.may_be_one_call` says of what networks and batches.  The call is that of `bptt.compiled_step`:
the formulas of the long way, `bptt.straight_path`, compiled as they stand, on arrays in one of two
forms.  In rows they are those of `Buffers`.  Of few states and more sequences they are side by
side; a `Tape` can be read off those as well.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from bptt import losses, straight_path, ways
from bptt._shapes import Array
from bptt.architecture import REAL_DTYPES, Architecture
from bptt.cells import Cell
from bptt.data import Batch, make_batch
from bptt.params import Linear, Params, Recurrent, named_arrays
from bptt.straight_path import FULL
from bptt.through_time import FullBPTT, Packing, Strategy, Workspace
from bptt.through_time.buffers import SHORT

KEPT = 4  # shapes, as many as a workspace keeps
empty = np.empty


class Prepared(NamedTuple):
    """What was found out of a network and of batches of one shape, on a workspace."""

    net: Architecture
    packing: Packing
    dtype: np.dtype[Any]
    beside: bool
    """whether sequences stand side by side"""
    buffers: Any
    """`Buffers` or `Beside`; their turn tells a tape of them that it is stale"""
    arrays: list[Array]
    """what is worked on besides x, y, weights and their gradients; kept where it is"""
    step: Any
    """the compiled call"""
    given: tuple[Any, ...]
    """its last arguments: where those arrays are, and how they are ordered"""


def loss_and_gradient(
    net: Architecture, params: Params, batch: Batch, workspace: Workspace, strategy: Strategy
) -> tuple[float, Params] | None:
    """Return the cost and its gradient, or None if this is not for one call.

    Whoever gets None goes the long way, on which what is wrong is told.
    """
    if workspace.engine == "numpy" or type(strategy) is not FullBPTT:
        return None
    if batch.loss is not losses.MSE or batch.counts is not None or type(params) is not Params:
        return None
    x, y, packing = batch.inputs, batch.targets, batch.layout.packing
    dtype, layers, readout = x.dtype, params.layers, params.readout
    if params.reverse or type(readout) is not Linear or type(layers) is not tuple:
        return None
    if len(layers) != 1 or type(layers[0]) is not Recurrent:
        return None
    given: tuple[Any, ...] = (*layers[0], *readout)
    for array, shape in zip(given, net.layout, strict=False):
        if array is shape:  # None, as both are
            continue
        if type(array) is not np.ndarray or array.shape != shape:
            return None
        if not (array.dtype == dtype and array.flags.carray):
            return None
    if not (x.flags.carray and y.flags.carray and y.dtype == dtype):
        return None
    prepared: Prepared | None
    for prepared in workspace.prepared:
        same = prepared.packing is packing or prepared.packing == packing
        if same and prepared.net is net and prepared.dtype == dtype:
            break
    else:
        prepared = _prepare(net, batch, workspace)
    if prepared is None:
        return None
    w_ih, w_hh, b_ih, b_hh, _, _, w_out, b_out = given
    d_ih, d_hh, d_out = (
        empty(w_ih.shape, dtype),
        empty(w_hh.shape, dtype),
        empty(w_out.shape, dtype),
    )
    db_ih = db_hh = db_out = None
    if net.bias:
        db_ih, db_hh = empty(b_ih.shape, dtype), empty(b_hh.shape, dtype)
        db_out = empty(b_out.shape, dtype)
    prepared.buffers.turn += 1
    loss = prepared.step(
        net.readout.every, x, y, w_ih, w_hh, b_ih, b_hh, w_out, b_out,
        d_ih, d_hh, db_ih, db_hh, d_out, db_out, *prepared.given,
    )  # fmt: skip
    return loss, Params((Recurrent(d_ih, d_hh, db_ih, db_hh),), Linear(d_out, db_out))


def _prepare(net: Architecture, batch: Batch, workspace: Workspace) -> Prepared | None:
    """Find out whether this is such a network and such a batch, and keep that it is."""
    cell, n, H, dtype = net.cell, batch.n_sequences, net.hidden_size, batch.inputs.dtype
    if dtype not in REAL_DTYPES or not ways.may_be_one_call(net, batch, n):
        return None
    # a last, smaller minibatch stays in the form of the others: nothing is compiled for it
    beside = H * dtype.itemsize < SHORT and (
        n > H or any(p.beside and p.net is net and p.dtype == dtype for p in workspace.prepared)
    )
    compiles = workspace.compiles(cell, dtype, n, H)
    if not (compiles or (beside and workspace.can_compile(cell, dtype))):
        return None
    if ways.n_parts(net, batch, workspace) > 1:
        return None
    _check(cell, net.bias, dtype, beside)
    prepared = _made(net, batch, workspace, beside)
    workspace.prepared[:] = [*workspace.prepared[1 - KEPT :], prepared]
    return prepared


def _made(net: Architecture, batch: Batch, workspace: Workspace, beside: bool) -> Prepared:
    """Make the arrays and compile what goes over them."""
    from bptt import compiled_step
    from bptt.through_time.compiled import in_rows, side_by_side

    packing, dtype = batch.layout.packing, batch.inputs.dtype
    sizes = (net.cell, packing, net.input_size, net.hidden_size, dtype)
    buffers: Any
    if beside:
        buffers = side_by_side.Beside(*sizes)
        form, arrays = side_by_side.FORM, buffers.arrays
    else:
        buffers = workspace.buffers(*sizes)
        form, arrays = in_rows.FORM, in_rows.arrays(buffers)
    step, *given = compiled_step.prepare(form, arrays, net.cell, buffers.order, bias=net.bias)
    return Prepared(net, packing, dtype, beside, buffers, arrays, step, tuple(given))


@cache
def _check(cell: Cell, bias: bool, dtype: np.dtype[Any], beside: bool) -> None:
    """Raise BpttError unless NumPy agrees on small examples: what was compiled may be older."""
    from bptt.through_time.compiled import agreement

    rng, n, H = np.random.default_rng(0), *((19, 2) if beside else (2, 3))
    for readout, y_shape in (("last", (n, 2)), ("every", (n, 5, 2))):
        net = Architecture(cell, 2, H, readout=readout, bias=bias, output_size=2)
        x, y = (rng.uniform(-1, 1, shape).astype(dtype) for shape in ((n, 5, 2), y_shape))
        batch, params = make_batch("", net, x, y, losses.MSE, None), net.init(rng, dtype=dtype)
        workspace = Workspace("jit")
        workspace.prepared.append(_made(net, batch, workspace, beside))
        found = loss_and_gradient(net, params, batch, workspace, FULL)
        run = straight_path.run(net, "", params, batch, None, None, FULL)
        assert found is not None
        agreement.compare(cell, *(_named(*both, dtype) for both in (found, (run.loss, run.grads))))


def _named(loss: float, grads: Any, dtype: np.dtype[Any]) -> dict[str, Array]:
    return {"cost": np.asarray(loss, dtype), **dict(named_arrays(grads))}
