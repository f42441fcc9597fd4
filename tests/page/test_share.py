"""What can be taken along: the badge, the program, the link; lessons to begin with."""

import json
import random
import re
import subprocess
import sys

import pytest
from playwright.sync_api import expect

import bptt
from page.oracle import text
from page.test_numbers import drawn

CLIPBOARD = {"permissions": ["clipboard-read", "clipboard-write"]}
ALL = {  # every setting, and none as it is by itself
    "view": "compare",
    "wx": "-0.125",
    "wrec": "1e-07",
    "activation": "tanh",
    "sequences": "0110,1010",
    "targets": "-2.5,10000.0",
    "sequence": "2",
    "time_stamp": "3",
    "bars": "symlog",
    "of": "all",
    "reach": "16",
    "optimizer": "nesterov",
    "rate": "0.0002,6e-05",
    "step": "3",
    "walk": "4",
    "weight": "wrec",
    "answer": "2/m (S4 - y) + 100% & d_log(S2(In)) # ∂ξ/∂S4 \"'<b>😀",
    "hints": "2",
    "speed": "100",
    "lesson": "limit",
    "theme": "dark",
}


# The badge.


def test_the_badge_is_live(opened):
    seen = opened({"wx": "0.2", "wrec": "1.5"})
    badge = seen.page.locator("#badge")
    titles = set()
    for wx in ("0.2", "0.37", "-1.9"):
        field = seen.page.get_by_label("value of wx")
        field.fill(wx)
        field.press("Enter")
        seen.wait(wx=wx)
        expected = seen.check()
        net, params = expected.net("logistic"), expected.params
        assert bptt.check_gradient(net, params, expected.x, expected.y).ok
        expect(badge).to_have_class("badge right")
        inner = badge.text_content()
        says = re.match(r"✓ gradient right to (\d\.\de-\d\d|the last digit)", inner)
        assert says[1] == "the last digit" or float(says[1]) < 1e-15
        bptt_says, theirs = badge.get_attribute("title").split(", complex step ")
        ours = ", ".join(text(gradient.total) for gradient in expected.network.d.gradients)
        assert bptt_says == f"BPTT {ours}"
        assert theirs == ours
        titles.add(ours)
    assert len(titles) == 3


def test_the_badge_of_what_overflows(opened):
    seen = opened({"wx": "1000", "wrec": "1000", "activation": "identity", "sequences": "1" * 64})
    badge = seen.page.locator("#badge")
    expect(badge).to_have_class("badge none")
    expect(badge).to_contain_text("no check")
    expect(seen.page.locator("p.message")).to_contain_text("overflow")


# The program.


def shown(seen):
    """Return what the program should print, as it stands on the page."""
    i = int(seen.settings["sequence"])
    lines = [["cost"], ["gradient-wx", "gradient-wrec"], [f"prediction-{i}", None]]
    n_steps = len(seen.settings["sequences"].split(",")[0])
    names = ("table-state_in", "table-state_out", "table-error", "share-wx", "share-wrec")
    lines += [[k, *(f"{name}-{k}" for name in names)] for k in range(1, n_steps + 1)]
    lines.insert(
        3, [f"prediction-{j}" for j in range(1, len(seen.settings["targets"].split(",")) + 1)]
    )
    boxes = seen.settings["activation"] != "identity" and n_steps > 1
    lines += [[f"slope-{k}" for k in range(1, n_steps)]] if boxes else []
    numbers = {name: digits for name, (_, digits) in seen.numbers().items()}
    numbers[None] = text(float(seen.settings["targets"].split(",")[i - 1]))
    return [" ".join(numbers.get(name, str(name)) for name in line) for line in lines]


def ran(program, tmp_path):
    """Run a program as someone does who has pasted it into a file."""
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    command = [sys.executable, "-W", "error", "program.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize("number", [None, 400, 401, 404])
def test_the_program_prints_the_numbers_on_the_screen(opened, number, tmp_path):
    settings = {} if number is None else drawn(number) | {"view": "explore", "walk": "0"}
    seen = opened(settings, **CLIPBOARD)
    seen.button("copy as Python").click()
    expect(seen.page.get_by_text("program copied")).to_be_visible()
    program = seen.page.evaluate("navigator.clipboard.readText()")
    assert ran(program, tmp_path) == shown(seen)


def test_the_program_where_nothing_may_be_copied(opened, tmp_path):
    """Then it is shown, to be copied by hand."""
    seen = opened({"step": "7", "optimizer": "adam"})
    seen.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(Error()); }")
    seen.button("copy as Python").click()
    area = seen.page.locator("textarea")
    expect(area).to_be_visible()
    selected = "() => { const a = document.querySelector('textarea'); \
        return a.value.slice(a.selectionStart, a.selectionEnd); }"
    program = area.input_value()
    assert seen.page.evaluate(selected) == program
    assert ran(program, tmp_path) == shown(seen)
    seen.page.get_by_role("region", name="to copy").get_by_role("button", name="close").click()
    expect(area).to_have_count(0)


