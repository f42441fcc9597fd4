"""Cells with several gates and states run through the same engine, unchanged."""

import numpy as np
import pytest

import bptt
from bptt.params import from_names, named_arrays
from contracts.cells_to_come import GRU, LSTM


def complex_step(net, params, x, y, initial):
    """Differentiate ξ for every weight, with the forward alone."""
    found, named = {}, dict(named_arrays(params))
    for name, array in named.items():
        found[name] = np.empty(array.shape)
        for entry in np.ndindex(*array.shape):
            moved = array.astype(complex)
            moved[entry] += 1e-30j
            at = from_names(named | {name: moved})
            found[name][entry] = net.loss(at, x, y, initial_state=initial).imag / 1e-30
    return found


@pytest.mark.parametrize("readout", ["last", "every"])
@pytest.mark.parametrize("n_steps", [1, 2, 7])
@pytest.mark.parametrize("cell", [GRU(), LSTM()], ids=lambda cell: cell.name)
def test_gradient(cell, n_steps, readout):
    rng = np.random.default_rng(n_steps)
    net = bptt.RNN(cell, 2, 3, readout=readout, output_size=2)
    params = net.init(rng)
    x = rng.standard_normal((4, n_steps, 2))
    y = rng.standard_normal((4, n_steps, 2) if readout == "every" else (4, 2))
    initial = tuple(rng.standard_normal((4, 3)) for _ in cell.states)
    _, grads = net.loss_and_gradient(params, x, y, initial_state=initial)
    ours, theirs = dict(named_arrays(grads)), complex_step(net, params, x, y, initial)
    scale = max(np.abs(array).max() for array in theirs.values())
    for name, array in ours.items():
        assert np.abs(array - theirs[name]).max() / scale < 1e-12, name


@pytest.mark.parametrize("cell", [GRU(), LSTM()], ids=lambda cell: cell.name)
def test_forward_is_pytorchs(cell):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    net = bptt.RNN(cell, 2, 3, readout="every", output_size=3)
    params = net.init(rng)
    params = params._replace(readout=params.readout._replace(weight=np.eye(3), bias=np.zeros(3)))
    module = getattr(torch.nn, cell.name.upper())(2, 3, batch_first=True).double()
    weights = {n: torch.tensor(a) for n, a in named_arrays(params) if n.endswith("_l0")}
    x = rng.standard_normal((4, 6, 2))
    theirs, _ = torch.func.functional_call(module, weights, (torch.tensor(x),))
    assert np.abs(net.predict(params, x) - theirs.numpy()).max() < 1e-14


@pytest.mark.parametrize("cell", [GRU(), LSTM(), bptt.Elman()], ids=lambda cell: cell.name)
def test_a_sequence_in_two_parts_has_the_same_gradient(cell):
    """The engine can stop and go on in the middle: what strategies with segments will need."""
    from bptt.through_time import Seed, Workspace, backward, forward

    rng = np.random.default_rng(0)
    net = bptt.RNN(cell, 2, 3, readout="every", output_size=3)
    weights = net.init(rng).layers[0]
    x, dh_every = rng.standard_normal((9, 4, 2)), rng.standard_normal((9, 4, 3))
    whole = forward(cell, weights, x, None, Workspace())
    expected = backward(weights, whole, Seed(dh_every=dh_every))

    first = forward(cell, weights, x[:5], None, Workspace())
    middle = tuple(state[-1].copy() for state in first.states)
    second = forward(cell, weights, x[5:], middle, Workspace())
    late = backward(weights, second, Seed(dh_every=dh_every[5:]))
    early = backward(weights, first, Seed(dh_every=dh_every[:5], d_after=second.d_initial))
    for a, b, c in zip(expected, early, late, strict=True):
        assert np.abs(a - (b + c)).max() < 1e-14 * np.abs(a).max()
    for a, b in zip(whole.d_initial, first.d_initial, strict=True):
        assert np.abs(a - b).max() < 1e-14 * np.abs(a).max()


def test_state_in_needs_one_sum():
    class Apart(bptt.Elman):
        one_sum = False

    with pytest.raises(bptt.errors.InputError, match="one State"):
        bptt.RNN(Apart(), readout="state_in")


def test_state_in_is_refused_where_there_is_more_than_one_gate():
    with pytest.raises(bptt.errors.InputError, match="one State"):
        bptt.RNN(GRU(), readout="state_in")
