"""``torch.compile``: the loop over time written out, which Inductor unrolls and compiles to C++.

``nn.RNN`` and its relatives are no help: `torch.compile` leaves them to eager PyTorch.  Compiling
grows with the number of time stamps and takes minutes for an LSTM or GRU of 100, so there is a
time limit, and longer sequences are not tried.
"""

from __future__ import annotations

import torch

from peers.pytorch import of_gradient, of_step
from rungs.calls import Calls, CannotError, fastest
from rungs.work import Work, time_major

LONGEST = 100
"""time stamps"""
torch._inductor.config.cpp_wrapper = True  # less Python between the kernels
COMPILED: dict[tuple[object, ...], object] = {}


def prepare(kind: str, work: Work, variant: str, cores: int) -> Calls:
    """Return calls; compiled is the cost, and by that its gradient."""
    T = work.rung.T
    if work.lengths is not None:
        raise CannotError("a ragged batch has no form that could be unrolled in reasonable time")
    if T > LONGEST:
        raise CannotError(f"unrolls the loop over time; more than {LONGEST} steps are not tried")
    torch.set_num_threads(cores)
    leaves = {name: torch.from_numpy(w.copy()) for name, w in work.weights.items()}
    tensors = list(leaves.values())
    for leaf in tensors:
        leaf.requires_grad_()
    x, y = torch.from_numpy(time_major(work.x)), torch.from_numpy(work.y)
    key = (work.cell, work.rung)
    if key not in COMPILED:  # the step compiles nothing anew
        torch._dynamo.reset()
        COMPILED.clear()
        COMPILED[key] = torch.compile(COSTS[work.cell], dynamic=False)
    function = COMPILED[key]

    def cost() -> torch.Tensor:
        return function(x, y, *tensors)

    def put_weights() -> None:
        for name, leaf in leaves.items():
            leaf.data = torch.from_numpy(work.weights[name].copy())

    cost().backward()  # compiles both directions
    if kind == "gradient":
        return of_gradient(cost, leaves)

    def with_adam(**options: bool) -> Calls:
        return of_step(cost, tensors, leaves, put_weights, options)

    return fastest({
        "Adam foreach": lambda: with_adam(foreach=True),
        "Adam fused": lambda: with_adam(fused=True),
    })  # fmt: skip


def readout(h, y, weight, bias):
    return torch.nn.functional.mse_loss(h @ weight.T + bias, y)


def elman(x, y, w_ih, w_hh, b_ih, b_hh, *last):
    zx, h = x @ w_ih.T + (b_ih + b_hh), x.new_zeros(x.shape[1], w_hh.shape[1])
    for z in zx:
        h = torch.tanh(z + h @ w_hh.T)
    return readout(h, y, *last)


def gru(x, y, w_ih, w_hh, b_ih, b_hh, *last):
    zx, h = x @ w_ih.T + b_ih, x.new_zeros(x.shape[1], w_hh.shape[1])
    for z in zx:
        (r_x, u_x, n_x), (r_h, u_h, n_h) = z.chunk(3, -1), (h @ w_hh.T + b_hh).chunk(3, -1)
        u = torch.sigmoid(u_x + u_h)
        n = torch.tanh(n_x + torch.sigmoid(r_x + r_h) * n_h)
        h = n + u * (h - n)
    return readout(h, y, *last)


def lstm(x, y, w_ih, w_hh, b_ih, b_hh, *last):
    zx, h = x @ w_ih.T + (b_ih + b_hh), x.new_zeros(x.shape[1], w_hh.shape[1])
    c = h
    for z in zx:
        i, f, g, o = (z + h @ w_hh.T).chunk(4, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
    return readout(h, y, *last)


COSTS = {"elman": elman, "gru": gru, "lstm": lstm}
