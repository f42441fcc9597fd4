"""What a run is, in words: a checkpoint of another run is not gone on with.

Code has no words: of a function that is watched it is only said that there is one, of a schedule
that it is a schedule, of a strategy what kind it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from bptt import saving
from bptt._shapes import Array
from bptt.data import Batch
from bptt.network import RNN
from bptt.optimizers import Optimizer
from bptt.params import Params, digest, named_arrays
from bptt.schedules import Plateau
from bptt.through_time import Strategy
from bptt.training.validation import split


def of_run(
    net: RNN,
    data: Batch,
    *,
    params: Params | None,
    optimizer: Optimizer,
    batch_size: int | None,
    validation: Any,
    patience: int | None,
    tolerance: float,
    plateau: Plateau | None,
    watch: Callable[[Params], float] | None,
    strategy: Strategy,
    engine: str,
    threads: int,
) -> dict[str, str]:
    """Return, by the names of `fit`'s arguments, what two parts of one run have in common."""
    return {
        "network": json.dumps(saving.description(net)),
        "loss": data.loss.name,
        "optimizer": optimizer.name,
        "batch_size": str(batch_size),
        "validation": _validation(net, data, validation),
        "patience": str(patience),
        "tolerance": str(tolerance),
        "plateau": str(plateau),
        "watch": "none" if watch is None else "a function",
        "strategy": type(strategy).__name__,
        "engine": engine,
        "threads": str(threads),
        "params": "drawn by rng" if params is None else f"of digest {digest(named_arrays(params))}",
        "data": f"of digest {of_data(data)}",
    }


def _validation(net: RNN, data: Batch, validation: Any) -> str:
    if validation is None:
        return "none"
    if isinstance(validation, (int, float, np.floating)):
        return f"{float(validation)!r} of the sequences"
    other = split(net, data, validation, np.random.default_rng(0), None)[1]
    assert other is not None
    return f"sequences of digest {of_data(other)}"


def of_data(data: Batch) -> str:
    """Return 16 digits that another input, target, length, order or mask would change."""
    layout = data.layout
    arrays: dict[str, Array | None] = {
        "inputs": data.inputs,
        "targets": data.targets,
        "counts": data.counts,
        "order": layout.order,
        "running": np.asarray(layout.packing.running),
    }
    return digest((name, array) for name, array in arrays.items() if array is not None)
