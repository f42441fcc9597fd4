"""`bptt explain`: formats, files, options, colour in a terminal, and what is refused."""

import json
import os
import re
import sys

import numpy as np
import pytest

import bptt
from bptt.cli import explain as command
from bptt.cli import main
from cli.running import refused, said, strict
from cli.test_console import COLOUR, CONTROL

POST = ("explain", "--weights", "0.2", "1.5")


def derivation(**options):
    x, y = bptt.tasks.post()
    net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    return bptt.explain(net, bptt.post_params(wx=0.2, wrec=1.5), x, y)


@pytest.mark.parametrize("name", ["text", "markdown", "latex", "html", "json"])
def test_each_format_is_what_python_gives(name):
    wanted = getattr(derivation(), name)()
    assert said(*POST, "--format", name).rstrip("\n") == wanted.rstrip("\n")


def test_text_is_the_default_and_json_has_a_short_name():
    assert said("explain") == said(*POST) == derivation().text()
    assert said(*POST, "--json") == said(*POST, "--format", "json")


def test_the_gradient_of_the_engine_stands_beside_the_sum():
    x, y = bptt.tasks.post()
    net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    _, grads = net.loss_and_gradient(bptt.post_params(0.2, 1.5), x, y)
    rows = re.findall(r"^∂ξ/∂(Wx|Wrec) +(\S+) +(\S+) +(\S+)$", said(*POST), flags=re.MULTILINE)
    assert [row[0] for row in rows] == ["Wx", "Wrec"]
    for (_, total, engine, difference), wanted in zip(rows, (grads.Wx, grads.Wrec), strict=True):
        assert float(engine) == wanted
        assert float(total) == pytest.approx(wanted, rel=1e-14)
        assert abs(float(difference)) < 1e-15


@pytest.mark.parametrize("sequence", [1, 2, 3])
def test_one_sequence_is_a_batch_of_one(sequence):
    found = strict(said(*POST, "--sequence", str(sequence), "--json"))
    x, y = bptt.tasks.post()
    net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    rows = slice(sequence - 1, sequence)
    loss, grads = net.loss_and_gradient(bptt.post_params(0.2, 1.5), x[rows], y[rows])
    assert found["m"] == 1
    assert found["loss"]["value"] == loss
    assert [g["engine"] for g in found["gradients"]] == [grads.Wx, grads.Wrec]
    assert np.ravel([s["x"] for s in found["time_stamps"]]).tolist() == x[sequence - 1].tolist()
    bits = "".join(f"{bit:.0f}" for bit in x[sequence - 1])
    assert f"one sequence, {bits}, 3 time stamps, m = 1" in said(*POST, "--sequence", str(sequence))


def test_the_average_over_the_batch_is_that_of_the_sequences():
    """ξ is a mean: each term is the mean of the terms of the sequences alone."""
    alone = [strict(said(*POST, "--sequence", str(i), "--json")) for i in (1, 2, 3)]
    whole = strict(said(*POST, "--json"))
    for number, term in enumerate(whole["terms"]):
        mean = np.mean([one["terms"][number]["value"] for one in alone])
        assert term["value"] == pytest.approx(mean, rel=1e-13)


def test_one_time_stamp():
    text = said(*POST, "--time-stamp", "2")
    assert text.count("\nTime stamp ") == 1
    assert "The sum" not in text
    assert "Wrec·[d_log(S2(In))] · S1(Out)" in text


def test_compare():
    text = said(*POST, "--compare")
    assert text.startswith("Spot the difference")
    said_all = " ".join(text.split())
    assert "multiply its gradient by 0.0481 to 0.0545, and never by more than 0.0625" in said_all
    assert strict(said(*POST, "--compare", "--json"))["sentence"] in said_all
    for name in ("markdown", "latex", "html"):
        assert "0.0545" in said(*POST, "--compare", "--format", name)


def test_digits():
    assert "2/3·(1.22 - 1) · 1" in said(*POST, "--digits", "3")
    assert "2/3·(1.2187680487630894 - 1) · 1" in said(*POST, "--digits", "17")


@pytest.mark.parametrize("steps", [50, 2000])
def test_any_length_fits_on_some_screens(steps):
    text = said("explain", "--data", "random", "--steps", str(steps))
    assert len(text.splitlines()) < 250
    assert f"… {steps - 5} time stamps of the same kind …" in text
    assert max(map(len, text.splitlines())) <= 100


def test_larger_networks_and_their_entries():
    options = ("--hidden", "6", "--data", "random", "--seed", "3")
    text = said("explain", *options)
    assert re.search(r"W_hh +recurrent weight +\(6, 6\) +\d", text)
    entry = said("explain", *options, "--entry", "weight_hh[2,5]", "--time-stamp", "3")
    assert "∂ξ/∂W_hh[2,5] = " in entry


def test_a_model_that_was_saved(tmp_path):
    path = str(tmp_path / "model.safetensors")
    net = bptt.RNN(activation="tanh", readout="state_in", bias=False)
    bptt.save(path, net, bptt.post_params(0.25, -0.5))
    found = strict(said("explain", "--model", path, "--json"))
    assert found["network"]["activation"] == "tanh"
    assert [w["value"] for w in found["weights"]] == [[[0.25]], [[-0.5]]]


@pytest.mark.parametrize(
    ("ending", "name"),
    [("txt", "text"), ("md", "markdown"), ("TEX", "latex"), ("html", "html"), ("json", "json")],
)
def test_the_ending_says_the_format(tmp_path, ending, name):
    path = tmp_path / f"derivation.{ending}"
    assert main([*POST, "--output", str(path)]) == 0
    assert path.read_text(encoding="utf-8").strip() == getattr(derivation(), name)().strip()


