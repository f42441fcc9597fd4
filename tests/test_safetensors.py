"""load on files that are damaged, hostile, or no files: refused, or what the real package reads."""

import errno
import hashlib
import json
import math
import os
import pathlib
import tempfile
import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
import safetensors.numpy

import bptt
from bptt import _safetensors
from bptt.errors import FileAccessError, InputError, ModelFileError
from bptt.params import named_arrays


def sound(dtype=np.float64, **options):
    """Return a small sound file as (header, arrays' bytes)."""
    net = bptt.RNN(**options)
    with tempfile.TemporaryDirectory() as folder:
        bptt.save(f"{folder}/m", net, net.init(rng=0, dtype=dtype))
        raw = pathlib.Path(f"{folder}/m").read_bytes()
    begin = 8 + int.from_bytes(raw[:8], "little")
    return raw[8:begin], raw[begin:]


def joined(header, tail=b""):
    return len(header).to_bytes(8, "little") + header + tail


HEADER, TAIL = sound()
SEAL = json.loads(HEADER)["__metadata__"]["sha256"]
TAIL_OF = {n: e["data_offsets"] for n, e in json.loads(HEADER).items() if n != "__metadata__"}
RAW = joined(HEADER, TAIL)
SMALL = [(HEADER, TAIL), sound(np.float32, readout="state_in", bias=False, activation="logistic")]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("files") / "m.safetensors"


def outcome(path, raw):
    """Return whether the file loads; it must then be what the real package reads, and finite."""
    path.write_bytes(raw)
    try:
        net, params = bptt.load(path)
    except ModelFileError:
        return False
    except InputError as error:
        if str(error).startswith("load: expected the activation"):
            return False  # a name that is not known may be that of one's own activation
        raise
    theirs = safetensors.numpy.load(raw)
    ours = dict(named_arrays(params))
    assert {n: (a.dtype, a.shape, a.tobytes()) for n, a in ours.items()} == {
        n: (a.dtype, a.shape, a.tobytes()) for n, a in theirs.items()
    }
    assert all(np.isfinite(a).all() for a in ours.values())
    assert {n: a.shape for n, a in ours.items()} == net.shapes
    return True


@pytest.mark.parametrize(("header", "tail"), SMALL, ids=["float64", "float32"])
def test_every_truncation_is_refused(path, header, tail):
    raw = joined(header, tail)
    assert outcome(path, raw)
    for length in range(len(raw)):
        assert not outcome(path, raw[:length]), length


@pytest.mark.parametrize(("header", "tail"), SMALL, ids=["float64", "float32"])
def test_every_flipped_bit_is_refused(path, header, tail):
    raw = joined(header, tail)
    for bit in range(8 * len(raw)):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not outcome(path, bytes(flipped)), bit


def resealed(header, tail=None):
    """Return the file of a header with the digest that belongs to it, as a forger would."""
    tail = TAIL if tail is None else tail
    metadata = header.get("__metadata__")
    if isinstance(metadata, dict) and metadata.get("sha256") == SEAL:
        names = sorted(name for name in header if name != "__metadata__")
        spans = [TAIL_OF.get(name) for name in names]
        parts = [tail[slice(*span)] for span in spans if span]
        text = {key: value for key, value in metadata.items() if key != "sha256"}
        parts.append(json.dumps([text, names], sort_keys=True).encode())
        header = header | {
            "__metadata__": metadata | {"sha256": hashlib.sha256(b"".join(parts)).hexdigest()}
        }
    return joined(json.dumps(header).encode(), tail)


def changed(change):
    """Return the small file after ``change(header, network)`` of the parsed header."""
    header = json.loads(HEADER)
    network = json.loads(header["__metadata__"]["network"])
    header = change(header, network) or header
    if "__metadata__" in header and "network" in (header["__metadata__"] or ()):
        header["__metadata__"]["network"] = json.dumps(network)
    return resealed(header)


def array(**entries):
    return changed(lambda header, network: header["weight_hh_l0"].update(entries))


def described(**entries):
    return changed(lambda header, network: network.update(entries))


def replaced(old, new, tail=TAIL):
    assert old in HEADER
    return joined(HEADER.replace(old, new, 1), tail)


def weights(value):
    """Return the small file with another weight."""
    return resealed(json.loads(HEADER), TAIL[:16] + np.array(value, "<f8").tobytes() + TAIL[24:])


