"""The post's network unrolled through time, with all its numbers and the coloured boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bptt import activations
from bptt._shapes import Array
from bptt.activations import Activation
from bptt.errors import InputError, sentence
from bptt.params import Params, fields
from bptt.plots.boxes import HEIGHT, INCH, Drawing
from bptt.plots.figure import BLUE, GREY, ORANGE, YELLOW, new_axes
from bptt.trace import Trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CALLED = "plots.unrolled"
MOST_COLUMNS = 8  # more time stamps are folded in the middle
ENDS = 2  # so many of them stay on either side
LEFT, PITCH = 1.9, 1.35  # where the first column stands, and the distance of two
X, STATE_IN, STATE_OUT, FACTOR, ERROR = 0.75, 1.75, 2.75, 3.75, 4.75  # the rows' heights
TOP = 5.35
ROWS = (
    (X, "input x$_k$", "black"),
    (STATE_IN, "State$_k$(In)", BLUE),
    (STATE_OUT, "State$_k$(Out)", BLUE),
    (FACTOR, "f′(State$_k$(In)):\nthe activation's\nfactor", "black"),
    (ERROR, "∂ξ/∂State$_k$(In)", ORANGE),
)


class _Column(NamedTuple):
    k: int | None
    """time stamp, from 1; None where others are folded away"""
    at: float


def unrolled(
    trace: Trace,
    params: Params,
    activation: str | Activation | tuple[activations.Plain, activations.Plain],
    *,
    sequence: int = 0,
    target: float | None = None,
    axes: Axes | None = None,
) -> Axes:
    """Draw the post's network, a column for each time stamp, with what one sequence does in it.

    The states go to the right (below, solid arrows), the error comes back to the left (above,
    dashed arrows): from ∂ξ/∂State_{k+1}(In) times Wrec times the coloured box f'(State_k(In)), the
    factor that the activation adds.  The last State(In) has no activation and so no box.  Of more
    than 8 time stamps the first two and the last two are shown.

    Parameters
    ----------
    trace : Trace
        From `RNN.trace`.
    params : Params
        The two weights it was made with.
    activation : str, Activation or pair of functions
        Of the network.
    sequence : int
        Which one, counted from 0.
    target : float, optional
        What this sequence should have come to; written beside the prediction.
    axes : matplotlib axes, optional
        Letters shrink with them.

    Returns
    -------
    axes

    Raises
    ------
    InputError
        If it is not the post's network (one input, one state, no bias, no read-out), or has no
        such sequence.

    Examples
    --------
    >>> import bptt
    >>> x, y = bptt.tasks.post()
    >>> net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    >>> params = bptt.post_params(wx=0.2, wrec=1.5)
    >>> axes = unrolled(net.trace(params, x, y), params, "logistic", sequence=2, target=3.0)
    >>> axes.get_title().splitlines()[0]
    'The network unrolled through time: sequence 3 of 3'
    """
    f = activations.find(CALLED, activation)
    _check(trace, params, sequence)
    n_steps = trace.x.shape[1]
    columns = _columns(n_steps)
    width = columns[-1].at + 2.3
    if axes is None:
        axes = new_axes(width * INCH, (TOP + 0.6) * INCH)
    drawing = Drawing(axes, width, TOP)
    for at, name, color in ROWS:
        drawing.text(0.05, at, name, color=color, ha="left")
    drawing.text(0.05, 0.15, "time stamp k", ha="left")
    state_in = trace.state_in[sequence, :, 0]
    factor = f.derivative(state_in)
    for here, after in zip(columns, [*columns[1:], None], strict=True):
        if here.k is None:
            _folded(drawing, here.at, n_steps)
        else:
            _time_stamp(drawing, here.k, here.at, trace, sequence, factor)
        if after is not None:
            gap = (here.at + drawing.half, after.at - drawing.half)
            drawing.arrow((gap[0], STATE_OUT), (gap[1], STATE_IN), BLUE, "Wrec")
            drawing.arrow((gap[1], ERROR), (gap[0], FACTOR), ORANGE, "× Wrec", back=True)
    _error(drawing, columns[-1].at, trace, sequence, target)
    axes.set_title(
        f"The network unrolled through time: sequence {sequence + 1} of {len(trace.x)}\n"
        f"Wx = {params.Wx:.5g}, Wrec = {params.Wrec:.5g}, f = {f.name}; "
        f"cost of all sequences ξ = {trace.loss:.5g}",
        fontsize=drawing.size * 1.15,
    )
    return axes


def _time_stamp(
    drawing: Drawing, k: int, at: float, trace: Trace, sequence: int, factor: Array
) -> None:
    """Draw one column: the forward up to State(Out), and the error from the box upwards."""
    half = HEIGHT / 2
    drawing.text(at, 0.15, f"{k}")
    drawing.box(at, X, trace.x[sequence, k - 1, 0], edge=GREY)
    drawing.arrow((at, X + half), (at, STATE_IN - half), BLUE, "Wx")
    drawing.box(at, STATE_IN, trace.state_in[sequence, k - 1, 0], edge=BLUE)
    drawing.box(at, ERROR, trace.d_state_in[sequence, k - 1, 0], edge=ORANGE)
    if k == trace.x.shape[1]:
        drawing.box(at, STATE_OUT, "no\nactivation", edge=GREY, dashed=True)
        drawing.box(at, FACTOR, "no factor", edge=GREY, dashed=True)
        return
    drawing.arrow((at, STATE_IN + half), (at, STATE_OUT - half), BLUE, "f")
    drawing.box(at, STATE_OUT, trace.state_out[sequence, k, 0], edge=BLUE)
    drawing.box(at, FACTOR, factor[k - 1], edge="black", fill=YELLOW, thick=True)
    drawing.arrow((at, FACTOR + half), (at, ERROR - half), ORANGE, "× f′", back=True)


def _error(
    drawing: Drawing, last: float, trace: Trace, sequence: int, target: float | None
) -> None:
    """Draw what is behind the last time stamp: the prediction, and the error that it makes."""
    at, half = last + 1.65, HEIGHT / 2
    beside = (last + drawing.half, at - drawing.half)
    drawing.arrow((beside[0], STATE_IN), (beside[1], STATE_IN), BLUE)
    drawing.box(at, STATE_IN, trace.state_in[sequence, -1, 0], edge=BLUE)
    aim = "" if target is None else f"\ntarget y = {target:.5g}"
    drawing.text(at, STATE_IN - half - 0.08, f"prediction ŷ{aim}", color=BLUE, va="top")
    drawing.arrow((at, STATE_IN + half), (at, ERROR - half), ORANGE, "cost ξ", back=True)
    drawing.box(at, ERROR, trace.d_state_in[sequence, -1, 0], edge=ORANGE)
    drawing.text(at, ERROR + half + 0.06, "∂ξ/∂ŷ", color=ORANGE, va="bottom")
    drawing.arrow((beside[1], ERROR), (beside[0], ERROR), ORANGE, back=True)


def _folded(drawing: Drawing, at: float, n_steps: int) -> None:
    for height in (X, STATE_IN, STATE_OUT, FACTOR, ERROR):
        drawing.text(at, height, "…")
    drawing.text(at, (STATE_OUT + FACTOR) / 2, f"… {n_steps - 2 * ENDS} time\nstamps …")


def _columns(n_steps: int) -> list[_Column]:
    """Return where each time stamp that is shown stands."""
    shown: list[int | None] = list(range(1, n_steps + 1))
    if n_steps > MOST_COLUMNS:
        shown[ENDS:-ENDS] = [None]
    return [_Column(k, LEFT + 0.45 + PITCH * place) for place, k in enumerate(shown)]


def _check(trace: Trace, params: Params, sequence: int) -> None:
    n, _, inputs = trace.x.shape
    states = trace.state_in.shape[2]
    sizes = [array.size for array in fields(params) if array is not None]
    if (inputs, states) != (1, 1) or sizes != [1, 1]:
        came = f"{inputs} input(s), {states} state(s) and {sum(sizes)} weights and biases"
        do = "Draw plots.errors_by_time_stamp for larger networks"
        raise InputError(sentence(CALLED, "the post's network of two weights", came, do))
    known = isinstance(sequence, (int, np.integer)) and not isinstance(sequence, bool)
    if not (known and 0 <= sequence < n):
        expected, do = f"sequence as a whole number from 0 to {n - 1}", "They are counted from 0"
        raise InputError(sentence(CALLED, expected, repr(sequence), do))
