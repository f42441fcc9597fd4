"""The command line: arguments to calls to text."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence

EXAMPLES = """\
examples:
  bptt count                          train the post's two weights to count ones
  bptt count --activation identity    without an activation, as in part 1 of the post
  bptt check                          hold the derived gradients against a complex step

exit status: 0 done, 1 found something wrong, 2 bad arguments, 130 interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``bptt`` with these arguments and return its exit status."""
    # One BLAS thread: small products gain nothing from more, and lose much when a core is busy.
    # NumPy reads these when it is first imported, which is below.
    for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, "1")

    from bptt.errors import BpttError, NonFiniteError

    try:
        options = _parser().parse_args(arguments)
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except NonFiniteError as error:
        print(f"bptt: {error}", file=sys.stderr)
        return 1
    except BpttError as error:
        print(f"bptt: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bptt: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    from bptt.cli import check, count

    parser = argparse.ArgumentParser(
        prog="bptt",
        description="Recurrent networks in NumPy alone, their gradients derived by hand.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print versions and exit")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (count, check):
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
