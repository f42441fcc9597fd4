"""`Stream`: one time stamp at a time is the batch's answer; its state can be read, set, saved."""

import copy
import pickle

import numpy as np
import pytest

import bptt
from bptt.errors import InputError, ModelFileError, NumberTypeError, ShapeError
from bptt.random_networks import CELLS

NETS = {
    "elman": {"activation": "tanh"},
    "leaky": {"cell": "elman", "leak": 0.3},
    "gru": {"cell": "gru"},
    "lstm": {"cell": "lstm"},
    "peepholes": {"cell": "lstm", "peephole": True},
}


def network(cell="gru", readout="last", n_layers=1, initial="zeros", outputs=2, dtype="f8"):
    rng = np.random.default_rng(0)
    net = bptt.RNN(
        input_size=3, hidden_size=4, n_layers=n_layers, initial_state=initial, readout=readout,
        output_size=4 if readout == "state_in" else outputs, **NETS[cell],
    )  # fmt: skip
    params = bptt.map_params(
        lambda p: (p + 0.2 * rng.standard_normal(p.shape)).astype(dtype), net.init(rng)
    )
    return net, params


def close(one, other):
    return np.abs(np.asarray(one) - other).max() <= 1e-14 * (1 + np.abs(other).max())


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize("readout", ["last", "every", "mean", "state_in"])
@pytest.mark.parametrize("n_layers", [1, 3])
@pytest.mark.parametrize("cell", NETS)
def test_it_is_the_batchs_answer_at_every_time_stamp(cell, n_layers, readout, n):
    if readout == "state_in" and cell not in ("elman", "leaky"):
        return  # refused by RNN itself
    net, params = network(cell, readout, n_layers)
    x = np.random.default_rng(1).standard_normal((n, 12, 3))
    stream = bptt.Stream(net, params, batch_size=n)
    for k in range(12):
        found = stream.step(x[:, k])
        expected = net.predict(params, x[:, : k + 1])
        assert close(found, expected[:, -1] if readout == "every" else expected)
    stream.reset()
    assert close(stream.step(x[:, 0]), net.predict(params, x[:, :1]).reshape(n, -1))


@pytest.mark.parametrize("cell", NETS)
def test_the_compiled_engine_says_the_same(cell, tmp_path):
    pytest.importorskip("numba")
    net, params = network(cell, "mean", n_layers=2)
    x = np.random.default_rng(1).standard_normal((12, 3))
    plain, compiled = (bptt.Stream(net, params, engine=name) for name in ("numpy", "jit"))
    for row in x[:6]:
        assert close(compiled.step(row), plain.step(row))
    again = pickle.loads(pickle.dumps(compiled))
    assert again.engine == copy.copy(compiled).engine == compiled.copy().engine == "jit"
    compiled.save(tmp_path / "stream.safetensors")
    loaded = bptt.Stream.load(tmp_path / "stream.safetensors", engine="jit")
    for row in x[6:]:
        said = plain.step(row)
        assert all(close(other.step(row), said) for other in (compiled, again, loaded))


@pytest.mark.parametrize("n", [1, 3])
def test_arrays_of_its_own_type_are_read_as_others_are(n):
    net, params = network("gru", dtype="f4")
    x = np.random.default_rng(1).standard_normal((5, n, 3)).astype("f4")
    fast, slow = bptt.Stream(net, params, n), bptt.Stream(net, params, n)
    for row in x:
        row = row[0] if n == 1 else row
        assert np.array_equal(fast.step(row), slow.step(row.tolist()))
    huge = np.full_like(row, 1e30)  # its square is no float32; it is finite all the same
    assert np.array_equal(fast.step(huge), slow.step(huge.tolist()))
    for bad in (np.nan, np.inf):
        before = fast.state
        with pytest.raises(InputError, match="finite"):
            fast.step(np.where(np.arange(3) == 1, np.float32(bad), row))
        assert np.array_equal(fast.state.states, before.states)


@pytest.mark.parametrize("initial", ["zeros", "trained", "given"])
@pytest.mark.parametrize("cell", NETS)
def test_initial_states(cell, initial):
    net, params = network(cell, n_layers=2, initial="zeros" if initial == "given" else initial)
    x = np.random.default_rng(1).standard_normal((3, 5, 3))
    given = None
    if initial == "given":
        given = tuple(
            np.random.default_rng(s).standard_normal((2, 3, 4))
            for s, _ in enumerate(net.cell.states)
        )
    stream = bptt.Stream(net, params, 3, initial_state=given)
    for _ in range(2):
        for k in range(5):
            found = stream.step(x[:, k])
        assert close(found, net.predict(params, x, given))
        stream.reset()


