"""Gradient descent and its relatives that remember running averages of the gradient.

A formula is written for a vector of entries; `entrywise` calls it.  The first product of each
result goes where ``out`` says, and what follows changes that new array.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bptt import _checks, engines
from bptt._shapes import Array
from bptt.optimizers.base import Optimizer, Rate, per_parameter, settings
from bptt.optimizers.vectors import Out, entrywise, flat
from bptt.params import Params


class Moving(NamedTuple):
    """The state of an optimiser that remembers: updates done, and running averages.

    An average is one vector of all entries, in the order of `bptt.params.fields`.
    """

    updates: int
    average: Array | None = None
    average_square: Array | None = None


def gradient_descent(rate: Rate = 0.01) -> Optimizer:
    """Δw = -rate · g."""
    rates = per_parameter("gradient_descent", rate)

    def formula(out: Out, g: Array, r: float | Array) -> tuple[Array]:
        return (np.multiply(-r, g, out=out[0]),)

    def update(grads: Params, state: Moving, params: Params) -> tuple[Params, Moving]:
        (step,) = entrywise(formula, 1, grads, rates(state.updates, params))
        return step, Moving(state.updates + 1)

    name = settings("gradient_descent", rate)
    return Optimizer(lambda params: Moving(0), update, name=name)


def momentum(rate: Rate = 0.01, beta: float = 0.9) -> Optimizer:
    """v ← beta v + g,  Δw = -rate · v (Polyak 1964), as PyTorch's ``SGD(momentum=beta)``."""
    return _with_velocity("momentum", rate, beta, lambda g, v, beta: v)


def nesterov(rate: Rate = 0.01, beta: float = 0.9) -> Optimizer:
    """v ← beta v + g,  Δw = -rate (g + beta v).

    Nesterov 1983, in the form of Sutskever et al. 2013.
    As PyTorch's ``SGD(nesterov=True)``: the weights kept are those at the looked-ahead point.
    """
    return _with_velocity("nesterov", rate, beta, lambda g, v, beta: g + beta * v)


def _with_velocity(
    called: str, rate: Rate, beta: float, direction: Callable[[Array, Array, float], Array]
) -> Optimizer:
    rates = per_parameter(called, rate)
    beta = _checks.real_in(called, "beta", beta, 0.0, 1.0)

    def formula(out: Out, g: Array, v: Array, r: float | Array) -> tuple[Array, Array]:
        v = np.multiply(beta, v, out=out[1])
        v += g
        return np.multiply(-r, direction(g, v, beta), out=out[0]), v

    def update(grads: Params, state: Moving, params: Params) -> tuple[Params, Moving]:
        step, v = entrywise(formula, 2, grads, state.average, rates(state.updates, params))
        return step, Moving(state.updates + 1, v)

    name = settings(called, rate, beta=beta)
    return Optimizer(lambda params: Moving(0, _zeros(params)), update, name=name)


def rmsprop(rate: Rate = 0.01, decay: float = 0.99, epsilon: float = 1e-8) -> Optimizer:
    """s ← decay s + (1 - decay) g²,  Δw = -rate · g / (√s + epsilon) (Tieleman & Hinton 2012).

    As PyTorch's; Keras adds epsilon under the root.
    """
    rates = per_parameter("rmsprop", rate)
    decay = _checks.real_in("rmsprop", "decay", decay, 0.0, 1.0)
    epsilon = _checks.real_in("rmsprop", "epsilon", epsilon, 0.0, math.inf, open_low=True)

    def formula(out: Out, g: Array, s: Array, r: float | Array) -> tuple[Array, Array]:
        s = np.multiply(decay, s, out=out[1])
        s += (1 - decay) * g * g
        step = np.multiply(-r, g, out=out[0])
        step /= np.sqrt(s) + epsilon
        return step, s

    def update(grads: Params, state: Moving, params: Params) -> tuple[Params, Moving]:
        rate_of = rates(state.updates, params)
        step, s = entrywise(formula, 2, grads, state.average_square, rate_of)
        return step, Moving(state.updates + 1, average_square=s)

    return Optimizer(
        lambda params: Moving(0, average_square=_zeros(params)),
        update,
        name=settings("rmsprop", rate, decay=decay, epsilon=epsilon),
    )