def test_the_names_on_the_screen_are_names(tmp_path):
    options = ("explain", "--hidden", "2", "--entry")
    assert said(*options, "W_hh[1,0]") == said(*options, "weight_hh[1,0]")
    assert said(*options, "W_out[0,1]") == said(*options, "readout.weight[0,1]")


@pytest.mark.parametrize(("name", "begins"), [("html", "<!DOCTYPE html>"), ("latex", "\\document")])
def test_output(tmp_path, capsys, name, begins):
    path = tmp_path / "derivation"
    assert main([*POST, "--format", name, "--output", str(path)]) == 0
    assert capsys.readouterr().out == ""
    assert path.read_text(encoding="utf-8").startswith(begins)
    assert path.read_text(encoding="utf-8") == getattr(derivation(), name)()


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path, capsys, monkeypatch):
    path = tmp_path / "derivation.html"
    path.write_text("before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "no space" in refused(capsys, *POST, "--output", path).lower()
    assert path.read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


REFUSED = [
    (["--sequence", "4"], "--sequence"),
    (["--sequence", "0"], "--sequence"),
    (["--time-stamp", "4"], "--time-stamp"),
    (["--time-stamp", "0"], "--time-stamp"),
    (["--entry", "nothing[1]"], "entry"),
    (["--hidden", "2", "--entry", "weight_hh[2,0]"], "weight_hh[2, 2]"),
    (["--digits", "0"], "--digits"),
    (["--digits", "18"], "--digits"),
    (["--output", "derivation.pdf"], "'.txt', '.md', '.tex', '.html' or '.json'"),
    (["--entry", "weight_hh[0,0]"], "one number each"),
    (["--hidden", "2", "--entry", "readout.bias[0]", "--time-stamp", "1"], "time stamp 3 only"),
    (["--compare", "--entry", "weight_hh[0,0]"], "--compare"),
    (["--json", "--time-stamp", "2"], "--format json"),
    (["--compare", "--activation", "identity"], "with an activation"),
    (["--compare", "--hidden", "3"], "with an activation"),
    (["--weights", "nan", "1"], "--weights"),
    (["--weights", "1", "1e200"], "--weights"),
    (["--weights", "1", "1", "--hidden", "2"], "--weights"),
    (["--hidden", "0"], "--hidden"),
    (["--sequences", "2"], "random data only"),
    (["--data", "no.csv"], "a file that exists"),
    (["--data", "no"], "'random' or a file"),
    (["--model", "no.safetensors"], "no.safetensors"),
    (["--model", "a", "--activation", "tanh"], "--model alone"),
    (["--seed", "-1"], "--seed"),
    (["--output", "/no/such/folder/x.html"], "--output"),
    (["--output", ""], "--output"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "names"), REFUSED)
def test_what_cannot_work_is_refused_in_one_sentence(capsys, arguments, names):
    message = refused(capsys, "explain", *arguments)
    assert names in message


def test_a_model_of_another_kind(tmp_path, capsys):
    path = str(tmp_path / "model.safetensors")
    net = bptt.RNN(input_size=2, hidden_size=2)
    bptt.save(path, net, net.init(rng=0))
    assert "reads one bit" in refused(capsys, "explain", "--model", path)


# In a terminal.


class Terminal:
    """Standard output that is a terminal."""

    encoding = "utf-8"

    def __init__(self):
        self.written = ""

    def write(self, text):
        self.written += text
        return len(text)

    def flush(self): ...

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)

    def attach():
        monkeypatch.setattr(sys, "stdout", Terminal())
        return sys.stdout

    return attach


def test_boxes_have_a_colour_in_a_terminal(terminal):
    terminal = terminal()
    assert main([*POST]) == 0
    assert CONTROL.sub("", terminal.written) == derivation().text(width=100)
    coloured = re.findall(r"\x1b\[1;30;43m(.*?)\x1b\[0m", terminal.written)
    assert set(coloured) >= {"[d_log(S2(In))]", "[∂S1(Out)/∂S1(In)]", "[0.217895]"}
    assert all(box.startswith("[") and box.endswith("]") for box in coloured)


def test_an_index_is_no_box(terminal):
    terminal = terminal()
    assert main(["explain", "--hidden", "3", "--entry", "weight_hh[2,1]"]) == 0
    coloured = re.findall(r"\x1b\[1;30;43m(.*?)\x1b\[0m", terminal.written)
    assert "[d_tanh(S2(In)[2])]" in coloured
    assert "[2,1]" not in coloured
    assert "[2]" not in coloured


def test_no_color(terminal, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    terminal = terminal()
    assert main([*POST]) == 0
    assert not COLOUR.search(terminal.written)
    assert "[d_log(S2(In))]" in terminal.written


def test_without_rich_it_is_plain(terminal, monkeypatch):
    monkeypatch.setattr(command, "find_spec", lambda _: None)
    terminal = terminal()
    assert main([*POST]) == 0
    assert terminal.written == derivation().text(width=100)


def test_lines_are_no_longer_than_the_terminal_where_a_formula_can_break(terminal, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    terminal = terminal()
    assert main([*POST, "--time-stamp", "1"]) == 0
    lines = [line for line in CONTROL.sub("", terminal.written).splitlines() if "·" in line]
    assert max(map(len, lines)) <= 60


def test_json_goes_to_a_terminal_as_it_is(terminal):
    terminal = terminal()
    assert main([*POST, "--json"]) == 0
    assert json.loads(terminal.written)["schema"] == "bptt.derivation/1"
