"""A stream's step in one compiled call: what the plain one says, and who gets it."""

import copy
import pickle

import numpy as np
import pytest

import bptt
from bptt.errors import InputError
from sweeping import sweep
from test_stream import NETS, network

pytest.importorskip("numba")
CLOSE = {"f4": 1e-5, "f8": 1e-13}


def close(one, other, dtype):
    return np.abs(np.asarray(one) - other).max() <= CLOSE[dtype] * (1 + np.abs(other).max())


def counted(stream):
    """Return the list to which each compiled call of a stream from now on adds what it returned."""
    (call, *rest), calls = stream._one_call, []
    stream._one_call = (lambda *given: calls.append(call(*given)) or calls[-1], *rest)
    return calls


# each is compiled for itself, half a minute; make sweeps has the others
FORMS = sweep([(cell, dtype) for dtype in ("f8", "f4") for cell in NETS], every=2)


@pytest.mark.parametrize(("cell", "dtype"), FORMS)
def test_it_says_what_the_plain_stream_and_the_batch_say(cell, dtype):
    for readout in ("last", "every", "mean"):
        for n_layers, n, outputs in ((1, 1, 1), (1, 3, 2), (2, 1, 2), (2, 3, 1)):
            net, params = network(cell, readout, n_layers, outputs=outputs, dtype=dtype)
            x = np.random.default_rng(1).standard_normal((n, 6, 3)).astype(dtype)
            plain, stream = (bptt.Stream(net, params, n, engine=name) for name in ("numpy", "jit"))
            calls = counted(stream)
            for k in range(6):
                row = x[0, k] if n == 1 else x[:, k]
                found, said = stream.step(row), plain.step(row)
                assert (type(found), found.dtype, found.shape) == (type(said), dtype, said.shape)
                assert close(found, said, dtype)
                batch = net.predict(params, x[:, : k + 1])
                batch = batch[:, -1] if readout == "every" else batch
                assert close(np.reshape(found, (n, -1)), batch.reshape(n, -1), dtype)
            assert calls == [True] * 6
            here, there = stream.state, plain.state
            assert close(here.states, np.array(there.states), dtype)
            assert close(here.total, there.total, dtype)
            assert here.n_steps == there.n_steps == 6


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("initial", ["zeros", "trained"])
def test_networks_without_biases_and_with_a_trained_beginning(bias, initial):
    net = bptt.RNN("gru", 3, 4, bias=bias, initial_state=initial)
    params = bptt.map_params(lambda p: p + 0.1, net.init(rng=0))
    plain, stream = (bptt.Stream(net, params, engine=name) for name in ("numpy", "jit"))
    for _ in range(2):
        for row in np.random.default_rng(1).standard_normal((4, 3)):
            assert close(stream.step(row), plain.step(row), "f8")
        stream.reset()
        plain.reset()


@pytest.mark.parametrize("n", [1, 2])
def test_what_is_not_finite_changes_nothing(n):
    net, params = network("lstm", "mean", n_layers=2)
    stream = bptt.Stream(net, params, n, engine="jit")
    row = np.ones(3) if n == 1 else np.ones((n, 3))
    stream.step(row)
    before, calls = stream.state, counted(stream)
    for bad in (np.nan, np.inf, -np.inf):
        given = row.copy()
        given[..., 1] = bad
        with pytest.raises(InputError, match=r"Stream\.step: expected x to be finite"):
            stream.step(given)
    after = stream.state
    assert np.array_equal(after.states, before.states)
    assert np.array_equal(after.total, before.total)
    assert after.n_steps == 1
    assert calls == [False] * 3


def test_overflow_is_a_state_like_others():
    net = bptt.RNN(activation="identity")
    params = bptt.map_params(lambda p: np.full_like(p, 1e200), net.init(rng=0))
    stream, x = bptt.Stream(net, params, engine="jit"), np.ones(1)
    sound = stream.state
    stream.step(x)
    assert not np.isfinite(stream.step(x))
    assert not np.isfinite(stream.copy().step(x))
    stream.state = sound
    assert np.isfinite(stream.state.states).all()


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda s: s.copy(), lambda s: pickle.loads(pickle.dumps(s))]
)
def test_the_state_is_set_copied_and_pickled_between_steps(again):
    net, params = network("lstm", "mean", n_layers=2)
    x = np.random.default_rng(1).standard_normal((8, 3))
    stream = bptt.Stream(net, params, engine="jit")
    for row in x[:4]:
        stream.step(row)
    here, other = stream.state, again(stream)
    answers = [stream.step(row) for row in x[4:]]
    kept = [answer.copy() for answer in answers]
    assert all(np.array_equal(other.step(row), a) for row, a in zip(x[4:], answers, strict=True))
    stream.state = here
    assert all(np.array_equal(stream.step(row), a) for row, a in zip(x[4:], answers, strict=True))
    assert all(map(np.array_equal, answers, kept))  # an answer is nobody's buffer
    assert other._one_call[1] is not stream._one_call[1]


def test_which_inputs_are_gone_over_in_one_call():
    net, params = network("gru", n_layers=2, dtype="f4")
    x = np.random.default_rng(1).standard_normal((3, 5)).astype("f4")
    stream, plain = bptt.Stream(net, params, engine="jit"), bptt.Stream(net, params)
    calls, row = counted(stream), x[:, 0].copy()
    read_only = row.copy()
    read_only.flags.writeable = False
    for given in (row, x[:, 1], read_only):  # wherever it stands
        assert close(stream.step(given), plain.step(given), "f4")
    assert calls == [True] * 3
    for given in (row[None], row.tolist(), row.astype("f8"), row.astype(">f4")):  # the long way
        assert close(stream.step(given), plain.step(given), "f4")
    assert calls == [True] * 3
    assert stream.state.n_steps == 7


def test_which_streams_have_it():
    for readout, engine, has in (
        ("last", "jit", True), ("mean", "auto", True), ("state_in", "jit", False),
        ("last", "numpy", False),
    ):  # fmt: skip
        net, params = network("elman", readout)
        assert (bptt.Stream(net, params, engine=engine)._one_call is not None) is has
