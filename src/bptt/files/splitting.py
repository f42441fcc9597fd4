"""Which sequences are held out, and long ones cut into windows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bptt._shapes import Array


def hold_out(n: int, share: float, strata: Array | None, rng: np.random.Generator) -> Array:
    """Return which of n are held out, drawn at random; at least one of several, never all.

    Parameters
    ----------
    strata : (n,), optional
        The class of each: then classes are held out in proportion, and of each one stays.

    Examples
    --------
    >>> strata = np.array([0, 0, 0, 0, 1, 1])
    >>> strata[hold_out(6, 0.5, strata, np.random.default_rng(0))].tolist()
    [0, 0, 1]
    """
    n_held = min(max(1, round(n * share)), n - 1)
    order = rng.permutation(n)
    if strata is None or not n_held:
        return np.sort(order[:n_held])
    order = order[np.argsort(strata[order], kind="stable")]  # by class, at random within it
    held = order[((np.arange(n_held) + 0.5) * n / n_held).astype(int)]  # evenly along that
    for stratum in np.unique(strata):
        own = np.flatnonzero(strata == stratum)
        if np.isin(own, held).all():
            held = np.setdiff1d(held, own[-1:])
    return np.sort(held) if len(held) else order[:1]


def cut(parts: Sequence[Array], window: int | None) -> list[Array]:
    """Cut each array into windows of so many rows; the last of each may be shorter.

    Examples
    --------
    >>> [part.tolist() for part in cut([np.arange(5), np.arange(2)], 3)]
    [[0, 1, 2], [3, 4], [0, 1]]
    """
    if window is None:
        return list(parts)
    return [part[i : i + window] for part in parts for i in range(0, len(part), window)]


def counts(lengths: Sequence[int] | Array, window: int | None) -> Array:
    """Return how many windows each length is cut into."""
    lengths = np.asarray(lengths)
    return np.ones_like(lengths) if window is None else -(-lengths // window)
