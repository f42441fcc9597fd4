"""`fit`: what it repeats, what it says when numbers run away, and what it never changes."""

import re

import numpy as np
import pytest

import bptt
from bptt.errors import BpttError, InputError
from bptt.params import named_arrays
from bptt.training import first_not_finite


def two_weights(activation="identity"):
    return bptt.RNN(activation=activation, readout="state_in", bias=False)


def test_an_epoch_is_one_update_of_the_whole_batch():
    x, y = bptt.tasks.post()
    net, start = two_weights("logistic"), bptt.post_params(0.3, 0.7)
    fitted = bptt.fit(net, x, y, params=start, optimizer=bptt.gradient_descent(0.1), epochs=2)
    params = start
    for epoch in range(2):
        loss, grads = net.loss_and_gradient(params, x, y)
        assert fitted.history.loss[epoch] == loss
        assert fitted.history.gradient_norm[epoch] == pytest.approx(np.hypot(grads.Wx, grads.Wrec))
        params = bptt.map_params(lambda p, g: p - 0.1 * g, params, grads)
    assert (fitted.params.Wx, fitted.params.Wrec) == pytest.approx((params.Wx, params.Wrec))
    assert fitted.loss == net.loss(fitted.params, x, y)
    assert (start.Wx, start.Wrec) == (0.3, 0.7)
    assert np.array_equal(fitted.predict(x), net.predict(fitted.params, x))


@pytest.mark.parametrize("readout", ["last", "every"])
@pytest.mark.parametrize("masked", [False, True])
def test_minibatches_are_the_sequences_of_the_batch(readout, masked):
    """Each update sees x, y and mask of the same sequences: compare with separate calls."""
    rng = np.random.default_rng(0)
    net = bptt.RNN(input_size=2, hidden_size=3, readout=readout, output_size=2)
    shape = (7, 4, 2) if readout == "every" else (7, 2)
    x, y = rng.standard_normal((7, 4, 2)), rng.standard_normal(shape)
    mask = rng.random(shape) < 0.7 if masked else None
    batch = net.batch(x, y, mask=mask)
    params = net.init(rng=1)
    rows = np.array([5, 0, 3])
    loss, grads = net.loss_and_gradient(params, batch.take(rows))
    given = None if mask is None else mask[rows]
    expected, expected_grads = net.loss_and_gradient(params, x[rows], y[rows], mask=given)
    assert loss == expected
    pairs = zip(named_arrays(grads), named_arrays(expected_grads), strict=True)
    assert all(np.array_equal(a, b) for (_, a), (_, b) in pairs)


def test_the_mask_of_a_loss_by_row_follows_its_sequences():
    rng = np.random.default_rng(0)
    for readout, shape in (("last", (6,)), ("every", (6, 3))):
        net = bptt.RNN(readout=readout, output_size=4)
        x, y = rng.standard_normal((6, 3)), rng.integers(0, 4, shape)
        mask = np.ones(shape, bool)
        mask[2] = False
        loss = "categorical_cross_entropy"
        batch = net.batch(x, y, loss, mask).take(np.array([2, 1]))
        params = net.init(rng=0)
        expected = net.loss(params, x[[2, 1]], y[[2, 1]], loss, mask=mask[[2, 1]])
        assert net.loss(params, batch, loss=loss) == expected


def test_every_epoch_goes_through_all_sequences_in_a_new_order():
    x, y = bptt.tasks.count_ones(10, 3, rng=0)
    seen = []
    net = bptt.RNN()

    class Spy(type(net)):
        def loss_and_gradient(self, params, batch, **options):
            seen.append(batch.x[:, :, 0].T.tolist())
            return super().loss_and_gradient(params, batch, **options)

    bptt.fit(Spy(), x, y, epochs=2, batch_size=4, rng=0)
    assert [len(rows) for rows in seen] == [4, 4, 2, 4, 4, 2]
    first, second = ([row for rows in part for row in rows] for part in (seen[:3], seen[3:]))
    assert sorted(first) == sorted(second) == sorted(x.tolist())
    assert first != second


def test_same_seed_same_bits():
    x, y = bptt.tasks.count_ones(30, 6, rng=0)
    net = bptt.RNN(hidden_size=5)
    runs = [bptt.fit(net, x, y, epochs=5, batch_size=8, rng=seed) for seed in (3, 3, 4)]
    weights = [[a for _, a in named_arrays(run.params)] for run in runs]
    assert all(map(np.array_equal, weights[0], weights[1]))
    assert runs[0].history == runs[1].history
    assert not all(map(np.array_equal, weights[0], weights[2]))


