"""The table of docs/quality.md: six tasks, three seeds each, beside the same network in PyTorch.

    python benchmarks/quality/table.py             all rows, minutes
    python benchmarks/quality/table.py --quick     one seed, a few updates: to see that it runs
    python benchmarks/quality/table.py --write     and put the table into docs/quality.md

The classifications and the regression are trained by `bptt.RNNClassifier` and `bptt.RNNRegressor`,
binary addition by `bptt train`.  One thread each.
"""

from __future__ import annotations

import os

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import contextlib
import io
import json
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import data
import numpy as np
import peer
import torch
from sklearn.exceptions import ConvergenceWarning

import bptt
from bptt.cli import main as bptt_command
from bptt.cli import version

PAGE = Path(__file__).parents[2] / "docs" / "quality.md"
MARK = "<!-- table -->"
SEEDS = (0, 1, 2)


class Row(NamedTuple):
    """One line of the table."""

    name: str
    data: Callable[[int], data.Data]
    cell: str
    hidden: int
    epochs: int
    batch: int
    rate: float
    goal: str
    readout: str = "last"
    kind: str = "classes"
    """``"classes"``, ``"numbers"``, or ``"bits"`` at each time stamp"""
    starts: int = 1
    """how many starts are tried; the one with the lowest training loss counts"""

    def settings(self) -> str:
        """Say them in the table."""
        words = [
            f"{self.cell.upper() if self.cell != 'elman' else 'Elman tanh'}, H = {self.hidden}",
            f"{self.readout} state",
            f"Adam {self.rate:g}" + " falling to 0 (cosine)" * (self.kind != "bits"),
            f"clip 1, batch {self.batch}, {self.epochs} epoch" + "s" * (self.epochs > 1),
        ]
        words += [f"best of {self.starts} starts by training loss"] if self.starts > 1 else []
        by = (
            "bptt train"
            if self.kind == "bits"
            else "RNNRegressor"
            if self.kind == "numbers"
            else "RNNClassifier"
        )
        words = [f"`{by}`: {words[0]}", *words[1:]]
        return ", ".join(words)


ROWS = [
    Row("UCR ItalyPowerDemand", data.italy_power_demand, "lstm", 64, 100, 32, 0.01, "≥ 0.955"),
    Row("digits, 8 steps of 8", data.digits, "gru", 64, 40, 32, 0.005, "≥ 0.935"),
    Row("UCR JapaneseVowels, ragged", data.japanese_vowels, "gru", 64, 60, 32, 0.005, "≥ 0.965"),
    Row("adding, T = 50", data.adding, "gru", 32, 1, 32, 0.01, "< 0.01", kind="numbers"),
    Row(
        "binary addition, 6 bits", data.binary_addition, "elman", 3, 150, 100, 0.05, "1",
        readout="every", kind="bits", starts=12,
    ),
    Row("temporal order", data.temporal_order, "lstm", 32, 1, 32, 0.01, "> 0.99", readout="mean"),
]  # fmt: skip


class Result(NamedTuple):
    """What one side reached."""

    score: float
    seconds: float


def score(row: Row, answers: np.ndarray, y: np.ndarray) -> float:
    """Return the share of right answers, or the mean squared error."""
    if row.kind == "numbers":
        return float(np.mean((answers - y) ** 2))
    if row.kind == "bits":  # a sum is right if every bit is
        return float(((answers > 0) == y).all(axis=1).mean())
    return float((answers == y).mean())


def ours(row: Row, d: data.Data, seed: int, rates: Callable[[int], float]) -> Result:
    """Train with an estimator; bits at each time stamp with ``bptt train``."""
    began = time.perf_counter()
    if row.kind == "bits":
        model = by_command(row, d, seed)
        seconds = time.perf_counter() - began
        return Result(float((model.predict(d.test_x) == d.test_y).all(axis=1).mean()), seconds)
    kind = bptt.RNNRegressor if row.kind == "numbers" else bptt.RNNClassifier
    estimator = kind(
        row.cell, row.hidden, readout=row.readout, learning_rate=rates, clip=1.0,
        batch_size=row.batch, max_iter=row.epochs, n_iter_no_change=np.inf, random_state=seed,
    )  # fmt: skip
    estimator.fit(d.x, d.y)
    seconds = time.perf_counter() - began
    return Result(score(row, estimator.predict(d.test_x), d.test_y), seconds)


def by_command(row: Row, d: data.Data, seed: int) -> bptt.Model:
    """Train with ``bptt train`` on an NPZ file; it holds out a twentieth, which nobody looks at."""
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        file, model = f"{folder}/bits.npz", f"{folder}/model.safetensors"
        np.savez(file, x=d.x, y=d.y)
        words = (
            f"train {file} --cell {row.cell} --hidden {row.hidden} --rate {row.rate} --clip 1 "
            f"--batch {row.batch} --epochs {row.epochs} --starts {row.starts} --seed {seed} "
            f"--test 0.05 --validation 0 --save {model}"
        )
        if bptt_command(words.split()) != 0:
            sys.exit(f"bptt {words} failed")
        return bptt.load_model(model)


def network(row: Row, d: data.Data) -> bptt.RNN:
    outputs = 1 if row.kind != "classes" or d.y.max() == 1 else int(d.y.max()) + 1
    return bptt.RNN(
        row.cell, d.x[0].shape[-1], row.hidden, readout=row.readout, output_size=outputs
    )


