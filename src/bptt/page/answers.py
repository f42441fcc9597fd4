"""What the page asks, and who answers: JSON text in, JSON text out, on a server or in a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bptt.errors import InputError, sentence
from bptt.page.arithmetic import Arithmetic
from bptt.page.compare import compare
from bptt.page.cost_map import SIZES, surface
from bptt.page.exercise_sheet import sheet, verdict
from bptt.page.presets import PRESETS
from bptt.page.state import CALLED, MOST_LETTERS, REACHES, State, read
from bptt.page.trace import trace
from bptt.page.training import path
from bptt.scalar import ACTIVATIONS
from bptt.scalar_optimizers import OPTIMIZERS

LABELS = {"logistic": "logistic", "tanh": "tanh", "identity": "none"}


def answer(what: str, body: str, arithmetic: Arithmetic) -> str:
    """Answer a question of the page.

    Parameters
    ----------
    what : str
        One of `ANSWERS`.
    body : str
        A JSON object of strings: the settings of the page.
    arithmetic : module
        `bptt.page.with_numpy` or `bptt.page.with_floats`.

    Raises
    ------
    InputError
        If it cannot be answered; the message says why.
    """
    if what not in ANSWERS:
        expected = f"a question: {', '.join(ANSWERS)}"
        raise InputError(sentence(CALLED, expected, repr(what[:40]), "Ask one of them"))
    found = ANSWERS[what](_object(body), arithmetic)
    return json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _object(body: str) -> dict[str, Any]:
    do = 'Send for example {"wx": "0.5"}'
    try:
        found = json.loads(body, object_pairs_hook=_once)
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise InputError(sentence(CALLED, "a JSON object of texts", "no JSON", do)) from error
    if not isinstance(found, dict):
        raise InputError(sentence(CALLED, "a JSON object of texts", "other JSON", do))
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        do = "Send each setting once"
        raise InputError(sentence(CALLED, "different names", "one of them twice", do))
    return found


def presets() -> list[dict[str, Any]]:
    """Return each lesson with all its settings."""
    return [
        {
            "name": name,
            "title": title,
            "says": says,
            "settings": read({"lesson": name}).settings(),
        }
        for name, title, says, _ in PRESETS
    ]


def _start(state: State, arithmetic: Arithmetic) -> dict[str, Any]:
    """Return what the page needs to know before anything is asked."""
    return {
        "presets": presets(),
        "activations": [{"name": name, "label": LABELS[name]} for name in sorted(ACTIVATIONS)],
        "optimizers": list(OPTIMIZERS),
        "reaches": list(REACHES),
    }


def _surface(asked: dict[str, Any], arithmetic: Arithmetic) -> dict[str, Any]:
    rows = asked.pop("rows", "")
    state = read(asked)
    return surface(state, arithmetic, _rows(rows, float(state.reach)) if rows != "" else {})


def _rows(text: Any, reach: float) -> dict[str, float]:
    """Read the ``next`` of the answer before, which comes back as a text."""
    refused = sentence(CALLED, "rows as the surface before gave them", "others", "Ask for all")
    try:
        found = json.loads(text) if isinstance(text, str) and len(text) < MOST_LETTERS else None
    except (ValueError, RecursionError):
        found = None
    names = {"size", "first", "low", "high", "cost", "wx", "wrec"}
    if not isinstance(found, dict) or set(found) != names:
        raise InputError(refused)
    size, first = found.pop("size"), found.pop("first")
    if type(size) is not int or type(first) is not int or not all(map(_is_number, found.values())):
        raise InputError(refused)
    # as `cost_map` makes them: of the last row alone there is no surface
    colours = found["low"] > 0 and 1.001 < found["high"] / found["low"] < 1e6
    within = max(abs(found["wx"]), abs(found["wrec"])) <= reach
    if size not in SIZES or first not in range(size - 1) or not (colours and within):
        raise InputError(refused)
    return {name: float(value) for name, value in found.items()} | {"size": size, "first": first}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) < 1e300


Answer = Callable[[dict[str, Any], Arithmetic], dict[str, Any]]


def _of_state(function: Callable[[State, Arithmetic], dict[str, Any]]) -> Answer:
    return lambda settings, arithmetic: function(read(settings), arithmetic)


ANSWERS: dict[str, Answer] = {
    "start": _of_state(_start),
    "trace": _of_state(trace),
    "compare": _of_state(compare),
    "path": _of_state(path),
    "surface": _surface,
    "exercise": _of_state(lambda state, _: sheet(state)),
    "judge": _of_state(lambda state, _: verdict(state)),
}
