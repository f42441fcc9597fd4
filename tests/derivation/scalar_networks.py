"""Random networks of one state, input and output, for the package and for the oracle."""

import numpy as np

import bptt
from bptt.params import named_arrays
from oracles.copies import Network

MOST_STEPS, MOST_SEQUENCES = 12, 4


def draw(seed):
    """Return (net, params, x, y, loss, initial state, oracle)."""
    rng = np.random.default_rng(seed)
    n_steps = int(rng.integers(1, MOST_STEPS, endpoint=True))
    n = int(rng.integers(1, MOST_SEQUENCES, endpoint=True))
    readout = str(rng.choice(["state_in", "state_in", "last", "every"]))
    loss = str(rng.choice(["mse", "binary_cross_entropy"]))
    net = bptt.RNN(
        activation=str(rng.choice(["logistic", "tanh", "identity"])),
        readout=readout,
        bias=bool(rng.integers(2)) and readout != "state_in",
    )
    params = bptt.map_params(lambda a: rng.uniform(-1.5, 1.5, a.shape), net.init(rng))
    bits = rng.integers(2)
    x = rng.integers(0, 2, (n, n_steps)) * 1.0 if bits else rng.standard_normal((n, n_steps))
    shape = (n, n_steps) if readout == "every" else (n,)
    y = rng.random(shape) if loss == "binary_cross_entropy" else rng.uniform(-3, 3, shape)
    s0 = rng.uniform(-1, 1, n) * rng.integers(2)
    weights = {w.removesuffix("_l0"): a.item() for w, a in named_arrays(params)}
    oracle = Network(
        net.activation.name, readout, loss, weights, x.tolist(), y.tolist(), s0.tolist()
    )
    if readout == "every":
        y = y[:, :, None]
    return net, params, x, y, loss, s0[:, None], oracle


def explained(seed):
    """Return (derivation, oracle)."""
    net, params, x, y, loss, s0, oracle = draw(seed)
    return bptt.explain(net, params, x, y, loss, initial_state=s0), oracle
