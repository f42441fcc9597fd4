"""A batch split over threads: cost and gradient are those of one thread, whatever the parts."""

import numpy as np
import pytest

import bptt
from bptt import ways
from bptt.params import named_arrays
from test_stream import NETS as CELLS


@pytest.fixture(autouse=True)
def every_batch_is_worth_it(monkeypatch):
    monkeypatch.setattr(ways, "WORTH_IT", 0)
    monkeypatch.setattr(ways, "SMALL", 0)


def assert_same(one, other):
    assert abs(one[0] - other[0]) <= 1e-14 * abs(other[0])
    for (name, found), (_, expected) in zip(
        named_arrays(one[1]), named_arrays(other[1]), strict=True
    ):
        assert found.dtype == expected.dtype
        assert np.abs(found - expected).max() <= 1e-13 * np.abs(expected).max(), name


def example(cell, readout, form, *, loss="mse", **more):
    rng = np.random.default_rng(3)
    net = bptt.RNN(
        **CELLS[cell], input_size=2, hidden_size=4, output_size=3, readout=readout, **more
    )
    lengths = [9, 2, 7, 7, 1, 9, 4] if form == "ragged" else [6] * 7
    x = [rng.standard_normal((T, 2)) for T in lengths]
    if readout == "every":
        y = [rng.standard_normal((T, 3)) for T in lengths]
        mask = [rng.random((T, 3)) < 0.6 for T in lengths]
    else:
        y, mask = rng.standard_normal((7, 3)), rng.random((7, 3)) < 0.6
    if loss == "categorical_cross_entropy":
        y, mask = rng.integers(0, 3, 7), rng.random(7) < 0.6
    return net, net.init(rng), net.batch(x, y, loss, mask if form == "masked" else None)


@pytest.mark.parametrize("n", [2, 3, 7])
@pytest.mark.parametrize("form", ["equal", "ragged", "masked"])
@pytest.mark.parametrize("readout", ["last", "every", "mean"])
@pytest.mark.parametrize("cell", CELLS)
def test_cost_and_gradient_are_those_of_one_thread(cell, readout, form, n):
    net, params, batch = example(cell, readout, form)
    alone = net.loss_and_gradient(params, batch)
    assert_same(net.loss_and_gradient(params, batch, workspace=bptt.Workspace(threads=n)), alone)


def test_layers_directions_trained_states_and_a_loss_by_row():
    net, params, batch = example(
        "gru", "last", "masked", loss="categorical_cross_entropy",
        n_layers=2, bidirectional=True, initial_state="trained",
    )  # fmt: skip
    workspace = bptt.Workspace(threads=2)
    for _ in range(2):
        found = net.loss_and_gradient(params, batch, workspace=workspace)
        assert_same(found, net.loss_and_gradient(params, batch))


def test_a_part_in_which_nothing_counts():
    net, params, batch = example("elman", "last", "equal")
    mask = np.zeros((7, 3), bool)
    mask[0] = True
    batch = net.batch(batch.x.swapaxes(0, 1), batch.y, "mse", mask)
    found = net.loss_and_gradient(params, batch, workspace=bptt.Workspace(threads=3))
    assert_same(found, net.loss_and_gradient(params, batch))


def test_the_same_threads_give_the_same_bits():
    net, params, batch = example("lstm", "every", "ragged")
    workspace = bptt.Workspace(threads=2)
    first, *others = (
        [a.tobytes() for _, a in named_arrays(net.loss_and_gradient(params, batch, workspace=w)[1])]
        for w in (workspace, workspace, bptt.Workspace(threads=2))
    )
    assert all(other == first for other in others)


def test_dropout_and_a_given_state_are_not_split():
    net, params, batch = example("elman", "last", "equal", n_layers=2, dropout=0.5)
    workspace = bptt.Workspace(threads=2)
    for more in ({"rng": 1}, {"initial_state": np.ones((2, 4))}):
        found = net.loss_and_gradient(params, batch, workspace=workspace, **more)
        alone = net.loss_and_gradient(params, batch, **more)
        assert found[0] == alone[0]
    assert not workspace._of_threads


