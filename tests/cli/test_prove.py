"""`bptt prove`: its table, JSON, exit status, and what is refused."""

import sys

import pytest

from bptt.cli import main
from bptt.cli import prove as command
from bptt.derivation import proof
from cli.running import refused, said, strict
from derivation.test_proof import planted


def test_the_table_is_python_s():
    text = said("prove", "--activation", "logistic", "--steps", "2", "--beyond", "6")
    rows = [line.split() for line in text.splitlines() if line.startswith("logistic")]
    assert [row[:4] for row in rows] == [
        ["logistic", "f'", "proved", "SymPy"],
        ["logistic", "1", "proved", "proved"],
        ["logistic", "2", "proved", "proved"],
        ["logistic", "6", "agrees", "agrees"],
    ]
    assert all(float(row[-1]) >= 0 for row in rows)
    assert text.endswith("5 of 5 proved, 2 of 2 agree to 50 digits.\n")


def test_json():
    found = strict(said("prove", "--activation", "f", "--steps", "2", "--json"))
    assert found["ok"] is True
    assert [(p["n_steps"], p["weight"], p["proved"]) for p in found["proofs"]] == [
        (n, weight, True) for n in (1, 2) for weight in ("weight_ih", "weight_hh")
    ]  # fmt: skip


def test_nothing_beyond():
    found = strict(said("prove", "--activation", "tanh", "--steps", "1", "--beyond", "--json"))
    assert len(found["proofs"]) == 3


def test_what_is_not_proved_makes_status_1(monkeypatch, capsys):
    """A forgotten box, planted into the derivation."""
    real = proof.prove

    def wrong(*arguments, **options):
        return real(*arguments, **options, make_chain=planted("no box"))

    monkeypatch.setattr(command, "prove", wrong)
    assert main(["prove", "--activation", "tanh", "--steps", "2", "--beyond"]) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert "NOT PROVED" in out
    assert "Refuted: tanh, T = 2: weight_ih, time stamp 1:" in out
    assert main(["prove", "--activation", "tanh", "--steps", "2", "--beyond", "--json"]) == 1
    found = strict(capsys.readouterr().out)
    assert found["ok"] is False
    differs = next(p["differs"] for p in found["proofs"] if not p["proved"])
    assert differs["time_stamp"] == 1
    assert float(differs["ours"]) != float(differs["theirs"])


@pytest.mark.parametrize(
    ("arguments", "names"),
    [(["--beyond", "1001"], "--beyond"), (["--activation", "f", "--steps", "0"], "something to"),
     (["--steps", "5"], "--steps"), (["--steps", "-1"], "--steps"), (["--beyond", "0"], "--beyond"),
     (["--beyond", "3", "-2"], "--beyond")],
)  # fmt: skip
def test_what_cannot_work(capsys, arguments, names):
    assert names in refused(capsys, "prove", *arguments)


def test_without_sympy(monkeypatch, capsys):
    for name in [name for name in sys.modules if name.split(".")[0] == "sympy"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sympy", None)
    assert "pip install 'bptt[learn]'" in refused(capsys, "prove")
