"""The options of ``bptt count``, and the refusal of those that cannot work."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from bptt import _checks, optimizers, plots
from bptt.cli import output, subject
from bptt.errors import InputError, sentence

CALLED = "count"
START = (0.2, 1.0)  # near part 1's start; with wrec 1 long sequences do not explode at once
EPOCHS = {"two": 2000, "more": 200}
LEAST_UPDATES = 2000  # with more states: few sequences are gone through more often
LEAST_HELD_OUT = 20  # with more states, some of so many sequences are kept for testing
TEST_SEQUENCES = 100
MOST = 10**9  # of anything that is counted: products of two still fit into 64 bits

EXAMPLES = """\
examples:
  bptt count                             the post's data, two weights, logistic
  bptt count --activation identity --test-steps 1000
                                         counts exactly, at any length
  bptt count --hidden 16 --data random --sequences 2000 --steps 16
                                         more states, held-out sequences
  bptt count --data my_bits.csv --save model.safetensors --plot cost.svg

the two runs that the post has published:
  bptt count --data part1 --activation identity --optimizer sgd \\
             --rate 0.02 0.0006 --epochs 30000 --init 0.2 1.5
  bptt count --data part2 --optimizer sgd --rate 0.001 --epochs 15000 \\
             --init 0.47143516373249306 -1.1909756947064645
"""


def add_to(commands: Any) -> argparse.ArgumentParser:
    """Add ``count`` with its options to the commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "count",
        help="train a network to count ones (the main job)",
        description="Train a recurrent network to count the ones in sequences of bits: the post's\n"
        "network of two weights, or one with more states.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subject.negative_numbers(parser)
    add = parser.add_argument
    subject.add_data(add)
    add(
        "--hidden",
        type=int,
        metavar="H",
        help="H states, biases and a linear read-out (default: the post's two weights)",
    )
    add(
        "--optimizer",
        choices=sorted(optimizers.BY_NAME),
        help="default rprop for two weights, adam for more; sgd is gradient descent",
    )
    add(
        "--rate",
        type=float,
        nargs="+",
        metavar="RATE",
        help="one rate, or two for wx and wrec (default 0.01; adam with two weights 0.001)",
    )
    add(
        "--schedule",
        choices=("constant", "cosine"),
        help="cosine lets the rate fall to 0 (default cosine with --hidden, else constant)",
    )
    add(
        "--epochs",
        type=int,
        metavar="N",
        help=f"default {EPOCHS['two']} for two weights; for more {EPOCHS['more']} "
        f"or as many as make {LEAST_UPDATES} updates",
    )
    add(
        "--init",
        type=float,
        nargs=2,
        metavar=("WX", "WREC"),
        help=f"where the two weights start (default {START[0]} {START[1]})",
    )
    add("--seed", type=int, default=0, metavar="N", help="of data, weights, order (default 0)")
    add(
        "--test-steps",
        type=int,
        metavar="T",
        help=f"also count {TEST_SEQUENCES} new random sequences of T time stamps",
    )
    add("--save", metavar="FILE", help="write network and weights (safetensors layout)")
    add("--plot", metavar="FILE", help="draw the cost by epoch (SVG, PNG or PDF)")
    add("--json", action="store_true", help="print one JSON object and nothing else")
    return parser


def check(options: argparse.Namespace) -> None:
    """Refuse what cannot work before any work is done."""
    for name in ("sequences", "steps", "hidden", "epochs", "test_steps"):
        value, option = getattr(options, name), f"--{name.replace('_', '-')}"
        if value is not None:
            _checks.positive_int(CALLED, option, value, most=MOST)
    _checks.positive_int(CALLED, "--seed", options.seed, least=0)
    _check_weights_and_rates(options)
    for option in ("save", "plot"):
        path = getattr(options, option)
        if path is not None:
            output.check_place(f"{CALLED} --{option}", path)
    files = (options.data, options.save, options.plot)
    output.check_different(CALLED, "--data, --save and --plot", files)
    if options.plot:
        plots.check_ending(f"{CALLED} --plot", options.plot)
        plots.new_axes()  # says now, not after the training, if matplotlib is missing


def _check_weights_and_rates(options: argparse.Namespace) -> None:
    two, rates = options.hidden is None, options.rate or []
    if options.init and not two:
        do = "Leave out --init or --hidden; --seed draws other weights"
        raise InputError(sentence(CALLED, "--init for two weights", "--hidden besides", do))
    if options.init and not np.isfinite(options.init).all():
        came, do = " ".join(map(str, options.init)), "Give for example --init 0.2 1"
        raise InputError(sentence(CALLED, "--init with two finite numbers", came, do))
    subject.check_rates(CALLED, rates, two=two)
    if options.schedule == "cosine" and len(rates) == 2:
        do = "Give one rate with --schedule cosine"
        raise InputError(sentence(CALLED, "one rate that falls", "two rates", do))
    if options.schedule == "cosine" and name_of_optimizer(options) == "rprop":
        do = "It finds the sizes of its steps itself; leave out --schedule"
        raise InputError(sentence(CALLED, "--schedule for another optimiser", "rprop", do))


def name_of_optimizer(options: argparse.Namespace) -> str:
    """Return the optimiser that is meant."""
    return str(options.optimizer or ("rprop" if options.hidden is None else "adam"))
