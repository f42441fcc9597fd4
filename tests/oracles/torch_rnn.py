"""The network in float64 PyTorch: its own modules and packed sequences where it has the cell.

Other activations, leaky units, peepholes and State(In) run in a plain loop, each sequence alone.
"""

import torch
from torch.nn import functional
from torch.nn.utils import rnn as packing

from comparing import initial_name

PLAIN = {"identity": lambda a: a, "logistic": torch.sigmoid}


def initial(net, at, n, rows=slice(None)):
    """Return State_0 by state, (L·D, n, H) each."""
    parts = [f"l{k}{way}" for k in range(net.n_layers) for way in ways(net)]
    found = []
    for number, state in enumerate(net.cell.states):
        each = []
        for part in parts:
            name = initial_name(net, state, part)
            if name in at:
                each.append(at[name][rows])
            elif f"initial_state_{part}" in at:
                each.append(at[f"initial_state_{part}"][number].expand(n, -1))
            else:
                each.append(torch.zeros(n, net.hidden_size, dtype=torch.float64))
        found.append(torch.stack(each))
    return found


def ways(net):
    return ("", "_reverse") if net.bidirectional else ("",)


def is_a_module(net):
    if net.cell.name == "elman":
        return net.activation.name in ("tanh", "relu") and net.cell.leak == 1.0
    return not getattr(net.cell, "peephole", False)


def by_module(net, at, x, lengths):
    """Return State(Out) of the last layer at every time stamp, and where its directions end."""
    kind = {"elman": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[net.cell.name]
    options = {"nonlinearity": net.activation.name} if net.cell.name == "elman" else {}
    module = kind(
        net.input_size, net.hidden_size, net.n_layers, bias=net.bias, batch_first=True,
        bidirectional=net.bidirectional, **options,
    ).double()  # fmt: skip
    weights = {n: a for n, a in at.items() if n in dict(module.named_parameters())}
    state = initial(net, at, len(x))
    state = state[0] if len(state) == 1 else tuple(state)
    packed = packing.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    out, ends = torch.func.functional_call(module, weights, (packed, state))
    h, _ = packing.pad_packed_sequence(out, batch_first=True, total_length=x.shape[1])
    ends = ends if torch.is_tensor(ends) else ends[0]
    return h, torch.cat(list(ends[-len(ways(net)) :]), dim=1)


def by_hand(net, at, x, rows):
    """Return the same and the last State(In), of sequences of one length."""
    inputs, start = list(x.unbind(1)), initial(net, at, len(x), rows)
    part = 0
    for number in range(net.n_layers):
        outputs, ends = [], []
        for way in ways(net):
            name = f"l{number}{way}"
            states, found, z = [s[part] for s in start], [], None
            for x_k in inputs[::-1] if way else inputs:
                states, z = step(net, at, name, x_k, states)
                found.append(states[0])
            outputs.append(found[::-1] if way else found)
            ends.append(states[0])
            part += 1
        inputs = [torch.cat(both, dim=1) for both in zip(*outputs, strict=True)]
    return torch.stack(inputs, dim=1), torch.cat(ends, dim=1), z


def step(net, at, name, x, states):
    zx = functional.linear(x, at[f"weight_ih_{name}"], at.get(f"bias_ih_{name}"))
    zh = functional.linear(states[0], at[f"weight_hh_{name}"], at.get(f"bias_hh_{name}"))
    if net.cell.name == "elman":
        f = PLAIN.get(net.activation.name) or getattr(torch, net.activation.name)
        return [torch.lerp(states[0], f(zx + zh), net.cell.leak)], zx + zh
    zi, zf, zg, zo = (zx + zh).chunk(4, dim=1)
    p_i, p_f, p_o = at[f"weight_peephole_{name}"]
    c = torch.sigmoid(zf + p_f * states[1]) * states[1] + (
        torch.sigmoid(zi + p_i * states[1]) * torch.tanh(zg)
    )
    return [torch.sigmoid(zo + p_o * c) * torch.tanh(c), c], None


def read_out(net, at, h, end, z, lengths):
    read = net.readout.name
    if read == "state_in":
        return z
    if read == "mean":
        inside = torch.arange(h.shape[1])[None, :, None] < lengths[:, None, None]
        end = torch.where(inside, h, 0.0).sum(1) / lengths[:, None]
    seen = h if read == "every" else end
    return functional.linear(seen, at["readout.weight"], at.get("readout.bias"))


def prediction(at, case):
    """Return ŷ, padded with anything where a sequence is shorter."""
    net, x = case.net, at["x"]
    lengths = torch.tensor(case.all_lengths)
    if is_a_module(net) and net.readout.name != "state_in":
        h, end = by_module(net, at, x, lengths)
        return read_out(net, at, h, end, None, lengths)
    if not case.ragged:
        return read_out(net, at, *by_hand(net, at, x, slice(None)), lengths)
    alone = []
    for i, T in enumerate(lengths.tolist()):
        rows = slice(i, i + 1)
        p = read_out(net, at, *by_hand(net, at, x[rows, :T], rows), lengths[rows])
        if net.readout.every:
            p = functional.pad(p, (0, 0, 0, x.shape[1] - T))
        alone.append(p)
    return torch.cat(alone)


def cost(at, case):
    p, y = prediction(at, case), torch.as_tensor(case.y)
    if case.loss == "mse":
        entries = functional.mse_loss(p, y, reduction="none")
    elif case.loss == "binary_cross_entropy":
        entries = functional.binary_cross_entropy_with_logits(p, y, reduction="none")
    else:
        rows = functional.cross_entropy(
            p.reshape(-1, p.shape[-1]), y.reshape(-1, p.shape[-1]), reduction="none"
        )
        entries = rows.reshape(p.shape[:-1])
    counts = torch.ones(entries.shape, dtype=bool)
    if case.mask is not None:
        counts &= torch.from_numpy(case.mask)
    if case.net.readout.every:
        inside = torch.arange(p.shape[1]) < torch.tensor(case.all_lengths)[:, None]
        counts &= inside if entries.ndim == 2 else inside[..., None]
    return entries[counts].mean()


def loss_and_gradient(at, case):
    """Return ξ and a dictionary of ∂ξ/∂array for every array of ``at``."""
    leaves = {name: torch.tensor(array, requires_grad=True) for name, array in at.items()}
    value = cost(leaves, case)
    gradient = torch.autograd.grad(value, list(leaves.values()), allow_unused=True)
    zero = {name: torch.zeros_like(leaf) for name, leaf in leaves.items()}
    found = zip(leaves, gradient, strict=True)
    return value.item(), {n: (zero[n] if g is None else g).numpy() for n, g in found}
