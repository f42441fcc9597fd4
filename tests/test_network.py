"""The public door: shapes in, shapes out, and what a network is."""

import numpy as np
import pytest

import bptt
from bptt.params import named_arrays


@pytest.mark.parametrize(
    ("readout", "outputs", "shape"),
    [
        ("state_in", None, (5, 3)),
        ("last", 1, (5,)),
        ("last", 4, (5, 4)),
        ("every", 1, (5, 7, 1)),
        ("every", 4, (5, 7, 4)),
    ],
)
def test_shapes_of_predictions_and_targets(readout, outputs, shape):
    net = bptt.RNN(input_size=2, hidden_size=3, readout=readout, output_size=outputs)
    params, x = net.init(rng=0), np.random.default_rng(0).standard_normal((5, 7, 2))
    prediction = net.predict(params, x)
    assert prediction.shape == shape
    loss = net.loss(params, x, np.zeros(shape))
    assert loss == pytest.approx((prediction**2).mean())
    if shape[-1] == 1:
        assert net.loss(params, x, np.zeros(shape[:-1])) == loss
    if shape == (5,):
        assert net.loss(params, x, np.zeros((5, 1))) == loss


def test_the_posts_network_predicts_y_shaped():
    x, y = bptt.tasks.post()
    net = bptt.RNN(activation="identity", readout="state_in", bias=False)
    assert net.predict(bptt.post_params(1, 1), x).shape == y.shape
    assert np.array_equal(
        net.predict(bptt.post_params(1, 1), x), net.predict(bptt.post_params(1, 1), x[:, :, None])
    )


def test_initial_state():
    net = bptt.RNN(hidden_size=3, activation="tanh")
    params, x = net.init(rng=0), np.ones((2, 4))
    whole = net.trace(params, np.ones((2, 5)), [0, 0])
    later = net.predict(params, x, initial_state=whole.state_out[:, 1])
    assert later == pytest.approx(whole.prediction)
    one = net.predict(params, x, initial_state=[0.1, 0.2, 0.3])
    each = net.predict(params, x, initial_state=[[0.1, 0.2, 0.3]] * 2)
    assert np.array_equal(one, each)


def test_names_and_shapes_are_pytorchs():
    torch = pytest.importorskip("torch")
    net = bptt.RNN(input_size=3, hidden_size=4)
    theirs = dict(torch.nn.RNN(3, 4).named_parameters())
    ours = {n: s for n, s in net.shapes.items() if not n.startswith("readout")}
    assert ours == {name: tuple(array.shape) for name, array in theirs.items()}
    assert {n: a.shape for n, a in named_arrays(net.init(rng=0))} == net.shapes


def test_class_numbers_are_one_hot_rows():
    rng = np.random.default_rng(0)
    net = bptt.RNN(output_size=3, readout="every")
    params, x, y = net.init(rng), rng.standard_normal((4, 5)), rng.integers(0, 3, (4, 5))
    loss = "categorical_cross_entropy"
    assert net.loss(params, x, y, loss) == net.loss(params, x, np.eye(3)[y], loss)


def test_a_batch_stands_for_x_and_y():
    x, y = bptt.tasks.count_ones(6, 4, rng=0)
    net = bptt.RNN(hidden_size=2)
    params = net.init(rng=0)
    batch = net.batch(x, y)
    assert net.loss(params, batch) == net.loss(params, x, y)
    assert net.loss_and_gradient(params, batch)[0] == net.loss(params, x, y)


def test_complex_numbers_go_forward_in_any_company():
    x, y = bptt.tasks.post()
    net = bptt.RNN(hidden_size=2)
    params = net.init(rng=0)
    assert net.predict(params, x + 0j).dtype == complex
    assert isinstance(net.loss(params, x, y), float)
    moved = params._replace(readout=params.readout._replace(bias=np.array([1j])))
    assert isinstance(net.loss(moved, x, y), complex)


def test_a_network_is_frozen_and_prints_itself():
    net = bptt.RNN(hidden_size=2)
    with pytest.raises(AttributeError):
        net.hidden_size = 3
    assert "hidden_size=2" in repr(net)


def test_trace_is_a_copy():
    x, y = bptt.tasks.post()
    net = bptt.RNN(hidden_size=2, readout="every")
    params = net.init(rng=0)
    y = np.ones((3, 3, 1))
    trace = net.trace(params, x, y)
    kept = trace.state_in.copy()
    net.trace(params, 1 - x, y)
    assert np.array_equal(trace.state_in, kept)
    assert trace.state_out.shape == (3, 4, 2)
    assert not trace.state_out[:, 0].any()
    assert trace.state_out[:, 1:] == pytest.approx(np.tanh(trace.state_in))


def test_a_batch_knows_its_loss_and_is_a_copy():
    x, y = bptt.tasks.count_ones(6, 4, rng=0)
    net, target = bptt.RNN(hidden_size=2), (y > 2).astype(float)
    params, loss = net.init(rng=0), "binary_cross_entropy"
    batch = net.batch(x, target, loss)
    expected = net.loss(params, x, target, loss)
    assert net.loss(params, batch) == net.loss_and_gradient(params, batch)[0] == expected
    assert net.loss(params, batch, loss=loss) == expected
    with pytest.raises(bptt.errors.InputError, match="was made for"):
        net.loss(params, batch, loss="mse")
    x[:], target[:] = np.nan, np.nan
    assert net.loss(params, batch) == expected


def test_masked_arrays_are_refused():
    x, y = bptt.tasks.post()
    with pytest.raises(bptt.errors.NumberTypeError, match="mask="):
        bptt.RNN().loss(bptt.RNN().init(rng=0), np.ma.array(x, mask=x > 0), y)


def test_trace_of_a_read_out_of_ones_own():
    from bptt.readouts import Readout
    from bptt.through_time import Seed

    class LastState(Readout):
        name, has_weights = "last_state", False

        def forward(self, weights, tape):
            return tape.h_last.copy()

        def back(self, weights, tape, d_prediction):
            return Seed(dh_last=d_prediction), None

    x, y = bptt.tasks.post()
    net = bptt.RNN(readout=LastState())
    trace = net.trace(net.init(rng=0), x, y)
    assert np.array_equal(trace.state_out[:, -1, 0], trace.prediction)
    assert bptt.check_gradient(net, net.init(rng=0), x, y).ok


def test_a_workspace_is_no_engines_name():
    x, y = bptt.tasks.post()
    net = bptt.RNN()
    params, batch = net.init(rng=0), net.batch(x, y)
    for call in (net.loss, net.loss_and_gradient, net.run):
        with pytest.raises(bptt.errors.InputError, match="workspace as a Workspace, got 'jit'"):
            call(params, batch, workspace="jit")
