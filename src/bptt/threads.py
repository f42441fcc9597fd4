"""A batch in parts, each from end to end by itself: over threads, and in blocks for the cache.

The cost is a mean, and so is its gradient: that of all is the mean of the parts', each counting as
much as it has entries.  The sum is rounded otherwise than that of one part; it is always the same
for the same number of parts.
"""

from __future__ import annotations

import numpy as np

from bptt import losses, straight_path
from bptt.architecture import Architecture
from bptt.data import Batch
from bptt.params import Params, map_params
from bptt.through_time import Strategy, Workspace
from bptt.through_time.workspace import FEW, SMALL

WORTH_IT = 2**24  # multiplications, or as much: some 1.5 ms, see docs/performance.md
PER_FUNCTION = 40  # how many multiplications last as long as an element-wise function
BLOCK = 2**10  # states of one time stamp, of which all arrays over time stay in the cache


def n_parts(net: Architecture, batch: Batch, workspace: Workspace) -> int:
    """Return in how many parts a batch is done earliest; 1 if its loss may be no mean."""
    if batch.loss is not losses.BY_NAME.get(batch.loss.name):
        return 1
    n_threads = workspace.threads if _splits(net, batch, workspace) else 1
    n, H, dtype = batch.n_sequences, net.hidden_size, batch.inputs.dtype
    n_blocks = n * H // BLOCK
    if H >= FEW or n_blocks < 4 * n_threads:
        return n_threads
    from bptt import at_once

    own, one_call = workspace.of_thread(0), at_once.is_for(net, batch)
    compiles = own.compiles(net.cell, dtype, n // n_threads, H)
    if not (compiles or (one_call and own.can_compile(net.cell, dtype))):
        return n_threads
    return -(-n_blocks // n_threads) * n_threads


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
    from bptt import at_once

    n_threads, n_counted = min(n, workspace.threads), batch.n_counted

    def go(thread: int) -> tuple[float, Params | None]:
        """Return the sums of a thread's parts, each times its share of what counts."""
        value, total = 0.0, None
        for number in range(thread, n, n_threads):
            part, own = batch.part(number, n), workspace.of_thread(thread)
            if not part.counts_any:
                continue
            both = at_once.loss_and_gradient(net, params, part, own, strategy)
            if both is None:
                run = straight_path.run(net, called, params, part, None, own, strategy)
                assert run.grads is not None
                both = run.loss, run.grads
            loss, grads = both
            share = part.n_counted / n_counted
            with straight_path.quiet():
                grads = map_params(lambda g, share=share: g * share, grads)
                total = grads if total is None else map_params(np.add, total, grads)
            value += loss * share
        return value, total

    if n_threads == 1:
        found = [go(0)]
    else:
        from concurrent.futures import wait

        others = [workspace.pool.submit(go, thread) for thread in range(1, n_threads)]
        try:
            found = [go(0)]
        finally:
            wait(others)  # whatever came: none may still write when the next call does
        found += [other.result() for other in others]
    values, totals = zip(*found, strict=True)
    grads, *more = (total for total in totals if total is not None)
    with straight_path.quiet():
        for total in more:
            grads = map_params(np.add, grads, total)
    return sum(values), grads
