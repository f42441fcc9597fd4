"""Keras's layers on PyTorch, eagerly."""

from __future__ import annotations

import numpy as np
import torch

from peers import keras_layers
from rungs.calls import Arrays, Calls
from rungs.work import Work


def settle(dtype: str, cores: int) -> None:
    """Take so many threads."""
    torch.set_num_threads(cores)


def calls(kind: str, model, work: Work, to_pytorch) -> Calls:
    """Return calls for the gradients, or for steps of Keras's Adam."""
    variables = model.trainable_variables
    tensors = [v.value for v in variables]
    x, y = [torch.from_numpy(a) for a in keras_layers.inputs(work)], torch.from_numpy(work.y)

    def gradient():
        loss = torch.nn.functional.mse_loss(model(x, training=True), y)
        return loss, torch.autograd.grad(loss, tensors)

    def gradients(_: int) -> Arrays:
        loss, grads = gradient()
        return {"loss": loss.item(), **to_pytorch(work, kind, [g.numpy() for g in grads])}

    if kind == "gradient":
        return Calls(gradient, gradients)

    given = [np.array(v.numpy()) for v in variables]
    optimizers: list = []

    def begin() -> None:
        for variable, array in zip(variables, given, strict=True):
            variable.assign(array)
        optimizers[:] = [keras_layers.adam(variables)]

    def step() -> None:
        _, grads = gradient()
        with torch.no_grad():
            optimizers[0].apply(grads, variables)

    def weights(updates: int) -> Arrays:
        begin()
        for _ in range(updates):
            step()
        return to_pytorch(work, kind, [np.array(v.numpy()) for v in variables])

    return Calls(step, weights, begin)
