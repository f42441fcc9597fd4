"""A batch in parts, each from end to end by itself: over threads, and in blocks for the cache.

The cost is a mean, and so is its gradient: that of all is the mean of the parts', each counting as
much as it has entries.  The sum is rounded otherwise than that of one part; it is always the same
for the same number of threads.
"""

from __future__ import annotations

import numpy as np

from bptt import straight_path
from bptt._shapes import Array
from bptt.architecture import Architecture
from bptt.data import Batch
from bptt.params import Params, map_params
from bptt.through_time import Strategy, Workspace
from bptt.through_time.workspace import FEW, SMALL

WORTH_IT = 2**24  # multiplications, or as much: some 1.5 ms, see docs/performance.md
PER_FUNCTION = 40  # how many multiplications last as long as an element-wise function
BLOCK = 2**10  # of one gate's states at one time stamp: what belongs to them stays in the cache


def n_parts(net: Architecture, batch: Batch, workspace: Workspace) -> int:
    """Return in how many parts a batch is done earliest."""
    n_threads = workspace.threads if _splits(net, batch, workspace) else 1
    if net.hidden_size >= FEW or workspace.engine == "numpy":
        return n_threads
    block = BLOCK if net.cell.n_gates > 1 else SMALL // 2
    n_blocks = batch.n_sequences * net.hidden_size // block
    return n_threads if n_blocks < 4 * n_threads else -(-n_blocks // n_threads) * n_threads


def _splits(net: Architecture, batch: Batch, workspace: Workspace) -> bool:
    """Return whether threads would be done earlier: that they wait for one another is up to 0.5 ms.

    Where NumPy is called for each time stamp it must be for many states, since one thread at a time
    can call.
    """
    if workspace.threads == 1 or batch.n_sequences < workspace.threads:
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
    n: int,
) -> tuple[float, Params]:
    """Return the cost and its gradient as `straight_path.run` does, for zero initial states."""
    n_threads = min(n, workspace.threads)

    def go(thread: int) -> tuple[float, int, Params | None]:
        """Return the sums of a thread's parts, each times how much of it counts, and that."""
        value, counted, total = 0.0, 0, None
        for number in range(thread, n, n_threads):
            part = batch.part(number, n)
            if not part.counts_any:
                continue
            run = straight_path.run(
                net, called, params, part, None, workspace.of_thread(thread), strategy
            )
            assert run.grads is not None
            weight = part.n_counted
            value, counted = value + run.loss * weight, counted + weight
            scaled = map_params(lambda g, weight=weight: g * weight, run.grads)
            total = scaled if total is None else map_params(np.add, total, scaled)
        return value, counted, total

    from concurrent.futures import wait

    others = [workspace.pool.submit(go, thread) for thread in range(1, n_threads)]
    try:
        found = [go(0)]
    finally:
        wait(others)  # whatever came: none may still write when the next call does
    found += [other.result() for other in others]
    share = 1.0 / sum(counted for _, counted, _ in found)

    def mean(*arrays: Array) -> Array:
        total: Array = arrays[0] * share
        for array in arrays[1:]:
            total += array * share
        return total

    value = sum(value for value, _, _ in found) * share
    return value, map_params(mean, *(total for _, _, total in found if total is not None))
