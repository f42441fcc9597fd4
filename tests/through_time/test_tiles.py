"""Products of the compiled loops against NumPy's, for all that a tile may be cut into."""

import numpy as np
import pytest

pytest.importorskip("numba")
from bptt.through_time.compiled import tiles

COLUMNS = (1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 48, 75)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 2, 3, 5, 6, 7, 11, 12, 13, 20, 27])
def test_products(n, dtype):
    rng = np.random.default_rng(n)
    for n_columns in COLUMNS:
        for n_rows in (1, 2, 3, 4, 5, 9, 40):
            a = rng.standard_normal((n, n_rows)).astype(dtype)
            b = rng.standard_normal((n_rows, n_columns)).astype(dtype)
            weights = tiles.room(n_rows, n_columns, np.dtype(dtype))
            tiles.arrange(b, weights)
            around = np.full((n + 1, n_columns + 3), np.pi, dtype)
            tiles.product(a, weights, around[:n, :n_columns])
            exact = a.astype(float) @ b.astype(float)
            size = np.abs(a).astype(float) @ np.abs(b).astype(float)
            # each of the sum's terms is rounded no more often than there are terms
            allowed = n_rows * np.finfo(dtype).eps * size
            assert (np.abs(around[:n, :n_columns] - exact) <= allowed).all()
            assert (around[n] == dtype(np.pi)).all()
            assert (around[:, n_columns:] == dtype(np.pi)).all()


def test_a_view_is_read_and_written_where_it_stands():
    rng = np.random.default_rng(0)
    inside, b = rng.standard_normal((7, 20)), rng.standard_normal((5, 6))
    weights = tiles.room(5, 6, np.dtype(float))
    tiles.arrange(b, weights)
    out = np.zeros((7, 9))
    tiles.product(inside[:, 3:8], weights, out[:, 2:8])
    assert np.abs(out[:, 2:8] - inside[:, 3:8] @ b).max() < 1e-14
    assert not out[:, :2].any()
    assert not out[:, 8:].any()