def test_a_thread_that_fails_says_so_and_none_goes_on_writing():
    class Fails(bptt.FullBPTT):
        def backward(self, weights, tape, seed):
            if tape.packing.n_sequences == 3:  # the second thread's
                raise ZeroDivisionError("a strategy's own mistake")
            return super().backward(weights, tape, seed)

    net, params, batch = example("elman", "last", "equal")
    workspace = bptt.Workspace(threads=2)
    with pytest.raises(ZeroDivisionError, match="own mistake"):
        net.loss_and_gradient(params, batch, workspace=workspace, strategy=Fails())
    found = net.loss_and_gradient(params, batch, workspace=workspace)
    assert_same(found, net.loss_and_gradient(params, batch))


def test_small_batches_stay_with_one_thread(monkeypatch):
    monkeypatch.undo()
    net, params, batch = example("elman", "last", "equal")
    workspace = bptt.Workspace(threads=2)
    assert net.loss_and_gradient(params, batch, workspace=workspace)[0] == net.loss(params, batch)
    assert not workspace._of_threads


def test_a_workspace_of_no_threads_is_refused():
    with pytest.raises(bptt.errors.InputError, match="threads"):
        bptt.Workspace(threads=0)


@pytest.mark.parametrize("form", ["equal", "ragged", "masked"])
@pytest.mark.parametrize("cell", ["elman", "lstm"])
def test_blocks_for_the_cache_in_one_thread(monkeypatch, cell, form):
    pytest.importorskip("numba")
    monkeypatch.setattr(ways, "BLOCK", 4)
    monkeypatch.setattr(ways, "SMALL", 8)
    net, params, batch = example(cell, "every", form)
    workspace = bptt.Workspace("jit")
    assert ways.n_parts(net, batch, workspace) == 7
    taken = []
    part = bptt.Batch.part
    monkeypatch.setattr(
        bptt.Batch,
        "part",
        lambda self, number, n: taken.append((number, n)) or part(self, number, n),
    )
    found = net.loss_and_gradient(params, batch, workspace=workspace)
    assert taken == [(number, 7) for number in range(7)]
    assert_same(found, net.loss_and_gradient(params, batch))


def test_a_loss_of_ones_own_may_be_no_mean(monkeypatch):
    monkeypatch.setattr(ways, "BLOCK", 1)
    total = bptt.Loss(
        "mse", lambda p, y, mask: (float(((p - y) ** 2).sum()), 2 * (p - y)), lambda called, y: None
    )
    net, params, batch = example("elman", "last", "equal")
    batch = net.batch(batch.x.swapaxes(0, 1), batch.y, total)
    workspace = bptt.Workspace(threads=3)
    assert ways.n_parts(net, batch, workspace) == 1
    found = net.loss_and_gradient(params, batch, workspace=workspace)
    assert_same(found, net.loss_and_gradient(params, batch))


def test_numpy_does_not_go_in_blocks(monkeypatch):
    monkeypatch.setattr(ways, "BLOCK", 1)
    own = bptt.activations.own(np.tanh, lambda z: 1 - np.tanh(z) ** 2)
    x, y = np.zeros((40, 3, 1)), np.zeros(40)
    for net, engine in ((bptt.RNN("lstm"), "numpy"), (bptt.RNN(activation=own), "auto")):
        assert ways.n_parts(net, net.batch(x, y), bptt.Workspace(engine)) == 1


def test_large_gradients_of_parts_do_not_overflow(monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setattr(ways, "BLOCK", 4)
    net = bptt.RNN("lstm", hidden_size=2)
    x, y = np.ones((64, 2, 1), np.float32), np.full(64, 1e38, np.float32)
    params = net.init(rng=0, dtype=np.float32)
    found = net.loss_and_gradient(params, x, y, workspace=bptt.Workspace("jit"))[1]
    assert found.readout.bias[0] == pytest.approx(-2e38, rel=1e-6)


def test_parts_are_neighbours_or_every_nth():
    _, _, batch = example("elman", "every", "equal")
    x = batch.x
    parts = [batch.part(number, 3) for number in range(3)]
    assert [part.n_sequences for part in parts] == [2, 2, 3]
    assert np.array_equal(np.concatenate([part.x for part in parts], axis=1), x)
    assert np.array_equal(np.concatenate([part.y for part in parts], axis=1), batch.y)
    _, _, ragged = example("elman", "every", "ragged")
    assert [ragged.part(number, 2).n_sequences for number in range(2)] == [4, 3]
