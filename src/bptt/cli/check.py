"""``bptt check``: the gradient check on the post's network and on random ones."""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

from bptt import activations, tasks
from bptt.cli.console import Console
from bptt.gradient_check import GradientCheck
from bptt.network import RNN
from bptt.params import post_params
from bptt.random_networks import Case, draw

EXAMPLES = """\
examples:
  bptt check
  bptt check --networks 1000 --seed 1
  bptt check --json
"""


def add_to(commands: Any) -> None:
    """Add ``check`` to the commands."""
    parser = commands.add_parser(
        "check",
        help="check the gradients of the post's network and of random networks",
        description="Compare every derivative of back-propagation through time with a complex step "
        "(relu: central differences) on the post's network and on random ones.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--networks", type=int, default=20, metavar="N", help="random networks (default 20)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the random networks (default 0)")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check, print a table, and return 1 if a gradient is wrong."""
    from bptt import _checks

    _checks.real_in("bptt check", "--networks", options.networks, 0, 1e6)
    rng = _checks.generator("bptt check --seed", options.seed)
    console = Console(quiet=options.json)
    cases = [_post(name) for name in activations.BY_NAME]
    cases += [draw(rng) for _ in range(options.networks)]
    found = [(str(case), case.check()) for case in cases]
    if options.json:
        checks = [{"network": name, **summary(report)} for name, report in found]
        console.result(json.dumps({"ok": all(r.ok for _, r in found), "checks": checks}))
    rows = [
        (name, report.method, f"{report.max_error:.1e}", report.worst.name, _word(report.ok))
        for name, report in found
    ]
    console.table(("network", "against", "error", "worst in", ""), rows, "llrll")
    wrong = sum(not report.ok for _, report in found)
    console.say()
    console.say(
        f"{len(found) - wrong} of {len(found)} networks have the right gradient, for every weight, "
        "bias, input and initial state.\n"
        "error = largest difference / largest derivative of the network; "
        "allowed: 1e-12 by complex step, 1e-6 by central differences."
    )
    return 1 if wrong else 0


def _post(activation: str) -> Case:
    x, y = tasks.post()
    net = RNN(activation=activation, readout="state_in", bias=False)
    return Case(net, post_params(0.9, 1.4), x[:, :, None], y, "mse", None, np.full((3, 1), 0.1))


def _word(ok: bool) -> str:
    return "right" if ok else "wrong"


def summary(report: GradientCheck) -> dict[str, object]:
    """Return a gradient check for JSON."""
    return {
        "ok": report.ok,
        "max_error": report.max_error,
        "worst": report.worst.name,
        "method": report.method,
        "tolerance": report.tolerance,
    }
