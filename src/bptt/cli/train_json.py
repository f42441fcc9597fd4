"""What ``bptt train --json`` prints."""

from __future__ import annotations

from typing import Any

import numpy as np

from bptt.cli.train_report import always, python
from bptt.files.learning import Scores, Training
from bptt.files.missing import Missing
from bptt.files.targets import CLASSES, Target
from bptt.training import Fitted


def as_json(
    training: Training, target: Target, missed: Missing, fitted: Fitted, found: Scores, save: str
) -> dict[str, Any]:
    """Return all of it as one object."""
    data, about, parts, lengths = (
        training.data,
        training.about,
        training.parts,
        training.data.lengths,
    )
    flat = np.concatenate(target.y)
    if target.task == CLASSES:
        often = np.bincount(flat, minlength=len(target.labels)).tolist()
        spread: dict[str, Any] = {"classes": dict(zip(target.labels, often, strict=True))}
    else:
        spread = {"least": flat.min(), "mean": flat.mean(), "most": flat.max()}
    return {
        "data": {
            "file": data.path,
            "form": data.form,
            "sequences": data.n_sequences,
            "time_stamps": int(lengths.sum()),
            "shortest": int(lengths.min()),
            "longest": int(lengths.max()),
            "features": list(about.features),
            "left_out": list(data.left_out),
            "sequence": about.sequence,
            "order": about.order,
            "guessed": list(data.roles.guessed),
            "missing": missed._asdict(),
        },
        "target": {
            "name": target.name,
            "task": target.task,
            "per": "time stamp" if target.per_step else "sequence",
            **spread,
        },
        "held_out": {
            "of": "windows" if parts.windows else "sequences",
            "train": len(parts.train),
            "validation": len(parts.validation),
            "test": len(parts.test),
        },
        "network": {
            "cell": training.net.cell.name,
            "weights": sum(int(np.prod(shape)) for shape in training.net.shapes.values()),
            "readout": training.net.readout.name,
        },
        "training": {
            "loss": about.loss,
            "epochs": len(fitted.history.loss),
            "best_epoch": fitted.best_epoch,
            "stopped": fitted.stopped,
            "bytes_estimated": training.bytes_needed,
        },
        "settings": training.settings._asdict(),
        "scores": {
            "network": found.network,
            "baseline": found.baseline,
            "baseline_says": always(training, found),
        },
        "save": save,
        "python": "\n".join(python(training, save)),
    }
