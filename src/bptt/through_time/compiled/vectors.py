"""`Vectors`: instructions on all numbers of a vector register at once, as LLVM writes them."""

from __future__ import annotations

from typing import Any

from bptt._extras import need
from bptt.through_time.compiled.functions import ir

cgutils: Any = need("The compiled engine", "Numba", "jit", "numba.core.cgutils")
binding: Any = need("The compiled engine", "Numba", "jit", "llvmlite.binding")


def _of_this_processor() -> tuple[int, int]:
    """Return how many bytes a vector register has, and how many of them there are."""
    has = binding.get_host_cpu_features()
    if has.get("avx512f"):
        return 64, 32
    if has.get("neon"):
        return 16, 32
    return (32 if has.get("avx") else 16), 16


BYTES, N_REGISTERS = _of_this_processor()


class Vectors:
    """What writes the instructions, for one kind of float."""

    def __init__(self, builder: Any, number: Any) -> None:
        self.builder, self.number = builder, number
        bits = 32 if isinstance(number, ir.FloatType) else 64
        self.lanes = BYTES * 8 // bits
        self.align, self.name = bits // 8, f"f{bits}"
        self.vector = ir.VectorType(number, self.lanes)
        self.whole = ir.IntType(64)

    def place(self, of: Any, at: tuple[Any, int], *sizes: Any) -> Any:
        """Return where entry at[0] + at[1] is, of entries of that size."""
        builder = self.builder
        offset = builder.add(at[0], self.whole(at[1]))
        for size in sizes:
            offset = builder.mul(offset, self.whole(size) if isinstance(size, int) else size)
        return builder.gep(of, [offset])

    def load(self, place: Any, lanes: int = 0) -> Any:
        """Read a vector, or some of one."""
        kind = ir.VectorType(self.number, lanes or self.lanes)
        return self.builder.load(self.builder.bitcast(place, kind.as_pointer()), align=self.align)

    def store(self, vector: Any, place: Any) -> None:
        """Write a vector."""
        pointer = self.builder.bitcast(place, vector.type.as_pointer())
        self.builder.store(vector, pointer, align=self.align)

    def everywhere(self, number: Any) -> Any:
        """Return a vector of one number."""
        places = ir.VectorType(ir.IntType(32), self.lanes)
        nothing = ir.Constant(self.vector, ir.Undefined)
        put = self.builder.insert_element(nothing, number, ir.IntType(32)(0))
        return self.builder.shuffle_vector(put, nothing, ir.Constant(places, [0] * self.lanes))

    def add_product(self, total: Any, a: Any, b: Any) -> Any:
        """Return total + a b, rounded once where the processor can."""
        name, kind = (
            f"llvm.fmuladd.v{self.lanes}{self.name}",
            ir.FunctionType(self.vector, [self.vector] * 3),
        )
        function = cgutils.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(function, [a, b, total])

    def add_up(self, vector: Any) -> Any:
        """Return the sum of a vector's numbers, by halves."""
        lanes = self.lanes
        while lanes > 1:
            lanes //= 2
            halves = (range(lanes), range(lanes, 2 * lanes))
            places = [ir.Constant(ir.VectorType(ir.IntType(32), lanes), list(h)) for h in halves]
            nothing = ir.Constant(vector.type, ir.Undefined)
            low, high = (self.builder.shuffle_vector(vector, nothing, p) for p in places)
            vector = self.builder.fadd(low, high)
        return self.builder.extract_element(vector, ir.IntType(32)(0))

    def sum_up(self, n: Any, n_sums: int, more: Any, at_once: int) -> list[Any]:
        """Return sums over k < n; ``more(k, sums)`` adds to them, for ``at_once`` k at once."""
        builder = self.builder
        sums = [ir.Constant(self.vector, [0.0] * self.lanes)] * (n_sums * at_once)
        stop = n if at_once == 1 else builder.and_(n, self.whole(-at_once))

        def each(k, sums):
            cut = [sums[i : i + n_sums] for i in range(0, len(sums), n_sums)]
            ks = [builder.add(k, self.whole(number)) for number in range(at_once)]
            return [one for found in map(more, ks, cut) for one in found]

        sums = self.loop(self.whole(0), stop, at_once, sums, each)
        if at_once == 1:
            return sums
        while len(sums) > n_sums:
            half = len(sums) // 2
            sums = [builder.fadd(x, y) for x, y in zip(sums[:half], sums[half:], strict=True)]
        return self.loop(stop, n, 1, sums, more)

    def loop(self, begin: Any, stop: Any, step: int, sums: list[Any], more: Any) -> list[Any]:
        """Do more for k = begin, begin + step, … below stop."""
        builder = self.builder
        before = builder.block
        head, body, after = (builder.append_basic_block(name) for name in ("head", "body", "after"))
        builder.branch(head)
        builder.position_at_end(head)
        k, totals = builder.phi(self.whole), [builder.phi(self.vector) for _ in sums]
        builder.cbranch(builder.icmp_signed("<", k, stop), body, after)
        builder.position_at_end(body)
        found = [builder.add(k, self.whole(step)), *more(k, totals)]
        for phi, first, then in zip([k, *totals], [begin, *sums], found, strict=True):
            phi.add_incoming(first, before)
            phi.add_incoming(then, builder.block)
        builder.branch(head)
        builder.position_at_end(after)
        return totals

    def write(self, vectors: list[Any], places: list[Any], n: Any) -> None:
        """Write vectors, each in its place, as far as there is room for: n numbers.

        Some of a vector is written in pieces of 1, 2, 4, … numbers: what is written with a mask a
        processor cannot read before it has left for the cache.
        """
        builder = self.builder
        is_room = builder.icmp_signed(">=", n, self.whole(self.lanes))
        with builder.if_else(is_room) as (then, otherwise):
            with then:
                for vector, place in zip(vectors, places, strict=True):
                    self.store(vector, place)
            with otherwise:
                slots = [cgutils.alloca_once(builder, self.vector) for _ in vectors]
                for vector, slot in zip(vectors, slots, strict=True):
                    builder.store(vector, slot)
                for k in reversed(range(self.lanes.bit_length() - 1)):
                    has_piece = builder.trunc(builder.lshr(n, self.whole(k)), ir.IntType(1))
                    with builder.if_then(has_piece):
                        begin = builder.and_(n, self.whole(-(2 << k)))
                        for slot, place in zip(slots, places, strict=True):
                            numbers = builder.bitcast(slot, self.number.as_pointer())
                            part = self.load(builder.gep(numbers, [begin]), 1 << k)
                            self.store(part, builder.gep(place, [begin]))
