"""Cost and gradient in one compiled call, where a network is so small that Python takes longer.

The engine ``"jit"`` has it for one layer that reads forwards, sequences of equal length whose way
back is one part, products that are not large, the last or every state read out, and the mean
squared error without a mask.  The call writes on the same buffers as `bptt.straight_path`, by the
same functions; see `bptt.compiled_step`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from bptt import losses
from bptt._shapes import Array
from bptt.architecture import Architecture
from bptt.data import Batch
from bptt.params import Linear, Params, Recurrent
from bptt.readouts import EVERY, LAST
from bptt.through_time import FullBPTT, Packing, Strategy, Workspace
from bptt.through_time.buffers import Buffers

MOST = 2**25
"""multiplications of the gradient's product: beyond, NumPy's BLAS saves more than Python's steps
take, for SciPy's, which Numba calls, is a fifth slower"""
KEPT = 4  # shapes, as many as a workspace keeps


class Prepared(NamedTuple):
    """What was found out of a network and of batches of one shape, on a workspace."""

    net: Architecture
    packing: Packing
    dtype: np.dtype[Any]
    buffers: Buffers
    arrays: dict[str, Array]
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
    try:
        for array, shape in zip(given, net.layout, strict=True):
            if array is not None and not (array.dtype == dtype and array.flags.carray):
                return None
            if shape != (None if array is None else array.shape):
                return None
    except (AttributeError, ValueError):  # no such parameters
        return None
    if not (x.flags.carray and y.flags.carray and y.dtype == dtype):
        return None
    prepared: Prepared | None
    for prepared in workspace.prepared:
        if prepared.net is net and prepared.dtype == dtype and prepared.packing == packing:
            break
    else:
        prepared = _prepare(net, packing, dtype, workspace)
    if prepared is None:
        return None
    w_ih, w_hh, b_ih, b_hh, _, _, w_out, b_out = given
    empty = np.empty
    d_ih, d_hh, d_out = (empty(w.shape, dtype) for w in (w_ih, w_hh, w_out))
    db_ih = db_hh = db_out = None
    if net.bias:
        db_ih, db_hh, db_out = (empty(b.shape, dtype) for b in (b_ih, b_hh, b_out))
    prepared.buffers.turn += 1
    loss = prepared.step(
        net.readout.every, x, y, w_ih, w_hh, b_ih, b_hh, w_out, b_out,
        d_ih, d_hh, db_ih, db_hh, d_out, db_out, *prepared.given,
    )  # fmt: skip
    return loss, Params((Recurrent(d_ih, d_hh, db_ih, db_hh),), Linear(d_out, db_out))


def _prepare(
    net: Architecture, packing: Packing, dtype: np.dtype[Any], workspace: Workspace
) -> Prepared | None:
    """Find out whether this is such a network and such a batch, and keep that it is."""
    H = net.hidden_size
    n_weights = net.cell.n_gates * H * (H + 1 + net.input_size)
    if not (
        net.n_parts == 1
        and packing.equal
        and (net.readout is LAST or net.readout is EVERY)
        and not net.is_trained
        and not net.cell.peepholes
        and packing.n_rows * n_weights <= MOST
    ):
        return None
    buffers = workspace.buffers(net.cell, packing, net.input_size, net.hidden_size, dtype)
    arrays = getattr(buffers.loops, "all_arrays", None)
    if arrays is None:  # in NumPy, or on several parts
        return None
    from bptt import compiled_step

    step, *given = compiled_step.prepare(buffers, arrays, bias=net.bias)
    prepared = Prepared(net, packing, dtype, buffers, arrays, step, tuple(given))
    workspace.prepared[:] = [*workspace.prepared[1 - KEPT :], prepared]
    return prepared
