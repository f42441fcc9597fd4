"""``bptt count``: train a network to count the ones in sequences of bits."""

from __future__ import annotations

import argparse
import os
import time
from typing import Any, NamedTuple

import numpy as np

from bptt import _checks, activations, optimizers, plots, saving, schedules
from bptt._shapes import Array
from bptt.cli import bits, count_report
from bptt.cli.bits import Bits
from bptt.cli.console import Console
from bptt.errors import FileAccessError, InputError, NonFiniteError, sentence
from bptt.gradient_check import GradientCheck, check_gradient
from bptt.limits import Limits, two_weights
from bptt.network import RNN
from bptt.optimizers import Optimizer
from bptt.params import Params, post_params
from bptt.training import Event, Fitted, fit

CALLED = "bptt count"
EXAMPLES = """\
examples:
  bptt count                                          the post's data, two weights, logistic
  bptt count --activation identity --test-steps 1000  counts exactly, at any length
  bptt count --hidden 16 --data random --sequences 2000 --steps 16
  bptt count --data part1 --activation identity --optimizer sgd \\
             --rate 0.02 0.0006 --epochs 30000 --init 0.2 1.5
  bptt count --data part2 --optimizer sgd --rate 0.001 --epochs 15000 \\
             --init 0.47143516373249306 -1.1909756947064645
  bptt count --data my_bits.csv --save model.safetensors --plot cost.svg
"""

START = (0.2, 1.5)  # where the post's script of part 1 begins
HELD_OUT = 5  # with more states, every fifth sequence is kept for testing
LEAST_HELD_OUT = 20  # but only of so many sequences or more
BATCH = 32
TEST_SEQUENCES = 100
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
    seconds: float


