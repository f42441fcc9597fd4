"""`bptt predict`: beside the network itself, with columns by their names, in every kind of file."""

import io
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

import bptt
from bptt.cli import main, predict
from cli.running import never, refused, strict
from files.making import by_sequence, small, walks, write

QUICK = ["--epochs", "3", "--hidden", "3", "--json"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train(capsys, path, *arguments, target="kind"):
    assert main(["train", path, "--target", target, "--save", "m.st", *QUICK, *arguments]) == 0
    return strict(capsys.readouterr().out)


def predicted(capsys, path, *arguments):
    """Return (the table on standard output, what is said beside it)."""
    assert main(["predict", "m.st", path, *arguments]) == 0
    out, err = capsys.readouterr()
    return pd.read_csv(io.StringIO(out), dtype={"id": str}), err


def by_hand(x):
    """Return what the network says, scaled with what is in the file."""
    net, params = bptt.load("m.st")
    arrays = bptt.saving.load_all("m.st").arrays
    scaled = [(part - arrays["features.mean"]) / arrays["features.deviation"] for part in x]
    said = net.predict(params, scaled)
    if "target.mean" in arrays:
        return [part * arrays["target.deviation"] + arrays["target.mean"] for part in said]
    return said


def test_classes(capsys):
    table = walks(30)
    table.to_csv("w.csv", index=False)
    train(capsys, "w.csv")
    new = walks(12, seed=1)
    new.to_csv("new.csv", index=False)
    names, x, kinds = by_sequence(new)
    found, err = predicted(capsys, "new.csv")
    assert found.columns.tolist() == [
        "id", "prediction", "probability_down", "probability_flat", "probability_up",
    ]  # fmt: skip
    assert found["id"].tolist() == names
    logits = np.array(by_hand(x))
    e = np.exp(logits)
    assert found.iloc[:, 2:].to_numpy() == pytest.approx(e / e.sum(1, keepdims=True), rel=1e-12)
    said = np.array(["down", "flat", "up"])[logits.argmax(axis=1)]
    assert found["prediction"].tolist() == said.tolist()
    accuracy = metrics.accuracy_score(kinds, said)
    balanced = metrics.balanced_accuracy_score(kinds, said)
    data, says, *_, one, other = err.splitlines()
    assert data == f"data      new.csv: 12 sequences, {len(new)} time stamps in all"
    assert says == "predicted 'kind' of each"
    assert one.split() == ["accuracy", f"{accuracy:.4g}"]
    assert other.split() == ["balanced", "accuracy", f"{balanced:.4g}"]


def test_without_the_target_nothing_is_scored(capsys):
    walks(30).to_csv("w.csv", index=False)
    train(capsys, "w.csv")
    whole, _ = predicted(capsys, "w.csv")
    walks(30).drop(columns="kind")[["noise", "t", "height", "id"]].to_parquet("new.parquet")
    found, err = predicted(capsys, "new.parquet")
    assert found.iloc[:, :2].equals(whole.iloc[:, :2])
    assert found.iloc[:, 2:].to_numpy() == pytest.approx(whole.iloc[:, 2:].to_numpy(), rel=1e-9)
    assert "score" not in err


def test_numbers_at_every_time_stamp_with_their_order_as_it_is_written(capsys):
    table = walks(12)
    dates = pd.Timestamp("2024-01-30") + pd.to_timedelta(table["t"], "D")
    table = table.assign(date=dates.dt.strftime("%Y-%m-%d"), y=table["height"] * 2 + table["noise"])
    table.drop(columns=["kind", "t"]).to_csv("w.csv", index=False)
    train(capsys, "w.csv", target="y")
    found, err = predicted(capsys, "w.csv")
    names, x, _ = by_sequence(table)
    assert found.columns.tolist() == ["id", "date", "prediction"]
    assert found["id"].tolist() == [n for n, p in zip(names, x, strict=True) for _ in p]
    assert found["date"].iloc[0] == "2024-01-30"
    said = np.concatenate(by_hand(x))[:, 0]
    assert found["prediction"].to_numpy() == pytest.approx(said, rel=1e-12)
    truth = table.set_index(["id", "date"])["y"]
    truth = [truth[pair] for pair in zip(found["id"], found["date"], strict=True)]
    table = dict(line.rsplit(maxsplit=1) for line in err.splitlines()[-3:])
    assert table["R²"] == f"{metrics.r2_score(truth, said):.4g}"
    assert table["mean absolute error"] == f"{metrics.mean_absolute_error(truth, said):.4g}"


@pytest.mark.parametrize("target", ["kind", "number"])
def test_a_file_is_written_as_it_is_printed(capsys, target):
    table = walks(12).assign(number=lambda t: t.groupby("id")["height"].transform("sum"))
    table.drop(columns={"kind", "number"} - {target}).to_csv("w.csv", index=False)
    train(capsys, "w.csv", target=target)
    assert main(["predict", "m.st", "w.csv"]) == 0
    printed = capsys.readouterr().out
    for arguments in (["-o", "-"], ["-o", "out.csv"], ["--output", "out.csv"]):
        Path("out.csv").write_text("what was there before")
        assert main(["predict", "m.st", "w.csv", *arguments]) == 0
        out, err = capsys.readouterr()
        if arguments[1] == "-":
            assert out == printed
        else:
            assert out == ""
            assert "output    out.csv\n" in err
            assert Path("out.csv").read_bytes().decode() == printed
    assert sorted(os.listdir()) == ["m.st", "out.csv", "w.csv"]


def test_json(capsys):
    walks(12).to_csv("w.csv", index=False)
    train(capsys, "w.csv")
    table, _ = predicted(capsys, "w.csv")
    assert main(["predict", "m.st", "w.csv", "--json", "-o", "out.csv"]) == 0
    out, err = capsys.readouterr()
    told = strict(out)
    assert err == ""
    assert told["columns"] == table.columns.tolist()
    assert [row[:2] for row in told["rows"]] == table.iloc[:, :2].to_numpy().tolist()
    assert np.array([row[2:] for row in told["rows"]]) == pytest.approx(
        table.iloc[:, 2:].to_numpy()
    )
    assert (told["output"], told["sequences"], told["not_scored"]) == ("out.csv", 12, "")
    assert set(told["scores"]) == {"accuracy", "balanced_accuracy"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({0: "left"}, "targets change within a sequence, the first for column 'kind' in line 6"),
        ({}, None),
        (dict.fromkeys(range(3), ""), "targets are missing, the first for column 'kind' in line 5"),
        (dict.fromkeys(range(3), "left"), None),
    ],
)
def test_targets_that_cannot_be_scored(capsys, change, why):
    rows = small()
    write("s.csv", rows)
    train(capsys, "s.csv")
    for t, cell in change.items():
        rows[4 + t][3] = cell
    write("new.csv", rows)
    found, err = predicted(capsys, "new.csv")
    assert len(found) == 6
    if why is None:
        assert "balanced accuracy" in err
    else:
        assert f"scores none: {why}" in " ".join(err.split())


