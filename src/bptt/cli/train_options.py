"""The options of ``bptt train``, and the refusal of those that cannot work."""

from __future__ import annotations

import argparse
import csv
from typing import Any

from bptt import _checks
from bptt.cells import BY_NAME as CELLS
from bptt.cli import output, subject
from bptt.engines import ENGINES
from bptt.errors import InputError, sentence
from bptt.files import access, reading
from bptt.files.learning import Settings
from bptt.files.missing import WAYS
from bptt.files.roles import Wanted
from bptt.files.targets import CLASSES, MOST_WHOLE, REGRESSION

CALLED = "train"
MOST = 10**9  # of anything that is counted
DEFAULT = Settings()

EXAMPLES = """\
examples:
  bptt train visits.csv --target healthy --save model.safetensors
  bptt train walks.csv --target kind --sequence walker --order day \\
             --features height,speed --save model.safetensors
  bptt train wide.csv --target y --task regression --save model.safetensors
  bptt train arrays.npz --cell lstm --hidden 64 --save model.safetensors
  bptt train long.parquet --target next --window 200 --epochs 500 \\
             --checkpoint run --save model.safetensors

the data:
  long form   one row for each time stamp, with a column that tells sequences
              apart (--sequence) and one for the order (--order)
  wide form   one row for each sequence; its columns, but for the target, are
              the time stamps of one feature
  NPZ         arrays x: (n, T) or (n, T, I), y: (n,) or (n, T), and, where x is
              padded, lengths: (n,)
CSV needs pandas: pip install 'bptt[data]'; Parquet needs pyarrow besides

exit status: 0 done, 1 found something wrong, 2 bad arguments or data,
             130 interrupted
"""


