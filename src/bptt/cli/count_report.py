"""What ``bptt count`` says before and after the training; no line is wider than 80 letters."""

from __future__ import annotations

import json
import math
import shlex
from typing import TYPE_CHECKING

import numpy as np

from bptt._shapes import Array
from bptt.cli.bits import Bits
from bptt.cli.check import summary
from bptt.cli.console import Console
from bptt.cli.count_options import LEAST_HELD_OUT, TEST_SEQUENCES
from bptt.limits import Limits
from bptt.network import RNN
from bptt.params import Params, named_arrays

if TYPE_CHECKING:
    from bptt.cli.count import Outcome

MOST_ROWS = 12  # of a table
WIDEST = 24  # bits of a sequence that are shown
WIDEST_COMMAND = 30  # beside which there is room for a remark
SILENT = "without a bias, this network says 0 of a sequence without ones."
REASONS = {
    "logistic": "a logistic state lies in (0, 1), so it cannot hold a count that goes on growing.",
    "tanh": "a tanh state lies in (-1, 1), so it cannot hold a count that goes on growing.",
}


def before(data: Bits, net: RNN, start: Params) -> str:
    """Describe data and network."""
    n, n_steps = data.x.shape
    shown = [f"  {bits_of(row)} -> {y:g}" for row, y in zip(data.x[:3], data.y[:3], strict=True)]
    if n > len(shown):
        shown.append(f"  ... and {n - len(shown)} more")
    size = f"{_number(n, 'sequence')} of {_number(n_steps, 'bit')}"
    lines = [f"data      {data.source}: {size} -> how many are {data.counted}", *shown]
    if data.counted == "zeros":
        lines.append("  Mind: these labels count the zeros, not the ones.")
    activation = net.activation.name if net.activation else ""
    if net.readout.has_weights:
        size = _number(sum(array.size for _, array in named_arrays(start)), "weight")
        states = _number(net.hidden_size, "state")
        return "\n".join([*lines, f"network   {states}, {activation}, linear read-out: {size}"])
    if activation == "identity":
        lines += [
            "network   State_k    = State_k-1 wrec + x_k wx,  no activation",
            "          prediction = State_T",
        ]
    else:
        lines += [
            "network   State_k(In)  = State_k-1(Out) wrec + x_k wx",
            f"          State_k(Out) = {activation}(State_k(In))",
            "          prediction   = State_T(In): the last state has no activation",
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
        (bits_of(x), f"{y:g}", f"{p:.6f}", f"{np.rint(p):g}", "right" if ok else "wrong")
        for x, y, p, ok in zip(judged.x, judged.y, prediction, right, strict=True)
    ]
    console.say()
    name = "State_T(In)" if two else "prediction"
    console.table(("sequence", judged.counted, name, "rounded", ""), rows[:MOST_ROWS], "lrrrl")
    if len(rows) > MOST_ROWS:
        console.say(f"... and {len(rows) - MOST_ROWS} more")
    where = "" if len(judged.x) == len(outcome.data.x) else " held-out sequences"
    console.say(f"\ncounted   {right.sum()} of {len(right)}{where} right ({right.mean():.1%})")
    if outcome.test_right is not None:
        console.say(
            f"tested    {outcome.test_right} of {TEST_SEQUENCES} new random sequences "
            f"of {_number(outcome.options.test_steps, 'bit')} right"
        )
    if two:
        console.say(f"weights   wx {fitted.params.Wx:.16g}, wrec {fitted.params.Wrec:.16g}")
    console.say(f"cost      {fitted.loss:.9g} after {_number(len(fitted.history.loss), 'epoch')}")
    verdict = "right to" if check.ok else f"WRONG in {check.worst.name} by"
    console.say(
        f"gradient  {verdict} {check.max_error:.1e}: back-propagation through time "
        f"against {check.method}"
    )
    if two:
        console.say(_limits(outcome, outcome.limits, int(right.sum())))
    for option, path in outcome.written.items():
        console.say(f"{option:<9} {path}")
    console.say(f"time      {outcome.seconds:.2f} s")


