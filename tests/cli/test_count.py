"""`bptt count`: what it reaches, what it says, what it refuses, and how it stops."""

import functools
import io
import json
import math
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tokenize
import xml.etree.ElementTree as ET
from contextlib import redirect_stdout
from pathlib import Path
from token import NUMBER
from unittest import mock

import numpy as np
import pytest

import bptt
from bptt.cells import Elman
from bptt.cli import count, main
from bptt.errors import FileAccessError, NonFiniteError

PART1 = shlex.split(
    "count --data part1 --activation identity --optimizer sgd --rate 0.02 0.0006 "
    "--epochs 30000 --init 0.2 1.5"
)
PART2 = shlex.split(
    "count --data part2 --optimizer sgd --rate 0.001 --epochs 15000 "
    "--init 0.47143516373249306 -1.1909756947064645"
)
LARGE = shlex.split("count --hidden 16 --data random --sequences 2000 --steps 16 --seed")
QUICK = ["count", "--epochs", "3"]
READ = [*QUICK, "--hidden", "2"]  # which has no search behind it
FIELDS = {
    "data", "activation", "hidden", "epochs", "loss", "weights", "targets", "predictions",
    "rounded", "correct", "total", "best_possible_loss", "best_possible_correct",
    "gradient_check", "seconds",
}  # fmt: skip
SENTENCE = re.compile(r"bptt: [^\n]+: expected [^\n]+, got [^\n]+\. [^\n]+[^.\n]\.\n")


def strict(text):
    """Read JSON, and nothing that is not JSON."""

    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


@functools.cache
def found(*arguments):
    """Return the JSON object of a run, which is made once."""
    out = io.StringIO()
    with redirect_stdout(out):
        assert main([*arguments, "--json"]) == 0
    return strict(out.getvalue())


@functools.cache
def trained(*arguments):
    """Return the JSON object of a run without the search of what is possible."""
    with mock.patch.object(count, "two_weights", return_value=None):
        return found.__wrapped__(*arguments)


@pytest.fixture
def no_search(monkeypatch):
    """Leave out the search, which takes longer than all else."""
    monkeypatch.setattr(count, "two_weights", lambda *_: None)


@functools.cache
def said(*arguments):
    out = io.StringIO()
    with redirect_stdout(out):
        assert main(arguments) == 0
    return out.getvalue()


def refused(capsys, *arguments):
    """Return the sentence on standard error of a run that must stop with status 2."""
    assert main([str(argument) for argument in arguments]) == 2
    out, err = capsys.readouterr()
    assert SENTENCE.fullmatch(err), err
    assert out == ""
    return err


def never(*_, **__):
    raise AssertionError("it must not come to that")


# What it reaches.


@pytest.mark.parametrize(
    ("data", "loss", "correct", "best_correct"),
    [
        ("post", 0.492001013003642, 1, 2),
        ("part1", 0.095035975005906, 3, 3),
        ("part2", 0.010669271005927, 3, 3),
    ],
)
def test_the_default_run_reaches_the_lowest_cost_and_finds_it_by_search(
    data, loss, correct, best_correct
):
    run = found("count", "--data", data)
    assert run["loss"] == pytest.approx(loss, abs=1e-9)
    assert run["best_possible_loss"] == pytest.approx(loss, abs=1e-9)
    assert (run["correct"], run["total"]) == (correct, 3)
    assert run["best_possible_correct"] == best_correct
    assert run["gradient_check"]["max_error"] < 1e-12


def test_the_search_does_not_lean_on_the_training():
    run = found("count", "--epochs", "1")
    assert run["loss"] > 1
    assert run["best_possible_loss"] == pytest.approx(0.492001013003642, abs=1e-9)
    assert run["best_possible_correct"] == 2


def test_no_figure_that_is_claimed_stands_in_the_code():
    figures = [0.492001013003642, 0.095035975005906, 0.010669271005927, 0.369383197851938]
    figures += [0.9240, 1.4174, 1.4028, 1.7142, 1.2127, 3.5797]  # the weights there
    read = 0
    for file in Path(bptt.__file__).parent.rglob("*.py"):
        with tokenize.open(file) as text:
            numbers = [
                t.string for t in tokenize.generate_tokens(text.readline) if t.type == NUMBER
            ]
        for number in numbers:
            read += 1
            if not re.fullmatch(r"0[xob].*|.*[jJ]", number):
                near = [f for f in figures if math.isclose(float(number), f, rel_tol=1e-4)]
                assert not near, f"{file.name}: {number}"
        text = file.read_text(encoding="utf-8")
        assert not re.search("492001013|095035975|010669271|369383197", text), file.name
    assert read > 100


