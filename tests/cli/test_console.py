"""Tables and progress: with rich or without, in a terminal or not."""

import fcntl
import io
import os
import re
import struct
import subprocess
import sys
import termios
import threading

import pytest

from bptt.cli import console, main
from bptt.cli.console import Console

HEADER = ("name", "size", "")
ROWS = [("one", "1", "right"), ("three", "333", "wrong: x")]
PLAIN = """\
name   size
-----  ----  --------
one       1  right
three   333  wrong: x
"""
COLOUR = re.compile(r"\x1b\[(?:[0-9]+;)*(?:3[0-9]|9[0-7])(?:;[0-9]+)*m")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Return a function that makes both outputs terminals, and returns them."""

    def attach():
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "80")
        for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(sys, "stdout", Terminal())
        monkeypatch.setattr(sys, "stderr", Terminal())
        return sys.stdout, sys.stderr

    return attach


@pytest.fixture
def without_rich(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "rich"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "rich", None)


# In the process.


def test_a_plain_table(capsys):
    Console().table(HEADER, ROWS, "lrl")
    assert capsys.readouterr() == (PLAIN, "")


@pytest.mark.usefixtures("without_rich")
def test_a_plain_table_in_a_terminal_without_rich(terminal):
    out, _ = terminal()
    Console().table(HEADER, ROWS, "lrl")
    assert out.getvalue() == PLAIN


def test_a_table_in_a_terminal(terminal):
    out, _ = terminal()
    Console().table(HEADER, ROWS, "lrl")
    assert re.search(r"\x1b\[32mright *\x1b", out.getvalue())
    assert re.search(r"\x1b\[31mwrong: x\x1b", out.getvalue())
    shown = [line.rstrip() for line in CONTROL.sub("", out.getvalue()).splitlines()]
    assert shown[0] == "name   size"
    assert shown[2:] == ["one       1  right", "three   333  wrong: x"]


def test_text_is_not_markup(terminal):
    out, _ = terminal()
    Console().table(("[red]",), [("[bold]x[/bold]",)], "l")
    assert "[bold]x[/bold]" in out.getvalue()
    assert "[red]" in out.getvalue()


def test_a_quiet_console_says_results_and_warnings_alone(terminal):
    out, err = terminal()
    quiet = Console(quiet=True)
    quiet.say("word")
    quiet.table(HEADER, ROWS, "lrl")
    with quiet.busy("busy"), quiet.progress("training", "epoch", 2) as show:
        show(1, 0.5)
    assert (out.getvalue(), err.getvalue()) == ("", "")
    quiet.result("result")
    quiet.warn("warning")
    assert (out.getvalue(), err.getvalue()) == ("result\n", "bptt: warning\n")


def test_where_there_is_no_terminal_nothing_moves(capsys):
    with Console().busy("busy"), Console().progress("training", "epoch", 2) as show:
        show(1, 0.5)
        show(2, 0.25)
    assert capsys.readouterr() == ("", "")


def fail(manager, *done):
    """Leave a context manager by an error, after something has been shown."""
    with manager as show:
        for one in done:
            show(*one)
        raise KeyboardInterrupt


def test_busy_is_wiped_away_also_after_an_error(terminal):
    out, err = terminal()
    with pytest.raises(KeyboardInterrupt):
        fail(Console().busy("searching"))
    assert err.getvalue() == "searching\r" + " " * 9 + "\r"
    assert out.getvalue() == ""


def test_the_bar_shows_epoch_and_cost(terminal):
    out, err = terminal()
    with Console().progress("training", "epoch", 200) as show:
        show(3, 0.125)
    text = CONTROL.sub("", err.getvalue())
    assert "training" in text
    assert "epoch   3/200  cost 0.125" in text
    with Console().progress("training", "epoch", 200) as show:
        show(3, 0.125)
        show(200, 1.5e-23)
    _, wiped = err.getvalue().rsplit("epoch 200/200", 1)
    assert CONTROL.sub("", wiped).startswith("  cost 1.5e-23")
    assert "\x1b[2K" in wiped  # the whole line, when it is done
    assert out.getvalue() == ""


def test_the_bar_leaves_room_for_an_echo(terminal):
    """With ^C echoed behind it, a bar as wide as the terminal could not be wiped away."""
    _, err = terminal()
    with Console().progress("training", "epoch", 9_999_999) as show:
        show(9_999_998, 1.234e-123)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", err.getvalue())
    lines = re.split(r"[\r\n]|\x1b\[[0-9;?]*[A-Zhl]", lines)
    assert "epoch 9999998/9999999  cost 1.234e-123" in max(lines, key=len)
    assert max(map(len, lines)) <= 78


@pytest.mark.usefixtures("without_rich")
def test_the_line_shows_epoch_and_cost(terminal):
    out, err = terminal()
    with pytest.raises(KeyboardInterrupt):
        fail(Console().progress("training", "epoch", 200), (3, 0.125), (200, 0.0625))
    before, first, last, blank, after = err.getvalue().split("\r")
    assert (out.getvalue(), before, after) == ("", "", "")
    assert first.rstrip() == "training  epoch   3/200  cost 0.125"
    assert last.rstrip() == "training  epoch 200/200  cost 0.0625"
    assert blank.strip() == ""
    assert len(blank) >= len(last)


@pytest.mark.usefixtures("without_rich")
def test_without_a_cost_only_the_number_is_shown(terminal):
    _, err = terminal()
    with Console().progress("checking", "network", 24) as show:
        show(24, None)
    assert err.getvalue().split("\r")[1] == "checking  network 24/24"


@pytest.mark.usefixtures("without_rich")
def test_ten_drawings_a_second_are_enough(terminal, monkeypatch):
    _, err = terminal()
    clock = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: clock[0])
    with Console().progress("training", "epoch", 1000) as show:
        for epoch in range(1, 1001):
            show(epoch, 1.0)
            clock[0] += 0.001
    drawn = [int(n) for n in re.findall(r"epoch +(\d+)/1000", err.getvalue())]
    assert drawn[0] == 1
    assert drawn[-1] == 1000
    assert 10 <= len(drawn) <= 12


def test_the_width_does_not_jump():
    costs = [0.0, 1.0, 0.123456789, 1.5e-123, 123456.789, 1e300]
    widths = {len(console._status("epoch", n, 1000, cost)) for n in (1, 1000) for cost in costs}
    assert len(widths) == 1


# In a terminal.


def in_terminal(*arguments, only=None, program=("-m", "bptt"), columns=80, **environment):
    """Run in a terminal; return (what is shown there, what went to the pipe of `only`).

    With ``only="stdout"`` standard error is a pipe, with ``only="stderr"`` standard output.
    """
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    dropped = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    process = subprocess.Popen(
        [sys.executable, *program, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if only == "stderr" else theirs,
        stderr=subprocess.PIPE if only == "stdout" else theirs,
        env=kept | {"TERM": "xterm-256color"} | environment,
    )
    os.close(theirs)
    piped = []
    pipe = process.stdout or process.stderr
    reader = threading.Thread(target=lambda: piped.append(pipe.read() if pipe else b""))
    reader.start()
    shown = b""
    while True:
        try:
            more = os.read(ours, 65536)
        except OSError:  # Linux says so when the other side has closed
            break
        if not more:
            break
        shown += more
    reader.join()
    os.close(ours)
    if pipe:
        pipe.close()
    assert process.wait() == 0, shown
    return shown.decode(), piped[0].decode()


def test_a_bar_and_colours_in_a_terminal():
    shown, _ = in_terminal("count")
    assert COLOUR.search(shown)
    assert re.search(r"epoch 2000/2000  cost 0\.492", CONTROL.sub("", shown))
    assert re.search(r"\x1b\[32mright", shown)


def test_no_color_is_respected():
    shown, _ = in_terminal("count", NO_COLOR="1")
    assert not COLOUR.search(shown)
    assert re.search(r"epoch 2000/2000  cost 0\.492", CONTROL.sub("", shown))
    assert re.search(r"011 +2 +2\.109762 +2 +right", CONTROL.sub("", shown))


def test_no_bar_where_standard_error_is_no_terminal():
    shown, err = in_terminal("count", only="stdout")
    assert err == ""
    assert "epoch 2000/2000" not in shown
    assert "searching" not in shown
    assert "right" in shown


def test_a_bar_but_no_colour_in_the_results_that_go_to_a_file():
    shown, out = in_terminal("count", only="stderr")
    assert re.search(r"epoch 2000/2000  cost 0\.492", CONTROL.sub("", shown))
    assert "counted" not in shown
    assert "\x1b" not in out
    assert re.search(r"^011 +2 +2\.109762 +2 +right$", out, flags=re.MULTILINE)


def test_json_is_alone_also_in_a_terminal():
    shown, _ = in_terminal("count", "--json", "--epochs", "50")
    assert shown.startswith('{"data": "post"')
    assert shown.endswith("}\r\n")
    assert shown.count("\n") == 1


def test_a_dumb_terminal_gets_text():
    shown, _ = in_terminal("count", TERM="dumb")
    assert "\x1b" not in shown
    assert "counted   1 of 3 right" in shown


@pytest.mark.parametrize(("arguments", "columns"), [(["count"], 80), (["check"], 80)])
def test_it_fits_into_eighty_columns(arguments, columns):
    shown, _ = in_terminal(*arguments, only="stdout", columns=columns)
    lines = CONTROL.sub("", shown).replace("\r\n", "\n").split("\n")
    assert max(map(len, lines)) <= columns
    assert "…" not in shown  # how rich shortens what does not fit


def test_the_check_shows_its_progress():
    shown, _ = in_terminal("check", "--networks", "6", only="stderr")
    assert re.search(r"network 10/10", CONTROL.sub("", shown))


WITHOUT_RICH = (
    "-c",
    "import sys; sys.modules['rich'] = None; from bptt.cli import main; sys.exit(main())",
)


def test_it_works_without_rich():
    shown, out = in_terminal("count", only="stderr", program=WITHOUT_RICH)
    assert "\x1b" not in shown
    assert re.search(r"\rtraining  epoch    1/2000  cost 1\.\d+", shown)
    assert re.search(r"\rtraining  epoch 2000/2000  cost 0\.492", shown)
    assert re.search(r"^011 +2 +2\.109762 +2 +right$", out, flags=re.MULTILINE)


def test_without_rich_and_without_a_terminal_it_is_the_same(capsys):
    ran = subprocess.run(
        [sys.executable, *WITHOUT_RICH, "check", "--networks", "2"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stderr == ""
    assert main(["check", "--networks", "2"]) == 0
    assert capsys.readouterr().out == ran.stdout
