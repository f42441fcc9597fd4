"""The engine against the post's plain formulas, and what it promises about memory and bits."""

import numpy as np
import pytest

import bptt
from bptt import scalar
from bptt.params import named_arrays
from bptt.random_networks import draw


@pytest.mark.parametrize("n_steps", [1, 2, 3, 12])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh"])
def test_the_posts_network_is_scalars_to_rounding(activation, n_steps):
    rng = np.random.default_rng(n_steps)
    net = bptt.RNN(activation=activation, readout="state_in", bias=False)
    for _ in range(50):
        wx, wrec = rng.uniform(-2, 2, 2)
        x, y = bptt.tasks.count_ones(4, n_steps, rng)
        loss, grads = net.loss_and_gradient(bptt.post_params(wx, wrec), x, y)
        their_loss, (d_wx, d_wrec) = scalar.loss_and_gradient(
            x.tolist(), y.tolist(), wx, wrec, activation
        )
        assert loss == pytest.approx(their_loss, rel=1e-14, abs=0)
        stamps = [s for q in scalar.trace(x.tolist(), y.tolist(), wx, wrec, activation) for s in q]
        # relative to the largest derivative, of the shares as of the sums
        shares = [abs(d) for s in stamps for d in (s.d_state_in, s.d_wx, s.d_wrec)]
        scale = max(abs(d_wx), abs(d_wrec), *shares)
        assert abs(grads.Wx - d_wx) <= 1e-14 * scale
        assert abs(grads.Wrec - d_wrec) <= 1e-14 * scale


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh"])
def test_every_intermediate_is_scalars(activation):
    x, y = bptt.tasks.part1()
    net = bptt.RNN(activation=activation, readout="state_in", bias=False)
    trace = net.trace(bptt.post_params(0.9, 1.4), x, y)
    theirs = scalar.trace(x.tolist(), y.tolist(), 0.9, 1.4, activation)
    for i, sequence in enumerate(theirs):
        for stamp in sequence:
            k = stamp.k
            assert trace.state_in[i, k - 1, 0] == pytest.approx(stamp.state_in, rel=1e-14, abs=0)
            assert trace.state_out[i, k, 0] == pytest.approx(stamp.state_out, rel=1e-14, abs=0)
            assert trace.d_state_in[i, k - 1, 0] == pytest.approx(
                stamp.d_state_in, rel=1e-14, abs=0
            )
    for k in (1, 2, 3):
        d_wx = sum(sequence[k - 1].d_wx for sequence in theirs)
        d_wrec = sum(sequence[k - 1].d_wrec for sequence in theirs)
        shares = trace.shares.layers[0]
        assert shares.weight_ih[k - 1, 0, 0] == pytest.approx(d_wx, rel=1e-14, abs=1e-15)
        assert shares.weight_hh[k - 1, 0, 0] == pytest.approx(d_wrec, rel=1e-14, abs=1e-15)


def test_same_input_same_bits_with_and_without_a_workspace():
    workspace = bptt.Workspace()
    rng = np.random.default_rng(0)
    for case in [draw(rng) for _ in range(20)]:
        options = case.options
        arguments = (case.params, case.x, case.y, case.loss)
        runs = [case.net.loss_and_gradient(*arguments, **options) for _ in range(2)]
        for _ in range(2):  # the second time in used buffers
            runs.append(case.net.loss_and_gradient(*arguments, workspace=workspace, **options))
        for loss, grads in runs[1:]:
            assert loss == runs[0][0]
            pairs = zip(named_arrays(grads), named_arrays(runs[0][1]), strict=True)
            assert all(np.array_equal(a, b) for (_, a), (_, b) in pairs)


def test_inputs_and_parameters_are_not_changed_and_gradients_are_the_callers():
    workspace = bptt.Workspace()
    case = draw(3, vanilla=True)
    given = [a for _, a in named_arrays(case.params)] + [case.x, case.y, case.initial_state]
    for array in given:
        array.flags.writeable = False
    options = {"mask": case.mask, "initial_state": case.initial_state, "workspace": workspace}
    _, first = case.net.loss_and_gradient(case.params, case.x, case.y, case.loss, **options)
    kept = [a.copy() for _, a in named_arrays(first)]
    case.net.loss_and_gradient(case.params, case.x + 1, case.y, case.loss, **options)
    assert all(map(np.array_equal, kept, [a for _, a in named_arrays(first)]))
    case.check()
    case.net.predict(case.params, case.x)


