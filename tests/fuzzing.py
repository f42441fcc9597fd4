"""Damaged and hostile model files, each drawn from (seed, number), and a judge of what load does.

A sound file is taken apart, changed in some of four stages, and put together again: the network
and its arrays; the header's JSON as a tree, that of the network within it included; the header's
bytes; the file's bytes.  Offsets and digest are mostly made to agree with what came of the stages
before, else nothing would ever get past them.
"""

import functools
import hashlib
import itertools
import json
import os
import re
import signal
import tempfile
import traceback
from pathlib import Path

import numpy as np
import safetensors.numpy

import bptt
from bptt import saving
from bptt.errors import InputError, ModelFileError
from bptt.params import named_arrays

NETWORKS = [
    ({}, "f8"),
    ({"readout": "state_in", "bias": False, "activation": "logistic"}, "f4"),
    ({"input_size": 2, "hidden_size": 3, "activation": "relu", "leak": 0.3}, "f4"),
    ({"cell": "gru", "hidden_size": 2, "readout": "every", "output_size": 3}, "f4"),
    ({"cell": "lstm", "peephole": True, "initial_state": "trained"}, "f8"),
    ({"cell": "lstm", "hidden_size": 2, "n_layers": 2, "dropout": 0.25, "bias": False}, "f8"),
    ({"n_layers": 2, "bidirectional": True, "dropout": 0.5, "readout": "mean"}, "f4"),
    ({"activation": bptt.activations.own(np.sin, np.cos, "sine")}, "f8"),
    ({"hidden_size": 2, "readout": "every"}, "f8 of version 1"),
    ({"hidden_size": 2}, "f8 with more"),
]
MORE = {"about": {"unit": ["°C", 0.5, None]}, "arrays": {"scale": np.array([2.0, 3.0])}}
SINCE_2 = ("n_layers", "bidirectional", "dropout", "initial_state", "leak", "peephole")


def original(options, dtype):
    """Return a file's metadata, what of it is JSON, and its arrays [name, dtype, shape, bytes]."""
    net = bptt.RNN(**options)
    more = MORE if dtype.endswith("more") else {}
    with tempfile.TemporaryDirectory() as folder:
        bptt.save(f"{folder}/m", net, net.init(rng=0, dtype=dtype[:2]), **more)
        raw = Path(f"{folder}/m").read_bytes()
    tail = 8 + int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:tail])
    metadata = header.pop("__metadata__")
    described = {name: json.loads(metadata.pop(name)) for name in ("network", "about")}
    if dtype.endswith("1"):
        metadata["version"] = "1"
        described = {"network": described["network"]}
        for name in SINCE_2:
            del described["network"][name]
    arrays = []
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        arrays.append([name, entry["dtype"], entry["shape"], raw[tail + begin : tail + end]])
    return metadata, described, arrays


ORIGINALS = [original(*network) for network in NETWORKS]

# ---- what things are changed into ---------------------------------------------------------------

