"""`bptt check`: the table, the JSON object, and a wrong gradient found."""

import json
import re

import numpy as np
import pytest

from bptt import gradient_check, random_networks
from bptt.cells import Elman
from bptt.cli import check, main
from bptt.gradient_check import GradientCheck, Row

ACTIVATIONS = ["identity", "logistic", "tanh", "relu"]


def ran(capsys, *arguments, status=0):
    assert main(["check", *arguments]) == status
    out, err = capsys.readouterr()
    assert err == ""
    return out


def rows(text):
    """Return the cells of the table; every column begins where its name or its ruler does."""
    lines = text.splitlines()
    ruler = next(i for i, line in enumerate(lines) if line.startswith("---"))
    columns = [match.span() for match in re.finditer("-+", lines[ruler])]
    table = lines[ruler + 1 : lines.index("", ruler)]
    return [
        [line[a:b].strip() for a, b in columns[:-1]] + [line[columns[-1][0] :]] for line in table
    ]


def test_every_network_is_right(capsys):
    text = ran(capsys)
    table = rows(text)
    assert len(table) == 4 + 20
    assert [row[0] for row in table[:4]] == ACTIVATIONS
    assert [row[1:9] for row in table[:4]] == [["state_in", "mse", "1", *"33111"]] * 4
    assert {row[-1] for row in table} == {"right"}
    assert "24 of 24 networks have the right gradient" in text


def test_the_table_shows_what_the_library_finds(capsys):
    rng = np.random.default_rng(7)
    cases = [random_networks.draw(rng) for _ in range(12)]
    shown = rows(ran(capsys, "--networks", "12", "--seed", "7"))[4:]
    assert {case.ragged for case in cases} == {True, False}
    for case, row in zip(cases, shown, strict=True):
        n, _, input_size = case.x.shape
        steps = sorted({int(case.all_lengths.min()), int(case.all_lengths.max())})
        assert row == [
            case.cell, case.net.readout.name,
            {"m": "mse", "b": "binary", "c": "classes"}[case.loss[0]], case.layers,
            str(n), "-".join(map(str, steps)), str(input_size), str(case.net.hidden_size),
            str(case.net.output_size), f"{case.check().max_error:.1e}", "right",
        ]  # fmt: skip


def test_json_is_one_object_and_nothing_else(capsys):
    out = ran(capsys, "--json", "--networks", "6", "--seed", "3")
    found = json.loads(out)
    assert out == json.dumps(found) + "\n"
    assert found["ok"] is True
    assert len(found["checks"]) == 10
    assert [one["network"].split(",")[0] for one in found["checks"][:4]] == ACTIVATIONS
    for one in found["checks"]:
        assert one["ok"] is True
        relu = one["network"].startswith("relu")
        assert one["method"] == ("central differences" if relu else "complex step")
        assert one["tolerance"] == (1e-6 if relu else 1e-12)
        assert 0 <= one["max_error"] < one["tolerance"]
        kind = one["worst"].split("_l")[0]
        assert kind in {
            "weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_peephole", "readout.weight",
            "readout.bias", "x", "initial_state", "initial_h", "initial_c",
        }  # fmt: skip


def test_the_seed_decides(capsys):
    one, again, other = (ran(capsys, "--networks", "3", "--seed", seed) for seed in "112")
    assert one == again
    assert one != other


def test_the_posts_network_alone(capsys):
    assert len(rows(ran(capsys, "--networks", "0"))) == 4


@pytest.mark.parametrize("json_too", [False, True], ids=["table", "json"])
def test_a_wrong_gradient_is_found_and_named(monkeypatch, capsys, json_too):
    """Forgotten f' at every time stamp: all but the identity are wrong."""

    def forgotten(self, z, zx, before, after, kept, local):
        local[0].fill(1.0)

    monkeypatch.setattr(Elman, "local_derivatives", forgotten)
    if json_too:
        found = json.loads(ran(capsys, "--networks", "0", "--json", status=1))
        assert found["ok"] is False
        assert [one["ok"] for one in found["checks"]] == [True, False, False, True]
    else:
        text = ran(capsys, "--networks", "0", status=1)
        verdicts = [row[-1] for row in rows(text)]
        # relu is 1 wherever it is on, and on the post's data with these weights it is on
        assert [verdict.split(":")[0] for verdict in verdicts] == [
            "right",
            "wrong",
            "wrong",
            "right",
        ]
        assert re.fullmatch(r"wrong: (weight_[ih]h_l0|x|initial_state)", verdicts[1])
        assert "2 of 4 networks have the right gradient" in text


def test_json_has_no_nan():
    report = GradientCheck((Row("x", (1,), np.nan, np.nan, np.nan),), "complex step", 1e-12)
    assert not report.ok
    assert check.summary(report)["max_error"] is None
    json.dumps(check.summary(report), allow_nan=False)


def test_no_line_is_wider_than_a_terminal(capsys):
    text = ran(capsys, "--networks", "30")
    assert {"classes", "binary", "mse"} == {row[2] for row in rows(text)}
    assert max(map(len, text.splitlines())) <= 80
    text.encode("ascii")


def test_the_legend_names_the_tolerances(capsys):
    text = ran(capsys, "--networks", "0")
    assert gradient_check.TOLERANCES == {"complex step": 1e-12, "central differences": 1e-6}
    assert re.search(r"step \(allowed 1e-12\),\nfor relu .+ \(allowed 1e-6\)", text)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--networks", "-1"], "--networks to be a whole number of at least 0, got -1"),
        (["--seed", "-1"], "--seed to be a whole number of at least 0, got -1"),
    ],
)
def test_bad_values(capsys, arguments, word):
    assert main(["check", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"bptt: check: expected {word}. ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("arguments", [["--networks", "x"], ["--seed"], ["--hidden", "3"]])
def test_bad_usage(capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        main(["check", *arguments])
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith("usage: bptt")


def test_an_interruption(monkeypatch, capsys):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "draw", interrupt)
    assert main(["check"]) == 130
    assert capsys.readouterr() == ("", "bptt: interrupted\n")