def add_to(commands: Any) -> None:
    """Add ``count`` to the commands."""
    parser = commands.add_parser(
        "count",
        help="train a network to count ones (the main job)",
        description="Train a recurrent network to count the ones in sequences of bits: the post's "
        "network of two weights, or one with more states.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--data",
        default="post",
        metavar="post|part1|part2|random|FILE",
        help="built-in data, random bits, or a CSV or NPY file of bits (default post)",
    )
    add("--sequences", type=int, metavar="N", help="of random data (default 20)")
    add("--steps", type=int, metavar="T", help="time stamps of random data (default 10)")
    add(
        "--activation",
        choices=sorted(activations.BY_NAME),
        help="default logistic for two weights, tanh for more",
    )
    add(
        "--hidden",
        type=int,
        metavar="H",
        help="H states, biases and a linear read-out (default: the post's two weights)",
    )
    add(
        "--optimizer",
        choices=sorted(optimizers.BY_NAME),
        help="default rprop for two weights, adam for more; sgd is gradient descent",
    )
    add(
        "--rate",
        type=float,
        nargs="+",
        metavar="RATE",
        help="one rate, or two for wx and wrec (default: the optimiser's)",
    )
    add(
        "--schedule",
        choices=("constant", "cosine"),
        help="cosine lets the rate fall to 0 (default cosine with --hidden, else constant)",
    )
    add("--epochs", type=int, metavar="N", help="default 500 for two weights, 200 for more")
    add(
        "--init",
        type=float,
        nargs=2,
        metavar=("WX", "WREC"),
        help=f"where the two weights start (default {START[0]} {START[1]})",
    )
    add("--seed", type=int, default=0, help="of data, weights and order (default 0)")
    add(
        "--test-steps",
        type=int,
        metavar="T",
        help=f"count {TEST_SEQUENCES} new random sequences of T time stamps besides",
    )
    add("--save", metavar="FILE", help="write network and weights (safetensors layout)")
    add("--plot", metavar="FILE", help="draw the cost by epoch (SVG, PNG or PDF)")
    add("--json", action="store_true", help="print one JSON object and nothing else")
    parser.set_defaults(run=run)  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Train, report, and return 1 if the gradient is found wrong."""
    began = time.perf_counter()
    _check_options(options)
    rng = _checks.generator(f"{CALLED} --seed", options.seed)
    console = Console(quiet=options.json)
    data = bits.find(options.data, options.sequences, options.steps, rng)
    net, start = _network(options, rng)
    console.say(count_report.before(data, net, start))

    train, judged = _split(data, options.hidden, rng)
    fitted = _train(options, console, net, start, train, rng)
    limits = None
    if options.hidden is None:
        console.note("searching what two weights can reach ...")
        limits = two_weights(data.x, data.y, _activation(net), fitted)
    outcome = Outcome(
        options,
        data,
        judged,
        fitted,
        _check(net, fitted.params, data),
        limits,
        _test(fitted, data, options.test_steps, rng),
        time.perf_counter() - began,
    )
    if options.save:
        saving.save(options.save, net, fitted.params)
    if options.plot:
        lowest = None if limits is None else limits.loss
        plots.write(plots.cost_by_epoch(fitted.history.loss, lowest), options.plot)
    count_report.after(console, outcome)
    return 0 if outcome.check.ok else 1


def _check_options(options: argparse.Namespace) -> None:
    """Refuse what cannot work before any work is done."""
    for name in ("hidden", "epochs", "test_steps"):
        value = getattr(options, name)
        if value is not None:
            _checks.positive_int(CALLED, f"--{name.replace('_', '-')}", value)
    if options.init and options.hidden is not None:
        do = "Leave out --init or --hidden; --seed draws other weights"
        raise InputError(sentence(CALLED, "--init for two weights", "--hidden besides", do))
    rates = options.rate or []
    if len(rates) > 2 or (len(rates) == 2 and options.hidden is not None):
        do = "Give one rate, or two (for wx and wrec) without --hidden"
        raise InputError(sentence(CALLED, "--rate with one or two numbers", f"{len(rates)}", do))
    for rate in rates:
        _checks.real_in(CALLED, "--rate", rate, 0.0, np.inf)
    for option in ("save", "plot"):
        path = getattr(options, option)
        folder = os.path.dirname(os.path.abspath(path)) if path else "."
        if path is not None and (not path or os.path.isdir(path) or not os.access(folder, os.W_OK)):
            do = "Give a file in a folder that exists and can be written to"
            raise FileAccessError(
                sentence(f"{CALLED} --{option}", "to write a file", repr(path), do)
            )
    if options.plot:
        plots.check_ending(f"{CALLED} --plot", options.plot)
        plots.new_axes()  # says now, not after the training, if matplotlib is missing


def _network(options: argparse.Namespace, rng: np.random.Generator) -> tuple[RNN, Params]:
    if options.hidden is None:
        net = RNN(activation=options.activation or "logistic", readout="state_in", bias=False)
        return net, post_params(*(options.init or START))
    net = RNN(hidden_size=options.hidden, activation=options.activation or "tanh")
    return net, net.init(rng)


def _split(data: Bits, hidden: int | None, rng: np.random.Generator) -> tuple[Bits, Bits]:
    """Return what is trained on and what is judged: the same for the two weights and small data."""
    n = len(data.x)
    if hidden is None or n < LEAST_HELD_OUT:
        return data, data
    order = rng.permutation(n)
    test, train = order[: n // HELD_OUT], order[n // HELD_OUT :]
    return data._replace(x=data.x[train], y=data.y[train]), data._replace(
        x=data.x[test], y=data.y[test]
    )


def _train(
    options: argparse.Namespace,
    console: Console,
    net: RNN,
    start: Params,
    train: Bits,
    rng: np.random.Generator,
) -> Fitted:
    two = options.hidden is None
    epochs = options.epochs or (500 if two else 200)
    batch_size = None if two else BATCH
    updates = epochs * (1 if two else -(-len(train.x) // BATCH))
    reached: Params | None = None

    with console.progress(epochs) as show:

        def listener(event: Event) -> None:
            nonlocal reached
            reached = event.params
            show(event)

        try:
            return fit(
                net, train.x, train.y, params=start, optimizer=_optimizer(options, updates),
                epochs=epochs, batch_size=batch_size, rng=rng, on_epoch=listener,
            )  # fmt: skip
        except (KeyboardInterrupt, NonFiniteError) as stop:
            if isinstance(stop, NonFiniteError):
                reached = stop.params
            if options.save and reached is not None:
                saving.save(options.save, net, reached)
                console.say(f"saved the last finite weights in {options.save}")
            raise


def _optimizer(options: argparse.Namespace, updates: int) -> Optimizer:
    two = options.hidden is None
    name = options.optimizer or ("rprop" if two else "adam")
    make = optimizers.BY_NAME[name]
    if options.rate and len(options.rate) == 2:
        if options.schedule == "cosine":
            do = "Give one rate with --schedule cosine"
            raise InputError(sentence(CALLED, "one rate that falls", "two rates", do))
        return make(rate=post_params(*options.rate))
    falls = (options.schedule or ("constant" if two or name == "rprop" else "cosine")) == "cosine"
    if falls and name == "rprop":
        do = "rprop finds the sizes of its steps itself; leave out --schedule"
        raise InputError(sentence(CALLED, "--schedule for another optimiser", "rprop", do))
    rate = options.rate[0] if options.rate else (0.01 if not two or name != "adam" else 0.001)
    optimizer = make(rate=schedules.cosine(rate, 0.0, updates) if falls else rate)
    return optimizer if two else optimizers.chain(optimizers.clip_by_norm(1.0), optimizer)


def _check(net: RNN, params: Params, data: Bits) -> GradientCheck:
    """Check the final gradient on the first sequences and time stamps."""
    x = data.x[:, :CHECKED_STEPS]
    x = x[: max(1, CHECKED_ENTRIES // x.shape[1])]
    return check_gradient(net, params, x, data.y[: len(x)])


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
