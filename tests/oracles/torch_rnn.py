"""The network in float64 PyTorch: its own nn.RNN where it has the activation, else a plain loop."""

import torch
from torch.nn import functional

PLAIN = {"identity": lambda a: a, "logistic": torch.sigmoid}


def hidden_states(at, activation, readout):
    """Return State(Out) at every time stamp, (n, T, H), and the last State(In)."""
    x, h = at["x"], at["initial_state"]
    n_hidden, n_input = at["weight_ih_l0"].shape
    if activation in ("tanh", "relu") and readout != "state_in":
        module = torch.nn.RNN(
            n_input, n_hidden, nonlinearity=activation, bias="bias_ih_l0" in at, batch_first=True
        ).double()
        weights = {name: array for name, array in at.items() if name.endswith("_l0")}
        out, _ = torch.func.functional_call(module, weights, (x, h[None]))
        return out, None
    f = PLAIN.get(activation) or getattr(torch, activation)
    states, z = [], None
    for k in range(x.shape[1]):
        z = functional.linear(x[:, k], at["weight_ih_l0"], at.get("bias_ih_l0"))
        z = z + functional.linear(h, at["weight_hh_l0"], at.get("bias_hh_l0"))
        h = f(z)
        states.append(h)
    return torch.stack(states, dim=1), z


def prediction(at, activation, readout):
    h, last_state_in = hidden_states(at, activation, readout)
    if readout == "state_in":
        return last_state_in
    h = h if readout == "every" else h[:, -1]
    return functional.linear(h, at["readout.weight"], at.get("readout.bias"))


def cost(at, y, loss, mask, activation, readout):
    p = prediction(at, activation, readout)
    if loss == "mse":
        entries = functional.mse_loss(p, y, reduction="none")
    elif loss == "binary_cross_entropy":
        entries = functional.binary_cross_entropy_with_logits(p, y, reduction="none")
    else:
        rows = functional.cross_entropy(
            p.reshape(-1, p.shape[-1]), y.reshape(-1, p.shape[-1]), reduction="none"
        )
        entries = rows.reshape(p.shape[:-1])
    return entries.mean() if mask is None else entries[torch.from_numpy(mask)].mean()


def loss_and_gradient(at, y, loss, mask, activation, readout):
    """Return ξ and a dictionary of ∂ξ/∂array for every array of ``at``."""
    leaves = {name: torch.tensor(array, requires_grad=True) for name, array in at.items()}
    value = cost(leaves, torch.tensor(y), loss, mask, activation, readout)
    gradient = torch.autograd.grad(value, list(leaves.values()), allow_unused=True)
    zero = {name: torch.zeros_like(leaf) for name, leaf in leaves.items()}
    found = zip(leaves, gradient, strict=True)
    return value.item(), {n: (zero[n] if g is None else g).numpy() for n, g in found}
