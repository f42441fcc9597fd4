"""``bptt practise``: derive ∂ξ/∂Wx and ∂ξ/∂Wrec oneself, and be told what is wrong."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import asdict
from typing import Any

from bptt.cli import grading, session
from bptt.cli.console import Console
from bptt.derivation.exercise import MOST_STEPS
from bptt.derivation.judge import judge
from bptt.errors import InputError, sentence
from bptt.scalar import ACTIVATIONS

CALLED = "practise"
N_STEPS = 3
WEIGHTS = ("wx", "wrec")
DESCRIPTION = """\
Derive the gradient of the post's network by yourself, from the last time stamp
back to the first: type each derivative, and be told what is wrong with it.

Write it as the post does or as Python does; a * may be left out:
  Wx Wrec x2 y m     weights, input at time stamp 2, target, how many sequences
  S2(In)  S2(Out)    also S2in, S_2(In), s2 for S2(Out); S3 alone where T is 3
  d_log(S2(In))      also dlog, log', dlogistic, f', s2*(1-s2); d_tanh for tanh
  2/m  (S3 - y)  ^2  numbers, + - * / ^ or **, any parentheses, · × ² also
"""
EXAMPLES = """\
examples:
  bptt practise
  bptt practise --steps 5 --activation tanh --weight wrec
  bptt practise --time-stamp 2 --weight wx --json \\
    --answer "2/m*(S3-y)*Wrec*dlog(S2in)*x2"
  bptt practise --grade answers.csv

In a CSV file for --grade the first line names the columns: answer, time_stamp,
weight, and if you like name, steps, activation. For a column that is not there
or a cell that is empty, the option counts.

exit status: 0 right, 1 wrong, 2 not readable; of a session or --grade always 0
"""


def add_to(commands: Any) -> None:
    """Add ``practise`` to the commands."""
    parser = commands.add_parser(
        "practise",
        help="derive the gradient yourself, and be told what is wrong",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser._negative_number_matcher = re.compile(r"-(?!-)")  # an answer may begin with a minus
    add = parser.add_argument
    add("--time-stamp", type=int, metavar="K", help="ask for this one only (default T, ..., 1)")
    add("--weight", type=str.lower, choices=WEIGHTS, help="ask for this one only (default both)")
    add("--steps", type=int, default=N_STEPS, metavar="T", help="time stamps, up to 50 (default 3)")
    add(
        "--activation",
        choices=sorted(ACTIVATIONS),
        default="logistic",
        help="of all states but the last (default logistic)",
    )
    add("--answer", metavar="TEXT", help="judge this one and ask nothing")
    add("--grade", metavar="FILE", help="judge the answers of a CSV file")
    add("--json", action="store_true", help="with --answer or --grade: one JSON object, no more")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Ask, or judge one answer, or grade a file."""
    _check(options)
    console = Console(quiet=options.json)
    if options.grade is not None:
        return grading.grade(f"{CALLED} --grade", options, console)
    if options.answer is not None:
        return _answer(options, console)
    stamps = [options.time_stamp] if options.time_stamp else range(options.steps, 0, -1)
    weights = [options.weight] if options.weight else WEIGHTS
    asked = [(k, weight) for k in stamps for weight in weights]
    return session.practise(asked, options.steps, options.activation)


def _answer(options: argparse.Namespace, console: Console) -> int:
    try:
        verdict = judge(
            options.answer,
            time_stamp=options.time_stamp,
            weight=options.weight,
            n_steps=options.steps,
            activation=options.activation,
        )
    except InputError as error:
        if not options.json:
            raise
        console.result(json.dumps({"readable": False, "message": str(error)}))
        return 2
    if options.json:
        console.result(json.dumps({"readable": True, **asdict(verdict)}))
    else:
        session.tell(verdict)
    return 0 if verdict.right else 1


def _check(options: argparse.Namespace) -> None:
    _within("--steps", options.steps, MOST_STEPS)
    if options.time_stamp is not None:
        _within("--time-stamp", options.time_stamp, options.steps)
    if options.grade is not None and options.answer is not None:
        do = "Leave out --answer or --grade"
        raise InputError(sentence(CALLED, "--answer or --grade", "both", do))
    if options.answer is not None and not (options.time_stamp and options.weight):
        do = "Say what it is the answer to, as --time-stamp 1 --weight wrec"
        expected = "--time-stamp and --weight with --answer"
        raise InputError(sentence(CALLED, expected, "one or none of them", do))
    if options.json and options.answer is None and options.grade is None:
        do = "Add one of them or leave out --json"
        raise InputError(sentence(CALLED, "--json with --answer or --grade", "none of them", do))


def _within(name: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        expected = f"{name} to be a whole number from 1 to {most}"
        came = str(value) if abs(value) < 10**15 else "a huge number"
        raise InputError(sentence(CALLED, expected, came, f"Give {name} in that range"))
