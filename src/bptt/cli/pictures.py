"""From a network and data to a picture: what is computed for each kind, and what it shows."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from bptt import optimizers, plots
from bptt._shapes import Array
from bptt.activations import Activation
from bptt.cli.console import Console
from bptt.cli.subject import Subject
from bptt.errors import InputError, sentence
from bptt.limits import Limits, two_weights
from bptt.params import Params, named_arrays, post_params
from bptt.surface import cost_surface, grid_around
from bptt.training import Event, Fitted, fit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TRAINED = {"cost": 1000, "surface": 1000, "predictions": 0}  # kinds that train: epochs
RATE = 0.01
WREC = (0.5, 1.0, 2.0, 4.0)  # a line for each
OVERVIEW = 2.0  # how far it reaches at least, from its middle
ZOOM = 1 / 8  # of the overview's width, at least


class Picture(NamedTuple):
    """What was drawn, and its main figures."""

    axes: Axes
    figures: dict[str, Any]
    """for JSON"""
    says: list[str]
    """for people"""


class Work:
    """What pictures are drawn of; training and search are done once, when first asked for."""

    def __init__(self, options: argparse.Namespace, seen: Subject, console: Console) -> None:
        self.options, self.seen, self.console = options, seen, console

    @cached_property
    def trained(self) -> tuple[Fitted, list[tuple[float, float]]]:
        """What was learnt, and for two weights the path there: their values at each epoch."""
        return _train(self.options, self.seen, self.console)

    @cached_property
    def limits(self) -> Limits | None:
        """What two weights can reach; None for other networks, and for much data."""
        seen = self.seen
        if not is_two_weights(seen) or seen.net.activation is None:
            return None
        with self.console.busy("searching what two weights can reach ..."):
            return two_weights(seen.data.x, seen.data.y, seen.net.activation, self.trained[0])


Draw: TypeAlias = Callable[[Work], Picture]


def _cost(work: Work) -> Picture:
    """Train, and draw the cost by epoch, with the lowest that two weights can reach."""
    (fitted, _), limits, options = work.trained, work.limits, work.options
    axes = plots.cost_by_epoch(fitted.history.loss, None if limits is None else limits.loss)
    figures = {
        "epochs": options.epochs,
        "cost": fitted.loss,
        "lowest": None if limits is None else limits.loss,
    }
    return Picture(axes, figures, [f"cost      {fitted.loss:.9g} after {options.epochs} epochs"])


def _unrolled(work: Work) -> Picture:
    """Draw the post's network unrolled through time, with its numbers and coloured boxes."""
    called = "plot unrolled"
    options, seen = work.options, work.seen
    activation = _activation_of_two_weights(called, seen)
    net, params, data = seen
    n = len(data.x)
    if not 1 <= options.sequence <= n:
        do = "They are counted from 1"
        expected = f"--sequence as a whole number from 1 to {n}"
        raise InputError(sentence(called, expected, str(options.sequence), do))
    one = options.sequence - 1
    trace = net.trace(params, data.x, data.y)
    target, prediction = float(data.y[one]), float(trace.prediction[one])
    axes = plots.unrolled(trace, params, activation, sequence=one, target=target)
    figures = {
        "sequence": options.sequence,
        "prediction": _or_none(prediction),
        "target": target,
        "cost": _or_none(trace.loss),
        "d_state_in": [_or_none(d) for d in trace.d_state_in[one, :, 0]],
    }
    says = f"sequence  {options.sequence} of {n}: prediction {prediction:.7g}, target {target:g}"
    return Picture(axes, figures, [says])


def _surface(work: Work) -> Picture:
    """Train the post's two weights, and draw the cost over both with the path and the minimum."""
    seen = work.seen
    activation = _activation_of_two_weights("plot surface", seen)
    (fitted, path), limits, options = work.trained, work.limits, work.options
    way = np.array(path)
    best, lowest = (path[-1], fitted.loss) if limits is None else (limits.loss_at, limits.loss)
    with work.console.busy("evaluating the cost on two grids ..."):
        axes = grid_around([*way, best, (0.0, 0.0)], margin=0.5, least=OVERVIEW)
        overview = cost_surface(seen.data.x, seen.data.y, *axes, activation)
        near = ZOOM * max(float(np.ptp(axis)) for axis in axes) / 2
        axes = grid_around([way[-1], best], margin=0.25, least=near)
        zoom = cost_surface(seen.data.x, seen.data.y, *axes, activation)
    drawn, _ = plots.overview_and_zoom(overview, zoom, path=way, minimum=best)
    figures = {
        "start": _weights(path[0]),
        "end": {**_weights(path[-1]), "cost": fitted.loss},
        "minimum": {**_weights(best), "cost": lowest},
        "epochs": options.epochs,
        "points": list(overview.cost.shape),
    }
    says = [
        f"minimum   {lowest:.9g} at wx {best[0]:.7g}, wrec {best[1]:.7g}",
        f"end       {fitted.loss:.9g} at wx {path[-1][0]:.7g}, wrec {path[-1][1]:.7g}, "
        f"after {options.epochs} epochs",
    ]
    return Picture(drawn, figures, says)


