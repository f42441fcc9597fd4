"""The six optimisers in plain Python numbers, one weight at a time.

An optimiser is started with its rate and becomes a function from a derivative g = ∂ξ/∂w to the
step Δw; what it remembers between updates stands above that function.  As `bptt.scalar`, this file
shares no code with the rest: it is an oracle of `bptt.optimizers`, and trains without NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import TypeAlias

Step: TypeAlias = Callable[[float], float]


def gradient_descent(rate: float) -> Step:
    """Δw = -rate · g.

    Examples
    --------
    >>> gradient_descent(rate=0.5)(2.0)
    -1.0
    """
    return lambda g: -rate * g


def momentum(rate: float, beta: float = 0.9) -> Step:
    """v ← beta v + g,  Δw = -rate · v (Polyak 1964)."""
    v = 0.0

    def step(g: float) -> float:
        nonlocal v
        v = beta * v + g
        return -rate * v

    return step


def nesterov(rate: float, beta: float = 0.9) -> Step:
    """v ← beta v + g,  Δw = -rate (g + beta v) (Nesterov 1983, as Sutskever et al. 2013)."""
    v = 0.0

    def step(g: float) -> float:
        nonlocal v
        v = beta * v + g
        return -rate * (g + beta * v)

    return step


def rprop(
    rate: float,
    *,
    grow: float = 1.2,
    shrink: float = 0.5,
    least: float = 1e-12,
    most: float = 50.0,
) -> Step:
    """Δw = -sign(g) · size (Riedmiller & Braun 1993).

    The size grows while the sign of g stays; when it changes, the size shrinks, the last step is
    taken back, and this g is forgotten.
    """
    size, g_before, step_before = rate, 0.0, 0.0

    def step(g: float) -> float:
        nonlocal size, g_before, step_before
        agree = _sign(g) * _sign(g_before)
        factor = grow if agree > 0 else shrink if agree < 0 else 1.0
        size = min(max(size * factor, least), most)
        step_before = -step_before if agree < 0 else -_sign(g) * size
        g_before = 0.0 if agree < 0 else g
        return step_before

    return step


def rmsprop(rate: float, decay: float = 0.99, epsilon: float = 1e-8) -> Step:
    """s ← decay s + (1 - decay) g²,  Δw = -rate · g / (√s + epsilon) (Tieleman & Hinton 2012)."""
    s = 0.0

    def step(g: float) -> float:
        nonlocal s
        s = decay * s + (1 - decay) * g * g
        return -rate * g / (sqrt(s) + epsilon)

    return step


def adam(rate: float, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8) -> Step:
    """m ← beta1 m + (1 - beta1) g,  s ← beta2 s + (1 - beta2) g²,
    Δw = -rate · m̂ / (√ŝ + epsilon),  m̂ = m/(1 - beta1^t), ŝ = s/(1 - beta2^t).

    t = 1, 2, … counts the updates (Kingma & Ba 2015, algorithm 1).
    """
    t, m, s = 0, 0.0, 0.0

    def step(g: float) -> float:
        nonlocal t, m, s
        t += 1
        m = beta1 * m + (1 - beta1) * g
        s = beta2 * s + (1 - beta2) * g * g
        corrected_m, corrected_s = m / (1 - beta1**t), s / (1 - beta2**t)
        return -rate * corrected_m / (sqrt(corrected_s) + epsilon)

    return step


def _sign(g: float) -> int:
    return (g > 0) - (g < 0)


OPTIMIZERS: dict[str, Callable[[float], Step]] = {
    "sgd": gradient_descent,
    "momentum": momentum,
    "nesterov": nesterov,
    "rprop": rprop,
    "rmsprop": rmsprop,
    "adam": adam,
}
"""by the names that `bptt.fit` knows them by"""
