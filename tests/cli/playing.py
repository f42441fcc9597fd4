"""`bptt play` as a program of its own, and what it serves."""

import http.client
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager

ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/([\w-]{22})/")


@contextmanager
def playing(*options, **env):
    """Run the program; its first line has been read, and it is ended in any case."""
    with subprocess.Popen(
        [sys.executable, "-m", "bptt", "play", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": ""} | env,
    ) as process:
        try:
            process.first = process.stdout.readline()
            yield process
        finally:
            process.kill()


def stopped(process, how=signal.SIGINT):
    """Stop it; return status, the rest of its output, errors."""
    process.send_signal(how)
    return process.wait(60), process.stdout.read(), process.stderr.read()


def fetch(address, what="", body=None):
    """Return (status, text) of a file or an answer."""
    port, token = ADDRESS.fullmatch(address).groups()
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
    method, headers = ("POST", {"Content-Type": "application/json"}) if body else ("GET", {})
    connection.request(method, f"/{token}/{what}", body, headers)
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    return reply.status, text