def test_classes_keep_their_spelling(capsys):
    rows = small()
    for row in rows[1:]:
        row[3] = {"x": "007", "y": '8,"a" ü'}[row[3]]
    write("s.csv", rows)
    train(capsys, "s.csv")
    assert main(["predict", "m.st", "s.csv"]) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[0] == 'id,prediction,probability_007,"probability_8,""a"" ü"'
    table = pd.read_csv(io.StringIO(text), dtype=str)
    assert set(table["prediction"]) <= {"007", '8,"a" ü'}


def test_windows_are_those_of_the_training(capsys):
    walks(12).to_csv("w.csv", index=False)
    train(capsys, "w.csv", "--window", "4")
    found, _ = predicted(capsys, "w.csv")
    _, x, _ = by_sequence(walks(12))
    wanted = []
    for part in x:
        logits = np.array(by_hand([part[first : first + 4] for first in range(0, len(part), 4)]))
        e = np.exp(logits)
        wanted.append((e / e.sum(axis=1, keepdims=True)).mean(axis=0))
    assert found.iloc[:, 2:].to_numpy() == pytest.approx(np.array(wanted), rel=1e-12)


def test_the_wide_form_reads_the_columns_of_the_training(capsys):
    x, y = bptt.tasks.count_ones(n_sequences=20, n_steps=4, rng=0)
    table = pd.DataFrame(x, columns=list("abcd")).assign(name=[f"p{i}" for i in range(20)], y=y)
    table.rename(columns={"name": "id"}).to_csv("w.csv", index=False)
    train(capsys, "w.csv", "--task", "regression", target="y")
    new = table[["y", "d", "b", "a", "c"]].assign(e=7.0)
    new.to_csv("new.csv", index=False)
    found, err = predicted(capsys, "new.csv")
    assert found["id"].tolist() == [str(i) for i in range(1, 21)]
    assert found["prediction"].to_numpy() == pytest.approx(
        np.concatenate(by_hand(x[:, :, None])), rel=1e-12
    )
    assert "          left out: e\n" in err
    assert predicted(capsys, "w.csv")[0]["id"].tolist() == [f"p{i}" for i in range(20)]
    table.drop(columns="c").to_csv("new.csv", index=False)
    err = refused(capsys, "predict", "m.st", "new.csv")
    assert "predict: expected a column 'c' in line 1 of 'new.csv', got a, b, d, name, y. " in err
    np.save("x.npy", x)
    arrays, _ = predicted(capsys, "x.npy")
    assert arrays["prediction"].tolist() == found["prediction"].tolist()


