"""The middle of the straight path: from a batch to prediction, cost and gradients."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from bptt import _checks, initial_states
from bptt._shapes import Array, RngLike
from bptt.architecture import Architecture
from bptt.errors import InputError, NumberTypeError, sentence
from bptt.params import Params, from_parts, map_params, parts
from bptt.run import Run
from bptt.sequences import Layout
from bptt.through_time import FullBPTT, Packed, Stack, Strategy, Workspace
from bptt.through_time import stack as layers_of

if TYPE_CHECKING:
    from bptt.data import Batch

FULL = FullBPTT()


def run(
    net: Architecture,
    called: str,
    params: Params,
    batch: Batch,
    initial_state: object,
    workspace: Workspace | None,
    strategy: Strategy | None,
    rng: RngLike = None,
) -> Run:
    """Forward, cost, and backward by ``strategy`` unless that is None."""
    if workspace is None:
        workspace = Workspace()
    elif not isinstance(workspace, Workspace):
        do = "Give for example bptt.Workspace(engine='jit')"
        raise InputError(sentence(called, "workspace as a Workspace", repr(workspace), do))
    with quiet():
        params, tapes, prediction = forward(
            net, called, params, batch.inputs, batch.layout, initial_state,
            workspace, strategy or FULL, rng,
        )  # fmt: skip
        y = batch.targets.astype(prediction.real.dtype, copy=False)
        value, d_prediction = batch.loss.function(prediction, y, batch.counts)
        grads = None
        if strategy is not None:
            if prediction.dtype.kind == "c":
                do = "Use RNN.loss for complex values"
                expected = "real parameters and initial state"
                raise NumberTypeError(sentence(called, expected, "complex numbers", do))
            seed, d_readout = net.readout.back(params.readout, tapes, d_prediction)
            given = initial_state is not None
            d_layers = layers_of.backward(tapes, seed, strategy, initial_given=given)
            grads = from_parts(d_layers, d_readout, net.n_directions)
    return Run(params, tapes, prediction, value, d_prediction, grads, net.readout)


def forward(
    net: Architecture,
    called: str,
    params: Params,
    x: Array,
    layout: Layout,
    initial_state: object,
    workspace: Workspace,
    strategy: Strategy,
    rng: RngLike,
) -> tuple[Params, Stack, Array]:
    """Return the parameters as they were used, the tapes, and the prediction inside."""
    dtypes = net.check_params(called, params, complex_ok=True)
    initial = None
    if initial_state is not None:
        shape = (layout.n_sequences, net.hidden_size)
        initial = initial_states.check(
            called, net.cell.states, initial_state, net.n_parts, shape, layout
        )
        dtypes |= {array.dtype for part in initial for array in part if array.dtype.kind == "c"}
    if x.dtype.kind == "c":
        dtypes.add(x.dtype)
    if len(dtypes) > 1:
        dtype = np.result_type(*dtypes)
        params = map_params(lambda p: p.astype(dtype, copy=False), params)
    packed, layers = Packed(x, layout.packing), parts(params)
    drops: tuple[Array, ...] = ()
    if rng is not None and net.dropout:
        drops = _draw_drops(net, called, packed, layers[0].weight_hh.dtype, rng)
    tapes = layers_of.forward(
        net.cell, layers, net.n_directions, packed, initial, workspace, strategy, drops
    )
    return params, tapes, net.readout.forward(params.readout, tapes)


def _draw_drops(
    net: Architecture, called: str, x: Packed, dtype: np.dtype[np.generic], rng: RngLike
) -> tuple[Array, ...]:
    """Draw what lets through 1-p of what each layer but the last says, scaled by 1/(1-p)."""
    rng = _checks.generator(called, rng)
    shape = (net.n_layers - 1, len(x.rows), net.n_directions * net.hidden_size)
    kept = rng.random(shape) >= net.dropout
    return tuple((kept / (1.0 - net.dropout)).astype(dtype))


def quiet() -> np.errstate:
    """Silence NumPy: where the functions overflow, their reciprocal is exactly 0, as it should be.

    What is not finite in earnest is found by whoever trains, with a better message.
    """
    return np.errstate(all="ignore")


def quietly() -> Callable[..., Any]:
    """Return what calls a function, function(*arguments), within `quiet`, for a tenth of the time.

    It is for one thread at a time.
    """
    if np.lib.NumpyVersion(np.__version__) < "2.0.0":  # where this is not a matter of the context

        def call(function: Callable[..., Any], *arguments: Any) -> Any:
            with quiet():
                return function(*arguments)

        return call
    context = contextvars.copy_context()
    context.run(np.seterr, all="ignore")
    return context.run
