"""A weight's gradient where sequences stand side by side: sums over time stamps and sequences.

Both factors have a row for each of their numbers, of all sequences, at each time stamp::

    out[i, j] = Σ_k Σ_s a[k, i, s] b[k, j, s]

R by R such sums at once stay in the processor's registers, each a vector that is added up at the
end.
"""

from __future__ import annotations

from bptt.through_time.compiled.functions import compile_function, extending, ir, numba
from bptt.through_time.compiled.tiles import opened
from bptt.through_time.compiled.vectors import N_REGISTERS, Vectors

R = 4 if N_REGISTERS == 32 else 3


def _tile(n_rows):
    """Return a compiled function that writes out[i : i + n_rows, j : j + R].

    Beyond the last row or column it computes the last again.
    """

    @extending.intrinsic
    def compute(_context, a, i, b, j, out):
        def generate(context, builder, signature, arguments):
            v = Vectors(builder, context.get_value_type(out.dtype))
            (a_, (T, _, n), a_steps), (b_, _, b_steps), (out_, shape, (out_row, _)) = (
                opened(context, builder, kind, value)
                for kind, value in zip((a, b, out), arguments[::2], strict=True)
            )
            rows, columns = (
                [_at_most(builder, v, first, r, n) for r in range(many)]
                for first, many, n in zip(arguments[1::2], (n_rows, R), shape, strict=True)
            )

            def at_time_stamp(k, sums):
                a_rows = [_row(v, a_, k, row, a_steps) for row in rows]
                b_rows = [_row(v, b_, k, column, b_steps) for column in columns]

                def more(s, sums):
                    a_s, b_s = (
                        [v.load(builder.gep(row, [s])) for row in all_] for all_ in (a_rows, b_rows)
                    )
                    products = ((x, y) for x in a_s for y in b_s)
                    return [
                        v.add_product(sum_, *xy) for sum_, xy in zip(sums, products, strict=True)
                    ]

                return v.loop(v.whole(0), n, v.lanes, sums, more)

            nothing = [ir.Constant(v.vector, [0.0] * v.lanes)] * (n_rows * R)
            sums = iter(v.loop(v.whole(0), T, 1, nothing, at_time_stamp))
            for row in rows:
                for column in columns:
                    place = builder.gep(v.place(out_, (row, 0), out_row), [column])
                    builder.store(v.add_up(next(sums)), place)
            return context.get_dummy_value()

        whole = numba.types.intp
        return numba.types.none(a, whole, b, whole, out), generate

    return compute


def _at_most(builder, v, first, more, n):
    """Return first + more, or the last of n."""
    number, last = builder.add(first, v.whole(more)), builder.sub(n, v.whole(1))
    return builder.select(builder.icmp_signed("<", number, last), number, last)


def _row(v, of, k, number, steps):
    """Return where a row of time stamp k begins."""
    return v.place(v.place(of, (k, 0), steps[0]), (number, 0), steps[1])


_of_many, _of_one = _tile(R), _tile(1)


@compile_function
def over_time(a, b, out):
    """Write Σ_k a[k] b[k]ᵀ, of (T, rows, n) and (T, columns, n), n being whole vectors."""
    n_rows, n_columns = out.shape
    i = 0
    while i + R <= n_rows:
        for j in range(0, n_columns, R):
            _of_many(a, i, b, j, out)
        i += R
    while i < n_rows:
        for j in range(0, n_columns, R):
            _of_one(a, i, b, j, out)
        i += 1
