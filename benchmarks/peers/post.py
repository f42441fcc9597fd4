"""The post's own way for H states: a list of states, new arrays at each time stamp, all by hand.

What a reader of the post would write who goes from two weights to a layer: an Elman network with
tanh, one time stamp after the other, each adding its share to the gradients.
"""

from __future__ import annotations

import numpy as np

from rungs.calls import Arrays, Calls, CannotError, warm
from rungs.work import RATE, Work

LONGEST = 2.0
"""seconds of one call, from which on it is left away"""


def prepare(kind: str, work: Work, variant: str, cores: int) -> Calls:
    """Return calls for Elman networks on sequences of one length."""
    if work.cell != "elman":
        raise CannotError("the post has an Elman network alone")
    if work.lengths is not None:
        raise CannotError("the post has sequences of one length alone")
    x, y, T = work.x, work.y, work.rung.T

    def forward_states(w: Arrays) -> list[np.ndarray]:
        states = [np.zeros((len(x), work.rung.H), x.dtype)]
        for k in range(T):
            state_in = (
                x[:, k] @ w["weight_ih_l0"].T + w["bias_ih_l0"]
                + states[-1] @ w["weight_hh_l0"].T + w["bias_hh_l0"]
            )  # fmt: skip
            states.append(np.tanh(state_in))
        return states

    def loss_and_gradients(w: Arrays) -> tuple[float, Arrays]:
        states = forward_states(w)
        error = states[-1] @ w["readout.weight"].T + w["readout.bias"] - y
        grads = {name: np.zeros_like(array) for name, array in w.items()}
        d_prediction = 2 * error / len(x)
        grads["readout.weight"] += d_prediction.T @ states[-1]
        grads["readout.bias"] += d_prediction.sum(axis=0)
        d_state = d_prediction @ w["readout.weight"]
        for k in range(T, 0, -1):
            d_state_in = d_state * (1 - states[k] ** 2)
            grads["weight_ih_l0"] += d_state_in.T @ x[:, k - 1]
            grads["weight_hh_l0"] += d_state_in.T @ states[k - 1]
            grads["bias_ih_l0"] += d_state_in.sum(axis=0)
            grads["bias_hh_l0"] += d_state_in.sum(axis=0)
            d_state = d_state_in @ w["weight_hh_l0"]
        return float((error**2).mean()), grads

    def gradients(_: int) -> Arrays:
        loss, grads = loss_and_gradients(work.weights)
        return {"loss": loss, **grads}

    w, m, s = {}, {}, {}
    updates = 0

    def begin() -> None:
        nonlocal updates
        updates = 0
        for name, array in work.weights.items():
            w[name], m[name], s[name] = array.copy(), np.zeros_like(array), np.zeros_like(array)

    def step() -> None:
        nonlocal updates
        updates += 1
        _, grads = loss_and_gradients(w)
        for name, g in grads.items():
            m[name] = 0.9 * m[name] + 0.1 * g
            s[name] = 0.999 * s[name] + 0.001 * g**2
            m_hat, s_hat = m[name] / (1 - 0.9**updates), s[name] / (1 - 0.999**updates)
            w[name] -= RATE * m_hat / (np.sqrt(s_hat) + 1e-8)

    def weights(count: int) -> Arrays:
        begin()
        for _ in range(count):
            step()
        return dict(w)

    if kind == "gradient":
        calls = Calls(lambda: loss_and_gradients(work.weights), gradients)
    else:
        calls = Calls(step, weights, begin)
    once = warm(calls)
    if once > LONGEST:
        raise CannotError(f"takes {once:.1f} s, more than {LONGEST:g} s")
    return calls