@pytest.mark.parametrize("cell", NETS)
def test_the_state_goes_on_in_predict_and_back(cell):
    net, params = network(cell, n_layers=2)
    x = np.random.default_rng(1).standard_normal((3, 9, 3))
    stream = bptt.Stream(net, params, 3)
    for k in range(4):
        stream.step(x[:, k])
    rest = net.predict(params, x[:, 4:], stream.state.states)
    assert close(rest, net.predict(params, x))


@pytest.mark.parametrize("readout", ["last", "mean"])
@pytest.mark.parametrize("cell", NETS)
def test_the_state_is_read_set_copied_and_saved(tmp_path, cell, readout):
    net, params = network(cell, readout, n_layers=2)
    x = np.random.default_rng(1).standard_normal((3, 9, 3))
    whole, stream = bptt.Stream(net, params, 3), bptt.Stream(net, params, 3)
    answers = [whole.step(x[:, k]) for k in range(9)]
    for k in range(5):
        stream.step(x[:, k])
    here = stream.state
    assert here.n_steps == 5
    twin = stream.copy()
    stream.save(tmp_path / "s.safetensors")
    loaded = bptt.Stream.load(tmp_path / "s.safetensors")
    assert loaded.net == net
    kept = [array.copy() for array in here.states]
    for other in (stream, twin, loaded):  # each goes its own way, to the same bits
        for k in range(5, 9):
            assert np.array_equal(other.step(x[:, k]), answers[k])
    assert all(map(np.array_equal, here.states, kept))  # what was read is nobody's buffer
    stream.state = here
    assert np.array_equal(stream.step(x[:, 5]), answers[5])
    assert bptt.load(tmp_path / "s.safetensors")[0] == net  # a model like all


def test_forms_of_x():
    net, params = network(outputs=1)
    x = np.random.default_rng(1).standard_normal(3)
    one = bptt.Stream(net, params)
    alone = one.step(x)
    assert np.ndim(alone) == 0
    assert bptt.Stream(net, params).step(x[None]).shape == (1,)
    assert bptt.Stream(net, params, 2).step(np.stack([x, x])).tolist() == [alone, alone]
    scalar = bptt.RNN(hidden_size=2, output_size=3)
    weights = scalar.init(rng=0)
    assert bptt.Stream(scalar, weights).step(1.0).shape == (3,)
    assert bptt.Stream(scalar, weights, 2).step([1.0, 2.0]).shape == (2, 3)


def test_float32_stays_float32():
    net, params = network(dtype="f4")
    stream = bptt.Stream(net, params)
    assert stream.step(np.ones(3)).dtype == np.float32
    assert {state.dtype for state in stream.state.states} == {np.dtype("f4")}


def test_bad_input_changes_nothing():
    net, params = network(n_layers=2)
    stream = bptt.Stream(net, params, 2)
    stream.step(np.ones((2, 3)))
    before = stream.state
    bad = [
        (np.ones((3, 3)), ShapeError), (np.ones(3), ShapeError), (np.ones((2, 2)), ShapeError),
        (np.full((2, 3), np.nan), InputError), ("a", NumberTypeError), (None, NumberTypeError),
    ]  # fmt: skip
    for x, error in bad:
        with pytest.raises(error, match=r"Stream.step: expected x"):
            stream.step(x)
    other = bptt.Stream(net, params, 3).state
    for state in (other, before.states, None, before._replace(n_steps=-1)):
        with pytest.raises(InputError, match=r"Stream.state: expected"):
            stream.state = state
    after = stream.state
    assert all(map(np.array_equal, before.states, after.states))
    assert after.n_steps == 1


def test_what_cannot_be_streamed():
    both = bptt.RNN(bidirectional=True)
    with pytest.raises(InputError, match="both directions"):
        bptt.Stream(both, both.init(rng=0))
    net, params = network()
    for n in (0, -1, 1.5, None):
        with pytest.raises(InputError, match="batch_size"):
            bptt.Stream(net, params, n)