@pytest.mark.parametrize(
    ("arguments", "wx", "wrec", "predictions"),
    [
        (PART1, 0.9999996509824673, 1.00000028662589,
         [1.0000002242341293, 2.000000161842386, 2.9999998128248535]),
        (PART2, -1.2088349535292395, 3.5751371681643622,
         [3.0625658878246176, 1.853730934295378, 1.082027007243501]),
    ],
    ids=["part1", "part2"],
)  # fmt: skip
def test_the_published_runs(arguments, wx, wrec, predictions):
    run = found(*arguments)
    assert run["weights"] == pytest.approx({"wx": wx, "wrec": wrec}, abs=1e-9)
    assert run["predictions"] == pytest.approx(predictions, abs=1e-9)
    assert run["rounded"] == run["targets"]
    assert run["epochs"] == int(arguments[arguments.index("--epochs") + 1])


def test_the_first_cost_of_part_2():
    x, y = bptt.tasks.part2()
    net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    start = bptt.post_params(0.47143516373249306, -1.1909756947064645)
    fitted = bptt.fit(net, x, y, params=start, optimizer=bptt.gradient_descent(0.001), epochs=1)
    assert fitted.history.loss[0] == pytest.approx(5.570031169323525, abs=1e-9)


def test_identity_counts_a_thousand_time_stamps():
    run = found("count", "--activation", "identity", "--test-steps", "1000")
    assert run["loss"] < 1e-12
    assert run["test"] == {"steps": 1000, "correct": 100, "total": 100}
    text = said("count", "--activation", "identity", "--test-steps", "1000")
    assert "100 of 100 new random sequences of 1000 bits right" in text


@pytest.mark.parametrize("seed", range(5))
def test_sixteen_states_count_what_they_have_not_seen(seed):
    run = found(*LARGE, str(seed))
    assert run["held_out"]
    assert run["total"] == 400
    assert run["correct"] >= 0.99 * 400
    right = [
        rounded == target for rounded, target in zip(run["rounded"], run["targets"], strict=True)
    ]
    assert run["correct"] == sum(right)
    assert run["best_possible_loss"] is None


def every_five_bits(tmp_path):
    """Write the 32 sequences of five bits to a file; return (their array, the file's name)."""
    bits = np.array([[int(bit) for bit in f"{n:05b}"] for n in range(32)])
    path = str(tmp_path / "bits.csv")
    np.savetxt(path, bits, fmt="%d", delimiter=",")
    return bits, path


@pytest.mark.parametrize("seed", range(3))
def test_what_is_held_out_was_not_trained_on(monkeypatch, capsys, tmp_path, seed):
    bits, path = every_five_bits(tmp_path)
    fit, trained_on = count.fit, []

    def spy(net, x, y, **named):
        trained_on.extend("".join(f"{bit:g}" for bit in row) for row in x)
        assert y.tolist() == x.sum(axis=1).tolist()
        return fit(net, x, y, **named)

    monkeypatch.setattr(count, "fit", spy)
    assert main([*READ, "--data", path, "--seed", str(seed)]) == 0
    shown = capsys.readouterr().out
    judged = re.findall(r"^([01]{5}) +(\d) ", shown, flags=re.MULTILINE)
    assert len(judged) == 6
    assert f"of {len(judged)} held-out sequences right" in shown
    assert all(row.count("1") == int(ones) for row, ones in judged)
    together = [*trained_on, *(row for row, _ in judged)]
    assert sorted(together) == ["".join(map(str, row)) for row in bits]


@pytest.mark.parametrize("more", [[], ["--hidden", "16"]], ids=["two weights", "16 states"])
def test_relu_is_not_called_wrong_at_its_kink(more):
    """Bits put its states exactly where it has no derivative."""
    run = found("count", "--activation", "relu", *more)
    assert run["correct"] == 3
    assert run["gradient_check"]["max_error"] < 1e-12


@pytest.mark.usefixtures("no_search")
@pytest.mark.parametrize("name", ["relu", "tanh"])
@pytest.mark.parametrize("more", [(), ("--hidden", "3")], ids=["two weights", "3 states"])
def test_a_forgotten_derivative_is_found(monkeypatch, capsys, name, more):
    def forgotten(self, z, states, kept, dz):
        dz.fill(1.0)

    monkeypatch.setattr(Elman, "local_derivatives", forgotten)
    status = main([*QUICK, "--init", "-1", "0.7"] if not more else [*QUICK, *more])
    assert status == 1
    assert "gradient  WRONG in " in capsys.readouterr().out


# What it says.


