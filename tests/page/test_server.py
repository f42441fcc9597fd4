"""The page's server as it runs, asked through real connections: what it gives and refuses."""

import re
import socket
import sys
import threading
import time

import pytest

from bptt.errors import InputError, MissingExtraError, UnknownNameError
from bptt.page import guard, server
from page.serving import JSON, TOKEN, serving

HEADERS = {
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
STATIC = server.STATIC
SENTENCE = re.compile(r"play: expected .+, got .+\. .+\.")
FILES = {
    "index.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "main.js": "text/javascript; charset=utf-8",
    "vendor/small.mjs": "text/javascript; charset=utf-8",
    "vendor/licence.txt": "text/plain; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "icon.png": "image/png",
    "font.woff2": "font/woff2",
}


def answer(what, body):
    """Stand in for `bptt.page.answers.answer`."""
    if what == "mistake":
        raise ZeroDivisionError("of ours")
    if what == "refused":
        raise UnknownNameError(f"no ξ, no \ud800: {body}")
    if what == "slow":
        LET_GO.wait(60)
    return f'{{"what":"{what}","body":{body},"ξ":1}}'


LET_GO = threading.Event()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Serve a folder of every kind of file, beside one that is nobody's business."""
    static = tmp_path_factory.mktemp("page") / "static"
    (static / "vendor").mkdir(parents=True)
    for name in FILES:
        (static / name).write_bytes(b"\xce\xbe " + name.encode())
    (static / "main.js~").write_text("an editor's")
    (static / ".secret.swp").write_text("an editor's")
    (static.parent / "outside.txt").write_text("outside")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "STATIC", static)
        with serving(answer) as served:
            yield served


def refused(reply, status):
    assert reply.status == status, reply
    assert HEADERS.items() <= reply.headers.items()
    assert SENTENCE.fullmatch(reply.message), reply.message
    return reply.message


# -- files -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_a_file(served, name):
    reply = served.get(name)
    assert (reply.status, reply.body.decode()) == (200, f"ξ {name}")
    assert reply.headers["content-type"] == FILES[name]
    assert HEADERS.items() <= reply.headers.items()
    head = served.request("HEAD", f"/{TOKEN}/{name}")
    assert (head.status, head.body) == (200, b"")
    same = set(head.headers) - {"date"}
    assert {k: head.headers[k] for k in same} == {k: reply.headers[k] for k in same}
    assert served.get(f"{name}?theme=dark").body == reply.body


def test_the_page_itself(served):
    assert served.get("").body == "ξ index.html".encode()
    assert served.get("", Host=f"localhost:{served.port}").status == 200


def test_it_says_nothing_of_itself(served):
    """Nor does it set a cookie, or allow another origin anything."""
    for reply in (served.get(""), served.ask("start", "{}"), served.get("nothing")):
        assert set(reply.headers) == {*HEADERS, "content-type", "content-length", "date"}


