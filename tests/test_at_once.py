"""Cost and gradient in one compiled call: those of the long way, on the same tape."""

import pickle

import numpy as np
import pytest

import bptt
from bptt import at_once
from bptt.params import named_arrays
from bptt.through_time import Tape
from comparing import error

pytest.importorskip("numba")
from bptt import compiled_step

CELLS = {
    "elman": {"cell": "elman", "activation": "logistic"},
    "leaky": {"cell": "elman", "leak": 0.3},
    "gru": {"cell": "gru"},
    "lstm": {"cell": "lstm"},
}
TOLERANCE = {np.float64: 1e-13, np.float32: 3e-6}


def example(cell, readout="last", *, sizes=(5, 4, 2, 3), dtype=np.float64, loss="mse", **more):
    n, n_steps, inputs, hidden = sizes
    rng = np.random.default_rng(1)
    net = bptt.RNN(
        **CELLS[cell], input_size=inputs, hidden_size=hidden, readout=readout, output_size=2, **more
    )
    x = rng.standard_normal((n, n_steps, inputs)).astype(dtype)
    y = rng.standard_normal((n, n_steps, 2) if readout == "every" else (n, 2)).astype(dtype)
    return net, net.init(rng, dtype=dtype), net.batch(x, y, loss)


def assert_same(found, expected, tolerance):
    assert found[0] == pytest.approx(expected[0], rel=tolerance)
    grads, others = (dict(named_arrays(each[1])) for each in (found, expected))
    assert {n: (a.shape, a.dtype) for n, a in grads.items()} == {
        n: (a.shape, a.dtype) for n, a in others.items()
    }
    assert error(grads, others) < tolerance


SIZES = {  # in rows, and with sequences side by side that do and do not fill vectors of any size
    "rows": ((1, 6, 1, 1), (2, 4, 2, 3), (9, 5, 3, 17)),
    "beside": ((5, 4, 2, 3), (19, 3, 1, 2), (32, 2, 3, 1)),
}
FEW = {"beside": ("elman", "gru", "lstm"), "rows": ("elman", "lstm")}
OTHERS_OF = [("leaky", np.float64, True), ("gru", np.float32, True), ("gru", np.float64, False)]
FORMS = [(form, cell, np.float64, True) for form, cells in FEW.items() for cell in cells]
OTHER_FORMS = [(form, *other) for form in FEW for other in OTHERS_OF]
OTHER_FORMS += [("rows", "gru", np.float64, True)]
# each is compiled for itself, which takes half a minute
FORMS += [pytest.param(*form, marks=pytest.mark.sweep) for form in OTHER_FORMS]


def form_of(workspace):
    """Return in which form the one call that was prepared goes."""
    (prepared,) = workspace.prepared
    return {"Buffers": "rows", "Beside": "beside"}[type(prepared.buffers).__name__]


def examples(form, cell, readout, dtype, bias):
    """Yield network, parameters and batch of each of the form's sizes, and a workspace."""
    for sizes in SIZES[form]:
        given = example(cell, readout, sizes=sizes, dtype=dtype, bias=bias)
        yield *given, bptt.Workspace("jit")


@pytest.mark.parametrize("readout", ["last", "every"])
@pytest.mark.parametrize(("form", "cell", "dtype", "bias"), FORMS)
def test_the_same_as_the_long_way(form, cell, dtype, bias, readout):
    for net, params, batch, workspace in examples(form, cell, readout, dtype, bias):
        for _ in range(2):  # the second time with other weights, on the same arrays
            found = net.loss_and_gradient(params, batch, workspace=workspace)
            assert form_of(workspace) == form
            assert_same(found, net.loss_and_gradient(params, batch), TOLERANCE[dtype])
            params = bptt.map_params(lambda p: 0.5 * p, params)