def test_it_is_honest_about_the_limit():
    text = said("count")
    assert "counted   1 of 3 right" in text
    assert re.search(r"cost +0\.492001013 after", text)
    assert re.search(r"lowest cost +0\.492001013 at wx 0\.924, wrec 1\.417: 1 of 3 right", text)
    assert re.search(r"most right +2 of 3", text)
    assert "no two weights count all 3" in text
    assert "a logistic state lies in (0, 1)" in text


def ways_out(text):
    commands = re.findall(r"^  bptt (count .*?)(?:   \(.*)?$", text, flags=re.MULTILINE)
    return [shlex.split(command) for command in commands]


def test_the_ways_out_lead_out():
    one, other = ways_out(said("count"))
    assert one == ["count", "--activation", "identity"]
    assert other == ["count", "--hidden", "16"]
    for command in (one, other):
        run = found(*command)
        assert run["correct"] == run["total"] == 3


@pytest.mark.parametrize("seed", range(1, 10))
def test_the_second_way_out_does_not_depend_on_the_seed(seed):
    assert found("count", "--hidden", "16", "--seed", str(seed))["correct"] == 3


def test_the_ways_out_of_longer_data(tmp_path):
    """What is advised counts these lengths, and takes the file again."""
    path = tmp_path / "some bits.csv"
    bits = np.random.default_rng(3).integers(0, 2, size=(20, 6))
    np.savetxt(path, bits, fmt="%d", delimiter=",")
    text = said("count", "--data", str(path), "--epochs", "50")
    one, other = ways_out(text)
    run = found(*one)
    assert run["test"] == {"steps": 6, "correct": 100, "total": 100}
    assert other == ["count", "--data", str(path), "--hidden", "16"]
    assert found(*other)["data"] == str(path)

    one, other = ways_out(said("count", "--data", "random", "--steps", "14", "--epochs", "50"))
    assert found(*one)["test"] == {"steps": 14, "correct": 100, "total": 100}
    assert sorted(other) == sorted(LARGE[:-1])


def test_it_says_when_the_training_stopped_short():
    assert "stopped short" in said("count", "--data", "part1", "--epochs", "5")
    assert "stopped short" not in said("count", "--data", "part1")


def test_it_does_not_claim_what_it_has_not_searched():
    arguments = ["count", "--data", "random", "--steps", "1000", "--epochs", "2"]
    run = found(*arguments)
    assert run["best_possible_loss"] is run["best_possible_correct"] is None
    text = said(*arguments)
    assert "was not searched" in text
    assert "no two weights" not in text
    assert len(ways_out(text)) == 2
    perfect = said(*arguments, "--activation", "identity", "--init", "1", "1")
    assert "20 of 20 right" in perfect
    assert ways_out(perfect) == []


def test_part_2_counts_zeros():
    text = said("count", "--data", "part2")
    assert "these labels count the zeros" in text
    assert "-> how many are zeros" in text
    assert found("count", "--data", "part2")["counted"] == "zeros"
    assert "zeros" not in said("count")
    text = said("count", "--data", "part2", "--activation", "identity")
    assert "without a bias, this network says 0" in text
    assert ways_out(text) == [["count", "--data", "part2", "--hidden", "16"]]


def test_zeros_are_also_what_is_tested():
    """Of one bit, these weights say 0 for 0 and about 2 for 1: no count of zeros, half of ones."""
    run = found("count", "--data", "part2", "--activation", "identity", "--test-steps", "1")
    assert run["weights"]["wx"] == pytest.approx(2, abs=0.1)
    assert run["test"]["correct"] == 0


def test_the_table():
    lines = said("count").splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("sequence"))
    assert lines[at].split() == ["sequence", "ones", "State_T(In)", "rounded"]
    rows = [line.split() for line in lines[at + 2 : at + 5]]
    run = found("count")
    assert rows == [
        [bits, str(target), f"{prediction:.6f}", str(rounded), verdict]
        for bits, target, prediction, rounded, verdict in zip(
            ["001", "011", "111"], run["targets"], run["predictions"], run["rounded"],
            ["wrong", "right", "wrong"], strict=True,
        )
    ]  # fmt: skip
    weights = re.search(r"weights +wx (\S+), wrec (\S+)", said("count"))
    assert float(weights[1]) == pytest.approx(run["weights"]["wx"], rel=1e-15)
    assert float(weights[2]) == pytest.approx(run["weights"]["wrec"], rel=1e-15)


@pytest.mark.parametrize(
    "arguments",
    [["count"], ["count", "--activation", "identity", "--test-steps", "1000"], PART2,
     ["count", "--data", "random", "--steps", "1000", "--epochs", "2"],
     ["count", "--data", "random", "--hidden", "16", "--epochs", "2"]],
    ids=["default", "identity", "part2", "long", "16 states"],
)  # fmt: skip
def test_no_line_is_wider_than_a_terminal(arguments):
    text = said(*arguments)
    assert max(map(len, text.splitlines())) <= 80
    assert text == re.sub(r" +\n", "\n", text)
    text.encode("ascii")  # which every terminal can show


