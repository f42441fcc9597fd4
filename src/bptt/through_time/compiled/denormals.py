"""Compiled loops let denormal numbers be 0, as the processor can by itself.

Errors that vanish over hundreds of time stamps end in numbers below the smallest normal one, which
processors compute a hundred times slower than others.  On x86 two bits of the register MXCSR say
that results, and operands, of that size are 0 (Intel, *Software Developer's Manual*, vol. 1,
10.2.3); elsewhere nothing is done, and `bptt.through_time.backprop` drops them between parts.
"""

from __future__ import annotations

import platform

from bptt.through_time.compiled.functions import extending, ir, numba

FLUSH = (1 << 15) | (1 << 6)  # results (FZ), operands (DAZ)
HAS_MXCSR = platform.machine() in {"x86_64", "AMD64"}


def _call(builder, name, place):
    kind = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer()])
    function = builder.module.globals.get(name) or ir.Function(builder.module, kind, name)
    builder.call(function, [builder.bitcast(place, ir.IntType(8).as_pointer())])


@extending.intrinsic
def mxcsr(_context):
    """Return what stands in the register; 0 where there is none."""

    def generate(_, builder, __, ___):
        place = builder.alloca(ir.IntType(32))
        builder.store(ir.IntType(32)(0), place)
        if HAS_MXCSR:
            _call(builder, "llvm.x86.sse.stmxcsr", place)
        return builder.load(place)

    return numba.uint32(), generate


@extending.intrinsic
def set_mxcsr(_context, value):
    """Write into the register, if there is one."""

    def generate(context, builder, signature, arguments):
        if HAS_MXCSR:
            place = builder.alloca(ir.IntType(32))
            builder.store(arguments[0], place)
            _call(builder, "llvm.x86.sse.ldmxcsr", place)
        return context.get_dummy_value()

    return numba.types.none(numba.uint32), generate