@pytest.mark.parametrize("readout", ["last", "every"])
@pytest.mark.parametrize(("form", "cell", "dtype", "bias"), FORMS)
def test_the_tape_is_that_of_the_long_way(form, cell, dtype, bias, readout):
    for net, params, batch, workspace in examples(form, cell, readout, dtype, bias):
        net.loss_and_gradient(params, batch, workspace=workspace)
        assert form_of(workspace) == form
        tape, expected = Tape(net.cell, workspace.prepared[0].buffers), net.run(params, batch).tape
        tape.went_back = True
        pairs = [
            (getattr(tape, n), getattr(expected, n)) for n in ("x", "z", "dz", "dzh", "h_last")
        ]
        for name in ("states", "kept", "d_initial"):
            pairs += zip(getattr(tape, name), getattr(expected, name), strict=True)
        for ours, theirs in pairs:
            assert ours.shape == theirs.shape
            assert np.abs(ours - theirs).max() <= 64 * np.finfo(dtype).eps * np.abs(theirs).max()


@pytest.mark.parametrize("cell", FEW["beside"])
def test_what_fills_vectors_up_adds_nothing_to_any_gradient(cell):
    """These inputs make infinite weights add up to infinity; others, 0 or 1, make them NaN."""
    net, params, batch = example(cell)
    params.layers[0].weight_ih[...] = np.inf, -np.inf
    batch.inputs[...] = np.abs(batch.inputs) * (1, -1)
    expected = net.loss_and_gradient(params, batch)
    workspace = bptt.Workspace("jit")
    found = net.loss_and_gradient(params, batch, workspace=workspace)
    assert form_of(workspace) == "beside"
    assert np.isfinite(expected[0])
    assert found[0] == pytest.approx(expected[0], rel=1e-14)
    for (name, ours), (_, theirs) in zip(*map(named_arrays, (found[1], expected[1])), strict=True):
        assert np.isfinite(theirs).all(), name
        assert np.allclose(ours, theirs, rtol=1e-13, atol=1e-15), name


def test_long_sequences_go_the_long_way():
    for n_steps, n_prepared in ((128, 1), (129, 0)):
        net, params, batch = example("elman", sizes=(3, n_steps, 1, 2))
        workspace = bptt.Workspace("jit")
        found = net.loss_and_gradient(params, batch, workspace=workspace)
        assert len(workspace.prepared) == n_prepared
        assert_same(found, net.loss_and_gradient(params, batch), 1e-13)


@pytest.mark.parametrize("readout", ["last", "every"])
@pytest.mark.parametrize(("name", "wrong"), [("cost", "last"), ("weight_ih_l0", "every")])
@pytest.mark.parametrize("form", SIZES)
def test_what_computes_something_else_is_not_used(monkeypatch, form, name, wrong, readout):
    """Whatever network is meant: both read-outs are compared, and the cost."""
    net, params, batch = example("elman", readout, sizes=SIZES[form][1])
    at_once._check.cache_clear()
    prepare = compiled_step.prepare

    def prepare_wrong(*given, **more):
        step, *others = prepare(*given, **more)

        def and_more(every, *arguments):
            found = step(every, *arguments)
            if every is (wrong == "every"):
                found += 1e-6 * (name == "cost")
                arguments[8][...] += 1e-6 * (name != "cost")  # ∂ξ/∂W_ih
            return found

        return and_more, *others

    monkeypatch.setattr(compiled_step, "prepare", prepare_wrong)
    with pytest.raises(bptt.errors.BpttError, match=rf"got {name} that differs by (1\.0|9\.9)e-0"):
        net.loss_and_gradient(params, batch, workspace=bptt.Workspace("jit"))
    at_once._check.cache_clear()


