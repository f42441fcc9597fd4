"""A web host on this machine, for the static site, and what a browser did there."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = "/some/where/"
TYPES = {
    ".css": "text/css",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".zip": "application/zip",
}
# in the page, whose feed.js is loaded once, however often it is imported
ASK = """async ([what, settings]) => {
  const { ask } = await import('./feed.js');
  const never = new Promise((_, reject) => setTimeout(reject, 120000, Error('no answer')));
  return Promise.race([ask(what, settings), never]).then(
    (answer) => JSON.stringify(answer), (error) => { throw error.message; });
}"""


@dataclass
class Host:
    """Where the site is, and what was asked for: paths within it."""

    url: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def hosted(folder, *, missing=(), cut=(), replaced=None, types=TYPES, headers=None):
    """Serve a folder; files may be missing or hold something else, as happens to people.

    Parameters
    ----------
    folder : Path
    missing : names of files that are answered with 404
    cut : names of files of which only the first half comes
    replaced : what files hold in the place of what they hold, by name
    types : content types by suffix
    headers : sent with every file
    """
    replaced = replaced or {}

    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_GET(self):
            name = self.path.partition("?")[0].removeprefix(FOLDER) or "index.html"
            host.asked.append(name)
            file = Path(folder, name)
            if not self.path.startswith(FOLDER) or name in missing or not file.is_file():
                self.send_error(404)
                return
            body = replaced.get(name, file.read_bytes())
            self.send_response(200)
            self.send_header("Content-Type", types.get(file.suffix, "application/octet-stream"))
            self.send_header("Content-Length", str(len(body)))
            for header, value in (headers or {}).items():
                self.send_header(header, value)
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if name in cut else body)
            self.close_connection = self.close_connection or name in cut

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_):
            """A browser may hang up in the middle of a file."""

    with Server(("127.0.0.1", 0), Handler) as server:
        host = Host(f"http://127.0.0.1:{server.server_port}{FOLDER}")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield host
        finally:
            server.shutdown()
            thread.join()


class Visit:
    """A page in a browser, the addresses that it asked for and what it complained about."""

    def __init__(self, page):
        self.page = page
        self.requests, self.complaints = [], []
        page.context.on("request", lambda request: self.requests.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._console)

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def ask(self, what, **settings):
        """Return Python's answer; playwright's Error has the sentence if it is refused."""
        return json.loads(self.page.evaluate(ASK, [what, settings]))
