"""Questions that no page asks: each of them is wrong by the way it is made."""

import json
import random

GOOD = {
    "view": "explore", "wx": "0.2", "wrec": "-1.5", "activation": "tanh",
    "sequences": "001,011,111", "targets": "1.0,2.0,3.0", "sequence": "2", "time_stamp": "3",
    "bars": "linear", "of": "all", "reach": "4", "optimizer": "sgd", "rate": "0.1,0.2", "step": "3",
    "walk": "2", "weight": "wrec",    "answer": "2/m (S3 - y) x3", "hints": "1", "theme": "dark",
}  # fmt: skip
NO_NUMBER = (
    "", " ", "banana", "nan", "NaN", "inf", "-Infinity", "1e999", "-1e400", "0x10", "1,2,3", "1 2",
    "--1", "1e", "None", "true", "[1]", "1j", "9" * 5000, "1001", "-1000.0001", "1e4", "½",
    "\ud800",
)  # fmt: skip
NOT_WHOLE = (
    "", " ", "-1", "1.5", "1e1", "²", "٣", "+1", "1_0", "banana", "99999", "9" * 5000, "nan",
    "\udfff",
)  # fmt: skip
NO_SEQUENCES = (
    "", ",", "01,", ",01", "2", "banana", "0" * 65, ",".join(["0"] * 65), "0,01", "0 1", "0\n1",
    "০১",    "-1", "0;1", "0.0", "\ud800", "0" * 9000,
)  # fmt: skip
NO_TARGETS = (
    "", "1", "1,2", "1,2,3,4", "a,b,c", "1,,2", "1,2,nan", "1,2,inf", "1,2,1e7", "1,2,-1e999",
    "1;2;3", ",,",
)  # fmt: skip
NO_CHOICE = ("", " ", "frob", "LINEAR", "linear ", "None", "\ud83d", "3", "__class__", "0" * 9000)
WRONG = {
    **dict.fromkeys(["wx", "wrec", "rate"], NO_NUMBER),
    **dict.fromkeys(["sequence", "time_stamp", "step", "walk", "hints"], NOT_WHOLE),
    **dict.fromkeys(
        ["view", "activation", "bars", "of", "reach", "optimizer", "weight", "theme"], NO_CHOICE
    ),
    "sequences": NO_SEQUENCES,
    "targets": NO_TARGETS,
    "answer": ("\ud800", "2/m\udc00", "x" * 10_001),
}
NO_TEXT = ("1", "0.5", "-0", "NaN", "Infinity", "-Infinity", "1e999", "true", "null", "[]", "{}",
           '["0.5"]', '{"wx":"1"}', "9" * 5000, "1e-999", "[[[]]]")  # fmt: skip
NO_JSON = (
    "", " ", "\n", "{", "}", "{]", "'wx'", "{'wx': '1'}", '{"wx": "1",}', '{"wx" "1"}', '{"wx": }',
    "{wx: 1}", '{"wx": "1"} {}', '{"wx": "1"}//', '/**/{"wx": "1"}', '\ufeff{"wx": "1"}', "wx=1",
    '{"wx": "\t"}', '{"wx": "\0"}', '{"wx": "\\x41"}', '{"wx": "\\ud8"}', '{"wx": 01}',
    '{"wx": +1}', '{"wx": .5}', '{"wx": 0x1}', '{"wx": undefined}', '{"wx": nan}', '{1: "1"}',
    '{"wx": "1"', "<a/>",
)  # fmt: skip
UNKNOWN = (
    "", "WX", "wx ", "__proto__", "__class__", "self", "x", "settings", "n_steps", "\ud800", "ξ",
    "\0", "w" * 9000,
)  # fmt: skip
ROWS = {"size": 60, "first": 0, "low": 0.1, "high": 40.0, "cost": 0.5, "wx": 1.1, "wrec": 1.1}
NO_ROWS = (
    *(ROWS | wrong for wrong in (
        {"size": 7}, {"size": -60}, {"size": 60.0}, {"size": 60.5}, {"size": "60"}, {"size": None},
        {"size": [60]}, {"size": 10**400}, {"first": -1}, {"first": 60}, {"first": 0.5},
        {"first": "0"}, {"low": 0}, {"low": -1}, {"low": 40.0}, {"low": 1e999}, {"low": "0.1"},
        {"high": float("nan")}, {"high": 10**400}, {"low": 5e-324, "high": 1e299},
        {"cost": None}, {"cost": float("inf")}, {"cost": {}}, {"wx": float("-inf")}, {"wx": "1"},
        {"wrec": []}, {"more": 1},
    )),
    {}, [], None, "rows", 1, [ROWS], {"size": 60}, [[[]]], float("nan"), ["size"], list(ROWS),
)  # fmt: skip
NO_UTF8 = (
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    b"\xf5\x80\x80\x80",
    b"\xc0\xaf",
    b"\x80",
    b"\xfe\xff",
)


