"""`Trace` and `Run` of networks with several layers, directions, states and lengths."""

import numpy as np
import pytest

import bptt
from bptt.errors import InputError

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((3, 5, 2)), RNG.standard_normal(3)


def traced(cell="lstm", lengths=None, **options):
    net = bptt.RNN(cell, 2, 4, **options)
    params = net.init(rng=0)
    return net, params, net.trace(params, X, Y, lengths=lengths)


def test_a_cell_of_two_states():
    _, _, trace = traced()
    (layer,) = trace.layers
    assert layer.name == "l0"
    assert list(layer.states) == ["h", "c"]
    assert list(layer.kept) == ["o", "i", "f", "g", "tanh_c"]
    h, c, kept = layer.states["h"], layer.states["c"], layer.kept
    assert h.shape == c.shape == (3, 6, 4)
    # what is shown is what was computed: c = f c + i g, h = o tanh(c)
    assert np.allclose(c[:, 1:], kept["f"] * c[:, :-1] + kept["i"] * kept["g"], rtol=1e-14)
    assert np.allclose(h[:, 1:], kept["o"] * np.tanh(c[:, 1:]), rtol=1e-14)
    assert trace.state_out is h
    assert [d.shape for d in trace.d_initial_state] == [(3, 4), (3, 4)]
    assert trace.state_in.shape == trace.d_state_in.shape == (3, 5, 16)
    assert "LayerTrace l0: h, c, o" in repr(layer)


def test_the_gates_of_a_gru():
    _, _, trace = traced("gru")
    (layer,) = trace.layers
    h, kept = layer.states["h"], layer.kept
    assert np.allclose(h[:, 1:], (1 - kept["u"]) * kept["n"] + kept["u"] * h[:, :-1], rtol=1e-13)
    # dzh is dz but for the new gate, which the reset gate multiplies
    assert np.array_equal(layer.d_zh[..., :8], layer.d_z[..., :8])
    assert np.allclose(layer.d_zh[..., 8:], layer.d_z[..., 8:] * kept["r"], rtol=1e-14)


def test_several_layers_are_read_one_by_one():
    net, params, trace = traced("gru", n_layers=2, bidirectional=True)
    assert [layer.name for layer in trace.layers] == ["l0", "l0_reverse", "l1", "l1_reverse"]
    for name in ("state_in", "state_out", "d_state_in", "d_initial_state"):
        with pytest.raises(InputError, match=rf"Trace\.{name}: expected one layer"):
            getattr(trace, name)
    with pytest.raises(InputError, match=r"run\.stack\.tapes"):
        _ = net.run(params, net.batch(X, Y)).tape
    assert "4 layers and directions" in repr(trace)


def test_what_reads_backwards_is_in_its_own_order():
    """Its first time stamp is the last of the sequence: the same as a network on turned x."""
    _, params, trace = traced("elman", bidirectional=True, lengths=[5, 2, 4])
    forwards = bptt.RNN("elman", 2, 4)
    alone = bptt.Params(params.reverse, forwards.init(rng=0).readout)
    for i, length in enumerate((5, 2, 4)):
        turned = X[i : i + 1, :length][:, ::-1]
        states = forwards.trace(alone, turned, Y[:1]).state_out
        assert np.allclose(trace.layers[1].states["h"][i, : length + 1], states[0], rtol=1e-14)


def test_ragged_sequences_are_padded_with_zeros():
    _, _, trace = traced("gru", lengths=[3, 1, 4])
    assert trace.lengths.tolist() == [3, 1, 4]
    for i, length in enumerate(trace.lengths):
        assert np.array_equal(trace.x[i, :length], X[i, :length])
        (layer,) = trace.layers
        for array in (trace.x, trace.d_x, layer.z, layer.d_z, *layer.kept.values()):
            assert array.shape[1] == 5
            assert not array[i, length:].any()


def test_the_state_in_of_ragged_sequences_stands_at_their_ends():
    net = bptt.RNN("elman", 2, 1, readout="state_in")
    params = net.init(rng=0)
    trace = net.trace(params, X, Y, lengths=[3, 1, 4])
    for i, length in enumerate((3, 1, 4)):
        assert (
            trace.state_out[i, length, 0] == trace.prediction[i] == trace.state_in[i, length - 1, 0]
        )
