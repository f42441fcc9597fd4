"""`bptt practise`: one answer, a file of answers, and sessions through a pipe and a terminal."""

import io
import json
import os
import pty
import re
import select
import shlex
import subprocess
import sys
import time

import pytest

from bptt.cli import main, session
from bptt.derivation.exercise import Exercise
from cli.running import refused, strict

PROGRAM = [sys.executable, "-m", "bptt", "practise"]
RIGHT = "2/m*(S3-y)*Wrec*dlog(S2in)*x2"
AT_2 = ("--time-stamp", "2", "--weight", "wx")


def ran(capsys, *arguments):
    """Return status, output and errors."""
    status = main(["practise", *map(str, arguments)])
    return (status, *capsys.readouterr())


# -- one answer ------------------------------------------------------------------------------------


def test_a_right_answer(capsys):
    assert ran(capsys, *AT_2, "--answer", RIGHT) == (0, "right\n", "")
    status, out, _ = ran(capsys, *AT_2, "--answer", RIGHT, "--json")
    assert status == 0
    assert strict(out) == {
        "readable": True, "right": True, "mistakes": [], "hint": "", "remark": None,
        "differs_at": None,
    }  # fmt: skip


def test_a_wrong_answer(capsys):
    wrong = ("--answer", "2/m (S3-y) Wrec x2")
    status, out, err = ran(capsys, *AT_2, *wrong)
    assert (status, err) == (1, "")
    assert out.startswith("wrong: the activation's derivative is missing at time stamp 2")
    status, out, err = ran(capsys, *AT_2, *wrong, "--json")
    assert (status, err, out.count("\n")) == (1, "", 1)
    found = strict(out)
    assert found["right"] is False
    assert found["mistakes"][0]["kind"] == "no_slope"
    assert found["mistakes"][0]["time_stamp"] == 2


def test_an_answer_that_no_mistake_explains(capsys):
    for answer, words in [("7", "yours is 7."), ("1/0", "yours has no value there")]:
        status, out, _ = ran(capsys, *AT_2, "--answer", answer)
        text = " ".join(out.split())
        assert status == 1
        assert words in text
        assert "At Wx = " in text
        assert "S0 is zero" not in text
        assert "This is a number, and a formula is asked for" in text
        status, out, _ = ran(capsys, *AT_2, "--answer", answer, "--json")
        assert status == 1
        assert strict(out)["differs_at"]["answer"] == (7 if answer == "7" else None)


def test_state_0_counts(capsys):
    at = ("--time-stamp", "1", "--weight", "wrec")
    status, out, _ = ran(capsys, *at, "--answer", "0")
    assert status == 0
    assert out.startswith("right: 0 is right as a number, for State_0 is zero.")
    status, out, _ = ran(capsys, *at, "--answer", "7")
    assert status == 1
    assert "S0 is zero in the network; here it is not" in " ".join(out.split())


def test_an_answer_that_cannot_be_read(capsys):
    hostile = "__import__('os').system('x')"
    assert "got '__import__'" in refused(capsys, "practise", *AT_2, "--answer", hostile)
    status, out, err = ran(capsys, *AT_2, "--answer", hostile, "--json")
    assert (status, err) == (2, "")
    found = strict(out)
    assert found["readable"] is False
    assert "got '__import__'" in found["message"]


def test_an_answer_may_begin_with_a_minus(capsys):
    status, out, _ = ran(capsys, *AT_2, "--answer", "-2/m*(y-S3)*Wrec*dlog(S2in)*x2")
    assert (status, out) == (0, "right\n")
    assert ran(capsys, *AT_2, "--answer", "-foo", "--json")[0] == 2


