"""The network written naively in HIPS autograd, which differentiates it by itself.

Everything is sequence-major, (n, T, ...), one plain loop over time, no care for speed.  Sequences
of unequal length run one by one, each alone, so that there is no padding.
"""

from autograd import numpy as anp
from autograd import value_and_grad

from comparing import initial_name

ACTIVATIONS = {
    "identity": lambda a: a,
    "logistic": lambda a: 0.5 * (1.0 + anp.tanh(0.5 * a)),
    "tanh": anp.tanh,
    "relu": lambda a: anp.where(a > 0, a, 0.0),
}
logistic = ACTIVATIONS["logistic"]


def step(net, weight, x, states):
    """Return the states after one time stamp, and State(In) of a cell that has one."""
    H = net.hidden_size
    zx = anp.dot(x, weight("weight_ih").T)
    zh = anp.dot(states[0], weight("weight_hh").T)
    if net.bias:
        zx, zh = zx + weight("bias_ih"), zh + weight("bias_hh")

    def gate(number):
        return zx[:, number * H : (number + 1) * H], zh[:, number * H : (number + 1) * H]

    if net.cell.name == "elman":
        new = ACTIVATIONS[net.activation.name](zx + zh)
        return ((1 - net.cell.leak) * states[0] + net.cell.leak * new,), zx + zh
    if net.cell.name == "gru":
        r, u = logistic(sum(gate(0))), logistic(sum(gate(1)))
        (zx_n, zh_n), h = gate(2), states[0]
        return ((1 - u) * anp.tanh(zx_n + r * zh_n) + u * h,), None
    c = states[1]
    p_i, p_f, p_o = weight("weight_peephole") if net.cell.peephole else (0.0, 0.0, 0.0)
    i, f = logistic(sum(gate(0)) + p_i * c), logistic(sum(gate(1)) + p_f * c)
    c = f * c + i * anp.tanh(sum(gate(2)))
    return (logistic(sum(gate(3)) + p_o * c) * anp.tanh(c), c), None


def first_states(net, at, part, rows):
    """Return State_0 of one layer and direction for the sequences ``rows``."""
    names = net.cell.states
    given = [initial_name(net, state, part) for state in names]
    if given[0] in at:
        return tuple(at[name][rows] for name in given)
    n = len(range(*rows.indices(10**9)))
    if f"initial_state_{part}" in at:
        trained = at[f"initial_state_{part}"]
        return tuple(anp.stack([trained[s]] * n) for s in range(len(names)))
    return tuple(anp.zeros((n, net.hidden_size)) for _ in names)


def layer(net, at, part, inputs, rows):
    """Return h at every time stamp in the order of reading, and the last State(In)."""
    states, found, state_in = first_states(net, at, part, rows), [], None
    for x in inputs:
        states, state_in = step(net, lambda name: at[f"{name}_{part}"], x, states)
        found.append(states[0])
    return found, state_in


def prediction(net, at, x, rows, drops=None):
    """Return ŷ of sequences of one length, x (B, T, I)."""
    inputs = [x[:, k] for k in range(x.shape[1])]
    for number in range(net.n_layers):
        if drops is not None and number:
            inputs = [h * drops[number - 1][:, k] for k, h in enumerate(inputs)]
        h, state_in = layer(net, at, f"l{number}", inputs, rows)
        last = h[-1]
        if net.bidirectional:
            back, _ = layer(net, at, f"l{number}_reverse", inputs[::-1], rows)
            last = anp.concatenate([last, back[-1]], axis=1)
            h = [anp.concatenate(pair, axis=1) for pair in zip(h, back[::-1], strict=True)]
        inputs = h
    read = net.readout.name
    if read == "state_in":
        return state_in
    if read == "mean":
        seen = sum(inputs) / len(inputs)
    else:
        seen = anp.stack(inputs, axis=1) if read == "every" else last
    y = anp.dot(seen, at["readout.weight"].T)
    return y + at["readout.bias"] if "readout.bias" in at else y


def entries(p, y, loss):
    if loss == "mse":
        return (p - y) ** 2
    if loss == "binary_cross_entropy":
        return anp.logaddexp(0.0, p) - y * p
    top = anp.max(p, axis=-1, keepdims=True)
    log_sum = top + anp.log(anp.sum(anp.exp(p - top), axis=-1, keepdims=True))
    return -anp.sum(y * (p - log_sum), axis=-1)


def cost(at, case, drops):
    total, counted = 0.0, 0
    n, n_steps = at["x"].shape[:2]
    alone = [(slice(i, i + 1), case.lengths[i]) for i in range(n)] if case.ragged else None
    for rows, T in alone or [(slice(0, n), n_steps)]:
        p = prediction(case.net, at, at["x"][rows, :T], rows, drops)
        part = (rows, slice(0, T)) if case.net.readout.every else rows
        each = entries(p, case.y[part], case.loss)
        if case.mask is not None:
            each = anp.where(case.mask[part], each, 0.0)
            counted += case.mask[part].sum()
        else:
            counted += each.size
        total = total + anp.sum(each)
    return total / counted


def loss_and_gradient(at, case, drops=None):
    """Return ξ and a dictionary of ∂ξ/∂array for every array of ``at``."""
    value, gradient = value_and_grad(cost)(at, case, drops)
    return float(value), gradient