def add_to(commands: Any) -> argparse.ArgumentParser:
    """Add ``train`` with its options to the commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "train",
        help="train a network on the sequences of a file (CSV, Parquet, NPZ)",
        description="Train a recurrent network on the sequences of a file, and judge it on some\n"
        "that it has not seen.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    subject.negative_numbers(parser)
    parser.add_argument("data", metavar="DATA", help=f"a file: {', '.join(reading.ENDINGS)}")
    _add_columns(parser.add_argument_group("columns").add_argument)
    _add_network(parser.add_argument_group("network").add_argument)
    _add_training(parser.add_argument_group("training").add_argument)
    _add_files(parser.add_argument_group("files and memory").add_argument)
    return parser


def _add_columns(add: Any) -> None:
    add("--target", metavar="COLUMN", help="what is to be predicted (default y in an NPZ file)")
    add(
        "--task",
        choices=(CLASSES, REGRESSION),
        help=f"default classes for text and for up to {MOST_WHOLE} different whole numbers",
    )
    add("--sequence", metavar="COLUMN", help="which sequence a row belongs to")
    add("--order", metavar="COLUMN", help="numbers or dates by which its rows are sorted")
    add("--features", type=names, metavar="A,B", help="what is learnt from (default all others)")
    add("--ignore", type=names, default=(), metavar="A,B", help="columns to leave out")
    add(
        "--missing",
        choices=WAYS,
        default=WAYS[0],
        help="values: refuse (default), drop such sequences, or carry the last one forward",
    )
    add("--window", type=int, metavar="N", help="cut sequences into windows of N time stamps")


def _add_network(add: Any) -> None:
    add("--cell", choices=sorted(CELLS), default=DEFAULT.cell, help=f"default {DEFAULT.cell}")
    _number(add, "--hidden", DEFAULT.hidden, "states of each layer")
    _number(add, "--layers", DEFAULT.layers, "layers, one above the other")
    add("--both-directions", action="store_true", help="read sequences from both ends")
    add(
        "--dropout",
        type=float,
        default=DEFAULT.dropout,
        metavar="P",
        help="probability of dropping a state between layers (default 0)",
    )


def _add_training(add: Any) -> None:
    _number(add, "--epochs", DEFAULT.epochs, "at most so many")
    _number(add, "--batch", DEFAULT.batch, "sequences for one update")
    _number(add, "--rate", DEFAULT.rate, "of Adam")
    _number(add, "--clip", DEFAULT.clip, "the gradient's largest norm")
    _number(add, "--patience", DEFAULT.patience, "stop after so many epochs that are no better")
    _number(add, "--test", DEFAULT.test, "share of the sequences to judge by")
    _number(add, "--validation", DEFAULT.validation, "share of the others to stop by, or 0")
    _number(add, "--starts", DEFAULT.starts, "trainings from other weights; the best is kept")
    _number(add, "--seed", DEFAULT.seed, "of what is held out, weights and order")
    says = "what computes: NumPy (default), loops compiled by Numba, or whichever is faster"
    add("--engine", choices=sorted(ENGINES), default=DEFAULT.engine, help=says)
    _number(add, "--threads", DEFAULT.threads, "over which large batches are split")


def _add_files(add: Any) -> None:
    add("--save", metavar="FILE", required=True, help="write the model (safetensors layout)")
    add("--checkpoint", metavar="FOLDER", help="keep the training there, and go on from there")
    add_memory(add)
    add("--json", action="store_true", help="print one JSON object and nothing else")


def add_memory(add: Any) -> None:
    """Add ``--memory``."""
    help_ = "how much memory it may take (default half of this machine's)"
    add("--memory", type=float, metavar="GB", help=help_)


def _number(add: Any, option: str, default: float, says: str) -> None:
    metavar = "N" if isinstance(default, int) else "X"
    add(
        option,
        type=type(default),
        default=default,
        metavar=metavar,
        help=f"{says} (default {default:g})",
    )


def names(text: str) -> tuple[str, ...]:
    """Return the names of columns between commas; one with a comma is in double quotes."""
    found = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(name.strip() for name in found if name.strip())


def check(options: argparse.Namespace) -> None:
    """Refuse what cannot work before any work is done."""
    for name in ("hidden", "layers", "epochs", "batch", "patience", "window", "starts", "threads"):
        value = getattr(options, name)
        if value is not None:
            _checks.positive_int(CALLED, f"--{name}", value, most=MOST)
    _checks.positive_int(CALLED, "--seed", options.seed, least=0)
    for name, high in (("rate", 1e6), ("clip", 1e300)):
        _checks.real_in(CALLED, f"--{name}", getattr(options, name), 0.0, high, open_low=True)
    _checks.real_in(CALLED, "--test", options.test, 0.0, 1.0, open_low=True, open_high=True)
    _checks.real_in(CALLED, "--validation", options.validation, 0.0, 1.0, open_high=True)
    _checks.real_in(CALLED, "--dropout", options.dropout, 0.0, 1.0, open_high=True)
    if options.dropout and options.layers == 1:
        came, do = f"--dropout {options.dropout:g} with one", "Give --layers 2, or leave it out"
        raise InputError(sentence(CALLED, "several layers to drop out between", came, do))
    if options.data.lower().endswith(reading.ARRAYS):
        for name in ("sequence", "order", "features", "ignore"):
            if getattr(options, name):
                came, do = f"--{name}", "Write the file without what is to be left out"
                expected = f"no names of columns for the arrays of {options.data!r}"
                raise InputError(sentence(CALLED, expected, came, do))
    check_memory(CALLED, options)
    output.check_place(f"{CALLED} --save", options.save)
    output.check_different(CALLED, "DATA and --save", (options.data, options.save))


def check_memory(called: str, options: argparse.Namespace) -> None:
    """Refuse a size of memory that is none."""
    if options.memory is not None:
        _checks.real_in(called, "--memory", options.memory, 0.0, 1e9, open_low=True)


def memory(options: argparse.Namespace) -> float:
    """Return how many bytes may be taken."""
    if options.memory is None:
        return reading.default_memory()
    return float(options.memory) * access.GIGABYTE


def wanted(options: argparse.Namespace) -> Wanted:
    """Return which columns were asked for."""
    return Wanted(options.target, options.sequence, options.order, options.features, options.ignore)


def settings(options: argparse.Namespace) -> Settings:
    """Return how to train."""
    return Settings(**{name: getattr(options, name) for name in Settings._fields})
