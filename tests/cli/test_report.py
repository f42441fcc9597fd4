"""`bptt report`: one page with all of it, and what is refused before any work is done."""

import base64
import dataclasses
import re
import sys
import xml.etree.ElementTree as ET

import pytest

import bptt
from bptt.cli import main
from bptt.cli import report as command
from bptt.derivation import proof
from cli.running import never, refused, strict
from derivation.test_proof import planted

QUICK = ("report", "--epochs", "30")


@pytest.fixture
def few_proofs(monkeypatch):
    def prove(on_proof):
        return proof.prove(["logistic"], 2, [6], on_proof=on_proof)

    monkeypatch.setattr(command, "prove", prove)


def written(tmp_path, *arguments):
    path = tmp_path / "report.html"
    assert main([*QUICK, "--output", str(path), *arguments]) == 0
    return path.read_text(encoding="utf-8")


def pictures(page):
    """Return (text beside it, root of the SVG) of each picture."""
    found = re.findall(r"<img alt='([^']*)'\s+src='data:image/svg\+xml;base64,([^']*)'", page)
    return [(alt, ET.fromstring(base64.b64decode(source))) for alt, source in found]


def test_the_page(tmp_path, few_proofs, capsys):
    page = written(tmp_path)
    out = capsys.readouterr().out
    proof_line = "proof     5 of 5 proved, 2 of 2 agree to 50 digits\n"
    assert out.startswith(f"report    {tmp_path / 'report.html'}\n{proof_line}")
    for heading in (
        "The run",
        "The derivation",
        "Forward",
        "Backward",
        "The proof",
        "Time stamp 1",
    ):
        assert f">{heading}" in page
    assert len(pictures(page)) == 5
    assert all(svg.tag.endswith("svg") and alt for alt, svg in pictures(page))
    x, y = bptt.tasks.post()
    net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    loss = net.loss(bptt.post_params(0.2, 1.5), x, y)
    assert f"<mn>{loss!r}</mn>" in page
    assert "Spot the difference: only the boxes." in page
    assert "5 of 5 proved, 2 of 2 agree to 50 digits." in page
    assert "network" in page
    assert "rounded right after training" in page
    assert not re.search(r"<script|<link|<iframe|@import|https?:", page)


def figures(page):
    """Return the table of the run's figures."""
    table = page.split("the figures of the run</caption>")[1].split("</table>")[0]
    rows = re.findall(r"<tr><td class='l'>(.*?)</td><td class='l'>(.*?)</td></tr>", table)
    return {name: re.sub(r"<[^>]*>", "", value) for name, value in rows}


def test_the_figures_are_those_of_the_run(tmp_path, few_proofs):
    page = written(tmp_path, "--rate", "0.05", "--optimizer", "sgd")
    x, y = bptt.tasks.post()
    net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    start = bptt.post_params(0.2, 1.5)
    trained = bptt.fit(net, x, y, params=start, optimizer=bptt.gradient_descent(0.05), epochs=30)
    found = figures(page)
    assert float(found["cost at the start"]) == net.loss(start, x, y)
    assert float(found["cost after 30 epochs"]) == pytest.approx(trained.loss, rel=1e-12)
    assert float(found["lowest cost found"]) == pytest.approx(0.492001013, abs=1e-9)
    right = int((trained.predict(x).round() == y).sum())
    assert found["rounded right after training"] == f"{right} of 3"
    assert found["network"] == "elman, logistic, 1 input, 1 state, 1 output, read-out state_in"
    assert found["proof"] == "5 of 5 proved, 2 of 2 agree to 50 digits"
    assert re.fullmatch(
        r"right to \d\.\de-\d\d: complex step, on 3 sequences of 3 time stamps", found["gradient"]
    )


def test_a_gradient_that_is_wrong_makes_status_1(tmp_path, monkeypatch, few_proofs):
    right = command.check_gradient

    def wrong(*arguments):
        return dataclasses.replace(right(*arguments), tolerance=0.0)

    monkeypatch.setattr(command, "check_gradient", wrong)
    path = tmp_path / "report.html"
    assert main([*QUICK, "--output", str(path)]) == 1
    assert figures(path.read_text("utf-8"))["gradient"].startswith("wrong to ")


def test_a_larger_network(tmp_path, few_proofs):
    page = written(
        tmp_path, "--hidden", "3", "--data", "random", "--sequences", "6", "--steps", "5"
    )
    assert len(pictures(page)) == 3  # no cost over two weights, no unrolled network of one state
    assert "recurrent weight" in page


def test_without_activation(tmp_path, few_proofs):
    page = written(tmp_path, "--activation", "identity")
    assert "Spot the difference" not in page


def test_json(tmp_path, few_proofs, capsys):
    written(tmp_path, "--json")
    found = strict(capsys.readouterr().out)
    assert found["ok"] is True
    assert found["output"] == str(tmp_path / "report.html")
    assert set(found["pictures"]) == {"unrolled", "gradients", "cost", "surface", "predictions"}


def test_what_is_not_proved_makes_status_1(tmp_path, monkeypatch, capsys):
    def prove(on_proof):
        return proof.prove(["tanh"], 2, [], make_chain=planted("no box"), on_proof=on_proof)

    monkeypatch.setattr(command, "prove", prove)
    path = tmp_path / "report.html"
    assert main([*QUICK, "--output", str(path)]) == 1
    assert "NOT PROVED" in path.read_text(encoding="utf-8")
    assert "proof     3 of 5 proved\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--output", "report.txt"], "'.html'"),
        (["--output", ""], "--output"),
        (["--output", "no/such/folder/report.html"], "--output"),
        (["--output", "r.html", "--epochs", "0"], "--epochs"),
        (["--output", "r.html", "--rate", "1", "2", "3"], "--rate"),
        (["--output", "r.html", "--weights", "inf", "1"], "--weights"),
        (["--output", "same.html", "--model", "same.html"], "different files"),
    ],
)
def test_what_cannot_work(tmp_path, capsys, monkeypatch, arguments, names):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "prove", never)
    assert names in refused(capsys, "report", *arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("package", "extra"), [("matplotlib", "plot"), ("sympy", "learn")])
def test_without_an_extra(tmp_path, capsys, monkeypatch, package, extra):
    """It says so before the training."""
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr(command.pictures, "fit", never)
    message = refused(capsys, "report", "--output", tmp_path / "r.html")
    assert f"pip install 'bptt[{extra}]'" in message


def test_the_file_that_was_there_stays_if_something_fails(tmp_path, monkeypatch, few_proofs):
    path = tmp_path / "report.html"
    path.write_text("before")
    monkeypatch.setattr(command, "explain", never)
    with pytest.raises(AssertionError):
        main([*QUICK, "--output", str(path)])
    assert path.read_text() == "before"
