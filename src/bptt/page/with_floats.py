"""The page's numbers in plain Python floats: what the static site computes in the browser."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Sequence

from bptt import scalar
from bptt.derivation.from_floats import FromFloats
from bptt.derivation.worked import Worked
from bptt.page.arithmetic import Trained, Weights
from bptt.page.state import State
from bptt.scalar_optimizers import OPTIMIZERS

ROWS_AT_ONCE = 3
COMPLEX_STEP = 1e-30


def derive(state: State, weights: Weights, activation: str) -> Worked:
    """Return the derivation at these weights."""
    return FromFloats(state.x, state.targets, *weights, activation)


def complex_step(state: State, weights: Weights) -> Weights:
    """Return ∂ξ/∂Wx and ∂ξ/∂Wrec of the forward alone."""
    wx, wrec = weights
    step = 1j * COMPLEX_STEP
    f, in_complex = scalar.ACTIVATIONS[state.activation][0], COMPLEX[state.activation]
    found = []
    for at_wx, at_wrec in ((wx + step, wrec), (wx, wrec + step)):
        slope = 0.0
        for x, y in zip(state.x, state.targets, strict=True):
            # all real parts are those of the real forward: complex products round otherwise, and
            # where states come back to almost 0 that alone would look like an error
            state_in, state_out = scalar.states(x, wx, wrec, f)
            now = out = 0j
            for k in range(1, len(x) + 1):
                now = complex(state_in[k], (out * at_wrec + x[k - 1] * at_wx).imag)
                out = complex(state_out[k], in_complex(now).imag)
            error = now - y
            slope += (error * error / len(state.x)).imag
        found.append(slope / COMPLEX_STEP)
    return Weights(*found)


def _logistic(a: complex) -> complex:
    e = cmath.exp(-a if a.real >= 0 else a)  # never overflows
    return (1.0 if a.real >= 0 else e) / (1.0 + e)


COMPLEX: dict[str, Callable[[complex], complex]] = {
    "identity": lambda a: a,
    "logistic": _logistic,
    "tanh": cmath.tanh,
}
"""the activations of complex numbers"""


def train(state: State, n_updates: int) -> list[Trained]:
    """Return the start and what each update leads to."""
    rates = state.rate if len(state.rate) == 2 else state.rate * 2
    steps = [OPTIMIZERS[state.optimizer](rate) for rate in rates]
    wx, wrec = state.wx, state.wrec
    found: list[Trained] = []
    while True:
        data = (state.x, state.targets, wx, wrec, state.activation)
        loss, gradient = scalar.loss_and_gradient(*data)
        found.append(Trained(Weights(wx, wrec), loss))
        if len(found) > n_updates or not math.isfinite(loss + math.hypot(*gradient)):
            return found
        wx, wrec = (w + step(g) for w, step, g in zip((wx, wrec), steps, gradient, strict=True))


def costs(state: State, wx: Sequence[float], wrec: Sequence[float]) -> list[list[float]]:
    """Return ξ by row of wrec and column of wx."""
    f = scalar.ACTIVATIONS[state.activation][0]
    # a sequence that is there twice is computed once
    often: dict[tuple[tuple[int, ...], float], int] = {}
    for row in zip(state.x, state.targets, strict=True):
        often[row] = often.get(row, 0) + 1

    def cost(a: float, b: float) -> float:
        total = 0.0
        for (x, y), times in often.items():
            error = scalar.states(x, a, b, f)[0][-1] - y
            total += times * (error * error)
        return math.inf if math.isnan(total) else total / len(state.x)

    return [[cost(a, b) for a in wx] for b in wrec]
