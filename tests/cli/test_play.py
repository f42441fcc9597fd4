"""`bptt play`: what it prints, how it stops, and what it needs."""

import json
import os
import shlex
import signal
import socket
import sys
import textwrap
import time
import webbrowser
from urllib.parse import parse_qsl, quote, quote_plus, urlencode

import pytest

from bptt.cli import main
from bptt.page import server
from bptt.page.state import State, read
from cli.playing import ADDRESS, fetch, playing, stopped
from cli.running import refused, strict

STOPS = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("how", STOPS, ids=lambda how: how.name)
def test_it_says_where_the_page_is_answers_and_stops(how):
    with playing("--no-browser") as process:
        address = ADDRESS.search(process.first).group()
        assert process.first == f"The page is at {address}\n"
        status, page = fetch(address)
        assert status == 200
        assert page.lower().startswith("<!doctype html>")
        assert fetch(address, "feed.js")[0] == 200
        status, answer = fetch(address, "answer/trace", '{"wx": "0.5"}')
        assert (status, strict(answer)["settings"]["wx"]) == (200, "0.5")
        status, answer = fetch(address, "answer/trace", '{"wx": "banana"}')
        assert (status, list(strict(answer))) == (400, ["message"])
        assert stopped(process, how) == (0, "Ctrl-C stops it.\nstopped\n", "")


def test_it_prints_json_and_no_more():
    with playing("--no-browser", "--json") as process:
        found = strict(process.first)
        assert list(found) == ["address"]
        assert fetch(found["address"])[0] == 200
        assert stopped(process) == (0, "", "")


def test_nobody_guesses_the_address():
    tokens = set()
    for _ in range(2):
        with playing("--no-browser") as process:
            tokens.add(ADDRESS.search(process.first)[2])
    assert len(tokens) == 2


@pytest.mark.parametrize("how", STOPS, ids=lambda how: how.name)
def test_it_stops_while_others_are_connected(how):
    """One who may ask again, one in the middle of a question, one who has said nothing."""
    with playing("--no-browser") as process:
        address = ADDRESS.search(process.first).group()
        port, token = ADDRESS.fullmatch(address).groups()
        calls = [socket.create_connection(("127.0.0.1", int(port)), timeout=60) for _ in range(3)]
        lines = f"Host: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n"
        calls[0].sendall(f"GET /{token}/ HTTP/1.1\r\n{lines}\r\n".encode() + b" " * 9)
        assert calls[0].recv(12) == b"HTTP/1.1 200"
        calls[1].sendall(f"POST /{token}/answer/start HTTP/1.1\r\n{lines}\r\n{{".encode())
        assert fetch(address)[0] == 200
        assert stopped(process, how) == (0, "Ctrl-C stops it.\nstopped\n", "")
        for call in calls:
            call.close()


def test_the_port():
    with server.listen(None) as listener:
        port = str(listener.getsockname()[1])
    for _ in range(2):  # and the same one again at once, though somebody was connected
        with playing("--no-browser", "--port", port) as process:
            address = ADDRESS.search(process.first)
            assert address[1] == port
            with socket.create_connection(("127.0.0.1", int(port)), timeout=60) as connected:
                assert fetch(address.group())[0] == 200
                assert stopped(process)[0] == 0
                assert connected.recv(1) == b""


def test_a_port_in_use(capsys):
    with server.listen(None) as listener:
        port = listener.getsockname()[1]
        said = refused(capsys, "play", "--no-browser", "--port", port)
    assert f"to listen to port {port}, got Address already in use" in said


@pytest.mark.parametrize("port", ["0", "-1", "65536", str(10**30)])
def test_a_port_that_is_none(capsys, port):
    said = refused(capsys, "play", "--no-browser", f"--port={port}")
    assert "play: expected --port to be a whole number from 1 to 65535" in said


@pytest.mark.parametrize("port", ["banana", "1.5", ""])
def test_a_port_that_is_no_number(capsys, port):
    with pytest.raises(SystemExit) as stop:
        main(["play", "--port", port])
    assert stop.value.code == 2
    assert "argument --port: invalid int value" in capsys.readouterr().err


@pytest.mark.parametrize("package", ["starlette", "uvicorn"])
def test_without_the_extra(monkeypatch, capsys, package):
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    assert "pip install 'bptt[page]'" in refused(capsys, "play", "--no-browser")


@pytest.mark.parametrize("how", STOPS, ids=lambda how: how.name)
def test_in_this_process(monkeypatch, capsys, how):
    """As above; the browser that is opened asks, and ends it."""
    opened, before = [], signal.getsignal(signal.SIGTERM)

    def browse(address):
        opened.append((address, fetch(address)[0]))
        os.kill(os.getpid(), how)

    monkeypatch.setattr(webbrowser, "open", browse)
    assert main(["play"]) == 0
    out, err = capsys.readouterr()
    assert opened == [(ADDRESS.search(out).group(), 200)]
    assert out == f"The page is at {opened[0][0]}\nCtrl-C stops it.\nstopped\n"
    assert err == ""
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_browser(tmp_path):
    """It finds the page there, and may stay in the foreground as long as it likes."""
    script, seen, let_go = (tmp_path / name for name in ("browse.py", "seen", "let_go"))
    script.write_text(
        textwrap.dedent(f"""
        import os, sys, time, urllib.request
        with urllib.request.urlopen(sys.argv[1]) as page:
            status = page.status
        with open({str(seen)!r} + "~", "w") as file:
            file.write(f"{{status}} {{sys.argv[1]}}")
        os.rename({str(seen)!r} + "~", {str(seen)!r})
        for _ in range(6000):
            if os.path.exists({str(let_go)!r}):
                break
            time.sleep(0.01)
        """)
    )
    browser = shlex.join([sys.executable, str(script), "%s"])
    with playing(BROWSER=browser, PATH="") as process:
        address = ADDRESS.search(process.first).group()
        for _ in range(6000):
            if seen.exists():
                break
            time.sleep(0.01)
        assert seen.read_text() == f"200 {address}"
        assert fetch(address)[0] == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        let_go.touch()


