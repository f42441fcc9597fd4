"""The network written naively in HIPS autograd, which differentiates it by itself.

Everything is sequence-major, (n, T, ...), one plain loop over time, no care for speed.
"""

from autograd import numpy as anp
from autograd import value_and_grad

ACTIVATIONS = {
    "identity": lambda a: a,
    "logistic": lambda a: 0.5 * (1.0 + anp.tanh(0.5 * a)),
    "tanh": anp.tanh,
    "relu": lambda a: anp.where(a > 0, a, 0.0),
}


def prediction(at, activation, readout):
    f, x = ACTIVATIONS[activation], at["x"]
    state_out, state_in = at["initial_state"], None
    outputs = []
    for k in range(x.shape[1]):
        state_in = anp.dot(x[:, k, :], at["weight_ih_l0"].T)
        state_in = state_in + anp.dot(state_out, at["weight_hh_l0"].T)
        if "bias_ih_l0" in at:
            state_in = state_in + at["bias_ih_l0"] + at["bias_hh_l0"]
        state_out = f(state_in)
        outputs.append(state_out)
    if readout == "state_in":
        return state_in
    h = anp.stack(outputs, axis=1) if readout == "every" else state_out
    y = anp.dot(h, at["readout.weight"].T)
    return y + at["readout.bias"] if "readout.bias" in at else y


def cost(at, y, loss, mask, activation, readout):
    p = prediction(at, activation, readout)
    if loss == "mse":
        entries = (p - y) ** 2
    elif loss == "binary_cross_entropy":
        entries = anp.logaddexp(0.0, p) - y * p
    else:
        top = anp.max(p, axis=-1, keepdims=True)
        log_sum = top + anp.log(anp.sum(anp.exp(p - top), axis=-1, keepdims=True))
        entries = -anp.sum(y * (p - log_sum), axis=-1)
    if mask is None:
        return anp.mean(entries)
    return anp.sum(anp.where(mask, entries, 0.0)) / mask.sum()


def loss_and_gradient(at, y, loss, mask, activation, readout):
    """Return ξ and a dictionary of ∂ξ/∂array for every array of ``at``."""
    value, gradient = value_and_grad(cost)(at, y, loss, mask, activation, readout)
    return float(value), gradient
