"""`bptt train`: what it says, what it learns, and how it stops."""

import os
import re
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bptt
from bptt import _safetensors, ways
from bptt.cli import main, train, train_options
from bptt.errors import FileAccessError, NonFiniteError, NotSavedWarning
from cli.running import SENTENCE, never, refused, strict
from files.making import by_sequence, small, walks, write

QUICK = ["--epochs", "2", "--hidden", "3"]
SAID = """\
data      {path}: one row for each time stamp
          90 sequences of 4 to 15 time stamps, 887 in all
          told apart by 'id', in order of 't' (guessed by name; --sequence and
          --order say otherwise)
features  height, noise
target    'kind': 3 classes, one for each sequence: down (30), flat (30), up
          (30)
missing   no values
held out  18 sequences to judge by, 11 to stop by, drawn at random by class; 61
          to train on, whose mean and deviation scale all
network   gru, 32 states, read out at the end: 3,555 weights
training  categorical cross entropy, Adam 0.01, gradients clipped to norm 1,
          batches of 32, up to 200 epochs; needs about 3.7 MB
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def path(folder):
    walks().to_csv(folder / "walks.csv", index=False)
    return "walks.csv"


def run(*arguments, status=0):
    """Return nothing of a run that must end so."""
    assert main(["train", *map(str, arguments)]) == status


def found(capsys, *arguments):
    """Return the JSON object of a run."""
    run(*arguments, "--json")
    out, err = capsys.readouterr()
    assert err == ""
    assert len(out.splitlines()) == 1
    return strict(out)


def test_what_it_says(capsys, path):
    run(path, "--target", "kind", "--save", "m.safetensors")
    out, err = capsys.readouterr()
    assert err == ""
    before, after = out[: len(SAID.format(path=path))], out[len(SAID.format(path=path)) :]
    assert before == SAID.format(path=path)
    trained = " ".join(after.partition("\n\n")[0].split())
    assert re.fullmatch(
        r"trained \d+ epochs in \d+\.\d s, stopped since the last 20 were no better; "
        r"kept: the weights after epoch \d+, best on those to stop by",
        trained,
    )
    table = (
        r"\nscores on the 18 sequences held out\n"
        r"                   network  always '\w+'\n"
        r"-----------------  -------  -+\n"
        r"accuracy +\S+ +0\.3333\n"
        r"balanced accuracy +\S+ +0\.3333\n"
    )
    assert re.search(table, after)
    assert "\npredict   bptt predict m.safetensors DATA -o predictions.csv\n" in after
    assert max(map(len, out.splitlines())) < 80


def test_the_lines_of_python_run(capsys, path):
    run(path, "--target", "kind", "--save", "my model.safetensors", *QUICK)
    out = capsys.readouterr().out
    assert "predict   bptt predict 'my model.safetensors' DATA" in out
    code = re.search(r"^python    (.*(?:\n {10}.*)*)", out, flags=re.MULTILINE)[1]
    code = code.replace("\n" + " " * 10, "\n")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() in {"['down']", "['flat']", "['up']"}


def test_classes_of_ragged_sequences_are_learnt(capsys, path):
    """Beside the trivial baseline, on sequences that were held out; scored by hand once more."""
    told = found(capsys, path, "--target", "kind", "--save", "m.safetensors")
    scores = told["scores"]
    assert scores["network"]["accuracy"] > scores["baseline"]["accuracy"] + 0.4
    assert scores["baseline"]["accuracy"] == pytest.approx(1 / 3)
    assert told["target"] == {
        "name": "kind", "task": "classes", "per": "sequence",
        "classes": {"down": 30, "flat": 30, "up": 30},
    }  # fmt: skip
    assert told["held_out"] == {"of": "sequences", "train": 61, "validation": 11, "test": 18}
    assert told["training"]["loss"] == "categorical_cross_entropy"
    _, x, kinds = by_sequence(pd.read_csv(path))
    model = bptt.load_model("m.safetensors")
    share = (model.predict(x) == np.array(kinds)).mean()
    assert share > 0.75


def test_counting_ones_is_learnt_as_a_regression(capsys):
    x, y = bptt.tasks.count_ones(n_sequences=200, n_steps=8, rng=0)
    table = pd.DataFrame(x.astype(int), columns=[f"k{k}" for k in range(1, 9)]).assign(ones=y)
    table.to_csv("ones.csv", index=False)
    told = found(
        capsys, "ones.csv", "--target", "ones", "--task", "regression", "--hidden", "8",
        "--epochs", "60", "--save", "m.safetensors",
    )  # fmt: skip
    assert told["data"]["form"] == "wide"
    assert told["training"]["loss"] == "mse"
    assert told["scores"]["network"]["r2"] > 0.95
    assert told["scores"]["network"]["mae"] < 0.2 * told["scores"]["baseline"]["mae"]
    model = bptt.load_model("m.safetensors")
    assert model.predict([[1, 0, 1, 1, 0, 1, 0, 0]])[0] == pytest.approx(4, abs=0.5)


def test_a_target_at_every_time_stamp_of_one_long_sequence_is_learnt(capsys):
    """The sum of the last two inputs; windows of the one sequence are held out."""
    a = np.random.default_rng(0).normal(size=2000)
    table = pd.DataFrame({"t": np.arange(2000), "a": a, "y": 5 * (a + np.append(0, a[:-1])) + 100})
    table.to_parquet("long.parquet")
    told = found(
        capsys, "long.parquet", "--target", "y", "--window", "40", "--hidden", "8",
        "--epochs", "60", "--save", "m.safetensors",
    )  # fmt: skip
    assert told["target"]["per"] == "time stamp"
    assert told["held_out"] == {"of": "windows", "train": 34, "validation": 6, "test": 10}
    assert told["scores"]["network"]["rmse"] < 0.3 * told["scores"]["baseline"]["rmse"]


def test_two_classes_have_one_logit(capsys):
    rows = [[*row[:3], {"x": "0", "y": "1"}.get(row[3], row[3])] for row in small()]
    write("s.csv", rows)
    told = found(capsys, "s.csv", "--target", "kind", "--save", "m.safetensors", *QUICK)
    assert told["training"]["loss"] == "binary_cross_entropy"
    net, _ = bptt.load("m.safetensors")
    assert net.output_size == 1
    run("s.csv", "--target", "kind", "--save", "m.safetensors", *QUICK)
    out = " ".join(capsys.readouterr().out.split())
    assert "0 (3), 1 (3); few whole numbers, so taken for classes (--task regression" in out


def test_the_options_of_the_network(capsys, path):
    told = found(
        capsys, path, "--target", "kind", "--cell", "lstm", "--hidden", "5", "--layers", "2",
        "--both-directions", "--dropout", "0.1", "--batch", "16", "--rate", "1e-3", "--clip", "0.5",
        "--test", "0.3", "--validation", "0", "--epochs", "2", "--seed", "3", "--save", "m.st",
    )  # fmt: skip
    net, _ = bptt.load("m.st")
    wanted = bptt.RNN(
        cell="lstm", input_size=2, hidden_size=5, n_layers=2, bidirectional=True, dropout=0.1,
        output_size=3,
    )  # fmt: skip
    assert net == wanted
    assert told["held_out"] == {"of": "sequences", "train": 63, "validation": 0, "test": 27}
    assert (told["training"]["epochs"], told["training"]["best_epoch"]) == (2, None)
    assert told["network"]["weights"] == sum(
        a.size for _, a in bptt.params.named_arrays(net.init(0))
    )


def test_engine_and_threads(capsys, path, monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.setattr(ways, "WORTH_IT", 0)
    settings = ["--target", "kind", "--save", "m.st", *QUICK, "--cell", "elman"]
    plain = found(capsys, path, *settings)
    alone = bptt.load("m.st")[1]
    compiled = found(capsys, path, *settings, "--engine", "jit", "--threads", "2")
    assert compiled["scores"] == plain["scores"]
    weights, expected = bptt.load("m.st")[1].layers[0].weight_hh, alone.layers[0].weight_hh
    assert np.allclose(weights, expected, rtol=1e-9, atol=0)
    assert not np.array_equal(weights, expected)
    assert (compiled["settings"]["engine"], compiled["settings"]["threads"]) == ("jit", 2)
    run(path, *settings, "--threads", "0", status=2)
    assert "--threads" in capsys.readouterr().err


def test_of_several_starts_the_best_is_kept(capsys, path):
    """The first start is the one that there is without the option; each has its own checkpoint."""
    found(capsys, path, "--target", "kind", "--save", "one.st", *QUICK)
    found(capsys, path, "--target", "kind", "--save", "best.st", *QUICK, "--starts", "4",
          "--checkpoint", "run")  # fmt: skip
    assert sorted(os.listdir("run")) == [f"start-{n}" for n in (1, 2, 3, 4)]
    lowest = []
    for start in sorted(os.listdir("run")):
        newest = max(Path("run", start).iterdir())
        arrays, _ = _safetensors.read("test", newest, 2**20)
        lowest.append((arrays["history.validation_loss"].min(), start, arrays))
    best = min(lowest, key=lambda one: one[:2])
    assert len({value for value, *_ in lowest}) == 4
    kept = bptt.load("best.st")[1].layers[0].weight_hh
    assert np.array_equal(kept, best[2]["best.weight_hh_l0"])
    first = next(arrays for _, start, arrays in lowest if start == "start-1")
    alone = bptt.load("one.st")[1].layers[0].weight_hh
    assert np.array_equal(alone, first["best.weight_hh_l0"])
    run(path, "--target", "kind", "--save", "said.st", *QUICK, "--starts", "2")
    assert "best of 2 starts" in " ".join(capsys.readouterr().out.split())


def test_one_seed_is_one_result(capsys, path):
    arguments = (path, "--target", "kind", "--save", "m.st", *QUICK)
    one, same, other = (found(capsys, *arguments, "--seed", seed) for seed in (1, 1, 2))
    assert one["scores"] == same["scores"]
    assert one["scores"] != other["scores"]


def test_scores_of_few_sequences_are_said_to_be_weak(capsys):
    write("s.csv", small())
    run("s.csv", "--target", "kind", "--save", "m.st", *QUICK)
    out = capsys.readouterr().out
    assert "\nscores on the 1 sequence held out (too few to say much)\n" in out


def test_missing_values_are_counted(capsys):
    rows = small()
    rows[5][2] = rows[9][2] = ""
    write("s.csv", rows)
    arguments = ("s.csv", "--target", "kind", "--save", "m.st", *QUICK, "--missing")
    run(*arguments, "forward")
    assert (
        "missing   2 values in 2 sequences; the last one is carried on\n" in capsys.readouterr().out
    )
    run(*arguments, "drop")
    assert "missing   2 values in 2 sequences, left out\n" in capsys.readouterr().out
    told = found(capsys, *arguments, "drop")["data"]
    assert told["missing"] == {"n_values": 2, "n_sequences": 2, "done": "dropped"}
    assert told["sequences"] == 4


# How it stops.


def test_a_million_time_stamps_are_refused_within_seconds(capsys, monkeypatch):
    monkeypatch.setattr("bptt.files.learning.fit", never)
    Path("m.csv").write_text("t,a,y\n" + "".join(f"{t},{t % 7},.{t % 97}\n" for t in range(10**6)))
    err = refused(capsys, "train", "m.csv", "--target", "y", "--save", "m.st", "--memory", "4")
    assert err == (
        "bptt: train: expected what fits into 4 GB of memory, got 'm.csv' of 1,000,000 time stamps "
        "in all and 1,000,000 in the longest sequence, which take about 13 GB. Give --window 1000, "
        "with which it takes 259 MB.\n"
    )
    assert not os.path.exists("m.st")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--epochs 0", "--epochs to be a whole number from 1"),
        ("--hidden -1", "--hidden to be a whole number from 1"),
        ("--window 0", "--window to be a whole number from 1"),
        ("--seed -1", "--seed to be a whole number of at least 0"),
        ("--rate 0", "--rate to be a finite number above 0"),
        ("--rate -1e-3", "--rate to be a finite number above 0"),
        ("--clip nan", "--clip to be a finite number above 0"),
        ("--test 0", "--test to be a finite number above 0 and below 1"),
        ("--test 1", "--test to be a finite number above 0 and below 1"),
        ("--validation 1", "--validation to be a finite number at least 0 and below 1"),
        ("--memory 0", "--memory to be a finite number above 0"),
        ("--dropout 1 --layers 2", "--dropout to be a finite number at least 0 and below 1"),
        ("--dropout 0.1", "several layers to drop out between, got --dropout 0.1 with one"),
        ("--save no/m.st", "the name of a file in a folder that exists"),
        ("--save walks.csv", "DATA and --save in different files"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_read(
    capsys, monkeypatch, path, arguments, message
):
    monkeypatch.setattr(train.reading, "read", never)
    before = Path(path).read_bytes()
    err = refused(capsys, "train", path, "--target", "kind", "--save", "m.st", *arguments.split())
    assert f"bptt: train: expected {message}" in err or f"train --save: expected {message}" in err
    assert Path(path).read_bytes() == before


def test_a_model_stays_if_the_next_training_is_refused(capsys, path):
    run(path, "--target", "kind", "--save", "m.st", *QUICK)
    before = Path("m.st").read_bytes()
    capsys.readouterr()
    refused(capsys, "train", path, "--target", "no", "--save", "m.st")
    assert Path("m.st").read_bytes() == before
    assert sorted(os.listdir()) == ["m.st", "walks.csv"]


def test_divergence_names_the_sequence_and_keeps_the_best(capsys, path, monkeypatch):
    def diverge(net, x, y, on_event, **_):
        params = net.init(rng=1)
        on_event(bptt.Event("epoch", 1, 9, 1, 1, 0.5, 1.0, params, 0.4))
        where = {"quantity": "State(In)", "epoch": 2, "time_stamp": 3, "sequence": 5}
        raise NonFiniteError("", **where, params=params, losses=[])

    monkeypatch.setattr("bptt.files.learning.fit", diverge)
    run(path, "--target", "kind", "--save", "m.st", *QUICK, status=1)
    saved, message = capsys.readouterr().err.splitlines()
    assert saved == "bptt: saved the weights after epoch 1 in 'm.st'"
    assert re.fullmatch(
        r"bptt: train: expected a finite cost and gradient, got NaN or infinity in epoch 2, first "
        r"in State\(In\) at time stamp 3 of sequence 'w\d+'. Lower --rate or --clip.",
        message,
    )
    bptt.load_model("m.st")


def test_if_no_loss_to_stop_by_is_finite_that_is_said(capsys, path, monkeypatch):
    fit = bptt.fit

    def never(*arguments, **options):
        return fit(*arguments, **options, watch=lambda params: np.nan)

    monkeypatch.setattr("bptt.files.learning.fit", never)
    run(path, "--target", "kind", "--save", "m.st", *QUICK)
    assert capsys.readouterr().err == (
        "bptt: no epoch had a finite loss on the sequences to stop by; a lower --rate may help\n"
    )
    assert len(_safetensors.read("test", "m.st", 2**20)[0]) > 0


@pytest.mark.parametrize(("first", "then"), [("1", "2"), ("2", "1")])
def test_one_start_and_several_do_not_share_a_folder(capsys, path, first, then):
    given = [path, "--target", "kind", "--save", "m.st", *QUICK, "--checkpoint", "run"]
    run(*given, "--starts", first)
    before = sorted(Path("run").rglob("*"))
    capsys.readouterr()
    run(*given, "--starts", then, status=2)
    words = "one start" if first == "1" else "several"
    assert capsys.readouterr().err == (
        f"bptt: train: expected {words}, as the run in 'run' has, got --starts {then}. "
        "Give --starts of that run, or another --checkpoint.\n"
    )
    assert sorted(Path("run").rglob("*")) == before


def test_of_starts_one_without_a_finite_loss_is_never_the_best(path, monkeypatch):
    fit, fits = bptt.fit, []

    def second_alone(*arguments, **options):
        fitted = fit(*arguments, **options)
        if len(fits) != 1:
            fitted.history.validation_loss[:] = [np.nan] * len(fitted.history.validation_loss)
        fits.append(fitted)
        return fitted

    monkeypatch.setattr("bptt.files.learning.fit", second_alone)
    run(path, "--target", "kind", "--save", "m.st", *QUICK, "--starts", "3")
    kept = bptt.load("m.st")[1].layers[0].weight_hh
    assert np.array_equal(kept, fits[1].params.layers[0].weight_hh)


def test_warnings_of_the_training_are_said_in_one_line(capsys, path, monkeypatch):
    fit = bptt.fit

    def warn(*arguments, **options):
        warnings.warn("fit: the disk is full", NotSavedWarning, stacklevel=2)
        return fit(*arguments, **options)

    monkeypatch.setattr("bptt.files.learning.fit", warn)
    run(path, "--target", "kind", "--save", "m.st", *QUICK)
    assert capsys.readouterr().err == "bptt: fit: the disk is full\n"


def test_an_interruption_keeps_the_best_so_far(capsys, path, monkeypatch):
    fit = bptt.fit

    def stop(*arguments, on_event, **options):
        def listener(event):
            on_event(event)
            if event.kind == "epoch" and event.epoch == 3:
                raise KeyboardInterrupt

        return fit(*arguments, on_event=listener, **options)

    monkeypatch.setattr("bptt.files.learning.fit", stop)
    run(path, "--target", "kind", "--save", "m.st", "--hidden", "3", status=130)
    err = capsys.readouterr().err
    assert re.fullmatch(
        r"bptt: saved the weights after epoch \d in 'm.st'\nbptt: interrupted\n", err
    )
    bptt.load_model("m.st")


def test_an_interruption_before_the_first_epoch_writes_nothing(path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("bptt.files.learning.fit", stop)
    run(path, "--target", "kind", "--save", "m.st", status=130)
    assert os.listdir() == [path]


def test_a_training_goes_on_from_its_checkpoint(capsys, path, monkeypatch):
    """Ctrl-C in a process of its own; resumed, it ends as one that was never stopped."""
    arguments = [path, "--target", "kind", "--save", "m.st", "--checkpoint", "run", "--hidden", "4"]
    program = "import bptt.cli.train as t, bptt.cli, sys; t.CHECKPOINT_SECONDS = 0; "
    program += "sys.exit(bptt.cli.main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "train", *arguments]
    with subprocess.Popen(
        [*command, "--epochs", "100000", "--patience", "100000"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        while not (os.path.isdir("run") and len(os.listdir("run")) >= 2):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 130
    assert out.startswith("data ")
    assert re.fullmatch(
        r"(bptt: saved the weights after epoch \d+ in 'm.st'\n)?"
        r"bptt: the same command goes on from 'run'\nbptt: interrupted\n",
        err,
    )
    epochs = 40
    patience = ["--epochs", epochs, "--patience", 100000]
    run(*arguments, *patience)
    resumed = capsys.readouterr().out
    done = re.search(r"resumed   in epoch (\d+), from run/checkpoint-\d+", resumed)
    assert int(done[1]) > 0
    at_once = [*arguments[:4], "whole.st", *arguments[7:]]
    if int(done[1]) < epochs:
        run(*at_once, *patience)
        assert Path("m.st").read_bytes() == Path("whole.st").read_bytes()


def test_a_checkpoint_of_other_data_is_refused(capsys, path):
    run(path, "--target", "kind", "--save", "m.st", "--checkpoint", "run", *QUICK)
    capsys.readouterr()
    assert main(["train", path, "--target", "kind", "--save", "m.st", "--checkpoint", "run",
                 "--seed", "1", *QUICK]) == 2  # fmt: skip
    assert capsys.readouterr().err == (
        "bptt: train: expected the data and options of the run in 'run', got another validation. "
        "Give the data, --seed, --test, --validation and --window of that run, or another "
        "--checkpoint.\n"
    )
    assert main(["train", path, "--target", "kind", "--save", "m.st", "--checkpoint", "run",
                 *QUICK, "--rate", "0.5"]) == 2  # fmt: skip
    assert "another optimizer. Give --rate and --clip of that run" in capsys.readouterr().err


def test_a_disk_that_is_full_in_the_end_loses_nothing(capsys, path, monkeypatch):
    arguments = [path, "--target", "kind", "--checkpoint", "run", *QUICK, "--save"]
    with monkeypatch.context() as patched:
        write_file = bptt._safetensors.write_file

        def full(called, place, content):
            if os.path.basename(place) == "m.st":
                raise FileAccessError("save: expected to write 'm.st', got a full disk. Make room.")
            write_file(called, place, content)

        patched.setattr(bptt._safetensors, "write_file", full)
        run(*arguments, "m.st", status=2)
    assert capsys.readouterr().err == (
        "bptt: the weights are in 'run': give another --save besides\n"
        "bptt: save: expected to write 'm.st', got a full disk. Make room.\n"
    )
    run(*arguments, "other.st")
    run(*[argument for argument in arguments if argument not in ("--checkpoint", "run")], "m.st")
    assert Path("m.st").read_bytes() == Path("other.st").read_bytes()


# Where it is shown.


def in_terminal(*arguments, **environment):
    """Return what a run shows in a terminal of 80 columns."""
    ours, theirs = os.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "LINES")}
    with subprocess.Popen(
        [sys.executable, "-m", "bptt", "train", *arguments], stdin=subprocess.DEVNULL,
        stdout=theirs, stderr=theirs,
        env=kept | {"TERM": "xterm-256color", "COLUMNS": "80"} | environment,
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
    os.close(ours)
    return process.returncode, shown.decode()


def test_progress_is_shown_in_a_terminal_and_wiped_away(path):
    arguments = [path, "--target", "kind", "--save", "m.st", "--epochs", "50", "--patience", "50"]
    status, shown = in_terminal(*arguments)
    assert status == 0
    assert re.search(r"epoch +\d+/50 +loss \S+ +validation", shown)
    assert "reading walks.csv ..." in shown
    assert "trained   50 epochs" in shown[shown.rindex("/50") :]
    status, plain = in_terminal(*arguments, "--json", NO_COLOR="1")
    assert status == 0
    assert plain.startswith("{")


def test_colours_are_left_out_where_that_is_asked_for(path):
    arguments = [path, "--target", "kind", "--save", "m.st", "--epochs", "3"]
    colour = re.compile(r"\x1b\[(?:[0-9]+;)*(?:3[0-9]|9[0-7])(?:;[0-9]+)*m")
    status, plain = in_terminal(*arguments, NO_COLOR="1")
    assert status == 0
    assert not colour.search(plain)


def test_nothing_moves_where_there_is_no_terminal(path):
    command = [sys.executable, "-m", "bptt", "train", path, "--target", "kind", "--save", "m.st"]
    ran = subprocess.run([*command, *QUICK], capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    assert "\x1b" not in ran.stdout
    assert "\r" not in ran.stdout


def test_the_program_has_no_tracebacks():
    command = [sys.executable, "-m", "bptt", "train", "no.csv", "--target", "y", "--save", "m.st"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert SENTENCE.fullmatch(ran.stderr)


def test_help(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    for command, words in [("train", "--target --window bptt[data] 130"), ("predict", "-o MODEL")]:
        with pytest.raises(SystemExit) as stop:
            main([command, "--help"])
        out = capsys.readouterr().out
        assert stop.value.code == 0
        assert all(word in out for word in words.split())
        assert f"examples:\n  bptt {command} " in out
        assert max(map(len, out.splitlines())) < 80


def test_names_of_columns():
    assert train_options.names('a, b,"c,d",') == ("a", "b", "c,d")
    assert train_options.names("") == ()