def test_arrays(capsys):
    rng = np.random.default_rng(0)
    x, lengths = rng.normal(size=(20, 5, 2)), rng.integers(1, 6, size=20)
    np.savez("a.npz", x=x, y=x.sum(axis=2), lengths=lengths)
    told = train(capsys, "a.npz", target="y")
    assert (told["data"]["form"], told["target"]["per"]) == ("arrays", "time stamp")
    found, err = predicted(capsys, "a.npz")
    parts = [part[:n] for part, n in zip(x, lengths, strict=True)]
    assert found["prediction"].to_numpy() == pytest.approx(np.concatenate(by_hand(parts))[:, 0])
    assert found["sequence"].tolist() == [i for i, n in enumerate(lengths) for _ in range(n)]
    assert found["time_stamp"].tolist() == [k + 1 for n in lengths for k in range(n)]
    assert "mean absolute error" in err
    np.save("x.npy", x)
    found, err = predicted(capsys, "x.npy")
    assert len(found) == 100
    assert "score" not in err
    np.save("x.npy", x[:, :, :1])
    err = refused(capsys, "predict", "m.st", "x.npy")
    assert "expected x with 2 features (x[0], x[1]) in 'x.npy', got 1. Give those of" in err
    write("s.csv", small())
    err = refused(capsys, "predict", "m.st", "s.csv")
    assert "expected arrays, which have no names of columns, got 's.csv'. Give an NPZ" in err


def test_a_model_of_a_table_predicts_arrays_too(capsys):
    walks(12).to_csv("w.csv", index=False)
    train(capsys, "w.csv")
    _, x, _ = by_sequence(walks(12))
    np.save("x.npy", np.stack([part[:4] for part in x]))
    found, _ = predicted(capsys, "x.npy")
    wanted = bptt.load_model("m.st").predict([part[:4] for part in x])
    assert found["prediction"].tolist() == wanted.tolist()


def test_missing_values_are_dealt_with_as_in_the_training(capsys):
    rows = small()
    write("s.csv", rows)
    rows[5][2] = ""
    write("gap.csv", rows)
    train(capsys, "s.csv")
    err = refused(capsys, "predict", "m.st", "gap.csv")
    assert (
        "predict: expected no missing values in 'gap.csv', got 1, the first for column 'a'" in err
    )
    found, err = predicted(capsys, "gap.csv", "--missing", "drop")
    assert found["id"].tolist() == ["s0", "s2", "s3", "s4", "s5"]
    assert "missing   1 value in 1 sequence, left out\n" in err
    train(capsys, "gap.csv", "--missing", "forward")
    found, err = predicted(capsys, "gap.csv")
    assert len(found) == 6
    assert "missing   1 value in 1 sequence; the last one is carried on\n" in err
    rows[5][2] = rows[4][2]
    write("filled.csv", rows)
    assert predicted(capsys, "filled.csv")[0].equals(found)


# What cannot be.


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["m.st", "s.csv", "-o", "no/out.csv"], "the name of a file in a folder that exists"),
        (["m.st", "s.csv", "-o", "s.csv"], "MODEL, DATA and --output in different files"),
        (["m.st", "s.csv", "-o", "m.st"], "MODEL, DATA and --output in different files"),
        (["m.st", "s.csv", "--memory", "-1"], "--memory to be a finite number above 0"),
        (["s.csv", "m.st"], "'s.csv' to be a sound model file"),
        (["no.st", "s.csv"], "a readable file 'no.st'"),
        (["m.st", "no.csv"], "a readable file 'no.csv'"),
        (["m.st", "s.csv", "--memory", "1e-6"], "what 's.csv' holds to fit into 1 MB of memory"),
    ],
)
def test_what_cannot_work_is_refused(capsys, arguments, message):
    write("s.csv", [*small(), *[[f"r{i}", "0", "1", "x"] for i in range(100)]])
    train(capsys, "s.csv")
    before = {name: Path(name).read_bytes() for name in os.listdir()}
    err = refused(capsys, "predict", *arguments)
    assert f": expected {message}" in err
    assert {name: Path(name).read_bytes() for name in os.listdir()} == before


