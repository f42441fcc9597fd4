"""What a command looks at: which network, with which weights, on which data."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from bptt import _checks, activations, saving
from bptt.cli import bits
from bptt.cli.bits import Bits
from bptt.errors import InputError, sentence
from bptt.network import RNN
from bptt.params import Params, post_params

WEIGHTS = (0.2, 1.5)  # where the post's script of part 1 starts
REACH = 1e150  # of a weight on the command line: its square is still finite


class Subject(NamedTuple):
    """A network, its weights and its data."""

    net: RNN
    params: Params
    data: Bits


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which network and which data."""
    negative_numbers(parser)
    add = parser.add_argument_group("network and data").add_argument
    add_data(add)
    add(
        "--weights",
        type=float,
        nargs=2,
        metavar=("WX", "WREC"),
        help=f"of the post's network (default {WEIGHTS[0]} {WEIGHTS[1]})",
    )
    add(
        "--hidden",
        type=int,
        metavar="H",
        help="H states, biases, a linear read-out and drawn weights instead of the post's two",
    )
    add("--model", metavar="FILE", help="a network that `bptt count --save FILE` has written")
    add("--seed", type=int, default=0, metavar="N", help="of random data and weights (default 0)")


def add_data(add: Callable[..., Any]) -> None:
    """Add the options that name the data and the activation."""
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


def negative_numbers(parser: argparse.ArgumentParser) -> None:
    """Let -1e-3 be a number: argparse takes it for an option otherwise."""
    parser._negative_number_matcher = re.compile(r"-(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$", re.IGNORECASE)


def check_rates(called: str, rates: Sequence[float], *, two: bool) -> None:
    """Raise InputError unless there is one rate, or two for two weights."""
    if len(rates) > 2 or (len(rates) == 2 and not two):
        do = "Give one rate, or two (for wx and wrec) without --hidden"
        raise InputError(sentence(called, "--rate with one or two numbers", f"{len(rates)}", do))
    for rate in rates:
        _checks.real_in(called, "--rate", rate, 0.0, np.inf)


def find(called: str, options: argparse.Namespace) -> Subject:
    """Return the network, weights and data that the options mean, or raise InputError."""
    _check(called, options)
    rng = np.random.default_rng(options.seed)
    data = bits.find(called, options.data, options.sequences, options.steps, rng)
    if options.model is not None:
        net, params = saving.load(options.model)
        if net.input_size != 1 or net.output_size != 1 or net.readout.every:
            expected = "--model of a network that reads one bit and says one number at the end"
            do = "Give a model that `bptt count --save` has written"
            raise InputError(sentence(called, expected, repr(net), do))
        return Subject(net, params, data)
    if options.hidden is not None:
        net = RNN(hidden_size=options.hidden, activation=options.activation or "tanh")
        return Subject(net, net.init(rng), data)
    net = RNN(activation=options.activation or "logistic", readout="state_in", bias=False)
    return Subject(net, post_params(*(options.weights or WEIGHTS)), data)


def _check(called: str, options: argparse.Namespace) -> None:
    for name in ("sequences", "steps", "hidden"):
        value = getattr(options, name)
        if value is not None:
            _checks.positive_int(called, f"--{name}", value, most=10**9)
    _checks.positive_int(called, "--seed", options.seed, least=0)
    for weight in options.weights or ():
        _checks.real_in(called, "--weights", weight, -REACH, REACH)
    if options.weights and options.hidden:
        do = "Leave out --weights or --hidden; --seed draws other weights"
        raise InputError(sentence(called, "--weights for two weights", "--hidden besides", do))
    if options.model is not None:
        for name in ("weights", "hidden", "activation"):
            if getattr(options, name) is not None:
                do = f"Leave out --{name}: the model has its own"
                raise InputError(sentence(called, "--model alone", f"--{name} besides", do))
