"""Parameters: their names and trees, and the distributions they are drawn from."""

import numpy as np
import pytest

import bptt
from bptt import params as tree
from bptt.errors import InputError
from bptt.params import INITIALIZERS, named_arrays

PYTORCH = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
READOUT = ["readout.weight", "readout.bias"]


class TwoGates(bptt.Elman):
    """Two blocks of H rows, for the initialisers alone."""

    n_gates = 2


def names(params):
    return [name for name, _ in named_arrays(params)]


def same(one, other):
    return names(one) == names(other) and all(
        a.dtype == b.dtype and a.shape == b.shape and (a == b).all()
        for (_, a), (_, b) in zip(named_arrays(one), named_arrays(other), strict=True)
    )


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("readout", ["last", "every", "state_in"])
def test_names_shapes_and_back(readout, bias):
    net = bptt.RNN(input_size=3, hidden_size=2, readout=readout, bias=bias)
    params = net.init(rng=0)
    expected = PYTORCH[: 4 if bias else 2]
    if readout != "state_in":
        expected = expected + READOUT[: 2 if bias else 1]
    assert names(params) == list(net.shapes) == expected
    sizes = [(2, 3), (2, 2), (2,), (2,), (1, 2), (1,)]
    for name, array in named_arrays(params):
        assert array.shape == net.shapes[name] == sizes[(PYTORCH + READOUT).index(name)]
    back = tree.from_names(dict(named_arrays(params)))
    assert same(back, params)
    assert all(
        a is b for (_, a), (_, b) in zip(named_arrays(back), named_arrays(params), strict=True)
    )
    assert (back.readout is None) == (readout == "state_in")
    assert (back.layers[0].bias_hh is None) == (not bias)


def test_post_params():
    params = bptt.post_params(wx=np.float32(0.5), wrec=-2)
    assert names(params) == PYTORCH[:2]
    assert [a.tolist() for _, a in named_arrays(params)] == [[[0.5]], [[-2.0]]]
    assert all(a.dtype == np.float64 for _, a in named_arrays(params))
    assert (params.Wx, params.Wrec) == (0.5, -2.0)
    assert type(params.Wx) is type(params.Wrec) is float
    with pytest.raises(InputError, match=r"2 layer\(s\)"):
        _ = bptt.Params(params.layers * 2).Wx


def test_map_params_goes_through_every_tree_in_step():
    a = bptt.RNN(hidden_size=2).init(rng=0)
    b, c = (bptt.map_params(lambda p, k=k: p + k, a) for k in (10, 100))
    before = [array.copy() for _, array in named_arrays(a)]
    sums = bptt.map_params(lambda *arrays: sum(arrays), a, b, c)
    assert type(sums) is bptt.Params
    assert type(sums.layers) is tuple
    assert type(sums.layers[0]) is bptt.Recurrent
    assert type(sums.readout) is bptt.Linear
    for (_, total), array in zip(named_arrays(sums), before, strict=True):
        assert (total == array + (array + 10) + (array + 100)).all()
    for (_, array), copy in zip(named_arrays(a), before, strict=True):
        assert (array == copy).all()
    assert names(bptt.map_params(np.negative, bptt.post_params(1, 1))) == PYTORCH[:2]
    assert bptt.map_params(np.negative, bptt.post_params(1, 2)).readout is None
    two = bptt.Params(a.layers * 2)
    with pytest.raises(ValueError, match="zip"):
        bptt.map_params(np.add, a, two)
    assert names(two)[4:] == [name.replace("_l0", "_l1") for name in PYTORCH]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_init_is_seeded_and_rounds_only_at_the_end(dtype):
    net = bptt.RNN(input_size=2, hidden_size=3, output_size=2)
    params = net.init(rng=7, dtype=dtype)
    assert same(params, net.init(rng=np.random.default_rng(7), dtype=dtype))
    assert same(params, bptt.map_params(lambda a: a.astype(dtype), net.init(rng=7)))
    assert not same(params, net.init(rng=8, dtype=dtype))
    assert not same(net.init(), net.init())
    rng = np.random.default_rng(7)
    assert not same(net.init(rng), net.init(rng))
    assert all(a.flags.writeable and a.flags.c_contiguous for _, a in named_arrays(params))


