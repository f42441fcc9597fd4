"""Resilient back-propagation: only the sign of each derivative is used."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from bptt import _checks
from bptt._shapes import Array
from bptt.errors import InputError, sentence
from bptt.optimizers.base import Optimizer, per_parameter, settings
from bptt.optimizers.vectors import Out, entrywise, flat
from bptt.params import Params


class RpropState(NamedTuple):
    """Of each weight: the size of its step, the gradient and the step of the last update.

    Vectors of all entries, in the order of `bptt.params.fields`.
    """

    size: Array
    grads: Array
    step: Array


def rprop(
    rate: float | Params = 0.01,
    *,
    grow: float = 1.2,
    shrink: float = 0.5,
    least: float = 1e-12,
    most: float = 50.0,
    take_back: bool = True,
) -> Optimizer:
    """Δw = -sign(g) · size; a size grows while the sign of g stays and shrinks when it changes.

    Resilient back-propagation, for whole batches: only the sign of each derivative is used, so that
    vanishing and exploding gradients do no harm (Riedmiller & Braun 1993, eqs. 4-7).

    Parameters
    ----------
    rate : float or Params
        The first size of every step (or of each parameter's), Δ0 in the paper.
    grow, shrink : float
        η⁺ > 1 and 0 < η⁻ < 1.
    least, most : float
        Bounds of a step's size.  The paper has 1e-6 for ``least``, which is also how exact its
        weights can become; the default lets them converge to the last digits.
    take_back : bool
        After a change of sign, take the last step back, as the paper does.  False is PyTorch's
        ``Rprop`` (with ``least=1e-6``): no step in that update.
    """
    if callable(rate):
        do = "Give the first size of the steps; they grow and shrink by themselves"
        raise InputError(sentence("rprop", "rate as a number or Params", "a schedule", do))
    rates = per_parameter("rprop", rate)
    grow = _checks.real_in("rprop", "grow", grow, 1.0, math.inf, open_low=True)
    shrink = _checks.real_in("rprop", "shrink", shrink, 0.0, 0.999999999, open_low=True)
    least = _checks.real_in("rprop", "least", least, 0.0, math.inf)
    most = _checks.real_in("rprop", "most", most, least, math.inf)

    def init(params: Params) -> RpropState:
        zeros, rate_of = np.zeros_like(flat(params)), rates(0, params)
        first = flat(rate_of) if isinstance(rate_of, Params) else np.full_like(zeros, rate_of)
        return RpropState(first, zeros, zeros)

    def formula(
        out: Out, g: Array, size: Array, g_before: Array, step_before: Array
    ) -> tuple[Array, ...]:
        agree = np.sign(g) * np.sign(g_before)
        factor = np.where(agree > 0, grow, np.where(agree < 0, shrink, 1.0))
        size = _put(np.clip(size * factor, least, most).astype(g.dtype), out[1])
        kept = _put(np.where(agree < 0, g.dtype.type(0), g), out[2])
        step = np.multiply(-np.sign(kept), size, out=out[0])
        if take_back:
            step = _put(np.where(agree < 0, -step_before, step), out[0])
        return step, size, kept

    def update(grads: Params, state: RpropState, params: Params) -> tuple[Params, RpropState]:
        step, size, kept = entrywise(formula, 3, grads, *state)
        return step, RpropState(size, kept, flat(step))

    options = {"grow": grow, "shrink": shrink, "least": least, "most": most, "take_back": take_back}
    return Optimizer(init, update, name=settings("rprop", rate, **options), scales=False)


def _put(result: Array, out: Array | None) -> Array:
    """Return the result, written to where it is wanted, as NumPy's functions do with ``out=``."""
    if out is None:
        return result
    out[...] = result
    return out
