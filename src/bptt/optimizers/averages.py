"""Gradient descent and its relatives that remember running averages of the gradient."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from bptt import _checks
from bptt._shapes import Array
from bptt.optimizers.base import Optimizer, Rate, per_parameter, settings
from bptt.params import Params, map_params


class Moving(NamedTuple):
    """The state of an optimiser that remembers: updates done, and running averages."""

    updates: int
    average: Params | None = None
    average_square: Params | None = None


def gradient_descent(rate: Rate = 0.01) -> Optimizer:
    """Δw = -rate · g."""
    rates = per_parameter("gradient_descent", rate)

    def update(grads: Params, state: Moving, params: Params) -> tuple[Params, Moving]:
        step = map_params(lambda g, r: -r * g, grads, rates(state.updates, params))
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

    def update(grads: Params, state: Moving, params: Params) -> tuple[Params, Moving]:
        v = map_params(lambda v, g: beta * v + g, state.average, grads)
        step = map_params(
            lambda g, v, r: -r * direction(g, v, beta), grads, v, rates(state.updates, params)
        )
        return step, Moving(state.updates + 1, v)

    name = settings(called, rate, beta=beta)
    return Optimizer(lambda params: Moving(0, map_params(np.zeros_like, params)), update, name=name)


def rmsprop(rate: Rate = 0.01, decay: float = 0.99, epsilon: float = 1e-8) -> Optimizer:
    """s ← decay s + (1 - decay) g²,  Δw = -rate · g / (√s + epsilon) (Tieleman & Hinton 2012).

    As PyTorch's; Keras adds epsilon under the root.
    """
    rates = per_parameter("rmsprop", rate)
    decay = _checks.real_in("rmsprop", "decay", decay, 0.0, 1.0)
    epsilon = _checks.real_in("rmsprop", "epsilon", epsilon, 0.0, math.inf, open_low=True)

    def update(grads: Params, state: Moving, params: Params) -> tuple[Params, Moving]:
        s = map_params(lambda s, g: decay * s + (1 - decay) * g * g, state.average_square, grads)
        step = map_params(
            lambda g, s, r: -r * g / (np.sqrt(s) + epsilon), grads, s, rates(state.updates, params)
        )
        return step, Moving(state.updates + 1, average_square=s)

    return Optimizer(
        lambda params: Moving(0, average_square=map_params(np.zeros_like, params)),
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
) -> Optimizer:
    """m ← beta1 m + (1 - beta1) g,  s ← beta2 s + (1 - beta2) g²,
    Δw = -rate · m̂ / (√ŝ + epsilon),  m̂ = m/(1 - beta1^t), ŝ = s/(1 - beta2^t).

    t = 1, 2, … counts the updates (Kingma & Ba 2015, algorithm 1).  As PyTorch's; Keras corrects
    the rate instead, so that its epsilon weighs otherwise.  With ``weight_decay`` Δw has
    -rate · weight_decay · w besides, which the averages do not see (Loshchilov & Hutter 2019), as
    PyTorch's ``AdamW``.
    """
    rates = per_parameter("adam", rate)
    beta1 = _checks.real_in("adam", "beta1", beta1, 0.0, 0.999999999)
    beta2 = _checks.real_in("adam", "beta2", beta2, 0.0, 0.999999999)
    epsilon = _checks.real_in("adam", "epsilon", epsilon, 0.0, math.inf, open_low=True)
    weight_decay = _checks.real_in("adam", "weight_decay", weight_decay, 0.0, math.inf)

    def init(params: Params) -> Moving:
        zeros = map_params(np.zeros_like, params)
        return Moving(0, zeros, zeros)

    def update(grads: Params, state: Moving, params: Params) -> tuple[Params, Moving]:
        t = state.updates + 1
        m = map_params(lambda m, g: beta1 * m + (1 - beta1) * g, state.average, grads)
        s = map_params(lambda s, g: beta2 * s + (1 - beta2) * g * g, state.average_square, grads)
        first, second = 1 / (1 - beta1**t), 1 / math.sqrt(1 - beta2**t)
        rate_of = rates(state.updates, params)
        step = map_params(
            lambda m, s, r: -r * first * m / (np.sqrt(s) * second + epsilon), m, s, rate_of
        )
        if weight_decay:
            step = map_params(lambda d, r, w: d - r * weight_decay * w, step, rate_of, params)
        return step, Moving(t, m, s)

    options = {"beta1": beta1, "beta2": beta2, "epsilon": epsilon, "weight_decay": weight_decay}
    return Optimizer(init, update, name=settings("adam", rate, **options))
