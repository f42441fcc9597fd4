"""The post, literally: two weights, plain Python numbers, every step written out.

    State_k(In)  = State_{k-1}(Out) · Wrec + x_k · Wx                   (E)
    State_k(Out) = f(State_k(In))  for k < T,   State_0(Out) = 0
    State_T(Out) = State_T(In)                                          (F) no activation
    cost ξ       = 1/m Σ (State_T - y)²  over m sequences

No NumPy here, and nothing here is used by the engine: this file is what a reader opens first, and
an oracle that shares no code with the rest.  Its arithmetic does not care what a number is: with a
pair (f, derivative of f) that takes them, the weights may be mpmath's 50-digit numbers, or NumPy
arrays that hold a whole grid of weights at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, expm1
from typing import Any, NamedTuple, TypeAlias

Number: TypeAlias = Any  # float, mpmath.mpf or array: whatever has + - * /
Function: TypeAlias = Callable[[Number], Number]


# The activation functions, each with its derivative at State(In).


def identity(a: float) -> float:
    """f(a) = a: part 1 of the post, no activation."""
    return a


def d_identity(a: float) -> float:
    """f'(a) = 1."""
    return 1.0


def logistic(a: float) -> float:
    """f(a) = 1 / (1 + e^(-a)); the post writes log(a), and means no logarithm."""
    e = exp(-abs(a))  # never overflows
    return (1.0 if a >= 0 else e) / (1.0 + e)


def d_logistic(a: float) -> float:
    """f'(a) = f(a)(1 - f(a)) = e^(-a) / (1 + e^(-a))²; the post's d_log."""
    e = exp(-abs(a))  # e^a and e^(-a) give the same
    return e / (1.0 + e) ** 2


def tanh(a: float) -> float:
    """f(a) = (e^a - e^(-a)) / (e^a + e^(-a)) = 2 logistic(2a) - 1."""
    e_minus_1 = expm1(-2.0 * abs(a))  # near 0 it keeps the digits that 1 - e^(-2a) loses
    return (-1.0 if a >= 0 else 1.0) * e_minus_1 / (2.0 + e_minus_1)


def d_tanh(a: float) -> float:
    """f'(a) = 1 - f(a)² = 4 e^(-2a) / (1 + e^(-2a))²."""
    e = exp(-2.0 * abs(a))
    return 4.0 * e / (1.0 + e) ** 2


ACTIVATIONS: dict[str, tuple[Function, Function]] = {
    "identity": (identity, d_identity),
    "logistic": (logistic, d_logistic),
    "tanh": (tanh, d_tanh),
}


class TimeStamp(NamedTuple):
    """All that happens to one sequence at time stamp k."""

    k: int
    x: Number
    """x_k, the input"""
    state_in: Number
    """State_k(In)"""
    state_out: Number
    """State_k(Out)"""
    d_state_in: Number
    """∂ξ/∂State_k(In)"""
    d_wx: Number
    """this time stamp's share of ∂ξ/∂Wx"""
    d_wrec: Number
    """this time stamp's share of ∂ξ/∂Wrec"""


def states(
    x: Sequence[Number], wx: Number, wrec: Number, f: Function
) -> tuple[list[Number], list[Number]]:
    """Return State_k(In) and State_k(Out) of one sequence, at index k = 0 … T.

    Examples
    --------
    >>> states([1, 0, 1], wx=1.0, wrec=1.0, f=identity)
    ([0.0, 1.0, 1.0, 2.0], [0.0, 1.0, 1.0, 2.0])
    """
    T = len(x)
    state_in, state_out = [0.0], [0.0]  # State_0 is zero
    for k in range(1, T + 1):
        state_in.append(state_out[k - 1] * wrec + x[k - 1] * wx)  # (E)
        state_out.append(f(state_in[k]) if k < T else state_in[k])  # (F)
    return state_in, state_out


def errors_at_states(
    state_in: Sequence[Number], y: Number, wrec: Number, df: Function, m: int
) -> list[Number]:
    """Return ∂ξ/∂State_k(In) of one sequence, at index k = 0 … T (index 0 is not used).

    ∂ξ/∂State_T(In) = 2/m (State_T - y), and one time stamp back the chain rule adds two factors:
    ∂ξ/∂State_k(In) = ∂ξ/∂State_{k+1}(In) · Wrec · f'(State_k(In)).  The last one is the post's
    coloured box.
    """
    T = len(state_in) - 1
    d_state_in: list[Number] = [0.0] * (T + 1)
    d_state_in[T] = 2.0 / m * (state_in[T] - y)
    for k in range(T - 1, 0, -1):
        d_state_in[k] = d_state_in[k + 1] * wrec * df(state_in[k])
    return d_state_in


