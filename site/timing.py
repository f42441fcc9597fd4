"""Time the page: from moving a weight to the repaint, and a whole cost surface, in Chromium.

python site/timing.py [--site FOLDER]
"""

from __future__ import annotations

import argparse
import random
import statistics
from pathlib import Path

from browsing import chromium, hosted, served
from playwright.sync_api import Page

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
  const where = { clientX, clientY, buttons: 1, bubbles: true };
  plane.dispatchEvent(new PointerEvent("pointermove", where));
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
    with chromium() as browser:
        print(f"Chromium {browser.version}")
        with served() as address:
            measure(browser.new_page(), address, "served")
        if options.site:
            assert Path(options.site, "index.html").exists(), "make site builds it"
            with hosted(options.site) as address:
                measure(browser.new_page(), address, "static site")


if __name__ == "__main__":
    main()