@pytest.mark.parametrize("sizes", SIZES["beside"][:1] + SIZES["rows"][1:2], ids=["beside", "rows"])
def test_arrays_from_elsewhere_are_the_same_arrays(sizes):
    """Those of another process have a dtype of their own, which is equal and not the same."""
    net, params, batch = example("elman", sizes=sizes)
    x, y = batch.x.swapaxes(0, 1), batch.y
    workspace = bptt.Workspace("jit")
    for _ in range(3):
        own, x, y = pickle.loads(pickle.dumps((params, x, y)))
        assert x.dtype is not batch.x.dtype
        found = net.loss_and_gradient(own, net.batch(x, y), workspace=workspace)
        assert len(workspace.prepared) == 1
        assert_same(found, net.loss_and_gradient(params, batch), 1e-13)


def test_a_smaller_minibatch_stays_in_the_form_of_the_others():
    workspace = bptt.Workspace("jit")
    for n in (9, 2, 1):
        net, params, batch = example("elman", sizes=(n, 4, 2, 3))
        if n == 9:
            same = net
        found = same.loss_and_gradient(params, batch, workspace=workspace)
        assert_same(found, net.loss_and_gradient(params, batch), 1e-13)
    assert [prepared.beside for prepared in workspace.prepared] == [True] * 3


def test_states_that_fill_a_vector_are_in_rows():
    for hidden, beside in ((7, True), (8, False)):
        net, params, batch = example("elman", sizes=(9, 3, 1, hidden))
        workspace = bptt.Workspace("jit")
        found = net.loss_and_gradient(params, batch, workspace=workspace)
        assert workspace.prepared[0].beside is beside
        assert_same(found, net.loss_and_gradient(params, batch), 1e-13)


@pytest.mark.parametrize(("n", "n_parts"), [(3000, 1), (5000, 4)])
def test_auto_compiles_a_large_batch_of_few_states(n, n_parts):
    net, params, batch = example("elman", sizes=(n, 2, 1, 1))
    workspace = bptt.Workspace("auto")
    found = net.loss_and_gradient(params, batch, workspace=workspace)
    assert_same(found, net.loss_and_gradient(params, batch), 1e-12)
    own = workspace if n_parts == 1 else workspace.of_thread(0)
    assert [prepared.beside for prepared in own.prepared] == [True] * (n_parts > 0)
    assert own.prepared[0].packing.n_sequences == n // n_parts


def test_large_products_are_left_to_numpy(monkeypatch):
    net, params, batch = example("gru")  # 20 rows, 9 columns that weights write, 6 that they read
    for most, prepared in ((20 * 9 * 6, 1), (20 * 9 * 6 - 1, 0)):
        monkeypatch.setattr("bptt.ways.MOST", most)
        workspace = bptt.Workspace("jit")
        found = net.loss_and_gradient(params, batch, workspace=workspace)
        assert len(workspace.prepared) == prepared
        assert_same(found, net.loss_and_gradient(params, batch), 1e-13)


def test_a_tape_of_before_is_stale():
    net, params, batch = example("elman", sizes=(2, 4, 2, 3))  # in rows, as tapes are
    workspace = bptt.Workspace("jit")
    net.loss_and_gradient(params, batch, workspace=workspace)
    tape = net.run(params, batch, workspace=workspace).tape
    net.loss_and_gradient(params, batch, workspace=workspace)
    with pytest.raises(bptt.errors.BpttError, match="written over"):
        _ = tape.z


def test_a_tape_side_by_side_is_stale_after_the_next_call():
    net, params, batch = example("elman")
    workspace = bptt.Workspace("jit")
    net.loss_and_gradient(params, batch, workspace=workspace)
    tape = Tape(net.cell, workspace.prepared[0].buffers)
    assert tape.z.shape == (4, 5, 3)
    net.loss_and_gradient(params, batch, workspace=workspace)
    with pytest.raises(bptt.errors.StaleTapeError, match="written over"):
        _ = tape.z


OTHERS = {
    "layers": {"n_layers": 2},
    "directions": {"bidirectional": True},
    "trained": {"initial_state": "trained"},
    "mean": {"readout": "mean"},
    "loss": {},
}


