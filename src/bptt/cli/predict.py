"""``bptt predict``: what a model of ``bptt train`` says of the sequences of a file."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from bptt import _safetensors
from bptt._tables import plain_table
from bptt.cli import output, train_options
from bptt.cli.console import Console
from bptt.cli.wording import counted, line, listed, missing_values, score_rows
from bptt.files import memory, missing, predictions, reading
from bptt.files.missing import WAYS, Missing
from bptt.files.model import BATCH, load_model
from bptt.files.predictions import Predictions

CALLED = "predict"
EXAMPLES = """\
examples:
  bptt predict model.safetensors new.csv -o predictions.csv
  bptt predict model.safetensors new.csv.gz --missing drop
  bptt predict model.safetensors x.npy -o predictions.csv
  bptt predict model.safetensors new.parquet --json

The file has the columns of the training, by their names; the target may be
missing. Each row of the answer is a sequence, or a time stamp of one.

exit status: 0 done, 2 bad arguments or data, 130 interrupted
"""


def add_to(commands: Any) -> None:
    """Add ``predict`` to the commands."""
    parser = commands.add_parser(
        "predict",
        help="predict the sequences of a file with a model of `bptt train`",
        description="Predict the sequences of a file with a model that `bptt train` has saved.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("model", metavar="MODEL", help="a file that `bptt train --save` has written")
    add("data", metavar="DATA", help=f"a file: {', '.join(reading.ENDINGS)}")
    add("-o", "--output", metavar="FILE", help="the CSV file to write (default standard output)")
    add("--missing", choices=WAYS, help="as in `bptt train` (default: as the model was trained)")
    train_options.add_memory(add)
    add("--json", action="store_true", help="print one JSON object and nothing else")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read, predict, write."""
    train_options.check_memory(CALLED, options)
    place = None if options.output in (None, "-") else options.output
    if place is not None:
        output.check_place(f"{CALLED} --output", place)
    files = (options.model, options.data, place)
    output.check_different(CALLED, "MODEL, DATA and --output", files)
    console, limit = Console(quiet=options.json), train_options.memory(options)
    model = load_model(options.model)
    about, way = model.about, options.missing or model.about.missing
    with console.busy(f"predicting {options.data} ..."):
        data = reading.read(CALLED, options.data, about.wanted(), limit)
        data, missed = missing.deal_with(CALLED, data, way, targets=False)
        net, lengths = model.net, data.lengths
        memory.check_prediction(CALLED, data.path, net, lengths, BATCH, about.window, limit)
        found = predictions.of(model, data)
    if place is not None:
        _safetensors.write_file(CALLED, place, found.as_csv().encode())
    if options.json:
        told = found.as_json() | {"missing": missed._asdict(), "output": place}
        console.result(json.dumps(told, allow_nan=False))
    elif place is None:
        console.result(found.as_csv().rstrip("\n"))
    if not options.json:
        _say(found, missed, place)
    return 0


def _say(found: Predictions, missed: Missing, place: str | None) -> None:
    """Say on standard error, beside the answers, what was read and how good it is."""
    about, data = found.model.about, found.data
    each = "each time stamp" if about.per_step else "each"
    sequences, steps = counted(data.n_sequences, "sequence"), int(data.lengths.sum())
    lines = [line("data", f"{data.path}: {sequences}, {counted(steps, 'time stamp')} in all")]
    if data.left_out:
        lines.append(line("", f"left out: {listed(data.left_out)}"))
    if missed.n_values:
        lines.append(line("missing", missing_values(missed)))
    lines.append(line("predicted", f"{about.target!r} of {each}"))
    if place is not None:
        lines.append(line("output", place))
    if found.not_scored:
        lines.append(line("scores", f"none: {found.not_scored}"))
    if found.unknown:
        lines.append(line("unknown", found.unknown))
    if found.scores is not None:
        lines += ["", *plain_table(("", "score"), score_rows(found.scores), "lr")]
    print(*lines, sep="\n", file=sys.stderr)
