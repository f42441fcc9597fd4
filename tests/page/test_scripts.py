"""The page's scripts map numbers to pixels, and that is all: they hold no mathematics."""

import hashlib
import re

import pytest

from page.conftest import ROOT

STATIC = ROOT / "src" / "bptt" / "page" / "static"
OWN = sorted(path for path in STATIC.rglob("*") if path.is_file() and path.parent.name != "vendor")
SCRIPTS = [path for path in OWN if path.suffix == ".js"]
OF_THE_SITE = sorted((ROOT / "site").glob("*.js"))
FUNCTIONS = re.compile(
    r"(?i)(?<![a-z])(exp|expm1|tanh?|sinh?|cosh?|a(sin|cos|tan)h?|atan2|pow|logs?|log1p|log2|log10|sqrt"
    r"|cbrt|hypot|sigmoid|logistic|derive|differentiate|gradientOf)(?![a-z])"
)
STARTS_VALUE = "([{,;=:?!&|+-*%<>~^"  # behind one of these a / begins a regular expression
WORDS_BEFORE_VALUE = {"return", "typeof", "case", "of", "in", "default", "await", "yield"}


def code(text):
    """Return a script without comments and without what stands in strings and templates.

    What is inside ${} is code again.
    """
    out, i, depths = [], 0, []  # depths: of braces, within each ${} that is open
    while i < len(text):
        rest = text[i:]
        if rest.startswith("//"):
            i = text.index("\n", i)
        elif rest.startswith("/*"):
            i = text.index("*/", i) + 2
        elif rest[0] in "'\"":
            quoted = re.match(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"", rest)
            out.append('""')
            i += quoted.end()
        elif rest[0] == "`" or (rest[0] == "}" and depths and depths[-1] == 0):
            if rest[0] == "}":
                depths.pop()
                out.append(")")
            i += 1
            while text[i] != "`" and not text.startswith("${", i):
                i += 2 if text[i] == "\\" else 1
            if text[i] == "`":
                i += 1
                out.append('""')
            else:
                i += 2
                depths.append(0)
                out.append("(")
        elif rest[0] == "/" and begins_value("".join(out)):
            pattern = re.match(r"/(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*", rest)
            out.append('""')
            i += pattern.end()
        else:
            if depths:
                depths[-1] += {"{": 1, "}": -1}.get(rest[0], 0)
            out.append(rest[0])
            i += 1
    assert depths == []
    return "".join(out)


def begins_value(before):
    before = before.rstrip()
    word = re.search(r"[\w$]+$", before)
    return not before or before[-1] in STARTS_VALUE or (word and word[0] in WORDS_BEFORE_VALUE)


def mathematics(text, pixels=False):
    """Return what in a script computes more than it should."""
    bare = code(text)
    found = FUNCTIONS.findall(bare)
    found += re.findall(r"\bMath\b(?!\.(?:min|max|abs|round)\b)", bare)
    found += re.findall(r"\*\*", bare)
    if not pixels:
        found += re.findall(r"[*/%]|<<|>>", re.sub(r"import \* as|export \*", "", bare))
    return found


def read(path):
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_holds_no_mathematics(path):
    assert mathematics(read(path), pixels=path.name == "pixels.js") == []


@pytest.mark.parametrize("path", OF_THE_SITE, ids=lambda path: path.name)
def test_nor_do_those_of_the_static_site(path):
    bare = re.sub(r"Math\.(floor|ceil)", "Math.round", code(read(path)))  # it counts megabytes
    assert mathematics(bare, pixels=True) == []


@pytest.mark.parametrize(
    "script",
    [
        "const s = 1 / (1 + Math.exp(-a));\n",
        "const s = html`<b>${a.map((x) => html`<i>${x * 2}</i>`)}</b>`;\n",
        "const { exp } = Math;\n",
        "const f = Math['exp'];\n",
        "a **= 2;\n",
        "const f = (x) => Math.tanh(x);\n",
        "const g = weight.log(2);\n",
        "const half = total >> 1;\n",
        "const e = Math.E;\n",
        "const odd = i % 2;\n",
        "const text = `${`${a / b}`}`;\n",
        "const ratio = found[0] / found[1];\n",
    ],
)
def test_mathematics_would_be_found(script):
    assert mathematics(script)


