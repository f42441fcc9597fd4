"""``bptt plot``: pictures of a network, its training and its gradients."""

from __future__ import annotations

import argparse
import json
from typing import Any

from bptt import _checks, optimizers, plots
from bptt.cli import output, pictures, subject
from bptt.cli.console import Console

CALLED = "plot"
EXAMPLES = """\
examples:
  bptt plot cost --output cost.svg
  bptt plot unrolled --weights 0.2 1.5 --sequence 3 --output unrolled.pdf
  bptt plot surface --data random --output surface.png
  bptt plot gradients --data random --steps 50 --activation identity \\
            --weights 0.8 1 --wrec 0.5 0.9 1 1.1 2 --output gradients.svg
  bptt plot predictions --model model.safetensors --output predicted.svg

'bptt plot KIND --help' shows the options of each
"""
MOST = 10**9


def add_to(commands: Any) -> None:
    """Add ``plot`` with its kinds to the commands."""
    parser = commands.add_parser(
        "plot",
        help="draw pictures of a network, its training and its gradients (SVG, PNG, PDF)",
        description="Draw a picture; needs matplotlib: pip install 'bptt[plot]'.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    kinds = parser.add_subparsers(title="kinds", metavar="KIND", required=True, dest="kind")
    for kind, picture in pictures.BY_KIND.items():
        _add_kind(kinds, kind, picture)


def _add_kind(kinds: Any, kind: str, picture: pictures.Draw) -> None:
    says = str(picture.__doc__).partition(".")[0]
    parser = kinds.add_parser(
        kind,
        help=says[0].lower() + says[1:],
        description=f"{says}.",
        epilog="\n".join(["example:", *(e for e in _examples() if f" {kind} " in e)]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,  # --sequence of another kind is not --sequences
    )
    subject.add_to(parser)
    add = parser.add_argument_group("picture").add_argument
    add("--output", metavar="FILE", required=True, help="what to write: .svg, .png or .pdf")
    add("--json", action="store_true", help="print one JSON object and nothing else")
    if kind == "unrolled":
        add("--sequence", type=int, default=1, metavar="N", help="counted from 1 (default 1)")
    if kind == "gradients":
        add(
            "--wrec",
            type=float,
            nargs="+",
            default=list(pictures.WREC),
            metavar="W",
            help="recurrent weight of each line; for other networks a factor of weight_hh "
            f"(default {' '.join(f'{w:g}' for w in pictures.WREC)})",
        )
    if kind in pictures.TRAINED:
        add_training(parser, pictures.TRAINED[kind])
    parser.set_defaults(run=run, optimizer="rprop", rate=None)


def add_training(parser: argparse.ArgumentParser, epochs: int) -> None:
    """Add the options that say how a network is trained."""
    add = parser.add_argument_group("training").add_argument
    add("--epochs", type=int, default=epochs, metavar="N", help=f"default {epochs}")
    names = sorted(optimizers.BY_NAME)
    add("--optimizer", choices=names, help="default rprop; sgd is gradient descent")
    add(
        "--rate",
        type=float,
        nargs="+",
        metavar="RATE",
        help=f"one rate, or two for wx and wrec (default {pictures.RATE})",
    )


def _examples() -> list[str]:
    """Return the examples, each with its continuation in one."""
    return (
        EXAMPLES.replace("\\\n            ", "\\\n     ")
        .replace("\n  bptt", "\0  bptt")
        .split("\0")
    )


def run(options: argparse.Namespace) -> int:
    """Draw the picture and say what it shows."""
    _check(options)
    console = Console(quiet=options.json)
    seen = subject.find(f"{CALLED} {options.kind}", options)
    drawn = pictures.BY_KIND[options.kind](pictures.Work(options, seen, console))
    plots.write(drawn.axes, options.output)
    if options.json:
        figures = {"kind": options.kind, "output": options.output, **drawn.figures}
        console.result(json.dumps(figures, allow_nan=False))
    console.say(f"picture   {options.output}")
    for line in drawn.says:
        console.say(line)
    return 0


def _check(options: argparse.Namespace) -> None:
    """Refuse what cannot work before any work is done."""
    called = f"{CALLED} {options.kind}"
    output.check(called, options)
    plots.check_ending(f"{called} --output", options.output)
    plots.new_axes()  # says now, not after the training, if matplotlib is missing
    if options.kind in pictures.TRAINED:
        # 0 epochs leave the weights as they are; a cost by epoch needs one
        check_training(called, options, least=0 if options.kind == "predictions" else 1)
    for weight in getattr(options, "wrec", ()):
        _checks.real_in(called, "--wrec", weight, -subject.REACH, subject.REACH)


def check_training(called: str, options: argparse.Namespace, least: int) -> None:
    """Raise InputError unless the options of the training can work."""
    _checks.positive_int(called, "--epochs", options.epochs, least=least, most=MOST)
    subject.check_rates(called, options.rate or (), two=not options.hidden)
