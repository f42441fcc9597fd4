"""`Model`: a network with all that it needs to read data and to name what it predicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bptt import saving, sequences
from bptt._shapes import Array
from bptt.activations import LOGISTIC
from bptt.errors import InputError, ModelFileError, sentence
from bptt.files import about as abouts
from bptt.files.about import About
from bptt.files.scaling import Scaling
from bptt.files.splitting import counts, cut
from bptt.files.targets import CLASSES, values_of
from bptt.network import RNN
from bptt.params import Params
from bptt.saving import Path

BATCH = 64  # windows that are predicted at a time


@dataclass(frozen=True, eq=False)
class Model:
    """A trained network that takes data in its own units, as ``bptt train`` saves it.

    Attributes
    ----------
    net : RNN
    params : Params
    about : About
        Columns, target, classes.
    features, targets : Scaling
        By which inputs are scaled; targets None for classes.
    """

    net: RNN
    params: Params
    about: About
    features: Scaling
    targets: Scaling | None

    @property
    def classes(self) -> Array:
        """The classes, in the order of `probabilities`; empty for regression."""
        return values_of(self.about.labels)

    def predict(self, x: npt.ArrayLike) -> Any:
        """Return predictions: numbers in the target's own unit, or classes.

        Parameters
        ----------
        x : (n, T), (n, T, I), or a list of n arrays (T_i,) or (T_i, I)
            Features in their own units, in the order of ``about.features``.

        Returns
        -------
        (n,) array; for predictions at every time stamp (n, T), or a list of arrays for a list
        """
        found, listed = self._of("Model.predict", x)
        if self.about.task == CLASSES:
            answers = [self.classes[output.argmax(axis=1)] for output in found]
        else:
            answers = [output[:, 0] for output in found]
        return self._like(answers, listed)

    def probabilities(self, x: npt.ArrayLike) -> Any:
        """Return the probability of each of `classes`: as `predict`, with an axis more."""
        called = "Model.probabilities"
        if self.about.task != CLASSES:
            do = "Use Model.predict"
            raise InputError(sentence(called, "a model of classes", "one of numbers", do))
        return self._like(*self._of(called, x))

    def outputs(self, x: Sequence[Array]) -> list[Array]:
        """Return of each sequence (T, I) the probabilities of classes, or one number.

        One row for each time stamp, or one in all; of a sequence that is cut into windows the
        mean of theirs.
        """
        lengths = [len(part) for part in x]
        windows = cut([self.features.apply(part) for part in x], self.about.window)
        found: list[Array] = []
        for first in range(0, len(windows), BATCH):
            raw = self.net.predict(self.params, windows[first : first + BATCH])
            parts = raw if self.about.per_step else raw.reshape(len(raw), 1, -1)
            found += [self._read(part) for part in parts]
        n_windows = counts(lengths, self.about.window)
        ends = np.cumsum(n_windows)
        of_sequence = [found[end - n : end] for end, n in zip(ends, n_windows, strict=True)]
        if self.about.per_step:
            return [np.concatenate(parts) for parts in of_sequence]
        return [np.mean(parts, axis=0) for parts in of_sequence]

    def save(self, path: Path) -> None:
        """Write the model to a file, completely or not at all; `load_model` reads it."""
        arrays = {
            "features.mean": self.features.mean,
            "features.deviation": self.features.deviation,
        }
        if self.targets is not None:
            arrays |= {"target.mean": self.targets.mean, "target.deviation": self.targets.deviation}
        about = {"train": self.about._asdict()}
        saving.save(path, self.net, self.params, about=about, arrays=arrays)

    def _of(self, called: str, x: npt.ArrayLike) -> tuple[list[Array], bool]:
        rows, layout = sequences.read(called, x, self.net.input_size)
        parts = layout.unpack(rows)
        return self.outputs(list(parts)), isinstance(parts, list)

    def _like(self, answers: list[Array], listed: bool) -> Any:
        """Return answers in the form in which x came."""
        if not self.about.per_step:
            return np.concatenate(answers)
        return answers if listed else np.stack(answers)

    def _read(self, raw: Array) -> Array:
        """Turn what the network says into probabilities, or numbers in the target's own unit."""
        if self.targets is not None:
            return self.targets.undo(raw)
        if raw.shape[1] == 1:
            return np.concatenate([LOGISTIC(-raw), LOGISTIC(raw)], axis=1)
        e = np.exp(raw - raw.max(axis=1, keepdims=True))
        probabilities: Array = e / e.sum(axis=1, keepdims=True)
        return probabilities


def load_model(path: Path) -> Model:
    """Read what ``bptt train`` has saved; as safe on files of unknown origin as `load`.

    Parameters
    ----------
    path : str or path

    Returns
    -------
    Model
        Its ``predict(x)`` takes data in its own units and names classes.

    Raises
    ------
    ModelFileError
        If the file is damaged, changed, or was not written by ``bptt train``.
    FileAccessError
        If it cannot be read.
    """
    net, params, about, arrays = saving.load_all(path)
    found = abouts.parse(about.get("train"))
    if found is None or not found.fits(net):
        came, do = "a model without what is known of data", "Use bptt.load for other models"
        message = sentence("load_model", f"{path!r} to be a model of bptt train", came, do)
        raise ModelFileError(message)
    features = _scaling(arrays, "features", found.input_size)
    targets = None if found.task == CLASSES else _scaling(arrays, "target", 1)
    if features is None or (targets is None and found.task != CLASSES):
        came, do = "no sound scaling", "It is damaged; use another copy"
        message = sentence("load_model", f"{path!r} to be a model of bptt train", came, do)
        raise ModelFileError(message)
    return Model(net, params, found, features, targets)


def _scaling(arrays: dict[str, Array], name: str, size: int) -> Scaling | None:
    mean, deviation = arrays.get(f"{name}.mean"), arrays.get(f"{name}.deviation")
    if mean is None or deviation is None or not mean.shape == deviation.shape == (size,):
        return None
    return Scaling(mean, deviation) if (deviation > 0).all() else None
