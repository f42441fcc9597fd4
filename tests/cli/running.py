"""Ways to run the command line that its tests share."""

import functools
import io
import json
import re
import shlex
from contextlib import redirect_stdout
from unittest import mock

import numpy as np

from bptt.cli import count, main

PART1 = shlex.split(
    "count --data part1 --activation identity --optimizer sgd --rate 0.02 0.0006 "
    "--epochs 30000 --init 0.2 1.5"
)
PART2 = shlex.split(
    "count --data part2 --optimizer sgd --rate 0.001 --epochs 15000 "
    "--init 0.47143516373249306 -1.1909756947064645"
)
LARGE = shlex.split("count --hidden 16 --data random --sequences 2000 --steps 16 --seed")
QUICK = ["count", "--epochs", "3"]
READ = [*QUICK, "--hidden", "2"]  # which has no search behind it
FIELDS = {
    "data", "activation", "hidden", "epochs", "loss", "weights", "targets", "predictions",
    "rounded", "correct", "total", "best_possible_loss", "best_possible_correct",
    "gradient_check", "seconds",
}  # fmt: skip
SENTENCE = re.compile(r"bptt: [^\n]+: expected [^\n]+, got [^\n]+\. [^\n]+[^.\n]\.\n")


def strict(text):
    """Read JSON, and nothing that is not JSON."""

    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


@functools.cache
def found(*arguments):
    """Return the JSON object of a run, which is made once."""
    out = io.StringIO()
    with redirect_stdout(out):
        assert main([*arguments, "--json"]) == 0
    return strict(out.getvalue())


@functools.cache
def trained(*arguments):
    """Return the JSON object of a run without the search of what is possible."""
    with mock.patch.object(count, "two_weights", return_value=None):
        return found.__wrapped__(*arguments)


@functools.cache
def said(*arguments):
    out = io.StringIO()
    with redirect_stdout(out):
        assert main(arguments) == 0
    return out.getvalue()


def refused(capsys, *arguments):
    """Return the sentence on standard error of a run that must stop with status 2."""
    assert main([str(argument) for argument in arguments]) == 2
    out, err = capsys.readouterr()
    assert SENTENCE.fullmatch(err), err
    assert out == ""
    return err


def never(*_, **__):
    raise AssertionError("it must not come to that")


# What it reaches.


def every_five_bits(tmp_path):
    """Write the 32 sequences of five bits to a file; return (their array, the file's name)."""
    bits = np.array([[int(bit) for bit in f"{n:05b}"] for n in range(32)])
    path = str(tmp_path / "bits.csv")
    np.savetxt(path, bits, fmt="%d", delimiter=",")
    return bits, path
