"""What the README and the story of the derivation show is what the commands print and draw."""

import doctest
import functools
import io
import re
import shlex
from contextlib import chdir, redirect_stdout
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from bptt.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
STORY = (ROOT / "docs" / "derivation.md").read_text(encoding="utf-8")
PERFORMANCE = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- (?:status (\d): )?bptt (.*?) -->\s+```text\n(.*?)```", flags=re.DOTALL)
OWN_DATA = (ROOT / "docs" / "own-data.md").read_text(encoding="utf-8")
BLOCKS = BLOCK.findall(README) + BLOCK.findall(STORY) + BLOCK.findall(OWN_DATA)
FIGURE = re.compile(r"\]\((figures/\S+)\)\s+<!-- figure: bptt (.*?) -->")
NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?")


def comparable(line):
    """Return a line with its numbers rounded, and what is only rounding error left out."""

    def rounded(match):
        value = float(match.group())
        return "tiny" if 0 < abs(value) < 1e-9 else f"{value:.6g}"

    return NUMBER.sub(rounded, line.rstrip())


def test_every_block_is_run():
    """A block of text stands below the command that prints it, and one of Python is a doctest."""
    assert README.count("```text\n") == len(BLOCK.findall(README)) + 4  # three lists, the ladder
    assert STORY.count("```text\n") == len(BLOCK.findall(STORY)) > 8
    for text in (README, STORY):
        assert set(re.findall(r"^```(\w+)$", text, flags=re.MULTILINE)) == {"text", "python"}
        for code in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
            assert code.startswith(">>> ")


@functools.cache
def printed_by(arguments, folder):
    """Return (status, lines) of a command that is run once."""
    out = io.StringIO()
    with redirect_stdout(out), chdir(folder):
        status = main(shlex.split(arguments))
    return status, [comparable(line) for line in out.getvalue().splitlines()]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with the file that docs/own-data.md makes in its first block of Python."""
    path = tmp_path_factory.mktemp("printed")
    first = OWN_DATA.split("```python\n")[1].split("```")[0]
    code = "".join(example.source for example in doctest.DocTestParser().get_examples(first))
    with chdir(path):
        exec(compile(code, "own-data.md", "exec"), {})
    return path


@pytest.mark.parametrize(("status", "arguments", "shown"), BLOCKS, ids=[b[1] for b in BLOCKS])
def test_block_is_what_the_command_prints(status, arguments, shown, folder):
    ended, printed = printed_by(arguments, folder)
    assert ended == int(status or 0)
    wanted = [comparable(line) for line in shown.splitlines()]
    assert wanted
    if arguments == "count":  # the whole output, but for the time it took
        assert wanted[:-1] == printed[:-1]
        assert wanted[-1].startswith("time")
        return
    rest = iter(printed)  # the lines that are shown are there, in this order
    for line in wanted:
        begins = arguments == "prove"  # the seconds behind it differ
        assert any(p == line or (begins and p.startswith(line)) for p in rest), line


def test_the_figures_are_what_the_commands_draw(folder):
    figures, measured = FIGURE.findall(STORY), re.findall(r"\]\((figures/\S+)\)", PERFORMANCE)
    assert {*measured, *(name for name, _ in figures)} >= {
        f"figures/{path.name}" for path in (ROOT / "docs" / "figures").iterdir()
    }
    for name, command in figures:
        *arguments, option, path = shlex.split(command)
        assert (option, path) == ("--output", f"docs/{name}")
        drawn, kept = folder / Path(name).name, ROOT / "docs" / name
        with redirect_stdout(io.StringIO()):
            assert main([*arguments, option, str(drawn)]) == 0
        if drawn.suffix == ".png":
            new, old = (imread(str(picture))[:, :, :3] for picture in (drawn, kept))
            assert new.shape == old.shape
            assert np.abs(new - old).mean() < 0.01
        else:  # the same shapes at the same places, to what is seen
            new, old = (shapes(picture.read_text("utf-8")) for picture in (drawn, kept))
            assert [kind for kind, _ in new] == [kind for kind, _ in old]
            for (_, one), (_, other) in zip(new, old, strict=True):
                assert one == pytest.approx(other, abs=0.5)


def shapes(svg):
    """Return (path's letters, its numbers) for each path of an SVG."""
    paths = re.findall(r'<path[^>]* d="([^"]*)"', svg)
    number = re.compile(r"-?\d+(?:\.\d+)?")
    return [(number.sub("", path), [float(n) for n in number.findall(path)]) for path in paths]


def test_the_first_screen_has_the_two_commands():
    first_screen = "\n".join(README.splitlines()[:20])
    assert "make count" in first_screen
    assert "make test" in first_screen