def as_json(outcome: Outcome) -> dict[str, object]:
    """Return the outcome as one object, without NaN and infinity, which JSON does not have."""
    options, fitted, judged = outcome.options, outcome.fitted, outcome.judged
    limits, net = outcome.limits, fitted.net
    prediction = fitted.predict(judged.x)
    rounded = np.rint(prediction)
    two = options.hidden is None
    named = {name: array.tolist() for name, array in named_arrays(fitted.params)}
    found: dict[str, object] = {
        "data": outcome.data.source,
        "counted": judged.counted,
        "activation": net.activation.name if net.activation else None,
        "hidden": net.hidden_size,
        "epochs": len(fitted.history.loss),
        "loss": fitted.loss,
        "weights": {"wx": fitted.params.Wx, "wrec": fitted.params.Wrec} if two else named,
        "held_out": len(judged.x) < len(outcome.data.x),
        "targets": [int(value) for value in judged.y],
        "predictions": [value if math.isfinite(value) else None for value in prediction.tolist()],
        "rounded": [int(value) if math.isfinite(value) else None for value in rounded],
        "correct": int((rounded == judged.y).sum()),
        "total": len(judged.y),
        "best_possible_loss": None if limits is None else limits.loss,
        "best_possible_correct": None if limits is None else limits.correct,
        "gradient_check": summary(outcome.check),
        "seconds": outcome.seconds,
    }
    if outcome.test_right is not None:
        test = {"correct": outcome.test_right, "total": TEST_SEQUENCES}
        found["test"] = {"steps": options.test_steps, **test}
    return found


def _limits(outcome: Outcome, limits: Limits | None, right: int) -> str:
    """Say what two weights can reach on this data, why, and the ways out."""
    total, net = len(outcome.data.y), outcome.fitted.net
    name = net.activation.name if net.activation else ""
    if limits is None:
        text = "\nWhat two weights can do here was not searched: so much data takes long.\n"
        return text if right == total else "\n".join([text[:-1], *_ways_out(outcome), ""])
    lines = [
        "",
        f"What two weights can do on this data, activation {name}:",
        f"  lowest cost   {limits.loss:.9g} at wx {_pair(limits.loss_at)}: "
        f"{limits.loss_correct} of {total} right there",
        f"  most right    {limits.correct} of {total}, for example at wx "
        f"{_pair(limits.correct_at)}",
        f"  (grid from {-limits.grid_reach:g} to {limits.grid_reach:g} in steps of "
        f"{limits.grid_step:g}, finer at its best, and training)",
    ]
    if limits.correct < total:
        reason = REASONS.get(name, "a single state with this activation cannot hold the count.")
        if name != "logistic" and (outcome.data.y[~outcome.data.x.any(axis=1)] != 0).any():
            reason = SILENT
        lines += [
            f"No two weights were found that count all {total} right, however long they train:",
            reason,
            *_ways_out(outcome),
        ]
    elif not math.isclose(outcome.fitted.loss, limits.loss, rel_tol=0.01, abs_tol=1e-6):
        lines.append("The training stopped short of that: try more --epochs, or another --init.")
    return "\n".join([*lines, ""])


def _pair(weights: tuple[float, float]) -> str:
    return f"{weights[0]:.4g}, wrec {weights[1]:.4g}"


def _ways_out(outcome: Outcome) -> list[str]:
    """Return the commands that do count."""
    data = outcome.options.data
    same = "" if data == "post" else f" --data {shlex.quote(data)}"
    ways = []
    if outcome.data.counted == "ones":
        # learnt from short sequences, which is quick, and right at any length
        longer = "" if data in ("post", "part1") else f" --test-steps {outcome.data.x.shape[1]}"
        short = same if not longer else ""
        ways.append((f"{short} --activation identity{longer}", "(counts exactly, at any length)"))
    more = f"{same} --sequences 2000 --steps 16" if data == "random" else same
    small = len(outcome.data.x) < LEAST_HELD_OUT and data != "random"
    why = "(more states: learns these by heart)" if small else "(more states, linear read-out)"
    ways.append((f"{more} --hidden 16", why))
    width = max(len(command) for command, _ in ways)
    if width > WIDEST_COMMAND:
        lines = [f"  bptt count{command}\n        {why}" for command, why in ways]
    else:
        lines = [f"  bptt count{command:<{width}}   {why}" for command, why in ways]
    return ["Ways out to try:", *lines]


def _number(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"


def bits_of(row: Array) -> str:
    """Write a sequence of bits, the first ones of a long one."""
    text = "".join(f"{bit:g}" for bit in row[:WIDEST])
    return text if len(row) <= WIDEST else text[: WIDEST - 3] + "..."