@pytest.mark.parametrize(
    "script",
    [
        "// a * b / c, exp\nconst a = 1; /* Math.exp(2) ** 2 */\n",
        'const path = \'answer/exp\'; const other = "a * b \\" tanh";\n',
        "html`<b>a * b / c</b> ${name ? html`<i>log / ${'x / y'}</i>` : {}}</p>`;\n",
        "const best = Math.max(a, Math.abs(b)) + 1 - c;\n",
        "const found = text.match(/a*b\\/[/*]+/g); return /x/.test(y);\n",
        "const label = bars === 'symlog' ? 'logarithmic' : catalogue.logo;\n",
    ],
)
def test_what_is_no_mathematics_is_let_be(script):
    assert mathematics(script) == []


def test_pixels_js_is_about_pixels():
    """It multiplies and divides; it knows nothing of networks."""
    bare = code(read(STATIC / "pixels.js")).lower()
    assert not re.search(r"state_in|slope|error\b|gradient|activation|target|sequence", bare)
    assert '"./' not in read(STATIC / "pixels.js")  # and imports nothing


# What is where.


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_makes_code_or_markup_of_text(path):
    bare = code(read(path))
    assert not re.search(
        r"\beval\b|\bFunction\b|document\.write|insertAdjacentHTML|outerHTML", bare
    )
    inner = re.findall(r"innerHTML|dangerouslySetInnerHTML", read(path))
    assert inner == (["dangerouslySetInnerHTML"] if path.name == "html.js" else [])
    assert not re.search(r"\bstyle=\"|\bon[a-z]+=\"|<script|<style", read(path))


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_no_address(path):
    """Everything comes from where the page comes from."""
    text = read(path).replace("http://www.w3.org/2000/svg", "")
    assert not re.search(
        r"(?i)\w+://|[\"'`(]//\w|\bdata:\w+/|\bblob:|@import|\burl\((?!#)",
        text.replace("new URL(", ""),
    )


def test_the_document_has_no_code_in_it():
    html = read(STATIC / "index.html")
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)
    assert re.findall(r"<script\b[^>]*>(.*?)</script>", html, re.DOTALL) == [""]
    named = re.findall(r"(?:src|href)=\"([^\"]+)\"", html)
    assert set(named) == {"icon.svg", "page.css", "main.js"}
    assert all((STATIC / name).is_file() for name in named)


def imported(path):
    """Return (names, file) of each import of a script."""
    found = re.findall(r"^import \{([^}]*)\} from \"(\./[^\"]+)\";$", read(path), re.MULTILINE)
    assert len(found) == len(re.findall(r"(?m)^import\b|\bimport\(", read(path)))
    return [({name.strip() for name in names.split(",")}, file) for names, file in found]


def test_what_is_imported_is_exported_and_the_other_way_round():
    used = {"main.js": set()}
    for path in SCRIPTS:
        for names, file in imported(path):
            used.setdefault(file.removeprefix("./"), set()).update(names)
    for name, names in used.items():
        text = read(STATIC / name)
        exported = set(re.findall(r"^export (?:async )?(?:const|let|function) (\w+)", text, re.M))
        for list_ in re.findall(r"export ?\{([^}]*)\}", text):
            exported |= {part.split(" as ")[-1].strip() for part in list_.split(",")}
        if name.startswith("vendor/"):
            assert names <= exported, name
        else:
            assert names == exported, name
    assert {path.name for path in SCRIPTS} == {name for name in used if "/" not in name}


def test_classes_of_the_style_sheet_are_used():
    scripts = "".join(map(read, SCRIPTS)) + read(STATIC / "index.html")
    scripts += "slope weight error input state chain readout"  # roles of factors, from Python
    sheet = re.sub(r"/\*.*?\*/", "", read(STATIC / "page.css"), flags=re.DOTALL)
    classes = set(re.findall(r"\.([a-z][\w-]*)(?=[^{}]*\{)", sheet))
    known = re.compile(r"[\w-]+")
    words = set(known.findall(scripts)) | {"b0", "b1"}
    assert classes <= words, classes - words


def test_what_is_vendored_is_what_it_says():
    told = read(STATIC / "vendor" / "LICENCES.txt")
    files = [path for path in (STATIC / "vendor").iterdir() if path.suffix != ".txt"]
    assert [path.name for path in files] == ["htm-preact.js"]
    for path in files:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert f"SHA-256 {digest}" in told
        assert path.name in told
        assert not re.search(r"https?://(?!www\.w3\.org/)", read(path))


@pytest.mark.parametrize("path", [*OWN, *OF_THE_SITE], ids=lambda path: path.name)
def test_no_file_is_long(path):
    assert read(path).count("\n") <= 300
