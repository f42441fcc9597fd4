"""The data of `bptt count`: files that are bits, and files that are not."""

import io
import re
import socket

import numpy as np
import pytest

from bptt.cli import bits, main
from cli.running import (
    QUICK,
    READ,
    never,
    refused,
)


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
        ("together.csv", b"012\n112\n", "12 in sequence 1, time stamp 1"),
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


def test_bits_may_stand_together(tmp_path):
    path = tmp_path / "together.csv"
    path.write_text("011\n000\n", encoding="utf-8")
    found = bits.find("count", str(path), None, None, np.random.default_rng(0))
    assert found.x.tolist() == [[0, 1, 1], [0, 0, 0]]
    assert found.y.tolist() == [2, 0]