def _gradients(work: Work) -> Picture:
    """Draw the cost's derivative by State_k(In), by time stamp, for several recurrent weights."""
    options, seen = work.options, work.seen
    net, params, data = seen
    two = is_two_weights(seen)
    lines: dict[str, Array] = {}
    for w in options.wrec:
        layer = params.layers[0]
        weight_hh = np.full_like(layer.weight_hh, w) if two else w * layer.weight_hh
        other = params._replace(layers=(layer._replace(weight_hh=weight_hh),))
        d = net.trace(other, data.x, data.y).d_state_in
        with np.errstate(all="ignore"):  # what has exploded is left out of the picture
            errors = d[:, :, 0].sum(axis=0) if two else np.linalg.norm(d, axis=(0, 2))
        lines[f"Wrec = {w:g}" if two else f"weight_hh × {w:g}"] = errors
    how = "summed over sequences" if two else "norm over sequences and states"
    axes = plots.errors_by_time_stamp(lines, how=how)
    ends = [
        {"line": label, "first": _or_none(line[0]), "last": _or_none(line[-1])}
        for label, line in lines.items()
    ]
    says = [
        f"{label.replace('×', 'x')}: {line[0]:.4g} at k = 1, {line[-1]:.4g} at k = {len(line)}"
        for label, line in lines.items()
    ]
    return Picture(axes, {"time_stamps": data.x.shape[1], "how": how, "lines": ends}, says)


def _predictions(work: Work) -> Picture:
    """Draw predictions against truth, of the weights as they are or after training."""
    net, params, data = work.seen
    if work.options.epochs:
        params = work.trained[0].params
    prediction = net.predict(params, data.x)
    right, total = int((np.rint(prediction) == data.y).sum()), len(data.y)
    axes = plots.predictions(prediction, data.y, unit=data.counted)
    figures = {"right": right, "total": total, "predictions": [_or_none(p) for p in prediction]}
    return Picture(axes, figures, [f"right     {right} of {total}"])


BY_KIND: dict[str, Draw] = {
    "cost": _cost,
    "unrolled": _unrolled,
    "surface": _surface,
    "gradients": _gradients,
    "predictions": _predictions,
}


def _train(
    options: argparse.Namespace, seen: Subject, console: Console
) -> tuple[Fitted, list[tuple[float, float]]]:
    """Return what was learnt, and for two weights the path there: their values at each epoch."""
    rates = options.rate or [RATE]
    rate = post_params(*rates) if len(rates) == 2 else rates[0]
    two = is_two_weights(seen)
    path = [_pair(seen.params)] if two else []
    with console.progress("training", "epoch", options.epochs) as show:

        def listener(event: Event) -> None:
            if event.kind != "epoch":
                return
            show(event.epoch, event.loss)
            if two:
                path.append(_pair(event.params))

        fitted = fit(
            seen.net, seen.data.x, seen.data.y, params=seen.params, epochs=options.epochs,
            optimizer=optimizers.BY_NAME[options.optimizer](rate=rate), on_event=listener,
        )  # fmt: skip
    return fitted, path


def is_two_weights(seen: Subject) -> bool:
    """Whether it is the post's network."""
    return [array.size for _, array in named_arrays(seen.params)] == [1, 1]


def _activation_of_two_weights(called: str, seen: Subject) -> Activation:
    if not is_two_weights(seen) or seen.net.activation is None:
        sizes = sum(array.size for _, array in named_arrays(seen.params))
        do = "Leave out --hidden and --model, or give a model of two weights"
        came = f"one of {sizes} weights and biases"
        raise InputError(sentence(called, "the post's network of two weights", came, do))
    return seen.net.activation


def _pair(params: Params) -> tuple[float, float]:
    return params.Wx, params.Wrec


def _weights(at: tuple[float, float]) -> dict[str, float]:
    return {"wx": at[0], "wrec": at[1]}


def _or_none(number: float) -> float | None:
    """Return a number for JSON, which has no NaN."""
    return float(number) if math.isfinite(number) else None