@pytest.mark.parametrize(
    "path",
    [
        "/", "", "/favicon.ico", "/index.html", f"/{TOKEN[:-1]}/", f"/{TOKEN}x/",
        f"/{TOKEN.upper()}/",
        f"//{TOKEN}/", f"/x/{TOKEN}/", "/ξ/", "/%00/", "/%ff%fe/", f"/{TOKEN} /", f"/?{TOKEN}/",
        "/answer/start", "http://127.0.0.1/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
def test_without_the_token_there_is_nothing(served, path, method):
    path = path.replace(" ", "%20").replace("ξ", "%CE%BE")
    # not through http.client, which mends some of these paths
    status, body = raw(served, f"{method} {path or '/'} HTTP/1.1", f"Host: {served.host}")
    assert status == 404
    assert (b"its token" in body) == (method != "HEAD")
    assert TOKEN.encode() not in body


@pytest.mark.parametrize(
    "name",
    [
        "nothing", "nothing.js", "main.js/", "main.js/x", "Main.js", "main.js~", ".secret.swp",
        "vendor", "vendor/", "vendor/nothing.mjs", "answer", "answer/", "answer/start/x",
        "../outside.txt", "../static/main.js", "%2e%2e/outside.txt", "..%2foutside.txt",
        "vendor/../main.js", "vendor/%2e%2e/%2e%2e/outside.txt", "..\\outside.txt",
        "%5c..%5coutside.txt", "/etc/passwd", "%2fetc/passwd", "//etc/passwd",
        "main.js%00", "%00", "main.js%2f", "static/main.js", "./main.js",
        "vendor//small.mjs", "%ff", "%CE%BE", "main.js;x", "server.py", "../server.py",
    ],
)  # fmt: skip
def test_no_other_file_and_no_way_out_of_the_folder(served, name):
    status, body = raw(served, f"GET /{TOKEN}/{name} HTTP/1.1", f"Host: {served.host}")
    assert status == 404
    assert b"the name of a file" in body


def test_a_file_that_comes_later_is_not_there(served):
    (server.STATIC / "later.js").write_text("later")
    refused(served.get("later.js"), 404)
    (server.STATIC / "main.js").write_text("changed")  # and pages do not mix
    assert served.get("main.js").body == "ξ main.js".encode()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FROB"])
def test_a_file_can_only_be_got(served, method):
    reply = served.request(method, f"/{TOKEN}/main.js", headers=JSON)
    refused(reply, 405)
    assert {*reply.headers["allow"].split(", ")} == {"GET", "HEAD"}


def test_the_files_that_are_served_in_truth():
    """Every file of the page is of a kind that is served."""
    files = [path for path in STATIC.rglob("*") if path.is_file()]
    assert STATIC / "feed.js" in files
    assert {path.suffix for path in files} <= set(server.TYPES)


# -- answers ---------------------------------------------------------------------------------------


def test_an_answer(served):
    reply = served.ask("start", '{"wx": "ξ"}'.encode())
    assert reply.status == 200
    assert reply.body.decode() == '{"what":"start","body":{"wx": "ξ"},"ξ":1}'
    assert reply.headers["content-type"] == "application/json"
    assert HEADERS.items() <= reply.headers.items()


def test_what_is_refused_is_said(served):
    reply = served.ask("refused", "{}")
    assert (reply.status, reply.message) == (400, "no ξ, no \ud800: {}")
    assert HEADERS.items() <= reply.headers.items()


def test_a_mistake_of_ours_is_seen(served, caplog):
    reply = served.ask("mistake", "{}")
    assert "a mistake in bptt itself" in refused(reply, 500)
    until(lambda: "ZeroDivisionError: of ours" in caplog.text)
    assert served.ask("start", "{}").status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "FROB"])
def test_an_answer_can_only_be_asked_for(served, method):
    reply = served.request(method, f"/{TOKEN}/answer/start", headers=JSON)
    assert (reply.status, reply.headers["allow"]) == (405, "POST")
    assert HEADERS.items() <= reply.headers.items()


@pytest.mark.parametrize(
    "kind",
    [None, "", "text/plain", "text/json", "application/x-www-form-urlencoded", "application/jsonx",
     "multipart/form-data; boundary=application/json", "text/plain; application/json", "json"],
)  # fmt: skip
def test_a_form_of_another_page_cannot_ask(served, kind):
    headers = {} if kind is None else {"Content-Type": kind}
    reply = served.request("POST", f"/{TOKEN}/answer/start", "{}", headers)
    assert "application/json" in refused(reply, 415)


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_however_it_is_written(served, kind):
    assert served.ask("start", "{}", **{"Content-Type": kind}).status == 200


# -- who asks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    ["", "127.0.0.1", "localhost", "127.0.0.1:1", "evil.example:{port}", "127.0.0.1.nip.io:{port}",
     "127.0.0.1:{port}.evil.example", "localhost:{port}:1", "0.0.0.0:{port}", "[::1]:{port}",
     "user@127.0.0.1:{port}", "127.0.0.1:{port}/", "127.1:{port}", "127.0.0.2:{port}",
     "localhost.:{port}", "127.0.0.1:0{port}", "127.0.0.1:{port},evil.example"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_name_that_is_not_ours(served, host, method):
    """As when a page's own name leads to this computer (DNS rebinding)."""
    headers = {"Host": host.format(port=served.port)} | JSON
    for path in (f"/{TOKEN}/answer/start" if method == "POST" else f"/{TOKEN}/", "/", "/x"):
        assert "a request to 127.0.0.1:" in refused(
            served.request(method, path, "{}", headers), 400
        )


