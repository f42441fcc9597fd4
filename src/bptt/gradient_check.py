"""Gradient check: the engine's derivatives against derivatives of its forward alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bptt import _checks, straight_path
from bptt._shapes import Array, RngLike
from bptt.data import find_batch
from bptt.errors import InputError, sentence
from bptt.losses import Loss
from bptt.network import RNN
from bptt.params import Params, from_names, named_arrays
from bptt.straight_path import FULL
from bptt.through_time import Strategy, Workspace, input_gradient
from bptt.trace import LayerTrace, Trace, read

COMPLEX_STEP = 1e-30
TOLERANCES = {"complex step": 1e-12, "central differences": 1e-6}


@dataclass(frozen=True)
class Row:
    """One quantity of the check."""

    name: str
    shape: tuple[int, ...]
    largest_entry: float
    """of both derivatives"""
    largest_difference: float
    """between them"""
    error: float
    """largest difference over the largest of all derivatives of the network, or of Σ|∂ξ/∂ŷ|"""


@dataclass(frozen=True, repr=False)
class GradientCheck:
    """What `check_gradient` found; prints as a table."""

    rows: tuple[Row, ...]
    method: str
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether every error is below the tolerance."""
        return all(row.error < self.tolerance for row in self.rows)  # NaN is not

    @property
    def worst(self) -> Row:
        """The row with the largest error."""
        return max(self.rows, key=lambda row: (np.isnan(row.error), row.error))

    @property
    def max_error(self) -> float:
        """The largest error."""
        return self.worst.error

    def __repr__(self) -> str:  # so that a notebook shows the table
        return str(self)

    def __str__(self) -> str:
        scale = max(r.largest_entry for r in self.rows)
        head = ("derivative of ξ by", "shape", "largest", "difference", "error")
        table = [head] + [
            (
                r.name,
                str(r.shape),
                f"{r.largest_entry:.3g}",
                f"{r.largest_difference:.1e}",
                f"{r.error:.1e}"
                + " (too small to be seen)" * (r.largest_entry <= self.tolerance * scale),
            )
            for r in self.rows
        ]
        widths = [max(len(row[i]) for row in table) for i in range(len(head))]
        lines = [
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
            for row in table
        ]
        verdict = "right" if self.ok else f"WRONG, worst in {self.worst.name}"
        lines.append(
            f"gradient {verdict}: BPTT against {self.method}, error allowed {self.tolerance:g}"
        )
        return "\n".join(lines)


