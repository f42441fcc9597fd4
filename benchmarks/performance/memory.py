"""Peak memory of one training step beside PyTorch: forward, full BPTT and all gradients.

    python benchmarks/performance/memory.py            --write puts the table into docs/
    python benchmarks/performance/memory.py --quick    the smallest size, to see that it runs

Each figure is from a process of its own: what was resident at the peak of its first step beyond
what was before it, when program, parameters and data were there.  A tiny network has then been
trained and a product been taken, so that threads and buffers of libraries are there as well.
"""

from __future__ import annotations

import ctypes
import gc
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

import common

common.one_thread()

SIZES = [(32, 100, 8, 32), (64, 100, 64, 128), (16, 2000, 4, 64), (128, 100, 128, 512)]
CELLS = ("elman", "gru", "lstm")
SIDES = {"bptt": "bptt", "torch": "PyTorch"}


def resident(peak: bool) -> int:
    """Return the bytes that are resident now, or were at the peak."""
    name = "VmHWM:" if peak else "VmRSS:"
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return 1024 * int(next(line for line in lines if line.startswith(name)).split()[1])


def child(side: str, cell: str, sizes: tuple[int, int, int, int]) -> None:
    """Print the peak of one step in this process, and its loss."""
    import numpy as np

    make = {"bptt": ours, "torch": theirs}[side]
    large = np.ones((512, 512), np.float32)
    large.dot(large)
    make(cell, (2, 2, 2, 2))()
    step = make(cell, sizes)
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what is free goes back, so that it is not used unseen
    before = resident(peak=False)
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # the peak begins anew
    loss = step()
    print(json.dumps({"bytes": resident(peak=True) - before, "loss": loss}))


def data(cell: str, sizes: tuple[int, int, int, int]) -> Any:
    import numpy as np

    import bptt

    B, T, I, H = sizes
    rng = np.random.default_rng(0)
    net = bptt.RNN(cell, I, H)
    x = rng.standard_normal((B, T, I), dtype=np.float32)
    y = rng.standard_normal((B, 1), dtype=np.float32)
    return net, net.init(rng, dtype=np.float32), x, y


def ours(cell: str, sizes: tuple[int, int, int, int]) -> Any:
    net, params, x, y = data(cell, sizes)
    batch = net.batch(x, y)
    return lambda: net.loss_and_gradient(params, batch)[0]


def theirs(cell: str, sizes: tuple[int, int, int, int]) -> Any:
    import torch

    import peers

    torch.set_num_threads(1)
    large = torch.ones(512, 512)
    large @ large
    _, params, x, y = data(cell, sizes)
    _, layer, readout = peers.torch_modules(cell, params)
    weights = [*layer.parameters(), *readout.parameters()]
    time_major, target = torch.from_numpy(x.swapaxes(0, 1).copy()), torch.from_numpy(y)

    def step() -> float:
        loss = torch.nn.functional.mse_loss(readout(layer(time_major)[0][-1]), target)
        torch.autograd.grad(loss, weights)
        return loss.item()

    return step


def measure(quick: bool) -> dict[str, Any]:
    common.one_core()
    rows, times = [], 1 if quick else 3
    for sizes in SIZES[:1] if quick else SIZES:
        for cell in CELLS:
            found: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
            for _ in range(times):
                for side in SIDES:
                    command = [sys.executable, __file__, "child", side, cell, *map(str, sizes)]
                    ran = subprocess.run(command, check=True, capture_output=True, text=True)
                    found[side].append(json.loads(ran.stdout))
            losses = [one["loss"] for side in found.values() for one in side]
            if not max(losses) - min(losses) < 1e-5 * max(losses):
                sys.exit(f"{cell} {sizes}: the losses differ: {losses}")
            peaks = {side: [one["bytes"] for one in of] for side, of in found.items()}
            rows.append({"sizes": sizes, "cell": cell, "peaks": peaks})
    return {"rows": rows}


def markdown(found: dict[str, Any]) -> str:
    lines, shares = [], []
    for row in found["rows"]:
        middle = {side: statistics.median(peaks) for side, peaks in row["peaks"].items()}
        shares.append(middle["bptt"] / middle["torch"])
        ranges = [
            f"{middle[side] / 1e6:.1f} ({min(peaks) / 1e6:.1f} – {max(peaks) / 1e6:.1f})"
            for side, peaks in row["peaks"].items()
        ]
        lines.append([str(tuple(row["sizes"])), row["cell"], *ranges, f"{shares[-1]:.2f}"])
    head = ["(B, T, I, H)", "cell", *(f"{name}, MB" for name in SIDES.values()), "bptt / PyTorch"]
    less = sum(share < 1 for share in shares)
    words = f"bptt takes less in {less} of {len(shares)}; {max(shares):.2f} times as much at most."
    number = len(found["rows"][0]["peaks"]["bptt"])
    words += f" Medians (least – most) of {number} processes each."
    return "\n".join([common.table(head, lines), "", words, "", common.machine(found)])


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(sys.argv[2], sys.argv[3], tuple(map(int, sys.argv[4:])))
    else:
        sys.exit(common.main("memory", __doc__, measure, markdown, ("torch",)))