def test_a_stale_tape_says_so():
    x, y = bptt.tasks.post()
    net, workspace = bptt.RNN(), bptt.Workspace()
    params, batch = net.init(rng=0), net.batch(x, y)
    first = net.run(params, batch, workspace=workspace)
    assert first.tape.h.shape == (4, 3, 1)
    second = net.run(params, batch, workspace=workspace)
    for name in ("x", "z", "h", "states", "kept", "dz", "dzh", "d_initial"):
        with pytest.raises(bptt.errors.StaleTapeError, match="own workspace"):
            getattr(first.tape, name)
        getattr(second.tape, name)
    net.run(params, net.batch(x[:2], y[:2]), workspace=workspace)  # other buffers
    assert second.tape.z.shape == (3, 3, 1)


def test_one_workspace_for_cells_and_dtypes_in_turn():
    x, y = bptt.tasks.count_ones(4, 5, rng=0)
    shared = bptt.Workspace()
    nets = [bptt.RNN(activation=name, hidden_size=3) for name in ("tanh", "logistic")]
    for _ in range(2):
        for net in nets:
            for dtype in (np.float64, np.float32):
                params = net.init(rng=0, dtype=dtype)
                loss, grads = net.loss_and_gradient(params, x, y, workspace=shared)
                alone = net.loss_and_gradient(params, x, y)
                assert loss == alone[0]
                assert np.array_equal(grads.layers[0].weight_hh, alone[1].layers[0].weight_hh)
                assert grads.layers[0].weight_hh.dtype == dtype


def test_a_tape_that_did_not_go_back_has_no_derivatives():
    x, y = bptt.tasks.post()
    net, workspace = bptt.RNN(), bptt.Workspace()
    params, batch = net.init(rng=0), net.batch(x, y)
    net.run(params, batch, workspace=workspace)
    forward_only = net.run(params, batch, workspace=workspace, strategy=None)
    assert forward_only.grads is None
    with pytest.raises(bptt.errors.StaleTapeError, match="backward"):
        _ = forward_only.tape.dz


def test_a_workspace_holds_few_shapes():
    net, workspace = bptt.RNN(), bptt.Workspace()
    params = net.init(rng=0)
    for n in range(1, 12):
        x, y = bptt.tasks.count_ones(n, 3, rng=n)
        net.loss_and_gradient(params, x, y, workspace=workspace)
    assert len(workspace._buffers) <= 4


def test_the_loop_over_time_allocates_nothing():
    """A thousand more time stamps must not cost a single array more."""
    import tracemalloc

    net = bptt.RNN(input_size=2, hidden_size=64, activation="tanh", readout="last")
    params, workspace = net.init(rng=0), bptt.Workspace()
    rng = np.random.default_rng(0)
    batches = {
        T: net.batch(rng.standard_normal((64, T, 2)), rng.standard_normal(64)) for T in (10, 1000)
    }
    peaks = {}
    for T, batch in batches.items():
        net.run(params, batch, workspace=workspace)
        tracemalloc.start()
        net.run(params, batch, workspace=workspace)
        peaks[T] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    one_array = 64 * 64 * 8
    assert peaks[1000] - peaks[10] < one_array
    assert peaks[1000] < 20 * one_array


def test_ten_thousand_time_stamps():
    """No recursion: long sequences work, and their gradient is right."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((1, 10_000)), rng.standard_normal(1)
    net = bptt.RNN(activation="tanh", hidden_size=2)
    params = net.init(rng=0)
    direction = net.init(rng=1)
    _, grads = net.loss_and_gradient(params, x, y)
    moved = bptt.map_params(lambda p, d: p + 1e-30j * d, params, direction)
    slope = net.loss(moved, x, y).imag / 1e-30
    pairs = zip(named_arrays(grads), named_arrays(direction), strict=True)
    assert sum(np.vdot(g, d) for (_, g), (_, d) in pairs) == pytest.approx(slope, rel=1e-11, abs=0)


@pytest.mark.parametrize("activation", ["logistic", "tanh", "identity", "relu"])
def test_huge_states_raise_no_numpy_warning(activation):
    net = bptt.RNN(activation=activation, hidden_size=3)
    params = bptt.map_params(lambda p: p * 1e4, net.init(rng=0))
    loss, _ = net.loss_and_gradient(params, np.full((2, 30), 1e3), [1.0, 2.0])
    assert isinstance(loss, float)
