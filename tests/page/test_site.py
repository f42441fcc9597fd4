"""The static site: the same answers by Python in the browser, from the site's own files alone."""

import json
import math
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Error

from bptt.errors import InputError
from bptt.page import answers, with_floats
from page.conftest import ROOT, build
from page.hosting import TYPES, hosted

OTHER = {"wx": "-0.7", "wrec": "1.25", "activation": "tanh", "sequences": "0110,1011,0001"}
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?")  # signs are text
POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'"


def expected(what, settings):
    return json.loads(answers.answer(what, json.dumps(settings), with_floats))


def differences(here, there, at=""):
    """Yield where two answers differ, numbers by more than 1e-12, also those within text."""
    if isinstance(here, dict) and isinstance(there, dict) and list(here) == list(there):
        for key in here:
            yield from differences(here[key], there[key], f"{at}.{key}")
    elif isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
        for number, (one, other) in enumerate(zip(here, there, strict=True)):
            yield from differences(one, other, f"{at}[{number}]")
    elif isinstance(here, str) and isinstance(there, str) and NUMBER.search(here):
        if NUMBER.split(here) != NUMBER.split(there):
            yield f"{at}: {here!r} here, {there!r} in the browser"
        yield from differences(*([*map(float, NUMBER.findall(s))] for s in (here, there)), at)
    elif isinstance(here, float) and isinstance(there, int | float):
        if not math.isclose(here, there, rel_tol=1e-12, abs_tol=1e-12):
            yield f"{at}: {here} here, {there} in the browser"
    elif here != there:
        yield f"{at}: {here!r} here, {there!r} in the browser"


def test_python_in_the_browser_says_what_python_says(visit, site):
    visited = visit(site.url)
    asked = [(what, settings) for what in answers.ANSWERS for settings in ({}, OTHER)]
    for what, settings in asked:
        found = visited.ask(what, **settings)
        assert list(differences(expected(what, settings), found, what)) == []
    assert visited.complaints == []


def test_what_cannot_be_answered_is_refused_in_the_same_words(visit, site):
    visited = visit(site.url)
    for what, settings in [
        ("trace", {"wx": "banana"}),
        ("trace", {"nothing": "1"}),
        ("surface", {"sequences": "012"}),
        ("nothing", {}),
    ]:
        with pytest.raises(InputError) as here:
            answers.answer(what, json.dumps(settings), with_floats)
        with pytest.raises(Error) as there:
            visited.ask(what, **settings)
        assert str(here.value) in str(there.value)
    assert visited.ask("start") == expected("start", {})
    assert visited.complaints == []


def test_answers_find_those_who_asked(visit, site):
    """Many at once, good and bad."""
    found = visit(site.url).page.evaluate(
        """async () => {
          const { ask } = await import('./feed.js');
          const all = ['1', 'banana', '2', '-3'].map((wx) => ask('trace', { wx }));
          const settled = await Promise.allSettled(all);
          return settled.map((one) => one.value?.settings.wx ?? one.reason.message);
        }"""
    )
    assert [found[0], found[2], found[3]] == ["1.0", "2.0", "-3.0"]
    assert "banana" in found[1]


@pytest.mark.parametrize("headers", [{}, {"Content-Security-Policy": POLICY}], ids=["", "policy"])
def test_every_request_goes_to_the_folder_of_the_site(visit, site_folder, headers):
    """A worker keeps to the policy that the host sends; without one, what it asks for is seen."""
    with hosted(site_folder, headers=headers) as host:
        visited = visit(host.url)
        for what in answers.ANSWERS:
            visited.ask(what)
        assert visited.complaints == []
        assert {url for url in visited.requests if not url.startswith(host.url)} == set()
        assert {url.removeprefix(host.url) or "index.html" for url in visited.requests} == set(
            host.asked
        )
        assert "pyodide/pyodide.asm.wasm" in host.asked
        with pytest.raises(Error, match="Failed to fetch"):
            visited.page.evaluate("fetch('http://localhost:1/')")


def test_the_page_has_the_policy_of_its_own(site_folder):
    head = (site_folder / "index.html").read_text(encoding="utf-8").split("</head>")[0]
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', head)
    assert policy[1].startswith(POLICY + ";")
    assert not re.search(r"<(script|link|style)", head[: policy.start()])
    assert not re.search(r"(?<!wasm-)unsafe|:|\*", policy[1])