@pytest.mark.parametrize(
    "more",
    [[], ["--activation", "tanh"], ["--hidden", "2"], ["--data", "random", "--hidden", "2"],
     ["--data", "random", "--sequences", "1", "--steps", "1"], ["--rate", "0"]],
    ids=" ".join,
)  # fmt: skip
def test_json_is_one_object_and_nothing_else(capsys, more):
    assert main([*QUICK, *more, "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    run = strict(out)
    assert out == json.dumps(run) + "\n"
    assert run.keys() >= FIELDS
    assert run["epochs"] == 3
    assert len(run["targets"]) == len(run["predictions"]) == len(run["rounded"]) == run["total"]
    assert all(isinstance(value, int) for value in [*run["rounded"], *run["targets"]])
    assert 0 <= run["correct"] <= run["total"]
    assert isinstance(run["loss"], float)
    assert isinstance(run["seconds"], float)
    assert isinstance(run["gradient_check"]["max_error"], float)
    assert run["hidden"] == (2 if "--hidden" in more else 1)
    if "--hidden" not in more:
        assert run["weights"].keys() == {"wx", "wrec"}
        assert run["best_possible_loss"] <= run["loss"]
        assert run["best_possible_correct"] >= run["correct"]


def test_the_seed_decides():
    random = ["count", "--data", "random", "--hidden", "3", "--epochs", "2"]
    one, other = found(*random, "--seed", "1"), found(*random, "--seed", "2")
    assert one["weights"] != other["weights"]
    found.cache_clear()
    again = found(*random, "--seed", "1")
    assert {**one, "seconds": 0} == {**again, "seconds": 0}


@pytest.mark.parametrize("optimizer", sorted(bptt.optimizers.BY_NAME))
@pytest.mark.parametrize("more", [[], ["--hidden", "2"]], ids=["two weights", "2 states"])
def test_every_optimiser_lowers_the_cost(optimizer, more):
    arguments = ["count", "--optimizer", optimizer, *more, "--epochs"]
    assert trained(*arguments, "200")["loss"] < trained(*arguments, "1")["loss"]


def test_a_falling_rate_can_be_asked_for():
    """With a rate that falls to 0 over 2 epochs, the second step of gradient descent is half."""
    arguments = ["count", "--optimizer", "sgd", "--rate", "0.1", "--schedule"]
    first = trained(*arguments, "constant", "--epochs", "1")["weights"]
    falling = trained(*arguments, "cosine", "--epochs", "2")["weights"]
    steady = trained(*arguments, "constant", "--epochs", "2")["weights"]
    for name in ("wx", "wrec"):
        half = (steady[name] - first[name]) / 2
        assert falling[name] - first[name] == pytest.approx(half, rel=1e-12)


# What it reads.


def npy(array, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.asarray(array), version=version)
    return file.getvalue()


def npy_header(shape, descr="<f8"):
    """Return an NPY file of 128 bytes: a header, and no numbers."""
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}"
    file = b"\x93NUMPY\x01\x00\x76\x00" + text.encode().ljust(117) + b"\n"
    assert len(file) == 128
    return file


BITS = [[0, 1, 1, 0], [1, 1, 1, 1]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plain.csv", b"0,1,1,0\n1,1,1,1\n"),
        ("no_newline_at_end.csv", b"0,1,1,0\n1,1,1,1"),
        ("spaces.CSV", b" 0, 1,1 ,0\n\n1,1,1,1\n\n"),
        ("windows.csv", b"\xef\xbb\xbf0,1,1,0\r\n1,1,1,1\r\n"),
        ("remarks.csv", b"# bits\n0,1,1,0 # first\n1,1,1,1\n"),
        ("savetxt.csv", b"0.000e+00,1.000e+00,1.000e+00,0.000e+00\n1.0,1.0,1.0,1.0\n"),
        ("int.npy", npy(BITS)),
        ("bool.npy", npy(np.array(BITS, dtype=bool))),
        ("float32.npy", npy(np.array(BITS, dtype="f4"))),
        ("big_endian.npy", npy(np.array(BITS, dtype=">i4"))),
        ("by_column.npy", npy(np.asfortranarray(BITS))),
        ("version2.NPY", npy(BITS, version=(2, 0))),
    ],
)
def test_bits_are_read(tmp_path, capsys, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    assert main([*READ, "--data", str(path)]) == 0
    text = capsys.readouterr().out
    assert f"data      {path}: 2 sequences of 4 bits -> how many are ones" in text
    assert re.findall(r"  ([01]{4}) -> (\d)", text) == [("0110", "2"), ("1111", "4")]


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("empty.csv", b"", "got none"),
        ("blank.csv", b"\n  \n# nothing\n", "got none"),
        ("ragged.csv", b"0,1,1\n1,1\n", "sequences of 3 and of 2 bits"),
        ("text.csv", b"0,1\n1,one\n", "'one' in line 2"),
        ("header.csv", b"first,second\n0,1\n", "'first' in line 1"),
        ("comma_at_end.csv", b"0,1,\n", "'' in line 1"),
        ("semicolons.csv", b"0;1\n1;0\n", "'0;1' in line 1"),
        ("together.csv", b"011\n101\n", "11 in sequence 1, time stamp 1"),
        ("two.csv", b"0,1\n1,2\n", "2 in sequence 2, time stamp 2"),
        ("half.csv", b"0,0.5\n", "0.5 in sequence 1, time stamp 2"),
        ("nan.csv", b"nan,1\n", "nan in sequence 1, time stamp 1"),
        ("infinity.csv", b"1,inf\n", "inf in sequence 1, time stamp 2"),
        ("bytes.csv", b"\xff\xfe\x00", "not text in UTF-8"),
        ("bits.txt", b"0,1\n", "ends in .csv or .npy"),
        ("bits", b"0,1\n", "ends in .csv or .npy"),
        ("object.npy", npy_header((1, 1), "|O"), "an array of object"),
        ("complex.npy", npy([[0, 1j]]), "an array of complex128"),
        ("text.npy", npy([["0", "1"]]), "an array of <U1"),
        ("fields.npy", npy(np.zeros((1, 2), dtype="i4,i4")), "an array of ["),
        ("two.npy", npy([[0, 2]]), "2 in sequence 1, time stamp 2"),
        ("nan.npy", npy([[0, np.nan]]), "nan in sequence 1, time stamp 2"),
        ("one_rank.npy", npy([0, 1]), "an array of shape (2,)"),
        ("three_ranks.npy", npy(np.zeros((2, 2, 2))), "an array of shape (2, 2, 2)"),
        ("number.npy", npy(1.0), "an array of shape ()"),
        ("no_rows.npy", npy(np.zeros((0, 3))), "got none"),
        ("no_steps.npy", npy(np.zeros((3, 0))), "got none"),
        ("huge.npy", npy_header((65536, 65536)), "shape (65536, 65536) and 0 bytes"),
        ("overflow.npy", npy_header((2**62, 2**62)), "and 0 bytes"),
        ("negative.npy", npy_header((-1, 0)), "shape (-1, 0)"),
        ("true.npy", npy_header((True, False)), "got none"),
        ("short.npy", npy(BITS)[:-1], "shape (2, 4) and 63 bytes"),
        ("long.npy", npy(BITS) + b"\0", "shape (2, 4) and 65 bytes"),
        ("empty.npy", b"", "not a sound NPY file"),
        ("not_ours.npy", b"0,1\n", "not a sound NPY file"),
        ("version9.npy", b"\x93NUMPY\x09\x00" + npy(BITS)[8:], "not a sound NPY file"),
        ("brackets.npy", b"\x93NUMPY\x01\x00\x76\x00" + b"(" * 118, "not a sound NPY file"),
        ("sum.npy", b"\x93NUMPY\x01\x00\x00\x20" + b"1+" * 4096, "not a sound NPY file"),
    ],
)
def test_files_that_are_not_bits_are_refused(tmp_path, capsys, name, content, word):
    path = tmp_path / name
    path.write_bytes(content)
    err = refused(capsys, *READ, "--data", path)
    assert err.startswith("bptt: count --data: expected ")
    assert repr(str(path)) in err
    assert word in err


