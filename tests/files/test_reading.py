"""One set of sequences in every kind of file; which column plays which part."""

import gzip
import os
import zipfile

import numpy as np
import pandas as pd
import pytest

from bptt.errors import InputError, MissingExtraError
from bptt.files import csv_file, lines, reading
from bptt.files.roles import Wanted
from files.making import by_sequence, small, walks, write

GB = 1e9


def read(path, wanted=None, memory=GB, **columns):
    return reading.read("train", str(path), wanted or Wanted(**columns), memory)


def save_as(table, path):
    if path.suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False, sep="\t" if ".tsv" in path.name else ",")
    return path


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet", ".CSV"])
def test_the_long_form_in_every_kind_of_file(tmp_path, ending):
    table = walks(20)
    data = read(save_as(table, tmp_path / f"walks{ending}"), target="kind")
    names, x, kinds = by_sequence(table)
    assert (data.form, data.names, data.per_step) == ("long", names, None)
    assert (data.roles.sequence, data.roles.order) == ("id", "t")
    assert data.roles.guessed == ("sequence", "order")
    assert data.roles.features == ("height", "noise")
    for found, wanted in zip(data.x, x, strict=True):
        assert found == pytest.approx(wanted, rel=1e-15)
    assert [set(y) for y in data.y] == [{kind} for kind in kinds]
    assert [times.tolist() for times in data.times] == [
        [str(t) for t in range(len(part))] for part in x
    ]


def test_columns_that_are_asked_for(tmp_path):
    table = walks(9).rename(columns={"id": "walker", "t": "day", "noise": "t"})
    path = save_as(table, tmp_path / "w.csv")
    asked = {"target": "kind", "sequence": "walker", "order": "day"}
    data = read(path, **asked, features=("height",))
    assert (data.roles.features, data.left_out) == (("height",), ("t",))
    assert data.roles.guessed == ()
    assert read(path, **asked).roles.features == ("height", "t")
    assert read(path, **asked, ignore=("height",)).roles.features == ("t",)


@pytest.mark.parametrize("name", ["ID", "Sequence ID", "series-id", "patient"])
def test_names_that_are_guessed(tmp_path, name):
    table = walks(9).rename(columns={"id": name, "t": "Time Stamp"})
    roles = read(save_as(table, tmp_path / "w.csv"), target="kind").roles
    assert (roles.sequence, roles.order) == (name, "Time Stamp")


def test_without_a_name_for_sequences_all_rows_are_one(tmp_path):
    table = walks(3).drop(columns=["id", "kind"])
    table["t"] = np.arange(len(table))
    data = read(save_as(table, tmp_path / "w.csv"), target="noise")
    assert (data.form, data.n_sequences, data.roles.order) == ("long", 1, "t")


def test_dates_are_an_order(tmp_path):
    rows = [["id", "date", "a", "y"]]
    dates = ["2024-02-01", "2024-01-31T23:00", "2023-12-31 01:00:00+02:00", "2025-01-01"]
    rows += [["s", date, str(i), "0"] for i, date in enumerate(dates)]
    rows += [["r", "2024-01-01", "9", "1"]]
    data = read(write(tmp_path / "d.csv", rows), target="y")
    assert data.x[0][:, 0].tolist() == [2, 1, 0, 3]
    assert data.times[0].tolist() == [dates[i] for i in (2, 1, 0, 3)]


def test_an_order_of_numbers_is_not_one_of_text(tmp_path):
    rows = [["id", "t", "a", "y"]] + [["s", t, t, "1"] for t in ("10", "9", "-1", "1e3", "2.5")]
    rows += [["r", "1", "1", "1"]]
    data = read(write(tmp_path / "d.csv", rows), target="y")
    assert data.x[0][:, 0].tolist() == [-1, 2.5, 9, 10, 1000]


def test_the_wide_form(tmp_path):
    rows = [["id", "t1", "t2", "t3", "y"], ["p", "1", "2", "3", "a"], ["q", "4", "5", "6", "b"]]
    data = read(write(tmp_path / "w.csv", rows), target="y")
    assert (data.form, data.names, data.roles.features) == ("wide", ["p", "q"], ("t1", "t2", "t3"))
    assert [x.tolist() for x in data.x] == [[[1], [2], [3]], [[4], [5], [6]]]
    assert [y.tolist() for y in data.y] == [["a"], ["b"]]
    unnamed = read(write(tmp_path / "u.csv", [row[1:] for row in rows]), target="y")
    assert (unnamed.form, unnamed.names) == ("wide", ["1", "2"])
    some = read(tmp_path / "w.csv", target="y", features=("t3", "t1"))
    assert [x[:, 0].tolist() for x in some.x] == [[3, 1], [6, 4]]
    assert some.left_out == ("t2",)