def test_a_sequence_that_is_too_long_is_refused(capsys, monkeypatch):
    write("s.csv", small())
    train(capsys, "s.csv")
    monkeypatch.setattr(predict.predictions, "of", never)
    np.save("x.npy", np.zeros((1, 10**6)))
    err = refused(capsys, "predict", "m.st", "x.npy", "--memory", "0.5")
    assert (
        "of 1,000,000 time stamps in all and 1,000,000 in the longest sequence, which take" in err
    )
    assert "Take a model trained with --window, or allow more with --memory GB.\n" in err


def test_a_disk_that_is_full_leaves_what_was_there(capsys, monkeypatch):
    write("s.csv", small())
    train(capsys, "s.csv")
    Path("out.csv").write_text("before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    err = refused(capsys, "predict", "m.st", "s.csv", "-o", "out.csv")
    assert "out.csv', got No space left on device. Check that" in err
    assert Path("out.csv").read_text() == "before"
    assert sorted(os.listdir()) == ["m.st", "out.csv", "s.csv"]


def test_messages_name_no_option_that_there_is_not(capsys):
    walks(30).to_csv("w.csv", index=False)
    train(capsys, "w.csv")
    rows = walks(6, seed=1).sort_values(["id", "t"]).reset_index(drop=True)
    typo = rows.astype(object)
    typo.loc[3, "height"] = "abc"
    twice = rows.copy()
    twice.loc[1, "t"] = twice.loc[0, "t"]
    lacking = rows.drop(columns="height")
    for table, words in (
        (typo, "got 'abc' in line 5. Repair it."),
        (twice, "in line 2 and line 3. Keep one of the two."),
        (lacking, "Give a file that has it, as the training had."),
    ):
        table.to_csv("new.csv", index=False)
        err = refused(capsys, "predict", "m.st", "new.csv")
        assert err.rstrip("\n").endswith(words)


def test_targets_of_classes_that_the_training_did_not_have_are_counted(capsys):
    walks(30).to_csv("w.csv", index=False)
    train(capsys, "w.csv")
    new = walks(6, seed=1)
    new.loc[new["kind"] == "up", "kind"] = "sideways"
    new.to_csv("new.csv", index=False)
    _, err = predicted(capsys, "new.csv")
    n = int((new["kind"] == "sideways").sum())
    said = " ".join(err.split())
    assert f"unknown {n:,} of {len(new):,} targets are of no class of the training" in said
    assert "as 'sideways'; none can be right" in said
    assert main(["predict", "m.st", "new.csv", "--json"]) == 0
    assert strict(capsys.readouterr().out)["unknown_classes"].startswith(f"{n:,} of ")


@pytest.mark.parametrize(("cells", "reason"), [
    ({3: ""}, "targets are missing, the first for column 'y' in line 5"),
    ({3: "12,5"}, "targets are no numbers, the first for column 'y' in line 5"),
    ({3: "1e300", 4: "1e300", 5: "1e300"},
     "targets are too large to be squared, the first for column 'y' in line 5"),
    ({4: "7.5"}, "targets change within a sequence, the first for column 'y' in line 6"),
], ids=["missing", "no number", "too large", "changes"])  # fmt: skip
def test_why_there_are_no_scores_is_said_with_the_line(capsys, cells, reason):
    rows = [["id", "t", "a", "y"]]
    rows += [[f"s{i}", t, i * t % 7, i + 0.5] for i in range(20) for t in range(3)]
    write("w.csv", rows)
    train(capsys, "w.csv", target="y")
    for row, cell in cells.items():
        rows[row + 1][3] = cell
    write("new.csv", rows)
    _, err = predicted(capsys, "new.csv")
    assert f"none: {reason}" in " ".join(err.split())
    assert main(["predict", "m.st", "new.csv", "--json"]) == 0
    told = strict(capsys.readouterr().out)
    assert (told["scores"], told["not_scored"]) == (None, reason)