# The link.


IN_ADDRESS = """async () => {
  for (let i = 0; i < 200; i++) {
    const settings = JSON.parse(document.documentElement.dataset.ready);
    if (location.hash === `#${new URLSearchParams(settings)}`) return location.hash;
    await new Promise((done) => { setTimeout(done, 20); });
  }
  throw Error(location.hash);
}"""


def in_address(seen):
    """Return what stands behind the # once it is the settings of the page."""
    return seen.page.evaluate(IN_ADDRESS)


def test_a_link_has_every_setting(opened):
    seen = opened(ALL)
    assert seen.settings.keys() == ALL.keys(), "a setting is missing here"
    assert seen.settings == ALL
    plain = opened().settings
    assert [name for name in ALL if ALL[name] == plain[name]] == []
    again = opened(at=in_address(seen))
    assert again.settings == ALL


@pytest.mark.parametrize("number", range(500, 504))
def test_any_link_leads_to_where_it_was_copied(opened, number):
    rng = random.Random(number)
    theme = rng.choice(["auto", "light", "dark"])
    seen = opened(drawn(number) | {"theme": theme}, **CLIPBOARD)
    seen.button("copy link").click()
    expect(seen.page.get_by_text("link copied")).to_be_visible()
    link = seen.page.evaluate("navigator.clipboard.readText()")
    numbers = seen.numbers()
    there = opened(at="#" + link.split("#")[1])
    assert link.split("#")[0] == there.home
    assert there.settings == seen.settings
    least = {"minimum-cost", "minimum-wx", "minimum-wrec"}
    assert {n: str(v) for n, v in there.numbers().items() if n not in least} == {
        n: str(v) for n, v in numbers.items() if n not in least
    }


def test_what_is_changed_by_hand_stands_in_the_address(opened):
    seen = opened()
    page = seen.page
    page.get_by_label("value of wrec").fill("-1.25")
    page.get_by_label("value of wrec").press("Enter")
    page.get_by_label("colours").select_option("dark")
    page.get_by_label("reach of the cost surface").select_option("8")
    page.get_by_label("optimiser").select_option("rprop")
    for name in ("tanh", "logarithmic", "all", "more time stamps T", "one step", "slow motion"):
        seen.button(name).click()
    seen.wait(walk="1", step="1")
    page.locator(".training").get_by_text("❚❚ pause").click()
    page.wait_for_timeout(200)
    seen.button("Compare").click()
    changed = {"wrec": "-1.25", "theme": "dark", "reach": "8", "optimizer": "rprop"}
    changed |= {"activation": "tanh", "bars": "symlog", "of": "all", "view": "compare"}
    seen.wait(**changed)
    assert (
        dict(p.split("=") for p in in_address(seen)[1:].split("&")).items()
        >= (changed | {"step": "1", "sequences": "0010%2C0110%2C1110"}).items()
    )


def test_followed_links_are_shown_one_after_the_other(opened):
    seen = opened()
    everything = seen.settings
    for i in range(20):
        there = everything | {"wx": f"{i}.5"}
        seen.go({"wx": f"{i}.5"}, there)
    in_address(seen)
    seen.check()