@pytest.mark.parametrize("name", ["bits.csv", "bits.npy", "no_folder/bits.csv"])
def test_a_file_that_is_missing(tmp_path, capsys, name):
    assert "the name of a file that exists" in refused(capsys, *READ, "--data", tmp_path / name)


@pytest.mark.parametrize("name", ["bits.csv", "bits.npy"])
def test_a_folder_is_no_file(tmp_path, capsys, name):
    (tmp_path / name).mkdir()
    assert "got is a directory" in refused(capsys, *READ, "--data", tmp_path / name)


def test_no_archive_is_unpacked_in_the_place_of_a_file(tmp_path, capsys):
    """NumPy's reader of text would look for bits.csv.gz when there is no bits.csv."""
    import gzip

    with gzip.open(tmp_path / "bits.csv.gz", "wb") as file:
        file.write(b"0,1\n")
    refused(capsys, *READ, "--data", tmp_path / "bits.csv")


@pytest.mark.parametrize("name", ["http://127.0.0.1:9/bits.csv", "ftp://127.0.0.1/bits.npy"])
def test_there_is_no_network(monkeypatch, capsys, tmp_path, name):
    monkeypatch.chdir(tmp_path)
    for function in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, function, never)
    refused(capsys, *READ, "--data", name)
    assert main([*QUICK, "--save", "m.safetensors", "--plot", "cost.png"]) == 0
    assert main(["check", "--networks", "1"]) == 0