NAMES = sorted({array[0] for _, _, arrays in ORIGINALS for array in arrays})
ODD_NAMES = ["", "a", "__metadata__", "weight_ih_l9", "é", "\ud800", "\0", "x" * 300]
FIELDS = {
    "cell": ["elman", "gru", "lstm", "mine"],
    "input_size": [1, 2, 3, 2**40],
    "hidden_size": [1, 2, 3, 10**6, 2**62],
    "activation": ["tanh", "logistic", "relu", "mine", "", "os.system", "a b", "x" * 99, None],
    "readout": ["last", "every", "mean", "state_in"],
    "output_size": [1, 2, 3, 2**40],
    "bias": [True, False],
    "n_layers": [1, 2, 3, 50, 10**4, 10**9, 2**70],
    "bidirectional": [True, False],
    "dropout": [0, 0.0, 0.25, 0.999, 1, 1.0, 5e-324],
    "initial_state": ["zeros", "trained"],
    "leak": [None, 1, 1.0, 0.5, 1e-300, 0.0, 2],
    "peephole": [True, False, None],
}
NUMBERS = [0.0, -0.0, 1.0, np.nan, np.inf, -np.inf, 1e-45, 5e-324, 3.4e38, 1.7e308]
SIGNALLING_NAN = {4: b"\x01\0\xa0\x7f", 8: b"\x01\0\0\0\0\0\xf4\x7f"}
ODD = [
    "null", "true", "false", "0", "-0", "-1", "1", "2", "1.0", "1e0", "-1.5", "1e400", "1e-400",
    "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551616",
    "9" * 400, "9" * 4300, '""', '"a"', '"1"', '"F32"', '"F64"', '"BF16"', '"F8_E4M3"', '"U8"',
    r'"\u0000"', r'"\u0031"', r'"\ud83d\ude00"', '"é字😀"', "\"'\"", '"tanh"', '"last"', '"gru"',
    "[]", "{}", "[[]]", '{"":{}}', "[0]", "[1]", "[1,1]", "[1,1,1]", "[2,2]", "[0,8]", "[8,0]",
    "[-8,0]", "[0,0]", "[0,4611686018427387904]", "[4611686018427387904,4]", "[4294967296,65536]",
    "[274177,67280421310721]", "[1.0,1]", "[true,1]", '["1",1]', "[[1],1]", "[null]",
    '{"dtype":"F64","shape":[1],"data_offsets":[0,8]}',
    '{"dtype":"U8","shape":[1099511627776],"data_offsets":[0,1099511627776]}',
    '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}',
]  # fmt: skip
NO_JSON = [
    "NaN", "Infinity", "-Infinity", "01", "+1", ".5", "0x1", "9" * 4301, r'"\ud800"', '"\ud800"',
    r'"\udc00\ud800"', '"\x00"', '"\n"', r'"\x"', '"', "'a'", "", "{", "[", "]", "}", ",", "[1,]",
    '{"a"}', "/**/",
]  # fmt: skip
TOKENS = [t.encode("utf-8", "surrogatepass") for t in (*ODD, *NO_JSON) if len(t) < 30]
TOKENS += [b":", b"\\", b"\\u", b"\xff", b"\xc0\x80", b"\xef\xbb\xbf", b" ", b"\t", b"\r\n", b"\0"]


class Dice:
    """Draws that a seed and a number determine."""

    def __init__(self, seed, number):
        rng = np.random.default_rng((seed, number))
        rolls = iter(lambda: rng.random(64).tolist(), None)
        self.roll = itertools.chain.from_iterable(rolls).__next__

    def below(self, n):
        return int(self.roll() * n)

    def pick(self, options):
        return options[self.below(len(options))]

    def chance(self, probability):
        return self.roll() < probability


# ---- first stage: the network, or its arrays ----------------------------------------------------


def another_field(dice, metadata, described, arrays):
    name = dice.pick(list(FIELDS))
    described["network"][name] = dice.pick(FIELDS[name])


def another_number(dice, metadata, described, arrays):
    array = dice.pick(arrays)
    kind = np.dtype("<f8" if array[1] == "F64" else "<f4")
    numbers = np.frombuffer(array[3], kind).copy()
    if dice.chance(0.1):
        array[3] = SIGNALLING_NAN[kind.itemsize] + array[3][kind.itemsize :]
    elif numbers.size:
        with np.errstate(over="ignore"):
            numbers[dice.below(numbers.size)] = np.array(dice.pick(NUMBERS)).astype(kind)
        array[3] = numbers.tobytes()


def another_dtype(dice, metadata, described, arrays):
    for array in arrays if dice.chance(0.6) else [dice.pick(arrays)]:
        numbers = np.frombuffer(array[3], "<f8" if array[1] == "F64" else "<f4")
        with np.errstate(all="ignore"):
            raw = numbers.astype("<f4" if array[1] == "F64" else "<f8").tobytes()
        array[1], array[3] = ("F32" if array[1] == "F64" else "F64"), raw


