"""Trainings that are killed by SIGKILL at random moments, and gone on with until they are over.

    python tests/training/killing.py --runs 10 --seed 3

Each run ends when its process does so by itself; then its last checkpoint must be, byte for byte,
that of the same training that was never stopped: weights, optimiser, history, order of the data and
state of the random numbers are all in it.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

import bptt

CELLS = ("elman", "gru", "lstm")
MOST_KILLS = 6


class Outcome(NamedTuple):
    """What became of the runs."""

    runs: int
    kills: int
    in_a_save: int
    """kills that left a temporary file: they hit while a checkpoint was written"""
    different: int
    unreadable: int


def training(number, folder):
    """Run one of many kinds of training to its end; ``number`` decides which."""
    rng = np.random.default_rng([7, number])
    dropout = 0.3 if number % 2 else 0.0
    net = bptt.RNN(
        CELLS[number % 3], 2, 4, n_layers=2, dropout=dropout, bidirectional=number % 5 == 0
    )
    xs = [rng.standard_normal((length, 2)) for length in rng.integers(2, 9, size=24)]
    y = np.array([x[:, 0].sum() for x in xs])
    optimizers = [
        bptt.adam(0.01, weight_decay=1e-3), bptt.rmsprop(), bptt.momentum(),
        bptt.nesterov(bptt.schedules.step(0.01, 0.5, 10)), bptt.rprop(), bptt.gradient_descent(),
    ]  # fmt: skip
    optimizer = optimizers[number % 6]
    return bptt.fit(
        net, xs, y, optimizer=bptt.chain(bptt.clip_by_norm(1.0), optimizer), epochs=4,
        batch_size=5, validation=0.25 if number % 4 else None, patience=3,
        plateau=bptt.schedules.Plateau(patience=1) if optimizer.scales else None, rng=number,
        checkpoint=folder, checkpoint_seconds=0.0,
    )  # fmt: skip


def last_checkpoint(folder):
    return max(Path(folder).glob("checkpoint-*.safetensors")).read_bytes()


def attempt(number, folder, seconds):
    """Run the training in a process of its own; kill it after some seconds, if any are given.

    Returns how it ended: 0, the signal, or what it exited with.
    """
    child = os.fork()
    if child == 0:
        code = 3
        try:
            warnings.simplefilter("error")  # to fall back would be a failure
            training(number, folder)
            code = 0
        except bptt.errors.BpttError:
            code = 4
        finally:
            os._exit(code)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def run(runs, seed):
    """Kill and go on with so many trainings."""
    dice = random.Random(seed)
    kills = in_a_save = different = unreadable = 0
    for _ in range(runs):
        number = dice.randrange(10**6)
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            training(number, f"{folder}/whole")
            whole = time.perf_counter() - began
            for _ in range(MOST_KILLS):
                code = attempt(number, f"{folder}/killed", dice.uniform(0.0, 0.9 * whole))
                if code != -signal.SIGKILL:
                    break
                kills += 1
                in_a_save += any(Path(folder, "killed").glob(".checkpoint-*.tmp"))
            if code == -signal.SIGKILL:
                code = attempt(number, f"{folder}/killed", None)
            unreadable += code != 0
            if code == 0:
                ends = [last_checkpoint(f"{folder}/{name}") for name in ("whole", "killed")]
                different += ends[0] != ends[1]
    return Outcome(runs, kills, in_a_save, different, unreadable)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    outcome = run(options.runs, options.seed)
    print(
        *(f"{name.replace('_', ' ')} {value}" for name, value in outcome._asdict().items()),
        sep=", ",
    )
    return int(bool(outcome.different or outcome.unreadable))


if __name__ == "__main__":
    sys.exit(main())
