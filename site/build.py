"""Build the page as a folder for any web host, in which Python runs in the browser.

python site/build.py OUTPUT [SOURCE]

The front end comes from the package, Python itself from npm's pyodide (`make site` installs it),
the answers from those files of the package that they import; SOURCE is the package's folder.  The
same files make the same bytes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

SITE = Path(__file__).resolve().parent
PACKAGE = SITE.parent / "src" / "bptt"
PYODIDE = SITE / "node_modules" / "pyodide"
ENGINE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
COUNTED = (  # see python.js
    "pyodide/pyodide.asm.wasm",
    "pyodide/python_stdlib.zip",
    "pyodide/pyodide-lock.json",
    "bptt.zip",
)
OURS = ("feed.js", "worker.js", "python.js")
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; "
    "base-uri 'none'; form-action 'none'; object-src 'none'"
)
HEAD = '<meta charset="utf-8">'

# asked of a Python that has its standard library and nothing else, as in the browser
IMPORTED = """
import sys
sys.path.insert(0, sys.argv[1])
from bptt.page import answers, with_floats
for what in answers.ANSWERS:
    answers.answer(what, "{}", with_floats)
print(*(m.__file__ for name, m in sys.modules.items() if name.split(".")[0] == "bptt"), sep="\\n")
"""


def imported(package: Path) -> list[Path]:
    """Return the files of the package that the answers import."""
    command = [sys.executable, "-I", "-S", "-B", "-c", IMPORTED, str(package.parent)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"the answers need more than Python's standard library:\n{ran.stderr}")
    return sorted(Path(line) for line in ran.stdout.splitlines())


def write_zip(files: list[Path], root: Path, target: Path) -> None:
    """Write an archive that depends on nothing but what the files hold and are called."""
    with zipfile.ZipFile(target, "w") as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.relative_to(root).as_posix())  # of 1980
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED, 9)


def build(output: Path, package: Path) -> None:
    """Write the site."""
    if any(output.glob("*")) and not (output / "bptt.zip").exists():
        sys.exit(f"{output} holds something that is not this site; it is not overwritten")
    shutil.rmtree(output, ignore_errors=True)
    for file in sorted(p for p in (package / "page" / "static").rglob("*") if p.is_file()):
        copy(file, output / file.relative_to(package / "page" / "static"))
    for name in OURS:
        copy(SITE / name, output / name)
    for name in ENGINE:
        copy(PYODIDE / name, output / "pyodide" / name)
    # pyodide needs to know its own version from this list; of its packages none is here to be had
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text(encoding="utf-8"))
    write(output / "pyodide" / "pyodide-lock.json", json.dumps({**lock, "packages": {}}))
    copy(SITE.parent / "LICENSE", output / "licences" / "bptt.txt")
    for file in sorted((SITE / "licences").iterdir()):
        copy(file, output / "licences" / file.name)
    write_zip(imported(package), package.parent, output / "bptt.zip")

    size = sum((output / name).stat().st_size for name in COUNTED)
    write(output / "sizes.js", f"export const BYTES = {size};")
    index = output / "index.html"
    before, mark, after = index.read_text(encoding="utf-8").partition(HEAD)
    assert mark, f"{index} has no {HEAD}"
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    write(index, f"{before}{mark}\n{policy}{after.rstrip()}")


def write(target: Path, text: str) -> None:
    """Write a file of text, the same on every system."""
    target.write_text(text + "\n", encoding="utf-8", newline="\n")


def copy(file: Path, target: Path) -> None:
    """Copy what a file holds, and nothing else of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)


def main(output: str, source: str = str(PACKAGE)) -> None:
    """Write the site and say what it holds."""
    if not PYODIDE.exists():
        sys.exit("there is no pyodide; run: make site")
    build(Path(output), Path(source).resolve())
    files = sorted(path for path in Path(output).rglob("*") if path.is_file())
    for file in files:
        print(f"{file.stat().st_size:>10,}  {file.relative_to(output).as_posix()}")
    print(f"{sum(file.stat().st_size for file in files):>10,}  bytes in {output}")


if __name__ == "__main__":
    main(*sys.argv[1:])
