"""Keras's layers by ``stateless_call`` inside JAX's ``jit``."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from peers import keras_layers
from rungs.calls import Arrays, Calls
from rungs.work import Work

jax.config.update("jax_cpu_enable_async_dispatch", False)


def settle(dtype: str, cores: int) -> None:
    """Allow 64 bits; JAX takes the cores that the process may use."""
    jax.config.update("jax_enable_x64", dtype == "float64")


def calls(kind: str, model, work: Work, to_pytorch) -> Calls:
    """Return calls for the gradients, or for steps of Keras's Adam in the same jit."""
    given = [jnp.array(v.value) for v in model.trainable_variables]
    rest = [v.value for v in model.non_trainable_variables]
    x, y = [jnp.array(a) for a in keras_layers.inputs(work)], jnp.array(work.y)

    def cost(weights, x, y):
        prediction, _ = model.stateless_call(weights, rest, x)
        return jnp.mean((prediction - y) ** 2)

    if kind == "gradient":
        function = jax.jit(jax.value_and_grad(cost))

        def gradient():
            return jax.block_until_ready(function(given, x, y))

        def gradients(_: int) -> Arrays:
            loss, grads = gradient()
            grads = to_pytorch(work, kind, [np.asarray(g) for g in grads])
            return {"loss": float(loss), **grads}

        return Calls(gradient, gradients)

    optimizer = keras_layers.adam(model.trainable_variables)
    fresh = [np.array(v.value) for v in optimizer.variables]

    def advance(carried, x, y):
        weights, state = carried
        return optimizer.stateless_apply(state, jax.grad(cost)(weights, x, y), weights)

    function = jax.jit(advance, donate_argnums=0)
    now: list = []

    def begin() -> None:
        now[:] = [([jnp.array(w) for w in given], [jnp.array(v) for v in fresh])]

    def step() -> None:
        now[0] = jax.block_until_ready(function(now[0], x, y))

    def weights(updates: int) -> Arrays:
        begin()
        for _ in range(updates):
            step()
        return to_pytorch(work, kind, [np.array(w) for w in now[0][0]])

    return Calls(step, weights, begin)
