"""``bptt prove``: the derivation against SymPy's own derivative."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from bptt import _checks
from bptt.cli.console import Console
from bptt.derivation.proof import (
    ACTIVATIONS,
    BEYOND,
    MOST_BEYOND,
    MOST_SYMBOLIC,
    Proof,
    prove,
    tasks,
)

EXAMPLES = """\
examples:
  bptt prove
  bptt prove --activation tanh --steps 3
  bptt prove --beyond 50 200
  bptt prove --json

Needs SymPy and mpmath: pip install 'bptt[learn]'
exit status: 0 all proved, 1 something is not
"""


def add_to(commands: Any) -> None:
    """Add ``prove`` to the commands."""
    parser = commands.add_parser(
        "prove",
        help="prove every term of the derivation against SymPy's own derivative",
        description="SymPy writes out the cost of the post's network with symbols, for up to four\n"
        "time stamps, and differentiates it itself; every term of ours minus its\n"
        "derivative is simplified to 0. Longer sequences: 50 digits at random points.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--activation", choices=ACTIVATIONS, help="only this one (default all; f is unknown)")
    add(
        "--steps", type=int, default=MOST_SYMBOLIC, metavar="T",
        help=f"time stamps with SymPy: 1 to T (default {MOST_SYMBOLIC}, the most)",
    )  # fmt: skip
    add(
        "--beyond", type=int, nargs="*", default=list(BEYOND), metavar="T",
        help=f"time stamps with 50 digits (default {' '.join(map(str, BEYOND))})",
    )  # fmt: skip
    add("--json", action="store_true", help="print one JSON object and nothing else")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Prove, print the table, and return 1 if something is not proved."""
    console = Console(quiet=options.json)
    names = ACTIVATIONS if options.activation is None else (options.activation,)
    _checks.positive_int("prove", "--steps", options.steps, least=0, most=MOST_SYMBOLIC)
    for n_steps in options.beyond:
        _checks.positive_int("prove", "--beyond", n_steps, most=MOST_BEYOND)
    total = len(tasks(names, options.steps, options.beyond))
    with console.progress("proving", "proof", total) as show:
        proofs = prove(names, options.steps, options.beyond, on_proof=lambda done: show(done, None))
    if options.json:
        found = {"ok": proofs.ok, "proofs": [summary(proof) for proof in proofs.proofs]}
        console.result(json.dumps(found, ensure_ascii=False))
    else:
        sys.stdout.write(proofs.text())
    return 0 if proofs.ok else 1


def summary(proof: Proof) -> dict[str, object]:
    """Return a proof for JSON."""
    differs = None
    if proof.differs is not None:
        differs = proof.differs._asdict()
    return {
        "activation": proof.activation,
        "n_steps": proof.n_steps,
        "weight": proof.weight,
        "how": proof.how,
        "proved": proof.proved,
        "seconds": round(proof.seconds, 3),
        "differs": differs,
    }
