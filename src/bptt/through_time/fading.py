"""Errors that vanish on their way back: whether any is left.

Over hundreds of time stamps an error may shrink below the smallest normal number (Bengio, Simard &
Frasconi, *Learning long-term dependencies with gradient descent is difficult*, 1994).  What
rounding leaves of it are denormal numbers that never become 0, and that processors compute a
hundred times slower than others.  They are made 0 here; where nothing else is left, and no time
stamp before adds an error of its own, the walk back may end.
"""

from __future__ import annotations

import numpy as np

from bptt._shapes import Array
from bptt.cells import Views
from bptt.through_time.buffers import Part

LOOK_EVERY = 8  # time stamps


def is_left(d_states: Views, part: Part) -> bool:
    """Return whether there are errors before this part; those too small become 0, in it too."""
    found = [_without_denormals(d_state) for d_state in d_states]
    if any(found):
        _without_denormals(part.dz)
        _without_denormals(part.dzx)
    return any(d_state.any() for d_state in d_states)


def _without_denormals(array: Array) -> bool:
    """Write 0 for denormal numbers; return whether there was one, or a 0."""
    size, smallest_normal = np.abs(array), np.finfo(array.dtype).tiny
    if not (size < smallest_normal).any():
        return False
    array[(size < smallest_normal) & (size > 0.0)] = 0.0
    return True
