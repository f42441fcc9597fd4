"""save and load: bit for bit, one layout with the real safetensors package, all or nothing."""

import errno
import hashlib
import io
import json
import os
import resource

import numpy as np
import pytest
import safetensors
import safetensors.numpy

import bptt
from bptt import _safetensors, readouts
from bptt.errors import FileAccessError, InputError, NumberTypeError, ShapeError
from bptt.params import named_arrays
from bptt.saving import load_all

SIZES = {"input_size": 3, "hidden_size": 2}
NAMES = ["weight_ih_l0", "weight_hh_l0"]  # as torch.nn.RNN's state_dict has them
BIASES = ["bias_ih_l0", "bias_hh_l0"]


def softplus(name="softplus"):
    return bptt.activations.own(lambda z: np.logaddexp(0, z), lambda z: 1 / (1 + np.exp(-z)), name)


def bits(params):
    return {name: (a.dtype.str, a.shape, a.tobytes()) for name, a in named_arrays(params)}


@pytest.fixture
def saved(tmp_path):
    """A file that is there already, and its bytes."""
    path = tmp_path / "m.safetensors"
    net = bptt.RNN(**SIZES)
    bptt.save(path, net, net.init(rng=1))
    return path, path.read_bytes()


def assert_untouched(saved):
    path, content = saved
    assert path.read_bytes() == content
    assert os.listdir(path.parent) == [path.name]  # and no temporary file


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("readout", ["last", "every", "state_in"])
@pytest.mark.parametrize("activation", ["tanh", "logistic", "identity", "relu"])
def test_round_trip_and_the_real_package(tmp_path, activation, readout, bias, dtype):
    net = bptt.RNN(**SIZES, activation=activation, readout=readout, bias=bias)
    params = net.init(rng=0, dtype=dtype)
    path = tmp_path / "m.safetensors"
    bptt.save(path, net, params)

    net2, params2 = bptt.load(path)
    assert net2 == net
    assert type(params2) is bptt.Params
    assert bits(params2) == bits(params)
    assert all(a.flags.writeable and a.flags.aligned for _, a in named_arrays(params2))

    assert int.from_bytes(path.read_bytes()[:8], "little") % 8 == 0  # the arrays are aligned
    theirs = safetensors.numpy.load_file(path)
    expected = NAMES + BIASES * bias
    if readout != "state_in":
        expected += ["readout.weight"] + ["readout.bias"] * bias
    assert sorted(theirs) == sorted(expected)
    assert {n: (a.dtype.str, a.shape, a.tobytes()) for n, a in theirs.items()} == bits(params)


@pytest.mark.parametrize(
    "options",
    [
        {"cell": "gru", "n_layers": 2, "bidirectional": True, "dropout": 0.25},
        {"cell": "lstm", "peephole": True, "initial_state": "trained", "readout": "mean"},
        {"cell": "lstm", "peephole": False},
        {"leak": 0.3, "activation": "logistic", "readout": "every"},
    ],
)
def test_round_trip_of_every_option(tmp_path, options):
    net = bptt.RNN(**SIZES, **options)
    params = net.init(rng=0)
    bptt.save(tmp_path / "m", net, params)
    net2, params2 = bptt.load(tmp_path / "m")
    assert net2 == net
    assert bits(params2) == bits(params)
    theirs = safetensors.numpy.load_file(tmp_path / "m")
    assert {n: a.tobytes() for n, a in theirs.items()} == {
        n: b for n, (_, _, b) in bits(params).items()
    }


def test_what_goes_with_the_model(tmp_path):
    net = bptt.RNN(**SIZES)
    params = net.init(rng=0, dtype=np.float32)
    about = {"columns": ["température", "p"], "classes": [0, 1], "n": 3, "x": 0.1}
    arrays = {"mean": np.arange(3, dtype="f4"), "scale": np.ones(3, "f4")}
    bptt.save(tmp_path / "m", net, params, about=about, arrays=arrays)
    loaded = load_all(tmp_path / "m")
    assert loaded.net == net
    assert loaded.about == about
    assert {n: a.tolist() for n, a in loaded.arrays.items()} == {
        "mean": [0, 1, 2],
        "scale": [1] * 3,
    }
    assert bits(bptt.load(tmp_path / "m")[1]) == bits(params)
    for arrays in ({"mean": np.ones(3)}, {"mean": np.full(3, np.nan, "f4")}):  # another dtype
        with pytest.raises(InputError):
            bptt.save(tmp_path / "n", net, params, arrays=arrays)
    with pytest.raises(InputError, match="names and metadata of at most 32768 bytes"):
        bptt.save(tmp_path / "n", net, params, about={"long": "x" * 40_000})
    assert not (tmp_path / "n").exists()