def alone(*shape):
    entry = {"dtype": "F64", "shape": shape, "data_offsets": [0, 8 * math.prod(shape)]}
    return joined(json.dumps({"a": entry}, separators=(",", ":")).encode())


BIAS = b'"F64","shape":[1],"data_offsets":[40,48]'
BIAS_32 = b'"F32","shape":[1],"data_offsets":[40,44]'
EXTRA = b'"x":{"dtype":"F64","shape":[1],"data_offsets":[48,56]}}'
DEEP = b"[" * 20_000
HOSTILE = {
    "header length 2^64-1": b"\xff" * 8 + HEADER + TAIL,
    "header length 2^63": (1 << 63).to_bytes(8, "little") + HEADER + TAIL,
    "header of 32769 bytes": joined(HEADER.ljust(32_769), TAIL),
    "no header": joined(b"", TAIL),
    "not JSON": joined(b"{]", TAIL),
    "not UTF-8": replaced(b"elman", b"elm\xff\xfe"),
    "a byte order mark": joined(b"\xef\xbb\xbf" + HEADER, TAIL),
    "a list": joined(b"[" + HEADER + b"]", TAIL),
    "a blank before": joined(b" " + HEADER, TAIL),
    "a word after": joined(HEADER + b"0", TAIL),
    "a control character": replaced(b"elman", b"elm\x00n"),
    "half a surrogate pair": replaced(b'"version"', b'"\\ud800":"","version"'),
    "deep in place of all": joined(DEEP, TAIL),
    "deep in an entry": replaced(b"[1,1]", DEEP),
    "deep objects": joined(b'{"a":' * 5_000, TAIL),
    "deep in the network": changed(lambda h, n: n.update(bias=json.loads("[" * 500 + "]" * 500))),
    "a name twice": replaced(b'"weight_hh_l0"', b'"weight_ih_l0"'),
    "a field twice": replaced(b'"shape":[1,1]', b'"shape":[1,1],"shape":[1,1]'),
    "metadata twice": replaced(b'{"__metadata__"', b'{"__metadata__":{},"__metadata__"'),
    "a network's field twice": replaced(rb"{\"cell\"", rb"{\"bias\": true, \"cell\""),
    "NaN as a size": replaced(b"[1,1]", b"[NaN,1]"),
    "Infinity as an offset": replaced(b"[0,8]", b"[0,Infinity]"),
    "minus zero": replaced(b"[0,8]", b"[-0,8]"),
    "a gap": joined(HEADER.replace(b"[40,48]", b"[48,56]"), TAIL + b"8 bytes."),
    "a gap in front": replaced(b"[0,8]", b"[1,9]"),
    "bytes behind": RAW + b"\0",
    "an array nobody owns": joined(HEADER.replace(b"}}", b"},%b" % EXTRA), TAIL + b"8 bytes."),
    "a float32 in between": joined(HEADER.replace(BIAS, BIAS_32), TAIL[:-4]),
    "a field less": changed(lambda h, n: h["weight_hh_l0"].pop("shape") and None),
    "a list for an entry": changed(lambda h, n: h.update(weight_hh_l0=["F64", [1, 1], [8, 16]])),
    "nothing times 2^62": alone(0, 2**62),
    "4 GiB": alone(2**29),
    "32 GiB": alone(2**16, 2**16),
    "2^67 bytes": alone(2**62, 4),
    "an array missing": changed(lambda h, n: h.pop("readout.bias") and None),
    "a signalling NaN": joined(HEADER, bytes.fromhex("010000000000f47f") + TAIL[8:]),
    "no metadata": changed(lambda h, n: h.pop("__metadata__") and None),
    "metadata null": changed(lambda h, n: h.update(__metadata__=None)),
    "metadata a number": changed(lambda h, n: h["__metadata__"].update(version=1)),
    "another's mark": changed(lambda h, n: h["__metadata__"].update(format="pt")),
    "a later version": changed(lambda h, n: h["__metadata__"].update(version="3")),
    "no version": changed(lambda h, n: h["__metadata__"].pop("version") and None),
    "no network": changed(lambda h, n: h["__metadata__"].pop("network") and None),
    "an empty network": changed(lambda h, n: n.clear()),
    "a network's field less": changed(lambda h, n: n.pop("output_size") and None),
}  # fmt: skip
ENTRIES = {
    "data_offsets": [
        [-8, 0], [16, 8], [0, 8], [48, 56], [2**63, 2**63 + 8], [10**4000, 10**4000 + 8],
        [8.0, 16.0], [False, 16], "816", [8], [8, 8, 16], None,
    ],
    "dtype": ["F16", "I64", "f64", ["F64"], None],
    "shape": [
        None, 1, "", {}, [], [1], [2, 1], [1, 1, 1], [-1, -1], [True, 1], [1.0, 1], ["1", 1],
        [274_177, 67_280_421_310_721],  # 2^64 + 1 entries
    ],
    "more": [1],
}  # fmt: skip
NETWORKS = {
    "cell": ["os.system", "", 1, None, ["elman"]],
    "input_size": [2, 0, -1, 1.0, "1", True, None, [[[1]]], {}, 10**4000, float("nan")],
    "hidden_size": [2, 0, -1, 1.0, "1", True, None, [1], 2**62, 10**4000, float("inf")],
    "activation": [None, 1, True, ["tanh", "tanh"], {"tanh": 1}],
    "readout": ["state_in", "every ", 1, None, ["last"]],
    "output_size": [2, 0, -1, 1.0, "1", True, None, [1], 2**62],
    "bias": [False, 1, 0, "yes", None, [True]],
    "path": ["/etc/passwd"],
}
for change, table in ((array, ENTRIES), (described, NETWORKS)):
    for key, values in table.items():
        HOSTILE |= {f"{key} {value}"[:40]: change(**{key: value}) for value in values}
