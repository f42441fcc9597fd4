"""``bptt report``: derivation, proof, pictures and figures of a run on one page."""

from __future__ import annotations

import argparse
import io
import json
from base64 import b64encode
from html import escape
from typing import Any

from bptt import plots
from bptt._safetensors import write_file
from bptt.cli import output, pictures, plot, subject
from bptt.cli.console import Console
from bptt.cli.pictures import Picture
from bptt.cli.subject import Subject
from bptt.derivation.as_html import body, page
from bptt.derivation.comparison import compare
from bptt.derivation.derivation import explain
from bptt.derivation.digits import need_mpmath
from bptt.derivation.document import Document, Heading, Piece, Prose, Table, Value
from bptt.derivation.pages import plural
from bptt.derivation.proof import Proofs, prove, tasks
from bptt.derivation.symbolic import need_sympy
from bptt.errors import InputError, sentence
from bptt.gradient_check import check_gradient
from bptt.network import RNN

CALLED = "report"
EXAMPLES = """\
examples:
  bptt report --output report.html
  bptt report --activation tanh --weights 0.5 0.5 --output tanh.html
  bptt report --hidden 8 --data random --output larger.html

Needs matplotlib, SymPy and mpmath: pip install 'bptt[plot,learn]'
"""
TITLES = {
    "unrolled": "Before training: the network unrolled, with the numbers of the first sequence",
    "gradients": "Before training: how much of the error arrives at each time stamp",
    "cost": "The cost while the network learns",
    "surface": "The cost over both weights",
    "predictions": "Predictions after training, against the truth",
}
SEQUENCES, STEPS = 5, 50  # the most that the gradient check looks at
TWO_WEIGHTS = ("unrolled", "surface")  # pictures that only the post's network has


def add_to(commands: Any) -> None:
    """Add ``report`` to the commands."""
    parser = commands.add_parser(
        "report",
        help="write derivation, proof, pictures and figures of a run to one page of HTML",
        description="Write one self-contained page: the derivation at the starting weights, what\n"
        "was proved, pictures of the network and its training, figures of the run.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subject.add_to(parser)
    plot.add_training(parser, pictures.TRAINED["cost"])
    add = parser.add_argument_group("report").add_argument
    add("--output", metavar="FILE", required=True, help="what to write: .html")
    add("--json", action="store_true", help="print one JSON object and nothing else")
    parser.set_defaults(run=run, wrec=pictures.WREC, sequence=1, optimizer="rprop", rate=None)


def run(options: argparse.Namespace) -> int:
    """Do all of it, write the page, and return 1 if something is not proved."""
    _check(options)
    console = Console(quiet=options.json)
    seen = subject.find(CALLED, options)
    two = pictures.is_two_weights(seen)
    work = pictures.Work(options, seen, console)  # trained once, for all pictures
    drawn = {
        kind: pictures.BY_KIND[kind](work) for kind in TITLES if two or kind not in TWO_WEIGHTS
    }
    with console.progress("proving", "proof", len(tasks())) as show:
        proofs = prove(on_proof=lambda done: show(done, None))
    figures, ok = _figures(seen, drawn, proofs)
    written = _page(seen, drawn, proofs, figures)
    write_file(f"{CALLED} --output", options.output, written.encode())
    ok = ok and proofs.ok
    if options.json:
        found = {kind: picture.figures for kind, picture in drawn.items()}
        summary = {"output": options.output, "ok": ok, "pictures": found}
        console.result(json.dumps(summary, allow_nan=False))
    console.say(f"report    {options.output}")
    console.say(f"proof     {proofs.summary()}")
    for picture in drawn.values():
        for line in picture.says:
            console.say(line)
    return 0 if ok else 1


def _check(options: argparse.Namespace) -> None:
    output.check(CALLED, options)
    if not options.output.lower().endswith((".html", ".htm")):
        do = "Change the ending"
        raise InputError(
            sentence(f"{CALLED} --output", "a file that ends in '.html'", repr(options.output), do)
        )
    plot.check_training(CALLED, options, least=1)
    plots.new_axes()  # these say now, not after the training, if something is missing
    need_sympy()
    need_mpmath()


def _figures(seen: Subject, drawn: dict[str, Picture], proofs: Proofs) -> tuple[Table, bool]:
    net, params, data = seen
    n, n_steps = data.x.shape
    start = net.loss(params, data.x, data.y)
    looked_at = f"{plural(min(n, SEQUENCES), 'sequence')} of {min(n_steps, STEPS)} time stamps"
    check = check_gradient(net, params, data.x[:SEQUENCES, :STEPS], data.y[:SEQUENCES])
    trained, right = drawn["cost"].figures, drawn["predictions"].figures
    rows: list[tuple[Piece, ...]] = [
        ("network", _says(net)),
        ("data", f"{data.source}: {n} sequences of {n_steps} bits, how many are {data.counted}"),
        ("cost at the start", Value(float(start))),
        (f"cost after {trained['epochs']} epochs", Value(trained["cost"])),
    ]
    if trained["lowest"] is not None:
        rows.append(("lowest cost found", Value(trained["lowest"])))
    rows += [
        ("rounded right after training", f"{right['right']} of {right['total']}"),
        (
            "gradient",
            f"{'right' if check.ok else 'wrong'} to {check.max_error:.1e}: {check.method}, on "
            f"{looked_at}",
        ),
        ("proof", proofs.summary()),
    ]
    return Table(("figure", "value"), tuple(rows), "ll", "the figures of the run"), check.ok


def _says(net: RNN) -> str:
    assert net.activation is not None
    counted = ((net.input_size, "input"), (net.hidden_size, "state"), (net.output_size, "output"))
    sizes = ", ".join(plural(*many) for many in counted)
    return f"{net.cell.name}, {net.activation.name}, {sizes}, read-out {net.readout.name}"


def _page(seen: Subject, drawn: dict[str, Picture], proofs: Proofs, figures: Table) -> str:
    net, params, data = seen
    d = explain(net, params, data.x, data.y)
    parts = [body(Document("", (Heading(2, "The run"), figures)))]
    parts += [_picture(TITLES[kind], picture) for kind, picture in drawn.items()]
    parts.append("<h2>The derivation, at the weights before training</h2>" + body(d.document()))
    if d.scalar and d.chain.activation != "identity":
        said = compare(net, params, data.x, data.y).sentence()
        parts.append(body(Document("", (Prose((said,)),))))
    parts.append("<h2>The proof</h2>" + body(proofs.document()))
    return page("Back-propagation through time: a report", "\n".join(parts))


def _picture(title: str, picture: Picture) -> str:
    file = io.BytesIO()
    picture.axes.figure.figure.savefig(file, format="svg", metadata={"Date": None})
    source = b64encode(file.getvalue()).decode()
    says = escape("; ".join(" ".join(line.split()) for line in picture.says))
    return (
        f"<h2>{escape(title)}</h2>\n<figure><img alt='{escape(title)}: {says}' "
        f"src='data:image/svg+xml;base64,{source}'><figcaption>{says}</figcaption></figure>"
    )
