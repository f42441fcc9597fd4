"""What the checks let through, in which form, and where exactly their bounds are."""

import math

import numpy as np
import pytest

from bptt import _checks
from bptt.errors import InputError, NumberTypeError, ShapeError, UnknownNameError, sentence


@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "i2", "u4", "i8", "u8"])
def test_whole_numbers_become_float64(dtype):
    given = np.array([[0, 1], [1, 0]], dtype)
    found = _checks.numbers("f", "x", given)
    assert found.dtype == np.float64
    assert found.tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert given.dtype == dtype


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f8", "g"])
def test_floats_are_neither_copied_nor_converted(dtype):
    given = np.ones((2, 3), dtype)
    assert _checks.numbers("f", "x", given) is given
    assert _checks.numbers("f", "x", given, complex_ok=True) is given


@pytest.mark.parametrize("dtype", ["c8", "c16"])
def test_complex_numbers_only_where_they_are_asked_for(dtype):
    given = np.ones(2, dtype)
    assert _checks.numbers("f", "x", given, complex_ok=True) is given
    with pytest.raises(NumberTypeError, match="f: expected x to hold real numbers, got complex"):
        _checks.numbers("f", "x", given)


@pytest.mark.parametrize("given", [[1, 2.5], (1, 2.5), range(1, 3), 7, np.float32(7), [[True]]])
def test_whatever_numpy_takes_for_numbers(given):
    found = _checks.numbers("f", "x", given)
    assert found.dtype.kind == "f"
    assert found.tolist() == np.array(given).tolist()


@pytest.mark.parametrize(
    ("array", "where"),
    [
        ([[1, np.inf], [np.nan, 0]], "inf at x[0, 1]"),
        ([[1, 2], [-np.inf, np.nan]], "-inf at x[1, 0]"),
        (np.array([1, np.nan], "f4"), "nan at x[1]"),
        (np.array([0, complex(1, np.nan)]), "(1+nanj) at x[1]"),
    ],
)
def test_finite_names_the_first_entry_that_is_not(array, where):
    with pytest.raises(InputError) as caught:
        _checks.finite("f", "x", np.array(array))
    assert f"f: expected x to be finite, got {where}. " in str(caught.value)


def test_finite_and_shape_return_the_array_itself():
    array = np.full((2, 3), np.finfo(float).max)
    assert _checks.finite("f", "x", array) is array
    assert _checks.shape("f", "x", array, (2, 3), "Do") is array
    for wrong in ((3, 2), (2,), (2, 3, 1), (1, 3), ()):
        with pytest.raises(ShapeError) as caught:
            _checks.shape("f", "x", array, wrong, "Do that")
        assert str(caught.value) == f"f: expected x of shape {wrong}, got shape (2, 3). Do that."


@pytest.mark.parametrize("value", [1, 10**30, np.int8(1), np.uint64(3), np.int64(5)])
def test_positive_int(value):
    found = _checks.positive_int("f", "n", value)
    assert type(found) is int
    assert found == value


@pytest.mark.parametrize("least", [0, 1, 5])
def test_positive_int_at_its_bound(least):
    assert _checks.positive_int("f", "n", least, least=least) == least
    with pytest.raises(InputError) as caught:
        _checks.positive_int("f", "n", least - 1, least=least)
    assert str(caught.value) == (
        f"f: expected n to be a whole number of at least {least}, got {least - 1}. "
        f"Give n={least} or more."
    )


@pytest.mark.parametrize(
    "value", [1.0, "1", None, True, np.True_, np.float64(1), [1], 1 + 0j, math.nan]
)
def test_what_is_no_whole_number(value):
    with pytest.raises(InputError, match="f: expected n to be a whole number of at least 1, got "):
        _checks.positive_int("f", "n", value)


BELOW, ABOVE = math.nextafter(1, 0), math.nextafter(1, 2)


@pytest.mark.parametrize(
    ("value", "low", "high", "open_low", "good"),
    [
        (1, 1, 2, False, True),
        (BELOW, 1, 2, False, False),
        (1, 1, 2, True, False),
        (ABOVE, 1, 2, True, True),
        (1, 0, 1, False, True),
        (ABOVE, 0, 1, False, False),
        (np.float32(0.5), 0, 1, False, True),
        (np.int64(-3), -math.inf, math.inf, False, True),
        (-0.0, 0, 1, False, True),
        (-0.0, 0, 1, True, False),
        (5e-324, 0, 1, True, True),
        (math.inf, 0, math.inf, False, False),
        (-math.inf, -math.inf, 0, False, False),
        (math.nan, -math.inf, math.inf, False, False),
        (10**400, 0, math.inf, False, False),
        (-(10**400), -math.inf, 0, False, False),
        (True, 0, 1, False, False),
        (np.True_, 0, 1, False, False),
        (0.5j, 0, 1, False, False),
        (np.array(0.5), 0, 1, False, False),
        ("0.5", 0, 1, False, False),
        (None, 0, 1, False, False),
    ],
)
def test_real_in(value, low, high, open_low, good):
    if good:
        found = _checks.real_in("f", "r", value, low, high, open_low=open_low)
        assert type(found) is float
        assert found == value
    else:
        with pytest.raises(InputError, match="f: expected r to be a finite number a"):
            _checks.real_in("f", "r", value, low, high, open_low=open_low)


@pytest.mark.parametrize(
    ("low", "high", "open_low", "bounds"),
    [
        (0, math.inf, False, "at least 0,"),
        (0, math.inf, True, "above 0,"),
        (0.5, 50, False, "at least 0.5 and at most 50,"),
        (1, 1e9, True, "above 1 and at most 1e+09,"),
    ],
)
def test_real_in_says_its_bounds(low, high, open_low, bounds):
    with pytest.raises(InputError) as caught:
        _checks.real_in("f", "r", -1, low, high, open_low=open_low)
    expected = f"f: expected r to be a finite number {bounds} got -1. Give r in that range."
    assert str(caught.value) == expected


def test_one_of():
    known = {"a": 1, "b": 2, "c": 3}
    assert _checks.one_of("f", "letter", "b", known) == 2
    for wrong in ("d", "A", "", 1, None, ["a"], ("a",)):
        with pytest.raises(UnknownNameError) as caught:
            _checks.one_of("f", "letter", wrong, known)
        assert str(caught.value) == (
            f"f: expected letter to be one of 'a', 'b' or 'c', got {wrong!r}. Choose one of them."
        )


def test_listed_and_sentence():
    assert _checks.listed(["a"]) == "'a'"
    assert _checks.listed(iter("ab")) == "'a' or 'b'"
    assert _checks.listed("abc") == "'a', 'b' or 'c'"
    assert sentence("f", "this", "that", "Do it") == "f: expected this, got that. Do it."


def test_generator():
    def draws(rng):
        return _checks.generator("f", rng).integers(0, 2**62, 4).tolist()

    own = np.random.default_rng(5)
    assert _checks.generator("f", own) is own
    expected = np.random.default_rng(5).integers(0, 2**62, 4).tolist()
    assert draws(5) == draws(np.int64(5)) == draws(np.random.SeedSequence(5)) == expected
    assert draws(0) != draws(5)
    assert draws(None) != draws(None)
