"""The command line: arguments to calls to text."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from typing import TextIO

EXAMPLES = """\
examples:
  bptt count                         train the post's two weights to count ones
  bptt count --activation identity   the same without activation, as in part 1
  bptt train visits.csv --target healthy --save model.safetensors
                                     train a network on sequences of your own
  bptt predict model.safetensors new.csv -o out.csv
                                     predict with it
  bptt check                         hold the gradients against a complex step
  bptt explain                       write out how the gradient is derived
  bptt prove                         let SymPy prove every term of it
  bptt practise                      derive it by yourself
  bptt play                          take hold of it in the browser
  bptt report --output report.html   all of it on one page
  bptt plot surface --output s.svg   draw the cost over both weights

exit status: 0 done, 1 found something wrong, 2 bad arguments, 130 interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``bptt`` with these arguments and return its exit status."""
    # One BLAS thread: small products gain nothing from more, and lose much when a core is busy.
    # NumPy reads these when it is first imported, which is below.
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    sys.stdout, sys.stderr = _sound(sys.stdout), _sound(sys.stderr)

    from bptt.errors import BpttError, NonFiniteError, sentence

    try:
        options = _parser().parse_args(arguments)
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except NonFiniteError as error:
        return _complain(str(error), 1)
    except BpttError as error:
        return _complain(str(error), 2)
    except KeyboardInterrupt:
        return _complain("interrupted", 130)
    except MemoryError as error:
        came = str(error) or "no more memory"
        do = "Give smaller sizes"
        return _complain(sentence("memory", "data and network to fit into it", came, do), 2)
    except OSError as error:  # of our output: whatever else is read or written raises ours
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):  # its reader has left, as `head` does
            return 0
        came = error.strerror or str(error)
        do = "Check where it goes"
        return _complain(sentence("standard output", "to write the results", came, do), 2)


def _sound(stream: TextIO | None) -> TextIO:
    """Return a stream that takes any text: one that is closed, or knows few letters, does not."""
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")
    return stream


def _complain(message: str, status: int) -> int:
    print(f"bptt: {message}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    from bptt.cli import (
        check,
        count,
        explain,
        play,
        plot,
        practise,
        predict,
        prove,
        report,
        train,
    )

    parser = argparse.ArgumentParser(
        prog="bptt",
        description="Recurrent networks in NumPy alone, their gradients derived by hand.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print versions and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (
        count, train, predict, check, explain, prove, practise, play, plot, report,
    ):  # fmt: skip
        command.add_to(commands)
    return parser


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        print(version())
        parser.exit(0)


def version() -> str:
    """Return one line that names bptt, Python, NumPy and its BLAS."""
    import numpy as np

    from bptt import __version__

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return (
        f"bptt {__version__}, Python {platform.python_version()}, NumPy {np.__version__}, "
        f"BLAS {blas.get('name', 'unknown')} {blas.get('version', '')}".rstrip()
    )
