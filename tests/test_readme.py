"""What the README shows is what the commands print."""

import re
from pathlib import Path

import pytest

from bptt.cli import main

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"<!-- bptt (.*?) -->\s+```text\n(.*?)```", README, flags=re.DOTALL)
NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")


def comparable(line):
    """Return a line with its numbers rounded, and what is only rounding error left out."""

    def rounded(match):
        value = float(match.group())
        return "tiny" if 0 < abs(value) < 1e-9 else f"{value:.6g}"

    return NUMBER.sub(rounded, line.rstrip())


def test_there_are_blocks():
    assert len(BLOCKS) == 3


@pytest.mark.parametrize(("arguments", "shown"), BLOCKS, ids=[command for command, _ in BLOCKS])
def test_block_is_what_the_command_prints(arguments, shown, capsys):
    assert main(arguments.split()) == 0
    printed = [comparable(line) for line in capsys.readouterr().out.splitlines()]
    wanted = [comparable(line) for line in shown.splitlines()]
    if arguments == "count":  # the whole output, but for the time it took
        assert wanted[:-1] == printed[:-1]
        assert wanted[-1].startswith("time")
    else:
        assert wanted
        assert [line for line in printed if line in wanted] == wanted


def test_the_first_screen_has_the_two_commands():
    first_screen = "\n".join(README.splitlines()[:20])
    assert "make count" in first_screen
    assert "make test" in first_screen
