"""Where NaN began: epoch, batch, sequence, time stamp, layer and quantity, and the norms before."""

import pickle

import numpy as np
import pytest

import bptt
from bptt.errors import NeverFiniteWarning, NonFiniteError
from bptt.training import first_not_finite


def growing(n_layers=2, bidirectional=False, layer=1, factor=1e10):
    """Return a network of units without activation, one layer of which multiplies its state."""
    net = bptt.RNN(
        hidden_size=1, activation="identity", readout="last", bias=False, n_layers=n_layers,
        bidirectional=bidirectional,
    )  # fmt: skip
    params = bptt.map_params(lambda p: np.full_like(p, 1.0), net.init(rng=0))
    layers = [
        weights._replace(weight_hh=np.array([[factor if number == layer else 0.0]]))
        for number, weights in enumerate(params.layers)
    ]
    reverse = [weights._replace(weight_hh=np.zeros((1, 1))) for weights in params.reverse]
    return net, params._replace(layers=tuple(layers), reverse=tuple(reverse))


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_the_layer_is_named(layer):
    net, params = growing(n_layers=3, layer=layer)
    x = np.zeros((3, 40))
    x[1, 5] = 1.0  # 1e10^(k-6) at time stamp k passes 1.8e308 at k = 37
    place = first_not_finite(net.run(params, net.batch(x, np.zeros(3))))
    assert place == ("State(In)", f"l{layer}", 37, 1)


def test_a_layer_that_reads_backwards_names_the_real_time_stamp():
    net, params = growing(bidirectional=True, layer=None)
    loud = params.reverse[0]._replace(weight_hh=np.array([[1e10]]))
    params = params._replace(reverse=(loud, params.reverse[1]))
    x = np.zeros((3, 40))
    x[1, 34] = 1.0  # read from 40 down to 1: time stamp 35 is 1, 34 is 1e10, ...
    place = first_not_finite(net.run(params, net.batch(x, np.zeros(3))))
    assert place == ("State(In)", "l0_reverse", 35 - 31, 1)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_state_of_a_gated_cell(cell):
    net = bptt.RNN(cell, hidden_size=2)
    params = net.init(rng=0)
    x = np.zeros((2, 4))
    x[1, 2] = 1e308
    weights = params.layers[0]._replace(weight_ih=np.full_like(params.layers[0].weight_ih, 1e3))
    run = net.run(params._replace(layers=(weights,)), net.batch(x, np.zeros(2)))
    assert first_not_finite(run) == ("State(In)", None, 3, 1)


def test_ragged_sequences_are_named_as_they_were_given():
    net, params = growing(n_layers=1, layer=0)
    xs = [np.zeros(n) for n in (3, 40, 50, 2)]
    xs[1][5] = 1.0
    with pytest.raises(NonFiniteError) as caught:
        bptt.fit(net, xs, np.zeros(4), params=params, epochs=1)
    error = caught.value
    assert (error.sequence, error.time_stamp, error.layer) == (1, 37, None)


def test_the_prediction_of_a_short_sequence_has_its_own_time_stamp():
    net, params = growing(n_layers=1, layer=0, factor=1.0)
    params = params._replace(readout=params.readout._replace(weight=np.array([[1e300]])))
    run = net.run(params, net.batch([np.zeros(5), np.full(3, 1e10)], np.zeros(2)))
    assert first_not_finite(run) == ("the prediction", None, 3, 1)


def diverging(**options):
    x, y = bptt.tasks.count_ones(12, 10, rng=0)
    net = bptt.RNN(hidden_size=2, activation="identity", n_layers=2)
    bptt.fit(
        net, x, y, optimizer=bptt.gradient_descent(0.5), batch_size=4, epochs=50, rng=0, **options
    )


def test_epoch_batch_and_the_norms_that_led_there():
    norms = []
    with pytest.raises(NonFiniteError) as caught:
        diverging(on_event=lambda e: norms.append(e.gradient_norm) if e.kind == "batch" else None)
    error = caught.value
    assert f"in epoch {error.epoch}, batch {error.batch}, first in {error.quantity}" in str(error)
    layer = f" of layer {error.layer}" if error.layer else ""
    assert f"{error.quantity}{layer} at time stamp {error.time_stamp} in sequence" in str(error)
    *before, last = error.norms
    assert (last.epoch, last.batch) == (error.epoch, error.batch)
    assert not np.isfinite(last.loss + last.gradient)
    assert [norm.gradient for norm in before] == norms[-len(before) :]
    assert len(norms) == 3 * (error.epoch - 1) + error.batch - 1
    shown = ", ".join(f"{norm.gradient:.3g}" for norm in error.norms[-5:])
    assert f"gradient norms up to there: {shown}" in str(error)


def test_the_error_can_be_pickled():
    with pytest.raises(NonFiniteError) as caught:
        diverging()
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert (again.epoch, again.batch, again.layer) == (
        caught.value.epoch, caught.value.batch, caught.value.layer,
    )  # fmt: skip
    assert again.norms[:-1] == caught.value.norms[:-1]


def test_the_call_that_is_looked_at_drops_what_was_dropped():
    """Sequence i is loud at time stamp i + 1; which of them layer 1 hears first is chance."""
    seeds = []

    class Seeing(bptt.RNN):
        def loss_and_gradient(self, params, batch, **options):
            seeds.append(options["rng"])
            return super().loss_and_gradient(params, batch, **options)

    net = Seeing(hidden_size=1, n_layers=2, dropout=0.5, activation="identity", bias=False)
    _, params = growing(n_layers=2, layer=1)
    x = np.eye(8, 50)
    found = set()
    for seed in range(6):
        with pytest.raises(NonFiniteError) as caught:
            bptt.fit(net, x, np.zeros(8), params=params, epochs=1, rng=seed)
        error, run = caught.value, net.run(params, net.batch(x, np.zeros(8)), rng=seeds[-1])
        place = (error.quantity, error.layer, error.time_stamp, error.sequence)
        assert place == first_not_finite(run)
        found.add(place)
    assert len(found) > 1


def test_ragged_sequences_in_batches_of_what_is_not_held_out_keep_their_numbers():
    lengths = np.random.default_rng(0).integers(40, 60, size=24)
    net, params = growing(n_layers=1, layer=0)
    for loud in range(0, 24, 3):
        xs = [np.zeros(n) for n in lengths]
        xs[loud][2] = 1.0
        held_out = np.argsort(-lengths, kind="stable")[np.random.default_rng(1).permutation(24)[:7]]
        if loud in held_out:
            with pytest.warns(NeverFiniteWarning):
                train(net, xs, params)
        else:
            with pytest.raises(NonFiniteError) as caught:
                train(net, xs, params)
            assert (caught.value.sequence, caught.value.time_stamp) == (loud, 34)


def train(net, xs, params):
    bptt.fit(
        net, xs, np.zeros(24), params=params, epochs=1, batch_size=5, validation=0.3, rng=1,
        optimizer=bptt.gradient_descent(0.0),
    )  # fmt: skip
