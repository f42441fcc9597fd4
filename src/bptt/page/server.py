"""The page on 127.0.0.1: its files, and answers to its questions."""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bptt._extras import need
from bptt.errors import InputError, sentence
from bptt.page.guard import CALLED, Guard, refusal

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from uvicorn import Server

HOST = "127.0.0.1"  # nobody but this computer
STATIC = Path(__file__).parent / "static"
MOST_BYTES = 64 * 1024  # of a question
TYPES = {  # the same on every machine; a file of another kind is not served
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
REFUSALS = {  # by what the routes themselves refuse
    404: sentence(CALLED, "the name of a file of the page", "another one", "Open the page itself"),
    405: sentence(CALLED, "GET for a file, POST for an answer", "something else", "Ask so"),
}


def application(token: str, port: int, answer: Callable[[str, str], str]) -> Starlette:
    """Return what serves the page at ``http://127.0.0.1:port/token/``.

    Parameters
    ----------
    token : str
        What the address must begin with, of letters that need no quoting.
    port : int
        Where it will be listened to.
    answer : callable
        (what is asked, text of a JSON object) -> JSON text; raises InputError.
    """
    need(CALLED, "Starlette", "page", "starlette")
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.middleware import Middleware
    from starlette.requests import ClientDisconnect
    from starlette.routing import Route

    files = {path.relative_to(STATIC).as_posix(): path for path in sorted(STATIC.rglob("*.*"))}
    files = {name: path for name, path in files.items() if path.suffix in TYPES}
    if "index.html" in files:
        files[""] = files["index.html"]
    # A route for each file, and what it holds read now: no request is ever a path on the disk.
    routes = [Route(f"/{token}/{name}", _giving(path)) for name, path in files.items()]
    routes.append(Route(f"/{token}/answer/{{what}}", _asking(answer), methods=["POST"]))
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, token=token, port=port)],
        exception_handlers={
            HTTPException: _refuse,
            ClientDisconnect: _gone,
            Exception: _mistake_of_ours,
        },
    )
    app.router.redirect_slashes = False
    return app


def listen(port: int | None) -> socket.socket:
    """Return a socket that listens to this port of this computer, or to one that is free.

    Raises
    ------
    InputError
        If the port is in use, or not for everyone.
    """
    # asyncio sends at once where the protocol is said to be TCP; else an answer may wait 40 ms
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # just after another one
        listener.bind((HOST, port or 0))
        listener.listen()
    except OSError as error:
        listener.close()
        came, do = os.strerror(error.errno or 0), "Choose another one, or leave out --port"
        raise InputError(sentence(CALLED, f"to listen to port {port}", came, do)) from error
    return listener


def server(app: Starlette) -> Server:
    """Return what runs the application, and says nothing but what goes wrong."""
    uvicorn = need(CALLED, "uvicorn", "page", "uvicorn")
    config = uvicorn.Config(
        app,
        loop="asyncio",  # these four: the same whatever else is installed
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    served: Server = uvicorn.Server(config)
    return served


def _giving(path: Path) -> Callable[[Request], Awaitable[Response]]:
    from starlette.responses import Response

    content, kind = path.read_bytes(), TYPES[path.suffix]

    async def give(request: Request) -> Response:
        return Response(content, media_type=kind)

    return give


def _asking(answer: Callable[[str, str], str]) -> Callable[[Request], Awaitable[Response]]:
    from starlette.concurrency import run_in_threadpool
    from starlette.responses import Response

    async def ask(request: Request) -> Response:
        body = await _body(request)
        try:
            # in a thread: files and other answers do not wait for it
            found = await run_in_threadpool(answer, request.path_params["what"], body)
        except InputError as error:
            return refusal(400, str(error))
        return Response(found, media_type="application/json")

    return ask


async def _body(request: Request) -> str:
    from starlette.exceptions import HTTPException

    # which another origin cannot send without asking first, and nobody answers that here
    kind = request.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != "application/json":
        do = "Say Content-Type: application/json"
        raise HTTPException(415, sentence(CALLED, "a question in JSON", repr(kind), do))
    body = bytearray()
    async for chunk in request.stream():  # it may not say beforehand how long it is
        body += chunk
        if len(body) > MOST_BYTES:
            expected = f"a question of at most {MOST_BYTES} bytes"
            raise HTTPException(413, sentence(CALLED, expected, "more", "Ask for less"))
    try:
        return body.decode()
    except UnicodeDecodeError:
        do = "Encode the question so"
        raise HTTPException(400, sentence(CALLED, "UTF-8", "other bytes", do)) from None


def _refuse(request: Request, error: Any) -> Response:
    said = refusal(error.status_code, REFUSALS.get(error.status_code, error.detail))
    said.headers.update(error.headers or {})  # what would be allowed
    return said


def _gone(request: Request, error: Exception) -> Response:
    """Answer who left while still asking: nobody hears it, and it is no mistake."""
    return refusal(400, sentence(CALLED, "a whole question", "a part", "Ask again"))


def _mistake_of_ours(request: Request, error: Exception) -> Response:
    """Say so on the page; the traceback is printed where the server runs."""
    came, do = "a mistake in bptt itself", "See what bptt play printed"
    return refusal(500, sentence(CALLED, "an answer", came, do))
