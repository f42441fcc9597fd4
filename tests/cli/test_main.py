"""`main`: help, version, exit codes, threads, and outputs that break."""

import os
import platform
import re
import shlex
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest

import bptt
from bptt.cli import count, main, version
from bptt.errors import BpttError, InputError

COMMANDS = {
    name: import_module(f"bptt.cli.{name}")
    for name in (
        "count", "train", "predict", "check", "explain", "prove", "practise", "play", "plot",
        "report",
    )
}  # fmt: skip

PROGRAM = [sys.executable, "-m", "bptt"]
THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


def stopped(capsys, *arguments):
    """Return (status, output, errors) of arguments that argparse itself answers."""
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    out, err = capsys.readouterr()
    return stop.value.code, out, err


@pytest.fixture(autouse=True)
def narrow(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--help"], ["count", "check", "--version", "exit status: 0 done"]),
        (["count", "--help"], [
            "--data", "--activation", "--hidden", "--sequences", "--steps", "--optimizer",
            "--rate", "--epochs", "--init", "--seed", "--test-steps", "--save", "--plot", "--json",
        ]),
        (["train", "--help"], [
            "--target", "--save", "--sequence", "--order", "--features", "--task", "--cell",
            "--hidden", "--window", "--starts", "--checkpoint", "--missing", "--json",
        ]),
        (["predict", "--help"], ["MODEL", "DATA", "--output", "--json"]),
        (["check", "--help"], ["--networks", "--seed", "--json"]),
        (["plot", "--help"], ["cost", "unrolled", "surface", "gradients", "predictions"]),
        (["explain", "--help"], [
            "--data", "--weights", "--hidden", "--model", "--sequence", "--time-stamp", "--entry",
            "--compare", "--digits", "--format", "--json", "--output",
        ]),
        (["prove", "--help"], ["--activation", "--steps", "--beyond", "--json", "exit status"]),
        (["practise", "--help"], ["--answer", "--grade", "--time-stamp", "--json", "exit status"]),
        (["play", "--help"], ["--port", "--no-browser", "--json", "bptt[page]", "exit status"]),
        (["report", "--help"], ["--output", "--epochs", "--weights", "--json"]),
    ],
    ids=" ".join,
)  # fmt: skip
def test_help(capsys, arguments, words):
    status, out, err = stopped(capsys, *arguments)
    assert (status, err) == (0, "")
    for word in words:
        assert word in out
    assert "examples:\n  bptt " in out
    assert max(map(len, out.splitlines())) < 80


@pytest.mark.parametrize(
    "arguments", [["--help"], *([command, "--help"] for command in COMMANDS)], ids=" ".join
)
def test_the_examples_of_the_help_are_commands(monkeypatch, capsys, arguments):
    """Every one is understood; what they do is tested elsewhere."""
    _, out, _ = stopped(capsys, *arguments)
    examples = out[out.index("examples:") :].replace("\\\n", " ")
    commands = re.findall(r"^  bptt (.+?)(?:   +[a-zA-Z'].*)?$", examples, flags=re.MULTILINE)
    assert len(commands) >= 3
    ran = []
    for module in COMMANDS.values():
        monkeypatch.setattr(module, "run", ran.append)
    for command in commands:
        main(shlex.split(command))
    assert len(ran) == len(commands)


def test_the_help_tells_the_defaults(capsys):
    _, out, _ = stopped(capsys, "count", "--help")
    words = " ".join(out.split())
    assert "default 2000 for two weights; for more 200 or as many as make 2000 updates" in words
    many = ["--hidden", "2", "--data", "random", "--sequences", "400", "--steps", "2"]
    for arguments, epochs in [([], 2000), (["--hidden", "2"], 2000), (many, 200)]:
        main(["count", *arguments, "--rate", "0"])
        assert f"after {epochs} epochs" in capsys.readouterr().out


def test_version(capsys):
    status, out, err = stopped(capsys, "--version")
    assert (status, err) == (0, "")
    assert out == version() + "\n"
    assert out.startswith(f"bptt {bptt.__version__}, Python {platform.python_version()}, ")
    assert f"NumPy {np.__version__}, " in out
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    assert blas["name"] in out
    assert blas["version"] in out


