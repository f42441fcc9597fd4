"""The legend of sizes, and the types that every file shares.

======  ======================================================================
letter  size
======  ======================================================================
T       time stamps of a sequence (``n_steps``); time stamp k runs from 1 to T
B       sequences in a batch (``batch_size``; ``n`` at the public door)
I       inputs at one time stamp (``input_size``)
H       states, that is hidden units (``hidden_size``)
G       gates of the cell: how many blocks of H rows its weights have
O       outputs of the network (``output_size``)
======  ======================================================================

Arrays inside the engine are time-major, (T, B, ...); arrays at the public door
are sequence-major, (n, T, ...).  ``d`` + name is always ∂ξ/∂name, with name's shape.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
# in quotes: numpy.random takes a while to import, and who only predicts never needs it
RngLike: TypeAlias = "int | np.random.SeedSequence | np.random.Generator | None"
