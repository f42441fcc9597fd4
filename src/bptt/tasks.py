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


def adding(n_sequences: int = 1000, n_steps: int = 50, rng: RngLike = None) -> tuple[Array, Array]:
    """Return the adding problem: the sum of the two numbers that are marked.

    x is (n, T, 2): a number from U(0, 1), and a mark that is 1 at one time stamp of each half, else
    0.  y is (n,).  Always answering 1 has the mean squared error 1/6.  (Hochreiter & Schmidhuber
    1997, task 4, in the form of Arjovsky, Shah & Bengio 2016: numbers from 0 to 1, the sum itself.)

    Examples
    --------
    >>> x, y = adding(n_sequences=3, n_steps=6, rng=0)
    >>> x[..., 1]
    array([[1., 0., 0., 0., 1., 0.],
           [1., 0., 0., 0., 1., 0.],
           [0., 1., 0., 1., 0., 0.]])
    >>> bool((y == (x[..., 0] * x[..., 1]).sum(axis=1)).all())
    True
    """
    n = _checks.positive_int("tasks.adding", "n_sequences", n_sequences)
    n_steps = _checks.positive_int("tasks.adding", "n_steps", n_steps, least=2)
    rng = _checks.generator("tasks.adding", rng)
    x = np.zeros((n, n_steps, 2))
    x[..., 0] = rng.random((n, n_steps))
    half, each = n_steps // 2, np.arange(n)
    x[each, rng.integers(0, half, n), 1] = 1.0
    x[each, rng.integers(half, n_steps, n), 1] = 1.0
    return x, (x[..., 0] * x[..., 1]).sum(axis=1)


def temporal_order(n_sequences: int = 1000, rng: RngLike = None) -> tuple[list[Array], Array]:
    """Return ragged sequences of symbols, and in which order two of them came.

    Each sequence has 100 to 110 time stamps: E, then symbols from a, b, c, d, then B; but X or Y
    stands at a time stamp from 10 to 20, and again at one from 50 to 60.  x is a list of (T_i, 8)
    arrays, one column for each of E, B, a, b, c, d, X, Y; y is 0 for XX, 1 for XY, 2 for YX, 3 for
    YY.  (Hochreiter & Schmidhuber 1997, task 6a.)

    Examples
    --------
    >>> x, y = temporal_order(n_sequences=2, rng=0)
    >>> [sequence.shape for sequence in x], y
    ([(105, 8), (106, 8)], array([3, 2]))
    >>> "".join("EBabcdXY"[k] for k in x[0].argmax(axis=1))[:24]
    'EbaaaadcdccdccccYbdcabdc'
    """
    n = _checks.positive_int("tasks.temporal_order", "n_sequences", n_sequences)
    rng = _checks.generator("tasks.temporal_order", rng)
    symbols, classes = np.eye(8), rng.integers(0, 4, n)
    x = []
    for which in classes:
        n_steps = rng.integers(100, 110, endpoint=True)
        sequence = rng.integers(2, 6, n_steps)
        sequence[0], sequence[-1] = 0, 1
        for place, symbol in (((9, 19), which // 2), ((49, 59), which % 2)):
            sequence[rng.integers(*place, endpoint=True)] = 6 + symbol
        x.append(symbols[sequence])
    return x, classes
