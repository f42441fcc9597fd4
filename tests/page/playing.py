"""The page of `bptt play` in a browser: what a person does there, and what can be seen."""

import json
from urllib.parse import urlencode

import numpy as np

from page.hosting import Visit
from page.oracle import Expected, differences

# Sets the address and waits until the page shows it: its settings are in <html data-ready>.
GO = """async ([hash, ready]) => {
  const root = document.documentElement;
  const there = new Promise((done, failed) => {
    const look = () => root.dataset.ready === ready && done();
    new MutationObserver(look).observe(root, { attributes: true });
    setTimeout(() => failed(Error(`${hash} does not come, but ${root.dataset.ready}`)), 30000);
    look();
  });
  location.hash = hash;
  await there;
}"""
NUMBERS = """() => [document.documentElement.dataset.ready,
  [...document.querySelectorAll('[data-number]')].map((element) =>
    [element.dataset.number, element.dataset.value,
     element instanceof HTMLInputElement ? element.value : element.textContent])]"""
LIT = """() => {
  const cards = {};
  for (const element of document.querySelectorAll('[data-lit]')) {
    const { id } = element.closest('.card');
    cards[id] = (cards[id] ?? 0) + 1;
  }
  return cards;
}"""


def address(settings):
    """Write settings as the page's address has them."""
    return "#" + urlencode(settings)


class Seen(Visit):
    """A page that a person has opened."""

    def __init__(self, page, home):
        super().__init__(page)
        page.set_default_timeout(15000)
        self.home = home

    def open(self, settings=(), hash_=None):
        """Load the page, at settings or at what stands behind a #, and wait for it."""
        self.page.goto(self.home + (address(settings) if hash_ is None else hash_))
        self.page.wait_for_selector("html[data-ready]")
        return self

    def go(self, settings, ready):
        """Follow a link to settings; ready are those that the page has then, all of them."""
        written = json.dumps(ready, ensure_ascii=False, separators=(",", ":"))
        self.page.evaluate(GO, [address(settings), written])

    def wait(self, **settings):
        """Wait until the page shows these settings."""
        parts = (
            f'"{name}":{json.dumps(value, ensure_ascii=False)}' for name, value in settings.items()
        )
        selector = "html" + "".join(
            f"[data-ready*={json.dumps(part, ensure_ascii=False)}]" for part in parts
        )
        self.page.wait_for_selector(selector)

    def until(self, name, value, within):
        """Wait until a setting is so near to a number, however long an answer takes."""
        for _ in range(150):
            found = float(self.settings[name])
            if abs(found - value) <= within:
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{name} is {found}, not within {within} of {value}")

    def settle(self, milliseconds=300):
        """Wait until the settings stay as they are for so long."""
        for _ in range(20):
            before = self.settings
            self.page.wait_for_timeout(milliseconds)
            if self.settings == before:
                return before
        raise AssertionError("it goes on and on")

    @property
    def settings(self):
        return json.loads(self.page.locator("html").get_attribute("data-ready"))

    def numbers(self):
        """Return (value, text) by name of all numbers on the page."""
        return self.read()[1]

    def read(self):
        """Return the settings and the numbers of one moment."""
        ready, shown = self.page.evaluate(NUMBERS)
        found = {}
        for name, value, text in shown:
            there = found.setdefault(name, (float(value), text))
            assert str(there) == str((float(value), text)), f"{name} is two numbers"
        return json.loads(ready), found

    def number(self, name):
        """Return the text of one number."""
        return self.page.locator(f'[data-number="{name}"]').first.inner_text()

    def value(self, name):
        return float(self.page.locator(f'[data-number="{name}"]').first.get_attribute("data-value"))

    def lit(self):
        """Return how many elements are lit in each card that has some."""
        return self.page.evaluate(LIT)

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def box(self, selector):
        """Return the rectangle of the first element that matches, in the window."""
        return self.page.locator(selector).first.bounding_box()

    def check(self):
        """Every number on the page is the library's."""
        settings, found = self.read()
        found = {n: v for n, v in found.items() if not n.startswith("minimum-")}
        expected = Expected(settings)
        with np.errstate(all="ignore"):
            different = list(differences(found, expected.numbers()))
        assert different == [], different
        return expected

    def refused(self):
        """Forget what the browser says of a request that was refused; there is nothing else."""
        self.page.wait_for_timeout(100)  # it may say so later than the page
        assert self.complaints
        assert all("400 (Bad Request)" in complaint for complaint in self.complaints)
        self.complaints.clear()
