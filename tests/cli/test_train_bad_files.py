"""`bptt train` on bad files: one sentence that names file, line and column; nothing is changed."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from bptt.cli import main
from cli.running import refused
from files.making import small, write

DROP = "Repair it, or give --missing drop (leave out such sequences) or --missing forward."
WIDTH = (
    "expected 4 fields in each line of 'f.csv', as there are names in line 1, got {n} in line 6. "
    "Repair that line: one field for each column, quotes around commas in text."
)
ANOTHER = "Repair it, or name another column with --order, or --ignore this one."
NAMES = "Write the names of the columns into the first line, the data below."
AN_ARRAY = "expected an array x of numbers, (n, T) or (n, T, I), in 'f.npz', got "
WRITE = ". Write it with np.savez(file, x=..., y=..., lengths=...)."


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys, path, *arguments):
    """Return what is said of a file, without who says it."""
    before = Path(path).read_bytes() if os.path.isfile(path) else None
    err = refused(capsys, "train", path, "--target", "kind", "--save", "m.st", *arguments)
    assert before is None or Path(path).read_bytes() == before
    assert not os.path.exists("m.st")
    prefix = "bptt: train: "
    assert err.startswith(prefix)
    return err.removeprefix(prefix).rstrip("\n")


def changed(row, column, cell):
    rows = small()
    rows[row][column] = cell
    return rows


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        (
            changed(5, 2, "abc"),
            "expected finite numbers in column 'a' of 'f.csv', got 'abc' in line 6. "
            "Repair it, or leave the column out with --ignore 'a'.",
        ),
        (
            changed(5, 2, "1e999"),
            "expected finite numbers in column 'a' of 'f.csv', got 'inf' in line 6. "
            "Repair it, or leave the column out with --ignore 'a'.",
        ),
        (
            changed(5, 2, "1_0"),
            "expected finite numbers in column 'a' of 'f.csv', got '1_0' in line 6. "
            "Repair it, or leave the column out with --ignore 'a'.",
        ),
        (
            changed(5, 2, ""),
            "expected no missing values in 'f.csv', got 1, the first for column 'a' in line 6. "
            + DROP,
        ),
        (
            changed(5, 3, ""),
            "expected no missing values in 'f.csv', got 1, the first for column 'kind' in line 6. "
            + DROP,
        ),
        (
            changed(5, 1, "0"),
            "expected each 't' once in a sequence of 'f.csv', got '0' of sequence 's1' in line 5 "
            "and line 6. Keep one of the two, or name the columns with --sequence and --order.",
        ),
        (
            changed(5, 1, "later"),
            "expected numbers or dates such as 2024-01-31 12:00 in column 't' of 'f.csv', got "
            f"'later' in line 6. {ANOTHER}",
        ),
        (
            [*small()[:1], *[[row[0], f"2024-01-0{row[1]}", *row[2:]] for row in small()[4:]]],
            "expected numbers or dates such as 2024-01-31 12:00 in column 't' of 'f.csv', got "
            f"'2024-01-00' in line 2. {ANOTHER}",
        ),
        (
            changed(5, 1, ""),
            "expected an entry in each row of column 't' of 'f.csv', got none in line 6. "
            "Write it there, or take that line out.",
        ),
        (
            changed(5, 0, " "),
            "expected an entry in each row of column 'id' of 'f.csv', got none in line 6. "
            "Write it there, or take that line out.",
        ),
        ([*small()[:5], small()[5][:3], *small()[6:]], WIDTH.format(n=3)),
        ([*small()[:5], [*small()[5], "9"], *small()[6:]], WIDTH.format(n=5)),
        ([small()[0], [*small()[1], "9"]], WIDTH.format(n=5).replace("line 6", "line 2")),
        ([], f"expected rows of data in 'f.csv', got an empty file. {NAMES}"),
        ([[], []], f"expected rows of data in 'f.csv', got an empty file. {NAMES}"),
        (small()[:1], f"expected rows of data in 'f.csv', got none below the names. {NAMES}"),
        (
            [["id", "t", "t", "kind"], *small()[1:]],
            "expected columns of different names in line 1 of 'f.csv', got 't' twice. "
            "Rename one of the two.",
        ),
        (
            [["id", "t", "a", "kinds"], *small()[1:]],
            "expected a column 'kind' in line 1 of 'f.csv', got id, t, a, kinds. "
            "Perhaps 'kinds' is meant.",
        ),
        (
            [["x\x1b[31m", "t", "a", "b"], *small()[1:]],
            r"expected a column 'kind' in line 1 of 'f.csv', got 'x\x1b[31m', t, a, b. "
            "Name one of them.",
        ),
        (
            [row[:2] + row[3:] for row in small()],
            "expected columns to learn from in 'f.csv', got none. "
            "Name some with --features, or ignore fewer.",
        ),
        (
            small()[:7],
            "expected at least 3 sequences: to train on, to stop by, to judge by, got 2 in "
            "'f.csv'. Give --window N to cut into windows of N, or more.",
        ),
        (
            [*small()[:1], *[[*row[:3], "x"] for row in small()[1:]]],
            "expected at least two classes that come again in 'kind' of 'f.csv', got 'x' alone. "
            "Name another --target.",
        ),
    ],
)
def test_tables(capsys, rows, sentence):
    assert said(capsys, write("f.csv", rows)) == sentence


def test_a_wide_row_of_another_width(capsys):
    rows = [["t1", "t2", "t3", "kind"], *[["1", "2", "3", kind] for kind in "uvuv"]]
    rows[5 - 1] = ["1", "2", "3", "4", "v"]
    sentence = WIDTH.format(n=5).replace("line 6", "line 5")
    assert said(capsys, write("f.csv", rows)) == sentence
    rows[5 - 1] = ["1", "2", "v"]
    assert said(capsys, write("f.csv", rows)) == sentence.replace("got 5", "got 3")
    rows[5 - 1] = ["1", "", "3", "v"]
    assert "got 1, the first for column 't2' in line 5. Repair it" in said(
        capsys, write("f.csv", rows)
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            "id,t,a,kind\ns,0,1,ä\ns,1,1,é\n".encode("latin-1"),
            "expected text in UTF-8 in 'f.csv', got another encoding in line 2. Save it as UTF-8.",
        ),
        (
            b'id,t,a,kind\ns,0,1,x\ns,1,1,"x\ns,2,1,x\n',
            "expected sound lines in 'f.csv', got a quote that is not closed, or the like, after "
            "line 2 (unexpected end of data). "
            "Repair it: quotes come in pairs around a whole field.",
        ),
        (
            b'id,t,a,kind\n\n\n"s\ns",0,1,x\n\ns,1,b,x\n',
            "expected finite numbers in column 'a' of 'f.csv', got 'b' in line 7. "
            "Repair it, or leave the column out with --ignore 'a'.",
        ),
    ],
    ids=["Latin-1", "open quote", "lines"],
)
def test_bytes(capsys, content, sentence):
    Path("f.csv").write_bytes(content)
    assert said(capsys, "f.csv") == sentence


def test_the_line_is_that_of_the_unpacked_file(capsys):
    write("f.csv", changed(5, 2, "abc"))
    with gzip.open("f.csv.gz", "wb") as file:
        file.write(Path("f.csv").read_bytes())
    assert "of 'f.csv.gz', got 'abc' in line 6. " in said(capsys, "f.csv.gz")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--sequence", "who"], "expected a column 'who' in line 1 of 'f.csv', got id, t, a, kind"),
        (["--order", "T"], "expected a column 'T' in line 1 of 'f.csv', got id, t, a, kind"),
        (["--features", "a,b"], "expected a column 'b' in line 1 of 'f.csv', got id, t, a, kind"),
        (["--ignore", "c"], "expected a column 'c' in line 1 of 'f.csv', got id, t, a, kind"),
        (["--features", "a,kind"], "expected one part for each column, got two for 'kind'. "),
        (["--features", "a,a"], "expected one part for each column, got two for 'a'. "),
        (
            ["--task", "regression"],
            "expected numbers as targets of 'f.csv', got 'x' for column 'kind' in line 2. "
            "Repair it, or give --task classes.",
        ),
    ],
)  # fmt: skip
def test_columns(capsys, arguments, sentence):
    assert said(capsys, write("f.csv", small()), *arguments).startswith(sentence)


def test_a_target_must_be_named(capsys):
    write("f.csv", small())
    err = refused(capsys, "train", "f.csv", "--save", "m.st")
    assert err == (
        "bptt: train: expected a target among the columns of 'f.csv', got none. "
        "Give --target with one of id, t, a, kind.\n"
    )


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("f.txt", "expected a file that ends in .csv, .csv.gz, .tsv, .tsv.gz, .parquet, .npz or "
                  ".npy, got 'f.txt'. Give a file of one of these kinds."),
        ("no.csv", "expected a readable file 'no.csv', got No such file or directory. "
                   "Check the path and its permissions."),
        ("d.csv", "expected a readable file 'd.csv', got something that is not a regular file. "
                  "Check the path and its permissions."),
        ("p.csv", "expected a readable file 'p.csv', got something that is not a regular file. "
                  "Check the path and its permissions."),
        ("f.npz", "expected a sound NPZ file 'f.npz', got File is not a zip file. "
                  "Write it with np.save, or np.savez(file, x=..., y=..., lengths=...)."),
        ("f.npy", "expected an array 'x' of numbers or text in 'f.npy', got something that is not "
                  "a sound array. "
                  "Write it with np.save, or np.savez(file, x=..., y=..., lengths=...)."),
        ("f.parquet", "expected a sound Parquet file 'f.parquet', got Parquet magic bytes not "
                      "found in footer. Use another copy."),
        ("f.csv.gz", "expected a sound gzip file 'f.csv.gz', got Not a gzipped file (b'id'). "
                     "Use another copy."),
    ],
)  # fmt: skip
def test_files_of_another_kind(capsys, path, sentence):
    os.mkdir("d.csv")
    os.mkfifo("p.csv")
    if path.startswith("f."):
        write(path, small())
    assert said(capsys, path) == sentence


X, Y = np.arange(24.0).reshape(6, 4), np.array(["u", "v"] * 3)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"kind": Y}, f"{AN_ARRAY}kind <U1 (6,){WRITE}"),
        ({"x": X[0], "kind": Y}, f"{AN_ARRAY}x float64 (4,), kind <U1 (6,){WRITE}"),
        ({"x": Y, "kind": Y}, f"{AN_ARRAY}x <U1 (6,), kind <U1 (6,){WRITE}"),
        ({"x": X[:0], "kind": Y}, f"{AN_ARRAY}x float64 (0, 4), kind <U1 (6,){WRITE}"),
        ({"x": X}, "expected an array 'kind' in 'f.npz', got x. Name the targets with --target."),
        ({"x": X, "kind": Y[:5]},
         "expected 'kind' of shape (6,) or (6, 4) in 'f.npz', got shape (5,). "
         "Give one target for each sequence or each time stamp."),
        ({"x": X, "kind": Y, "lengths": np.array([1, 2, 3, 4, 5, 4])},
         "expected lengths of shape (6,), whole numbers from 1 to 4, in 'f.npz', got some from 1 "
         f"to 5{WRITE}"),
        ({"x": X, "kind": Y, "lengths": np.ones(6)},
         "expected lengths of shape (6,), whole numbers from 1 to 4, in 'f.npz', got float64 of "
         f"shape (6,){WRITE}"),
        ({"x": np.where(X == 9, np.inf, X), "kind": Y},
         "expected finite numbers in 'f.npz', got infinity in x[2, 1, 0]. Repair it."),
        ({"x": np.where(X == 9, np.nan, X), "kind": Y},
         f"expected no missing values in 'f.npz', got 1, the first for x[2, 1, 0]. {DROP}"),
        ({"x": X, "kind": np.where(X == 9, np.nan, X)},
         f"expected no missing values in 'f.npz', got 1, the first for kind[2, 1]. {DROP}"),
    ],
)  # fmt: skip
def test_arrays(capsys, arrays, sentence):
    np.savez("f.npz", **arrays)
    assert said(capsys, "f.npz") == sentence


PADDED = np.where(np.arange(4) < np.array([[4], [2], [3], [4], [1], [4]]), X, np.nan)


@pytest.mark.parametrize("x", [PADDED, np.stack([PADDED, PADDED], axis=2)])
def test_padding_is_not_taken_for_missing_values(capsys, x):
    np.savez("f.npz", x=x, kind=Y)
    assert said(capsys, "f.npz").endswith(
        "If that is padding, add an array lengths= of how many time stamps each sequence has; "
        "else give --missing drop or --missing forward."
    )
    x[0, 0] = np.nan  # a value comes after it
    np.savez("f.npz", x=x, kind=Y)
    assert said(capsys, "f.npz").endswith(f"the first for x[0, 0, 0]. {DROP}")


@pytest.mark.parametrize("option", ["sequence", "order", "features", "ignore"])
def test_arrays_have_no_names_of_columns(capsys, option):
    np.savez("f.npz", x=X, kind=Y)
    assert said(capsys, "f.npz", f"--{option}", "x[0]") == (
        f"expected no names of columns for the arrays of 'f.npz', got --{option}. "
        "Write the file without what is to be left out."
    )


def test_numbers_whose_squares_are_too_large(capsys):
    write("f.csv", changed(5, 2, "-1e300"))
    assert said(capsys, "f.csv").startswith(
        "expected finite numbers of at most 1e+150 in column 'a' of 'f.csv', got '-1e+300' in "
        "line 6."
    )
    np.savez("f.npz", x=np.where(X == 9, 1e300, X), kind=Y)
    assert said(capsys, "f.npz") == (
        "expected finite numbers of at most 1e+150 in 'f.npz', got 1e+300 in x[2, 1, 0]. Repair it."
    )


def test_a_column_of_names_may_tell_sequences_apart(capsys):
    rows = [["walker", "kind", "a"]] + [[f"w{i // 4}", "uv"[i // 4 % 2], i] for i in range(24)]
    write("f.csv", rows)
    assert said(capsys, "f.csv").endswith(
        "got 'w0' in line 2. Repair it, or leave the column out with --ignore 'walker', or give "
        "--sequence 'walker' if it tells sequences apart."
    )


@pytest.mark.parametrize("steps", [True, False])
def test_a_number_that_is_mistyped_among_targets_is_no_class(capsys, steps):
    rows = [["id", "t", "a", "kind"]]
    rows += [[f"s{i}", t, i * t, i / 7 + t * steps] for i in range(20) for t in range(4)]
    rows[42][3] = "12,5"
    write("f.csv", rows)
    message = said(capsys, "f.csv")
    assert (
        "expected numbers as targets of 'f.csv', got '12,5' for column 'kind' in line 43" in message
    )
    assert message.endswith("Repair it, or give --task classes.")


def test_where_a_target_changes_is_said(capsys):
    rows = [["id", "t", "a", "kind"]]
    rows += [[f"s{i}", t, i * t, "uv"[i % 2]] for i in range(20) for t in range(4)]
    rows[42][3] = "v"
    write("f.csv", rows)
    arguments = ["--target", "kind", "--save", "m.st", "--epochs", "1", "--hidden", "2"]
    assert main(["train", "f.csv", *arguments]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert (
        "one for each time stamp (it changes within 1 of 20, first in column 'kind' in line 43"
        in words
    )


def test_a_target_that_is_too_large_is_named(capsys):
    rows = [["id", "t", "a", "kind"]]
    rows += [[f"s{i}", t, i * t, i / 7] for i in range(20) for t in range(4)]
    for row in rows[41:45]:
        row[3] = "-1e300"
    write("f.csv", rows)
    assert said(capsys, "f.csv") == (
        "expected numbers of at most 1e+150 as targets of 'f.csv', got -1e+300 for column 'kind' "
        "in line 42. Repair it."
    )
