"""What ``bptt count`` says before and after the training."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from bptt._shapes import Array
from bptt.cli.bits import Bits
from bptt.cli.check import summary
from bptt.cli.console import Console
from bptt.limits import RANGE, Limits
from bptt.network import RNN
from bptt.params import Params, named_arrays

if TYPE_CHECKING:
    from bptt.cli.count import Outcome

MOST_ROWS = 12  # of a table
WIDEST = 24  # bits of a sequence that are shown
REASONS = {
    "logistic": "A logistic state lies in (0, 1), so it cannot hold a count that goes on growing",
    "tanh": "A tanh state lies in (-1, 1), so it cannot hold a count that goes on growing",
}


def before(data: Bits, net: RNN, start: Params) -> str:
    """Describe data and network."""
    n, n_steps = data.x.shape
    shown = [f"  {_bits(row)} -> {y:g}" for row, y in zip(data.x[:3], data.y[:3], strict=True)]
    if n > len(shown):
        shown.append(f"  ... and {n - len(shown)} more")
    lines = [
        f"data      {data.source}: {n} sequences of {n_steps} bits -> how many are ones",
        *shown,
    ]
    if data.counted == "zeros":
        lines.append("  Mind: these labels count the zeros, not the ones.")
    activation = net.activation.name if net.activation else ""
    if net.readout.has_weights:
        size = sum(array.size for _, array in named_arrays(start))
        network = f"{net.hidden_size} states, {activation}, linear read-out: {size} weights"
        return "\n".join([*lines, f"network   {network}"])
    if activation == "identity":
        lines.append(
            "network   State_k = State_k-1 wrec + x_k wx, no activation; prediction = State_T"
        )
    else:
        lines += [
            "network   State_k(In) = State_k-1(Out) wrec + x_k wx,  State_k(Out) = f(State_k(In)),",
            f"          f = {activation}; prediction = State_T(In): the last state has no activation",
        ]
    return "\n".join([*lines, f"start     wx {start.Wx:g}, wrec {start.Wrec:g}"])


def after(console: Console, outcome: Outcome) -> None:
    """Print the results, or the JSON object."""
    if outcome.options.json:
        console.result(json.dumps(as_json(outcome)))
        return
    fitted, judged, check = outcome.fitted, outcome.judged, outcome.check
    prediction = fitted.predict(judged.x)
    right = np.rint(prediction) == judged.y
    two = outcome.options.hidden is None
    rows = [
        (_bits(x), f"{y:g}", f"{p:.6f}", f"{np.rint(p):g}", "right" if ok else "wrong")
        for x, y, p, ok in zip(judged.x, judged.y, prediction, right, strict=True)
    ]
    console.say()
    name = "State_T(In)" if two else "prediction"
    console.table(("sequence", judged.counted, name, "rounded", ""), rows[:MOST_ROWS], "lrrrl")
    if len(rows) > MOST_ROWS:
        console.say(f"... and {len(rows) - MOST_ROWS} more")
    where = "" if judged is outcome.data else " held-out sequences"
    console.say(f"\ncounted   {right.sum()} of {len(right)}{where} right ({right.mean():.1%})")
    if outcome.test_right is not None:
        console.say(f"tested    {_tested(outcome)}")
    if two:
        console.say(f"weights   wx {fitted.params.Wx:.16g}, wrec {fitted.params.Wrec:.16g}")
    console.say(f"cost      {fitted.loss:.9g} after {len(fitted.history.loss)} epochs")
    verdict = "right" if check.ok else f"WRONG, worst in {check.worst.name}"
    console.say(
        f"gradient  {verdict}: back-propagation through time against {check.method}, "
        f"largest error {check.max_error:.1e}"
    )
    if outcome.limits is not None:
        console.say(_limits(outcome, outcome.limits))
    for option in ("save", "plot"):
        if getattr(outcome.options, option):
            console.say(f"{option:<9} {getattr(outcome.options, option)}")
    console.say(f"time      {outcome.seconds:.2f} s")


def as_json(outcome: Outcome) -> dict[str, object]:
    """Return the outcome as one object."""
    options, fitted, judged, limits = (
        outcome.options,
        outcome.fitted,
        outcome.judged,
        outcome.limits,
    )
    prediction = fitted.predict(judged.x)
    rounded = np.rint(prediction)
    two = options.hidden is None
    named = {name: array.tolist() for name, array in named_arrays(fitted.params)}
    activation = fitted.net.activation
    found: dict[str, object] = {
        "data": outcome.data.source,
        "counted": judged.counted,
        "activation": activation.name if activation else None,
        "hidden": fitted.net.hidden_size,
        "epochs": len(fitted.history.loss),
        "loss": fitted.loss,
        "weights": {"wx": fitted.params.Wx, "wrec": fitted.params.Wrec} if two else named,
        "held_out": judged is not outcome.data,
        "targets": judged.y.tolist(),
        "predictions": prediction.tolist(),
        "rounded": [int(value) for value in rounded],
        "correct": int((rounded == judged.y).sum()),
        "total": len(judged.y),
        "best_possible_loss": None if limits is None else limits.loss,
        "best_possible_correct": None if limits is None else limits.correct,
        "gradient_check": summary(outcome.check),
        "seconds": outcome.seconds,
    }
    if outcome.test_right is not None:
        found["test"] = {"steps": options.test_steps, "correct": outcome.test_right, "total": 100}
    return found


def _limits(outcome: Outcome, limits: Limits) -> str:
    """Say what two weights can reach on this data, why, and the ways out."""
    total, activation = len(outcome.data.y), outcome.fitted.net.activation
    name = activation.name if activation else ""
    lines = [
        "",
        f"What two weights can do on this data, activation {name}, searched on a grid of step "
        f"{limits.grid_step:g}",
        f"in [-{RANGE:g}, {RANGE:g}]² and by training from its valleys:",
        f"  lowest cost   {limits.loss:.9g} at wx {_pair(limits.loss_at)}",
        f"  most right    {limits.correct} of {total}, for example at wx {_pair(limits.correct_at)}",
    ]
    if limits.correct < total:
        reason = REASONS.get(name, f"The activation {name} cannot hold this count")
        lines += [
            f"So these two weights cannot count all {total} sequences, however long they train.",
            f"{reason}. Ways out:",
        ]
        command = " ".join(["bptt count", *_data_options(outcome)])
        if name != "identity" and outcome.data.counted == "ones":
            lines.append(f"  {command} --activation identity   (counts exactly, at any length)")
        lines.append(f"  {command} --hidden 16   (more states, and a linear read-out)")
    return "\n".join([*lines, ""])


def _pair(weights: tuple[float, float]) -> str:
    return f"{weights[0]:.4g}, wrec {weights[1]:.4g}"


def _data_options(outcome: Outcome) -> list[str]:
    """Return the options that choose the same data again."""
    options = outcome.options
    given = [("--data", options.data, "post"), ("--sequences", options.sequences, None)]
    given += [("--steps", options.steps, None), ("--seed", options.seed, 0)]
    return [f"{name} {value}" for name, value, default in given if value != default]


def _tested(outcome: Outcome) -> str:
    steps = outcome.options.test_steps
    return f"{outcome.test_right} of 100 new random sequences of {steps} time stamps right"


def _bits(row: Array) -> str:
    text = "".join(f"{bit:g}" for bit in row[:WIDEST])
    return text if len(row) <= WIDEST else text[: WIDEST - 3] + "..."
