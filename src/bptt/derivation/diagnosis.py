"""Which mistakes make an answer what it is: edits of the right one with the same values."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache

from bptt.derivation import mistakes, mistakes_on_the_way
from bptt.derivation.edits import Edit, Mistake, Parts
from bptt.derivation.exercise import Exercise
from bptt.derivation.points import draw, equal

# The likelier comes first: two mistakes may have the same values.
ALL = (
    mistakes_on_the_way.slopes,
    mistakes_on_the_way.weights,
    mistakes.share,
    mistakes.error,
    mistakes.last_factor,
    mistakes_on_the_way.slope_too_many,
    mistakes_on_the_way.links,
    mistakes.whole,
    mistakes.factor_too_many,
)
NEAR = 1e-7  # of the first point's values; the others are compared strictly


class _Prepared:
    """All that does not depend on the answer: the edits, and by what they multiply where."""

    def __init__(self, exercise: Exercise) -> None:
        parts = Parts(exercise)
        self.places = draw(exercise.n_steps, exercise.activation)
        self.right = [place.value(exercise.term) for place in self.places]
        self.edits = [edit for generator in ALL for edit in generator(parts)]
        self._row = [[place.value(part) for part in parts.row] for place in self.places]
        self.first = [self.ratio(n, 0) for n in range(len(self.edits))]

    def ratio(self, n: int, at: int) -> float:
        """Return by what an edit multiplies the right answer, at a place."""
        changes = self.edits[n].changes.items()
        return math.prod(
            self.places[at].value(wrong) / self._row[at][part] for part, wrong in changes
        )


@lru_cache(maxsize=100)
def _prepare(exercise: Exercise) -> _Prepared:
    return _Prepared(exercise)


def diagnose(answer: Sequence[float], exercise: Exercise) -> tuple[Mistake, ...]:
    """Return the one or two mistakes that explain an answer's values; none if none do.

    Examples
    --------
    >>> from bptt.derivation.answers import read
    >>> exercise, places = Exercise(time_stamp=2), draw(3, "logistic")
    >>> tree = read("2 (S3 - y) Wrec d_log(S2(In)) x3", exercise)
    >>> for mistake in diagnose([place.value(tree) for place in places], exercise):
    ...     print(mistake.message)
    1/m is missing: the cost is a mean over m sequences
    x3 is of another time stamp: ∂S2(In)/∂Wx = x2
    """
    prepared = _prepare(exercise)
    edits, first = prepared.edits, prepared.first  # most edits are out at the first place
    wanted = [a / b for a, b in zip(answer, prepared.right, strict=True)]

    def fits(*which: int) -> bool:
        return all(
            equal([math.prod(prepared.ratio(n, at) for n in which)], [wanted[at]])
            for at in range(len(wanted))
        )

    for n, edit in enumerate(edits):
        if equal([first[n]], [wanted[0]]) and fits(n):
            return (edit.mistake,)
    for pair in _pairs(edits, first, wanted[0]):
        if fits(*pair):
            return tuple(edits[n].mistake for n in pair)
    return _constant_factor(wanted, exercise)


def _pairs(
    edits: Sequence[Edit], ratios: Sequence[float], wanted: float
) -> Iterator[tuple[int, int]]:
    """Yield pairs of edits of different parts that multiply to what is wanted, likelier first."""
    order = sorted((n for n, ratio in enumerate(ratios) if ratio), key=lambda n: ratios[n])
    sizes = [ratios[n] for n in order]
    found = []
    for n, ratio in enumerate(ratios):
        if not ratio or not math.isfinite(wanted / ratio):
            continue
        partner = wanted / ratio
        at = bisect_left(sizes, partner - NEAR * abs(partner))
        while at < len(sizes) and sizes[at] <= partner + NEAR * abs(partner):
            other = order[at]
            at += 1
            if other > n and not edits[n].changes.keys() & edits[other].changes.keys():
                found.append((n, other))
    yield from sorted(found, key=sum)


def _constant_factor(wanted: Sequence[float], exercise: Exercise) -> tuple[Mistake, ...]:
    if not wanted[0] or not equal(wanted, [wanted[0]] * len(wanted)):
        return ()
    text = f"the numbers are off: this is {wanted[0]:.6g} times the right answer"
    return (Mistake("constant_factor", text, exercise.time_stamp),)
