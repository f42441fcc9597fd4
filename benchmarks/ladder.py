"""Time one training step's work, forward + full BPTT + all gradients, beside PyTorch.

    python benchmarks/ladder.py            all rungs, float32 and float64
    python benchmarks/ladder.py --quick    a few calls of each, to see that it runs
    python benchmarks/ladder.py --json FILE

Both sides have the same weights, and their results are compared before anything is timed.  One
thread each; the two alternate in one process, so that a busy machine slows both alike.  The ratio
is the median of the pairwise ratios, with its quartiles.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

import bptt
from bptt.cli import version
from bptt.params import named_arrays

RUNGS = [  # (B, T, I, H)
    (3, 3, 1, 1),
    (20, 10, 1, 1),
    (100, 7, 2, 3),
    (1, 100, 1, 8),
    (32, 100, 8, 32),
    (64, 100, 64, 128),
    (128, 100, 128, 512),
    (16, 2000, 4, 64),
]
TOLERANCE = {"float32": 5e-6, "float64": 1e-12}
Call = Callable[[], tuple[float, dict[str, Any]]]


def make(rung: tuple[int, int, int, int], dtype: str) -> tuple[Call, Call]:
    """Return the same work twice: ours and PyTorch's, each giving (loss, gradients by name)."""
    B, T, I, H = rung
    rng = np.random.default_rng(0)
    x = rng.standard_normal((B, T, I)).astype(dtype)
    y = rng.standard_normal((B, 1)).astype(dtype)
    net = bptt.RNN(input_size=I, hidden_size=H, activation="tanh", readout="last", output_size=1)
    params = net.init(rng, dtype=dtype)
    batch, workspace = net.batch(x, y), bptt.Workspace()

    def ours() -> tuple[float, dict[str, Any]]:
        loss, grads = net.loss_and_gradient(params, batch, workspace=workspace)
        return loss, grads

    module, readout = torch.nn.RNN(I, H), torch.nn.Linear(H, 1)
    leaves = dict(module.named_parameters())
    leaves |= {f"readout.{name}": leaf for name, leaf in readout.named_parameters()}
    for name, array in named_arrays(params):
        leaves[name].data = torch.from_numpy(array.copy())
    tensors = list(leaves.values())
    time_major = torch.from_numpy(np.ascontiguousarray(x.transpose(1, 0, 2)))
    target = torch.from_numpy(y)

    def theirs() -> tuple[float, dict[str, Any]]:
        states, _ = module(time_major)
        loss = torch.nn.functional.mse_loss(readout(states[-1]), target)
        return loss, torch.autograd.grad(loss, tensors)

    def compare() -> None:
        loss, grads = ours()
        their_loss, their_grads = theirs()
        their = {n: g.numpy() for n, g in zip(leaves, their_grads, strict=True)}
        scale = max(np.abs(array).max() for array in their.values())
        worst = max(np.abs(array - their[n]).max() for n, array in named_arrays(grads)) / scale
        off = abs(loss - their_loss.item()) / abs(loss)
        if not max(worst, off) < TOLERANCE[dtype]:
            sys.exit(f"{rung} {dtype}: the two sides differ by {max(worst, off):.1e}; not timed")

    compare()
    return ours, theirs


def seconds(call: Call, count: int) -> float:
    """Return the seconds of one call, the mean of ``count``."""
    began = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - began) / count


def measure(ours: Call, theirs: Call, budget: float) -> dict[str, float]:
    """Alternate the two for about ``budget`` seconds and return medians and the ratio."""
    for call in (ours, theirs):
        seconds(call, 3)  # warm-up
    once = [max(seconds(call, 2), 1e-6) for call in (ours, theirs)]
    counts = [max(1, round(0.005 / t)) for t in once]
    pair = sum(c * t for c, t in zip(counts, once, strict=True))
    pairs = []
    for i in range(max(5, min(400, round(budget / pair)))):
        order = ((0, ours), (1, theirs)) if i % 2 else ((1, theirs), (0, ours))
        found = {side: seconds(call, counts[side]) for side, call in order}
        pairs.append((found[0], found[1]))
    ratios = sorted(t / o for o, t in pairs)
    low, middle, high = statistics.quantiles(ratios, n=4)
    return {
        "bptt_us": statistics.median(o for o, _ in pairs) * 1e6,
        "torch_us": statistics.median(t for _, t in pairs) * 1e6,
        "times_faster": middle,
        "low_quartile": low,
        "high_quartile": high,
        "pairs": len(pairs),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="only see that it runs")
    parser.add_argument("--dtype", choices=("float32", "float64"), help="only this one")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each rung (default 5)")
    parser.add_argument("--json", metavar="FILE", help="write the figures to a file")
    options = parser.parse_args()
    torch.set_num_threads(1)
    machine = f"{version()}, PyTorch {torch.__version__}, {platform.machine()}, one thread"
    print(f"forward + full BPTT + all gradients, tanh RNN, last state read out\n{machine}\n")
    print(
        f"{'(B, T, I, H)':<20} {'dtype':<8} {'bptt':>10} {'PyTorch':>10}  times faster (quartiles)"
    )
    rows = []
    for dtype in [options.dtype] if options.dtype else ["float32", "float64"]:
        for rung in RUNGS:
            row = measure(*make(rung, dtype), budget=0.0 if options.quick else options.seconds)
            rows.append({"rung": rung, "dtype": dtype, **row})
            times = f"{row['bptt_us']:>7.0f} µs {row['torch_us']:>7.0f} µs"
            spread = f"({row['low_quartile']:.2f} - {row['high_quartile']:.2f})"
            print(
                f"{rung!s:<20} {dtype:<8} {times}  {row['times_faster']:.2f} {spread}", flush=True
            )
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"machine": machine, "rows": rows}, file, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
