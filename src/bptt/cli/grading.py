"""`bptt practise --grade`: the answers of a CSV file, each judged."""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, NamedTuple

from bptt.cli.console import Console
from bptt.derivation.judge import judge
from bptt.derivation.text import clean
from bptt.errors import BpttError, FileAccessError, InputError, sentence

COLUMNS = ("answer", "time_stamp", "weight")
MORE = ("name", "steps", "activation")
DO = "Begin it with a line as answer,time_stamp,weight"
CUT = "cut"  # marks a row with more cells than columns: its answer may end too early
MOST_BYTES = 10_000_000
LONGEST_NUMBER = 9  # digits


class Grade(NamedTuple):
    """What is said of one row."""

    row: dict[str, str]
    result: str
    """right, wrong or not readable"""
    message: str
    verdict: dict[str, Any]
    """as JSON has it"""


def grade(called: str, options: argparse.Namespace, console: Console) -> int:
    """Judge every row of a file, and print a table or a JSON object."""
    given = {"time_stamp": options.time_stamp, "weight": options.weight}
    default = {name: str(value) for name, value in given.items() if value is not None}
    default |= {"steps": str(options.steps), "activation": options.activation}
    grades = [_grade(row) for row in _rows(called, options.grade, default)]
    results = [one.result for one in grades]
    if options.json:
        shown = [{**one.row, "row": n, **one.verdict} for n, one in enumerate(grades, start=1)]
        counts = {name: results.count(name) for name in ("right", "wrong")}
        counts["not_readable"] = results.count("not readable")
        console.result(json.dumps({**counts, "rows": shown}))
        return 0
    header = ("row", "name", "time stamp", "weight", "result")
    cells = [
        (
            str(n),
            clean(one.row.get("name", ""))[:30],
            clean(one.row["time_stamp"])[:10],
            clean(one.row["weight"])[:10],
            f"{one.result}: {one.message}" if one.message else one.result,
        )
        for n, one in enumerate(grades, start=1)
    ]
    console.table(header, cells, "rlrll")
    console.say(
        f"\n{results.count('right')} right, {results.count('wrong')} wrong, "
        f"{results.count('not readable')} not readable"
    )
    return 0


def _grade(row: dict[str, str]) -> Grade:
    try:
        if CUT in row:
            came, do = "more", "Put quotes round an answer that has a comma in it"
            raise InputError(sentence("row", "as many cells as there are columns", came, do))
        verdict = judge(
            row["answer"],
            time_stamp=_whole("time_stamp", row["time_stamp"]),
            weight=row["weight"],
            n_steps=_whole("steps", row["steps"]),
            activation=row["activation"].lower(),
        )
    except BpttError as error:
        return Grade(row, "not readable", str(error), {"readable": False, "message": str(error)})
    message = "; ".join(mistake.message for mistake in verdict.mistakes)
    if verdict.differs_at is not None:
        message = "no mistake we know explains it. "
        message += verdict.hint if verdict.hint.startswith("Not in") else ""
    message = verdict.remark or message
    result = "right" if verdict.right else "wrong"
    return Grade(row, result, message, {"readable": True, **asdict(verdict)})


def _whole(name: str, text: str) -> int:
    whole = text.removesuffix(".0")  # as spreadsheets write it
    if whole.isascii() and whole.isdigit() and len(whole) <= LONGEST_NUMBER:
        return int(whole)
    raise InputError(sentence(name, "a whole number", repr(text[:20]), "Count from 1 to T"))


def _rows(called: str, path: str, default: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield each row, by column; for an empty cell the option counts."""
    text = _text(called, path)
    text = text.lstrip("\r\n")
    header = text.partition("\n")[0]
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count))
        names = [_column(name) for name in next(lines, [])]
        missing = [name for name in COLUMNS if name not in names and name not in default]
        if missing:
            came = f"none of {', '.join(missing)}" if len(missing) > 1 else f"no {missing[0]}"
            raise InputError(sentence(called, f"columns {', '.join(COLUMNS)} in it", came, DO))
        for cells in lines:
            if any(cell.strip() for cell in cells):
                row = dict(zip(names, (cell.strip() for cell in cells), strict=False))
                known = {n: row[n] for n in (*COLUMNS, *MORE) if row.get(n)}
                if any(cell.strip() for cell in cells[len(names) :]):
                    known[CUT] = known.get("answer", "")
                yield dict.fromkeys(COLUMNS, "") | default | known
    except csv.Error as error:
        came = clean(str(error))
        raise InputError(sentence(called, f"a sound CSV file {path!r}", came, DO)) from error


def _column(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _text(called: str, path: str) -> str:
    try:
        with open(path, "rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        expected = "the name of a file that exists"
        raise FileAccessError(sentence(called, expected, repr(path), "Check the path")) from error
    except (OSError, ValueError) as error:
        came = (getattr(error, "strerror", None) or str(error)).lower()
        do = "Check the file and its permissions"
        raise FileAccessError(sentence(called, f"a readable file {path!r}", came, do)) from error
    if len(content) > MOST_BYTES:
        expected = f"a file of at most {MOST_BYTES:,} bytes"
        raise InputError(sentence(called, expected, "a larger one", "Split it"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        came = "something that is not text in UTF-8"
        raise InputError(sentence(called, f"text in {path!r}", came, "Save it as UTF-8")) from error