def test_events_tell_each_epoch_once():
    x, y = bptt.tasks.post()
    events = []
    fitted = bptt.fit(bptt.RNN(), x, y, epochs=3, rng=0, on_event=events.append)
    assert [e.kind for e in events] == ["batch", "epoch"] * 3 + ["end"]
    events = [e for e in events if e.kind == "epoch"]
    assert [(e.epoch, e.epochs) for e in events] == [(1, 3), (2, 3), (3, 3)]
    assert [e.loss for e in events] == fitted.history.loss
    assert events[-1].params is fitted.params


def test_an_exception_of_a_listener_ends_the_training():
    def stop(event):
        if event.epoch == 2:
            raise StopIteration

    x, y = bptt.tasks.post()
    with pytest.raises(StopIteration):
        bptt.fit(bptt.RNN(), x, y, epochs=10**6, on_event=stop)


def test_divergence_names_epoch_quantity_time_stamp_and_sequence():
    x = np.zeros((4, 300))
    x[2] = 1.0  # only this sequence can grow
    with pytest.raises(bptt.errors.NonFiniteError) as caught:
        bptt.fit(
            two_weights(), x, x.sum(axis=1), params=bptt.post_params(1.0, 1.0 + 1e-6),
            optimizer=bptt.gradient_descent(1e-4), epochs=50,
        )  # fmt: skip
    error = caught.value
    message = str(error)
    assert error.sequence == 2
    assert error.quantity in message
    assert f"epoch {error.epoch}" in message
    assert f"time stamp {error.time_stamp}" in message
    assert "sequence 2" in message
    assert len(error.losses) == error.epoch - 1
    # the carried weights are the last with a finite cost and gradient
    loss, grads = two_weights().loss_and_gradient(error.params, x, x.sum(axis=1))
    assert np.isfinite([loss, grads.Wx, grads.Wrec]).all()


def test_the_error_carries_the_weights_of_one_update_before():
    x, y = bptt.tasks.post()
    start, descent = bptt.post_params(1.5, 1.5), bptt.gradient_descent(0.3)
    with pytest.raises(bptt.errors.NonFiniteError) as caught:
        bptt.fit(two_weights(), x, y, params=start, optimizer=descent, epochs=99)
    before = caught.value.epoch - 2  # in that epoch the cost was not finite; it was one before
    assert before >= 3
    fitted = bptt.fit(two_weights(), x, y, params=start, optimizer=descent, epochs=before)
    assert caught.value.params == fitted.params


def test_clipping_saves_a_gradient_too_large_to_be_squared():
    net = bptt.RNN(activation="identity", readout="state_in", bias=False)
    single = bptt.map_params(lambda p: p.astype(np.float32), bptt.post_params(1.0, 10.0))
    optimizer = bptt.chain(bptt.clip_by_norm(1.0), bptt.gradient_descent(0.5))
    fitted = bptt.fit(net, np.ones((1, 11)), [0.0], params=single, optimizer=optimizer, epochs=3)
    assert fitted.params.Wrec < 9.5  # each step moves the weights by 0.5 at the most


def test_the_history_is_the_mean_over_all_that_counts():
    rng = np.random.default_rng(0)
    net = bptt.RNN(readout="every")
    x, y = rng.standard_normal((5, 4)), rng.standard_normal((5, 4))
    mask = rng.random((5, 4)) < 0.5
    still = bptt.gradient_descent(0.0)
    for loss in ("mse", "categorical_cross_entropy"):
        target = y if loss == "mse" else np.zeros((5, 4), int)
        fitted = bptt.fit(
            net, x, target, loss=loss, mask=mask, optimizer=still, batch_size=2, epochs=1, rng=0
        )
        assert fitted.history.loss[0] == pytest.approx(fitted.loss, rel=1e-14, abs=1e-300)


def test_the_target_that_is_too_large_is_named():
    run = two_weights().run(
        bptt.post_params(1.0, 1.0), two_weights().batch(np.zeros((2, 3)), [1e200, 0.0])
    )
    assert first_not_finite(run) == ("the cost", None, 3, 0)


def test_the_sequence_is_named_as_in_the_x_that_was_given():
    x = np.zeros((40, 400))
    x[31] = 1.0
    with pytest.raises(bptt.errors.NonFiniteError) as caught:
        bptt.fit(
            two_weights(), x, x.sum(axis=1), params=bptt.post_params(1.0, 10.0),
            batch_size=8, epochs=1, rng=0,
        )  # fmt: skip
    assert caught.value.sequence == 31
    assert np.isfinite([caught.value.params.Wx, caught.value.params.Wrec]).all()