def check_gradient(
    net: RNN,
    params: Params,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    loss: str | Loss = "mse",
    *,
    mask: npt.ArrayLike | None = None,
    lengths: npt.ArrayLike | None = None,
    initial_state: object = None,
    rng: RngLike = None,
    method: str = "auto",
    tolerance: float | None = None,
    strategy: Strategy = FULL,
) -> GradientCheck:
    """Compare every derivative of back-propagation through time with one of the forward alone.

    For each weight, bias, input and initial state θ: ∂ξ/∂θ = Im ξ(θ + i·1e-30)/1e-30, which has no
    subtraction and no step to tune; where f is not analytic (relu, one's own functions) central
    differences (ξ(θ + s) - ξ(θ - s))/2s with s = ε^⅓ max(1, |θ|).

    Parameters
    ----------
    net, params, x, y, loss, mask, lengths, initial_state
        As in `RNN.loss_and_gradient`; the check is made in float64.
    rng : int, optional
        Draws what dropout drops, for every call the same.
    method : "auto", "complex step" or "central differences"
    tolerance : float, optional
        Largest error allowed: 1e-12 for the complex step, 1e-6 for central differences.
    strategy : Strategy
        How the gradient that is checked is computed.

    Returns
    -------
    GradientCheck
        ``.ok``, ``.worst``, ``.rows``; ``print`` shows a table.  Errors are norm-wise: the largest
        difference over the largest of all derivatives and of Σ|∂ξ/∂ŷ|, which sums to the
        derivative of a bias and may cancel to rounding.

    Notes
    -----
    Squire & Trapp, *Using complex variables to estimate derivatives of real functions*, SIAM Review
    40 (1998).

    Examples
    --------
    >>> import bptt
    >>> x, y = bptt.tasks.post()
    >>> net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    >>> report = bptt.check_gradient(net, bptt.post_params(wx=1.0, wrec=1.0), x, y)
    >>> report.ok, report.method
    (True, 'complex step')
    """
    called = "check_gradient"
    analytic = net.activation is None or net.activation.complex_step
    if method == "auto":
        method = "complex step" if analytic else "central differences"
    allowed = _checks.one_of(called, "method", method, TOLERANCES)
    if tolerance is not None:
        allowed = _checks.real_in(called, "tolerance", tolerance, 0.0, np.inf, open_low=True)

    net.check_params(called, params)
    if isinstance(rng, np.random.Generator):
        do = "Give a whole number, for example rng=0"
        raise InputError(sentence(called, "rng that draws the same twice", "a Generator", do))
    data = find_batch(called, net, x, y, loss, mask, lengths)
    data = replace(data, inputs=data.inputs.astype(np.float64))
    params = from_names({n: array.astype(np.float64) for n, array in named_arrays(params)})
    named = dict(named_arrays(params))
    run = straight_path.run(net, called, params, data, initial_state, None, strategy, rng)
    with straight_path.quiet():
        trace = read(run, data.layout, run.predicted)
    options = {"initial_state": initial_state, "strategy": strategy, "rng": rng}
    _, grads = net.loss_and_gradient(params, data, **options)  # type: ignore[arg-type]
    states = _initial_states(net, trace) if initial_state is not None or not net.is_trained else {}
    ours = dict(named_arrays(grads)) | {"x": input_gradient(run.stack)}
    ours |= {name: layer.d_initial[state] for name, (layer, state) in states.items()}

    # All that ξ depends on, in one dictionary of arrays; the cost is a function of it.
    point = named | {"x": data.inputs}
    point |= {name: layer.states[state][:, 0] for name, (layer, state) in states.items()}
    workspace = Workspace()

    def cost(at: dict[str, Array]) -> complex:
        given = tuple(
            np.stack([at[name] for name, (_, theirs) in states.items() if theirs == state])
            for state in net.cell.states * bool(states)
        )
        moved = net.run(
            from_names({name: at[name] for name in named}),
            replace(data, inputs=at["x"]),
            initial_state=given if states else None,
            workspace=workspace,
            strategy=None,
            rng=rng,
        )
        if method == "central differences":
            return moved.loss
        # Complex products round otherwise than real ones; where ŷ - y is almost 0 that alone would
        # look like an error.  So the real part is that of the real forward.
        predicted = run.predicted + 1j * moved.predicted.imag
        return data.loss.function(predicted, data.targets, data.counts)[0]

    differentiate = _complex_step if method == "complex step" else _central_differences
    theirs = {name: differentiate(cost, point, name) for name in point}
    scale = max(np.abs(d).max() for both in (ours, theirs) for d in both.values())
    # what a bias of the read-out sums: it may cancel to nothing but rounding
    scale = max(scale, np.abs(run.d_predicted).sum() / run.d_predicted.shape[-1])
    rows = []
    for name, array in point.items():
        difference = float(np.abs(ours[name] - theirs[name]).max())
        largest = float(max(np.abs(ours[name]).max(), np.abs(theirs[name]).max()))
        error = difference / scale if scale else difference
        shape = trace.x.shape if name == "x" and data.layout.packing.equal else array.shape
        rows.append(Row(name, shape, largest, difference, float(error)))
    return GradientCheck(tuple(rows), method, allowed)


def _initial_states(net: RNN, trace: Trace) -> dict[str, tuple[LayerTrace, str]]:
    """Return a name for each initial state, and where it stands."""

    def name(layer: LayerTrace, state: str) -> str:
        if len(net.cell.states) == net.n_parts == 1:
            return "initial_state"
        return f"initial_{state}" + f"_{layer.name}" * (net.n_parts > 1)

    pairs = [(layer, state) for layer in trace.layers for state in net.cell.states]
    return {name(layer, state): (layer, state) for layer, state in pairs}


Cost = Callable[[dict[str, Array]], complex]


def _complex_step(cost: Cost, point: dict[str, Array], name: str) -> Array:
    """Return Im ξ(θ + i s)/s for every entry of one array."""
    moved = point[name].astype(np.complex128)
    at = point | {name: moved}
    derivative = np.empty(point[name].shape)
    for entry in np.ndindex(*derivative.shape):
        moved[entry] += 1j * COMPLEX_STEP
        derivative[entry] = cost(at).imag / COMPLEX_STEP
        moved[entry] = moved[entry].real
    return derivative


def _central_differences(cost: Cost, point: dict[str, Array], name: str) -> Array:
    """Return (ξ(θ + s) - ξ(θ - s))/2s for every entry of one array."""
    moved = point[name].copy()
    at = point | {name: moved}
    derivative = np.empty(point[name].shape)
    for entry, value in np.ndenumerate(point[name]):
        step = np.cbrt(np.finfo(np.float64).eps) * max(1.0, abs(value))
        moved[entry] = value + step
        above = cost(at)
        moved[entry] = value - step
        derivative[entry] = ((above - cost(at)) / (2 * step)).real
        moved[entry] = value
    return derivative
