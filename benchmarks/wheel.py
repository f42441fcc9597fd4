"""Check a built wheel: its size, what it holds, and that it works beside NumPy alone.

python benchmarks/wheel.py DIST EMPTY_FOLDER
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

MOST_OF_NUMPY = 0.02  # the wheel's bytes beside NumPy's own files, without BLAS and byte-code


def main(dist: str, empty: str) -> None:
    (wheel,) = Path(dist).glob("*.whl")
    size = wheel.stat().st_size
    assert wheel.name.endswith("-py3-none-any.whl"), f"{wheel.name} is not pure Python"
    names = zipfile.ZipFile(wheel).namelist()
    assert "bptt/py.typed" in names
    assert "bptt/derivation/derivation.schema.json" in names
    assert {"bptt/page/static/index.html", "bptt/page/static/vendor/LICENCES.txt"} <= set(names)
    assert all(name.startswith(("bptt/", "bptt-")) for name in names), names

    venv.create(empty, with_pip=True, clear=True)
    python = os.path.abspath(os.path.join(empty, "bin", "python"))

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [python, *arguments], cwd=empty, check=True, capture_output=True, text=True
        )
        return done.stdout

    constraints = str(Path("constraints.txt").resolve())
    run("-m", "pip", "install", "--quiet", "-c", constraints, str(wheel.resolve()))
    installed = {line.split("==")[0] for line in run("-m", "pip", "freeze").split()}
    others = {name for name in installed if name not in ("numpy", "bptt", "@")}
    others = {name for name in others if not name.startswith("file:")}
    assert not others, f"besides NumPy there is {others}"
    folder = Path(run("-c", "import sysconfig; print(sysconfig.get_path('platlib'))").strip())
    numpy = sum(path.stat().st_size for path in folder.glob("numpy/**/*") if path.suffix != ".pyc")
    most = MOST_OF_NUMPY * numpy
    assert 0 < size < most, f"{wheel.name} has {size} bytes, at most {most:.0f} are allowed"
    output = run("-m", "bptt", "count")
    assert "0.492001013" in output, output
    print(output)
    output = run("-m", "bptt", "explain")  # needs nothing but NumPy, nor does practise
    assert "2/m·(S3 - y) · Wrec·[d_log(S2(In))] · x2" in output, output
    answer = ("--time-stamp", "1", "--weight", "wx", "--answer")
    right = "2/m (S3 - y) Wrec dlog(S2in) Wrec dlog(S1in) x1"
    assert run("-m", "bptt", "practise", *answer, right) == "right\n"
    beside = ", ".join(sorted(installed & {"numpy"}))
    print(f"{wheel.name}: {size} bytes of {most:.0f} allowed, runs beside {beside} alone")


if __name__ == "__main__":
    main(*sys.argv[1:])
