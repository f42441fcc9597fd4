"""``bptt count``: train a network to count the ones in sequences of bits."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bptt import activations, optimizers, plots, saving, schedules
from bptt._shapes import Array
from bptt.activations import RELU
from bptt.cli import bits, count_options, count_report
from bptt.cli.bits import Bits
from bptt.cli.console import Console
from bptt.cli.count_options import (
    CALLED,
    EPOCHS,
    LEAST_HELD_OUT,
    LEAST_UPDATES,
    START,
    TEST_SEQUENCES,
    name_of_optimizer,
)
from bptt.errors import FileAccessError, NonFiniteError, sentence
from bptt.gradient_check import GradientCheck, check_gradient
from bptt.limits import Limits, two_weights
from bptt.network import RNN
from bptt.optimizers import Optimizer
from bptt.params import Params, post_params
from bptt.training import Event, Fitted, fit

HELD_OUT = 5  # with more states, every fifth sequence is kept for testing
BATCH = 32
CHECKED_ENTRIES, CHECKED_STEPS = 300, 50  # how much of the data the gradient check looks at


class Outcome(NamedTuple):
    """All that is reported."""

    options: argparse.Namespace
    data: Bits
    judged: Bits
    """what is counted in the table: all data, or what was held out"""
    fitted: Fitted
    check: GradientCheck
    limits: Limits | None
    test_right: int | None
    written: dict[str, str]
    """the files, by option"""
    seconds: float


def add_to(commands: Any) -> None:
    """Add ``count`` to the commands."""
    count_options.add_to(commands).set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Train, report, and return 1 if the gradient is found wrong."""
    began = time.perf_counter()
    count_options.check(options)
    rng = np.random.default_rng(options.seed)
    console = Console(quiet=options.json)
    data = bits.find(CALLED, options.data, options.sequences, options.steps, rng)
    net, start = _network(options, rng)
    console.say(count_report.before(data, net, start))

    train, judged = _split(data, options.hidden, rng)
    fitted = _train(options, console, net, start, data, train, rng)
    written: dict[str, str] = {}
    problems = []
    if options.save:  # at once: nothing that comes may lose what was learnt
        problems += _write(written, "save", options.save, saving.save, net, fitted.params)
    limits = None
    if options.hidden is None:
        with console.busy("searching what two weights can reach ..."):
            limits = two_weights(data.x, data.y, _activation(net), fitted)
    if options.plot:
        lowest = None if limits is None else limits.loss
        axes = plots.cost_by_epoch(fitted.history.loss, lowest)
        problems += _write(written, "plot", options.plot, _plot, axes)
    check = _check(net, fitted.params, data)
    tested = _test(fitted, data, options.test_steps, rng)
    rows = data.rows(judged)
    seconds = time.perf_counter() - began
    count_report.after(
        console,
        Outcome(options, data, rows, fitted, check, limits, tested, written, seconds),
    )
    for problem in problems:
        raise problem
    return 0 if check.ok else 1


def _network(options: argparse.Namespace, rng: np.random.Generator) -> tuple[RNN, Params]:
    if options.hidden is None:
        net = RNN(activation=options.activation or "logistic", readout="state_in", bias=False)
        return net, post_params(*(options.init or START))
    net = RNN(hidden_size=options.hidden, activation=options.activation or "tanh")
    return net, net.init(rng)