def some(rng):
    """Return good settings, some of them."""
    names = rng.sample(sorted(GOOD), rng.randrange(len(GOOD)))
    found = {name: GOOD[name] for name in names}
    if "targets" in found:  # which belong to the sequences
        found["sequences"] = GOOD["sequences"]
    return found


def inserted(rng, name, written):
    """Write good settings, with one more somewhere: JSON text in the place of its value."""
    others = some(rng)
    if name in ("sequences", "targets"):
        others.pop("targets", None)
    others.pop(name, None)
    pairs = [(json.dumps(key), json.dumps(value)) for key, value in others.items()]
    pairs.insert(rng.randint(0, len(pairs)), (json.dumps(name), written))
    return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"


def no_json(rng):
    return rng.choice(NO_JSON)


def cut(rng):
    whole = json.dumps(GOOD)
    return whole[: rng.randrange(len(whole))]


def mutated(rng):
    """Return what was JSON before some of its bytes were changed, and is not now."""
    while True:
        body = mutant(rng)
        try:
            json.loads(body)
        except ValueError:  # of JSON or of UTF-8
            return body


def mutant(rng):
    body = bytearray(json.dumps(GOOD).encode())
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(body))
        how = rng.randrange(4)
        if how == 0:
            body[at] = rng.randrange(256)
        elif how == 1:
            del body[at : at + rng.randint(1, 9)]
        elif how == 2:
            body[at:at] = rng.choice([b'"', b"{", b"}", b",", b":", b"\\", b"0", b"-", b"\0"])
        else:
            body[at:at] = body[rng.randrange(len(body)) :][: rng.randint(1, 30)]
    return bytes(body)


def other_json(rng):
    return rng.choice(
        [*(text for text in NO_TEXT if text[0] != "{"), json.dumps("wx"), '["wx","1"]']
    )


def no_text(rng):
    return inserted(rng, rng.choice([*sorted(GOOD), "rows"]), rng.choice(NO_TEXT))


def wrong_value(rng):
    name = rng.choice(sorted(WRONG))
    return inserted(rng, name, json.dumps(rng.choice(WRONG[name])))


def unknown(rng):
    return inserted(rng, rng.choice(UNKNOWN), json.dumps(rng.choice(["1", "", "banana"])))


def other_rows(rng):
    """Return rows that no surface gave; no other question has rows at all."""
    rows = rng.choice([json.dumps(rng.choice(NO_ROWS)), "banana", " ", "{", "[" * 9000, "\ud800"])
    return inserted(rng, "rows", json.dumps(rows))


def twice(rng):
    name = rng.choice(sorted(GOOD))
    once = json.dumps(GOOD)[1:-1]
    return f'{{{once}, "{name}": {json.dumps(GOOD[name])}}}'


def deep(rng):
    """Return lists in lists: as many as Python's own depth, some fewer, or a great many."""
    depth = rng.choice([rng.randint(1, 200), rng.randint(700, 1100), rng.randint(1100, 30_000)])
    opening, closing = rng.choice([("[", "]"), ('{"wx":', "}")])
    nested = opening * depth + '"1"' + closing * depth
    if rng.random() < 0.2:
        nested = opening * depth  # without end
    return nested if depth > 1 and rng.random() < 0.3 else f'{{"wx": {nested}}}'


def no_utf8(rng):
    body = bytearray(json.dumps(some(rng)).encode())
    at = rng.randrange(len(body) + 1)
    body[at:at] = rng.choice(NO_UTF8)
    return bytes(body)


def binary(rng):
    return b"\x80" + rng.randbytes(rng.randrange(300))


def large(rng):
    size = 65_536 + rng.randint(-2000, 2000)
    letter = rng.choice(["0", "1", "x", " 1", ",", "01,", "\\ud800", "ξ"])
    return json.dumps({rng.choice(sorted(GOOD)): ""})[:-2] + letter * (size // len(letter)) + '"}'


WAYS = (
    no_json, cut, mutated, other_json, no_text, wrong_value, unknown, other_rows, twice, deep,
    no_utf8, binary,
)  # fmt: skip


def bodies(seed, n):
    """Yield so many, as bytes; a large one for every hundred."""
    rng = random.Random(seed)
    for k in range(n):
        body = (large if k % 100 == 99 else rng.choice(WAYS))(rng)
        yield body if isinstance(body, bytes) else body.encode()