@pytest.mark.parametrize(
    ("hash_", "says"),
    [
        ("#wx=banana", "wx to be a number, got 'banana'"),
        ("#wx=1e999", "wx to be from -1000 to 1000"),
        ("#nonsense", "expected settings view, wx"),
        ("#sequences=012", "sequences of 0 and 1"),
        ("#sequences=01,0", "sequences of one length"),
        ("#targets=1", "targets for 3 sequences"),
        ("#sequence=4", "sequence to be from 1 to 3"),
        ("#activation=relu", "activation to be one of"),
        ("#view=%3Cimg+src%3Dx%3E", "view to be one of"),
        ("#%E0%A4%A", "expected settings"),
    ],
)
def test_a_malformed_link_says_so_and_shows_the_post(opened, hash_, says):
    seen = opened(at=hash_)
    alert = seen.page.get_by_role("alert")
    expect(alert).to_contain_text(says)
    assert seen.number("gradient-wrec") == "-1.30806"
    assert seen.settings["sequences"] == "001,011,111"
    assert seen.page.locator("img").count() == 0
    seen.check()
    alert.get_by_role("button", name="close").click()
    expect(alert).to_have_count(0)
    seen.refused()


def test_a_malformed_link_from_a_good_page_changes_nothing(opened):
    seen = opened({"wx": "0.75"})
    seen.page.evaluate("() => { location.hash = '#wx=banana'; }")
    expect(seen.page.get_by_role("alert")).to_contain_text("banana")
    assert seen.settings["wx"] == "0.75"
    seen.check()
    seen.button("tanh").click()
    seen.wait(wx="0.75", activation="tanh")
    seen.refused()


@pytest.mark.parametrize("hash_", ["#wx=banana", "#lesson=part1&targets=1,2", "#nonsense=1"])
def test_what_follows_a_malformed_link_goes_on_from_the_good_page(opened, hash_):
    """A link need not name everything, but it was refused: nothing of it remains."""
    seen = opened({"lesson": "vanishing", "wrec": "1.8"})
    before, address = seen.settle(), seen.page.url
    seen.page.evaluate("(hash) => { location.hash = hash; }", hash_)
    expect(seen.page.get_by_role("alert")).to_have_count(1)
    seen.settle()
    assert seen.page.url == address
    seen.button("tanh").click()
    seen.wait(activation="tanh")
    assert seen.settings == before | {"activation": "tanh"}
    seen.refused()


# Lessons.

LESSONS = {
    "post": {"sequences": "001,011,111", "activation": "logistic", "wx": "0.2", "wrec": "1.5"},
    "part1": {"activation": "identity", "rate": "0.02,0.0006", "optimizer": "sgd"},
    "part2": {"sequences": "000,001,011", "targets": "3.0,2.0,1.0"},
    "vanishing": {"activation": "logistic", "time_stamp": "1"},
    "exploding": {"activation": "identity", "wrec": "1.8"},
    "limit": {"wx": "0.9240061470930223", "wrec": "1.417447050703571"},
}


def test_every_lesson(opened):
    seen = opened({"wx": "-3", "theme": "dark", "view": "explore"})
    select = seen.page.locator("#lesson")
    names = select.locator("option").evaluate_all("all => all.map((option) => option.value)")
    assert names == ["", *LESSONS]
    start = json.loads(
        seen.page.evaluate(
            "fetch('answer/start', { method: 'POST', body: '{}', "
            "headers: { 'Content-Type': 'application/json' } }).then((r) => r.text())"
        )
    )
    for lesson in start["presets"]:
        select.select_option(lesson["name"])
        seen.wait(lesson=lesson["name"], **LESSONS[lesson["name"]])
        assert seen.settings == lesson["settings"] | {"theme": "dark"}  # which is one's own
        expect(seen.page.locator(".lesson")).to_have_text(lesson["says"])
        expect(select).to_have_value(lesson["name"])
        seen.check()
    select.select_option("")
    seen.wait(lesson="")
    expect(seen.page.locator(".lesson")).to_have_count(0)


def test_lessons_say_what_is_seen(opened):
    seen = opened({"lesson": "limit"} | LESSONS["limit"])
    seen.page.wait_for_selector("[data-number='minimum-cost']")
    assert seen.number("cost") == seen.number("minimum-cost") == "0.492001"
    right = [
        seen.page.locator(".sequences tbody tr").nth(i).get_by_role("img").inner_text()
        for i in range(3)
    ]
    assert sorted(right) == ["✓", "✗", "✗"]
    seen.page.locator("#lesson").select_option("vanishing")
    seen.wait(lesson="vanishing")
    assert abs(seen.value("bar-error-1")) < 1e-3 * abs(seen.value("bar-error-10"))
    seen.page.locator("#lesson").select_option("exploding")
    seen.wait(lesson="exploding")
    assert seen.value("bar-error-1") / seen.value("bar-error-10") == pytest.approx(1.8**9)
