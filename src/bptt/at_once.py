"""Cost and gradient in one compiled call, where a network is so small that Python takes longer.

The engine ``"jit"`` has it for one layer that reads forwards, sequences of equal length whose way
back is one part, products that are not large, the last or every state read out, and the mean
squared error without a mask.  It goes by the functions of `bptt.straight_path`, compiled as they
stand, and what it writes can be read as a tape; see `bptt.compiled_step`.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from bptt import losses, threads
from bptt._shapes import Array
from bptt.architecture import Architecture
from bptt.cells import Cell
from bptt.data import Batch
from bptt.params import Linear, Params, Recurrent, named_arrays
from bptt.readouts import EVERY, LAST
from bptt.through_time import FullBPTT, Packing, Strategy, Workspace
from bptt.through_time.buffers import AT_ONCE

MOST = 2**25
"""multiplications of the gradient's product: beyond, NumPy's BLAS saves more than Python's steps
take, for SciPy's, which Numba calls, is a fifth slower"""
VECTOR = 64
"""bytes: of fewer states sequences stand side by side, if they are more than the states"""
empty = np.empty
KEPT = 4  # shapes, as many as a workspace keeps


class Prepared(NamedTuple):
    """What was found out of a network and of batches of one shape, on a workspace."""

    net: Architecture
    packing: Packing
    dtype: np.dtype[Any]
    buffers: Any
    """`Buffers` or `Beside`: what a tape reads; it knows by their turn that it is stale"""
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
        if not (array.dtype is dtype and array.flags.carray):
            return None
    if not (x.flags.carray and y.flags.carray and y.dtype is dtype):
        return None
    prepared: Prepared | None
    for prepared in workspace.prepared:
        same = prepared.packing is packing or prepared.packing == packing
        if same and prepared.net is net and prepared.dtype is dtype:
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


def is_for(net: Architecture, batch: Batch) -> bool:
    """Return whether cost and gradient of such a network and batch may be one call, by their kind.

    So they are too for each part of that batch.
    """
    packing = batch.layout.packing
    return (
        net.n_parts == 1
        and packing.equal
        and packing.n_steps <= AT_ONCE
        and (net.readout is LAST or net.readout is EVERY)
        and not net.is_trained
        and not net.cell.peepholes
        and batch.loss is losses.MSE
        and batch.counts is None
    )


def _prepare(net: Architecture, batch: Batch, workspace: Workspace) -> Prepared | None:
    """Find out whether this is such a network and such a batch, and keep that it is."""
    cell, H, dtype, n = net.cell, net.hidden_size, batch.inputs.dtype, batch.n_sequences
    n_weights = cell.n_gates * H * (H + 1 + net.input_size)
    if not is_for(net, batch) or batch.layout.packing.n_rows * n_weights > MOST:
        return None
    beside = n > H and H * dtype.itemsize < VECTOR
    compiles = workspace.compiles(cell, dtype, n, H)
    if not (compiles or (beside and workspace.can_compile(cell, dtype))):
        return None
    if threads.n_parts(net, batch, workspace) > 1:
        return None
    if beside:
        _check_beside(cell, net.bias, dtype)
    prepared = _made(net, batch, workspace, beside)
    workspace.prepared[:] = [*workspace.prepared[1 - KEPT :], prepared]
    return prepared


def _made(net: Architecture, batch: Batch, workspace: Workspace, beside: bool) -> Prepared:
    """Make the arrays, side by side or in rows, and compile what goes over them."""
    from bptt import compiled_step
    from bptt.through_time.compiled import in_rows, side_by_side

    packing, dtype = batch.layout.packing, batch.inputs.dtype
    sizes = (net.cell, packing, net.input_size, net.hidden_size, dtype)
    form: Any = side_by_side if beside else in_rows
    buffers: Any = side_by_side.Beside(*sizes) if beside else workspace.buffers(*sizes)
    arrays = form.arrays(buffers)
    step, *given = compiled_step.prepare(form, arrays, net.cell, buffers.order, bias=net.bias)
    return Prepared(net, packing, dtype, buffers, arrays, step, tuple(given))


@cache
def _check_beside(cell: Cell, bias: bool, dtype: np.dtype[Any]) -> None:
    """Raise BpttError unless NumPy agrees on a small example; in rows `agreement` sees to it."""
    from bptt.network import RNN
    from bptt.through_time.compiled import agreement

    rng, workspace = np.random.default_rng(0), Workspace("jit")
    net = RNN(cell, 2, 2, bias=bias, output_size=2)
    params = net.init(rng, dtype=dtype)
    x, y = (rng.uniform(-1, 1, shape).astype(dtype) for shape in ((19, 5, 2), (19, 2)))
    batch = net.batch(x, y)
    workspace.prepared.append(_made(net, batch, workspace, True))
    compiled = loss_and_gradient(net, params, batch, workspace, FullBPTT())
    assert compiled is not None
    both = (compiled, net.loss_and_gradient(params, batch))
    agreement.compare(cell, *(dict(named_arrays(grads)) for _, grads in both))