def test_options_of_the_network(capsys):
    at = ("--time-stamp", "4", "--weight", "WREC", "--steps", "5", "--activation")
    for activation, link in [
        ("logistic", "s4(1-s4)"),
        ("tanh", "(1-S4(Out)^2)"),
        ("identity", ""),
    ]:
        answer = f"2/m (S5-y) Wrec {link} S3(Out)"
        assert ran(capsys, *at, activation, "--answer", answer)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--steps 0", "--steps to be a whole number from 1 to 50, got 0"),
        ("--steps 51", "got 51"),
        (f"--steps {'9' * 400}", "a huge number"),
        ("--time-stamp 4", "--time-stamp to be a whole number from 1 to 3, got 4"),
        ("--time-stamp 0", "got 0"),
        ("--answer x1", "--time-stamp and --weight with --answer"),
        ("--answer x1 --weight wx", "--time-stamp and --weight with --answer"),
        ("--json", "--json with --answer or --grade"),
        ("--answer x1 --grade f.csv --weight wx --time-stamp 1", "got both"),
        ("--grade nothing-there.csv", "a file that exists"),
    ],
)
def test_options_that_do_not_work(capsys, arguments, words):
    assert words in refused(capsys, "practise", *arguments.split())


def test_help(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as stop:
        main(["practise", "--help"])
    out = capsys.readouterr().out
    assert stop.value.code == 0
    assert max(map(len, out.splitlines())) < 80
    for word in ("--grade", "--answer", "S2(In)", "d_log(S2(In))", "exit status"):
        assert word in out
    command = out[out.index("  bptt practise --time-stamp") :].replace("\\\n", " ").splitlines()[0]
    assert main(shlex.split(command)[1:]) == 0


# -- a file of answers -----------------------------------------------------------------------------

ANSWERS = """\
Name,Time stamp,Weight,Answer
Ann,2,wx,2/m*(S3-y)*Wrec*dlog(S2in)*x2
"Bo, \x1b[31m",1,Wrec,2/m (S3-y) Wrec dlog(S2in) Wrec dlog(S1in)
Cy,2,wx,__import__('os')

Di,9,wx,x1
Ed,two,wx,x1
Flo,2,w,x1
Gus,2,wx,7
Hal,3
Ina,3,wx,
"""


def written(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "answers.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_grading(capsys, tmp_path):
    status, out, err = ran(capsys, "--grade", written(tmp_path, ANSWERS))
    assert (status, err) == (0, "")
    assert "\x1b" not in out
    lines = out.splitlines()
    assert lines[0].split() == ["row", "name", "time", "stamp", "weight", "result"]
    results = [re.search(r"(right|wrong: .*|not readable: .*)$", line)[0] for line in lines[2:11]]
    for result, expected in zip(
        results,
        [
            "right", "wrong: the last factor is missing", "not readable: answer: expected",
            "not readable: judge: expected time_stamp", "not readable: time_stamp: expected",
            "not readable: judge: expected weight", "wrong: no mistake we know",
            "not readable: judge: expected weight",
            "not readable: answer: expected a formula, got nothing",
        ],
        strict=True,
    ):  # fmt: skip
        assert result.startswith(expected)
    assert lines[-1] == "1 right, 2 wrong, 6 not readable"


def test_grading_as_json(capsys, tmp_path):
    status, out, err = ran(capsys, "--grade", written(tmp_path, ANSWERS), "--json")
    assert (status, err, out.count("\n")) == (0, "", 1)
    found = strict(out)
    assert [found[name] for name in ("right", "wrong", "not_readable")] == [1, 2, 6]
    first, second, third, *_ = found["rows"]
    assert (first["row"], first["name"], first["right"]) == (1, "Ann", True)
    assert second["mistakes"][0]["kind"] == "no_last_factor"
    assert third["readable"] is False
    assert third["message"].startswith("answer: expected")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_spreadsheets_write(capsys, tmp_path, separator, encoding, end):
    rows = [["ANSWER", "weight", "Time-Stamp", "Steps", "activation"],
            ["2/m (S4 − y) · x₄", "wx", "4", "4", "tanh"],
            ["2/m (S3-y) S2(Out)", "wrec", "3"]]  # fmt: skip
    text = end.join(separator.join(row) for row in rows)
    status, out, _ = ran(capsys, "--grade", written(tmp_path, text, encoding), "--json")
    assert status == 0
    assert strict(out)["right"] == 2


def test_options_fill_columns_that_are_missing(capsys, tmp_path):
    path = written(tmp_path, "answer\n2/m (S4-y) x4\nx4\n")
    options = ("--time-stamp", 4, "--weight", "wx", "--steps", 4)
    status, out, _ = ran(capsys, "--grade", path, *options)
    assert status == 0
    assert "1 right, 1 wrong, 0 not readable" in out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "none of answer, time_stamp, weight"),
        (b"answer,weight\nx1,wx\n", "got no time_stamp"),
        (b"answer,time_stamp,weight\n\xff\xfe,1,wx\n", "UTF-8"),
        (b'answer,time_stamp,weight\n"' + b"x" * 200_000 + b'",1,wx\n', "field larger"),
        (b"answer,time_stamp,weight\n" + b"x1,1,wx\n" * 1_300_000, "at most 10,000,000 bytes"),
    ],
    ids=range(5),
)
def test_bad_files(capsys, tmp_path, content, words):
    path = tmp_path / "answers.csv"
    path.write_bytes(content)
    assert words in refused(capsys, "practise", "--grade", path)