def test_one_host_and_no_less():
    with serving(answer) as served:
        request = f"GET /{TOKEN}/main.js HTTP/1."
        ours, other = f"Host: {served.host}", "Host: evil.example"
        assert raw(served, request + "1", ours)[0] == 200
        assert raw(served, request + "0", ours)[0] == 200
        for lines in ([ours, other], [other, ours], [ours, ours], []):
            assert raw(served, request + "1", *lines)[0] == 400
        assert raw(served, request + "0")[0] == 400


OTHERS = ["http://evil.example", "null", "", "http://127.0.0.1", "http://127.0.0.1:1", "file://",
          "https://127.0.0.1:{port}", "http://127.0.0.1:{port}/", "http://127.0.0.1:{port}.example",
          "HTTP://127.0.0.1:{port}", "http://[::1]:{port}"]  # fmt: skip


@pytest.mark.parametrize("origin", OTHERS)
def test_a_page_of_another_origin_cannot_ask(served, origin):
    reply = served.ask("start", "{}", Origin=origin.format(port=served.port))
    assert "another page" in refused(reply, 403)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "frob", "Same-Origin"])
def test_a_page_of_another_site_cannot_ask(served, site):
    assert "another page" in refused(served.ask("start", "{}", **{"Sec-Fetch-Site": site}), 403)


def test_one_of_two_origins_is_not_enough(served):
    ours = f"Origin: http://{served.host}"
    for origins in ([ours, "Origin: http://evil.example"], ["Origin: http://evil.example", ours]):
        lines = [f"Host: {served.host}", "Content-Type: application/json", "Content-Length: 2"]
        status, _ = raw(served, f"POST /{TOKEN}/answer/start HTTP/1.1", *lines, *origins, body="{}")
        assert status == 403


@pytest.mark.parametrize("site", ["same-origin", "none"])
@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_the_page_itself_can_ask(served, name, site):
    origin = f"http://{name}:{served.port}"
    assert served.ask("start", "{}", Origin=origin, **{"Sec-Fetch-Site": site}).status == 200


def test_the_port_that_browsers_leave_out():
    with serving(answer, said_port=80) as served:
        for host in ("127.0.0.1", "localhost", "127.0.0.1:80", "localhost:80"):
            headers = {"Host": host, "Origin": f"http://{host}"}
            assert served.ask("start", "{}", **headers).status == 200
        refused(served.ask("start", "{}"), 400)


def test_the_token_is_compared_in_constant_time(served, monkeypatch):
    compared = []

    def spy(one, other):
        compared.append({one, other})
        return one == other

    monkeypatch.setattr(guard.secrets, "compare_digest", spy)
    assert served.get("main.js").status == 200
    assert served.request("GET", "/guess/main.js").status == 404
    assert compared == [{TOKEN.encode()}, {TOKEN.encode(), b"guess"}]


# -- how much --------------------------------------------------------------------------------------

MOST = 64 * 1024


def test_a_question_of_the_largest_size(served):
    body = b'"' + b"x" * (MOST - 2) + b'"'
    assert served.ask("start", body).status == 200
    assert "at most 65536 bytes" in refused(served.ask("start", body + b" "), 413)
    assert served.ask("start", "{}").status == 200


