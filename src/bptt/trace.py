"""What one forward and one backward said: the tape as it is (`Run`), or in copies (`Trace`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bptt._shapes import Array
from bptt.params import Linear, Params, Recurrent, map_params
from bptt.through_time import Tape, input_gradient


class Run(NamedTuple):
    """One forward and one backward on the tape: time-major, valid until its next use."""

    params: Params
    tape: Tape
    prediction: Array
    """ŷ, (B, O) or (T, B, O)"""
    loss: float
    """ξ"""
    d_prediction: Array
    """∂ξ/∂ŷ"""
    grads: Params | None
    """∂ξ/∂θ, or None if only the forward was asked for"""


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """The tape of one call, in copies that nothing writes over.

    Row k-1 of an axis of length T belongs to time stamp k; `state_out` has T+1 rows, row 0 being
    the initial state.
    """

    x: Array
    """(n, T, I)"""
    state_in: Array
    """(n, T, H), State_k(In)"""
    state_out: Array
    """(n, T+1, H), State_k(Out); with read-out ``state_in`` the last is State_T(In) itself"""
    prediction: Array
    """as `RNN.predict` gives it"""
    loss: float
    """ξ"""
    d_state_in: Array
    """(n, T, H), ∂ξ/∂State_k(In)"""
    d_x: Array
    """(n, T, I), ∂ξ/∂x_k"""
    d_initial_state: Array
    """(n, H), ∂ξ/∂State_0"""
    shares: Params
    """each time stamp's share of each gradient: every array has T as an additional first axis"""
    grads: Params
    """∂ξ/∂θ, as `RNN.loss_and_gradient` gives it: the sum of `shares` over their first axis"""

    def __repr__(self) -> str:
        n, n_steps, _ = self.x.shape
        sizes = f"{n} sequences of {n_steps} time stamps, {self.state_out.shape[2]} states"
        return f"<Trace of {sizes}, loss {self.loss:.6g}>"


def read(run: Run, prediction: Array, *, state_in_last: bool) -> Trace:
    """Copy what stands on the tape; ``prediction`` is the run's as the public door shows it."""
    tape, weights = run.tape, run.params.layers[0]
    assert run.grads is not None
    state_out = tape.h.transpose(1, 0, 2).copy()
    if state_in_last:
        state_out[:, -1] = tape.z_last
    return Trace(
        x=tape.x.transpose(1, 0, 2).copy(),
        state_in=tape.z.transpose(1, 0, 2).copy(),
        state_out=state_out,
        prediction=prediction,
        loss=run.loss,
        d_state_in=tape.dz.transpose(1, 0, 2).copy(),
        d_x=input_gradient(weights, tape).transpose(1, 0, 2).copy(),
        d_initial_state=tape.d_initial[0].copy(),
        shares=shares(run.params, tape, run.d_prediction),
        grads=run.grads,
    )


def shares(params: Params, tape: Tape, d_prediction: Array) -> Params:
    """Return each time stamp's share of each gradient, read off the tape.

    The share of time stamp k is dW[k] = dz[k]ᵀ (what the weight multiplied at k).
    """
    weights = params.layers[0]
    dz, dzh = tape.dz, tape.dzh
    layer = Recurrent(
        _per_time_stamp(dz, tape.x),
        _per_time_stamp(dzh, tape.h[:-1]),
        None if weights.bias_ih is None else dz.sum(axis=1),
        None if weights.bias_hh is None else dzh.sum(axis=1),
    )
    readout = None
    if params.readout is not None:
        d_every = d_prediction
        if d_prediction.ndim == 2:  # only the last time stamp was read out
            d_every = np.zeros((len(dz), *d_prediction.shape), d_prediction.dtype)
            d_every[-1] = d_prediction
        d_bias = None if params.readout.bias is None else d_every.sum(axis=1)
        readout = Linear(_per_time_stamp(d_every, tape.h[1:]), d_bias)
    return map_params(np.ascontiguousarray, Params((layer,), readout))  # type: ignore[no-any-return]


def _per_time_stamp(d: Array, multiplied: Array) -> Array:
    """Return (T, rows, columns): dᵀ · multiplied for each time stamp alone."""
    share: Array = np.matmul(d.transpose(0, 2, 1), multiplied)
    return share
