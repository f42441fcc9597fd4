"""1,000 random networks: every derivative against sources that share no code with it."""

from importlib import import_module

import numpy as np
import pytest

from bptt.activations import BY_NAME as ACTIVATIONS
from bptt.activations import RELU
from bptt.random_networks import KINK, draw
from bptt.readouts import BY_NAME as READOUTS
from comparing import checked, error, ours, point
from sweeping import sweep

CHUNKS, PER_CHUNK = 20, 50


def cases(chunk, count=PER_CHUNK):
    rng = np.random.default_rng([20170917, chunk])
    return [draw(rng) for _ in range(count)]


@pytest.mark.parametrize("chunk", sweep(range(CHUNKS), every=10))
def test_against_complex_step(chunk):
    for case in cases(chunk):
        report = case.check()
        relu = case.net.activation == RELU
        assert report.method == ("central differences" if relu else "complex step")
        assert checked(report) < (1e-7 if relu else 1e-12), f"{case}\n{report}"
        if not relu:  # each array on its own scale too, however small beside the others
            for row in report.rows:
                assert row.largest_difference <= 1e-12 * row.largest_entry, f"{case}\n{report}"


@pytest.mark.parametrize("chunk", sweep(range(CHUNKS), every=10))
@pytest.mark.parametrize("oracle", ["autograd", "torch"])
def test_against_an_oracle(oracle, chunk):
    pytest.importorskip(oracle, reason="PyTorch is large; CI installs it")
    theirs_by = import_module(f"oracles.{oracle}_rnn")
    for case in cases(chunk):
        loss, found = ours(case)
        their_loss, theirs = theirs_by.loss_and_gradient(point(case), case)
        assert abs(loss - their_loss) <= 1e-11 * abs(their_loss), case
        assert error(found, theirs) < 1e-11, case


def test_the_draws_leave_no_corner_out():
    drawn = [case for chunk in range(CHUNKS) for case in cases(chunk)]
    assert len(drawn) == 1000
    cells = {c.net.cell.name if c.net.activation is None else c.net.activation.name for c in drawn}
    assert cells == {*ACTIVATIONS, "gru", "lstm"}
    seen = {(c.net.cell.name, c.net.readout.name, c.loss, c.mask is not None) for c in drawn}
    assert len(seen) == 4 * 3 * 2 + 2 * 3 * 3 * 2  # state_in only of the vanilla cell
    seen = {(c.net.cell.name, c.net.n_layers, c.net.bidirectional, c.ragged) for c in drawn}
    assert len(seen) == 3 * 3 * 2 * 2
    seen = {(c.net.cell.name, c.net.bidirectional, c.ragged, c.net.is_trained) for c in drawn}
    assert len(seen) == 3 * 2 * 2 * 2
    assert {c.net.readout.name for c in drawn if c.ragged} == set(READOUTS)
    assert any(getattr(c.net.cell, "leak", 1.0) != 1.0 for c in drawn)
    assert any(c.net.cell.peepholes for c in drawn)
    sizes = np.array([(*c.x.shape, c.net.hidden_size) for c in drawn])
    assert sizes.min(axis=0).tolist() == [1, 1, 1, 1]
    assert sizes.max(axis=0).tolist() == [5, 40, 4, 8]
    assert {1, 2} <= set(sizes[:, 1])
    assert any(not c.net.bias for c in drawn)


def test_relu_is_checked_away_from_its_kink():
    rng = np.random.default_rng(5)
    for _ in range(20):
        c = draw(rng, activation="relu")
        trace = c.net.trace(c.params, c.x, c.y, c.loss, **c.options)
        for layer in trace.layers:
            for z, length in zip(layer.z, c.all_lengths, strict=True):
                assert np.abs(z[:length]).min() > KINK
