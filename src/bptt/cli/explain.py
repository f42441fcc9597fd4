"""``bptt explain``: the derivation of the gradient, time stamp by time stamp."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from importlib.util import find_spec
from typing import Any

from bptt import _checks
from bptt._safetensors import write_file
from bptt.cli import output, subject
from bptt.cli.subject import Subject
from bptt.derivation.comparison import Comparison, compare
from bptt.derivation.derivation import Derivation, explain
from bptt.errors import InputError, sentence

CALLED = "explain"
FORMATS = ("text", "markdown", "latex", "html", "json")
ENDINGS = dict(zip((".txt", ".md", ".tex", ".html", ".json"), FORMATS, strict=True))
MOST_DIGITS = 17
BOX = r"(?<![\w)\]])\[[^\[\]\n]*(?:\[[\d,]+\][^\[\]\n]*)*\]"  # not an index, as in W_hh[2,5]
EXAMPLES = """\
examples:
  bptt explain                            the post's network on the post's data
  bptt explain --sequence 2               one sequence alone
  bptt explain --compare                  with activation and without
  bptt explain --data random --steps 50 --time-stamp 3
  bptt explain --hidden 16 --data random
  bptt explain --hidden 16 --data random --entry weight_hh[2,5] --time-stamp 3
  bptt explain --format html --output derivation.html
"""


def add_to(commands: Any) -> None:
    """Add ``explain`` to the commands."""
    parser = commands.add_parser(
        "explain",
        help="derive the gradient time stamp by time stamp, in symbols and numbers",
        description="Derive the gradient of a network time stamp by time stamp: in ∂'s, in\n"
        "symbols, with the numbers of a run, and the sum beside the engine's gradient.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subject.add_to(parser)
    add = parser.add_argument_group("what is shown").add_argument
    add("--sequence", type=int, metavar="N", help="only the N-th sequence, from 1 (default all)")
    add("--time-stamp", type=int, metavar="K", help="only time stamp K, from 1 to T")
    add("--entry", metavar="WEIGHT[I,J]", help="one entry of a weight in scalar form, from 0")
    add("--compare", action="store_true", help="with the activation, and without")
    add("--digits", type=int, default=6, metavar="N", help="of numbers in formulas (default 6)")
    add("--format", choices=FORMATS, help="default text, or by the ending of --output")
    add("--json", action="store_const", const="json", dest="format", help="same as --format json")
    add("--output", metavar="FILE", help="write it to a file: .txt, .md, .tex, .html or .json")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Derive, and print or write."""
    _check(options)
    found = _derivation(options, subject.find(CALLED, options))
    written = _written(options, found)
    if options.output is not None:
        write_file(f"{CALLED} --output", options.output, written.encode())
    elif options.format == "text" and sys.stdout.isatty() and find_spec("rich"):
        _colour(written)
    else:
        sys.stdout.write(written)
    return 0


def _check(options: argparse.Namespace) -> None:
    if options.output is not None:
        output.check(CALLED, options)
    options.format = options.format or _by_ending(options.output)
    _checks.positive_int(CALLED, "--digits", options.digits, most=MOST_DIGITS)
    if options.compare and options.entry:
        do = "Leave out one of the two"
        raise InputError(sentence(CALLED, "--compare or --entry", "both", do))
    if options.format == "json" and (options.entry or options.time_stamp):
        came, do = "--entry or --time-stamp", "JSON has all time stamps: leave them out"
        raise InputError(sentence(CALLED, "--format json of the whole derivation", came, do))


def _by_ending(path: str | None) -> str:
    """Return the format that the name of a file asks for."""
    if path is None:
        return "text"
    ending = os.path.splitext(path)[1].lower()
    if ending not in ENDINGS:
        do = "Change the ending, or say --format"
        expected = f"a file that ends in {_checks.listed(ENDINGS)}"
        raise InputError(sentence(f"{CALLED} --output", expected, repr(path), do))
    return ENDINGS[ending]


def _derivation(options: argparse.Namespace, given: Subject) -> Derivation | Comparison:
    x, y = given.data.x, given.data.y
    if options.sequence is not None:
        n = _checks.positive_int(CALLED, "--sequence", options.sequence, most=len(x))
        x, y = x[n - 1 : n], y[n - 1 : n]
    if options.time_stamp is not None:
        _checks.positive_int(CALLED, "--time-stamp", options.time_stamp, most=x.shape[1])
    make = compare if options.compare else explain
    return make(given.net, given.params, x, y)


def _written(options: argparse.Namespace, found: Derivation | Comparison) -> str:
    if options.format == "json":
        return found.json() + "\n"
    shown: dict[str, Any] = {"digits": options.digits, "time_stamp": options.time_stamp}
    if options.entry is not None:
        shown["entry"] = options.entry
    if options.format == "text" and options.output is None and sys.stdout.isatty():
        shown["width"] = max(40, shutil.get_terminal_size().columns)
    text: str = getattr(found, options.format)(**shown)
    return text


def _colour(text: str) -> None:
    """Print with the boxes in colour; rich itself heeds NO_COLOR."""
    from rich.console import Console
    from rich.text import Text

    shown = Text(text, end="")
    shown.highlight_regex(BOX, "bold black on yellow")
    shown.highlight_regex(r"(?m)^(Time stamp \d+|.+(?=\n[=-]{3,}$))", "bold")
    Console(highlight=False, soft_wrap=True).print(shown, end="")
