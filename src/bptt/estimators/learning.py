"""How an estimator learns: its data and parameters read, `bptt.fit` called, its news kept."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from bptt.errors import sentence
from bptt.estimators import held_out, sequences_in, settings
from bptt.training import Event, Fitted, fit


def learn(estimator: Any, method: str, X: Any, y: Any) -> None:
    """Run `bptt.fit`: for one epoch in ``partial_fit``, else until it stops."""
    from sklearn.utils import check_consistent_length, check_random_state

    called, partial = f"{type(estimator).__name__}.{method}", method == "partial_fit"
    settings.check(estimator, called, partial=partial)
    first = not hasattr(estimator, "params_") or not (partial or estimator.warm_start)
    x, input_size, dtype = sequences_in.read(estimator, called, X, reset=first)
    y, targets = estimator._read_targets(called, y, new=first and not partial)
    check_consistent_length(x, y)
    net = settings.network(estimator, called, input_size, targets[:1].size)
    optimizer = settings.optimizer(estimator, called)
    random_state = check_random_state(estimator.random_state)
    rng = np.random.default_rng(random_state.randint(2**31 - 1))
    params = net.init(rng, dtype=dtype) if first else settings.learnt(estimator, called, net)
    watch = None
    if estimator.early_stopping:
        x, targets, watch = held_out.split(estimator, called, net, x, y, targets, random_state)
    fitted = fit(
        net,
        x,
        targets,
        params=params,
        loss=estimator._loss(),
        optimizer=settings.gone_on_with(estimator, optimizer) if partial else optimizer,
        batch_size=settings.batch_size(estimator, len(x)),
        watch=watch,
        rng=rng,
        on_event=_printer(watch) if estimator.verbose else (),
        engine=estimator.engine,
        **settings.stopping(estimator, partial=partial),
    )
    _keep(estimator, fitted, optimizer.name, len(x), first=first)
    if fitted.stopped == "epochs" and not partial:
        _warn(called, estimator.max_iter)


def _keep(estimator: Any, fitted: Fitted, optimizer: str, n: int, *, first: bool) -> None:
    """Keep what was learnt from n sequences; curves and counts go on unless it is the first."""
    losses, early = fitted.history.loss, estimator.early_stopping
    scores = [-value for value in fitted.history.watched]
    estimator.net_, estimator.params_ = fitted.net, fitted.params
    estimator.n_outputs_ = fitted.net.output_size
    estimator.optimizer_state_, estimator._optimizer_name = fitted.state, optimizer
    estimator.n_iter_ = len(losses)
    updates = len(losses) * -(-n // settings.batch_size(estimator, n))
    estimator.t_ = updates if first else estimator.t_ + updates
    estimator.loss_curve_ = losses if first else estimator.loss_curve_ + losses
    estimator.loss_ = losses[-1]
    estimator.best_loss_ = None if early else min(estimator.loss_curve_)
    before = [] if first else estimator.validation_scores_ or []
    estimator.validation_scores_ = before + scores if early else None
    estimator.best_validation_score_ = max(scores) if early else None


def _warn(called: str, max_iter: int) -> None:
    from sklearn.exceptions import ConvergenceWarning

    expected = f"the training to settle within max_iter={max_iter} epochs"
    do = "Give a larger max_iter or tol; inputs of mean 0 and deviation 1 are learnt sooner"
    message = sentence(called, expected, "all of them without that", do)
    warnings.warn(message, ConvergenceWarning, stacklevel=4)


def _printer(watch: held_out.Watch | None) -> Callable[[Event], None]:
    """Return who prints a line for each epoch."""

    def hear(event: Event) -> None:
        if event.kind == "epoch":
            score = f", validation score = {watch.scores[-1]:.6f}" if watch else ""
            print(f"Iteration {event.epoch}, loss = {event.loss:.8f}{score}")

    return hear