# What it refuses.


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ("--epochs 0", "--epochs to be a whole number of at least 1, got 0"),
        ("--epochs -3", "at least 1, got -3"),
        ("--epochs 10000000000", "at most 1e+09"),
        ("--hidden 0", "--hidden to be a whole number"),
        ("--hidden -1", "got -1"),
        ("--test-steps 0", "--test-steps to be a whole number"),
        ("--seed -1", "--seed to be a whole number of at least 0, got -1"),
        ("--rate -0.1", "--rate to be a finite number at least 0, got -0.1"),
        ("--rate -1e-3", "got -0.001"),
        ("--rate nan", "got nan"),
        ("--rate 0.1 inf", "got inf"),
        ("--rate 1 2 3", "--rate with one or two numbers, got 3"),
        ("--rate 1 2 --hidden 3", "--rate with one or two numbers, got 2"),
        ("--rate 1 2 --schedule cosine", "one rate that falls, got two rates"),
        ("--schedule cosine", "--schedule for another optimiser, got rprop"),
        ("--init nan 1", "two finite numbers, got nan 1.0"),
        ("--init 1 -inf", "argument --init"),
        ("--init 1 2 --hidden 3", "--init for two weights, got --hidden besides"),
        ("--steps 3", "sizes for random data only"),
        ("--data part1 --sequences 3", "--data part1 with --sequences or --steps"),
        ("--data random --steps 0", "--steps to be a whole number of at least 1"),
        ("--data random --sequences -2", "--sequences to be a whole number of at least 1"),
        ("--data random --sequences 1000000000 --steps 1000000000", "Unable to allocate"),
        ("--data words", "'post', 'part1', 'part2', 'random' or a file, got 'words'"),
        ("--data ''", "or a file, got ''"),
        ("--save ''", "count --save: expected the name of a file"),
        ("--plot cost.jpg", "a file that ends in '.pdf', '.png' or '.svg', got 'cost.jpg'"),
        ("--plot cost", "got 'cost'"),
    ],
)
def test_bad_values(monkeypatch, capsys, arguments, word):
    monkeypatch.setattr(count, "fit", never)
    given = ["count", *shlex.split(arguments)]
    if word.startswith("argument"):
        with pytest.raises(SystemExit) as stop:
            main(given)
        assert stop.value.code == 2
        assert word in capsys.readouterr().err
    else:
        assert word in refused(capsys, *given)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ("--epochs many", "invalid int value: 'many'"),
        ("--epochs 1.5", "invalid int value: '1.5'"),
        ("--hidden x", "argument --hidden"),
        ("--seed x", "argument --seed"),
        ("--rate", "expected at least one argument"),
        ("--rate fast", "invalid float value: 'fast'"),
        ("--init 1", "argument --init: expected 2 arguments"),
        ("--activation gelu", "invalid choice: 'gelu'"),
        ("--optimizer sgdd", "invalid choice: 'sgdd'"),
        ("--schedule linear", "invalid choice: 'linear'"),
        ("--frobnicate", "unrecognized arguments: --frobnicate"),
        ("words", "unrecognized arguments: words"),
    ],
)
def test_bad_usage(capsys, arguments, word):
    with pytest.raises(SystemExit) as stop:
        main(["count", *arguments.split()])
    assert stop.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: bptt")
    assert word in err.splitlines()[-1]


@pytest.mark.usefixtures("no_search")
@pytest.mark.parametrize(
    "weights", [("-1e-3", "1"), ("0.2", "-1.5E+0"), ("-.5", "-2"), ("-2.", "1e-5")], ids=" ".join
)
def test_negative_numbers_are_numbers(capsys, weights):
    assert main(["count", "--rate", "0", "--epochs", "1", "--init", *weights]) == 0
    shown = re.search(r"start +wx (\S+), wrec (\S+)", capsys.readouterr().out)
    assert [float(shown[1]), float(shown[2])] == [float(weight) for weight in weights]


# What it writes.


