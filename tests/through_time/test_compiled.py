"""The compiled engine against the plain one, and what stands in the place of NumPy's functions."""

import math
import re
import sys

import mpmath
import numpy as np
import pytest

import bptt
from bptt.params import named_arrays
from comparing import error
from contracts.test_matrix import CELLS, LAYERS, LENGTHS, corners, make, make_layers

pytest.importorskip("numba")
from bptt.through_time.compiled import (
    agreement,
    arrays,
    engine,
    functions,
    side_by_side,
    sums,
    tiles,
    time_stamp,
    vectors,
)

JIT = bptt.Workspace(engine="jit")


def found(case, workspace):
    loss, grads = case.net.loss_and_gradient(
        case.params, case.x, case.y, case.loss, mask=case.mask, lengths=case.lengths,
        initial_state=case.initial_state, workspace=workspace,
    )  # fmt: skip
    return loss, dict(named_arrays(grads))


def assert_agree(case, tolerance):
    (loss, grads), (plain_loss, plain) = found(case, JIT), found(case, None)
    assert loss == pytest.approx(plain_loss, rel=tolerance)
    assert error(grads, plain) < tolerance


@pytest.mark.parametrize("cell", CELLS)
def test_every_corner_of_the_contracts(cell):
    """Layers, directions, read-outs, ragged lengths: cells compiled, and the plain ones."""
    for _, layers, readout in (corner for corner in corners() if corner[0] == cell):
        for lengths in LENGTHS:
            assert_agree(make_layers(cell, layers, readout, lengths=lengths), 1e-13)


@pytest.mark.parametrize("readout", ["every", "last"])
@pytest.mark.parametrize("cell", CELLS)
def test_rows_in_blocks(cell, readout):
    """Several at a time stamp, of which the last is smaller, ragged or not: nothing changes."""
    rng = np.random.default_rng(0)
    net = bptt.RNN(**{"cell": cell} | CELLS[cell], input_size=2, hidden_size=17, readout=readout)
    params, n, least = net.init(rng), 60, 4
    assert (
        1 < time_stamp.near(np.empty(0), n, least * 17 * 8) < n
    )  # of four arrays; cells have more
    x = [rng.standard_normal((n_steps, 2)) for n_steps in (*range(1, 6), *[6] * (n - 5))]
    y = [rng.standard_normal((len(row) if readout == "every" else 1, 1)) for row in x]
    y = y if readout == "every" else np.concatenate(y)
    batch = net.batch(x, y)
    loss, grads = net.loss_and_gradient(params, batch, workspace=JIT)
    plain_loss, plain = net.loss_and_gradient(params, batch)
    assert loss == pytest.approx(plain_loss, rel=1e-13)
    assert error(dict(named_arrays(grads)), dict(named_arrays(plain))) < 1e-13


@pytest.mark.parametrize("activation", ["identity", "logistic", "relu"])
def test_activations(activation):
    for readout in ("state_in", "last", "every", "mean"):
        for n_steps in (1, 6):
            assert_agree(make(activation, readout, "mse", masked=True, n_steps=n_steps), 1e-13)


