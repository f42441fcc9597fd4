"""What takes NumPy's place in compiled lines: element-wise functions that write into an array.

What stands in one piece is gone over at once, else row by row; a row is contiguous.  Functions that
return the array they are given do not count it: they are for arrays that are `borrowed`.
"""

from __future__ import annotations

from typing import Any

from bptt._extras import need
from bptt.through_time.compiled.functions import (
    FLOAT32,
    FLOAT64,
    OPTIONS,
    compile_function,
    extending,
    named,
    numba,
)

INLINED = OPTIONS | {"forceinline": True}

cgutils: Any = need("The compiled engine", "Numba", "jit", "numba.core.cgutils")
arrayobj: Any = need("The compiled engine", "Numba", "jit", "numba.np.arrayobj")


@extending.intrinsic
def borrowed(_context, array):
    """Return an array that is not counted as a reference: cutting views from it costs nothing."""

    def generate(context, builder, signature, arguments):
        inside = arrayobj.make_array(signature.args[0])(context, builder, arguments[0])
        for name in ("meminfo", "parent"):
            setattr(inside, name, getattr(inside, name).type(None))
        return inside._getvalue()

    return array(array), generate


@extending.intrinsic
def by_gate(_context, rows):
    """Return (G, n, H) of (n, G, H): the same entries, seen by gate."""
    kind = rows.copy(layout="A")

    def generate(context, builder, signature, arguments):
        inside = arrayobj.make_array(rows)(context, builder, arguments[0])
        made = arrayobj.make_array(kind)(context, builder)
        shape, strides = (
            cgutils.unpack_tuple(builder, pair, 3) for pair in (inside.shape, inside.strides)
        )
        arrayobj.populate_array(
            made, data=inside.data, shape=[shape[axis] for axis in (1, 0, 2)],
            strides=[strides[axis] for axis in (1, 0, 2)], itemsize=inside.itemsize,
            meminfo=inside.meminfo, parent=inside.parent,
        )  # fmt: skip
        return made._getvalue()

    return kind(rows), generate


def copy(out, values):
    """Be compiled: write an array, or one number, into an array of any layout."""


@extending.overload(copy, jit_options=INLINED)
def _copy(out, values):
    is_array = isinstance(values, numba.types.Array)
    if out.ndim == 1:

        def each(out, values):
            for i in range(len(out)):
                out[i] = values[i] if is_array else values

        return each

    def each_column(out, values):
        if out.shape[1] == 1:  # a loop less
            copy(out[:, 0], values[:, 0] if is_array else values)
        else:
            for i in range(len(out)):
                copy(out[i], values[i] if is_array else values)

    if out.ndim == 2:
        return each_column

    def each_row(out, values):
        for i in range(len(out)):
            copy(out[i], values[i] if is_array else values)

    return each_row


@extending.intrinsic
def of_any_layout(_context, array):
    """Return the array itself, its layout forgotten: of one type with what `by_gate` returns."""

    def generate(context, builder, signature, arguments):
        return arguments[0]

    return array.copy(layout="A")(array), generate


def in_one_piece(array):
    """Be compiled: whether an array is contiguous; a number is."""


@extending.overload(in_one_piece, jit_options=INLINED)
def _in_one_piece(array):
    if not isinstance(array, numba.types.Array) or array.layout == "C":
        return lambda array: True
    if array.ndim == 2:
        return lambda array: array.strides[0] == array.shape[1] * array.itemsize
    return lambda array: (
        array.strides[1] == array.shape[2] * array.itemsize
        and array.strides[0] == array.shape[1] * array.strides[1]
    )


@extending.intrinsic
def address(_context, array, _out):
    """Return where an array begins; a number as out's float."""
    if isinstance(array, numba.types.Array):
        pointer = numba.types.CPointer(array.dtype)

        def generate(context, builder, signature, arguments):
            return arrayobj.make_array(array)(context, builder, arguments[0]).data

        return pointer(array, _out), generate

    def convert(context, builder, signature, arguments):
        return context.cast(builder, arguments[0], array, _out.dtype)

    return _out.dtype(array, _out), convert


def entry(a, i):
    """Return entry i of a row that begins at a, or the number that stands for each."""


@extending.overload(entry, jit_options=OPTIONS)
def _entry(a, i):
    if isinstance(a, numba.types.CPointer):
        return lambda a, i: a[i]
    return lambda a, i: a


def part(a, i, out):
    """Return what belongs to out[i]: part i of an array with as many axes, else a itself."""