@pytest.mark.usefixtures("no_search")
@pytest.mark.parametrize("more", [[], ["--hidden", "4"]], ids=["two weights", "4 states"])
def test_a_saved_network_predicts_the_same(tmp_path, capsys, more):
    path = str(tmp_path / "m.safetensors")
    assert main([*QUICK, *more, "--save", path, "--json"]) == 0
    run = strict(capsys.readouterr().out)
    net, params = bptt.load(path)
    assert net.predict(params, bptt.tasks.post()[0]).tolist() == run["predictions"]
    assert net.hidden_size == run["hidden"]
    assert main([*QUICK, *more, "--save", path]) == 0
    assert f"save      {path}\n" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--save", "--plot"])
@pytest.mark.parametrize("place", ["no_folder/f.png", "folder.png", "file.png/f.png"])
def test_a_place_that_cannot_be_written_is_refused_before_training(
    monkeypatch, capsys, tmp_path, option, place
):
    monkeypatch.setattr(count, "fit", never)
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file.png").write_text("")
    err = refused(capsys, "count", option, tmp_path / place)
    assert f"count {option}: expected the name of a file in a folder that exists" in err


@pytest.mark.usefixtures("no_search")
@pytest.mark.parametrize("option", ["save", "plot"])
def test_a_write_that_fails_in_the_end_does_not_lose_the_report(
    monkeypatch, capsys, tmp_path, option
):
    def full(*_):
        raise FileAccessError("save: expected to write, got No space left. Make some.")

    monkeypatch.setattr(count.saving, "save", full)
    monkeypatch.setattr(count.plots, "write", full)
    assert main([*QUICK, f"--{option}", str(tmp_path / "f.png")]) == 2
    out, err = capsys.readouterr()
    assert err == "bptt: save: expected to write, got No space left. Make some.\n"
    assert "weights   wx" in out
    assert f"\n{option}  " not in out


@pytest.mark.usefixtures("no_search")
@pytest.mark.parametrize(
    ("ending", "beginning"), [("png", b"\x89PNG\r\n"), ("pdf", b"%PDF-"), ("svg", b"<?xml")]
)
def test_the_plot_is_written(tmp_path, capsys, ending, beginning):
    path = tmp_path / f"cost.{ending}"
    assert main([*QUICK, "--plot", str(path)]) == 0
    assert f"plot      {path}\n" in capsys.readouterr().out
    assert path.read_bytes().startswith(beginning)
    if ending == "svg":
        assert ET.parse(path).getroot().tag.endswith("svg")