def starts(row: Row, net: bptt.RNN, seed: int) -> list[bptt.Params]:
    dtype = np.float64 if row.kind == "bits" else np.float32
    return [net.init(rng=1000 * seed + number, dtype=dtype) for number in range(row.starts)]


def theirs(row: Row, d: data.Data, seed: int, rates: Callable[[int], float]) -> Result:
    """Train the same in PyTorch, from the same kind of start."""
    functional = torch.nn.functional
    loss = {
        "classes": functional.cross_entropy,
        "numbers": functional.mse_loss,
        "bits": functional.binary_cross_entropy_with_logits,
    }[row.kind if row.kind != "classes" or d.y.max() > 1 else "bits"]  # two classes: one logit
    if row.kind == "bits":  # as many as are left to train on
        held_out = round(0.05 * len(d.x))
        d = d._replace(x=d.x[held_out:], y=d.y[held_out:])
    began, net, runs = time.perf_counter(), network(row, d), []
    for start in starts(row, net, seed):
        twin = peer.train(
            net, start, d.x, d.y, loss=loss, rates=rates, batch_size=row.batch, epochs=row.epochs,
            clip=1.0, seed=seed,
        )  # fmt: skip
        final = 0.0
        if row.starts > 1:
            final = loss(torch.from_numpy(peer.answers(twin, d.x)), torch.as_tensor(d.y).double())
        runs.append((float(final), twin))
    seconds = time.perf_counter() - began
    answers = peer.answers(min(runs, key=lambda run: run[0])[1], d.test_x)
    if row.kind == "classes":
        answers = answers.argmax(axis=-1) if answers.ndim == 2 else answers > 0
    return Result(score(row, answers, d.test_y), seconds)


def reached(row: Row, value: float) -> bool:
    """Return whether the mean score is what is to be reached."""
    sign, number = re.fullmatch(r"(\D*)([\d.]+)", row.goal).groups()
    goal = float(number)
    return {"≥ ": value >= goal, "< ": value < goal, "> ": value > goal, "": value == goal}[sign]


def line(row: Row, found: list[tuple[Result, Result]]) -> dict[str, Any]:
    """Return the table's line as a dictionary."""
    mine, other = zip(*found, strict=True)
    return {
        "task": row.name,
        "settings": row.settings(),
        "measure": "mean squared error" if row.kind == "numbers" else "accuracy",
        "goal": row.goal,
        "bptt": [result.score for result in mine],
        "torch": [result.score for result in other],
        "reached": reached(row, float(np.mean([result.score for result in mine]))),
        "seconds": float(np.median([result.seconds for result in mine])),
        "torch_seconds": float(np.median([result.seconds for result in other])),
        "times_faster": float(np.median([o.seconds / m.seconds for m, o in found])),
    }


def markdown(lines: list[dict[str, Any]], machine: str) -> str:
    """Write the lines as the page shows them."""
    head = "| task | settings | to reach | bptt | PyTorch | seconds | times faster |"
    rows = [head, "|" + "---|" * 7]
    for one in lines:
        scores = [
            f"{np.mean(one[side]):.4f} ({', '.join(f'{s:.4f}' for s in one[side])})"
            for side in ("bptt", "torch")
        ]
        times = f"{one['seconds']:.1f} | {one['times_faster']:.1f}"
        goal = f"{one['goal']} {one['measure']}"
        rows.append(
            f"| {one['task']} | {one['settings']} | {goal} | {scores[0]} | {scores[1]} | {times} |"
        )
    return "\n".join([*rows, "", machine])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="only see that it runs")
    parser.add_argument("--only", metavar="WORD", help="only rows whose name has this word")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE.name}")
    parser.add_argument("--json", metavar="FILE", help="write the figures to a file")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", ConvergenceWarning)  # the number of epochs is part of the task
    lines = []
    for row in ROWS:
        if options.only and options.only not in row.name:
            continue
        found = []
        for seed in SEEDS[:1] if options.quick else SEEDS:
            d = row.data(seed)
            if options.quick:
                row = row._replace(epochs=1, starts=min(row.starts, 2))
                d = d._replace(x=d.x[:96], y=d.y[:96])
            updates = row.epochs * -(-len(d.x) // row.batch)
            rates = bptt.schedules.cosine(row.rate, 0.0, updates)
            if row.kind == "bits":
                rates = bptt.schedules.exponential(row.rate, 1.0)  # it stays
            sides = (ours, theirs) if seed % 2 == 0 else (theirs, ours)
            results = {side: side(row, d, seed, rates) for side in sides}
            found.append((results[ours], results[theirs]))
        lines.append(line(row, found))
        print(json.dumps(lines[-1], ensure_ascii=False), flush=True)
    machine = (
        f"{version()}, PyTorch {torch.__version__}, one thread each, medians of {len(SEEDS)} seeds"
    )
    print("\n" + markdown(lines, machine))
    if options.json:
        Path(options.json).write_text(json.dumps(lines, indent=1, ensure_ascii=False))
    if options.write:
        text = PAGE.read_text(encoding="utf-8")
        before, _, after = text.split(MARK)
        table = f"{MARK}\n\n{markdown(lines, machine)}\n\n{MARK}"
        PAGE.write_text(before + table + after, encoding="utf-8")
    return int(not options.quick and not all(one["reached"] for one in lines))


if __name__ == "__main__":
    sys.exit(main())
