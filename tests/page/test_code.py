"""The program that "Copy as Python" gives: it runs, and prints the digits on the screen."""

import contextlib
import io
import subprocess
import sys

import pytest

from page.asking import ask, draw


def wanted(trace):
    """Return the lines that the program should print."""
    network, settings = trace["network"], trace["settings"]
    said = trace["sequences"][int(settings["sequence"]) - 1]
    lines = [
        [trace["cost"]],
        [weight["gradient"] for weight in network["weights"]],
        [said["prediction"], said["target"]],
        [sequence["prediction"] for sequence in trace["sequences"]],
    ]
    for stamp in network["time_stamps"]:
        lines.append([
            {"text": str(stamp["time_stamp"])}, stamp["state_in"], stamp["state_out"],
            stamp["error"], stamp["shares"]["wx"], stamp["shares"]["wrec"],
        ])  # fmt: skip
    if settings["activation"] != "identity" and len(network["time_stamps"]) > 1:
        lines.append([stamp["slope"] for stamp in network["time_stamps"][:-1]])
    return [" ".join(number["text"] for number in line) for line in lines]


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("seed", range(40))
def test_it_prints_the_trace(seed, arithmetic):
    """As it is run here, without a new process."""
    trace = ask("trace", draw(seed, step="3" if seed % 2 else "0"), arithmetic)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(trace["python"], "copied.py", "exec"), {"__name__": "__main__"})
    assert printed.getvalue().splitlines() == wanted(trace)


@pytest.mark.parametrize("given", [
    {}, {"step": "12", "optimizer": "adam", "targets": "1.5,-2,1e6", "sequence": "2"},
    draw("subprocess", step="5"), {"sequences": "1", "activation": "tanh", "wx": "-1e-7"},
])  # fmt: skip
def test_it_is_a_program(given):
    trace = ask("trace", given)
    command = [sys.executable, "-W", "error", "-c", trace["python"]]
    ran = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (ran.stderr, ran.returncode) == ("", 0)
    assert ran.stdout.splitlines() == wanted(trace)


def test_it_says_how_far_the_training_is():
    assert (
        "# after 12 updates by adam" in ask("trace", {"step": "12", "optimizer": "adam"})["python"]
    )
    assert "updates" not in ask("trace")["python"]
    ended = {"activation": "identity", "sequences": "100,110,111", "step": "9"}
    assert "# after 4 updates by sgd" in ask("trace", ended)["python"]


def test_an_answer_never_gets_into_it():
    """What a person types is not in a program that another one may run."""
    given = {"answer": '"); import os #', "view": "practise"}
    assert ask("trace", given)["python"] == ask("trace")["python"]
