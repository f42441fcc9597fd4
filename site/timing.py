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
# from the next pointer move until the frame after Python's answer has been drawn
NEXT_DRAG = """() => {
  const cost = () => document.querySelector("[data-number=cost]").dataset.value;
  window.drawn = new Promise((done, failed) => {
    addEventListener("pointerrawupdate", ({ timeStamp }) => {
      const before = cost();
      setTimeout(() => failed(Error("the cost stays as it was")), 5000);
      const look = () => {
        if (cost() !== before) {
          const channel = new MessageChannel();  // runs after this frame has been painted
          channel.port1.onmessage = () => done(performance.now() - timeStamp);
          channel.port2.postMessage(0);
        } else {
          requestAnimationFrame(look);
        }
      };
      requestAnimationFrame(look);
    }, { once: true, capture: true });
  });
}"""
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
    moves = {
        "the point": drags(page, ".plane", (0.1, 0.9), draw),
        "a slider": drags(page, "input[type=range]", (0.5, 0.5), draw),
    }
    surfaces = []
    for _ in range(10):
        surfaces.append(page.evaluate(SURFACE))
        page.wait_for_timeout(300)
    for what, times in moves.items():
        say(f"{name}: drag {what} to repaint, T = 10, 20 sequences", times)
    say(f"{name}: 60 × 60 surface, from the click to the last repaint", surfaces)


def drags(
    page: Page, selector: str, heights: tuple[float, float], draw: random.Random
) -> list[float]:
    """Return the milliseconds from each of many moves of the mouse until they are seen."""
    taken = page.locator(selector).first
    taken.scroll_into_view_if_needed()
    box = taken.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    times = []
    for _ in range(DRAGS):
        page.evaluate(NEXT_DRAG)
        x, y = draw.uniform(0.1, 0.9), draw.uniform(*heights)
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        times.append(page.evaluate("() => window.drawn"))
    page.mouse.up()
    return times


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
