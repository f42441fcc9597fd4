"""50,000 damaged and hostile model files: ModelFileError and nothing else, little memory.

A tenth of them here, the others in `make sweeps`; `make fuzz` draws a million.
"""

import itertools
import json
import math
import subprocess
import sys
import tracemalloc
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import bptt
from bptt.errors import InputError, ModelFileError
from fuzzing import digest, drawn, judge, quick_folder
from sweeping import sweep

N_CHUNKS, N_FILES = 20, 2_500


@pytest.fixture(scope="module")
def folder():
    with quick_folder() as name:
        yield Path(name)


@pytest.mark.parametrize("seed", sweep(range(N_CHUNKS), every=10))
def test_damaged_and_hostile_files(folder, seed):
    came = Counter()
    for number in range(N_FILES):
        content = drawn(seed, number)
        try:
            came[judge(content, folder)] += 1
        except AssertionError as error:
            raise AssertionError(f"drawn({seed}, {number}): {error}") from error
    header = sum(n for what, n in came.items() if what.startswith("read:"))
    behind = [came[what] for what in came if what.startswith(("sound", "load: arrays of several"))]
    assert header < 0.6 * N_FILES, came  # the headers of all others are sound
    assert sum(behind) > 0.1 * N_FILES, came  # these got past the digest
    assert len(came) > 12, came


def test_a_seed_and_a_number_determine_a_file():
    numbers = list(itertools.product(range(10), range(10)))
    files = [drawn(*number) for number in numbers]
    assert [drawn(*number) for number in numbers] == files
    assert len(set(files)) > 80


def memory(path, content):
    """Return how much more than the bytes of the file a load takes at its worst moment."""
    path.write_bytes(content)
    tracemalloc.start()
    try:
        with suppress(ModelFileError, InputError):
            bptt.load(path)
        return tracemalloc.get_traced_memory()[1] - len(content)
    finally:
        tracemalloc.stop()


def test_memory(folder):
    taken = [memory(folder / "m", drawn(100, number)) for number in range(500)]
    assert max(taken) < 2_000_000, taken.index(max(taken))


def filled(unit):
    """Return a file whose header is as long as is read, and full of this."""
    times = 32_700 // (len(unit) + 1)
    header = '{"a":[' + ",".join([unit] * times) + "]}"
    return len(header).to_bytes(8, "little") + header.encode()


CHAIN = '{"":' * 800 + "0" + "}" * 800
UNITS = ["[]", "{}", '{"":0}', '{"":[]}', '""', "1", "0.5", CHAIN, "[" * 900 + "]" * 900]


@pytest.mark.parametrize("unit", UNITS, ids=[unit[:9] for unit in UNITS])
def test_memory_of_a_header_of_very_many_things(folder, unit):
    content = filled(unit)
    assert judge(content, folder).startswith("read:")
    assert memory(folder / "m", content) < 2_000_000


def of_arrays(*shapes):
    """Return a file that declares these arrays, and has none of their bytes."""
    ends = [0, *itertools.accumulate(8 * math.prod(shape) for shape in shapes)]
    pairs = zip(shapes, itertools.pairwise(ends), strict=True)
    entries = [{"dtype": "F64", "shape": shape, "data_offsets": pair} for shape, pair in pairs]
    header = json.dumps({f"a{i}": entry for i, entry in enumerate(entries)})
    return len(header).to_bytes(8, "little") + header.encode()


@pytest.mark.parametrize(
    "shapes",
    [[(2**20, 2**20)], [(2**59,)], [(2**37, 1)] * 5, [(2**32, 2**32)], [(0, 2**62)]],
    ids=str,
)
def test_memory_of_files_that_declare_terabytes(folder, shapes):
    content = of_arrays(*shapes)
    assert judge(content, folder).startswith("read:")
    assert memory(folder / "m", content) < 100_000


def described(folder, text="null", **change):
    """Return a file that says something else of its network, ``text`` for 0.5, with its digest."""
    net = bptt.RNN()
    bptt.save(folder / "m", net, net.init(rng=0))
    content = (folder / "m").read_bytes()
    begin = 8 + int.from_bytes(content[:8], "little")
    header, tail = json.loads(content[8:begin]), content[begin:]
    metadata = header["__metadata__"]
    network = json.dumps(json.loads(metadata["network"]) | change)
    metadata["network"] = network.replace("0.5", text)
    metadata["sha256"] = digest(json.dumps(header), tail)
    header = json.dumps(header).encode()
    return len(header).to_bytes(8, "little") + header + tail


