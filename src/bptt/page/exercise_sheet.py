"""The exercise of `bptt practise` on the page: its drawing, its hints, and what the judge says."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bptt.derivation.chain_rule import COST
from bptt.derivation.drawing import draw
from bptt.derivation.exercise import MOST_STEPS, Exercise
from bptt.derivation.judge import judge
from bptt.errors import InputError
from bptt.page.numbers import MATHML
from bptt.page.state import State


def _exercise(state: State) -> Exercise:
    return Exercise(state.time_stamp, state.weight, state.n_steps, state.activation)


def sheet(state: State) -> dict[str, Any]:
    """Return the question, the drawing and the hints that were asked for."""
    if state.n_steps > MOST_STEPS:
        return {"refused": f"An exercise has at most {MOST_STEPS} time stamps."}
    exercise = _exercise(state)
    by = exercise.chain.weight(exercise.by)
    return {
        "refused": "",
        "question": MATHML.partial(COST, by),
        "says": exercise.question,
        "drawing": draw(state.n_steps, state.activation),
        "hints": list(exercise.hints[: state.hints]),
        "n_hints": len(exercise.hints),
        "notation": NOTATION,
    }


NOTATION = (
    ("Wx Wrec x2 y m", "weights, input at time stamp 2, target, how many sequences"),
    ("S2(In) S2(Out)", "also S2in and s2; the last state alone, as S3 where T is 3"),
    ("d_log(S2(In))", "also dlog(S2in), s2*(1-s2); d_tanh for tanh"),
    ("2/m (S3 - y) ^2", "numbers, + - * / ^ and parentheses; a * may be left out"),
)


def verdict(state: State) -> dict[str, Any]:
    """Return what `bptt.judge` says of the answer; what cannot be read is said, not refused."""
    if not state.answer.strip() or state.n_steps > MOST_STEPS:
        return {"readable": True, "empty": True}
    exercise = _exercise(state)
    try:
        found = judge(
            state.answer,
            time_stamp=state.time_stamp,
            weight=state.weight,
            n_steps=state.n_steps,
            activation=state.activation,
        )
    except InputError as error:
        return {"readable": False, "message": str(error).removeprefix("answer: ")}
    after = _next(state) if found.right else None
    hint = "" if found.mistakes or found.hint == exercise.hints[0] else found.hint
    said = asdict(found) | {"hint": hint, "difference": found.difference, "next": after}
    return {"readable": True, "empty": False, **said}


def _next(state: State) -> dict[str, str] | None:
    """Return what `bptt practise` asks for next: Wrec after Wx, then the time stamp before."""
    if state.weight == "wx":
        return {"time_stamp": str(state.time_stamp), "weight": "wrec"}
    if state.time_stamp == 1:
        return None
    return {"time_stamp": str(state.time_stamp - 1), "weight": "wx"}