def another_entry(dice, metadata, described, arrays):
    array = dice.pick(arrays)
    shape = array[2]
    shapes = [shape[::-1], [*shape, 1], [1, *shape], [0, *shape], [], [2**32, 2**32]]
    dtypes = ["F16", "BF16", "I32", "I64", "U8", "C64"]
    way = dice.below(3)
    array[way] = dice.pick([[*NAMES, *ODD_NAMES], dtypes, shapes][way])


def other_arrays(dice, metadata, described, arrays):
    """Another order, an array less, or one more."""
    arrays.sort(key=lambda array: dice.roll())
    if dice.chance(0.2):
        arrays.pop()
    elif dice.chance(0.2):
        more = [dice.pick(NAMES), *arrays[0][1:]]
        arrays.append(dice.pick([more, ["empty", "F64", [0, 2**40], b""]]))


def anothers(dice, metadata, described, arrays):
    _, other, theirs = dice.pick(ORIGINALS)
    if dice.chance(0.5):
        arrays[:] = [list(array) for array in theirs]
    else:
        described.update({name: dict(part) for name, part in other.items()})


def another_mark(dice, metadata, described, arrays):
    name = dice.pick(["note", "note", "format", "version", "version", "sha256"])
    metadata[name] = dice.pick(["", "1", "2", "2", "3", "pt", "a" * 64, "\0", "字"])


CHANGES = [
    another_field, another_field, another_number, another_number, another_dtype, another_entry,
    other_arrays, anothers, another_mark,
]  # fmt: skip

# ---- second stage: JSON as a tree ---------------------------------------------------------------


class Members(list):
    """A JSON object as [name, value] pairs, so that a name can come twice."""


class Quoted(list):
    """JSON inside of a string: one value."""


atom = functools.lru_cache(10_000, typed=True)(json.dumps)  # most come again and again


def tree(value):
    """Return JSON as lists, `Members` and, for everything without parts, its text."""
    if isinstance(value, dict):
        return Members([atom(name), tree(part)] for name, part in value.items())
    return [tree(part) for part in value] if isinstance(value, list) else atom(value)


def text(node):
    if isinstance(node, str):
        return node
    if isinstance(node, Members):
        return "{" + ",".join([f"{name}:{text(value)}" for name, value in node]) + "}"
    inside = ",".join([text(value) for value in node])
    return json.dumps(inside) if isinstance(node, Quoted) else f"[{inside}]"


def slots(node):
    """Yield (list, index) for each part of a tree, from the outside to the inside."""
    for i in range(len(node)):
        yield node, i
        if not isinstance(value(node, i), str):
            yield from slots(value(node, i))


def value(node, i):
    return node[i][1] if isinstance(node, Members) else node[i]


def change_tree(dice, header):
    """Change one part of a header, or of the network within it."""
    metadata = header[0][1] if header else ""
    found = list(slots(metadata if isinstance(metadata, Members) and dice.chance(0.4) else header))
    if not found:
        return
    (node, i), (other, j) = dice.pick(found), dice.pick(found)
    named = isinstance(node, Members)
    way = dice.below(10)
    if way == 0:
        del node[i]
    elif way == 1:  # twice
        node.insert(dice.below(len(node) + 1), node[i])
    elif way == 2:  # in another place
        node.insert(dice.below(len(node)), node.pop(i))
    elif way == 3 and named:  # under another name
        taken = other[j][0] if isinstance(other, Members) else '"a"'
        names = [taken, json.dumps(dice.pick(ODD_NAMES)), dice.pick(ODD), dice.pick(NO_JSON)]
        node[i] = [dice.pick(names), node[i][1]]
    else:
        new = another_value(dice, value(node, i), value(other, j))
        node[i] = [node[i][0], new] if named else new