@pytest.mark.parametrize("number", [3, 10**4, 10**9, 2**64], ids=str)
@pytest.mark.parametrize("field", ["n_layers", "hidden_size", "input_size", "output_size"])
def test_a_network_that_is_far_too_large_is_not_made(folder, field, number):
    content = described(folder, **{field: number})
    assert judge(content, folder) == "load: arrays that are not those of its network"
    assert memory(folder / "m", content) < 200_000


@pytest.mark.parametrize("name", ["", "a b", "x" * 61, "é字\0", "os.system('x')", "../m"])
def test_no_file_asks_for_an_activation_of_which_save_would_not_write_the_name(folder, name):
    assert judge(described(folder, activation=name), folder).startswith("load:")
    assert judge(described(folder, activation="sine"), folder).startswith("sound, with")


def test_a_damaged_file_does_not_ask_for_an_activation(folder):
    content = described(folder, activation="sine")
    assert judge(content, folder) == "sound, with an activation of one's own"
    for damaged in (content.replace(b"sine", b"cine"), content[:-1] + b"\0"):
        assert judge(damaged, folder) == "load: weights that are not those that were saved"


@pytest.mark.parametrize("brackets", [("[", "]"), ('{"":', "}")], ids=["lists", "objects"])
@pytest.mark.parametrize("field", ["bias", "cell", "leak", "activation"])
def test_nested_deeply(folder, field, brackets):
    for times in [*range(80, 120), *range(880, 1000)]:
        nested = brackets[0] * times + "0" + brackets[1] * times
        where = "load:" if times < 100 else "parse_json: a header that is not sound"
        assert judge(described(folder, nested, **{field: 0.5}), folder).startswith(where), times


@pytest.mark.parametrize("field", ["dropout", "leak", "input_size", "cell"])
def test_infinity_by_another_name(folder, field):
    content = described(folder, "1.5e400", **{field: 0.5})
    assert judge(content, folder) == "parse_json: a header that is not sound"


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("besides", [False, True])
def test_memory_of_large_sound_files(folder, dtype, besides):
    net = bptt.RNN(input_size=2000, hidden_size=1 if besides else 1000, readout="state_in")
    arrays = {"x": np.zeros((2000, 1000), dtype)} if besides else {}
    bptt.save(folder / "m", net, net.init(rng=0, dtype=dtype), arrays=arrays)
    content = (folder / "m").read_bytes()
    assert len(content) > 8_000_000
    assert memory(folder / "m", content) < 2_000_000


@pytest.mark.parametrize(
    "options", [{"leak": 0.3}, {"cell": "gru", "n_layers": 2, "dropout": 0.25}]
)
def test_every_flipped_bit_of_what_is_said_of_a_network_is_refused(folder, options):
    net = bptt.RNN(**options)
    bptt.save(folder / "m", net, net.init(rng=0), about={"limit": 0.5})
    content = (folder / "m").read_bytes()
    for bit in range(8 * 16, 8 * content.index(b'"weight_ih_l0"')):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        assert not judge(bytes(flipped), folder).startswith("sound"), bit


LISTENER = """
import sys
sys.path.insert(0, sys.argv[1])
from fuzzing import drawn, quick_folder
import bptt

heard = set()
listening = False

def hear(event, arguments):
    if listening:
        heard.add((event, str(arguments[0]) if event == "open" else ""))

sys.addaudithook(hear)
with quick_folder() as folder:
    path = f"{folder}/m"
    for number in range(-300, 300):  # what is imported once, is imported by the first half
        with open(path, "wb") as file:
            file.write(drawn(200, abs(number)))
        listening = number >= 0
        try:
            bptt.load(path)
        except bptt.errors.BpttError:
            pass
        listening = False
    print(sorted({event for event, _ in heard}), {name for _, name in heard} - {""} == {path})
"""


def test_nothing_else_is_opened_imported_or_run():
    command = [sys.executable, "-c", LISTENER, str(Path(__file__).parent)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout == "['open'] True\n"