@extending.overload(part, jit_options=INLINED)
def _part(a, i, out):
    if not isinstance(a, numba.types.Array) or a.ndim < out.ndim:
        return lambda a, i, out: a
    return lambda a, i, out: a[i]


def _same_axes(out, *others):
    """Return whether all arrays have as many axes as out."""
    return all(a.ndim == out.ndim for a in others if isinstance(a, numba.types.Array))


def _alike(out, *others):
    """Return whether besides all are known to be contiguous."""
    arrays = [out, *(a for a in others if isinstance(a, numba.types.Array))]
    return _same_axes(out, *others) and all(a.layout == "C" for a in arrays)


@extending.intrinsic
def same(_context, a, b):
    """Return whether two rows begin at one place."""

    def generate(context, builder, signature, arguments):
        return builder.icmp_unsigned("==", *arguments)

    if a == b:
        return numba.types.boolean(a, b), generate
    return numba.types.boolean(a, b), lambda context, *_: context.get_constant(
        numba.types.boolean, 0
    )


def _of_two(name, operation):
    """Return a function (a, b, out) that, compiled, writes an operation on each pair of entries."""
    operation = compile_function(operation, name)

    def on_row(a, b, out, n):
        if same(a, out):  # said in so many words, the compiler knows that entries do not mix
            for j in range(n):
                out[j] = operation(out[j], entry(b, j))
        elif same(b, out):
            for j in range(n):
                out[j] = operation(entry(a, j), out[j])
        else:
            for j in range(n):
                out[j] = operation(entry(a, j), entry(b, j))

    return _on_all(compile_function(on_row, f"{name}_on_row"))


def _of_one(name, operation):
    """Return a function (z, out) that, compiled, writes an operation on each entry."""
    operation = compile_function(operation, name)

    def on_row(z, _, out, n):
        if same(z, out):
            for j in range(n):
                out[j] = operation(out[j])
        else:
            for j in range(n):
                out[j] = operation(entry(z, j))

    of_two = _on_all(compile_function(on_row, f"{name}_on_row"))

    def write(z, out):
        """Be compiled."""

    @extending.overload(write, jit_options=INLINED)
    def _(z, out):
        return lambda z, out: of_two(z, 0.0, out)

    return write


def _on_all(on_row):
    """Return a function (a, b, out) that, compiled, goes over all rows."""

    def write(a, b, out):
        """Be compiled, for the axes of out."""

    @extending.overload(write, jit_options=INLINED)
    def _(a, b, out):
        if out.ndim == 1 or _alike(out, a, b):
            return lambda a, b, out: on_row(
                address(a, out), address(b, out), address(out, out), out.size
            )

        def each(a, b, out):
            for i in range(out.shape[0]):
                write(part(a, i, out), part(b, i, out), part(out, i, out))

        if not _same_axes(out, a, b):
            return each

        def all_or_each(a, b, out):
            if in_one_piece(a) and in_one_piece(b) and in_one_piece(out):
                on_row(address(a, out), address(b, out), address(out, out), out.size)
            else:
                for i in range(out.shape[0]):
                    write(part(a, i, out), part(b, i, out), part(out, i, out))

        return all_or_each

    return write


def _by_float(name):
    """Return (z, out) that, compiled, writes the function of that name for the float it gets."""

    def function(entry):
        """Be compiled, for the entry's float."""

    @extending.overload(function, jit_options=OPTIONS)
    def _(entry):
        of_one = getattr(FLOAT32 if entry == numba.float32 else FLOAT64, name)
        return named(lambda entry: of_one(entry), f"{name}_of_one")  # noqa: PLW0108

    return _of_one(name, lambda entry: function(entry))  # noqa: PLW0108, it is a stub


add = _of_two("add", lambda a, b: a + b)
subtract = _of_two("subtract", lambda a, b: a - b)
multiply = _of_two("multiply", lambda a, b: a * b)
divide = _of_two("divide", lambda a, b: a / b)
maximum = _of_two("maximum", lambda a, b: b if b >= a else a)  # NaN if a is
greater = _of_two("greater", lambda a, b: a > b)
negative = _of_one("negative", lambda a: -a)
positive = _of_one("positive", lambda a: a)
reciprocal = _of_one("reciprocal", lambda a: type(a)(1) / a)
exp, tanh, cosh = _by_float("exp"), _by_float("tanh"), _by_float("cosh")


def copyto(out, values):
    """Be compiled below."""


@extending.overload(copyto, jit_options=INLINED)
def _copyto(out, values):
    return lambda out, values: positive(values, out)


@compile_function
def nothing(*_):
    """Take the place of what is only done for complex numbers."""
