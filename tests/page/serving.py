"""The page's server as `bptt play` runs it, in a thread."""

import http.client
import json
import threading
from contextlib import closing, contextmanager
from typing import NamedTuple

from bptt.page import server

TOKEN = "a-token_of-the_tests"
JSON = {"Content-Type": "application/json"}


class Reply(NamedTuple):
    status: int
    headers: dict
    body: bytes

    @property
    def message(self):
        """What a refusal says, which is all that it says."""
        assert self.headers["content-type"] == "application/json"
        (name, message), *others = json.loads(self.body).items()
        assert (name, others) == ("message", [])
        return message


class Served:
    """A running server and one connection to it."""

    def __init__(self, running, port):
        self.running, self.port = running, port
        self.host = f"127.0.0.1:{port}"
        self.address = f"http://{self.host}/{TOKEN}/"
        self.connection = http.client.HTTPConnection(self.host, timeout=60)

    def request(self, method, path, body=None, headers=None, **options):
        self.connection.request(method, path, body, headers or {}, **options)
        reply = self.connection.getresponse()
        body = reply.read()
        if reply.status == 500:  # after which the server hangs up
            self.connection.close()
        headers = {name.lower(): value for name, value in reply.getheaders()}
        assert len(headers) == len(reply.getheaders()), "a header came twice"
        return Reply(reply.status, headers, body)

    def get(self, name, **headers):
        return self.request("GET", f"/{TOKEN}/{name}", headers=headers)

    def ask(self, what, body, **headers):
        return self.request("POST", f"/{TOKEN}/answer/{what}", body, JSON | headers)


@contextmanager
def serving(answer, said_port=None):
    """Run a server, which may be told that it has another port than it has."""
    with closing(server.listen(None)) as listener:
        port = listener.getsockname()[1]
        running = server.server(server.application(TOKEN, said_port or port, answer))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        served = Served(running, port)
        try:
            yield served
        finally:
            served.connection.close()
            running.should_exit = True
            thread.join(60)
            assert not thread.is_alive()
