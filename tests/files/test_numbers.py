"""Scaling, what is held out, windows, scores and the estimate of memory, beside other sources."""

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest
from sklearn import metrics
from sklearn.preprocessing import StandardScaler

import bptt
from bptt.errors import InputError
from bptt.files import memory, scores, splitting
from bptt.files.scaling import Scaling


def test_scaling_is_that_of_scikit_learn():
    rng = np.random.default_rng(0)
    parts = [rng.normal([5, -3, 7], [0.1, 1e3, 0], size=(n, 3)) for n in (4, 1, 30)]
    scaling, theirs = Scaling.learn("train", parts), StandardScaler().fit(np.concatenate(parts))
    assert scaling.mean == pytest.approx(theirs.mean_, rel=1e-14)
    assert scaling.deviation == pytest.approx(theirs.scale_, rel=1e-14)
    assert scaling.deviation[2] == 1  # of one and the same number
    assert scaling.apply(parts[0]) == pytest.approx(theirs.transform(parts[0]), abs=1e-12)
    assert scaling.undo(scaling.apply(parts[2])) == pytest.approx(parts[2], rel=1e-12)


def test_a_constant_that_rounding_makes_vary_is_constant():
    assert Scaling.learn("train", [np.full((10, 1), 0.1)]).deviation == 1
    assert Scaling.learn("train", [np.zeros((3, 1))]).deviation == 1


def test_numbers_whose_squares_overflow_are_refused():
    with pytest.raises(InputError, match=r"got some up to 1e\+300. Give them in a larger unit"):
        Scaling.learn("train", [np.array([[1e300], [-1e300]])])


@pytest.mark.parametrize("n", [2, 3, 7, 60])
@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.99])
@pytest.mark.parametrize("n_classes", [None, 1, 2, 5])
def test_what_is_held_out(n, share, n_classes):
    for seed in range(10):
        rng = np.random.default_rng(seed)
        strata = None if n_classes is None else rng.integers(n_classes, size=n)
        held = splitting.hold_out(n, share, strata, rng)
        assert 1 <= len(held) < n
        assert np.unique(held).tolist() == held.tolist()
        assert set(held) <= set(range(n))
        if strata is None:
            assert len(held) == min(max(1, round(n * share)), n - 1)


def test_classes_are_held_out_in_proportion_and_one_of_each_stays():
    strata = np.repeat([0, 1, 2, 3], [50, 30, 20, 1])
    for seed in range(20):
        held = splitting.hold_out(101, 0.2, strata, np.random.default_rng(seed))
        often = np.bincount(strata[held], minlength=4)
        assert (abs(often - [10, 6, 4, 0]) <= 1).all()
        assert often[3] == 0
    one, other = (splitting.hold_out(101, 0.2, strata, np.random.default_rng(s)) for s in (0, 1))
    assert one.tolist() != other.tolist()


def test_windows():
    parts = [np.arange(7), np.arange(3), np.arange(6)]
    cut = splitting.cut(parts, 3)
    assert [len(part) for part in cut] == [3, 3, 1, 3, 3, 3]
    assert splitting.counts([7, 3, 6], 3).tolist() == [3, 1, 2]
    assert np.concatenate(cut).tolist() == np.concatenate(parts).tolist()
    assert splitting.cut(parts, None) == parts
    assert splitting.counts([7, 3, 6], None).tolist() == [1, 1, 1]


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    truth, said = rng.integers(3, size=40), rng.integers(4, size=40)
    found = scores.of_classes(truth, said)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, said))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a class that never was
        balanced = metrics.balanced_accuracy_score(truth, said)
    assert found["balanced_accuracy"] == pytest.approx(balanced)
    truth, said = rng.normal(size=(2, 40))
    found = scores.of_numbers(truth, said)
    assert found["r2"] == pytest.approx(metrics.r2_score(truth, said))
    assert found["rmse"] == pytest.approx(metrics.root_mean_squared_error(truth, said))
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(truth, said))


