"""exp, tanh and cosh in plain arithmetic, so that a compiler makes vector instructions of them.

All three begin with y = n ln 2 + r, n whole and |r| <= ln 2 / 2, so that::

    e^y = 2^n e^r = 2^n (1 + p),    p = e^r - 1 = r + r²/2! + r³/3! + …

The sum is cut where its rest is below rounding.  ln 2 is kept in two parts, of which the first has
so few digits that n times it is exact (Cody & Waite, *Software manual for the elementary
functions*, 1980).  Where p is small it has all its digits, and tanh has too.

Largest errors in units of the last place (tests/through_time/test_compiled.py measures them): exp
0.9, cosh 1.3, tanh 2.9; NumPy's own in float32: 2.4, 2.4, 1.4.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bptt._extras import need

numba: Any = need("The compiled engine", "Numba", "jit", "numba")
extending: Any = need("The compiled engine", "Numba", "jit", "numba.extending")
ir: Any = need("The compiled engine", "Numba", "jit", "llvmlite.ir")

# a product and a sum may be one instruction; a division by zero is infinity; nobody calls it from C
OPTIONS = {"fastmath": {"contract"}, "error_model": "numpy", "no_cfunc_wrapper": True}
SOURCES = (
    "activations.py", "cells", "compiled_step.py", "compiled_stream.py", "losses.py", "optimizers",
    "readouts.py", "through_time/columns.py", "through_time/walk.py", "through_time/compiled",
)  # fmt: skip


def _digest_of_sources() -> str:
    """Return a digest of all text that is compiled."""
    root, found = Path(__file__).parents[2], hashlib.sha256()
    for source in SOURCES:
        path = root / source
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            found.update(file.read_bytes())
    return found.hexdigest()[:12]


TEXT = _digest_of_sources()


def named(function, name=""):
    """Give a function a name that, with the types of its arguments, tells its compiled code.

    Numba keeps machine code on disk with the names of all functions in it, and of two that have
    the same name a process takes the first that it meets.
    """
    function.__qualname__ = f"{name or function.__name__}_{TEXT}"
    return function


def compile_function(function, name="", **options):
    """Compile a function of Python by that name; other threads may run beside it."""
    return numba.njit(nogil=True, **OPTIONS, **options)(named(function, name))


class Functions(NamedTuple):
    """Compiled functions of one number."""

    exp: Any
    tanh: Any
    cosh: Any


@extending.intrinsic
def _as_float64(_context, _bits):
    """Return the float64 of these bits."""

    def generate(_, builder, __, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return numba.float64(numba.int64), generate


@extending.intrinsic
def _as_float32(_context, _bits):
    """Return the float32 of these bits."""

    def generate(_, builder, __, arguments):
        return builder.bitcast(arguments[0], ir.FloatType())

    return numba.float32(numba.int32), generate


def _build(real, whole, as_float, *, digits, bias, ln_2, degree, most):
    """Write the three functions for one kind of float.

    Parameters
    ----------
    real, whole
        The float's type and that of whole numbers as wide.
    as_float
        From bits to a float.
    digits, bias
        How the float is laid out: bits of its fraction, what is added to its exponent.
    ln_2
        ln 2 in two parts, hexadecimal.
    degree
        Of the sum p.
    most
        Beyond it e^y is infinite, or 0, with room to spare.
    """
    high, low = (real(float.fromhex(part)) for part in ln_2)
    coefficients = tuple(real(1.0 / math.factorial(k)) for k in range(degree, 0, -1))
    first, others = coefficients[0], coefficients[1:]
    log2_e, most, shift, bias = real(1.0 / math.log(2.0)), real(most), whole(digits), whole(bias)
    to_whole = real(1.5 * 2.0**digits)  # added and taken away again, it rounds to a whole number
    quarter, half, one, two = real(0.25), real(0.5), real(1.0), real(2.0)

    @compile_function
    def reduced(y):
        """Return p and 2^n, which may be too large for one number, as two factors."""
        y = min(max(y, -most), most)
        n = (y * log2_e + to_whole) - to_whole
        r = (y - n * high) - n * low
        p = first
        for i in numba.literal_unroll(others):
            p = p * r + i
        n = whole(n)
        n_half = n >> whole(1)
        return p * r, as_float((n_half + bias) << shift), as_float((n - n_half + bias) << shift)

    @compile_function
    def exp(x):
        p, s, t = reduced(x)
        return (p + one) * s * t if x == x else x  # NaN stays NaN

    @compile_function
    def tanh(x):  # with m = e^(-2|x|) - 1:  tanh |x| = -m / (m + 2)
        p, s, t = reduced(-two * abs(x))
        m = p * (s * t) + (s * t - one)
        return math.copysign(-m / (m + two), x) if x == x else x  # NaN stays NaN

    @compile_function
    def cosh(x):  # with h = e^|x| / 2:  cosh x = h + 1 / (4 h)
        p, s, t = reduced(abs(x))
        h = (p + one) * (half * s) * t
        return h + quarter / h if x == x else x  # NaN stays NaN

    return Functions(exp, tanh, cosh)


FLOAT64 = _build(
    np.float64, np.int64, _as_float64, digits=52, bias=1023, degree=13, most=1400.0,
    ln_2=("0x1.62e42fee00000p-1", "0x1.a39ef35793c76p-33"),
)  # fmt: skip
FLOAT32 = _build(
    np.float32, np.int32, _as_float32, digits=23, bias=127, degree=7, most=170.0,
    ln_2=("0x1.63p-1", "-0x1.bd0106p-13"),
)  # fmt: skip