def test_a_wide_table_that_has_a_column_named_as_an_order(tmp_path):
    rows = [["id", "time", "t2", "y"], ["p", "1", "2", "a"], ["q", "4", "5", "b"]]
    data = read(write(tmp_path / "w.csv", rows), target="y")
    assert (data.form, data.roles.features) == ("wide", ("time", "t2"))
    assert (data.roles.order, data.roles.guessed) == (None, ("sequence",))


def test_what_spreadsheets_write(tmp_path):
    """A byte-order mark, semicolons, Windows' line ends, spaces, a column of row numbers."""
    text = "\ufeff;id; t ;a;y\r\n0;s;0; 1.5;u\r\n1;s;1;2;u\r\n\r\n2;r;0;3;v\r\n"
    (tmp_path / "s.csv").write_bytes(text.encode())
    data = read(tmp_path / "s.csv", target="y")
    assert data.roles.features == ("a",)
    assert [x[:, 0].tolist() for x in data.x] == [[1.5, 2], [3]]
    assert [y.tolist() for y in data.y] == [["u", "u"], ["v"]]
    assert data.left_out == ("a column without a name",)


def test_names_of_sequences_stay_as_they_are_written(tmp_path):
    rows = [["id", "t", "a", "y"], *[[i, t, "1", "NA"] for i in ("007", "7", "1e3") for t in "01"]]
    data = read(write(tmp_path / "n.csv", rows), target="y")
    assert data.names == ["007", "7", "1e3"]
    assert data.y[0].tolist() == ["NA", "NA"]  # among classes that is a word like others


def test_spellings_of_missing(tmp_path):
    cells = ["", "NA", "n/a", "NaN", "nan", "NULL", "None", "<NA>", "#N/A", "nULL"]
    rows = [["id", "t", "a", "y"], ["s", "99", "1.5", "1"]]
    rows += [["s", str(t), cell, "1"] for t, cell in enumerate(cells)] + [["r", "0", "1", "0"]]
    data = read(write(tmp_path / "m.csv", rows), target="y")
    assert np.isnan(data.x[0][:-1]).all()
    assert data.x[0][-1] == 1.5


def test_true_and_false_are_numbers_too(tmp_path):
    rows = [["id", "t", "a", "y"], *[["s", t, a, "1"] for t, a in ("0T", "1F", "2T")]]
    rows = [[{"T": "True", "F": "False"}.get(cell, cell) for cell in row] for row in rows]
    data = read(write(tmp_path / "b.csv", [*rows, ["r", "0", "True", "0"]]), target="y")
    assert data.x[0][:, 0].tolist() == [1, 0, 1]


def test_an_index_of_parquet_is_a_column(tmp_path):
    table = walks(6).set_index(["id", "t"])
    table.to_parquet(tmp_path / "w.parquet")
    roles = read(tmp_path / "w.parquet", target="kind").roles
    assert (roles.sequence, roles.order, roles.features) == ("id", "t", ("height", "noise"))


def test_types_of_parquet(tmp_path):
    table = pd.DataFrame({
        "id": pd.Categorical(["p", "p", "q"]),
        "t": pd.to_datetime(["2024-01-02", "2024-01-01", "2024-01-01"]),
        "i": pd.array([1, None, 3], "Int64"),
        "b": [True, False, True],
        "y": [np.nan, 1.0, 2.0],
    })  # fmt: skip
    table.to_parquet(tmp_path / "t.parquet")
    data = read(tmp_path / "t.parquet", target="y")
    np.testing.assert_array_equal(data.x[0], [[np.nan, 0], [1, 1]])
    assert [y.tolist() for y in data.y] == [["1.0", ""], ["2.0"]]
    assert data.place(0, 0, 0) == "column 'i' in row 2"


def test_arrays(tmp_path):
    x, y = np.arange(24.0).reshape(4, 3, 2), np.array(["u", "v", "u", "v"])
    np.savez(tmp_path / "a.npz", x=x, y=y, lengths=[3, 1, 2, 3])
    data = read(tmp_path / "a.npz")
    assert (data.form, data.roles.features, data.per_step) == ("arrays", ("x[0]", "x[1]"), False)
    assert [part.tolist() for part in data.x] == [
        x[i, :n].tolist() for i, n in enumerate((3, 1, 2, 3))
    ]
    assert [part.tolist() for part in data.y] == [["u"], ["v"], ["u"], ["v"]]
    np.savez_compressed(
        tmp_path / "b.npz", x=x[:, :, 0].astype(np.float32), z=np.arange(12).reshape(4, 3)
    )
    data = read(tmp_path / "b.npz", target="z")
    assert (data.roles.features, data.per_step, data.roles.target) == (("x",), True, "z")
    assert data.y[1].tolist() == ["3", "4", "5"]
    np.save(tmp_path / "x.npy", np.asfortranarray(x))
    data = read(tmp_path / "x.npy", Wanted("y", may_lack=("y",)))
    assert (np.stack(data.x).tolist(), data.y) == (x.tolist(), None)
    np.savez(tmp_path / "c.npz", x=x, y=np.arange(4.0)[:, None])  # as some write it
    assert read(tmp_path / "c.npz").per_step is False