def test_scores_of_constant_targets():
    found = scores.of_numbers(np.ones(3), np.array([1.0, 2.0, 3.0]))
    assert found == {"r2": None, "rmse": pytest.approx((5 / 3) ** 0.5), "mae": 1.0}


# Memory.


@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
@pytest.mark.parametrize("shape", [(20, 100), (1, 3000)], ids=["wide", "long"])
def test_the_estimate_is_about_what_a_training_takes(cell, shape):
    """Of a process of its own, as the operating system counts it."""
    (n, n_steps), hidden = shape, 64
    program = f"""
import json, resource, numpy as np, bptt
from bptt.files import memory
net = bptt.RNN(cell={cell!r}, input_size=2, hidden_size={hidden}, readout="every")
x = np.random.default_rng(0).normal(size=({8 * n}, {n_steps}, 2))
bptt.fit(net, x[:1, :2], x[:1, :2, 0], epochs=1, rng=0)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
bptt.fit(net, x, x[..., 0], batch_size={n}, epochs=1, rng=0)
taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
unit = 1 if __import__("sys").platform == "darwin" else 1024
lengths = np.full({8 * n}, {n_steps})
print(json.dumps([taken * unit, memory.for_training(net, lengths, {n})]))
"""
    # by a shell: else the system counts in what the process was before it became this program
    command = ["sh", "-c", '"$0" -c "$1"; exit $?', sys.executable, program]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    taken, estimated = json.loads(ran.stdout)
    assert 0.5 < estimated / taken < 2, (estimated, taken)


def check(n_steps, limit, window=None, n=1, batch=32):
    net = bptt.RNN(cell="gru", hidden_size=32, readout="every")
    lengths = np.full(n, n_steps)
    return memory.check_training("train", "f.csv", net, lengths, batch, window, limit)


def test_what_does_not_fit_is_refused_with_what_helps():
    with pytest.raises(InputError) as refused:
        check(10**6, 4e9)
    assert str(refused.value) == (
        "train: expected what fits into 4 GB of memory, got 'f.csv' of 1,000,000 time stamps in "
        "all and 1,000,000 in the longest sequence, which take about 13 GB. Give --window 1000, "
        "with which it takes 259 MB."
    )
    assert 2.5e8 < check(10**6, 4e9, window=1000) < 2.7e8
    with pytest.raises(InputError, match="Take fewer --hidden states or sequences, or allow more"):
        check(10**6, 4e9, n=100)
    with pytest.raises(InputError, match="Take fewer --hidden states or sequences, or allow more"):
        check(10**6, 1e8, window=100)
    assert check(100, 1e8, n=10) < 1e8


def test_weights_count_too():
    net = bptt.RNN(hidden_size=10**6)
    with pytest.raises(InputError, match="take about 64000 GB"):
        memory.check_training("train", "f.csv", net, np.ones(3, int), 1, None, 1e10)


def test_a_prediction_that_does_not_fit():
    net = bptt.RNN(cell="gru", hidden_size=32)
    lengths = np.array([10**6])
    with pytest.raises(InputError, match="Take a model trained with --window, or allow more"):
        memory.check_prediction("predict", "f.csv", net, lengths, 64, None, 2e9)
    memory.check_prediction("predict", "f.csv", net, lengths, 64, 1000, 2e9)
    memory.check_prediction("predict", "f.csv", net, np.full(10**4, 100), 64, None, 2e9)


def test_the_default_is_half_of_the_machine(monkeypatch):
    from bptt.files import reading

    assert 1e8 < reading.default_memory() < 1e14
    monkeypatch.setattr(reading.os, "sysconf", lambda name: {"SC_PAGE_SIZE": 4096}.get(name, 1000))
    assert reading.default_memory() == 2048000
    monkeypatch.delattr(reading.os, "sysconf")
    assert reading.default_memory() == 2e9