for size in (b"true", b"1.0", b"2"):  # also where the read-out has no weights of that size
    header, tail = SMALL[1]
    new = header.replace(rb"output_size\": 1", rb"output_size\": " + size)
    HOSTILE[f"output_size {size} of state_in"] = joined(new, tail)
HOSTILE |= {f"weight {value}": weights(value) for value in (np.nan, np.inf, -np.inf)}


def test_the_ways_to_change_a_file_leave_a_sound_one_when_they_change_nothing(path):
    raws = (changed(lambda h, n: None), array(shape=[1, 1]), described(bias=True), weights(0.5))
    assert all(outcome(path, raw) for raw in (*raws, joined(HEADER.ljust(32_768), TAIL)))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_without_memory(path, name):
    path.write_bytes(HOSTILE[name])
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError, match=r"load: expected .*, got .*; use another copy\.$"):
            bptt.load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < len(HOSTILE[name]) + 2_000_000


def test_a_large_file_takes_hardly_more_memory_than_it_is_long(path):
    net = bptt.RNN(hidden_size=1000, readout="state_in")
    bptt.save(path, net, net.init(rng=0))
    tracemalloc.start()
    try:
        bptt.load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < path.stat().st_size + 2_000_000


def test_a_file_that_becomes_shorter_while_it_is_read(path, monkeypatch):
    path.write_bytes(RAW[:-8])
    monkeypatch.setattr(os, "fstat", lambda descriptor: SimpleNamespace(st_size=len(RAW)))
    with pytest.raises(ModelFileError, match="became shorter"):
        bptt.load(path)


def test_a_pipe_a_device_and_a_folder_are_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    pipe = os.open(tmp_path / "pipe", os.O_RDWR)  # whoever opens it now does not wait for ever
    os.write(pipe, RAW)
    try:
        for name in (tmp_path / "pipe", "/dev/zero", tmp_path):
            with pytest.raises(ModelFileError, match=r"load: .* got something that is not a reg"):
                bptt.load(name)
        assert os.read(pipe, 2 * len(RAW)) == RAW
    finally:
        os.close(pipe)


NO_FILES = ["missing", "file/m", "x" * 300, "a\0b", "", 0, None]
if os.path.exists("/proc/self/mem"):  # can be opened, and its first byte cannot be read
    NO_FILES.append("/proc/self/mem")


@pytest.mark.parametrize("name", NO_FILES)
def test_paths_that_cannot_be_read(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(RAW)
    with pytest.raises(FileAccessError, match=r"^load: expected .*, got .*\. [A-Z].*\.$") as caught:
        bptt.load(name)
    assert repr(name) in str(caught.value)


def test_no_permission(path, monkeypatch):
    def refused(*_arguments):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    path.write_bytes(RAW)
    monkeypatch.setattr(_safetensors, "open", refused, raising=False)
    with pytest.raises(FileAccessError, match=r"load: .* got Permission denied\. Check the path"):
        bptt.load(path)
