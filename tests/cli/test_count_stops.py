"""`bptt count` and its files, and how it stops: divergence, interruption, real processes."""

import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

import bptt
from bptt.cli import count, main
from bptt.errors import FileAccessError, NonFiniteError
from cli.running import (
    QUICK,
    READ,
    SENTENCE,
    every_five_bits,
    never,
    refused,
    said,
    strict,
)


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
    assert saved == f"bptt: saved the weights before that in {str(path)!r}"
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

    def stopped(*given, on_event, **named):
        fit(*given, on_event=on_event, **named)
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
