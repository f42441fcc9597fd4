"""Whether a side computes what bptt computes; who does not is not timed."""

from __future__ import annotations

import numpy as np

from rungs.calls import Arrays, CannotError
from rungs.work import Work

STEP = 1e-3
"""Allowed for the change that steps of Adam make to the weights, in the norm, over the change
itself.  A step is about the sign of the gradient: where a derivative is almost 0 its rounding
counts, but only there."""


def tolerance(work: Work) -> float:
    """Return what a gradient may be off, over its largest entry.

    A derivative by a weight is a sum over B·T products, and each of their factors went through
    sums of I + H + 1 terms, up to T times one after the other.  Each term is rounded by up to
    eps/2, and rounding errors that do not know of each other grow as the root of their number.
    Twice that is allowed, because the largest difference of many is compared, of two sides that
    both round; and 8 eps for tanh and exp, which no library rounds rightly to the last bit.
    """
    B, T, I, H = work.rung[:4]
    return float(np.finfo(work.dtype).eps) * (8 + float(np.sqrt(B * T + T * (I + H + 1))))


def difference(kind: str, work: Work, ours: Arrays, theirs: Arrays) -> float:
    """Return how far apart two results are, over the size of ours."""
    theirs = {name: np.asarray(array) for name, array in theirs.items()}
    if not all(np.isfinite(array).all() for array in theirs.values()):
        return float("inf")
    if kind == "step":
        moved = [array - work.weights[name] for name, array in ours.items()]
        apart = [array - theirs[name] for name, array in ours.items()]
        return norm(apart) / norm(moved)
    names = [name for name in ours if name != "loss"]
    scale = max(np.abs(ours[name]).max() for name in names)
    off = [np.abs(ours[name] - theirs[name]).max() / scale for name in names]
    return float(max([abs(ours["loss"] - theirs["loss"]) / abs(ours["loss"]), *off]))


def norm(arrays: list[np.ndarray]) -> float:
    return float(np.sqrt(sum(float((a.astype(float) ** 2).sum()) for a in arrays)))


def check(kind: str, work: Work, ours: Arrays, theirs: Arrays) -> float:
    """Return the difference; CannotError if it is too large."""
    shapes = [{name: np.shape(array) for name, array in side.items()} for side in (ours, theirs)]
    if shapes[0] != shapes[1]:
        raise CannotError("does not compute the same: other names or shapes")
    off = difference(kind, work, ours, theirs)
    allowed = tolerance(work) if kind == "gradient" else STEP
    if not off <= allowed:
        raise CannotError(f"does not compute the same: off by {off:.1e}, allowed {allowed:.1e}")
    return off
