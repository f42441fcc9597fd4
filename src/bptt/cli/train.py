"""``bptt train``: train a network on the sequences of a file."""

from __future__ import annotations

import argparse
import json
import time
import warnings
from typing import Any

from bptt.cli import train_json, train_options
from bptt.cli.console import Console
from bptt.cli.train_options import CALLED
from bptt.cli.train_report import after, before
from bptt.cli.train_watch import Watch, interrupted_after_an_update
from bptt.errors import (
    FellBackWarning,
    FileAccessError,
    InputError,
    NeverFiniteWarning,
    NonFiniteError,
    NotSavedWarning,
    OtherRunError,
    sentence,
)
from bptt.files import missing, preparing, reading, targets
from bptt.files.learning import Training
from bptt.files.model import Model
from bptt.training import Fitted

CHECKPOINT_SECONDS = 2.0  # between two checkpoints, at least
OPTIONS = {
    "network": "--cell, --hidden, --layers, --both-directions, --dropout and the columns",
    "loss": "--task",
    "optimizer": "--rate and --clip",
    "batch_size": "--batch",
    "patience": "--patience",
    "validation": "the data, --seed, --test, --validation and --window",
    "data": "the data, --seed, --test, --validation and --window",
}
"""By what of the command line an argument of `fit` is decided."""


def add_to(commands: Any) -> None:
    """Add ``train`` to the commands."""
    train_options.add_to(commands).set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Read, train, save, judge."""
    train_options.check(options)
    console, limit = Console(quiet=options.json), train_options.memory(options)
    with console.busy(f"reading {options.data} ..."):
        data = reading.read(CALLED, options.data, train_options.wanted(options), limit)
        data, missed = missing.deal_with(CALLED, data, options.missing)
        target = targets.understand(CALLED, data, options.task)
        settings = train_options.settings(options)
        training = preparing.prepare(CALLED, data, target, settings, options.missing, limit)
    console.say(before(training, target, missed))
    began = time.perf_counter()
    fitted = _fit(options, console, training)
    seconds = time.perf_counter() - began
    model = training.model(fitted.params)
    _save(options, console, model)  # at once: nothing that comes may lose what was learnt
    found = training.judge(model)
    after(console, training, fitted, found, options.save, seconds)
    if options.json:
        told = train_json.as_json(training, target, missed, fitted, found, options.save)
        console.result(json.dumps(told | {"seconds": seconds}, allow_nan=False))
    return 0


def _save(options: argparse.Namespace, console: Console, model: Model) -> None:
    try:
        model.save(options.save)
    except FileAccessError:
        if options.checkpoint:
            console.warn(f"the weights are in {options.checkpoint!r}: give another --save besides")
        raise


def _warning(message: Warning | str) -> str:
    if isinstance(message, NeverFiniteWarning):
        return "no epoch had a finite loss on the sequences to stop by; a lower --rate may help"
    return str(message)


def _fit(options: argparse.Namespace, console: Console, training: Training) -> Fitted:
    watch = Watch(console)
    try:
        with warnings.catch_warnings():
            for kind in (NotSavedWarning, FellBackWarning, NeverFiniteWarning):
                warnings.simplefilter("always", kind)
            warnings.showwarning = lambda message, *_, **__: console.warn(_warning(message))
            try:
                with interrupted_after_an_update(watch):
                    return training.fit(watch, options.checkpoint, CHECKPOINT_SECONDS)
            finally:
                watch.close()
    except KeyboardInterrupt:
        _keep(options, console, training, watch)
        if watch.has_checkpoint:
            console.warn(f"the same command goes on from {options.checkpoint!r}")
        raise
    except OtherRunError as error:
        name = error.name
        do = f"Give {OPTIONS.get(name, 'the options')} of that run, or another --checkpoint"
        expected = f"the data and options of the run in {options.checkpoint!r}"
        raise InputError(sentence(CALLED, expected, f"another {name}", do)) from error
    except NonFiniteError as stop:
        _keep(options, console, training, watch)
        raise _diverged(stop, training) from stop


def _keep(options: argparse.Namespace, console: Console, training: Training, watch: Watch) -> None:
    """Save the best parameters of a training that did not come to its end."""
    if watch.best is not None:
        training.model(watch.best).save(options.save)
        console.warn(f"saved the weights after epoch {watch.epoch} in {options.save!r}")


def _diverged(stop: NonFiniteError, training: Training) -> NonFiniteError:
    """Say in the words of the file where the numbers stopped being finite."""
    where = ""
    if stop.time_stamp is not None:
        where += f" at time stamp {stop.time_stamp}"
    if stop.sequence is not None:
        where += f" of sequence {training.name_of(stop.sequence)!r}"
    came = f"NaN or infinity in epoch {stop.epoch}, first in {stop.quantity}{where}"
    do = "Lower --rate or --clip"
    message = sentence(CALLED, "a finite cost and gradient", came, do)
    return NonFiniteError(message, **vars(stop))
