"""neuralnetlib: its layers LSTM, GRU and Dense, which compute in float64 whatever they are given.

Its silent rescaling of gradients is switched off (``clip_value=inf``), so that it can agree.
"""

from __future__ import annotations

import numpy as np
from neuralnetlib.layers import GRU, LSTM, Dense
from neuralnetlib.losses import MeanSquaredError
from neuralnetlib.optimizers import Adam

from rungs.calls import Arrays, Calls, CannotError
from rungs.work import CELLS, RATE, Work

GATES = {"gru": "rzh", "lstm": "ifco"}
"""its names for PyTorch's blocks, in their order"""
LARGEST = 5e9
"""bytes that it may keep for all time stamps: about 20 arrays of float64 each"""


def prepare(kind: str, work: Work, variant: str, cores: int) -> Calls:
    """Return calls for what it has."""
    B, T, _, H = work.rung[:4]
    if work.cell == "elman":
        raise CannotError("has no simple recurrent layer")
    if work.lengths is not None:
        raise CannotError("has no form for sequences of unequal length")
    if 20 * 8 * B * T * H > LARGEST:
        raise CannotError(f"keeps {20 * 8 * B * T * H / 1e9:.0f} GB of float64 arrays")
    layer = {"gru": GRU, "lstm": LSTM}[work.cell](H, clip_value=np.inf)
    dense, loss = Dense(1), MeanSquaredError()

    def begin() -> None:
        put_weights(work, layer, dense)

    def gradient() -> float:
        prediction = dense.forward_pass(layer.forward_pass(work.x))
        layer.backward_pass(dense.backward_pass(loss.derivative(work.y, prediction)))
        return loss(work.y, prediction)

    def gradients(_: int) -> Arrays:
        value = gradient()
        return {"loss": value, **by_name(work, layer, dense, "d")}

    layer.forward_pass(work.x[:1])  # makes weights, which are then replaced
    dense.forward_pass(np.zeros((1, H)))
    begin()
    if kind == "gradient":
        return Calls(gradient, gradients, note="float64")

    optimizers: list[Adam] = []

    def begin_steps() -> None:
        begin()
        optimizers[:] = [Adam(RATE)]

    def step() -> None:  # as its own models do it
        gradient()
        for number, part in enumerate((layer, dense)):
            for name, weights, grad in part.get_trainable_parameters():
                optimizers[0].update(f"{number}.{name}", weights, grad)

    def weights(updates: int) -> Arrays:
        begin_steps()
        for _ in range(updates):
            step()
        after = by_name(work, layer, dense, "")
        for name in ("bias_ih_l0", "bias_hh_l0"):  # the step of the sum is that of each
            both = work.weights["bias_ih_l0"] + work.weights["bias_hh_l0"]
            after[name] = work.weights[name] + (after[name] - both)
        return after

    return Calls(step, weights, begin_steps, updates=1, note="float64")


def put_weights(work: Work, layer: GRU | LSTM, dense: Dense) -> None:
    """Give it the weights; both biases in one."""
    w, names, cell = work.weights, GATES[work.cell], layer.cell
    G = CELLS[work.cell]
    blocks = [np.split(array, G) for name, array in w.items() if "readout" not in name]
    for gate, w_ih, w_hh, b_ih, b_hh in zip(names, *blocks, strict=True):
        setattr(cell, f"W{gate}", w_ih.T.copy())
        setattr(cell, f"U{gate}", w_hh.T.copy())
        setattr(cell, f"b{gate}", (b_ih + b_hh)[None])
    dense.weights, dense.bias = w["readout.weight"].T.copy(), w["readout.bias"][None].copy()


def by_name(work: Work, layer: GRU | LSTM, dense: Dense, d: str) -> Arrays:
    """Return its gradients (d = "d") or weights (d = "") by PyTorch's names."""
    names, cell = GATES[work.cell], layer.cell
    w_ih, w_hh, bias = (
        np.concatenate([getattr(cell, f"{d}{kind}{gate}").T for gate in names]) for kind in "WUb"
    )
    last = (dense.d_weights, dense.d_bias) if d else (dense.weights, dense.bias)
    arrays = [w_ih, w_hh, bias[:, 0], bias[:, 0], last[0].T, last[1][0]]
    return dict(zip(work.weights, arrays, strict=True))