def trace(
    x: Sequence[Sequence[Number]],
    y: Sequence[Number],
    wx: Number,
    wrec: Number,
    activation: str | tuple[Function, Function] = "logistic",
) -> list[list[TimeStamp]]:
    """Return every intermediate, by sequence and time stamp.

    Parameters
    ----------
    x : m sequences of T inputs
    y : m targets
    wx, wrec : float
    activation : "logistic", "tanh", "identity" or a pair (f, derivative of f)

    Returns
    -------
    list of m lists of T `TimeStamp`

    Examples
    --------
    >>> last = trace([[0, 1, 1]], [2], wx=1.0, wrec=1.0)[0][-1]
    >>> last.k, round(last.state_in, 6), round(last.d_wx, 6), round(last.d_wrec, 6)
    (3, 1.817574, -0.364851, -0.298293)
    """
    if isinstance(activation, str) and activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ValueError(f"scalar.trace: expected activation {known} or a pair, got {activation!r}")
    f, df = ACTIVATIONS[activation] if isinstance(activation, str) else activation
    m = len(x)
    sequences = []
    for x_i, y_i in zip(x, y, strict=True):
        state_in, state_out = states(x_i, wx, wrec, f)
        d_state_in = errors_at_states(state_in, y_i, wrec, df, m)
        sequences.append(
            [
                TimeStamp(
                    k=k,
                    x=x_i[k - 1],
                    state_in=state_in[k],
                    state_out=state_out[k],
                    d_state_in=d_state_in[k],
                    d_wx=d_state_in[k] * x_i[k - 1],
                    d_wrec=d_state_in[k] * state_out[k - 1],
                )
                for k in range(1, len(x_i) + 1)
            ]
        )
    return sequences


def loss_and_gradient(
    x: Sequence[Sequence[Number]],
    y: Sequence[Number],
    wx: Number,
    wrec: Number,
    activation: str | tuple[Function, Function] = "logistic",
) -> tuple[Number, tuple[Number, Number]]:
    """Return the cost ξ and (∂ξ/∂Wx, ∂ξ/∂Wrec): sums over sequences and time stamps.

    Examples
    --------
    >>> x, y = [[0, 0, 1], [0, 1, 1], [1, 1, 1]], [1, 2, 3]
    >>> loss_and_gradient(x, y, wx=1.0, wrec=1.0, activation="identity")
    (0.0, (0.0, 0.0))
    """
    loss = d_wx = d_wrec = 0.0
    for time_stamps, y_i in zip(trace(x, y, wx, wrec, activation), y, strict=True):
        error = time_stamps[-1].state_in - y_i
        loss = loss + error * error / len(x)  # not error**2, which raises where it overflows
        for stamp in reversed(time_stamps):  # T first, as the post derives it
            d_wx = d_wx + stamp.d_wx
            d_wrec = d_wrec + stamp.d_wrec
    return loss, (d_wx, d_wrec)


def descend(
    x: Sequence[Sequence[Number]],
    y: Sequence[Number],
    wx: Number,
    wrec: Number,
    rate: float | tuple[float, float] = 0.001,
    activation: str | tuple[Function, Function] = "logistic",
) -> tuple[Number, Number]:
    """Return the weights after one step of gradient descent: w - rate · ∂ξ/∂w.

    Examples
    --------
    >>> x, y, rate = [[1, 0, 0]], [1], (0.02, 0.0006)
    >>> wx, wrec = descend(x, y, wx=0.2, wrec=1.5, rate=rate, activation="identity")
    >>> round(wx, 6), round(wrec, 6)
    (0.2495, 1.500396)
    """
    _, (d_wx, d_wrec) = loss_and_gradient(x, y, wx, wrec, activation)
    rate_wx, rate_wrec = rate if isinstance(rate, tuple) else (rate, rate)
    return wx - rate_wx * d_wx, wrec - rate_wrec * d_wrec
