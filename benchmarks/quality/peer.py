"""The same network in PyTorch: same start, same optimiser, same number of updates."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from bptt import RNN
from bptt.params import Params, named_arrays


class Twin(torch.nn.Module):
    """One layer and a linear read-out of its last, mean or every state, as `RNN` has them."""

    def __init__(self, net: RNN, params: Params) -> None:
        super().__init__()
        kind = {"elman": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[net.cell.name]
        self.layer = kind(net.input_size, net.hidden_size, batch_first=True)
        self.readout = torch.nn.Linear(net.hidden_size, net.output_size)
        self.reads = net.readout.name
        named = dict(named_arrays(params))
        with torch.no_grad():
            for part, prefix in ((self.layer, ""), (self.readout, "readout.")):
                for name, weight in part.named_parameters():
                    weight.data = torch.from_numpy(named[prefix + name].copy())

    def forward(self, x: list[torch.Tensor]) -> torch.Tensor:
        lengths = torch.tensor([len(sequence) for sequence in x])
        padded = pad_sequence(x, batch_first=True)
        if (lengths == lengths[0]).all():
            h, _ = self.layer(padded)
        else:
            packed = pack_padded_sequence(padded, lengths, batch_first=True, enforce_sorted=False)
            h, _ = pad_packed_sequence(self.layer(packed)[0], batch_first=True)
        if self.reads == "every":
            return self.readout(h)
        if self.reads == "mean":  # behind the end h is 0
            return self.readout(h.sum(dim=1) / lengths[:, None])
        return self.readout(h[torch.arange(len(x)), lengths - 1])


def train(net: RNN, start: Params, x, y, *, loss, rates, batch_size, epochs, clip, seed) -> Twin:
    """Train a twin of the network; ``rates`` gives the rate of each update."""
    torch.manual_seed(seed)
    twin = Twin(net, start)
    dtype = next(twin.parameters()).dtype
    sequences = [torch.as_tensor(np.asarray(sequence)).to(dtype) for sequence in x]
    targets = torch.as_tensor(y)
    if loss is not torch.nn.functional.cross_entropy:
        targets = targets.to(dtype)
    optimizer, update = torch.optim.Adam(twin.parameters()), 0
    for _ in range(epochs):
        order = torch.randperm(len(sequences))
        for first in range(0, len(order), batch_size):
            rows = order[first : first + batch_size]
            answer = twin([sequences[i] for i in rows])
            answer = answer if loss is torch.nn.functional.cross_entropy else answer.squeeze(-1)
            optimizer.zero_grad()
            loss(answer, targets[rows]).backward()
            torch.nn.utils.clip_grad_norm_(twin.parameters(), clip)
            optimizer.param_groups[0]["lr"] = rates(update)
            optimizer.step()
            update += 1
    return twin


def answers(twin: Twin, x) -> np.ndarray:
    """Return what the twin says, as `RNN.predict` would."""
    dtype = next(twin.parameters()).dtype
    with torch.no_grad():
        return twin([torch.as_tensor(np.asarray(s)).to(dtype) for s in x]).squeeze(-1).numpy()
