"""``bptt check``: the gradient check on the post's network and on random ones."""

from __future__ import annotations

import argparse
import json
import math
from itertools import chain
from typing import Any

import numpy as np

from bptt import _checks, activations, tasks
from bptt.cli.console import Console
from bptt.gradient_check import GradientCheck
from bptt.network import RNN
from bptt.params import post_params
from bptt.random_networks import Case, draw

CALLED = "check"
EXAMPLES = """\
examples:
  bptt check
  bptt check --networks 1000 --seed 1
  bptt check --json
"""
HEADER = ("cell", "read-out", "loss", "L", *"BTIHO", "error", "gradient")
LOSSES = {"mse": "mse", "binary_cross_entropy": "binary", "categorical_cross_entropy": "classes"}
LEGEND = """\
L layers, x2: in both directions; B sequences of T time stamps; I inputs, H
states, O outputs. The first four are the post's network. error: largest
difference over largest derivative, against a complex step (allowed 1e-12),
for relu central differences (allowed 1e-6).
"""


def add_to(commands: Any) -> None:
    """Add ``check`` to the commands."""
    parser = commands.add_parser(
        "check",
        help="check the gradients of the post's network and of random networks",
        description="Compare every derivative of back-propagation through time with a complex\n"
        "step (relu: central differences) on the post's network and on random ones.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--networks", type=int, default=20, metavar="N", help="random networks (default 20)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="SEED", help="of the random networks (default 0)"
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check, print a table, and return 1 if a gradient is wrong."""
    _checks.positive_int(CALLED, "--networks", options.networks, least=0)
    _checks.positive_int(CALLED, "--seed", options.seed, least=0)
    rng = np.random.default_rng(options.seed)
    console = Console(quiet=options.json)
    cases = chain(map(_post, activations.BY_NAME), (draw(rng) for _ in range(options.networks)))
    found = []
    with console.progress(
        "checking", "network", len(activations.BY_NAME) + options.networks
    ) as show:
        for case in cases:
            found.append((case, case.check()))
            show(len(found), None)
    wrong = sum(not report.ok for _, report in found)
    if options.json:
        checks = [{"network": str(case), **summary(report)} for case, report in found]
        console.result(json.dumps({"ok": not wrong, "checks": checks}))
    console.table(HEADER, [_row(case, report) for case, report in found], "llllrrrrrrl")
    console.say(f"\n{LEGEND}")
    console.say(
        f"{len(found) - wrong} of {len(found)} networks have the right gradient, "
        "for every weight, bias, input and\ninitial state."
    )
    return 1 if wrong else 0


def _post(activation: str) -> Case:
    x, y = tasks.post()
    net = RNN(activation=activation, readout="state_in", bias=False)
    return Case(net, post_params(0.9, 1.4), x[:, :, None], y, "mse", None, np.full((3, 1), 0.1))


def _row(case: Case, report: GradientCheck) -> tuple[str, ...]:
    net = case.net
    shortest, longest = case.all_lengths.min(), case.all_lengths.max()
    steps = f"{longest}" if shortest == longest else f"{shortest}-{longest}"
    sizes = (len(case.x), steps, net.input_size, net.hidden_size, net.output_size)
    return (
        case.cell,
        net.readout.name,
        LOSSES[case.loss],
        case.layers,
        *map(str, sizes),
        f"{report.max_error:.1e}",
        "right" if report.ok else f"wrong: {report.worst.name}",
    )


def summary(report: GradientCheck) -> dict[str, object]:
    """Return a gradient check for JSON, which has no NaN."""
    return {
        "ok": report.ok,
        "max_error": report.max_error if math.isfinite(report.max_error) else None,
        "worst": report.worst.name,
        "method": report.method,
        "tolerance": report.tolerance,
    }