def test_progress_is_told_until_python_is_ready(visit, site):
    said = visit(site.url).page.evaluate(
        """async () => {
          const said = [];
          const { ask, onProgress } = await import('./feed.js?again');
          onProgress((sentence) => said.push(sentence));
          await ask('start', {});
          return said;
        }"""
    )
    assert said[0] == "loading Python …"
    assert said[-2:] == ["starting Python …", ""]
    counted = [re.fullmatch(r"loading Python \((\d+) of \d+ MB\) …", one) for one in said[1:-2]]
    megabytes = [int(one[1]) for one in counted]
    assert megabytes == sorted(set(megabytes))
    assert len(megabytes) > 3


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"missing": ["pyodide/pyodide.asm.wasm"]}, "pyodide/pyodide.asm.wasm does not come (404)"),
        ({"missing": ["pyodide/python_stdlib.zip"]}, "python_stdlib.zip does not come (404)"),
        ({"missing": ["pyodide/pyodide-lock.json"]}, "pyodide-lock.json does not come (404)"),
        ({"missing": ["pyodide/pyodide.mjs"]}, "pyodide/pyodide.mjs"),
        ({"missing": ["pyodide/pyodide.asm.mjs"]}, "pyodide/pyodide.asm.mjs"),
        ({"missing": ["bptt.zip"]}, "bptt.zip does not come (404)"),
        ({"missing": ["worker.js"]}, "a file of this site is missing"),
        ({"missing": ["python.js"]}, "a file of this site is missing"),
        ({"cut": ["pyodide/pyodide.asm.wasm"]}, "Python does not start"),
        ({"cut": ["pyodide/python_stdlib.zip"]}, "python_stdlib.zip does not come whole"),
        ({"cut": ["bptt.zip"]}, "bptt.zip does not come whole"),
        ({"replaced": {"pyodide/pyodide.asm.wasm": b"\0asm\1\0\0\0garbage"}}, "WebAssembly"),
        ({"replaced": {"pyodide/python_stdlib.zip": b"garbage"}}, "Python does not start"),
        ({"replaced": {"bptt.zip": b"garbage"}}, "No module named 'bptt'"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_file_that_is_missing_or_broken_is_named(visit, site_folder, fault, says):
    with hosted(site_folder, **fault) as host:
        visited = visit(host.url)
        for _ in range(2):  # those who ask while it happens, and those who ask afterwards
            with pytest.raises(Error) as refused:
                visited.ask("start")
            assert says in str(refused.value)
            assert "Load the page again." in str(refused.value)


def test_a_host_that_knows_no_webassembly(visit, site_folder):
    types = {name: kind for name, kind in TYPES.items() if name not in (".wasm", ".zip")}
    with hosted(site_folder, types=types) as host:
        assert visit(host.url).ask("start")["presets"]


def test_a_browser_that_has_no_webassembly(visit, site_folder):
    python = (site_folder / "python.js").read_bytes()
    replaced = {"python.js": b"delete self.WebAssembly;" + python}
    with hosted(site_folder, replaced=replaced) as host:
        visited = visit(host.url)
        with pytest.raises(Error, match="no WebAssembly"):
            visited.ask("start")


def test_a_mistake_of_ours_is_said_and_the_next_answer_comes(visit, site_folder, tmp_path):
    """One answer raises what it should not."""
    changed = b"answers.ANSWERS['path'] = lambda *_: {}['gone']\n\n\ndef reply("
    worker = (site_folder / "worker.js").read_bytes()
    assert worker.count(b"def reply(") == 1
    replaced = {"worker.js": worker.replace(b"def reply(", changed)}
    with hosted(site_folder, replaced=replaced) as host:
        visited = visit(host.url)
        with pytest.raises(Error, match="""Python stopped at "path": KeyError: 'gone'"""):
            visited.ask("path")
        assert visited.ask("start")["presets"]


# The build.


def names(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_building_again_makes_the_same_bytes(site_folder, tmp_path):
    build(tmp_path / "again")
    assert names(tmp_path / "again") == names(site_folder)
    for name in names(site_folder):
        assert (tmp_path / "again" / name).read_bytes() == (site_folder / name).read_bytes(), name


def test_another_folder_is_not_overwritten(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(AssertionError, match="not this site"):
        build(tmp_path)
    assert names(tmp_path) == {"thesis.tex"}


def test_python_of_the_site_is_the_packages_and_does_without_numpy(site_folder):
    archive = zipfile.ZipFile(site_folder / "bptt.zip")
    assert {"bptt/page/answers.py", "bptt/page/with_floats.py", "bptt/derivation/judge.py"} <= set(
        archive.namelist()
    )
    for name in archive.namelist():
        text = archive.read(name)
        assert text == (ROOT / "src" / name).read_bytes()
        assert not re.search(rb"^(import|from) numpy", text, flags=re.MULTILINE), name
    code = "import sys; sys.path.insert(0, sys.argv[1]); from bptt.page import answers, with_floats"
    isolated = [sys.executable, "-I", "-S", "-c", code, str(site_folder / "bptt.zip")]
    assert subprocess.run(isolated, check=False).returncode == 0


def test_the_front_end_is_that_of_bptt_play(site_folder):
    """But for the feed, and the policy."""
    static = ROOT / "src" / "bptt" / "page" / "static"
    for name in names(static) - {"feed.js"}:
        here = (site_folder / name).read_text(encoding="utf-8")
        here = re.sub(r'\n<meta http-equiv="Content-Security-Policy"[^>]+>', "", here)
        assert here.rstrip() == (static / name).read_text(encoding="utf-8").rstrip(), name
    feeds = [(folder / "feed.js").read_text(encoding="utf-8") for folder in (static, site_folder)]
    exports = [
        sorted(re.findall(r"^export .*?function (\w+\(\w.*?\))", feed, re.M)) for feed in feeds
    ]
    assert exports[0] == exports[1] == ["ask(what, settings)", "onProgress(callback)"]


def test_what_comes_from_npm_is_pinned_and_named():
    """By hash, and without an address."""
    lock = (ROOT / "site" / "package-lock.json").read_text(encoding="utf-8")
    assert not re.search(r"https?:|resolved|//", lock)
    packages = json.loads(lock)["packages"]
    assert all(package["integrity"] for name, package in packages.items() if name)
    pinned = json.loads((ROOT / "site" / "package.json").read_text(encoding="utf-8"))
    assert list(pinned["dependencies"]) == ["pyodide"]
    version = pinned["dependencies"]["pyodide"]
    assert packages["node_modules/pyodide"]["version"] == version
    licences = Path(ROOT, "site", "licences", "README.txt").read_text(encoding="utf-8")
    assert f"pyodide {version} " in licences
    assert f"tag {version})" in licences