@pytest.mark.parametrize("weight", ["weight_ih", "weight_hh"])
def test_an_initialiser_draws_one_weight_alone(weight):
    net = bptt.RNN(input_size=2, hidden_size=3)

    def own(rng, rows, columns, hidden_size):
        assert isinstance(rng, np.random.Generator)
        assert hidden_size == 3
        return [[5] * columns] * rows

    changed = dict(named_arrays(net.init(rng=0, **{weight: own})))
    assert (changed.pop(f"{weight}_l0") == 5.0).all()
    assert all(
        array.dtype == np.float64 and (abs(array) <= 3**-0.5).all() for array in changed.values()
    )


def assert_uniform(array, bound):
    """Assert what U(-bound, bound) has: bounds, mean and variance to 5 standard deviations."""
    n = array.size
    assert abs(array).max() <= bound
    assert abs(array.mean()) < 5 * bound / np.sqrt(3 * n)
    # the variance of u² is bound⁴ (1/5 - 1/9)
    assert abs((array**2).mean() - bound**2 / 3) < 5 * bound**2 * np.sqrt((1 / 5 - 1 / 9) / n)


def test_default_is_pytorchs():
    net = bptt.RNN(input_size=300, hidden_size=400, output_size=200)
    for _, array in named_arrays(net.init(rng=0)):
        assert_uniform(array, 1 / 20)
        assert abs(array).max() > 0.95 / 20


@pytest.mark.parametrize(("rows", "columns"), [(200, 300), (300, 200), (500, 1)])
def test_uniform_and_glorot_uniform(rows, columns):
    rng = np.random.default_rng(1)
    assert_uniform(INITIALIZERS["uniform"](rng, rows, columns, 16), 0.25)
    glorot = INITIALIZERS["glorot_uniform"](rng, rows, columns, 16)
    assert glorot.shape == (rows, columns)
    assert_uniform(glorot, (6 / (rows + columns)) ** 0.5)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (5, 5), (7, 3), (3, 7), (40, 40), (1, 9)])
def test_orthogonal(rows, columns):
    q = INITIALIZERS["orthogonal"](np.random.default_rng(2), rows, columns, 99)
    assert q.shape == (rows, columns)
    product = q.T @ q if rows >= columns else q @ q.T
    # rounding errors of a product of that length
    assert np.abs(product - np.eye(min(rows, columns))).max() < 4 * max(rows, columns) * 2.3e-16


@pytest.mark.parametrize("n", [1, 2, 3])
def test_orthogonal_matrices_are_uniformly_distributed(n):
    """Haar's measure: E q_ij = 0, E q_ij² = 1/n, and half of the determinants are -1."""
    rng, draws = np.random.default_rng(3), 2000
    q = np.array([INITIALIZERS["orthogonal"](rng, n, n, n) for _ in range(draws)])
    spread = 5 / np.sqrt(draws)  # 5 standard deviations of a mean of numbers in [-1, 1]
    assert (abs(q.mean(axis=0)) < spread).all()
    assert (abs((q**2).mean(axis=0) - 1 / n) < spread).all()
    assert abs(np.linalg.det(q).mean()) < spread


def test_identity_and_blocks_of_gates():
    eye = INITIALIZERS["identity"](np.random.default_rng(0), 2, 3, 2)
    assert eye.tolist() == [[1, 0, 0], [0, 1, 0]]
    net = bptt.RNN(cell=TwoGates(), hidden_size=3, input_size=2)
    layer = net.init(rng=0, weight_hh="identity", weight_ih="orthogonal").layers[0]
    assert layer.weight_hh.tolist() == np.vstack([np.eye(3), np.eye(3)]).tolist()
    assert layer.weight_ih.shape == (6, 2)
    for block in (layer.weight_ih[:3], layer.weight_ih[3:]):  # the whole would not be orthogonal
        assert np.abs(block.T @ block - np.eye(2)).max() < 1e-15
    assert (layer.weight_ih[:3] != layer.weight_ih[3:]).all()
    assert layer.bias_ih.shape == layer.bias_hh.shape == (6,)