@pytest.mark.parametrize("other", OTHERS)
def test_others_go_the_long_way(other):
    net, params, batch = example("elman", **OTHERS[other])
    if other == "loss":
        batch = net.batch(batch.x.swapaxes(0, 1), np.ones((5, 2)), "binary_cross_entropy")
    workspace = bptt.Workspace("jit")
    found = net.loss_and_gradient(params, batch, workspace=workspace)
    assert not workspace.prepared
    assert_same(found, net.loss_and_gradient(params, batch), 1e-13)


def test_what_comes_in_another_form_goes_the_long_way():
    net, params, batch = example("lstm")
    expected = net.loss_and_gradient(params, batch)
    turned = bptt.map_params(np.asfortranarray, params)
    single = bptt.map_params(lambda p: p.astype(np.float32), params)
    state = (np.ones(3), np.zeros(3))
    for given, more, same, tolerance in (
        (turned, {}, expected, 1e-13),
        (single, {}, net.loss_and_gradient(single, batch), 3e-6),
        (
            params,
            {"initial_state": state},
            net.loss_and_gradient(params, batch, initial_state=state),
            1e-13,
        ),
    ):
        workspace = bptt.Workspace("jit")
        assert_same(
            net.loss_and_gradient(given, batch, workspace=workspace, **more), same, tolerance
        )
        assert not workspace.prepared
        # and no buffers were made for what was not gone
        assert [buffers.z.dtype for buffers in workspace._buffers] == [given.readout.weight.dtype]


def test_wrong_parameters_are_told_as_ever():
    net, params, batch = example("elman")
    workspace = bptt.Workspace("jit")
    net.loss_and_gradient(params, batch, workspace=workspace)
    layer = params.layers[0]
    wrong = (
        params._replace(layers=(layer._replace(weight_hh=np.ones((3, 4))),)),
        params._replace(layers=(layer._replace(bias_ih=None),)),
        params._replace(layers=params.layers * 2),
        params._replace(readout=None),
        bptt.map_params(lambda p: p.astype(int), params),
        bptt.map_params(lambda p: p.tolist(), params),
        params._replace(layers=(tuple(layer),)),
        params._replace(layers=[layer]),
        params._replace(readout=tuple(params.readout)),
        params._replace(layers=(np.ones((3, 3)),)),
        params._replace(readout=np.ones((1, 3))),
        None,
    )
    for each in wrong:
        messages = []
        for own in (workspace, None):
            with pytest.raises(bptt.errors.InputError) as caught:
                net.loss_and_gradient(each, batch, workspace=own)
            messages.append(str(caught.value))
        assert messages[0] == messages[1]


@pytest.mark.parametrize("n", [2, 5])
@pytest.mark.parametrize("dtype", ["f2", "g", ">f8"])
def test_other_floats_are_told_of_as_ever(dtype, n):
    net, params, batch = example("elman", sizes=(n, 4, 2, 3))
    x, y = batch.x.swapaxes(0, 1).astype(dtype), batch.y.astype(dtype)
    params = bptt.map_params(lambda p: p.astype(dtype), params)
    said = []
    for workspace in (bptt.Workspace("jit"), None):
        try:
            said.append(net.loss_and_gradient(params, x, y, workspace=workspace)[0])
        except bptt.errors.InputError as error_:
            said.append(str(error_))
    assert said[0] == said[1]


def test_few_shapes_are_kept():
    net, params, _ = example("elman")
    workspace, rng = bptt.Workspace("jit"), np.random.default_rng(0)
    for n in range(1, 9):
        x, y = rng.standard_normal((n, 4, 2)), rng.standard_normal((n, 2))
        found = net.loss_and_gradient(params, x, y, workspace=workspace)
        assert_same(found, net.loss_and_gradient(params, x, y), 1e-13)
    assert len(workspace.prepared) == 4
