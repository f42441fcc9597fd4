"""PyTorch as it comes: ``nn.RNN``, ``nn.GRU``, ``nn.LSTM``, time-major, by autograd."""

from __future__ import annotations

import numpy as np
import torch

from rungs.calls import Arrays, Calls, fastest
from rungs.work import RATE, Work, time_major

MODULES = {"elman": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}


def prepare(kind: str, work: Work, variant: str, cores: int) -> Calls:
    """Return calls; a ragged batch is a packed sequence, which is made beforehand.

    On several cores it is tried whether one thread is faster than one for each.
    """
    module, readout = MODULES[work.cell](work.rung.I, work.rung.H), torch.nn.Linear(work.rung.H, 1)
    leaves = dict(module.named_parameters())
    leaves |= {f"readout.{name}": leaf for name, leaf in readout.named_parameters()}
    tensors = list(leaves.values())
    x, y = torch.from_numpy(time_major(work.x)), torch.from_numpy(work.y)
    if work.lengths is not None:
        lengths = torch.from_numpy(work.lengths)
        x = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)

    def put_weights() -> None:
        for name, leaf in leaves.items():
            leaf.data = torch.from_numpy(work.weights[name].copy())

    def cost() -> torch.Tensor:
        _, last = module(x)
        h = last[0] if work.cell == "lstm" else last
        return torch.nn.functional.mse_loss(readout(h[0]), y)

    put_weights()
    if kind == "gradient":
        forms = {"": lambda: of_gradient(cost, leaves)}
    else:
        forms = {
            f"Adam {form}, ": lambda form=form: of_step(
                cost, tensors, leaves, put_weights, {form: True}
            )
            for form in ("foreach", "fused")
        }
    return fastest({
        f"{name}{n} thread{'s' * (n > 1)}": lambda make=make, n=n: with_threads(make(), n)
        for name, make in forms.items()
        for n in {1, cores}
    })  # fmt: skip


def with_threads(calls: Calls, threads: int) -> Calls:
    """Return calls that begin with setting the number of threads."""

    def begin() -> None:
        torch.set_num_threads(threads)
        calls.begin()

    return calls._replace(begin=begin)


def of_gradient(cost, leaves: dict[str, torch.Tensor]) -> Calls:
    """Return calls for the gradients of ``cost()``."""
    tensors = list(leaves.values())

    def gradient() -> tuple[torch.Tensor, tuple[torch.Tensor, ...]]:
        loss = cost()
        return loss, torch.autograd.grad(loss, tensors)

    def gradients(_: int) -> Arrays:
        loss, grads = gradient()
        found = {name: g.numpy() for name, g in zip(leaves, grads, strict=True)}
        return {"loss": loss.item(), **found}

    return Calls(gradient, gradients)


def of_step(cost, tensors, leaves, put_weights, options: dict[str, bool]) -> Calls:
    """Return calls for steps of Adam."""
    optimizers: list[torch.optim.Adam] = []

    def begin() -> None:
        put_weights()
        optimizers[:] = [torch.optim.Adam(tensors, RATE, **options)]

    def step() -> None:
        (optimizer,) = optimizers
        optimizer.zero_grad(set_to_none=True)
        cost().backward()
        optimizer.step()

    def weights(updates: int) -> Arrays:
        begin()
        for _ in range(updates):
            step()
        return {name: np.array(leaf.detach().numpy()) for name, leaf in leaves.items()}

    return Calls(step, weights, begin)