def test_a_browser_that_cannot_be_opened():
    """Is no error: the address is printed."""
    with playing(BROWSER="/no/such/browser %s", PATH="", DISPLAY="") as process:
        assert fetch(ADDRESS.search(process.first).group())[0] == 200
        assert stopped(process) == (0, "Ctrl-C stops it.\nstopped\n", "")


@pytest.mark.parametrize("error", [OSError, webbrowser.Error])
def test_a_browser_that_fails(monkeypatch, capsys, error):
    def browse(address):
        assert fetch(address)[0] == 200
        os.kill(os.getpid(), signal.SIGINT)
        raise error("no browser")

    monkeypatch.setattr(webbrowser, "open", browse)
    assert main(["play", "--json"]) == 0
    out, err = capsys.readouterr()
    assert list(json.loads(out)) == ["address"]
    assert err == ""


def test_a_reader_that_has_left_is_no_error():
    with playing("--no-browser") as process:
        process.stdout.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert process.stderr.read() == ""


# -- a lesson --------------------------------------------------------------------------------------

LESSON = {"wx": "-0.5", "activation": "identity", "sequences": "01,11", "targets": "2.5,-1"}


def shown(link, monkeypatch, capsys):
    """Return the address that is opened for a link, and the settings behind its #."""
    opened = []

    def browse(address):
        opened.append(address)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(webbrowser, "open", browse)
    assert main(["play", link]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    address, sign, behind = opened[0].partition("#")
    assert sign == "#"
    assert out.startswith(f"The page is at {opened[0]}\n")  # the whole of it can be copied
    assert ADDRESS.fullmatch(address)
    return opened[0], dict(parse_qsl(behind, keep_blank_values=True, strict_parsing=True))


@pytest.mark.parametrize(
    "before",
    ["", "#", "http://127.0.0.1:8000/a-token_of-another/#", "https://example.org/rnn/index.html#",
     "http://example.org/?x=1#", "http://127.0.0.1:8000/#"],
)  # fmt: skip
def test_a_link_is_a_lesson(monkeypatch, capsys, before):
    """From wherever it is, to the page of this computer; what is not set is the post's."""
    _, settings = shown(before + urlencode(LESSON), monkeypatch, capsys)
    assert settings == read(LESSON).settings()
    assert settings.items() >= {"wx": "-0.5", "targets": "2.5,-1.0", "wrec": "1.5"}.items()


@pytest.mark.parametrize("link", ["#", "", "http://127.0.0.1:8000/token/#"])
def test_a_link_without_settings_is_the_post(monkeypatch, capsys, link):
    assert shown(link, monkeypatch, capsys)[1] == State().settings()


ANSWERS = ["2/m (S3 - y) Wrec x2", "a+b", "50 % & more = #1?", "é ξ ∂ 😀", "a%2Bb;c", " ", "&wx=3",
           "\"'<script>\\", "\t\n\0"]  # fmt: skip


@pytest.mark.parametrize("answer", ANSWERS)
def test_letters_of_an_answer_survive(monkeypatch, capsys, answer):
    """As the page writes them into its address, and as other programs do."""
    for quoted in (quote_plus, quote):
        link = f"http://127.0.0.1:1/x/#view=practise&answer={quoted(answer, safe='')}"
        address, settings = shown(link, monkeypatch, capsys)
        assert settings == State(view="practise", answer=answer).settings()
        assert address.isascii()
        assert address.isprintable()
        assert shown(address, monkeypatch, capsys)[1] == settings  # and once more


def test_a_sign_that_was_not_quoted(monkeypatch, capsys):
    """What is behind the first #, as in a browser."""
    _, settings = shown("http://127.0.0.1:1/x/#answer=S3#2&wx=1", monkeypatch, capsys)
    assert settings == State(answer="S3#2", wx=1.0).settings()


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("#wx=banana", "page: expected wx to be a number, got 'banana'."),
        ("#wx=", "page: expected wx to be a number, got ''."),
        ("wx", "page: expected wx to be a number, got ''."),
        ("#walk=9", "page: expected walk to be from 0 to 8, got 9."),
        ("http://127.0.0.1:1/x/#frob=1", "page: expected settings view, wx, "),
        ("http://127.0.0.1:1/x/", "page: expected settings view, wx, "),
        ("#targets=1,2", "page: expected 3 targets for 3 sequences, got 2."),
        ("#sequences=2", "page: expected sequences of 0 and 1, "),
        ("#answer=\udcff", "page: expected answer in whole letters, "),
    ],
)
def test_a_link_that_makes_no_sense(monkeypatch, capsys, link, said):
    """Is refused before anything is served or opened."""
    monkeypatch.setattr(server, "listen", pytest.fail)
    monkeypatch.setattr(webbrowser, "open", pytest.fail)
    assert said in refused(capsys, "play", link)


def test_the_page_that_is_served_for_a_link():
    with playing("--no-browser", "--json", "#wx=0.25&wrec=-2") as process:
        found = strict(process.first)["address"]
        address, _, behind = found.partition("#")
        assert fetch(address)[0] == 200
        status, trace = fetch(address, "answer/trace", json.dumps(dict(parse_qsl(behind, True))))
        assert status == 200
        weights = [weight["value"]["text"] for weight in strict(trace)["network"]["weights"]]
        assert weights == ["0.25", "-2"]
        assert stopped(process) == (0, "", "")
