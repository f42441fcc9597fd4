"""The settings of the page: one flat dict of strings.

It is the page's address (``#wx=0.2&wrec=1.5&…``) and the body of each of its requests, so that a
link is a lesson.  Here it is read, checked and written, and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from bptt.errors import InputError, sentence
from bptt.page.presets import PRESETS
from bptt.scalar import ACTIVATIONS
from bptt.scalar_optimizers import OPTIMIZERS

CALLED = "page"
MOST_STEPS, MOST_SEQUENCES = 64, 64
LARGEST, LARGEST_TARGET = 1000.0, 1e6
MOST_UPDATES, MOST_WORK = 30_000, 9_000_000  # work: updates × sequences × time stamps
MOST_LETTERS = 10_000  # of a setting
MOST_WALK = 2 * MOST_STEPS + 2
REACHES = ("1", "2", "4", "8", "16")
VIEWS = ("explore", "compare", "practise")
LESSON_SETTINGS = {"": {}, **{preset.name: preset.settings for preset in PRESETS}}


@dataclass(frozen=True)
class State:
    """What can be set on the page; the defaults are the post's.

    Examples
    --------
    >>> State().settings()["sequences"]
    '001,011,111'
    >>> read({"wx": "0.5", "sequences": "01", "targets": "1"}).x
    ((0, 1),)
    """

    view: str = "explore"
    wx: float = 0.2
    wrec: float = 1.5
    activation: str = "logistic"
    sequences: tuple[str, ...] = ("001", "011", "111")
    targets: tuple[float, ...] = (1.0, 2.0, 3.0)
    sequence: int = 3
    """the one that is looked at, from 1"""
    time_stamp: int = 2
    """the one that is open"""
    bars: str = "linear"
    of: str = "sequence"
    """whose bars: of the sequence that is looked at, or of all"""
    reach: str = "4"
    """the cost surface shows weights from -reach to reach"""
    optimizer: str = "sgd"
    rate: tuple[float, ...] = (0.1,)
    """one, or one for Wx and one for Wrec"""
    step: int = 0
    """updates done, beginning at wx and wrec"""
    speed: str = "1"
    """updates from one picture to the next while playing"""
    walk: int = 0
    """how far the walk inside one step has come; 0 is not walking"""
    weight: str = "wx"
    """of the exercise"""
    answer: str = ""
    hints: int = 0
    lesson: str = "post"
    """the preset whose words are shown"""
    theme: str = "auto"

    @property
    def x(self) -> tuple[tuple[int, ...], ...]:
        """The sequences as numbers, (m, T)."""
        return tuple(tuple(map(int, bits)) for bits in self.sequences)

    @property
    def n_steps(self) -> int:
        """T."""
        return len(self.sequences[0])

    @property
    def n_stages(self) -> int:
        """How many stages the walk inside one step has: 2 T and the error and the update."""
        return 2 * self.n_steps + 2

    @property
    def most_updates(self) -> int:
        """How many updates the page does: fewer of much data, so that it answers in seconds."""
        return min(MOST_UPDATES, MOST_WORK // (len(self.sequences) * self.n_steps))

    def settings(self) -> dict[str, str]:
        """Return the flat dict of strings that `read` reads."""
        return {field.name: _written(getattr(self, field.name)) for field in fields(self)}


def read(settings: Mapping[str, Any]) -> State:
    """Check settings; those that are missing are the lesson's, targets the number of ones.

    Raises
    ------
    InputError
        If one is unknown, is no string, or has no sense; nothing is guessed.
    """
    for name, value in settings.items():
        if name not in READERS:
            raise _refused("settings " + ", ".join(READERS), repr(name[:40]), "Leave it out")
        if not isinstance(value, str) or len(value) > MOST_LETTERS:
            expected = f"{name} as a text of at most {MOST_LETTERS} letters"
            raise _refused(expected, _short(value), "Write it as in the page's address")
    lesson = dict(LESSON_SETTINGS.get(settings.get("lesson", ""), {}))
    if "sequences" in settings:
        lesson.pop("targets", None)
    found = {name: READERS[name](name, value) for name, value in {**lesson, **settings}.items()}
    if "sequences" in found and "targets" not in found:
        found["targets"] = tuple(float(bits.count("1")) for bits in found["sequences"])
    state = State(**found)
    n = len(state.sequences)
    if len(state.targets) != n:
        do = "Give one target for each sequence, with commas between them"
        raise _refused(f"{n} targets for {n} sequences", f"{len(state.targets)}", do)
    for name, least, most in (
        ("sequence", 1, n),
        ("time_stamp", 1, state.n_steps),
        ("walk", 0, state.n_stages),
        ("step", 0, state.most_updates),
    ):
        if name in found and found[name] > most:
            raise _out_of(name, found[name], least, most)
    return replace(
        state,
        sequence=min(state.sequence, n),
        time_stamp=min(state.time_stamp, state.n_steps),
    )


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_written, value))
    return repr(value) if isinstance(value, float) else str(value)


def _refused(expected: str, came: str, do: str) -> InputError:
    return InputError(sentence(CALLED, expected, came, do))


def _out_of(name: str, value: object, least: float, most: float) -> InputError:
    expected = f"{name} to be from {least:g} to {most:g}"
    return _refused(expected, _short(value), f"Give {name} in that range")


def _short(value: object) -> str:
    if not isinstance(value, str | int | float):
        return f"a {type(value).__name__}"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:40] + "…"


# -- readers: (name, text) -> value --------------------------------------------------------------


def _number(least: float, most: float) -> Callable[[str, str], float]:
    def read_number(name: str, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise _refused(
                f"{name} to be a number", _short(text), "Write for example 0.5"
            ) from None
        if not (math.isfinite(value) and least <= value <= most):
            raise _out_of(name, value, least, most)
        return value + 0.0  # no -0

    return read_number


def _whole(least: int, most: int) -> Callable[[str, str], int]:
    def read_whole(name: str, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10):
            do = f"Give {name} from {least} to {most}"
            raise _refused(f"{name} to be a whole number", _short(text), do)
        if not least <= int(text) <= most:
            raise _out_of(name, text, least, most)
        return int(text)

    return read_whole


def _choice(*names: str) -> Callable[[str, str], str]:
    def read_choice(name: str, text: str) -> str:
        if text not in names:
            raise _refused(f"{name} to be one of {', '.join(names)}", _short(text), "Choose one")
        return text

    return read_choice


def _text(name: str, text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a pair of surrogates, which JSON may hold
        do = f"Write {name} anew"
        raise _refused(f"{name} in whole letters", _short(text), do) from None
    return text


def _sequences(name: str, text: str) -> tuple[str, ...]:
    rows = tuple(text.split(","))
    example = "Write for example 001,011,111"
    if not all(rows) or set(text) - set("01,"):
        raise _refused(f"{name} of 0 and 1, with commas between them", _short(text), example)
    if len(rows) > MOST_SEQUENCES:
        raise _refused(f"at most {MOST_SEQUENCES} {name}", f"{len(rows)}", "Leave some out")
    if len({len(row) for row in rows}) > 1 or len(rows[0]) > MOST_STEPS:
        expected = f"{name} of one length, from 1 to {MOST_STEPS} time stamps"
        lengths = sorted({len(row) for row in rows})
        raise _refused(expected, f"lengths {', '.join(map(str, lengths[:5]))}", example)
    return rows


def _numbers(most: int, read_one: Callable[[str, str], float]) -> Callable[[str, str], Any]:
    def read_numbers(name: str, text: str) -> tuple[float, ...]:
        parts = text.split(",")
        if len(parts) > most:
            raise _refused(f"at most {most} numbers for {name}", f"{len(parts)}", "Leave some out")
        return tuple(read_one(name, part) for part in parts)

    return read_numbers


READERS: dict[str, Callable[[str, str], Any]] = {
    "view": _choice(*VIEWS),
    "wx": _number(-LARGEST, LARGEST),
    "wrec": _number(-LARGEST, LARGEST),
    "activation": _choice(*sorted(ACTIVATIONS)),
    "sequences": _sequences,
    "targets": _numbers(MOST_SEQUENCES, _number(-LARGEST_TARGET, LARGEST_TARGET)),
    "sequence": _whole(1, MOST_SEQUENCES),
    "time_stamp": _whole(1, MOST_STEPS),
    "bars": _choice("linear", "symlog"),
    "of": _choice("sequence", "all"),
    "reach": _choice(*REACHES),
    "optimizer": _choice(*OPTIMIZERS),
    "rate": _numbers(2, _number(0.0, LARGEST)),
    "step": _whole(0, MOST_UPDATES),
    "speed": _choice("1", "10", "100"),
    "walk": _whole(0, MOST_WALK),
    "weight": _choice("wx", "wrec"),
    "answer": _text,
    "hints": _whole(0, 3),
    "lesson": _choice(*LESSON_SETTINGS),
    "theme": _choice("auto", "light", "dark"),
}
