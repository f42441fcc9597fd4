"""Time the page: from moving a weight to the repaint, and a whole cost surface, in Chromium.

python benchmarks/page.py [--site FOLDER]
"""

from __future__ import annotations

import argparse
import functools
import http.server
import random
import shutil
import statistics
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
DRAGS = 200
SETTLE = 2000  # milliseconds until the surface is there
# one pointer move, and the time until the frame after Python's answer has been drawn
DRAG = """(at) => new Promise((done) => {
  const plane = document.querySelector(".plane"), box = plane.getBoundingClientRect();
  const number = document.querySelector("[data-number=cost]");
  const before = number.dataset.value;
  const [clientX, clientY] = [box.left + at[0] * box.width, box.top + at[1] * box.height];
  const begin = performance.now();
  const look = () => {
    if (document.querySelector("[data-number=cost]").dataset.value !== before) {
      const channel = new MessageChannel();  // runs after this frame has been painted
      channel.port1.onmessage = () => done(performance.now() - begin);
      channel.port2.postMessage(0);
    } else {
      requestAnimationFrame(look);
    }
  };
  plane.dispatchEvent(new PointerEvent("pointermove", { clientX, clientY, buttons: 1, bubbles: true }));
  requestAnimationFrame(look);
})"""
# flip a bit, and the time until the finest surface of the new data has been drawn
SURFACE = """() => new Promise((done) => {
  const lowest = () => document.querySelector("[data-number=minimum-cost]")?.dataset.value;
  const before = lowest(), begin = performance.now();
  const look = () => {
    if (lowest() && lowest() !== before) {
      requestAnimationFrame(() => done(performance.now() - begin));
    } else {
      requestAnimationFrame(look);
    }
  };
  document.querySelector(".sequences .bit").click();
  look();
})"""


@contextmanager
def served() -> Iterator[str]:
    """Run ``bptt play`` and give its address."""
    command = [sys.executable, "-m", "bptt", "play", "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


@contextmanager
def hosted(folder: str) -> Iterator[str]:
    """Serve the static site on this machine and give its address."""
    handler = functools.partial(_Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    extensions_map = http.server.SimpleHTTPRequestHandler.extensions_map | {
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def measure(page: Page, address: str, name: str) -> None:
    draw = random.Random(0)
    rows = ["".join(draw.choice("01") for _ in range(10)) for _ in range(20)]
    page.goto(f"{address}#sequences={','.join(rows)}")
    page.wait_for_selector("html[data-ready]", timeout=120_000)
    page.wait_for_selector("[data-number=minimum-cost]", timeout=120_000)
    page.wait_for_timeout(SETTLE)
    drags = []
    for _ in range(DRAGS):
        drags.append(page.evaluate(DRAG, [draw.uniform(0.1, 0.9), draw.uniform(0.1, 0.9)]))
    surfaces = []
    for _ in range(10):
        surfaces.append(page.evaluate(SURFACE))
        page.wait_for_timeout(300)
    say(f"{name}: drag to repaint, T = 10, 20 sequences", drags)
    say(f"{name}: 60 × 60 surface, from the click to the last repaint", surfaces)


def say(what: str, times: list[float]) -> None:
    times = sorted(times)
    least, most = times[0], times[-1]
    at_95 = times[round(0.95 * (len(times) - 1))]
    median = statistics.median(times)
    print(f"{what}: median {median:.0f} ms, 95 % under {at_95:.0f} ms ({least:.0f} to {most:.0f})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", metavar="FOLDER", help="the static site as well (make site)")
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS.split())
        print(f"Chromium {browser.version}")
        with served() as address:
            measure(browser.new_page(), address, "served")
        if options.site:
            assert Path(options.site, "index.html").exists(), "make site builds it"
            with hosted(options.site) as address:
                measure(browser.new_page(), address, "static site")
        browser.close()


if __name__ == "__main__":
    main()