def _split(data: Bits, hidden: int | None, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return which sequences are trained on and which judged: all, for two weights or few data."""
    n = len(data.x)
    if hidden is None or n < LEAST_HELD_OUT:
        return np.arange(n), np.arange(n)
    order = rng.permutation(n)
    return order[n // HELD_OUT :], order[: n // HELD_OUT]


def _train(
    options: argparse.Namespace,
    console: Console,
    net: RNN,
    start: Params,
    data: Bits,
    rows: Array,
    rng: np.random.Generator,
) -> Fitted:
    two, name = options.hidden is None, name_of_optimizer(options)
    whole = two or name == "rprop"  # which compares signs of one and the same cost
    batches = 1 if whole else -(-len(rows) // BATCH)
    default = EPOCHS["two"] if two else max(EPOCHS["more"], LEAST_UPDATES // batches)
    epochs = options.epochs or default
    updates = epochs * batches
    train, reached = data.rows(rows), start

    try:
        with console.progress("training", "epoch", epochs) as show:

            def listener(event: Event) -> None:
                nonlocal reached
                if event.kind != "epoch":
                    return
                reached = event.params
                show(event.epoch, event.loss)

            return fit(
                net, train.x, train.y, params=start, optimizer=_optimizer(options, name, updates),
                epochs=epochs, batch_size=None if whole else BATCH, rng=rng, on_event=listener,
            )  # fmt: skip
    except KeyboardInterrupt:
        if options.save:
            saving.save(options.save, net, reached)
            console.warn(f"saved the weights reached so far in {options.save!r}")
        raise
    except NonFiniteError as stop:
        if options.save:
            saving.save(options.save, net, stop.params)
            console.warn(f"saved the weights before that in {options.save!r}")
        raise _diverged(stop, data, rows) from stop


def _diverged(stop: NonFiniteError, data: Bits, rows: Array) -> NonFiniteError:
    """Say in the words of the command line where the numbers stopped being finite."""
    where, sequence = "", None
    if stop.time_stamp is not None:
        where += f" at time stamp {stop.time_stamp}"
    if stop.sequence is not None:
        sequence = int(rows[stop.sequence])
        where += f" of sequence {sequence + 1}, {count_report.bits_of(data.x[sequence])}"
    came = f"NaN or infinity in epoch {stop.epoch}, first in {stop.quantity}{where}"
    do = "Lower --rate, choose --optimizer rprop, or start elsewhere with --init or --seed"
    return NonFiniteError(
        sentence(CALLED, "a finite cost and gradient", came, do),
        quantity=stop.quantity,
        epoch=stop.epoch,
        time_stamp=stop.time_stamp,
        sequence=sequence,
        params=stop.params,
        losses=stop.losses,
    )


def _optimizer(options: argparse.Namespace, name: str, updates: int) -> Optimizer:
    two, make = options.hidden is None, optimizers.BY_NAME[name]
    if options.rate and len(options.rate) == 2:
        return make(rate=post_params(*options.rate))
    rate = options.rate[0] if options.rate else (0.01 if not two or name != "adam" else 0.001)
    falls = options.schedule or ("constant" if two or name == "rprop" else "cosine")
    falling = falls == "cosine" and rate > 0
    optimizer = make(rate=schedules.cosine(rate, 0.0, updates) if falling else rate)
    return optimizer if two else optimizers.chain(optimizers.clip_by_norm(1.0), optimizer)


def _write(
    written: dict[str, str], option: str, path: str, write: Callable[..., None], *what: Any
) -> list[FileAccessError]:
    """Write a file; return what went wrong, for a failure must not lose the report."""
    try:
        write(path, *what)
    except FileAccessError as error:
        return [error]
    written[option] = path
    return []


def _plot(path: str, axes: Any) -> None:
    plots.write(axes, path)


def _check(net: RNN, params: Params, data: Bits) -> GradientCheck:
    """Check the final gradient on the first sequences and time stamps."""
    x = data.x[:, :CHECKED_STEPS]
    x = x[: max(1, CHECKED_ENTRIES // x.shape[1])]
    # Bits put many states exactly on relu's kink, where central differences see half a slope; a
    # complex step stays on the piece it starts from.
    method = "complex step" if net.activation == RELU else "auto"
    return check_gradient(net, params, x, data.y[: len(x)], method=method)


def _test(fitted: Fitted, data: Bits, steps: int | None, rng: np.random.Generator) -> int | None:
    """Return how many new random sequences of that length are counted right."""
    if steps is None:
        return None
    x = rng.integers(0, 2, size=(TEST_SEQUENCES, steps)).astype(np.float64)
    y: Array = (x == (0 if data.counted == "zeros" else 1)).sum(axis=1)
    return int((np.rint(fitted.predict(x)) == y).sum())


def _activation(net: RNN) -> activations.Activation:
    assert net.activation is not None
    return net.activation