def test_a_file_of_the_first_version_loads(tmp_path, saved):
    path, _ = saved
    arrays = safetensors.numpy.load_file(path)
    with safetensors.safe_open(path, "numpy") as file:
        metadata = file.metadata()
    network = json.loads(metadata["network"])
    for name in ("n_layers", "bidirectional", "dropout", "initial_state", "leak", "peephole"):
        del network[name]
    metadata |= {"version": "1", "network": json.dumps(network)}
    del metadata["about"]
    in_order = sorted(arrays)
    metadata["sha256"] = hashlib.sha256(b"".join(arrays[n].tobytes() for n in in_order)).hexdigest()
    safetensors.numpy.save_file(arrays, tmp_path / "old", metadata)
    assert bits(bptt.load(tmp_path / "old")[1]) == bits(bptt.load(path)[1])
    assert bptt.load(tmp_path / "old")[0] == bptt.RNN(**SIZES)


def test_what_the_real_package_writes_loads(tmp_path):
    net = bptt.RNN(**SIZES, output_size=4, readout="every", activation="relu")
    params = net.init(rng=2, dtype=np.float32)
    bptt.save(tmp_path / "ours", net, params)
    with safetensors.safe_open(tmp_path / "ours", framework="numpy") as file:
        metadata = file.metadata()
    assert metadata["format"] == "bptt"
    assert metadata["version"] == "2"
    assert json.loads(metadata["network"]) == {
        "cell": "elman", "input_size": 3, "hidden_size": 2, "activation": "relu",
        "readout": "every", "output_size": 4, "bias": True, "n_layers": 1, "bidirectional": False,
        "dropout": 0.0, "initial_state": "zeros", "leak": 1.0, "peephole": None,
    }  # fmt: skip

    safetensors.numpy.save_file(dict(named_arrays(params)), tmp_path / "theirs", metadata)
    net2, params2 = bptt.load(tmp_path / "theirs")
    assert net2 == net
    assert bits(params2) == bits(params)


@pytest.mark.parametrize("layout", ["fortran", "strided"])
def test_extreme_numbers_in_any_layout_of_memory(tmp_path, layout):
    net = bptt.RNN(input_size=4, hidden_size=2, readout="state_in", bias=False)
    tiny, largest = np.finfo(float).smallest_subnormal, np.finfo(float).max
    wx = np.array([[-0.0, tiny, -largest, 0.1], [1e-300, 3, np.pi, -tiny]])
    stored = np.asfortranarray(wx) if layout == "fortran" else np.repeat(wx, 2, axis=1)[:, ::2]
    params = bptt.Params((bptt.Recurrent(stored, np.eye(2)),))
    bptt.save(tmp_path / "m", net, params)
    loaded = bptt.load(tmp_path / "m")[1].layers[0].weight_ih
    assert loaded.tobytes() == wx.tobytes()


def test_own_activation(tmp_path):
    f = softplus()
    net = bptt.RNN(activation=f)
    bptt.save(tmp_path / "m", net, net.init(rng=0))
    net2, params = bptt.load(tmp_path / "m", activation=f)
    assert net2 == net
    assert bits(params) == bits(net.init(rng=0))
    for given in (None, softplus("another"), bptt.activations.TANH, "tanh", "softplus"):
        with pytest.raises(InputError, match="activation"):
            bptt.load(tmp_path / "m", activation=given)


def test_an_activation_that_is_given_is_the_one_that_was_saved(saved):
    net = bptt.RNN(**SIZES)  # tanh
    for given in (bptt.activations.TANH, "tanh"):
        assert bptt.load(saved[0], activation=given)[0] == net
    for given in (softplus("tanh"), softplus(), bptt.activations.RELU, (np.tanh, np.cos), "relu"):
        with pytest.raises(InputError, match="load: expected the activation 'tanh', got '"):
            bptt.load(saved[0], activation=given)


def test_own_activation_as_a_pair(tmp_path):
    pair = (np.sin, np.cos)
    net = bptt.RNN(activation=pair)
    bptt.save(tmp_path / "m", net, net.init(rng=0))
    net2, params = bptt.load(tmp_path / "m", activation=pair)
    assert net2.predict(params, [[0.5, 1]]) == net.predict(params, [[0.5, 1]])


def test_what_load_could_not_make_again_is_refused(saved):
    class Mine(bptt.Elman):
        name = "elman"

    nets = [
        bptt.RNN(activation=softplus("tanh")),  # would come back as another function
        *(bptt.RNN(activation=softplus(name)) for name in ("", "a b", "\ud800", "x" * 61, 3)),
        bptt.RNN(cell=Mine()),
        bptt.RNN(readout=readouts.LinearReadout("mine", every=False)),
        bptt.RNN(readout=readouts.LinearReadout("last", every=True)),
    ]
    for net in nets:
        with pytest.raises(InputError, match="save: expected a network that load can make again"):
            bptt.save(saved[0], net, net.init(rng=0))
    assert_untouched(saved)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda p: bptt.map_params(lambda a: a * np.nan, p), InputError),
        (lambda p: bptt.map_params(lambda a: a + np.inf, p), InputError),
        (lambda p: bptt.map_params(lambda a: a + 0j, p), NumberTypeError),
        (lambda p: bptt.map_params(lambda a: a.astype(np.float16), p), NumberTypeError),
        (lambda p: p._replace(readout=bptt.Linear(p.readout.weight, None)), ShapeError),
        (lambda p: p._replace(readout=bptt.RNN(**SIZES).init(dtype="f4").readout), InputError),
        (lambda p: bptt.RNN(hidden_size=2).init(rng=0), ShapeError),
        (lambda p: dict(named_arrays(p)), InputError),
    ],
    ids=["NaN", "inf", "complex", "float16", "no bias", "mixed", "another network's", "dict"],
)  # fmt: skip
def test_parameters_that_are_refused(saved, change, error):
    net = bptt.RNN(**SIZES)
    with pytest.raises(error, match=r"save: expected .*, got "):
        bptt.save(saved[0], net, change(net.init(rng=0)))
    assert_untouched(saved)