def test_a_folder_is_no_file(capsys, tmp_path):
    assert "a readable file" in refused(capsys, "practise", "--grade", tmp_path)
    assert "practise --grade" in refused(capsys, "practise", "--grade", "a\0b")


def test_a_file_of_nothing_but_a_header(capsys, tmp_path):
    status, out, _ = ran(capsys, "--grade", written(tmp_path, "answer,time_stamp,weight\n"))
    assert status == 0
    assert "0 right, 0 wrong, 0 not readable" in out


# -- a session through a pipe ----------------------------------------------------------------------


def session_of(capsys, monkeypatch, lines, *arguments):
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
    status, out, err = ran(capsys, *arguments)
    assert (status, err) == (0, "")
    return out


def test_all_right(capsys, monkeypatch):
    way = "2/m (S3-y) Wrec s2 (1-s2)"
    answers = ["2/m (S3-y) x3", "2/m (S3-y) s2", f"{way} x2", f"{way} s1",
               f"{way} Wrec s1 (1-s1) x1", f"{way} Wrec s1 (1-s1) S0"]  # fmt: skip
    out = session_of(capsys, monkeypatch, answers)
    assert re.findall(r"∂ξ/∂(\w+) at time stamp (\d) = ", out) == [
        (weight, k) for k in "321" for weight in ("Wx", "Wrec")
    ]
    assert out.count("\nright\n") == 6
    assert out.endswith("\n6 of 6 right.\n")
    assert "[log]" in out


def test_mistakes_hints_and_skipping(capsys, monkeypatch):
    lines = [
        "2/m (S3-y) Wrec x2",
        "foo",
        "",
        "help",
        "hint",
        "HINT",
        " hint ",
        "hint",
        RIGHT,
        "skip",
    ]
    out = session_of(capsys, monkeypatch, lines, "--time-stamp", 2)
    exercise = Exercise(2, "wx")
    words = " ".join(out.split())
    for said in (
        "wrong: the activation's derivative is missing", "not readable: expected numbers",
        "Type a formula", "Or type hint", *(f"hint {n} of 3: " for n in (1, 2, 3)),
        *exercise.hints, "right", f"It is {Exercise(2, 'wrec').hints[2]}",
        "1 of 2 right (1 after a hint), 1 skipped.",
    ):  # fmt: skip
        assert said in words, said
    assert out.count("hint 3 of 3") == 2


