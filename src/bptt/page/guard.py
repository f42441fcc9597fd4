"""Who may ask the page's server, and the headers of everything it says."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from bptt.errors import sentence

if TYPE_CHECKING:
    from starlette.datastructures import Headers
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CALLED = "play"
NAMES = ("127.0.0.1", "localhost")
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # the address holds the token
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def refusal(status: int, message: str) -> Response:
    """Return the response that says no."""
    from starlette.responses import Response

    # json's own escapes: a message may quote what no encoding has
    said = json.dumps({"message": message})
    return Response(said, status, headers=HEADERS, media_type="application/json")


class Guard:
    """Lets through who calls this server by its name and knows the token.

    A page of another origin must not be able to ask: a name of its own that leads here (DNS
    rebinding) is not ours, and a browser says where a request comes from.
    """

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        self.app = app
        self.token = token.encode()
        self.hosts = [f"{name}:{port}" for name in NAMES]
        if port == 80:  # which browsers leave out
            self.hosts += NAMES
        self.origins = [f"http://{host}" for host in self.hosts]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        from starlette.datastructures import Headers, MutableHeaders

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        app = self.app
        if scope["type"] == "http":
            app = self._refused(scope, Headers(scope=scope)) or app
        await app(scope, receive, send_with_headers)

    def _refused(self, scope: Scope, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        if host not in self.hosts:
            expected, do = f"a request to {self.hosts[0]}", "Open the address that was printed"
            return refusal(400, sentence(CALLED, expected, f"one to {host!r}", do))
        first = scope["path"].split("/")[1:2]
        if not secrets.compare_digest("".join(first).encode(), self.token):
            expected, do = "the address with its token", "Open the address that was printed"
            return refusal(404, sentence(CALLED, expected, "another one", do))
        if scope["method"] == "POST":
            site = headers.get("sec-fetch-site", "none")
            origins = set(headers.getlist("origin"))
            if site not in ("same-origin", "none") or not origins <= set(self.origins):
                expected, do = "a question of its own page", "Ask there"
                return refusal(403, sentence(CALLED, expected, "one of another page", do))
        return None