@pytest.mark.parametrize(
    "arguments", [[], ["frob"], ["--frob"], ["count", "--frob"], ["check", "x"]], ids=" ".join
)
def test_bad_usage(capsys, arguments):
    status, out, err = stopped(capsys, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith("usage: bptt")


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (InputError("x: expected y, got z. Do."), 2, "x: expected y, got z. Do."),
        (BpttError("something of ours"), 2, "something of ours"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError("Unable to allocate 1 TiB"), 2,
         "memory: expected data and network to fit into it, got Unable to allocate 1 TiB. "
         "Give smaller sizes."),
        (MemoryError(), 2,
         "memory: expected data and network to fit into it, got no more memory. "
         "Give smaller sizes."),
    ],
    ids=repr,
)  # fmt: skip
def test_exit_codes(monkeypatch, capsys, error, status, message):
    def fail(_):
        raise error

    monkeypatch.setattr(count, "run", fail)
    assert main(["count"]) == status
    assert capsys.readouterr() == ("", f"bptt: {message}\n")


def test_what_is_not_expected_is_not_hidden(monkeypatch):
    """A mistake of ours must be seen with its traceback."""

    def fail(_):
        raise ZeroDivisionError

    monkeypatch.setattr(count, "run", fail)
    with pytest.raises(ZeroDivisionError):
        main(["count"])


def test_the_arguments_of_the_process_are_the_default(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bptt", "--version"])
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().out == version() + "\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
@pytest.mark.parametrize("error", [None, BrokenPipeError()], ids=["full", "left"])
def test_an_output_that_breaks(monkeypatch, capsys, error):
    """As below, in this process."""

    def run(_):
        print("x")
        if error:
            raise error
        return 0

    monkeypatch.setattr(count, "run", run)
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main(["count"]) == (0 if error else 2)
        assert capsys.readouterr().err.count("\n") == (0 if error else 1)


def test_streams_that_are_closed(monkeypatch):
    """As below, in this process: Python then has None in their places."""
    monkeypatch.setattr(count, "run", lambda _: print("x") or 0)
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["count"]) == 0
    for stream in (sys.stdout, sys.stderr):
        assert stream.name == os.devnull
        stream.close()


# Processes.


def process(*command, **options):
    options = {"capture_output": True, "text": True, "timeout": 120} | options
    return subprocess.run(command, check=False, **options)


@pytest.mark.parametrize("given", [None, "3"], ids=["not set", "set by the user"])
def test_one_thread_is_chosen_before_numpy_is_imported(given):
    code = f"""
import os, sys
class Spy:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            print([os.environ.get(variable) for variable in {THREADS}])
sys.meta_path.insert(0, Spy())
from bptt.cli import main
assert "numpy" not in sys.modules
main(["--version"])
"""
    environment = {name: value for name, value in os.environ.items() if name not in THREADS}
    if given:
        environment["OPENBLAS_NUM_THREADS"] = given
    ran = process(sys.executable, "-c", code, env=environment)
    assert ran.stderr == ""
    assert ran.stdout.splitlines()[0] == str([given or "1", "1", "1"])
    assert ran.stdout.splitlines()[1].startswith("bptt ")


@pytest.mark.parametrize(
    "command", [PROGRAM, [os.path.join(os.path.dirname(sys.executable), "bptt")]]
)
def test_both_ways_to_start_it(command):
    ran = process(*command, "--version")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == version() + "\n"
    assert process(*command).returncode == 2


def test_the_status_of_the_process_is_that_of_main():
    assert process(*PROGRAM, "count", "--init", "1e308", "1e308").returncode == 1
    assert process(*PROGRAM, "count", "--epochs", "0").returncode == 2


def test_head_takes_its_line_and_leaves():
    ran = process("sh", "-c", f"{shlex.join(PROGRAM)} check | head -n 1")
    assert ran.stderr == ""
    assert ran.stdout.startswith("cell")
    assert len(ran.stdout.splitlines()) == 1


@pytest.mark.parametrize("command", ["count", "check", "count --json"])
def test_a_reader_that_has_left_is_no_error(command):
    with subprocess.Popen(
        [*PROGRAM, *command.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as ran:
        ran.stdout.close()  # long before anything is written
        assert ran.stderr.read() == b""
    assert ran.returncode == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
def test_a_disk_that_is_full():
    with open("/dev/full", "w") as full:
        ran = process(*PROGRAM, "count", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert ran.returncode == 2
    assert ran.stderr == (
        "bptt: standard output: expected to write the results, got No space left on device. "
        "Check where it goes.\n"
    )


@pytest.mark.parametrize(
    ("closed", "arguments", "status"),
    [
        (">&-", "count", 0),
        ("2>&-", "count", 0),
        (">&- 2>&-", "check", 0),
        ("2>&-", "count --epochs 0", 2),
    ],
)
def test_closed_streams(closed, arguments, status):
    ran = process("sh", "-c", f"{shlex.join(PROGRAM)} {arguments} {closed}")
    assert ran.returncode == status
    assert ran.stderr == ""
