"""Errors that vanish: what is left of the gradient is the same, and nobody walks on without one."""

import importlib.util
from itertools import pairwise

import numpy as np
import pytest

import bptt
from bptt.params import named_arrays
from bptt.through_time import fading, plain
from comparing import error
from contracts.test_matrix import CELLS

LONG = {"float32": 700, "float64": 3000}  # time stamps in which errors of these networks vanish
FEW = 5  # sequences
ENGINES = ["numpy", "jit"] if importlib.util.find_spec("numba") else ["numpy"]


def case(cell, dtype, readout="last", *, ragged=False, n_steps=None):
    rng = np.random.default_rng(0)
    net = bptt.RNN(**{"cell": cell} | CELLS[cell], input_size=2, hidden_size=3, readout=readout)
    params = net.init(rng, dtype=dtype)
    n_steps = LONG[dtype] if n_steps is None else n_steps
    lengths = rng.integers(n_steps // 2, n_steps + 1, FEW) if ragged else np.full(FEW, n_steps)
    lengths[0] = n_steps
    x = [rng.standard_normal((length, 2)) for length in lengths]
    y = [rng.standard_normal((n, net.output_size)) if net.readout.every else
         rng.standard_normal(net.output_size) for n in lengths]  # fmt: skip
    return net, params, net.batch(x, y if net.readout.every else np.array(y))


def gradient(net, params, batch, engine="numpy"):
    """Return the gradient by name, and a copy of dz of all time stamps."""
    run = net.run(params, batch, workspace=bptt.Workspace(engine))
    return dict(named_arrays(run.grads)), run.tape.dz.copy()


def is_denormal(array):
    return (array != 0) & (np.abs(array) < np.finfo(array.dtype).tiny)


@pytest.mark.parametrize("dtype", LONG)
@pytest.mark.parametrize("ragged", [False, True], ids=["equal", "ragged"])
@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
def test_the_gradient_is_that_of_who_never_looks(cell, ragged, dtype, monkeypatch):
    made = case(cell, dtype, ragged=ragged)
    (quick, dz), *compiled = (gradient(*made, engine) for engine in ENGINES)
    monkeypatch.setattr(fading, "LOOK_EVERY", 10**9)
    slow, all_dz = gradient(*made)
    eps = np.finfo(dtype).eps
    assert is_denormal(all_dz).mean() > 0.01  # else there is nothing to see here
    for grads, own in [(quick, dz), *compiled]:
        assert error(grads, slow) < 100 * eps
        for ours, theirs in zip(np.split(own, 10), np.split(all_dz, 10), strict=True):
            size = np.abs(theirs).max()  # compared a tenth of all time stamps at a time
            if size > np.finfo(dtype).tiny / eps:
                assert np.abs(ours - theirs).max() < 1e4 * eps * size
        assert is_denormal(own).mean() < is_denormal(all_dz).mean() / 10


@pytest.mark.parametrize("readout", ["every", "mean", "state_in"])
def test_where_errors_enter_later_too(readout, monkeypatch):
    made = case("elman", "float32", readout, ragged=True)
    assert all(np.abs(gradient(*made, engine)[1]).min(axis=-1).max() > 0 for engine in ENGINES)
    quick = [gradient(*made, engine)[0] for engine in ENGINES]
    monkeypatch.setattr(fading, "LOOK_EVERY", 10**9)
    slow, _ = gradient(*made)
    assert all(error(grads, slow) < 1e-5 for grads in quick)


def test_the_walk_ends_where_nothing_is_left(monkeypatch):
    walked, real = [], plain.Plain.go_back

    def counting(self, part, dh_every):
        walked.append(part.rows)
        real(self, part, dh_every)

    monkeypatch.setattr(plain.Plain, "go_back", counting)
    net, params, batch = case("elman", "float32", n_steps=3000)
    _, dz = gradient(net, params, batch)
    rows = sum(part.stop - part.start for part in walked)
    assert 0 < rows < FEW * 1000
    assert all(before.start == after.stop for before, after in pairwise(walked))
    assert not dz[: 3000 - rows // FEW].any()
    assert dz[3000 - rows // FEW :].any()


@pytest.mark.skipif("jit" not in ENGINES, reason="needs Numba")
def test_compiled_loops_leave_the_processor_as_it_was():
    gradient(*case("elman", "float32"), "jit")
    half = np.full(64, np.finfo(np.float32).tiny) * np.float32(0.5)
    assert is_denormal(half).all()
