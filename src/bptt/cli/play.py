"""``bptt play``: the interactive page, served to this computer alone."""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import logging
import secrets
import signal
import sys
import threading
import webbrowser
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from bptt import _checks
from bptt.cli.console import Console
from bptt.page import server, with_numpy
from bptt.page.answers import answer
from bptt.page.state import read

if TYPE_CHECKING:
    from uvicorn import Server

CALLED = "play"
EXAMPLES = """\
examples:
  bptt play                       open the page in the browser
  bptt play --no-browser          print the address, open no browser
  bptt play --port 8000 --no-browser --json
  bptt play '#wx=1&wrec=1&activation=identity'

The page is for this computer alone, at an address that nobody can guess.
Needs Starlette and uvicorn: pip install 'bptt[page]'
exit status: 0 stopped by Ctrl-C or SIGTERM, 2 bad arguments, port in use
"""


def add_to(commands: Any) -> None:
    """Add ``play`` to the commands."""
    parser = commands.add_parser(
        "play",
        help="take hold of the network in the browser",
        description="Serve the interactive page: drag the weights, flip the bits, and see every\n"
        "state, every factor of every derivative and the gradient move together.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("link", nargs="?", metavar="LINK", help="a link to the page, or what is behind its #")
    add("--port", type=int, metavar="N", help="listen there (default a port that is free)")
    add("--no-browser", action="store_true", help="open no browser")
    add("--json", action="store_true", help="print the address as one JSON object, no more")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve the page until interrupted."""
    if options.port is not None:
        _checks.positive_int(CALLED, "--port", options.port, most=65535)
    lesson = _lesson(options.link)
    with server.listen(options.port) as listener:
        port = listener.getsockname()[1]
        token = secrets.token_urlsafe(16)
        app = server.application(token, port, functools.partial(answer, arithmetic=with_numpy))
        serving = server.server(app)
        with _until_a_signal(serving):
            console = Console(quiet=options.json)
            address = f"http://{server.HOST}:{port}/{token}/{lesson}"
            if options.json:
                console.result(json.dumps({"address": address}))
            console.say(f"The page is at {address}\nCtrl-C stops it.")
            sys.stdout.flush()
            if not options.no_browser:  # which may take as long as it likes
                threading.Thread(target=_open, args=(address,), daemon=True).start()
            serving.run(sockets=[listener])
    console.say("stopped")
    return 0


def _lesson(link: str | None) -> str:
    """Return what stands behind the address so that it shows what a link shows."""
    if link is None:
        return ""
    _, sign, behind = link.partition("#")
    settings = parse_qsl(behind if sign else link, keep_blank_values=True)
    return f"#{urlencode(read(dict(settings)).settings())}"


@contextlib.contextmanager
def _until_a_signal(serving: Server) -> Iterator[None]:
    """Let Ctrl-C or a request to end stop the server; what that breaks off is not worth a word."""

    def stop(*_: object) -> None:
        serving.should_exit = True

    def worth_saying(_: logging.LogRecord) -> bool:
        return not serving.should_exit

    log = logging.getLogger("uvicorn.error")
    log.addFilter(worth_saying)
    before = {how: signal.signal(how, stop) for how in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for how, handler in before.items():
            signal.signal(how, handler)
        log.removeFilter(worth_saying)


def _open(address: str) -> None:
    with contextlib.suppress(OSError, webbrowser.Error):  # the address is printed for that
        webbrowser.open(address)
