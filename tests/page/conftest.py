"""What the tests of the page share: a browser, the page of `bptt play`, the static site."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from page.hosting import Visit, hosted
from page.playing import Seen

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-sync"
)


@pytest.fixture(scope="module")
def chromium():
    """Chromium, by playwright; of a module, for playwright cannot be started twice at a time."""
    if CHROMIUM is None:
        pytest.skip("no Chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Return a function that opens an address and returns the `Visit`."""
    contexts = []

    def visit(url, **options):
        contexts.append(chromium.new_context(**options))
        visited = Visit(contexts[-1].new_page())
        visited.page.goto(url)
        return visited

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory):
    """Return the folder of the static site, built once for all processes of a test run."""
    if not shutil.which("npm") or not shutil.which("make"):
        pytest.skip("no npm or no make")
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent  # of this run, and of no other
    folder = shared / "site"
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            run("make", "--silent", "site/node_modules/.package-lock.json")
            build(shared / "unfinished")
            (shared / "unfinished").rename(folder)
    return folder


def build(folder):
    """Build the static site."""
    run(sys.executable, "site/build.py", str(folder))


def run(*command):
    """Run a command at the root of the repository; it succeeds."""
    ran = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture(scope="session")
def site(site_folder):
    """The static site in a sub-folder of a web host."""
    with hosted(site_folder) as host:
        yield host


@pytest.fixture(scope="session")
def play():
    """The address of the page that `bptt play` serves; it ends as Ctrl-C would end it."""
    command = [sys.executable, "-m", "bptt", "play", "--no-browser", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        line = running.stdout.readline()
        yield json.loads(line)["address"]
        running.terminate()
        assert running.wait(60) == 0


WINDOW = {"viewport": {"width": 1400, "height": 900}}


@pytest.fixture(scope="module")
def window(chromium):
    """A browser's window; what its pages have in common comes once, so that each opens sooner."""
    context = chromium.new_context(**WINDOW)
    context.new_page()
    yield context
    context.close()


@pytest.fixture
def opened(chromium, window, play):
    """Return a function that opens the page of `bptt play` and returns what is `Seen`.

    Whatever a test does there: no request leaves the page's origin, and nothing complains.
    """
    seen, contexts = [], []

    def opened(settings=(), *, at=None, **options):
        if options:
            contexts.append(chromium.new_context(**WINDOW | options))
        seen.append(Seen((contexts[-1] if options else window).new_page(), play))
        return seen[-1].open(settings, at)

    yield opened
    for one in (*(one.page for one in seen), *contexts):
        one.close()
    assert [url for one in seen for url in one.requests if not url.startswith(play)] == []
    assert [complaint for one in seen for complaint in one.complaints] == []