def another_value(dice, old, other):
    if dice.chance(0.1):
        times = dice.pick([1, 2, 126, 127, 128, 500, 800 + dice.below(300), 5000])
        opening, closing = dice.pick([("[", "]"), ('{"":', "}")])
        return opening * times + text(old) + closing * dice.pick([times, times, times, 0])
    if dice.chance(0.1):
        return text(other)
    if isinstance(old, str) and old.isdigit() and len(old) < 400 and dice.chance(0.8):
        n = int(old)
        others = [n + 1, n - 1, n + 4, n + 8, n - 8, -n, 2 * n, n + 2**63, n + 2**64, n * 10**300]
        return str(dice.pick([*others, f"{n}.0", f"{n}e0", f"0{n}", f'"{n}"']))
    return dice.pick(NO_JSON if dice.chance(0.1) else ODD)


# ---- third and fourth stage: bytes --------------------------------------------------------------


def change_bytes(dice, content):
    at = dice.below(len(content) + 1)
    to = at + 1 + dice.below(12)
    here = content[at:to]
    way = dice.below(10)
    if way <= 2 and here:
        return content[:at] + bytes([here[0] ^ 1 << dice.below(8)]) + content[at + 1 :]
    if way == 3 and here[:1].isalnum():  # the same in other letters
        return content[:at] + b"\\u%04x" % here[0] + content[at + 1 :]
    if way == 4:
        return content[:at]
    if way == 5:
        other = dice.below(len(content) + 1)
        return content[:at] + content[other : other + to - at] + content[to:]
    if way == 6:
        return content[:at] + bytes(dice.below(256) for _ in here) + content[to:]
    new = b"" if way == 7 else dice.pick(TOKENS)
    return content[:at] + new + content[to if dice.chance(0.5) else at :]


# ---- the whole ----------------------------------------------------------------------------------

STAGES = ["", "n", "n", "n", "nn", "nn", "nt", "t", "t", "t", "tt", "h", "nh", "f", "nf", "nthf"]


def drawn(seed, number):
    """Return one file; a few are sound."""
    dice = Dice(seed, number)
    metadata, described, arrays = dice.pick(ORIGINALS)
    metadata, arrays = dict(metadata), [list(array) for array in arrays]
    described = {name: dict(part) for name, part in described.items()}
    stages = dice.pick(STAGES)
    for _ in range(stages.count("n")):
        dice.pick(CHANGES)(dice, metadata, described, arrays)

    values = {name: atom(value) for name, value in metadata.items()}
    values |= {name: Quoted([tree(part)]) for name, part in described.items()}
    if dice.chance(0.85):
        values["sha256"] = '"DIGEST"'
    header = Members([['"__metadata__"', Members([atom(name), v] for name, v in values.items())]])
    end, apart = 0, dice.chance(0.02)
    for name, dtype, shape, raw in arrays:
        begin = end + (dice.pick([0, 4, 8, -4, -8]) if apart else 0)
        end = begin + len(raw)
        entry = {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}
        header.append([atom(name), tree(entry)])
    for _ in range(stages.count("t")):
        change_tree(dice, header)
    tail = b"".join([raw for *_, raw in arrays])
    head = text(header)
    head = head.replace("DIGEST", digest(head, tail)).encode("utf-8", "surrogatepass")

    for _ in range(stages.count("h")):
        head = change_bytes(dice, head)
    if dice.chance(0.1):
        head += dice.pick([b" " * (-len(head) % 8), b"\n", b" " * (32_768 - len(head)), b"\0"])
    length = len(head)
    if dice.chance(0.03):
        length = dice.pick([0, 1, length + 1, length - 1, 32_769, 2**31, 2**63, 2**64 - 1])
    content = length.to_bytes(8, "little") + head + tail
    for _ in range(stages.count("f") * (1 + dice.below(3))):
        content = change_bytes(dice, content)
    if "f" in stages and dice.chance(0.1):  # the beginning of this one and the end of another
        other = drawn(seed, number + 2**40)
        content = content[: dice.below(len(content))] + other[dice.below(len(other)) :]
    return content


