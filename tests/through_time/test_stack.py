"""The engine in parts: sequences that go on, work that padding does not get."""

import numpy as np
import pytest

import bptt
from bptt.params import parts
from bptt.through_time import Packed, Packing, Seed, Workspace, backward, forward

CELLS = {
    "elman": bptt.Elman(),
    "leaky": bptt.Elman(leak=0.2),
    "gru": bptt.GRU(),
    "lstm": bptt.LSTM(),
    "peepholes": bptt.LSTM(peephole=True),
}


def rows(x):
    return Packed(x.reshape(-1, x.shape[-1]), Packing((x.shape[1],) * x.shape[0]))


@pytest.mark.parametrize("cell", CELLS)
def test_a_sequence_in_two_parts_has_the_same_gradient(cell):
    """The engine can stop and go on in the middle: what strategies with segments will need."""
    cell, rng = CELLS[cell], np.random.default_rng(0)
    net = bptt.RNN(cell, 2, 3, readout="every", output_size=3)
    weights = net.init(rng).layers[0]
    x, dh_every = rng.standard_normal((9, 4, 2)), rng.standard_normal((36, 3))
    whole = forward(cell, weights, rows(x), None, Workspace())
    expected = backward(weights, whole, Seed(dh_every=dh_every))

    first = forward(cell, weights, rows(x[:5]), None, Workspace())
    middle = tuple(state[-1].copy() for state in first.states)
    second = forward(cell, weights, rows(x[5:]), middle, Workspace())
    late = backward(weights, second, Seed(dh_every=dh_every[20:]))
    early = backward(weights, first, Seed(dh_every=dh_every[:20], d_after=second.d_initial))
    for a, b, c in zip(expected, early, late, strict=True):
        assert a is None or np.abs(a - (b + c)).max() < 1e-14 * np.abs(a).max()
    for a, b in zip(whole.d_initial, first.d_initial, strict=True):
        assert np.abs(a - b).max() < 1e-14 * np.abs(a).max()


@pytest.mark.parametrize("cell", CELLS)
def test_no_work_is_spent_on_padding(cell):
    """One long sequence among short ones: every array and every product has only real rows."""
    lengths = np.array([50, 2, 2, 2, 2, 2, 2, 2])
    net = bptt.RNN(CELLS[cell], 3, 4)
    x, y = np.zeros((8, 50, 3)), np.zeros(8)
    x[0] = 1.0
    x[1:, :2] = 2.0
    run = net.run(net.init(rng=0), net.batch(x, y, lengths=lengths))
    buffers = run.tape.buffers
    back = buffers.back
    for array in (
        buffers.inputs,
        buffers.z,
        back.dzh,
        back.dzx,
        *buffers.kept_rows,
        *buffers.after,
    ):
        assert len(array) == lengths.sum() == 64
    # the loops go over as many rows as there are sequences still running
    assert [r.z.shape[:2] for r in buffers.rectangles] == [(2, 8), (48, 1)]
    parts = back.parts(last_is_state_in=False)
    assert [part.dz.shape[:2] for part in parts] == [(48, 1), (2, 8)]
    seen = []
    original = type(CELLS[cell]).gate
    try:

        def gate(self, views, peephole):
            seen.append(views[0].shape[-2])
            original(self, views, peephole)

        type(CELLS[cell]).gate = gate
        net.predict(net.init(rng=0), x, lengths=lengths)
    finally:
        type(CELLS[cell]).gate = original
    assert seen == [8, 8] + [1] * 48


def test_layers_and_directions_are_pytorchs_order():
    net = bptt.RNN("gru", 2, 3, n_layers=2, bidirectional=True)
    names = [name for name, _ in bptt.params.named_arrays(net.init(rng=0))]
    torch = pytest.importorskip("torch")
    theirs = [n for n, _ in torch.nn.GRU(2, 3, 2, bidirectional=True).named_parameters()]
    assert names[:-2] == theirs
    params = net.init(rng=0)
    in_order = [params.layers[0], params.reverse[0], params.layers[1], params.reverse[1]]
    assert all(a is b for a, b in zip(parts(params), in_order, strict=True))
