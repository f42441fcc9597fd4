"""What a model file says of the data that its network was trained on."""

from __future__ import annotations

from typing import Any, NamedTuple

from bptt.files.missing import WAYS
from bptt.files.roles import Wanted
from bptt.files.targets import CLASSES, REGRESSION
from bptt.network import RNN

FORMS = ("long", "wide", "arrays")


class About(NamedTuple):
    """Which columns were read, what was predicted, and how sequences were made ready."""

    form: str
    """``"long"``, ``"wide"`` or ``"arrays"``"""
    features: tuple[str, ...]
    """columns; in the wide form the time stamps of the one feature"""
    target: str
    task: str
    """``"classes"`` or ``"regression"``"""
    per_step: bool
    """whether every time stamp has a prediction"""
    labels: tuple[str, ...] = ()
    """of the classes"""
    sequence: str | None = None
    order: str | None = None
    window: int | None = None
    """into how many time stamps longer sequences are cut"""
    missing: str = "refuse"
    """what is done about missing values"""

    @property
    def input_size(self) -> int:
        return 1 if self.form == "wide" else len(self.features)

    @property
    def output_size(self) -> int:
        """One logit is enough for two classes."""
        return len(self.labels) if len(self.labels) > 2 else 1

    @property
    def loss(self) -> str:
        if self.task == REGRESSION:
            return "mse"
        two = len(self.labels) == 2
        return "binary_cross_entropy" if two else "categorical_cross_entropy"

    def wanted(self) -> Wanted:
        """Return what is to be read of a file to predict."""
        labels = (self.target, *([self.sequence] if self.form == "wide" and self.sequence else []))
        return Wanted(
            self.target, self.sequence, self.order, self.features, form=self.form, may_lack=labels
        )

    def fits(self, net: RNN) -> bool:
        """Return whether such a network can have been trained so."""
        sizes = (net.input_size, net.output_size, net.readout.name)
        return sizes == (self.input_size, self.output_size, "every" if self.per_step else "last")


def parse(found: Any) -> About | None:
    """Return what was read from a file of unknown origin, or None if it is not sound."""
    if not isinstance(found, dict) or found.keys() != set(About._fields):
        return None
    lists = {name: found[name] for name in ("features", "labels")}
    if not all(isinstance(names, list) and all(map(_is_text, names)) for names in lists.values()):
        return None
    about = About(**(found | {name: tuple(names) for name, names in lists.items()}))
    window, n_labels = about.window, len(about.labels)
    sound = (
        about.form in FORMS
        and about.task in (CLASSES, REGRESSION)
        and (n_labels >= 2 if about.task == CLASSES else n_labels == 0)
        and len(set(about.labels)) == n_labels
        and len(set(about.features)) == len(about.features) > 0
        and _is_text(about.target)
        and all(name is None or _is_text(name) for name in (about.sequence, about.order))
        and isinstance(about.per_step, bool)
        and (window is None or (type(window) is int and window > 0))
        and about.missing in WAYS
    )
    return about if sound else None


def _is_text(value: object) -> bool:
    return isinstance(value, str)
