"""A session of `bptt practise`: it asks, listens, and says what is wrong until it is right."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Sequence
from importlib.util import find_spec
from typing import NamedTuple

from bptt.derivation.drawing import draw
from bptt.derivation.exercise import Exercise
from bptt.derivation.judge import Verdict, judge
from bptt.derivation.notation import View
from bptt.derivation.text import called
from bptt.errors import InputError

WIDTH = 79
KEPT = "\u00a0"  # a space at which no line breaks
COMMANDS = "hint (there are three), skip, help, quit"
NOTATION = """\
Write it as the post or as Python does; a * may be left out.
  Wx Wrec x{k} y m     weights, input at time stamp {k}, target, how many sequences
"""
STATES = "  S2(In)  S2(Out)    also S2in, S_2(In), s2 for S2(Out); S{T} alone, as T is {T}\n"
PLAIN_STATES = "  S0 S{T}              states; without activation In and Out are one\n"
BOX = "  {d}(S2(In)) {space}the derivative of {f}; also d{f}, {f}', f', {formula}\n"


class Score(NamedTuple):
    """How a session goes."""

    right: int = 0
    hinted: int = 0
    """of those, how many after a hint"""
    skipped: int = 0


def practise(asked: Sequence[tuple[int, str]], n_steps: int, activation: str) -> int:
    """Ask for each derivative, (time stamp, weight), until all are right or the learner leaves."""
    for stream in (sys.stdin, sys.stdout):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # any bytes may be typed
    _edit_lines()
    print(_introduction(n_steps, activation))
    score = Score()
    for k, weight in asked:
        after = _ask(Exercise(k, weight, n_steps, activation), score)
        if after is None:
            break
        score = after
    print()
    done = score.right + score.skipped
    say(_summary(score, len(asked) - done, len(asked)))
    return 0


def _ask(exercise: Exercise, score: Score) -> Score | None:
    """Ask until it is right or skipped; return the score after it, None if the learner leaves."""
    hints = 0
    while True:
        answer = _listen(f"\n{exercise.question} = ")
        match answer and answer.strip().lower():
            case None | "quit" | "exit" | "q":
                return None
            case "":
                say(f"Type a formula, or one of {COMMANDS}.")
            case "help" | "?":
                print(_notation(exercise.n_steps, exercise.activation), end="")
                say(f"Or type {COMMANDS}.")
            case "hint" | "h":
                hints = min(hints + 1, 3)
                say(f"hint {hints} of 3: {exercise.hints[hints - 1]}")
            case "skip":
                say(f"It is {exercise.written(View.SYMBOLS)}")
                return score._replace(skipped=score.skipped + 1)
            case _:
                if _is_right(answer or "", exercise):
                    hinted = score.hinted + (hints > 0)
                    return score._replace(right=score.right + 1, hinted=hinted)


def _is_right(answer: str, exercise: Exercise) -> bool:
    try:
        verdict = judge(
            answer,
            time_stamp=exercise.time_stamp,
            weight=exercise.weight,
            n_steps=exercise.n_steps,
            activation=exercise.activation,
        )
    except InputError as error:
        say(f"not readable: {str(error).removeprefix('answer: ')}", "yellow")
        return False
    tell(verdict, hint=verdict.hint != exercise.hints[0])
    if not verdict.right:
        say("Try again, or type hint.")
    return verdict.right


def tell(verdict: Verdict, *, hint: bool = True) -> None:
    """Print a verdict, and where no mistake fits a hint."""
    if verdict.right:
        say("right" if verdict.remark is None else f"right: {verdict.remark}", "green")
    for mistake in verdict.mistakes:
        say(f"wrong: {mistake.message}.", "red")
    if verdict.differs_at is not None:
        say(f"wrong: {verdict.difference}", "red")
        if hint:
            say(verdict.hint)


def _edit_lines() -> None:
    """Let a terminal's arrow keys move in the line and in the answers before."""
    if sys.stdin is not None and sys.stdin.isatty() and find_spec("readline"):
        import readline

        readline.set_auto_history(True)


def _listen(prompt: str) -> str | None:
    """Return a line, or None at its end; what comes through a pipe is shown as if typed."""
    if sys.stdin is None:
        return None
    try:
        line = input(prompt)
    except EOFError:
        print()
        return None
    if not sys.stdin.isatty():
        print("".join(letter if letter.isprintable() else " " for letter in line[:WIDTH]))
    return line


def say(text: str, style: str = "") -> None:
    """Print some prose, with colours in a terminal if rich is installed."""
    whole = re.sub(r"(?<=[-+=]) | (?=[-+=·])", KEPT, text)  # no line begins or ends with a sign
    text = textwrap.fill(whole, WIDTH, break_long_words=False, break_on_hyphens=False)
    text = text.replace(KEPT, " ")
    if style and sys.stdout.isatty() and find_spec("rich"):
        from rich.console import Console as RichConsole
        from rich.text import Text

        RichConsole(highlight=False).print(Text(text, style=style), soft_wrap=True)
    else:
        print(text)


def _introduction(n_steps: int, activation: str) -> str:
    plain = not (sys.stdout.encoding or "ascii").lower().startswith("utf")
    meaning = {
        "logistic": "log(a) = 1/(1 + e^-a); the last state has no activation",
        "tanh": "The last state has no activation",
        "identity": "No state has an activation",
    }[activation]
    return (
        f"{draw(n_steps, activation, ascii_only=plain)}\n\n{meaning}; S0 is zero.\n\n"
        "Each time stamp adds one derivative to the gradient of each weight. Derive them,\n"
        "the last time stamp first; time stamp 1 is the goal.\n\n"
        f"{_notation(n_steps, activation)}Or type {COMMANDS}."
    )


def _notation(n_steps: int, activation: str) -> str:
    f = called(activation)
    formula = "s2 (1 - s2)" if f == "log" else "1 - s2^2"
    box = BOX.format(d=f"d_{f}", f=f, space=" " * (8 - len(f)), formula=formula)
    notation = NOTATION.format(k=min(2, n_steps))
    if activation == "identity" or n_steps == 1:
        return notation + PLAIN_STATES.format(T=n_steps)
    return notation + STATES.format(T=n_steps) + box


def _summary(score: Score, left: int, asked: int) -> str:
    parts = [f"{score.right} of {asked} right"]
    if score.hinted:
        parts[0] += f" ({score.hinted} after a hint)"
    parts += [f"{score.skipped} skipped"] if score.skipped else []
    parts += [f"{left} not answered"] if left else []
    return ", ".join(parts) + "."
