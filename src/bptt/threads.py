"""A batch in parts, each from end to end by itself, over threads or one after the other.

The cost is a mean, and so is its gradient: that of all is the mean of the parts', each counting as
much as it has entries.  The sum is rounded otherwise than that of one part; it is always the same
for the same number of parts.
"""

from __future__ import annotations

import numpy as np

from bptt import at_once, straight_path
from bptt.architecture import Architecture
from bptt.data import Batch
from bptt.params import Params, map_params
from bptt.through_time import Strategy, Workspace


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
