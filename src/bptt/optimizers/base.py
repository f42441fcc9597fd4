"""What an optimiser is: two functions; and `chain`, to put optimisers one behind the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from bptt import _checks
from bptt._shapes import Array
from bptt.errors import InputError, ShapeError, sentence
from bptt.params import Params, digest, map_params, named_arrays
from bptt.schedules import Schedule

Rate: TypeAlias = float | Params | Schedule | Callable[[int], Params]
State: TypeAlias = Any


class Optimizer(NamedTuple):
    """How gradients become steps.

    Examples
    --------
    >>> import bptt
    >>> optimizer, params = bptt.gradient_descent(rate=0.1), bptt.post_params(1, 1)
    >>> state = optimizer.init(params)
    >>> step, state = optimizer.update(bptt.post_params(wx=2, wrec=-1), state, params)
    >>> step.Wx, step.Wrec
    (-0.2, 0.1)
    """

    init: Callable[[Params], State]
    update: Callable[[Params, State, Params], tuple[Params, State]]
    makes_steps: bool = True
    """False of what only changes a gradient, as clipping does: `chain` it before one that steps"""
    name: str = "own"
    """its name and settings, for example ``"adam(0.01)"``"""
    scales: bool = True
    """Whether a step can be made smaller without harm; False where it remembers its steps"""
    moved: Callable[[Params, State, Params], tuple[Params, State] | None] | None = None
    """What `move` returns, where that is sooner than by `update`; it may return None"""


def move(optimizer: Optimizer, grads: Params, state: State, params: Params) -> tuple[Params, State]:
    """Return the parameters after a step, in new arrays, and the next state.

    Examples
    --------
    >>> import bptt
    >>> optimizer, params = bptt.gradient_descent(rate=0.1), bptt.post_params(1, 1)
    >>> grads = bptt.post_params(wx=2, wrec=-1)
    >>> params, state = bptt.optimizers.move(optimizer, grads, optimizer.init(params), params)
    >>> params.Wx, params.Wrec
    (0.8, 1.1)
    """
    if not isinstance(optimizer, Optimizer):
        do = "Give for example bptt.adam()"
        raise InputError(sentence("move", "an optimiser", repr(optimizer), do))
    if optimizer.moved is not None:
        found = optimizer.moved(grads, state, params)
        if found is not None:
            return found
    step, state = optimizer.update(grads, state, params)
    return apply_step(params, step), state


def apply_step(params: Params, step: Params) -> Params:
    """Return params + step, in new arrays."""
    layers = tuple(map(_moved, params.layers, step.layers))
    readout = None if params.readout is None else _moved(params.readout, step.readout)
    return Params(layers, readout, tuple(map(_moved, params.reverse, step.reverse)))


def _moved(part: Any, step: Any) -> Any:
    sums = [None if w is None else w + d for w, d in zip(part, step, strict=True)]
    return tuple.__new__(type(part), sums)


def chain(*optimizers: Optimizer) -> Optimizer:
    """Let each optimiser work on what the one before it made of the gradient; the last one steps.

    Examples
    --------
    >>> import bptt
    >>> optimizer = bptt.chain(bptt.clip_by_norm(1.0), bptt.adam(0.01))
    """
    do = "Give for example chain(bptt.clip_by_norm(1.0), bptt.adam())"
    for optimizer in optimizers:
        if not isinstance(optimizer, Optimizer):
            raise InputError(sentence("chain", "optimisers", repr(optimizer), do))
    steps = [optimizer.makes_steps for optimizer in optimizers]
    if steps != [False] * (len(steps) - 1) + [True]:
        names = ", ".join(optimizer.name.split("(")[0] for optimizer in optimizers) or "nothing"
        expected = "what changes the gradient (clipping, decay) first and one that makes steps last"
        raise InputError(sentence("chain", expected, names, do))

    def init(params: Params) -> tuple[State, ...]:
        return tuple(optimizer.init(params) for optimizer in optimizers)

    def update(grads: Params, states: tuple[State, ...], params: Params) -> tuple[Params, State]:
        return _one_behind_the_other(optimizers, grads, states, params)

    *before, last = optimizers

    def moved(
        grads: Params, states: tuple[State, ...], params: Params
    ) -> tuple[Params, State] | None:
        grads, after = _one_behind_the_other(before, grads, states[:-1], params)
        params, state = move(last, grads, states[-1], params)
        return params, (*after, state)

    return Optimizer(
        init,
        update,
        name=" then ".join(optimizer.name for optimizer in optimizers),
        scales=last.scales,
        moved=moved if last.moved else None,
    )


def _one_behind_the_other(
    optimizers: Sequence[Optimizer], grads: Params, states: Sequence[State], params: Params
) -> tuple[Params, tuple[State, ...]]:
    after = []
    for optimizer, state in zip(optimizers, states, strict=True):
        grads, state = optimizer.update(grads, state, params)
        after.append(state)
    return grads, tuple(after)


def settings(called: str, rate: Rate, **values: object) -> str:
    """Write an optimiser's name: what it was called with, as far as words can say it."""
    said = "schedule"  # code, which has no words
    if isinstance(rate, Params):
        said = f"rates of digest {digest(named_arrays(rate))}"
    elif not callable(rate):
        said = repr(float(rate))
    words = [said, *(f"{name}={value!r}" for name, value in values.items())]
    return f"{called}({', '.join(words)})"


def per_parameter(called: str, rate: Rate) -> Callable[[int, Params], float | Params]:
    """Return (updates done, params) -> the rate: a number, or one for each parameter."""

    def checked(value: object, params: Params | None) -> Any:
        if isinstance(value, Params):
            for name, array in named_arrays(value):
                array = _checks.numbers(called, f"rate {name}", array)
                if not (np.isfinite(array).all() and (array >= 0).all()):
                    do = "A rate is a finite number >= 0"
                    raise InputError(sentence(called, f"rate {name} >= 0", f"{array}", do))
            if params is not None and _shape(value) != _shape(params):
                do = "Give a rate for each parameter, in arrays of its shape"
                raise ShapeError(
                    sentence(called, f"rates {_shape(params)}", f"{_shape(value)}", do)
                )
            # in the parameters' own dtype: float32 stays float32
            return value if params is None else map_params(_like, value, params)
        return _checks.real_in(called, "rate", value, 0.0, math.inf)

    if not callable(rate):
        always = checked(rate, None)
        if not isinstance(always, Params):
            return lambda count, params: always  # a number, looked at once
        return lambda count, params: checked(rate, params)
    return lambda count, params: checked(rate(count), params)


def _like(rate: Array, param: Array) -> Array:
    return np.asarray(rate, param.dtype)


def _shape(params: Params) -> dict[str, tuple[int, ...]]:
    return {name: np.shape(array) for name, array in named_arrays(params)}