def forensic(wrec, n_steps):
    net = two_weights()
    params = bptt.Params((bptt.Recurrent(np.array([[1.0]]), np.array([[wrec]])),))
    x = np.zeros((3, n_steps))
    x[1] = 1.0
    return first_not_finite(net.run(params, net.batch(x, np.zeros(3))))


def test_first_not_finite():
    # State_k(In) = 1 + 1e10 + 1e20 + ...: the sum passes 1.8e308 at time stamp 32
    assert forensic(1e10, 40) == ("State(In)", None, 32, 1)
    # the state is finite, its square is not
    assert forensic(1e10, 20) == ("the cost", None, 20, 1)
    assert forensic(np.nan, 3) == ("parameter weight_hh_l0", None, None, None)


def test_backward_overflow_is_found_where_it_began():
    x = np.zeros((2, 40))
    x[1, -1] = 1.0  # forward: all states are 0 but the last
    net = two_weights()
    run = net.run(bptt.post_params(1.0, 1e10), net.batch(x, [0.0, 0.5]))
    # dz_k = 1e10^(40 - k): infinite for 40 - k >= 31
    assert first_not_finite(run) == ("∂ξ/∂State(In)", None, 9, 1)


def test_optimizer_and_loss_by_name():
    x, y = bptt.tasks.post()
    for name in ("sgd", "momentum", "nesterov", "rprop", "rmsprop", "adam"):
        fitted = bptt.fit(bptt.RNN(), x, y > 1, loss="binary_cross_entropy", optimizer=name, rng=0)
        assert fitted.loss < fitted.history.loss[0]


@pytest.mark.parametrize(("options", "message"), [
    ({"checkpoint": 5}, "checkpoint to be a folder, got 5"),
    ({"checkpoint": b"run"}, "checkpoint to be a folder, got b'run'"),
    ({"on_event": 3}, "on_event to be functions of an event, got 3"),
    ({"on_event": [print, 3]}, "on_event to be functions of an event, got 3"),
    ({"on_event": bptt.Progress}, "on_event to be functions of an event, got Progress"),
    ({"watch": 5}, "watch to be a function of Params, got 5"),
    ({"watch": lambda params: None}, "watch to return a number, got None"),
    ({"watch": lambda params: [1.0, 2.0]}, "watch to return a number, got"),
    ({"watch": lambda params: "3"}, "watch to return a number, got '3'"),
    ({"watch": lambda params: np.complex128(1j)}, "watch to return a number, got"),
    ({"watch": lambda params: 10**400}, "watch to return a number, got 1000"),
    ({"checkpoint": "a\0b"}, "checkpoint='a\\x00b' to be a folder, got embedded null byte"),
    ({"strategy": "full"}, "strategy to be a Strategy, got 'full'"),
    ({"net": bptt.RNN}, "net to be an RNN, got <class"),
    ({"optimizer": bptt.adam}, "an optimiser, got the function adam. Call it: bptt.adam()"),
    ({"validation": [1.0] * 999}, "validation as a share, (x, y) or a Batch, got a list"),
])  # fmt: skip
def test_what_cannot_be_listened_to_watched_or_saved_to(options, message):
    x, y = bptt.tasks.post()
    with pytest.raises(BpttError, match=f"^fit: expected {re.escape(message)}"):
        bptt.fit(**{"net": bptt.RNN(), "x": x, "y": y, "epochs": 1} | options)


def test_errors_of_what_is_held_out_say_so():
    x, y = bptt.tasks.post()
    for other in ((x, y[:2]), (x * np.nan, y)):
        with pytest.raises(InputError, match=r"^fit\(validation=\.\.\.\): expected [xy] "):
            bptt.fit(bptt.RNN(), x, y, epochs=1, validation=other)


def test_no_message_holds_an_argument_of_any_length():
    with pytest.raises(InputError) as caught:
        bptt.fit(bptt.RNN(), *bptt.tasks.post(), watch=list(range(9999)))
    assert len(str(caught.value)) < 700


def test_listeners_are_none_one_or_several():
    x, y = bptt.tasks.post()
    heard = [[], [], []]
    bptt.fit(bptt.RNN(), x, y, epochs=1, on_event=None)
    bptt.fit(bptt.RNN(), x, y, epochs=1, on_event=heard[0].append)
    bptt.fit(bptt.RNN(), x, y, epochs=1, on_event=(heard[1].append, heard[2].append))
    assert [[event.kind for event in events] for events in heard] == [["batch", "epoch", "end"]] * 3