def adam(
    rate: Rate = 0.001,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
    *,
    weight_decay: float = 0.0,
    engine: str = "numpy",
) -> Optimizer:
    """m ← beta1 m + (1 - beta1) g,  s ← beta2 s + (1 - beta2) g²,
    Δw = -rate · m̂ / (√ŝ + epsilon),  m̂ = m/(1 - beta1^t), ŝ = s/(1 - beta2^t).

    t = 1, 2, … counts the updates (Kingma & Ba 2015, algorithm 1).  As PyTorch's; Keras corrects
    the rate instead, so that its epsilon weighs otherwise.  With ``weight_decay`` Δw has
    -rate · weight_decay · w besides, which the averages do not see (Loshchilov & Hutter 2019), as
    PyTorch's ``AdamW``.

    With ``engine="jit"`` (extra ``jit``; ``"auto"``: if that is installed) `move` is one compiled
    call for up to 32,768 parameters with one rate and no decay.  It has the same bits.
    """
    rates = per_parameter("adam", rate)
    beta1 = _checks.real_in("adam", "beta1", beta1, 0.0, 0.999999999)
    beta2 = _checks.real_in("adam", "beta2", beta2, 0.0, 0.999999999)
    epsilon = _checks.real_in("adam", "epsilon", epsilon, 0.0, math.inf, open_low=True)
    weight_decay = _checks.real_in("adam", "weight_decay", weight_decay, 0.0, math.inf)
    engine = engines.checked("adam", engine)
    in_one = None
    if engine == "jit" or (engine == "auto" and engines.can_compile()):
        from bptt.optimizers.compiled import in_one_call

        in_one = None if weight_decay else in_one_call(adams_entries)
    constants = (beta1, 1 - beta1, beta2, 1 - beta2, epsilon)

    def init(params: Params) -> Moving:
        zeros = _zeros(params)
        return Moving(0, zeros, zeros)

    def corrections(t: int) -> tuple[float, float]:
        return 1 / (1 - beta1**t), 1 / math.sqrt(1 - beta2**t)

    def formula(
        out: Out, g: Array, m: Array, s: Array, r: float | Array, first: float, second: float
    ) -> tuple[Array, Array, Array]:
        return adams_entries(out, g, m, s, -r * first, second, *constants)

    def decayed(
        out: Out, g: Array, m: Array, s: Array, r: float | Array, first: float, second: float,
        w: Array,
    ) -> tuple[Array, Array, Array]:  # fmt: skip
        step, m, s = formula(out, g, m, s, r, first, second)
        step -= r * weight_decay * w
        return step, m, s

    def update(grads: Params, state: Moving, params: Params) -> tuple[Params, Moving]:
        t = state.updates + 1
        first, second = corrections(t)
        given = (state.average, state.average_square, rates(state.updates, params), first, second)
        if weight_decay:
            step, m, s = entrywise(decayed, 3, grads, *given, params)
        else:
            step, m, s = entrywise(formula, 3, grads, *given)
        return step, Moving(t, m, s)

    def moved(grads: Params, state: Moving, params: Params) -> tuple[Params, Moving] | None:
        t, r = state.updates + 1, rates(state.updates, params)
        if in_one is None or not isinstance(r, float):
            return None
        first, second = corrections(t)
        averages: Any = (state.average, state.average_square)
        found = in_one(grads, averages, params, (-r * first, second, *constants))
        if found is None:
            return None
        params, (m, s) = found
        return params, Moving(t, m, s)

    options = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon, "weight_decay": weight_decay}
    name = settings("adam", rate, **options)
    return Optimizer(init, update, name=name, moved=moved if in_one else None)


def adams_entries(
    out: Out,
    g: Array,
    m: Array,
    s: Array,
    scale: float | Array,
    second: float,
    beta1: float,
    rest1: float,
    beta2: float,
    rest2: float,
    epsilon: float,
) -> tuple[Array, Array, Array]:
    """Return Adam's step and averages; also compiled as it stands."""
    m = np.multiply(beta1, m, out[1])
    m += rest1 * g
    s = np.multiply(beta2, s, out[2])
    s += rest2 * g * g
    step = np.multiply(scale, m, out[0])
    step /= np.sqrt(s) * second + epsilon
    return step, m, s


def _zeros(params: Params) -> Array:
    return np.zeros_like(flat(params))
