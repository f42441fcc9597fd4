"""Packing: which rows belong to which time stamp, against the plainest of loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bptt.through_time import Packing

LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=7).map(lambda n: sorted(n)[::-1])


def pairs(lengths):
    """Return (time stamp, sequence) of each row, counted from 0."""
    longest = range(max(lengths))
    return [(k, b) for k in longest for b, length in enumerate(lengths) if length > k]


@given(LENGTHS)
def test_rows(lengths):
    packing, rows = Packing.of(np.array(lengths)), pairs(lengths)
    assert list(zip(packing.step, packing.sequence, strict=True)) == rows
    assert packing.lengths.tolist() == lengths
    assert packing.n_rows == len(rows) == sum(lengths)
    assert (packing.n_steps, packing.n_sequences) == (max(lengths), len(lengths))
    assert packing.equal == (len(set(lengths)) == 1)
    assert [rows[r] for r in packing.last] == [(n - 1, b) for b, n in enumerate(lengths)]
    assert [rows[r] for r in packing.turned] == [(lengths[b] - 1 - k, b) for k, b in rows]


@given(LENGTHS)
def test_stretches(lengths):
    """Together they have each row once; each begins with those that go on from the one before."""
    packing, rows = Packing.of(np.array(lengths)), pairs(lengths)
    seen, states = [], []
    for stretch in packing.stretches:
        seen += rows[stretch.rows]
        k = rows[stretch.rows.start][0]
        states += [(k - 1, b) for b in range(stretch.n)] + rows[stretch.rows]
        assert stretch.n * stretch.n_steps == len(rows[stretch.rows])
        assert states[stretch.after] == rows[stretch.rows]
        assert states[stretch.before] == [(k - 1, b) for k, b in rows[stretch.rows]]
    assert seen == rows


@given(LENGTHS, st.integers(0, 2**32 - 1))
def test_a_part_of_the_sequences(lengths, seed):
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(lengths), size=rng.integers(1, len(lengths) + 1), replace=False)
    part, order, rows = Packing.of(np.array(lengths)).take(chosen)
    order = chosen if order is None else chosen[order]
    assert sorted(order) == sorted(chosen)
    assert part.lengths.tolist() == sorted((lengths[b] for b in chosen), reverse=True)
    whole = pairs(lengths)
    found = [whole[r] for r in rows]
    inside = zip(part.step, part.sequence, strict=True)
    assert found == [(k, order[b]) for k, b in inside]


@given(LENGTHS)
def test_there_and_back(lengths):
    packing = Packing.of(np.array(lengths))
    rows = np.arange(1.0, 2 * packing.n_rows + 1).reshape(-1, 2)
    padded = packing.unpack(rows)
    assert padded.shape == (max(lengths), len(lengths), 2)
    assert (packing.pack(padded) == rows).all()
    assert padded[np.arange(max(lengths))[:, None] >= np.array(lengths)].tolist() == (
        [[0, 0]] * (padded.size // 2 - packing.n_rows)
    )
    assert np.shares_memory(padded, rows) == packing.equal


@given(LENGTHS)
def test_mean(lengths):
    packing = Packing.of(np.array(lengths))
    rows = np.random.default_rng(0).standard_normal((packing.n_rows, 3))
    mean = packing.mean(rows)
    for b in range(len(lengths)):
        assert mean[b] == pytest.approx(rows[packing.sequence == b].mean(axis=0), rel=1e-14)
    # back is the transpose: the sum of u · mean(v) over sequences is that of mean_back(u) · v
    u = np.random.default_rng(1).standard_normal(mean.shape)
    assert np.sum(u * mean) == pytest.approx(np.sum(packing.mean_back(u) * rows), rel=1e-12)


def test_float32_stays_float32():
    packing = Packing.of(np.array([3, 1]))
    rows = np.ones((4, 2), np.float32)
    assert {packing.mean(rows).dtype, packing.mean_back(rows[:2]).dtype} == {np.dtype("f4")}