def test_without_matplotlib_one_sentence_names_the_extra(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(count, "fit", never)
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    err = refused(capsys, "count", "--plot", tmp_path / "cost.png")
    assert "pip install 'bptt[plot]'" in err


# How it stops.


@pytest.mark.parametrize(
    ("arguments", "epoch", "start"),
    [
        # State_2(In) = State_1(Out)·1e308 + 1e308 is too large for 111, not yet for 011
        ("--init 1e308 1e308", 1, None),
        # one step of 1e200 makes weights of about 1e200, whose product is too large
        ("--activation identity --optimizer sgd --rate 1e200", 2, (0.2, 1.0)),
    ],
    ids=["start", "rate"],
)
def test_divergence_says_where(capsys, tmp_path, arguments, epoch, start):
    path = tmp_path / "m.safetensors"
    assert main(["count", *arguments.split(), "--save", str(path)]) == 1
    saved, message = capsys.readouterr().err.splitlines()
    assert saved == f"bptt: saved the last finite weights in {str(path)!r}"
    where = (
        f"NaN or infinity in epoch {epoch}, first in State(In) at time stamp 2 of sequence 3, 111"
    )
    assert message.startswith(f"bptt: count: expected a finite cost and gradient, got {where}. ")
    _, params = bptt.load(path)
    assert (params.Wx, params.Wrec) == (start or (1e308, 1e308))


def test_divergence_without_save_writes_nothing(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["count", "--init", "1e308", "1e308", "--json"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("seed", range(4))
def test_divergence_names_the_sequence_of_the_file(monkeypatch, capsys, tmp_path, seed):
    """`fit` counts in what it is given: here without those held out, and in random order."""
    bits, path = every_five_bits(tmp_path)
    given = []

    def diverge(net, x, y, params, **_):
        given.extend(x[3])
        where = {"quantity": "State(In)", "epoch": 7, "time_stamp": 2, "sequence": 3}
        raise NonFiniteError("", **where, params=params, losses=[])

    monkeypatch.setattr(count, "fit", diverge)
    assert main([*READ, "--data", path, "--seed", str(seed)]) == 1
    row = bits.tolist().index(given)
    words = f"epoch 7, first in State(In) at time stamp 2 of sequence {row + 1}, {row:05b}. "
    assert words in capsys.readouterr().err


def test_divergence_of_what_has_no_time_stamp(capsys):
    """A rate near the largest number makes the weight itself infinite."""
    assert main(["count", "--optimizer", "adam", "--rate", "1.7e308"]) == 1
    assert re.search(r"in epoch \d, first in parameter weight_[ih]h_l0\. ", capsys.readouterr().err)


def interrupt(*_, **__):
    raise KeyboardInterrupt


@pytest.mark.usefixtures("no_search")
def test_an_interruption_keeps_the_last_epoch(monkeypatch, capsys, tmp_path):
    path = tmp_path / "m.safetensors"
    fit = count.fit

    def stopped(*given, on_epoch, **named):
        fit(*given, on_epoch=on_epoch, **named)
        raise KeyboardInterrupt

    assert main([*QUICK, "--json"]) == 0
    run = strict(capsys.readouterr().out)
    monkeypatch.setattr(count, "fit", stopped)
    assert main([*QUICK, "--save", str(path)]) == 130
    err = capsys.readouterr().err
    assert err == f"bptt: saved the weights reached so far in {str(path)!r}\nbptt: interrupted\n"
    _, params = bptt.load(path)
    assert {"wx": params.Wx, "wrec": params.Wrec} == run["weights"]


def test_an_interruption_before_the_first_epoch_saves_the_start(monkeypatch, tmp_path):
    monkeypatch.setattr(count, "fit", interrupt)
    path = tmp_path / "m.safetensors"
    assert main(["count", "--init", "0.3", "0.4", "--save", str(path)]) == 130
    _, params = bptt.load(path)
    assert (params.Wx, params.Wrec) == (0.3, 0.4)


def test_an_interruption_after_the_training_loses_nothing(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(count, "two_weights", interrupt)
    path = tmp_path / "m.safetensors"
    assert main([*QUICK, "--save", str(path)]) == 130
    assert capsys.readouterr().err == "bptt: interrupted\n"
    bptt.load(path)


@pytest.mark.parametrize("save", [True, False], ids=["saved", "not saved"])
def test_ctrl_c_in_the_middle_of_a_long_training(tmp_path, save):
    path = tmp_path / "m.safetensors"
    arguments = [sys.executable, "-m", "bptt", "count", "--epochs", str(10**9)]
    arguments += ["--save", str(path)] if save else []
    terminal, inside = os.openpty()  # where the progress is shown, so that we see it runs
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=inside, cwd=tmp_path,
        env=os.environ | {"TERM": "xterm"},
    ) as process:  # fmt: skip
        os.close(inside)
        shown = b""
        while not re.search(rb"epoch +[1-9]\d*/1000000000", shown):
            shown += os.read(terminal, 4096)
        process.send_signal(signal.SIGINT)
        while True:
            try:
                more = os.read(terminal, 4096)
            except OSError:  # Linux says so when the other side has closed
                break
            if not more:
                break
            shown += more
        out = process.stdout.read()
    os.close(terminal)
    assert process.returncode == 130
    assert b"Traceback" not in shown + out
    _, bar, after = shown.replace(b"\r\n", b"\n").rpartition(b"\x1b[2K")  # the bar is wiped away
    saved = f"bptt: saved the weights reached so far in {str(path)!r}\n" if save else ""
    assert (bar, after.decode()) == (b"\x1b[2K", saved + "bptt: interrupted\n")
    if save:
        _, params = bptt.load(path)
        assert (params.Wx, params.Wrec) != (0.2, 1.0)
    else:
        assert os.listdir(tmp_path) == []


# The program itself.


def program(*arguments, **options):
    options = {"capture_output": True, "text": True, "timeout": 120} | options
    return subprocess.run([sys.executable, "-m", "bptt", *arguments], check=False, **options)


def test_the_program_says_what_the_function_says():
    ran = program("count")
    assert (ran.returncode, ran.stderr) == (0, "")
    without_time = r"(?m)^time .*$"
    assert re.sub(without_time, "", ran.stdout) == re.sub(without_time, "", said("count"))


@pytest.mark.parametrize(
    ("arguments", "status"),
    [("--epochs 0", 2), ("--data no.csv", 2), ("--init 1e308 1e308", 1)],
)
def test_the_program_has_no_tracebacks(arguments, status, tmp_path):
    ran = program("count", *arguments.split(), cwd=tmp_path)
    assert ran.returncode == status
    assert SENTENCE.fullmatch(ran.stderr)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_output_that_knows_few_letters(encoding, tmp_path):
    data = tmp_path / "ξ.csv"
    data.write_text("0,1\n1,1\n")
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    ran = program("count", "--epochs", "3", "--data", str(data), env=environment)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "\\u03be.csv: 2 sequences" in ran.stdout
