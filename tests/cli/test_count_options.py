"""The options of `bptt count` that are refused, and negative numbers that are not."""

import re
import shlex

import pytest

from bptt.cli import count, main
from cli.running import (
    never,
    refused,
)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ("--epochs 0", "--epochs to be a whole number from 1 to 1000000000, got 0"),
        ("--epochs -3", "from 1 to 1000000000, got -3"),
        ("--epochs 10000000000", "from 1 to 1000000000"),
        ("--hidden 0", "--hidden to be a whole number"),
        ("--hidden -1", "got -1"),
        ("--test-steps 0", "--test-steps to be a whole number"),
        ("--seed -1", "--seed to be a whole number of at least 0, got -1"),
        ("--rate -0.1", "--rate to be a finite number at least 0, got -0.1"),
        ("--rate -1e-3", "got -0.001"),
        ("--rate nan", "got nan"),
        ("--rate 0.1 inf", "got inf"),
        ("--rate 1 2 3", "--rate with one or two numbers, got 3"),
        ("--rate 1 2 --hidden 3", "--rate with one or two numbers, got 2"),
        ("--rate 1 2 --schedule cosine", "one rate that falls, got two rates"),
        ("--schedule cosine", "--schedule for another optimiser, got rprop"),
        ("--init nan 1", "two finite numbers, got nan 1.0"),
        ("--init 1 -inf", "argument --init"),
        ("--init 1 2 --hidden 3", "--init for two weights, got --hidden besides"),
        ("--steps 3", "sizes for random data only"),
        ("--data part1 --sequences 3", "--data part1 with --sequences or --steps"),
        ("--data random --steps 0", "--steps to be a whole number from 1"),
        ("--data random --sequences -2", "--sequences to be a whole number from 1"),
        ("--data random --sequences 1000000000 --steps 1000000000", "Unable to allocate"),
        ("--data words", "'post', 'part1', 'part2', 'random' or a file, got 'words'"),
        ("--data ''", "or a file, got ''"),
        ("--save ''", "count --save: expected the name of a file"),
        ("--plot cost.jpg", "a file that ends in '.pdf', '.png' or '.svg', got 'cost.jpg'"),
        ("--plot cost", "got 'cost'"),
    ],
)
def test_bad_values(monkeypatch, capsys, arguments, word):
    monkeypatch.setattr(count, "fit", never)
    given = ["count", *shlex.split(arguments)]
    if word.startswith("argument"):
        with pytest.raises(SystemExit) as stop:
            main(given)
        assert stop.value.code == 2
        assert word in capsys.readouterr().err
    else:
        assert word in refused(capsys, *given)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ("--epochs many", "invalid int value: 'many'"),
        ("--epochs 1.5", "invalid int value: '1.5'"),
        ("--hidden x", "argument --hidden"),
        ("--seed x", "argument --seed"),
        ("--rate", "expected at least one argument"),
        ("--rate fast", "invalid float value: 'fast'"),
        ("--init 1", "argument --init: expected 2 arguments"),
        ("--activation gelu", "invalid choice: 'gelu'"),
        ("--optimizer sgdd", "invalid choice: 'sgdd'"),
        ("--schedule linear", "invalid choice: 'linear'"),
        ("--frobnicate", "unrecognized arguments: --frobnicate"),
        ("words", "unrecognized arguments: words"),
    ],
)
def test_bad_usage(capsys, arguments, word):
    with pytest.raises(SystemExit) as stop:
        main(["count", *arguments.split()])
    assert stop.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: bptt")
    assert word in err.splitlines()[-1]


@pytest.mark.usefixtures("no_search")
@pytest.mark.parametrize(
    "weights", [("-1e-3", "1"), ("0.2", "-1.5E+0"), ("-.5", "-2"), ("-2.", "1e-5")], ids=" ".join
)
def test_negative_numbers_are_numbers(capsys, weights):
    assert main(["count", "--rate", "0", "--epochs", "1", "--init", *weights]) == 0
    shown = re.search(r"start +wx (\S+), wrec (\S+)", capsys.readouterr().out)
    assert [float(shown[1]), float(shown[2])] == [float(weight) for weight in weights]


# What it writes.


@pytest.mark.parametrize("option", ["--save", "--plot"])
def test_a_file_is_not_written_over_the_data(capsys, tmp_path, option):
    path = tmp_path / ("bits.csv" if option == "--save" else "bits.npy")
    path.write_bytes(b"0,1\n1,1\n")
    assert main(["count", "--data", str(path), option, str(path)]) == 2
    assert "different files" in capsys.readouterr().err
    assert path.read_bytes() == b"0,1\n1,1\n"


def test_model_and_picture_do_not_share_a_file(capsys, tmp_path):
    path = str(tmp_path / "both.svg")
    assert main(["count", "--save", path, "--plot", path]) == 2
    assert "different files" in capsys.readouterr().err
