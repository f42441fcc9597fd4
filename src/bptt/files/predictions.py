"""What a model says of the sequences of a file: as CSV, as JSON, and how good that is."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from bptt._shapes import Array
from bptt.files import scores
from bptt.files.data import Data
from bptt.files.model import Model
from bptt.files.table import LARGEST, as_numbers, no_number
from bptt.files.targets import CLASSES, codes


@dataclass(frozen=True, eq=False)
class Predictions:
    """Answers to data."""

    model: Model
    data: Data
    outputs: list[Array]
    """as `Model.outputs` gives them"""
    scores: dict[str, float | None] | None
    """where the data has all targets"""
    not_scored: str
    """why not, if it has some"""
    unknown: str = ""
    """how many of them are of no class of the training"""

    @property
    def header(self) -> list[str]:
        about = self.model.about
        names = [about.sequence or "sequence"]
        names += [about.order or "time_stamp"] if about.per_step else []
        return [*names, "prediction", *(f"probability_{label}" for label in about.labels)]

    def rows(self) -> Iterator[list[Any]]:
        """Yield a row for each sequence or time stamp, as in `header`."""
        about, times = self.model.about, self.data.times
        for sequence, (name, output) in enumerate(zip(self.data.names, self.outputs, strict=True)):
            for step, answer in enumerate(output.tolist()):
                row: list[Any] = [name]
                if about.per_step:
                    row.append(times[sequence][step] if times is not None else step + 1)
                if about.task == CLASSES:
                    row.append(about.labels[int(output[step].argmax())])
                yield row + answer

    def as_csv(self) -> str:
        """Return all rows below their names."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows(self.rows())
        return text.getvalue()

    def as_json(self) -> dict[str, Any]:
        """Return them as one object."""
        return {
            "file": self.data.path,
            "sequences": self.data.n_sequences,
            "columns": self.header,
            "rows": list(self.rows()),
            "scores": self.scores,
            "not_scored": self.not_scored,
            "unknown_classes": self.unknown,
        }


def of(model: Model, data: Data) -> Predictions:
    """Predict the sequences of data without missing values."""
    outputs = model.outputs(data.x)
    found, why = _scores(model, data, outputs)
    return Predictions(model, data, outputs, found, why, _unknown(model, data))


def _unknown(model: Model, data: Data) -> str:
    """Say how many targets are of a class that the training did not have."""
    if model.about.task != CLASSES or data.y is None:
        return ""
    texts = np.concatenate(data.y)
    unknown = (codes(texts, model.about.labels) < 0) & (texts != "")
    if not unknown.any():
        return ""
    of = f"{unknown.sum():,} of {len(texts):,} targets"
    return f"{of} are of no class of the training, as {texts[unknown][0][:30]!r}; none can be right"


def _scores(
    model: Model, data: Data, outputs: list[Array]
) -> tuple[dict[str, float | None] | None, str]:
    """Return scores, or why there are none."""
    about, cells = model.about, data.y
    if cells is None:
        return None, ""
    checks: dict[str, Callable[[Array], Array]] = {"are missing": lambda y: y == ""}
    if about.task != CLASSES:
        checks |= {"are no numbers": no_number, "are too large to be squared": _too_large}
    if not about.per_step:
        checks["change within a sequence"] = lambda y: y != y[0]
    for why, wrong in checks.items():
        first = data.first(cells, wrong)
        if first is not None:
            return None, f"targets {why}, the first for {data.place(*first, None)}"
    if not about.per_step:
        cells = [y[:1] for y in cells]
    if [len(y) for y in cells] != [len(output) for output in outputs]:
        return None, "there is one target for each sequence, and a prediction at each time stamp"
    texts, said = np.concatenate(cells), np.concatenate(outputs)
    if about.task == CLASSES:
        return scores.of_classes(codes(texts, about.labels), said.argmax(axis=1)), ""
    truth = as_numbers(texts)
    assert truth is not None
    return scores.of_numbers(truth, said[:, 0]), ""


def _too_large(texts: Array) -> Array:
    values = as_numbers(texts)
    assert values is not None  # what is no number was found before
    return np.abs(values) > LARGEST
