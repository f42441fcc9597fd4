"""A batch split over threads: each computes some of its sequences, by itself from end to end.

The cost is a mean, and so is its gradient: that of all is the mean of the parts', each counting as
much as it has entries.  The sum is rounded otherwise than that of one thread; it is always the same
for the same number of threads.
"""

from __future__ import annotations

import numpy as np

from bptt import straight_path
from bptt._shapes import Array, RngLike
from bptt.architecture import Architecture
from bptt.data import Batch
from bptt.params import Params, map_params
from bptt.through_time import Strategy, Workspace
from bptt.through_time.workspace import SMALL

WORTH_IT = 2**24  # multiplications, or as much: some 1.5 ms, see docs/performance.md
PER_FUNCTION = 40  # how many multiplications last as long as an element-wise function


def splits(
    net: Architecture, batch: Batch, workspace: Workspace, initial_state: object, rng: RngLike
) -> bool:
    """Return whether threads would be done earlier: that they wait for one another is up to 0.5 ms.

    Where NumPy is called for each time stamp it must be for many states, since one thread at a time
    can call.
    """
    if workspace.threads == 1 or batch.n_sequences < workspace.threads:
        return False
    if not (initial_state is rng is None):
        return False
    states = batch.layout.packing.n_rows * net.n_parts * net.hidden_size
    each = net.cell.n_gates * (net.hidden_size + net.input_size + PER_FUNCTION)
    if states * each < WORTH_IT:
        return False
    many_at_once = batch.n_sequences * net.hidden_size >= SMALL
    return many_at_once or workspace.of_thread(0).engine == "jit"


def loss_and_gradient(
    net: Architecture,
    called: str,
    params: Params,
    batch: Batch,
    workspace: Workspace,
    strategy: Strategy,
) -> tuple[float, Params]:
    """Return the cost and its gradient as `straight_path.run` does, for zero initial states."""
    n = workspace.threads
    # sequences are sorted by length: every n-th, so that each thread has as many time stamps
    parts = [batch.take(np.arange(number, batch.n_sequences, n)) for number in range(n)]
    numbers = [number for number, part in enumerate(parts) if part.counts_any]

    def go(number: int) -> tuple[float, Params]:
        part, own = parts[number], workspace.of_thread(number)
        run = straight_path.run(net, called, params, part, None, own, strategy)
        assert run.grads is not None
        return run.loss, run.grads

    from concurrent.futures import wait

    others = [workspace.pool.submit(go, number) for number in numbers[1:]]
    try:
        found = [go(numbers[0])]
    finally:
        wait(others)  # whatever came: none may still write when the next call does
    found += [other.result() for other in others]
    counted = [parts[number].n_counted for number in numbers]
    shares = [count / sum(counted) for count in counted]

    def mean(*arrays: Array) -> Array:
        total: Array = arrays[0] * shares[0]
        for array, share in zip(arrays[1:], shares[1:], strict=True):
            total += array * share
        return total

    losses, grads = zip(*found, strict=True)
    value = sum(loss * share for loss, share in zip(losses, shares, strict=True))
    return value, map_params(mean, *grads)
