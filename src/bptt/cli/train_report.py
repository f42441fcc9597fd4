"""What ``bptt train`` says before and after the training; no line is wider than 80 letters."""

from __future__ import annotations

import shlex
from collections import Counter

import numpy as np

from bptt.cli.console import Console
from bptt.cli.wording import LABEL, counted, line, listed, missing_values, score_rows
from bptt.files.access import amount
from bptt.files.learning import Scores, Training
from bptt.files.missing import Missing
from bptt.files.targets import CLASSES, Target
from bptt.training import Fitted

FEW = 10  # sequences: scores of fewer are said to be weak
FORMS = {
    "long": "one row for each time stamp",
    "wide": "one row for each sequence",
    "arrays": "arrays x and y",
}


def before(training: Training, target: Target, missed: Missing) -> str:
    """Say what was understood of the data, and what will be trained."""
    data, settings = training.data, training.settings
    features = "steps" if data.form == "wide" else "features"
    starts = f", best of {settings.starts} starts" if settings.starts > 1 else ""
    left_out = f"; left out: {listed(data.left_out)}" if data.left_out else ""
    lines = [
        line("data", f"{data.path}: {FORMS[data.form]}"),
        line("", _lengths(training)),
        *([] if data.form == "arrays" else [line("", _order(training))]),
        line(features, listed(data.roles.features) + left_out),
        line("target", _target(target)),
        line("missing", missing_values(missed)),
        line("held out", _held_out(training)),
        line("network", _network(training)),
        line(
            "training",
            f"{training.about.loss.replace('_', ' ')}, Adam {settings.rate:g}, gradients clipped "
            f"to norm {settings.clip:g}, batches of {settings.batch}, up to "
            f"{counted(settings.epochs, 'epoch')}{starts}; "
            f"needs about {amount(training.bytes_needed)}",
        ),
    ]
    return "\n".join(lines)


def _lengths(training: Training) -> str:
    lengths, window = training.data.lengths, training.settings.window
    low, high = int(lengths.min()), int(lengths.max())
    of = counted(high, "time stamp") if low == high else f"{low:,} to {high:,} time stamps"
    text = f"{counted(len(lengths), 'sequence')} of {of}, {lengths.sum():,} in all"
    if window is not None:
        text += f"; in windows of {counted(window, 'time stamp')}"
        if not training.about.per_step:
            text += ", each with its sequence's target; predicted is their mean"
    return text


def _order(training: Training) -> str:
    roles = training.data.roles
    if training.data.form == "wide":
        return (
            "numbered as they stand there"
            if roles.sequence is None
            else f"named by {roles.sequence!r}"
        )
    apart = "all one sequence"
    if roles.sequence is not None:
        apart = f"told apart by {roles.sequence!r}"
    order = "in the order of the file" if roles.order is None else f"in order of {roles.order!r}"
    options = " and ".join(f"--{name}" for name in roles.guessed)
    says = "says" if len(roles.guessed) == 1 else "say"
    guess = f" (guessed by name; {options} {says} otherwise)" if options else ""
    return f"{apart}, {order}{guess}"


def _target(target: Target) -> str:
    each = "one for each time stamp" if target.per_step else "one for each sequence"
    each += f" ({target.changes})" if target.changes else ""
    flat = np.concatenate(target.y)
    if target.task != CLASSES:
        span = f"from {flat.min():.6g} to {flat.max():.6g}, mean {flat.mean():.6g}"
        return f"{target.name!r}: a number, {each}; {span}"
    often = Counter(flat.tolist())
    classes = listed([f"{label} ({often[i]:,})" for i, label in enumerate(target.labels)])
    guess = "; few whole numbers, so taken for classes (--task regression says otherwise)"
    return (
        f"{target.name!r}: {len(target.labels)} classes, {each}: {classes}{guess * target.guessed}"
    )


def _held_out(training: Training) -> str:
    parts = training.parts
    thing = "window" if parts.windows else "sequence"
    stop = f", {len(parts.validation)} to stop by" if len(parts.validation) else ""
    drawn = "by class" if training.about.task == CLASSES and not training.about.per_step else ""
    text = (
        f"{counted(len(parts.test), thing)} to judge by{stop}, drawn at random{' ' * bool(drawn)}"
    )
    return f"{text}{drawn}; {len(parts.train)} to train on, whose mean and deviation scale all"


def _network(training: Training) -> str:
    net = training.net
    layers = f"{counted(net.n_layers, 'layer')} of " * (net.n_layers > 1)
    ways = ", in both directions" * net.bidirectional
    size = sum(int(np.prod(shape)) for shape in net.shapes.values())
    out = "at every time stamp" if net.readout.every else "at the end"
    states = counted(net.hidden_size, "state")
    return f"{net.cell.name}, {layers}{states}{ways}, read out {out}: {counted(size, 'weight')}"


def after(
    console: Console, training: Training, fitted: Fitted, found: Scores, save: str, seconds: float
) -> None:
    """Say what came of it, and how to use it."""
    about, epochs, parts = (
        training.about,
        counted(len(fitted.history.loss), "epoch"),
        training.parts,
    )
    text = f"{epochs} in {seconds:.1f} s"
    if len(fitted.history.loss) > training.settings.epochs:
        text += f"; {training.settings.epochs} were asked for, but more were done already"
    elif fitted.stopped == "patience":
        text += f", stopped since the last {training.settings.patience} were no better"
    if fitted.best_epoch is not None:
        text += f"; kept: the weights after epoch {fitted.best_epoch}, best on those to stop by"
    console.say(line("trained", text))
    thing = "window" if parts.windows else "sequence"
    few = " (too few to say much)" if len(parts.test) < FEW else ""
    console.say(f"\nscores on the {counted(len(parts.test), thing)} held out{few}")
    says = always(training, found)
    header = ("", "network", f"always {_shortened(repr(says) if about.labels else says)}")
    console.table(header, score_rows(found.network, found.baseline), "lrr")
    console.say(f"\n{'save':<{LABEL}}{save}")
    console.say(f"{'predict':<{LABEL}}bptt predict {shlex.quote(save)} DATA -o predictions.csv")
    for label, code in zip(("python", "", "", ""), python(training, save), strict=True):
        console.say(f"{label:<{LABEL}}{code}")


def always(training: Training, found: Scores) -> str:
    """Return what the baseline says."""
    if training.about.task == CLASSES:
        return training.about.labels[int(found.always)]
    return f"{found.always:.4g}"


def python(training: Training, save: str) -> tuple[str, ...]:
    """Return lines of Python that load the model and predict."""
    size, features = training.about.input_size, listed(training.about.features)
    says = "" if training.data.form == "wide" else f": {_shortened(features)}"
    return (
        "import bptt, numpy",
        f"model = bptt.load_model({save!r})",
        f"x = numpy.zeros((1, 10, {size}))  # n, T, features{says}",
        "print(model.predict(x))",
    )


def _shortened(text: str, most: int = 20) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
