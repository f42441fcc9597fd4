"""The published scripts' runs, re-run in double precision: the figures are theirs, not ours."""

import numpy as np
import pytest

import bptt


def two_weights(activation):
    return bptt.RNN(activation=activation, readout="state_in", bias=False)


def test_part_1():
    x, y = bptt.tasks.part1()
    fitted = bptt.fit(
        two_weights("identity"), x, y,
        params=bptt.post_params(wx=0.2, wrec=1.5),
        optimizer=bptt.gradient_descent(bptt.post_params(wx=0.02, wrec=0.0006)),
        epochs=30_000,
    )  # fmt: skip
    assert fitted.params.Wx == pytest.approx(0.9999996509824673, abs=1e-9)
    assert fitted.params.Wrec == pytest.approx(1.00000028662589, abs=1e-9)
    predictions = [1.0000002242341293, 2.000000161842386, 2.9999998128248535]
    assert fitted.predict(x) == pytest.approx(predictions, abs=1e-9)


def test_part_2():
    x, y = bptt.tasks.part2()
    fitted = bptt.fit(
        two_weights("logistic"), x, y,
        params=bptt.post_params(wx=0.47143516373249306, wrec=-1.1909756947064645),
        optimizer=bptt.gradient_descent(0.001),
        epochs=15_000,
    )  # fmt: skip
    assert fitted.history.loss[0] == pytest.approx(5.570031169323525, abs=1e-9)
    assert fitted.params.Wx == pytest.approx(-1.2088349535292395, abs=1e-9)
    assert fitted.params.Wrec == pytest.approx(3.5751371681643622, abs=1e-9)
    predictions = [3.0625658878246176, 1.853730934295378, 1.082027007243501]
    assert fitted.predict(x) == pytest.approx(predictions, abs=1e-9)


def test_part_2_labels_count_zeros():
    x, y = bptt.tasks.part2()
    assert ((x == 0).sum(axis=1) == y).all()
    for sound in (bptt.tasks.post(), bptt.tasks.part1()):
        assert (sound[0].sum(axis=1) == sound[1]).all()


def test_the_start_of_part_2_is_two_draws_after_seed_1234():
    rng = np.random.RandomState(1234)
    assert rng.randn() == 0.47143516373249306
    assert rng.randn() == -1.1909756947064645


def test_scalar_goes_the_same_way():
    """A hundred updates of both implementations stay together to rounding."""
    x, y = bptt.tasks.part2()
    wx, wrec = 0.47143516373249306, -1.1909756947064645
    fitted = bptt.fit(
        two_weights("logistic"), x, y, params=bptt.post_params(wx, wrec),
        optimizer=bptt.gradient_descent(0.01), epochs=100,
    )  # fmt: skip
    for _ in range(100):
        wx, wrec = bptt.scalar.descend(x.tolist(), y.tolist(), wx, wrec, rate=0.01)
    assert fitted.params.Wx == pytest.approx(wx, rel=1e-13, abs=0)
    assert fitted.params.Wrec == pytest.approx(wrec, rel=1e-13, abs=0)


def test_roelants_binary_addition():
    """His part 2: three tanh states add two binary numbers, one bit of the sum per time stamp.

    With as few as three states about half of all starts end in a local minimum; this one does not.
    """
    x, y = bptt.tasks.binary_addition(n_sequences=1000, n_bits=6, rng=1)
    net = bptt.RNN(input_size=2, hidden_size=3, activation="tanh", readout="every", output_size=1)
    fitted = bptt.fit(
        net, x, y, loss="binary_cross_entropy", batch_size=100, epochs=150, rng=2,
        optimizer=bptt.rmsprop(bptt.schedules.cosine(0.02, 0.001, 1500)),
    )  # fmt: skip
    x_test, y_test = bptt.tasks.binary_addition(n_sequences=500, n_bits=6, rng=2)
    assert ((fitted.predict(x_test) > 0) == y_test).all()


def test_roelants_counting():
    """His part 1: the scalar network without activation, 20 sequences of 10 bits, Rprop."""
    x, y = bptt.tasks.count_ones(n_sequences=20, n_steps=10, rng=1)
    fitted = bptt.fit(
        two_weights("identity"), x, y, params=bptt.post_params(wx=-1.5, wrec=2.0),
        optimizer=bptt.rprop(0.001), epochs=4000,
    )  # fmt: skip
    assert (fitted.params.Wx, fitted.params.Wrec) == pytest.approx((1.0, 1.0), abs=1e-6)
