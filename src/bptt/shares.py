"""What each time stamp adds to each gradient, read off the tapes."""

from __future__ import annotations

import numpy as np

from bptt._shapes import Array
from bptt.params import Linear, Params, Recurrent, from_parts, map_params, parts
from bptt.run import Run
from bptt.through_time import Tape


def shares(run: Run) -> Params:
    """Return the gradients with T as an additional first axis, over which they sum up.

    The share of time stamp k is dW[k] = dz[k]ᵀ (what the weight multiplied at k).
    """
    assert run.grads is not None
    found = [
        _of_layer(weights, grads, tape)
        for weights, grads, tape in zip(
            run.stack.weights, parts(run.grads), run.stack.tapes, strict=True
        )
    ]
    of_readout = _of_readout(run)
    params = from_parts(found, of_readout, run.stack.n_directions)
    return map_params(np.ascontiguousarray, params)  # type: ignore[no-any-return]


def _of_layer(weights: Recurrent, grads: Recurrent, tape: Tape) -> Recurrent:
    dz, dzh, states = tape.dz, tape.dzh, tape.states
    peephole = initial_state = None
    if weights.weight_peephole is not None:
        gates = np.split(dz, tape.cell.n_gates, axis=-1)
        seen = [
            gates[gate] * (states[state][1:] if at_k else states[state][:-1])
            for gate, state, at_k in tape.cell.peepholes
        ]
        peephole = np.stack(seen, axis=2).sum(axis=1)
    if grads.initial_state is not None:  # it is there before the first time stamp, and counts to it
        initial_state = np.zeros((len(dz), *grads.initial_state.shape), dz.dtype)
        initial_state[0] = grads.initial_state
    return Recurrent(
        _per_time_stamp(dz, tape.x),
        _per_time_stamp(dzh, states[0][:-1]),
        None if weights.bias_ih is None else dz.sum(axis=1),
        None if weights.bias_hh is None else dzh.sum(axis=1),
        peephole,
        initial_state,
    )


def _of_readout(run: Run) -> Linear | None:
    weights, stack, d = run.params.readout, run.stack, run.d_predicted
    if weights is None:
        return None
    packing = stack.packing
    if run.readout.every or run.readout.mean:
        h, d_rows = stack.h, packing.mean_back(d) if run.readout.mean else d
    else:  # the last time stamp, in the order in which each direction reads
        h = np.concatenate([tape.buffers.after[0] for tape in stack.top], axis=1)
        d_rows = np.zeros((packing.n_rows, d.shape[1]), d.dtype)
        d_rows[packing.last] = d
    d_every = packing.unpack(d_rows)
    d_bias = None if weights.bias is None else d_every.sum(axis=1)
    return Linear(_per_time_stamp(d_every, packing.unpack(h)), d_bias)


def _per_time_stamp(d: Array, multiplied: Array) -> Array:
    """Return (T, rows, columns): dᵀ · multiplied for each time stamp alone."""
    share: Array = np.matmul(d.transpose(0, 2, 1), multiplied)
    return share
