"""What is said of an answer that cannot be read: which word, and how to write it."""

from __future__ import annotations

import re

from bptt.errors import InputError, sentence

CALLED = "answer"
MOST_SHOWN = 30  # letters of a word
KNOWN = "numbers, + - * / ^ ( ), Wx, Wrec, x2, S2(In), S2(Out), y, m and d_log(...)"
EXAMPLE = "Write it as in Wrec d_log(S2(In)) x2"

# What a learner may have meant, by the word that is not known.
ADVICE = (
    (r".*[∂ξ].*|d[swxy]\w*", "Write what each ∂…/∂… is, as Wrec for ∂S3/∂S2(Out)"),
    (r"(x|s|state)_?(in|out|t|k|\d|_)*", "Say at which time stamp: x2, S2(In), S2(Out)"),
    (r"w(x|_x|rec|_rec)\d+", "Write Wrec^2 or Wrec Wrec: the weights have no time stamp"),
    (r"[ym]_?(\d+|t|k)", "Write y and m alone: they have no time stamp"),
    (r"'", "Write log'(S2(In)) or d_log(S2(In))"),
    (r"[Σ∑]|sum", "Leave out the sum over sequences: the derivative of one is asked for"),
    (r",", "Write a point in numbers, as 0.5, and no comma"),
    (r"=", "Write only what stands behind the ="),
)


def refusal(expected: str, came: str, do: str) -> InputError:
    """Return the error of an answer that cannot be read."""
    return InputError(sentence(CALLED, expected, came, do))


def shown(text: str) -> str:
    r"""Return a piece of an answer so that nothing in it can steer a terminal.

    Examples
    --------
    >>> shown("a\x1b[31mb")
    "'a\\x1b[31mb'"
    """
    return repr(text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 3] + "...")


def not_known(text: str, at: int) -> InputError:
    """Return an error that names the whole word in which the reading stopped.

    Examples
    --------
    >>> print(not_known("2 foo_x", 3))
    answer: expected numbers, + - * / ^ ( ), Wx, Wrec, x2, S2(In), S2(Out), y, m and d_log(...), \
got 'foo_x'. Write it as in Wrec d_log(S2(In)) x2.
    """
    is_letter = re.compile(r"\w").match
    begin, end = at, at + 1
    if is_letter(text[at]):
        while begin > max(0, at - MOST_SHOWN) and is_letter(text[begin - 1]):
            begin -= 1
        while end < min(len(text), at + MOST_SHOWN) and is_letter(text[end]):
            end += 1
    word = text[begin:end]
    for form, do in ADVICE:
        if re.fullmatch(form, word, re.IGNORECASE):
            return refusal(KNOWN, shown(word), do)
    return refusal(KNOWN, shown(word), EXAMPLE)
