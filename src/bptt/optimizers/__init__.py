"""Optimisers: values with `init` and `update`.

``init(params)`` returns a state; ``update(grads, state, params)`` returns the step to be added to
the parameters, and the next state.  Nothing is changed in place.  A rate is a number, a `Params`
with a rate for each parameter, or a schedule: a callable from the number of updates done so far to
either.  (The two-function form is optax's.)
"""

from __future__ import annotations

from collections.abc import Callable

from bptt import _checks
from bptt.errors import InputError, sentence
from bptt.optimizers.averages import adam, gradient_descent, momentum, nesterov, rmsprop
from bptt.optimizers.base import Optimizer, Rate, apply_step, chain, move
from bptt.optimizers.clipping import clip_by_norm, clip_by_value, norm, times_clipped, weight_decay
from bptt.optimizers.resilient import rprop

__all__ = [
    "BY_NAME",
    "Optimizer",
    "Rate",
    "adam",
    "apply_step",
    "chain",
    "clip_by_norm",
    "clip_by_value",
    "find",
    "gradient_descent",
    "momentum",
    "move",
    "nesterov",
    "norm",
    "rmsprop",
    "rprop",
    "times_clipped",
    "weight_decay",
]

BY_NAME: dict[str, Callable[..., Optimizer]] = {
    "sgd": gradient_descent,
    "momentum": momentum,
    "nesterov": nesterov,
    "rprop": rprop,
    "rmsprop": rmsprop,
    "adam": adam,
}


def find(called: str, optimizer: object) -> Optimizer:
    """Return the optimiser meant by a name (with its default settings) or an `Optimizer`."""
    if isinstance(optimizer, Optimizer):
        if not optimizer.makes_steps:
            do = "Put it before one that does: bptt.chain(..., bptt.adam())"
            came = "one that only changes the gradient"
            raise InputError(sentence(called, "an optimiser that makes steps", came, do))
        return optimizer
    if optimizer in BY_NAME.values():
        name = optimizer.__name__  # type: ignore[attr-defined]
        do = f"Call it: bptt.{name}()"
        raise InputError(sentence(called, "an optimiser", f"the function {name}", do))
    return _checks.one_of(called, "optimizer", optimizer, BY_NAME)()
