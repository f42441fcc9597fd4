"""The post's data as it prints them, and the tasks against sums made digit by digit."""

import numpy as np
import pytest

from bptt import tasks


@pytest.mark.parametrize(
    ("task", "x", "y"),
    [
        (tasks.post, [[0, 0, 1], [0, 1, 1], [1, 1, 1]], [1, 2, 3]),
        (tasks.part1, [[1, 0, 0], [1, 1, 0], [1, 1, 1]], [1, 2, 3]),
        (tasks.part2, [[0, 0, 0], [0, 0, 1], [0, 1, 1]], [3, 2, 1]),
    ],
)
def test_the_posts_data(task, x, y):
    found = task()
    assert [array.dtype for array in found] == [np.float64, np.float64]
    assert [array.tolist() for array in found] == [x, y]
    for array in found:
        array += 9  # the next caller must not see this
    assert [array.tolist() for array in task()] == [x, y]


@pytest.mark.parametrize(("n", "n_steps"), [(1, 1), (20, 10), (3, 200)])
def test_count_ones(n, n_steps):
    x, y = tasks.count_ones(n, n_steps, rng=1)
    assert x.dtype == y.dtype == np.float64
    assert x.shape == (n, n_steps)
    assert set(x.flat) <= {0.0, 1.0}
    assert y.tolist() == [row.count(1.0) for row in x.tolist()]


def test_the_sizes_of_the_post_are_the_defaults():
    assert [array.shape for array in tasks.count_ones()] == [(20, 10), (20,)]
    assert [array.shape for array in tasks.binary_addition()] == [(100, 7, 2), (100, 7, 1)]


def number(bits):
    """Read bits, least significant first, as text."""
    return int("".join(str(int(bit)) for bit in reversed(bits)), 2)


@pytest.mark.parametrize(("n", "n_bits"), [(50, 1), (200, 6), (20, 300)])
def test_binary_addition(n, n_bits):
    x, y = tasks.binary_addition(n, n_bits, rng=2)
    assert x.dtype == y.dtype == np.float64
    assert x.shape == (n, n_bits + 1, 2)
    assert y.shape == (n, n_bits + 1, 1)
    assert set(x.flat) | set(y.flat) == {0.0, 1.0}
    pairs = set()
    for inputs, outputs in zip(x.tolist(), y.tolist(), strict=True):
        a, b = (number([step[i] for step in inputs]) for i in (0, 1))
        assert a < 2**n_bits
        assert b < 2**n_bits
        assert number([step[0] for step in outputs]) == a + b
        pairs.add((a, b))
    if n_bits == 1:
        assert len(pairs) == 4  # 0+0, 0+1, 1+0 and 1+1 are among them
    assert y[:, -1].any()  # a carry into the last bit has occurred


@pytest.mark.parametrize("task", [tasks.count_ones, tasks.binary_addition])
def test_bits_are_fair_and_seeded(task):
    x, y = task(400, 25, rng=3)
    bits = x[:, :25]
    # 5 standard deviations of a mean of fair bits
    assert abs(bits.mean() - 0.5) < 5 * 0.5 / np.sqrt(bits.size)
    assert (abs(bits.mean(axis=0) - 0.5) < 5 * 0.5 / np.sqrt(400)).all()
    again = task(400, 25, rng=np.random.default_rng(3))
    assert all((one == other).all() for one, other in zip((x, y), again, strict=True))
    assert (task(400, 25, rng=4)[0] != x).any()
    assert (task(400, 25)[0] != task(400, 25)[0]).any()  # no seed, no repetition
