"""How long `bptt.judge` takes for hostile answers, and for the longest search of mistakes.

python benchmarks/answers.py
"""

from __future__ import annotations

import time
from statistics import median

import bptt
from bptt.errors import InputError

HOSTILE = {
    "import": "__import__('os').system('x')",
    "tower of powers": "9**9**9**9",
    "10,000 parentheses": "(" * 10_000 + ")" * 10_000,
    "50 parentheses, 27 signs in each": ("(" + "-" * 27) * 50 + "x1" + ")" * 50,
    "2,900 signs": "-" * 2_900 + "1",
    "700 terms": "1+" * 700 + "1",
    "1,400 powers of e": "e^" * 1_400 + "1",
    "a million letters": "a" * 1_000_000,
    "fractions in fractions": "\\frac{" * 490,
    "one that fits nothing, T = 12": "x1 + m",
}


def milliseconds(answer: str, n_steps: int = 12) -> tuple[float, str]:
    """Return the median time of five, and what came of it."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        try:
            came = "right" if bptt.judge(answer, time_stamp=1, n_steps=n_steps).right else "wrong"
        except InputError:
            came = "refused"
        times.append(1e3 * (time.perf_counter() - began))
    return median(times), came


if __name__ == "__main__":
    bptt.judge("x1", time_stamp=1)  # imports what is imported once
    for name, answer in HOSTILE.items():
        taken, came = milliseconds(answer)
        print(f"{name:35} {taken:7.1f} ms  {came}")
    for n_steps in (3, 25, 50):
        taken, came = milliseconds("x1 + m", n_steps)
        print(f"{f'one that fits nothing, T = {n_steps}':35} {taken:7.1f} ms  {came}")
        taken, came = milliseconds("x1 + 3 + 4 + 5", n_steps)
        print(f"{f'one of numbers without m, T = {n_steps}':35} {taken:7.1f} ms  {came}")
