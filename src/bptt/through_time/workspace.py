"""`Workspace`: buffers that are used again, and what goes over them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bptt import _checks, engines
from bptt.activations import BY_NAME
from bptt.cells import Cell
from bptt.through_time.buffers import Buffers, Loops
from bptt.through_time.packing import Packing
from bptt.through_time.plain import Plain

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_SHAPES_KEPT = 4  # a training has few: the minibatch, the last smaller one, the whole data
FEW = 16
"""states of a sequence, H, too few for a compiled loop over them to fill vector registers"""
SMALL = 2**13
"""states of a time stamp, n·H, below which the calls of NumPy take longer than what they do"""


class Workspace:
    """Buffers that are used again by the next call of the same shape.

    Hand one to `RNN.loss_and_gradient` where it is called often: small networks then spend no
    time on allocation.  A tape of an earlier call is stale afterwards and says so when read.
    One thread at a time.

    Parameters
    ----------
    engine : "numpy", "jit" or "auto"
        What goes over the buffers.  ``"jit"`` has Numba compile the same lines (extra ``jit``; the
        first call of a cell takes up to a minute, later programs find the result on disk); its
        results are the same to rounding.  ``"auto"`` takes it where it is installed and faster:
        always but for vanilla cells of fewer than 16 states in a large batch on one thread; of
        these too where cost and gradient are one compiled call (`bptt.at_once`).
        Complex numbers, and activations of one's own, are always NumPy's.
    threads : int
        Over how many threads `RNN.loss_and_gradient` splits a batch that is large enough to be
        done earlier so; not with an initial state that is given, nor with dropout, nor with a loss
        of one's own, which may be no mean.  (Compiled, a large batch of fewer than 16 states also
        goes in blocks that stay in the cache, one after the other.)  Threads of
        ``"numpy"`` wait for one another between calls of NumPy, those of ``"jit"`` do not.  Give
        BLAS one thread then (``OPENBLAS_NUM_THREADS=1``).

    Raises
    ------
    MissingExtraError
        If Numba or SciPy is asked for and not installed.

    Examples
    --------
    >>> import bptt
    >>> x, y = bptt.tasks.post()
    >>> net, workspace = bptt.RNN(), bptt.Workspace()
    >>> loss, grads = net.loss_and_gradient(net.init(rng=0), x, y, workspace=workspace)
    """

    def __init__(self, engine: str = "numpy", threads: int = 1) -> None:
        self.engine = engines.checked("Workspace", engine)
        self.threads = _checks.positive_int("Workspace", "threads", threads)
        self._buffers: list[Buffers] = []
        self.prepared: list[Any] = []
        """what `bptt.at_once`, and nobody else, remembers of networks and shapes"""
        self._parts: list[Workspace] = []
        self._of_threads: list[Workspace] = []

    def buffers(
        self, cell: Cell, packing: Packing, I: int, H: int, dtype: np.dtype[np.generic]
    ) -> Buffers:
        """Return buffers of that shape; what was on them belongs to the past."""
        sizes = (I, H, dtype)
        for buffers in self._buffers:
            alike = buffers.packing is packing or buffers.packing == packing
            if alike and buffers.cell is cell and buffers.sizes == sizes:
                buffers.turn += 1
                return buffers
        del self._buffers[: 1 - _SHAPES_KEPT]
        buffers = Buffers(cell, packing, *sizes)
        buffers.loops = self._loops(buffers)
        self._buffers.append(buffers)
        return buffers

    def can_compile(self, cell: Cell, dtype: np.dtype[Any]) -> bool:
        """Return whether a cell's lines are ones that can be compiled, and may be."""
        own = getattr(cell, "activation", None)
        known = own is None or own in BY_NAME.values()
        if self.engine == "numpy" or not known or dtype.kind != "f":
            return False
        return self.engine == "jit" or engines.can_compile()

    def compiles(self, cell: Cell, dtype: np.dtype[Any], n: int, H: int) -> bool:
        """Return whether the loops over n rows of H states of a cell are compiled."""
        # one gate stands in one piece already, and NumPy's functions are as fast
        by_numpy = cell.n_gates == 1 and H < FEW and n * H > SMALL // 4
        return not (self.engine == "auto" and by_numpy) and self.can_compile(cell, dtype)

    def _loops(self, buffers: Buffers) -> Loops:
        n, H = buffers.scratch.shape
        if self.compiles(buffers.cell, buffers.z.dtype, n, H):
            from bptt.through_time.compiled import agreement
            from bptt.through_time.compiled.engine import Compiled

            agreement.check(buffers.cell, buffers.z.dtype)
            return Compiled(buffers)
        return Plain(buffers)

    def __reduce__(self) -> tuple[type[Workspace], tuple[str, int]]:
        # a copy has buffers of its own: views and arrays would come apart
        return Workspace, (self.engine, self.threads)

    @property
    def is_plain(self) -> bool:
        """Whether NumPy goes over all of a batch in one thread."""
        return self.engine == "numpy" and self.threads == 1

    def part(self, number: int) -> Workspace:
        """Return a workspace of this one's own, for a layer of a network of several."""
        while len(self._parts) <= number:
            self._parts.append(Workspace(self.engine))
        return self._parts[number]

    def of_thread(self, number: int) -> Workspace:
        """Return a workspace of this one's own, for a thread's share of a batch."""
        engine = self.engine
        if engine == "auto" and self.threads > 1 and engines.can_compile():  # which lets others run
            engine = "jit"
        while len(self._of_threads) <= number:
            self._of_threads.append(Workspace(engine))
        return self._of_threads[number]

    @cached_property
    def pool(self) -> ThreadPoolExecutor:
        """The threads beside the caller's."""
        from concurrent.futures import ThreadPoolExecutor

        return ThreadPoolExecutor(self.threads - 1, thread_name_prefix="bptt")
