"""docs/performance.md shows the figures that were measured, and nothing typed by hand."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
MEASURED = ROOT / "benchmarks" / "performance"


def run(script, *options):
    return subprocess.run(
        [sys.executable, MEASURED / script, *options], capture_output=True, text=True, check=False
    )


def test_the_page_shows_what_was_measured():
    ran = run("page.py", "--check")
    assert ran.returncode == 0, ran.stderr