def full(*_arguments, **_options):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def full_disk(stage):
    class File(io.FileIO):
        def write(self, content):
            super().write(content[: len(content) // 2])
            return full() if stage == "write" else len(content)

        def flush(self):
            if stage == "flush":
                full()

    return File


@pytest.mark.parametrize("stage", ["open", "write", "flush", "fsync", "replace"])
def test_a_failure_at_any_stage_leaves_the_previous_file(saved, monkeypatch, stage):
    if stage in ("fsync", "replace"):
        monkeypatch.setattr(os, stage, full)
    else:
        opened = full if stage == "open" else full_disk(stage)
        monkeypatch.setattr(_safetensors, "open", opened, raising=False)
    net = bptt.RNN(hidden_size=5)
    with pytest.raises(FileAccessError, match=r"save: expected to write .*No space left"):
        bptt.save(saved[0], net, net.init(rng=0))
    assert_untouched(saved)


def test_a_limit_of_the_operating_system(saved):
    net = bptt.RNN(hidden_size=50)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(FileAccessError, match="File too large"):
            bptt.save(saved[0], net, net.init(rng=0))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert_untouched(saved)


def test_an_interruption_leaves_the_previous_file(saved, monkeypatch):
    def interrupted(_descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    net = bptt.RNN()
    with pytest.raises(KeyboardInterrupt):
        bptt.save(saved[0], net, net.init(rng=0))
    assert_untouched(saved)


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EPERM, errno.EIO, errno.ENOSPC])
def test_a_folder_that_cannot_be_synced_does_not_undo_the_save(saved, monkeypatch, number):
    """Where the file system cannot do it, that is all right; where the disk failed, it is said."""
    path, _ = saved
    calls, sync = [], os.fsync

    def fsync(descriptor):
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(number, os.strerror(number))
        return sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    net = bptt.RNN(hidden_size=5)
    if number in (errno.EINVAL, errno.EPERM):
        bptt.save(path, net, net.init(rng=0))
    else:
        with pytest.raises(FileAccessError, match=r"the disk to confirm .* is in place"):
            bptt.save(path, net, net.init(rng=0))
    assert len(calls) == 2  # the file, then its folder
    assert bptt.load(path)[0] == net
    assert os.listdir(path.parent) == [path.name]


def test_the_same_bytes_twice_and_over_an_old_file(saved):
    path, _ = saved
    net = bptt.RNN(**SIZES, activation="logistic")
    bptt.save(path, net, net.init(rng=3))
    bptt.save(path.with_name("new"), net, net.init(rng=3))
    assert path.read_bytes() == path.with_name("new").read_bytes()


@pytest.mark.parametrize("dangling", [False, True])
def test_through_a_symlink(saved, dangling):
    path, _ = saved
    target = path.with_name("other") if dangling else path
    link = path.with_name("link")
    link.symlink_to(target.name)
    net = bptt.RNN(hidden_size=7)
    bptt.save(link, net, net.init(rng=0))
    assert link.is_symlink()
    assert not target.is_symlink()
    assert bptt.load(target)[0] == bptt.load(link)[0] == net


def test_what_is_not_a_file_is_not_replaced(tmp_path):
    net, pipe, folder = bptt.RNN(), tmp_path / "pipe", tmp_path / "folder"
    os.mkfifo(pipe)
    folder.mkdir()
    for path in (pipe, folder):
        with pytest.raises(FileAccessError, match="not a regular file"):
            bptt.save(path, net, net.init(rng=0))
    assert pipe.is_fifo()
    assert sorted(os.listdir(tmp_path)) == ["folder", "pipe"]


@pytest.mark.parametrize("name", ["no/such/m", "file/m", "x" * 256, "a\0b", "", 3, None])
def test_paths_that_cannot_be_written(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    net = bptt.RNN()
    with pytest.raises(FileAccessError, match=r"^save: expected to write .*, got .*\. Check"):
        bptt.save(name, net, net.init(rng=0))
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("name", ["m", "字" * 85, "-", "a b\n"])  # 85 · 3 bytes is the longest
def test_bare_names_in_the_working_folder(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    net = bptt.RNN()
    bptt.save(name, net, net.init(rng=0))
    assert os.listdir(tmp_path) == [name]
    assert bptt.load(name)[0] == net