def digest(head, tail):
    """Return the digest that `bptt.load` expects of a file, as far as it can be read at all."""
    try:
        header = json.loads(head, strict=False)
        metadata = header.pop("__metadata__", {})
        found = hashlib.sha256()
        for name in sorted(header):
            found.update(tail[slice(*header[name]["data_offsets"])])
        if metadata.get("version") != "1":
            metadata = {name: value for name, value in metadata.items() if name != "sha256"}
            found.update(json.dumps([metadata, sorted(header)], sort_keys=True).encode())
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return "0" * 64
    return found.hexdigest()


# ---- the judge ----------------------------------------------------------------------------------

SECONDS = 5


def quick_folder():
    """Return a new folder, in memory if there is such a place: a million files are written."""
    shared = "/dev/shm"
    return tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else None)


def judge(content, folder):
    """Return what `bptt.load` makes of a file; raise AssertionError if it should not do so."""
    path = os.path.join(folder, "m")
    with open(path, "wb") as file:
        file.write(content)
    signal.signal(signal.SIGVTALRM, too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    activation = error = None
    try:
        try:
            net, params = bptt.load(path)
        except InputError as asked:
            activation, error = asked_for(content, asked), asked
            net, params = bptt.load(path, activation=activation)
    except ModelFileError as refused:
        if error is None:
            return reason(refused)
        raise AssertionError(f"asks for an activation first, then {refused}") from refused
    except Exception as other:
        raise AssertionError(f"{type(other).__name__}: {other}") from other
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)

    try:
        theirs = safetensors.numpy.load(content)
    except Exception as refused:
        raise AssertionError(f"the safetensors package refuses it: {refused}") from refused
    loaded = saving.load_all(path, activation=activation)
    ours = dict(named_arrays(params))
    assert all(np.isfinite(array).all() for array in ours.values())
    assert bits(ours) == bits(dict(named_arrays(loaded.params))), "load and load_all differ"
    ours |= {f"besides.{name}": array for name, array in loaded.arrays.items()}
    assert bits(ours) == bits(theirs), "other arrays than the safetensors package reads"
    bptt.save(path, net, params, about=loaded.about, arrays=loaded.arrays)
    again = saving.load_all(path, activation=activation)
    assert (again.net, again.about) == (net, loaded.about), "saved again it is another network"
    arrays = {f"besides.{name}": array for name, array in again.arrays.items()}
    assert bits(dict(named_arrays(again.params)) | arrays) == bits(ours), "or has other bits"
    return "sound, with an activation of one's own" if activation else "sound"


def too_long(*_signal):
    raise AssertionError(f"no answer after {SECONDS} seconds of computing")


def asked_for(content, error):
    """Return the activation of one's own that the file names, if it is that the error asks for."""
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    name = json.loads(header["__metadata__"]["network"])["activation"]
    assert str(error).startswith(f"load: expected the activation {name!r}, got none."), error
    assert name not in bptt.activations.BY_NAME
    return bptt.activations.own(np.sin, np.cos, name)


def reason(error):
    """Return where a file was refused and what for, without what is that one file's."""
    stack = [frame.f_code.co_name for frame, _ in traceback.walk_tb(error.__traceback__)]
    where = next((name for name in stack if name in ("read", "parse_json")), "load")
    came = str(error).split("to be a sound model file, got ")[1]
    came = re.split(r"[('\"]|\. It is damaged", re.sub(r"\d+", "N", came))[0].strip()
    return f"{where}: {came}"


def bits(arrays):
    return {name: (a.dtype.str, a.shape, a.tobytes()) for name, a in arrays.items()}
