"""Which way cost and gradient of a batch are found earliest: in how many parts, and by what.

Parts are for threads, or blocks whose arrays stay in the cache.
"""

from __future__ import annotations

from bptt import losses
from bptt.architecture import Architecture
from bptt.data import Batch
from bptt.readouts import EVERY, LAST
from bptt.through_time import Workspace
from bptt.through_time.buffers import AT_ONCE
from bptt.through_time.workspace import FEW, SMALL

WORTH_IT = 2**24  # multiplications, or as much: some 1.5 ms, see docs/performance.md
PER_FUNCTION = 40  # how many multiplications last as long as an element-wise function
BLOCK = 2**10  # states of one time stamp, of which all arrays over time stay in the cache
MOST = 2**25
"""multiplications of the gradient's product that one compiled call may have: beyond, NumPy's BLAS
saves more than Python's steps take, for SciPy's, which Numba calls, is a fifth slower"""


def may_be_one_call(net: Architecture, batch: Batch, n: int) -> bool:
    """Return whether cost and gradient of n of a batch's sequences may be one compiled call.

    That is for one layer that reads forwards, at most 128 time stamps, sequences of equal length,
    the last or every state read out, and the mean squared error without a mask.
    """
    packing, H = batch.layout.packing, net.hidden_size
    return (
        net.n_parts == 1
        and packing.equal
        and packing.n_steps <= AT_ONCE
        and (net.readout is LAST or net.readout is EVERY)
        and not net.is_trained
        and not net.cell.peepholes
        and batch.loss is losses.MSE
        and batch.counts is None
        and n * packing.n_steps * net.cell.n_gates * H * (H + 1 + net.input_size) <= MOST
    )


def n_parts(net: Architecture, batch: Batch, workspace: Workspace) -> int:
    """Return in how many parts a batch is done earliest; 1 if its loss may be no mean."""
    if batch.loss is not losses.BY_NAME.get(batch.loss.name):
        return 1
    n_threads = workspace.threads if _splits(net, batch, workspace) else 1
    n, H, dtype = batch.n_sequences, net.hidden_size, batch.inputs.dtype
    n_blocks = n * H // BLOCK
    if H >= FEW or n_blocks < 4 * n_threads:
        return n_threads
    own = workspace.of_thread(0)
    one_call = own.can_compile(net.cell, dtype) and may_be_one_call(net, batch, n // n_blocks)
    if not (one_call or own.compiles(net.cell, dtype, n // n_threads, H)):
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