@pytest.mark.parametrize("leave", [[], ["quit"], ["Exit"], ["q"]])
def test_leaving(capsys, monkeypatch, leave):
    out = session_of(capsys, monkeypatch, ["skip", *leave], "--weight", "wrec", "--steps", 4)
    assert out.endswith("\n0 of 4 right, 1 skipped, 3 not answered.\n")


@pytest.mark.parametrize("activation", ["logistic", "tanh", "identity"])
def test_the_introduction_says_what_may_be_typed(capsys, monkeypatch, activation):
    out = session_of(capsys, monkeypatch, [], "--activation", activation)
    assert ("d_log" in out, "d_tanh" in out) == (activation == "logistic", activation == "tanh")
    assert max(map(len, out.splitlines())) <= 80


def test_without_standard_input(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    status, out, _ = ran(capsys)
    assert status == 0
    assert out.endswith("\n0 of 6 right, 6 not answered.\n")


def test_any_bytes_through_a_real_pipe():
    typed = b"\xff\xfe\x00\n\x1b[31mred\n" + b"(" * 10_000 + b"\nquit\n"
    done = subprocess.run(PROGRAM, input=typed, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"not readable: ") == 3
    assert b"\x1b" not in done.stdout
    assert b"\0" not in done.stdout


def test_a_terminal_without_box_drawing():
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(PROGRAM, input=b"", capture_output=True, check=True, timeout=60, env=env)
    assert b"S0 ---> S1(In)   +--> S2(In)   +----> S3 --> cost" in done.stdout


# -- a session in a terminal -----------------------------------------------------------------------


class Terminal:
    """A child that believes it talks to a person."""

    def __init__(self, *arguments, **variables):
        self.primary, secondary = pty.openpty()
        env = {**os.environ, "TERM": "xterm", "COLUMNS": "80", "PYTHONUTF8": "1", **variables}
        self.child = subprocess.Popen(
            [*PROGRAM, *arguments], stdin=secondary, stdout=secondary, stderr=secondary, env=env,
            start_new_session=True,
        )  # fmt: skip
        os.close(secondary)
        self.seen = ""

    def until(self, words, seconds=30):
        """Read until these words come; return all since the last time."""
        end, raw = time.monotonic() + seconds, b""
        while words not in raw.decode(errors="replace"):
            ready, _, _ = select.select([self.primary], [], [], max(0, end - time.monotonic()))
            assert ready, f"{words!r} did not come, but {raw!r}"
            try:
                raw += os.read(self.primary, 4096)
            except OSError:  # the child has left
                break
        found = raw.decode(errors="replace")
        assert words in found, found
        return found

    def type(self, text):
        os.write(self.primary, text.encode())

    def leave(self):
        status = self.child.wait(30)
        os.close(self.primary)
        return status


def test_a_session_in_a_terminal():
    terminal = Terminal("--weight", "wx")
    assert "S1(In)" in terminal.until("∂ξ/∂Wx at time stamp 3 = ")
    terminal.type("2/m (y-S3) x3\n")
    found = terminal.until("time stamp 3 = ")
    assert "wrong: the sign is turned round" in found
    assert "\x1b[31mwrong" in found  # red
    terminal.type("hint\n")
    assert "hint 1 of 3" in terminal.until("time stamp 3 = ")
    terminal.type("2/m (S3-y) x3\n")
    assert "\x1b[32mright" in terminal.until("time stamp 2 = ")
    terminal.type("skip\n")
    assert "It is 2/m" in terminal.until("time stamp 1 = ")
    terminal.type("\x04")  # Ctrl-D
    terminal.until("1 of 3 right (1 after a hint), 1 skipped, 1 not answered.")
    assert terminal.leave() == 0


def test_no_color():
    terminal = Terminal("--weight", "wx", NO_COLOR="1")
    terminal.until("time stamp 3 = ")
    terminal.type("2/m (S3-y)\n")
    assert "\x1b[3" not in terminal.until("time stamp 3 = ")
    terminal.type("quit\n")
    terminal.until("0 of 3 right, 3 not answered.")
    assert terminal.leave() == 0


def test_interrupted(capsys, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "_listen", interrupt)
    status, _, err = ran(capsys)
    assert (status, err) == (130, "bptt: interrupted\n")


def test_grading_is_not_stopped_by_what_json_cannot_say(capsys, tmp_path):
    """A value that overflows is None: NaN is not JSON."""
    path = written(tmp_path, "answer,time_stamp,weight\nexp(exp(exp(99))),3,wx\n")
    _, out, _ = ran(capsys, "--grade", path, "--json")
    assert json.loads(out)["rows"][0]["differs_at"]["answer"] is None


# What a new user met.


def test_an_answer_that_is_cut_at_a_comma_is_not_graded(tmp_path, capsys):
    path = tmp_path / "answers.csv"
    path.write_text("time_stamp,weight,answer\n3,wx,2/m (S3-y) x3,+ 5\n3,wx,2/m (S3-y) x3,,\n")
    assert main(["practise", "--grade", str(path), "--json"]) == 0
    first, second = strict(capsys.readouterr().out)["rows"]
    assert first["readable"] is False
    assert "Put quotes round" in first["message"]
    assert second["right"] is True


def test_files_as_spreadsheets_write_them(tmp_path, capsys):
    path = tmp_path / "answers.csv"
    path.write_text("\n\nanswer,time_stamp,weight\n2/m (S3-y) x3,3.0,wx\n0,1.0,wrec\n0,3.5,wx\n")
    assert main(["practise", "--grade", str(path)]) == 0
    out = capsys.readouterr().out
    assert "2 right, 0 wrong, 1 not readable" in out
    assert "0 is right as a number" in out
    assert "Count from 1 to T" in out


@pytest.mark.parametrize(
    "answer",
    [
        "$\\frac{2}{m} \\cdot (S_{3} - y) \\cdot W_{\\mathrm{rec}} \\cdot "
        "\\boxed{\\mathrm{d\\_log}(S_{2}^{\\mathrm{In}})} \\cdot x_{2}$.",
        "&= \\frac{2}{m} \\cdot (S_{3} - y) \\cdot W_{\\mathrm{rec}} \\cdot "
        "\\activationbox{\\mathrm{d\\_log}(S_{2}^{\\mathrm{In}})} \\cdot x_{2} "
        "\\qquad \\text{(summed over 3 sequences)} \\\\",
        "\\frac{\\partial \\xi}{\\partial W_{x}} = "
        "\\frac{2}{m} (S_3 - y) W_{rec} d_log(S_2^{In}) x_2",
        "dWx = 2/m (S[3]-y) Wrec s[2] (1-S_out[2]) x[2];",
        "2/m·(S3 - y) · Wrec·[d_log(S2(In))] · x2    summed over 3 sequences",
        "2/m (S_3 - y) Wrec d_log(S_2^In) x_2",
    ],
)
def test_what_is_copied_from_our_own_pages_is_read(capsys, answer):
    assert main(["practise", *AT_2, "--answer", answer]) == 0
    assert capsys.readouterr().out == "right\n"


def test_sech_is_the_derivative_of_tanh(capsys):
    answer = "2/m (S3-y) Wrec sech(S2in)^2 x2"
    assert main(["practise", *AT_2, "--activation", "tanh", "--answer", answer]) == 0


@pytest.mark.parametrize("arguments", [["--steps", "1"], ["--activation", "identity"]])
def test_the_help_names_only_what_there_is(monkeypatch, capsys, arguments):
    monkeypatch.setattr(sys, "stdin", io.StringIO("help\nq\n"))
    assert main(["practise", *arguments]) == 0
    out = capsys.readouterr().out
    assert "S2(In)" not in out.split("Write it as")[1]
    assert "d_log(" not in out.split("Write it as")[1]
