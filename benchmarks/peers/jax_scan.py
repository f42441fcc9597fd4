"""JAX: ``jit`` of ``value_and_grad`` of a ``lax.scan``, all weights on the device beforehand.

Tried, and the fastest taken: the product with the input before the scan or inside it, then how
far the scan is unrolled.  (Whole sequences of 100 are tried for Elman alone: for an LSTM XLA
compiled minutes at them, for a GRU half a minute, and they were slower.)  Compile time is not
counted.  Products gate by gate, transposed weights and rematerialised cells were tried by hand
and were not faster.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from rungs.calls import Arrays, Calls, fastest
from rungs.work import RATE, Rung, Work, time_major

# a call that is waited for anyway need not go through another thread
jax.config.update("jax_cpu_enable_async_dispatch", False)


WHOLE = {"elman": 100, "gru": 10, "lstm": 10}
"""time stamps up to which a loop unrolled altogether is tried"""
FASTEST: dict[tuple[str, Rung, str], tuple[str, int]] = {}
"""the form that the gradient was fastest in, for the step"""


def prepare(kind: str, work: Work, variant: str, cores: int) -> Calls:
    """Return the calls of the fastest form; a ragged batch is masked."""
    jax.config.update("jax_enable_x64", work.dtype == "float64")
    key = (work.cell, work.rung, work.dtype)
    if kind == "step" and key in FASTEST:
        place, unroll = FASTEST[key]
        return step(work, place, unroll)._replace(note=named(place, unroll))
    make = gradient if kind == "gradient" else step

    def tried(*forms: tuple[str, int]) -> dict[tuple[str, int], Callable[[], Calls]]:
        return {form: lambda form=form: make(work, *form) for form in forms}

    first = fastest(tried(("before", 1), ("inside", 1)))
    place, T = first.note[0], work.rung.T
    more = [(place, 4)] if T > 4 else []
    more += [("before", T)] if WHOLE[work.cell] >= T else []
    calls = fastest({first.note: lambda: first} | tried(*more))
    FASTEST[key] = calls.note
    return calls._replace(note=named(*calls.note))


def named(place: str, unroll: int) -> str:
    return f"input {place}, unroll {unroll}"


def elman(w, zx, state):
    return (jnp.tanh(zx + state[0] @ w["weight_hh_l0"].T),)


def gru(w, zx, state):
    r_x, u_x, n_x = jnp.split(zx, 3, axis=-1)
    zh = state[0] @ w["weight_hh_l0"].T + w["bias_hh_l0"]
    r_h, u_h, n_h = jnp.split(zh, 3, axis=-1)
    r, u = jax.nn.sigmoid(r_x + r_h), jax.nn.sigmoid(u_x + u_h)
    n = jnp.tanh(n_x + r * n_h)
    return (n + u * (state[0] - n),)


def lstm(w, zx, state):
    h, c = state
    i, f, g, o = jnp.split(zx + h @ w["weight_hh_l0"].T, 4, axis=-1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c


STEPS = {"elman": elman, "gru": gru, "lstm": lstm}


def cost(work: Work, place: str, unroll: int):
    """Return the function (weights, x, y, mask) -> loss, with the input's product at ``place``."""
    B, _, _, H = work.rung[:4]
    advance = STEPS[work.cell]
    zeros = (np.zeros((B, H), work.dtype),) * (2 if work.cell == "lstm" else 1)

    def of(w, x, y, mask):
        bias = w["bias_ih_l0"] if work.cell == "gru" else w["bias_ih_l0"] + w["bias_hh_l0"]

        def sums(x):
            return x @ w["weight_ih_l0"].T + bias

        over = sums(x) if place == "before" else x
        sums_k = (lambda zx: zx) if place == "before" else sums

        def one(state, at):
            if mask is None:
                return advance(w, sums_k(at), state), None
            of_k, runs = at
            after = advance(w, sums_k(of_k), state)
            return tuple(jnp.where(runs, a, b) for a, b in zip(after, state, strict=True)), None

        over = over if mask is None else (over, mask)
        last, _ = lax.scan(one, zeros, over, unroll=unroll)
        return jnp.mean((last[0] @ w["readout.weight"].T + w["readout.bias"] - y) ** 2)

    return of


def data(work: Work):
    """Return weights, x, y and mask on the device."""
    mask = None
    if work.lengths is not None:
        mask = jnp.asarray((np.arange(work.rung.T)[:, None] < work.lengths)[:, :, None])
    weights = {name: jnp.array(array) for name, array in work.weights.items()}
    return weights, jnp.array(time_major(work.x)), jnp.array(work.y), mask


def gradient(work: Work, place: str, unroll: int) -> Calls:
    """Return calls for loss and gradients."""
    function = jax.jit(jax.value_and_grad(cost(work, place, unroll)))
    arguments = data(work)

    def call():
        return jax.block_until_ready(function(*arguments))

    def result(_: int) -> Arrays:
        loss, grads = call()
        return {"loss": float(loss), **{name: np.asarray(g) for name, g in grads.items()}}

    return Calls(call, result)


def step(work: Work, place: str, unroll: int) -> Calls:
    """Return calls for a step of Adam inside the same jit, its arrays donated."""
    of = cost(work, place, unroll)
    weights, x, y, mask = data(work)

    def adam(carried, x, y, mask):
        w, m, s, t = carried
        _, g = jax.value_and_grad(of)(w, x, y, mask)
        t = t + 1
        first, second = 1 / (1 - 0.9**t), 1 / jnp.sqrt(1 - 0.999**t)
        m = {n: 0.9 * m[n] + 0.1 * g[n] for n in w}
        s = {n: 0.999 * s[n] + 0.001 * g[n] * g[n] for n in w}
        w = {n: w[n] - RATE * first * m[n] / (jnp.sqrt(s[n]) * second + 1e-8) for n in w}
        return w, m, s, t

    function = jax.jit(adam, donate_argnums=0)
    now: list = []

    def begin() -> None:
        copies = {name: jnp.array(w) for name, w in work.weights.items()}
        zeros = [{name: jnp.zeros_like(w) for name, w in weights.items()} for _ in range(2)]
        now[:] = [(copies, *zeros, jnp.zeros((), work.dtype))]

    def call() -> None:
        now[0] = jax.block_until_ready(function(now[0], x, y, mask))

    def result(updates: int) -> Arrays:
        begin()
        for _ in range(updates):
            call()
        return {name: np.array(w) for name, w in now[0][0].items()}

    return Calls(call, result, begin)