@pytest.mark.parametrize("size", [1, 1000, MOST])
def test_a_question_that_does_not_say_how_long_it_is(served, size):
    def pieces(total):
        yield from (b" " * size for _ in range(total // size))
        yield b"1" + b" " * (total % size)

    total = MOST - 1 if size > 1 else 3000
    path = f"/{TOKEN}/answer/start"
    assert served.request("POST", path, pieces(total), JSON, encode_chunked=True).status == 200
    if size > 1:
        too_many = pieces(3 * MOST)
        refused(served.request("POST", path, too_many, JSON, encode_chunked=True), 413)


def test_a_question_without_end_is_refused_before_its_end(served):
    """And only as much of it is read."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as asking:
        lines = [f"Host: {served.host}", "Content-Type: application/json"]
        lines.append("Content-Length: 1000000000000")
        asking.sendall(head(f"POST /{TOKEN}/answer/start HTTP/1.1", *lines))
        asking.sendall(b" " * (MOST + 1))
        assert asking.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "body", [b"\xff", b'{"wx": "\xc3"}', b"\xed\xa0\x80", "{}".encode("utf-16")]
)
def test_bytes_that_are_no_text(served, body):
    assert "UTF-8" in refused(served.ask("start", body), 400)


def test_who_leaves_while_asking_is_no_mistake(served, caplog):
    lines = [f"Host: {served.host}", "Content-Type: application/json", "Content-Length: 10"]
    with socket.create_connection(("127.0.0.1", served.port)) as leaving:
        leaving.sendall(head(f"POST /{TOKEN}/answer/start HTTP/1.1", *lines) + b'{"wx"')
        until(lambda: len(served.running.server_state.tasks) == 1)
    until(lambda: not served.running.server_state.tasks)
    assert not caplog.records
    assert served.ask("start", "{}").status == 200


def test_what_is_not_http(served):
    status, body = raw(served, "\x16\x03\x01 hello")
    assert (status, body) == (400, b"Invalid HTTP request received.")
    assert served.ask("start", "{}").status == 200


# -- together --------------------------------------------------------------------------------------


def test_others_do_not_wait_for_an_answer_that_takes_long(served):
    """Not in time: the slow one does not end before the others have been answered."""
    LET_GO.clear()
    slow = []

    def ask_slowly():
        with socket.create_connection(("127.0.0.1", served.port), timeout=60) as asking:
            lines = [f"Host: {served.host}", "Content-Type: application/json"]
            lines += ["Content-Length: 2", "Connection: close"]
            asking.sendall(head(f"POST /{TOKEN}/answer/slow HTTP/1.1", *lines) + b"{}")
            slow.append(everything(asking))

    threads = [threading.Thread(target=ask_slowly) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(served.running.server_state.tasks) == 3)
        assert served.get("main.js").status == 200
        assert served.ask("start", "{}").status == 200
        assert slow == []
    finally:
        LET_GO.set()
        for thread in threads:
            thread.join(60)
    assert [reply.split(b"\r\n")[0] for reply in slow] == [b"HTTP/1.1 200 OK"] * 3


def test_nothing_waits_to_be_sent_together_with_more(served):
    """Else an answer may take 40 ms longer (Nagle's algorithm)."""
    assert served.get("main.js").status == 200
    (connection,) = served.running.server_state.connections
    sent = connection.transport.get_extra_info("socket")
    assert sent.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_nobody_else_is_listened_to():
    with server.listen(None) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
        taken = listener.getsockname()[1]
        with pytest.raises(InputError, match=rf"to listen to port {taken}, got Address already in"):
            server.listen(taken)


@pytest.mark.parametrize("package", ["starlette", "uvicorn"])
def test_without_the_extra(monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r"play: .*pip install 'bptt\[page\]'"):
        server.server(server.application(TOKEN, 1, answer))


# -- raw requests ----------------------------------------------------------------------------------


def head(*lines):
    return "\r\n".join((*lines, "", "")).encode("latin-1")


def everything(connection):
    return b"".join(iter(lambda: connection.recv(65536), b""))


def raw(served, *lines, body=""):
    """Send exactly this on a connection of its own; return (status, body)."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
        connection.sendall(head(*lines, "Connection: close") + body.encode())
        found = everything(connection)
    first, _, found = found.partition(b"\r\n")
    return int(first.split()[1]), found.partition(b"\r\n\r\n")[2]


def until(true):
    """Wait for what must come."""
    for _ in range(6000):
        if true():
            return
        time.sleep(0.01)
    raise AssertionError("it has not come")