@pytest.mark.parametrize("cell", ["elman", "lstm"])
def test_single_precision(cell):
    for layers in LAYERS:
        case = make_layers(cell, layers, "every", lengths="ragged", dtype=np.float32)
        assert_agree(case, 2e-6)
        assert {array.dtype for array in found(case, JIT)[1].values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("sizes", [(1, 30, 2, 8), (40, 30, 2, 40)], ids=["small", "large"])
def test_small_and_large_products(sizes):
    n, n_steps, inputs, hidden = sizes
    rng = np.random.default_rng(0)
    net = bptt.RNN("elman", inputs, hidden)
    x, y = rng.standard_normal((n, n_steps, inputs)), rng.standard_normal(n)
    params = net.init(rng)
    loss, grads = net.loss_and_gradient(params, x, y, workspace=JIT)
    plain_loss, plain = net.loss_and_gradient(params, x, y)
    assert loss == pytest.approx(plain_loss, rel=1e-13)
    assert error(dict(named_arrays(grads)), dict(named_arrays(plain))) < 1e-13


def test_the_tape_is_the_same():
    """Whoever reads a tape reads the same numbers, whatever went over it."""
    case = make_layers("lstm", "one", "last", lengths="ragged")
    batch = case.net.batch(case.x, case.y, lengths=case.lengths)
    tape, plain = (
        case.net.run(case.params, batch, workspace=bptt.Workspace(engine)).tape
        for engine in ("jit", "numpy")
    )
    for name in ("x", "z", "dz", "dzh", "h"):
        assert np.allclose(getattr(tape, name), getattr(plain, name), rtol=1e-12, atol=1e-14)
    for name in ("states", "kept", "d_initial"):
        for ours, theirs in zip(getattr(tape, name), getattr(plain, name), strict=True):
            assert np.allclose(ours, theirs, rtol=1e-12, atol=1e-14)


def test_complex_numbers_run_in_numpy():
    net = bptt.RNN(hidden_size=3)
    params = bptt.map_params(lambda p: p + 1e-30j, net.init(rng=0))
    x, y = bptt.tasks.post()
    assert net.loss(params, x, y, workspace=JIT) == net.loss(params, x, y)


def test_every_name_tells_its_code(monkeypatch):
    """Of two functions of one name, in two files on disk, a process takes the first it meets."""
    compile_function = functions.compile_function
    monkeypatch.setattr(
        engine,
        "compile_function",
        lambda f, name, cache=False, **options: compile_function(f, name, **options),
    )
    cell = bptt.Elman(bptt.activations.LOGISTIC, leak=0.5)
    dtype = np.dtype(np.float64)
    loops = engine.loops.__wrapped__(
        cell, dtype, tiles.product
    )  # now: what comes from the disk has no text

    def compiled(buffers):
        made = engine.Compiled(buffers)
        made._loops = loops
        return made

    agreement._on_buffers(cell, dtype, compiled, *agreement.EXAMPLES[0])
    names = []
    for loop in loops:
        for result in loop.overloads.values():
            text = result.library.get_llvm_str()
            names += re.findall(r'^define [^@\n]*@"?([^"(]+)', text, re.MULTILINE)
    ours = [name for name in names if "4bptt" in name]
    assert {word for name in ours for word in ("advance", "go_back") if word in name} == {
        "advance",
        "go_back",
    }
    assert all(functions.TEXT in name for name in ours)


def test_what_computes_something_else_is_not_used(monkeypatch):
    cell = bptt.Elman(bptt.activations.TANH)
    agreement.check.cache_clear()
    monkeypatch.setattr(agreement.Compiled, "advance", lambda self, number: None)
    net = bptt.RNN(cell, hidden_size=4)  # more states than sequences: in rows
    with pytest.raises(bptt.errors.BpttError, match=r"what NumPy computes, got z that differs by"):
        net.loss_and_gradient(net.init(rng=0), *bptt.tasks.post(), workspace=bptt.Workspace("jit"))
    agreement.check.cache_clear()


def test_the_engine_is_chosen_by_size():
    """Auto takes the compiled loops but for short rows in long columns, and one's own functions."""
    own = bptt.activations.own(np.tanh, lambda z: 1 - np.tanh(z) ** 2)
    x, y = bptt.tasks.post()
    for net, n, kind in (
        (bptt.RNN(), 1, "Compiled"), (bptt.RNN(), 800, "Plain"),
        (bptt.RNN(hidden_size=64), 64, "Compiled"),
        (bptt.RNN(activation=own), 1, "Plain"),
    ):  # fmt: skip
        batch = net.batch(np.tile(x, (n, 1)), np.tile(y, n))
        tape = net.run(net.init(rng=0), batch, workspace=bptt.Workspace("auto")).tape
        assert type(tape.buffers.loops).__name__ == kind
    with pytest.raises(bptt.errors.UnknownNameError, match="'numpy', 'jit' or 'auto'"):
        bptt.Workspace("fast")


def test_a_training():
    x, y = bptt.tasks.count_ones(20, 5, rng=0)
    net = bptt.RNN(hidden_size=4)
    fitted, plain = (bptt.fit(net, x, y, epochs=50, rng=0, engine=e) for e in ("jit", "numpy"))
    assert fitted.loss == pytest.approx(plain.loss, rel=1e-9)


def test_without_numba(monkeypatch):
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(bptt.errors.MissingExtraError, match=r"pip install 'bptt\[jit\]'"):
        bptt.Workspace("jit")


FLOATS = {np.float64: (functions.FLOAT64, 300.0), np.float32: (functions.FLOAT32, 60.0)}
ULPS = {"exp": 1.0, "tanh": 3.0, "cosh": 1.5}


@pytest.mark.parametrize("name", ULPS)
@pytest.mark.parametrize("real", FLOATS)
def test_functions_to_the_last_digits(real, name):
    """In units of the last place, against 30 digits."""
    (compiled, reach), rng = FLOATS[real], np.random.default_rng(0)
    function, exact = getattr(compiled, name), getattr(mpmath, name)
    worst = 0.0
    for scale in (1e-5, 1e-2, 0.3, 1.0, 5.0, 30.0, reach / 4):
        for x in np.clip(scale * rng.standard_normal(300), -reach, reach).astype(real):
            y = function(x)
            assert isinstance(y, float)
            with mpmath.workdps(30):
                true = exact(mpmath.mpf(float(x)))
                off = abs(mpmath.mpf(float(y)) - true)
                worst = max(worst, float(off / float(np.spacing(real(abs(true))))))
    assert worst < ULPS[name]


@pytest.mark.parametrize("real", FLOATS)
def test_functions_at_the_ends(real):
    exp, tanh, cosh = FLOATS[real][0]
    inf, huge = real(np.inf), real(5000.0)
    assert [exp(inf), exp(huge), exp(-inf), exp(-huge), exp(real(0.0))] == [inf, inf, 0, 0, 1]
    assert [tanh(inf), tanh(huge), tanh(-inf), tanh(real(0.0))] == [1, 1, -1, 0]
    assert [cosh(inf), cosh(-huge), cosh(real(0.0))] == [inf, inf, 1]
    assert all(math.isnan(function(real(np.nan))) for function in (exp, tanh, cosh))
    assert math.copysign(1.0, tanh(real(-0.0))) == -1.0


@pytest.mark.parametrize(("n_rows", "n_columns", "n_vectors"), [(1, 1, 1), (9, 5, 2), (12, 6, 7)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_products_and_sums_side_by_side(dtype, n_rows, n_columns, n_vectors):
    """Of rows that are cut from longer ones, as [1; x] is from [h; 1; x]."""
    rng, n = np.random.default_rng(4), n_vectors * vectors.BYTES // np.dtype(dtype).itemsize
    a, b, w = (
        rng.integers(-9, 10, shape).astype(dtype)
        for shape in ((3, n_rows, n), (4, n_columns + 2, n), (1, n_rows, n_columns))
    )
    b, out, z = b[1:, 2:], np.full((n_rows, n_columns), np.nan, dtype), np.empty((n_rows, n), dtype)
    sums.over_time(a, b, out)
    assert (out == np.einsum("kis,kjs->ij", a, b)).all()  # whole numbers: nothing is rounded
    product = functions.compile_function(
        lambda x, w, z: side_by_side.product(arrays.borrowed(x), w, z), "product_of_test"
    )
    product(b[0], w, z)
    assert (z == w[0] @ b[0]).all()