def test_a_model_is_no_stream(tmp_path):
    net, params = network()
    bptt.save(tmp_path / "m", net, params)
    with pytest.raises(ModelFileError, match="without the state of a stream"):
        bptt.Stream.load(tmp_path / "m")
    arrays = {"total": np.zeros((2, 2)), "state.h.0": np.zeros((1, 4))}
    about = {"stream": {"batch_size": 2, "n_steps": 1}}
    bptt.save(tmp_path / "m", net, params, about=about, arrays=arrays)
    with pytest.raises(ModelFileError, match="without the state of a stream"):
        bptt.Stream.load(tmp_path / "m")
    about["stream"]["batch_size"] = 10**12  # nothing of that size is made
    bptt.save(tmp_path / "m", net, params, about=about, arrays=arrays)
    with pytest.raises(ModelFileError, match="without the state of a stream"):
        bptt.Stream.load(tmp_path / "m")


def test_every_cell_is_streamed():
    assert {options.get("cell", "elman") for options in NETS.values()} == set(CELLS)


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))]
)
def test_a_copy_by_any_means_is_a_stream_of_its_own(again):
    net, params = network("lstm", "mean", n_layers=2)
    x = np.random.default_rng(1).standard_normal((2, 6, 3))
    given = tuple(np.random.default_rng(s).standard_normal((2, 2, 4)) for s in range(2))
    stream = bptt.Stream(net, params, 2, initial_state=given)
    first = stream.step(x[:, 0])
    other = again(stream)
    answers = [stream.step(x[:, k]) for k in range(1, 6)]
    assert all(np.array_equal(other.step(x[:, k]), answers[k - 1]) for k in range(1, 6))
    other.reset()  # to where the first one began
    assert np.array_equal(other.step(x[:, 0]), first)


def test_parameters_that_change_later_have_no_effect():
    net, params = network()
    stream, x = bptt.Stream(net, params), np.ones(3)
    expected = net.predict(params, x[None, None])[0]
    bptt.map_params(lambda p: p.fill(9.0), params)
    assert close(stream.step(x), expected)


def test_a_stream_of_real_numbers_takes_no_complex_state():
    net, params = network()
    with pytest.raises(NumberTypeError, match="Stream: expected initial_state to hold real"):
        bptt.Stream(net, params, initial_state=np.full((1, 4), 1j))
    stream = bptt.Stream(net, params)
    before = stream.state
    for bad in (
        before._replace(states=(before.states[0] + 1j,)), before._replace(total=before.total + 1j)
    ):  # fmt: skip
        with pytest.raises(NumberTypeError, match=r"Stream\.state: expected"):
            stream.state = bad


def test_a_stream_that_overflowed_can_be_copied_and_set_back():
    net = bptt.RNN(activation="identity")
    params = bptt.map_params(lambda p: np.full_like(p, 1e200), net.init(rng=0))
    stream = bptt.Stream(net, params)
    sound = stream.state
    stream.step(1.0)
    assert not np.isfinite(stream.step(1.0))
    for other in (stream.copy(), pickle.loads(pickle.dumps(stream))):
        assert np.array_equal(other.state.states, stream.state.states, equal_nan=True)
    with pytest.raises(InputError, match=r"Stream\.save: expected a finite state"):
        stream.save("never.safetensors")
    stream.state = sound
    assert np.isfinite(stream.state.states).all()


def test_what_is_too_large_for_float32_is_infinite_and_nothing_else():
    net, params = network(dtype="f4")
    stream = bptt.Stream(net, params, initial_state=np.full((1, 4), 1e300))
    assert np.isinf(stream.state.states).all()
    stream.state = stream.state._replace(total=np.full((1, 2), 1e300))
    assert np.isinf(stream.state.total).all()
    assert stream.state.total.dtype == np.float32


def test_states_of_another_form():
    net, params = network()
    with pytest.raises(InputError, match="Stream: expected initial_state to be finite"):
        bptt.Stream(net, params, initial_state=np.full((1, 4), np.nan))
    stream = bptt.Stream(net, params)
    before = stream.state
    with pytest.raises(ShapeError, match=r"Stream\.state: expected total of shape \(1, 2\)"):
        stream.state = before._replace(total=np.zeros(2))
    with pytest.raises(ShapeError, match=r"Stream\.state: expected states of shape"):
        stream.state = before._replace(states=(np.zeros(3),))
