"""What an estimator's parameters mean to `bptt.RNN` and `bptt.fit`; checked when it is fitted."""

from __future__ import annotations

import math
from typing import Any

from bptt import _checks, optimizers
from bptt.errors import InputError, sentence
from bptt.network import RNN
from bptt.optimizers import Optimizer
from bptt.params import Params

AUTO_BATCH = 32
READOUTS = {"last": "last", "mean": "mean"}


def check(estimator: Any, called: str, *, partial: bool) -> None:
    """Raise InputError if a parameter that no other function sees is not what it may be."""
    _checks.positive_int(called, "max_iter", estimator.max_iter)
    _checks.real_in(called, "tol", estimator.tol, 0.0, math.inf)
    if estimator.n_iter_no_change != math.inf:
        _checks.positive_int(called, "n_iter_no_change", estimator.n_iter_no_change)
    if estimator.batch_size != "auto":
        _checks.positive_int(called, "batch_size", estimator.batch_size)
    for name in ("early_stopping", "warm_start"):
        _checks.true_or_false(called, name, getattr(estimator, name))
    if partial and estimator.early_stopping:
        do = "Give early_stopping=False, and judge from outside when to stop"
        raise InputError(sentence(called, "no early stopping", "early_stopping=True", do))


def network(estimator: Any, called: str, input_size: int, output_size: int) -> RNN:
    """Return the network that the parameters describe."""
    return RNN(
        estimator.cell,
        input_size,
        estimator.hidden_size,
        estimator.activation,
        _checks.one_of(called, "readout", estimator.readout, READOUTS),
        output_size,
        n_layers=estimator.n_layers,
        bidirectional=estimator.bidirectional,
        dropout=estimator.dropout,
    )


def learnt(estimator: Any, called: str, net: RNN) -> Params:
    """Return the weights that were learnt before, if they are weights of this network."""
    if net.shapes != estimator.net_.shapes:
        came = "parameters or y for another one"
        do = "Leave cell, sizes and y's columns as they were, or call fit with warm_start=False"
        raise InputError(sentence(called, "the network that is fitted already", came, do))
    params: Params = estimator.params_
    return params


def optimizer(estimator: Any, called: str) -> Optimizer:
    """Return clipping, weight decay and the optimiser, one behind the other, as they are wanted."""
    step = estimator.optimizer
    if isinstance(step, Optimizer):
        step = optimizers.find(called, step)
    else:
        rate = estimator.learning_rate
        if not callable(rate):
            rate = _checks.real_in(called, "learning_rate", rate, 0.0, math.inf, open_low=True)
        make = _checks.one_of(called, "optimizer", step, optimizers.BY_NAME)
        step = make(rate, engine=estimator.engine) if make is optimizers.adam else make(rate)
    before = []
    if estimator.clip is not None:
        most = _checks.real_in(called, "clip", estimator.clip, 0.0, math.inf, open_low=True)
        before.append(optimizers.clip_by_norm(most))
    if _checks.real_in(called, "weight_decay", estimator.weight_decay, 0.0, math.inf):
        before.append(optimizers.weight_decay(estimator.weight_decay))
    return optimizers.chain(*before, step) if before else step


def gone_on_with(estimator: Any, optimizer: Optimizer) -> Optimizer:
    """Return the optimiser with the state that it was left in, unless its settings have changed."""
    if optimizer.name != getattr(estimator, "_optimizer_name", None):
        return optimizer
    return optimizer._replace(init=lambda params: estimator.optimizer_state_)


def batch_size(estimator: Any, n_sequences: int) -> int:
    """Return how many sequences one update sees."""
    size: int = AUTO_BATCH if estimator.batch_size == "auto" else estimator.batch_size
    return min(size, n_sequences)


def stopping(estimator: Any, *, partial: bool) -> dict[str, Any]:
    """Return what `bptt.fit` is to know of when to stop."""
    if partial:
        return {"epochs": 1}
    patience = estimator.n_iter_no_change
    return {
        "epochs": estimator.max_iter,
        "patience": None if patience == math.inf else patience,
        "tolerance": estimator.tol,
    }
