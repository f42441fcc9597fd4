"""No line in the loops over time allocates an array, and what a gradient needs more is bounded.

NumPy itself goes through buffers where an array is not contiguous: up to 8,192 entries for each
operand of a call, given back when the call ends.  Told to make them tiny (`np.setbufsize`), it
leaves `tracemalloc` with what our own lines allocate.
"""

import tracemalloc
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

import bptt
from bptt.through_time import walk
from contracts.test_matrix import CELLS

LEAST_BUFFER = 16  # entries: NumPy's least
OBJECTS = 4096  # bytes: numbers, views and iterators on their way, whatever T and H are
SIZES = [(20, 24), (60, 64)]  # T, H; one state of all sequences has 5,760 bytes or more
N = 30
RUNS = 5


def network(cell, n_steps, hidden, engine="numpy"):
    """Return a call of the gradient, and the run on the tape that it made."""
    rng = np.random.default_rng(0)
    net = bptt.RNN(**{"cell": cell} | CELLS[cell], input_size=5, hidden_size=hidden)
    x, y = rng.standard_normal((N, n_steps, 5)), rng.standard_normal(N)
    batch, workspace, params = net.batch(x, y), bptt.Workspace(engine), net.init(rng)
    run = net.run(params, batch, workspace=workspace)
    return SimpleNamespace(
        gradient=lambda: net.loss_and_gradient(params, batch, workspace=workspace),
        buffers=run.tape.buffers,
    )


@contextmanager
def traced():
    already = tracemalloc.is_tracing()
    if not already:
        tracemalloc.start()
    try:
        yield
    finally:
        if not already:
            tracemalloc.stop()


@contextmanager
def small_buffers():
    with np.errstate():  # on leaving it the size is again what it was
        np.setbufsize(LEAST_BUFFER)
        yield


def bytes_of(call):
    """Return what a call allocates at its peak, and what is left of it."""
    before, _ = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    call()
    after, peak = tracemalloc.get_traced_memory()
    return peak - before, after - before


def in_loops(cell, n_steps, hidden):
    """Return the peaks of a gradient's loops by name, and the most that any of them leaves.

    Of several runs the least: what a line allocates, it allocates in each; what the interpreter, a
    tracer or a count of covered lines keep now and then, they do not.
    """
    made = network(cell, n_steps, hidden)
    made.gradient()
    found = {"advance": [], "go_back": []}  # of each call: the way back may be several

    def watched(name, loop):
        def watch(*arguments):
            found[name].append(bytes_of(lambda: loop(*arguments)))

        return watch

    with pytest.MonkeyPatch.context() as patch, traced():
        for name in ("advance", "go_back"):
            patch.setattr(walk, name, watched(name, getattr(walk, name)))
        runs = []
        for _ in range(RUNS):
            for calls in found.values():
                calls.clear()
            made.gradient()
            runs.append({name: np.max(calls, axis=0) for name, calls in found.items()})
    least = {name: np.min([run[name] for run in runs], axis=0) for name in found}
    return {name: peak for name, (peak, _) in least.items()}, max(
        left for _, left in least.values()
    )


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("loop", ["advance", "go_back"])
@pytest.mark.parametrize("cell", CELLS)
def test_no_line_in_the_loops_allocates_an_array(cell, loop, sizes):
    with small_buffers():
        peaks, left = in_loops(cell, *sizes)
    assert peaks[loop] <= OBJECTS
    assert left <= 256


@pytest.mark.parametrize("cell", ["elman", "leaky"])
def test_where_all_arrays_are_contiguous_numpy_allocates_nothing_either(cell):
    assert in_loops(cell, *SIZES[1])[0]["go_back"] <= OBJECTS


@pytest.mark.parametrize("cell", CELLS)
def test_a_gradient_takes_no_more_memory_for_a_longer_sequence(cell):
    """Once the buffers are made: what is computed at a time has a size of its own."""
    with traced():
        peaks = []
        for n_steps in (200, 400):
            made = network(cell, n_steps, 40)
            made.gradient()
            peaks.append(bytes_of(made.gradient)[0])
    assert abs(peaks[0] - peaks[1]) < 4096


@pytest.mark.parametrize("loop", ["advance", "go_back"])
@pytest.mark.parametrize("cell", CELLS)
def test_compiled_loops_allocate_nothing(cell, loop):
    """Of Numba's own memory neither: as many descriptions of arguments for any sizes."""
    pytest.importorskip("numba")
    from numba.core.runtime import _nrt_python, rtsys

    calls = [compiled_loops(cell, *sizes)[loop] for sizes in SIZES]
    found = []
    _nrt_python.memsys_enable_stats()
    try:
        with traced():
            for call in calls * RUNS:
                before = rtsys.get_allocation_stats().alloc
                found.append((*bytes_of(call), rtsys.get_allocation_stats().alloc - before))
    finally:
        _nrt_python.memsys_disable_stats()
    peak, left, of_long = np.min(found[1::2], axis=0)
    assert np.min(found[::2], axis=0)[2] == of_long
    assert peak <= OBJECTS
    assert left <= 256


def compiled_loops(cell, n_steps, hidden):
    """Return calls of both by name; they were made once before."""
    buffers = network(cell, n_steps, hidden, "jit").buffers
    assert type(buffers.loops).__name__ == "Compiled"
    part, *_ = buffers.back.parts(last_is_state_in=False)
    nothing = np.empty((0, 0, hidden))
    return {
        "advance": lambda: buffers.loops.advance(0),
        "go_back": lambda: buffers.loops.go_back(part, nothing),
    }


@pytest.mark.parametrize("name", ["gate", "gate_back"])
def test_an_array_in_the_loop_is_seen(name, monkeypatch):
    real = getattr(bptt.Elman, name)

    def careless(self, views, peephole):
        real(self, views, peephole)
        _ = views[0] + views[1]

    monkeypatch.setattr(bptt.Elman, name, careless)
    n_steps, hidden = SIZES[1]
    with small_buffers():
        peaks, _ = in_loops("elman", n_steps, hidden)
    loop = {"gate": "advance", "gate_back": "go_back"}[name]
    assert peaks[loop] > N * hidden * 8


def test_an_array_that_is_kept_is_seen(monkeypatch):
    real, kept = bptt.Elman.gate, []

    def hoarding(self, views, peephole):
        real(self, views, peephole)
        kept.append(views[0].copy())

    monkeypatch.setattr(bptt.Elman, "gate", hoarding)
    assert in_loops("elman", 60, 64)[1] > 60 * N * 64 * 8
