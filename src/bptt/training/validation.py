"""What is held out of a training to judge it by."""

from __future__ import annotations

from typing import Any

import numpy as np

from bptt import _checks
from bptt._shapes import Array
from bptt.data import Batch, find_batch
from bptt.errors import InputError, sentence
from bptt.network import RNN


def split(
    net: RNN, data: Batch, validation: Any, rng: np.random.Generator, held_out: Array | None
) -> tuple[Batch, Batch | None, Array | None]:
    """Return what to train on, what to validate with, and which sequences were held out.

    Parameters
    ----------
    validation : float, (x, y), Batch or None
        A share of the sequences, drawn by ``rng``; other sequences; or none.
    held_out : array or None
        The numbers of the sequences that an earlier part of the run held out.
    """
    if validation is None:
        return data, None, None
    called = "fit(validation=...)"
    if isinstance(validation, Batch):
        return data, find_batch(called, net, validation, None, data.loss, None), None
    if isinstance(validation, tuple):
        if len(validation) != 2:
            do = "Give (x, y), or a Batch made by net.batch(x, y, loss, mask, lengths=...)"
            came = f"{len(validation)} things"
            raise InputError(sentence("fit", "validation as (x, y)", came, do))
        return data, find_batch(called, net, *validation, data.loss, None).copy(), None
    if not isinstance(validation, (int, float, np.number)):
        do = "Give for example validation=0.2 or validation=(other_x, other_y)"
        expected = "validation as a share, (x, y) or a Batch"
        raise InputError(sentence("fit", expected, f"a {type(validation).__name__}", do))
    share = _checks.real_in(
        "fit", "validation", validation, 0.0, 1.0, open_low=True, open_high=True
    )
    n = data.n_sequences
    n_held_out = max(1, round(n * share))
    if n_held_out >= n:
        do = "Give more sequences, or a smaller share"
        came = f"{n} with {share:g} of them held out"
        raise InputError(sentence("fit", "sequences that are left to train on", came, do))
    if held_out is None:
        held_out = rng.permutation(n)[:n_held_out]
    kept = np.setdiff1d(np.arange(n), held_out)
    parts = data.take(kept), data.take(held_out)
    for part, what in zip(parts, ("to train on", "held out"), strict=True):
        if not part.counts_any:
            do = "Give validation=(x, y), or a larger share"
            came = "a mask without True in one of them"
            raise InputError(sentence("fit", f"something that counts in what is {what}", came, do))
    return *parts, held_out