# Lines.


def test_lines_are_counted_as_an_editor_counts_them(tmp_path):
    path = str(tmp_path / "q.csv")
    text = '\nid,"a\nb",y\n\n1,"x\n\ny",3\n   \n2,z,4\n'
    with open(path, "w", newline="") as file:
        file.write(text)
    assert [line for line, _ in lines.records(path, ",")] == [2, 5, 9]
    assert [lines.line_of(path, ",", row) for row in (0, 1)] == [5, 9]
    table = csv_file.read("train", path, set)
    assert table.text("a\nb").tolist() == ["x\n\ny", "z"]
    assert [table.place(row) for row in (0, 1)] == ["line 5", "line 9"]


def test_places(tmp_path):
    data = read(write(tmp_path / "s.csv", small()), target="kind")
    assert data.place(1, 2, 0) == "column 'a' in line 7"
    assert data.place(1, 0, None) == "column 'kind' in line 5"
    kept = data.take([4, 1])
    assert (kept.names, kept.place(1, 2, 0)) == (["s4", "s1"], "column 'a' in line 7")


# Files of unknown origin.


def test_a_small_file_that_declares_much_is_refused_at_once(tmp_path):
    header = (
        b"\x93NUMPY\x01\x00\x76\x00"
        + b"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296,), }".ljust(117)
        + b"\n"
    )
    (tmp_path / "big.npy").write_bytes(header)
    with zipfile.ZipFile(tmp_path / "big.npz", "w") as archive:
        archive.writestr("x.npy", header)
    for name in ("big.npy", "big.npz"):
        with pytest.raises(InputError, match=r"got shape \(4294967296,\) and 0 bytes"):
            read(tmp_path / name, memory=1e6)


def test_what_unpacks_to_more_than_memory_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "b.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", bytes(10**7))
    with gzip.open(tmp_path / "b.csv.gz", "wb") as file:
        file.write(b"id,y\n" + bytes(10**7))
    (tmp_path / "b.csv").write_bytes(b"a" * 2 * 10**6)
    np.save(tmp_path / "b.npy", np.zeros(2 * 10**5))
    pd.DataFrame({"a": np.zeros(10**6)}).to_parquet(tmp_path / "b.parquet")
    for name in ("b.npz", "b.csv.gz", "b.csv", "b.npy", "b.parquet"):
        assert os.path.getsize(tmp_path / name) < 3e6
        with pytest.raises(InputError, match=r"to fit into 1 MB of memory, got at least"):
            read(tmp_path / name, memory=1e6, target="y")


def test_nothing_is_unpickled(tmp_path):
    np.save(tmp_path / "o.npy", np.array([print, 1], object), allow_pickle=True)
    np.savez(tmp_path / "o.npz", x=np.array([{}, 1], object))
    for name in ("o.npy", "o.npz"):
        with pytest.raises(InputError, match="got an array of object"):
            read(tmp_path / name)


def test_no_damaged_file_has_another_error(tmp_path):
    """Files cut short and with flipped bytes: read, or refused in our words."""
    rng = np.random.default_rng(0)
    table = walks(6)
    for name in ("w.csv.gz", "w.csv", "w.parquet"):
        save_as(table, tmp_path / name)
    np.savez(tmp_path / "w.npz", x=np.zeros((3, 4)), y=np.arange(3))
    np.savez_compressed(tmp_path / "v.npz", x=np.zeros((3, 4)), y=np.arange(3))
    messages = []
    for name in ("w.csv.gz", "w.csv", "w.parquet", "w.npz", "v.npz"):
        whole = (tmp_path / name).read_bytes()
        for draw in range(40):
            damaged = bytearray(whole)
            if draw % 2:
                damaged = damaged[: rng.integers(len(whole))]
            else:
                for place in rng.integers(len(whole), size=3):
                    damaged[place] = rng.integers(256)
            (tmp_path / f"d{name}").write_bytes(damaged)
            try:
                read(
                    tmp_path / f"d{name}",
                    target="kind" if name[0] == "w" and "npz" not in name else None,
                )
            except InputError as error:
                messages.append(str(error))
    assert len(messages) > 100
    assert not [message for message in messages if "\n" in message]


def test_without_pandas_or_pyarrow_one_sentence_names_the_extra(tmp_path, monkeypatch):
    save_as(walks(3), tmp_path / "w.csv")
    save_as(walks(3), tmp_path / "w.parquet")
    np.save(tmp_path / "x.npy", np.zeros((2, 3)))
    for module in ("pyarrow", "pyarrow.parquet"):
        monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(MissingExtraError, match="pip install pyarrow; or give a CSV file"):
        read(tmp_path / "w.parquet", target="kind")
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'bptt\[data\]'"):
        read(tmp_path / "w.csv", target="kind")
    assert read(tmp_path / "x.npy", Wanted("y", may_lack=("y",))).n_sequences == 2
