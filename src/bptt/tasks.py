"""The post's data, and synthetic tasks of the field with their sources."""

from __future__ import annotations

import numpy as np

from bptt import _checks
from bptt._shapes import Array, RngLike


def post() -> tuple[Array, Array]:
    """Return the data that the post's part 1 draws: three sequences of three bits, and their ones.

    Examples
    --------
    >>> post()
    (array([[0., 0., 1.],
           [0., 1., 1.],
           [1., 1., 1.]]), array([1., 2., 3.]))
    """
    return np.array([[0.0, 0, 1], [0, 1, 1], [1, 1, 1]]), np.array([1.0, 2, 3])


def part1() -> tuple[Array, Array]:
    """Return the data of the post's script of part 1, (3, 3) and (3,)."""
    return np.array([[1.0, 0, 0], [1, 1, 0], [1, 1, 1]]), np.array([1.0, 2, 3])


def part2() -> tuple[Array, Array]:
    """Return the data of the post's script of part 2; its labels count the zeros, not the ones."""
    return np.array([[0.0, 0, 0], [0, 0, 1], [0, 1, 1]]), np.array([3.0, 2, 1])


def count_ones(
    n_sequences: int = 20, n_steps: int = 10, rng: RngLike = None
) -> tuple[Array, Array]:
    """Return fair random bits, (n, T), and how many of each sequence are ones, (n,).

    Roelants, *How to implement an RNN*, part 1 (2015), has 20 sequences of 10 bits.

    Examples
    --------
    >>> x, y = count_ones(n_sequences=2, n_steps=4, rng=0)
    >>> x
    array([[1., 1., 1., 0.],
           [0., 0., 0., 0.]])
    >>> y
    array([3., 0.])
    """
    n_sequences = _checks.positive_int("tasks.count_ones", "n_sequences", n_sequences)
    n_steps = _checks.positive_int("tasks.count_ones", "n_steps", n_steps)
    rng = _checks.generator("tasks.count_ones", rng)
    x = rng.integers(0, 2, size=(n_sequences, n_steps)).astype(np.float64)
    return x, x.sum(axis=1)


def binary_addition(
    n_sequences: int = 100, n_bits: int = 6, rng: RngLike = None
) -> tuple[Array, Array]:
    """Return pairs of binary numbers and their sums, least significant bit first.

    x is (n, n_bits + 1, 2), y is (n, n_bits + 1, 1), one bit of the sum at each time stamp;
    the last inputs are 0 and leave room for the carry.  (Roelants, *How to implement an RNN*,
    part 2, 2015.)

    Examples
    --------
    >>> x, y = binary_addition(n_sequences=1, n_bits=3, rng=0)
    >>> a, b = 2 ** np.arange(4) @ x[0]
    >>> bool(a + b == 2 ** np.arange(4) @ y[0, :, 0])
    True
    """
    n_sequences = _checks.positive_int("tasks.binary_addition", "n_sequences", n_sequences)
    n_bits = _checks.positive_int("tasks.binary_addition", "n_bits", n_bits)
    rng = _checks.generator("tasks.binary_addition", rng)
    x = rng.integers(0, 2, size=(n_sequences, n_bits + 1, 2))
    x[:, -1] = 0
    y = np.empty((n_sequences, n_bits + 1, 1))
    carry = np.zeros(n_sequences, dtype=x.dtype)
    for k in range(n_bits + 1):
        carry, y[:, k, 0] = np.divmod(x[:, k].sum(axis=1) + carry, 2)
    return x.astype(np.float64), y
