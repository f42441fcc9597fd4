"""bptt: the engine in NumPy, and the same lines compiled (``engine="jit"``)."""

from __future__ import annotations

import contextlib
import inspect
from typing import Any
from unittest import mock

import bptt
from bptt.optimizers import move
from bptt.params import Linear, Params, Recurrent, named_arrays
from rungs.calls import Arrays, Calls
from rungs.work import RATE, Work


def prepare(kind: str, work: Work, variant: str, cores: int) -> Calls:
    """Return calls with the engine ``variant``; of "jit" it is noted whether "auto" takes it."""
    net, params, batch = of(work)
    workspace = make_workspace(variant, cores)

    def gradient() -> tuple[float, Params]:
        return net.loss_and_gradient(params, batch, workspace=workspace)

    def gradients(_: int) -> Arrays:
        loss, grads = gradient()
        return {"loss": loss, **dict(named_arrays(grads))}

    note = "auto" if variant == "jit" and auto_compiles(net, params, batch, cores) else ""
    if kind == "gradient":
        return Calls(gradient, gradients, note=note)

    optimizer = bptt.adam(RATE, engine=variant)
    now: dict[str, Any] = {}

    def begin() -> None:
        now.update(params=params, state=optimizer.init(params))

    def step() -> None:
        _, grads = net.loss_and_gradient(now["params"], batch, workspace=workspace)
        now["params"], now["state"] = move(optimizer, grads, now["state"], now["params"])

    def weights(updates: int) -> Arrays:
        begin()
        for _ in range(updates):
            step()
        return dict(named_arrays(now["params"]))

    return Calls(step, weights, begin, note=note)


def of(work: Work) -> tuple[bptt.RNN, Params, Any]:
    """Return the network, its weights and its batch."""
    w = work.weights
    own = {"activation": "tanh"} if work.cell == "elman" else {}
    net = bptt.RNN(work.cell, work.rung.I, work.rung.H, readout="last", output_size=1, **own)
    recurrent = Recurrent(*(w[f"{n}_l0"] for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")))
    params = Params((recurrent,), Linear(w["readout.weight"], w["readout.bias"]))
    return net, params, net.batch(work.x, work.y, lengths=work.lengths)


def make_workspace(engine: str, cores: int) -> bptt.Workspace:
    """Return a workspace that splits the batch over as many threads as there are cores."""
    options = {"engine": engine}
    if "threads" in inspect.signature(bptt.Workspace).parameters:
        options["threads"] = cores
    return bptt.Workspace(**options)


def auto_compiles(net: bptt.RNN, params: Params, batch: Any, cores: int) -> bool:
    """Return whether ``engine="auto"`` takes compiled loops, by looking at what it makes."""
    from bptt.through_time.compiled import agreement
    from bptt.through_time.compiled.engine import Compiled
    from bptt.through_time.compiled.side_by_side import Beside

    agreement.check(net.cell, params.layers[0].weight_hh.dtype)  # makes some, once; not now
    found = []
    with contextlib.ExitStack() as patches:
        for kind in (Compiled, Beside):
            patch = mock.patch.object(kind, "__init__", autospec=True, side_effect=kind.__init__)
            found.append(patches.enter_context(patch))
        net.loss_and_gradient(params, batch, workspace=make_workspace("auto", cores))
    return any(made.called for made in found)
