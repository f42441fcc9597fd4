"""Cell × activation × layers × read-out × loss × mask × length × dtype × strategy, each corner.

A new cell, activation, read-out, loss or strategy is a new row.
"""

import numpy as np
import pytest

import bptt
from bptt.random_networks import Case
from comparing import checked, error, ours, point
from oracles import autograd_rnn

ACTIVATIONS = ["identity", "logistic", "tanh", "relu"]
READOUTS = ["state_in", "last", "every", "mean"]
LOSSES = ["mse", "binary_cross_entropy", "categorical_cross_entropy"]
STRATEGIES = [bptt.FullBPTT()]
CELLS = {
    "elman": {"activation": "tanh"},
    "leaky": {"cell": "elman", "activation": "tanh", "leak": 0.3},
    "gru": {},
    "lstm": {},
    "lstm with peepholes": {"cell": "lstm", "peephole": True},
}
LAYERS = {
    "one": {},
    "two": {"n_layers": 2},
    "both directions": {"bidirectional": True},
    "two in both directions": {"n_layers": 2, "bidirectional": True},
}
LENGTHS = {"equal": None, "ragged": [2, 5, 1], "ragged, none as long as x": [1, 3, 2]}
N, T, I, H, O = 3, 5, 4, 2, 6


def make(activation, readout, loss, *, masked, n_steps, n=3, hidden=4, seed=7, dtype=np.float64):
    rng = np.random.default_rng([seed, n_steps])
    outputs = hidden if readout == "state_in" else 3
    net = bptt.RNN("elman", 2, hidden, activation, readout, outputs)
    shape = (n, n_steps, outputs) if readout == "every" else (n, outputs)
    y = rng.dirichlet(np.ones(outputs), shape[:-1])
    mask = None
    if masked:
        mask = rng.random(shape[:-1] if loss == "categorical_cross_entropy" else shape) < 0.6
        mask.flat[0] = True
    x = rng.standard_normal((n, n_steps, 2))
    return Case(net, net.init(rng, dtype=dtype), x, y, loss, mask, rng.standard_normal((n, hidden)))


def make_layers(cell, layers, readout, *, lengths, masked=False, initial="zeros", dtype=np.float64):
    rng = np.random.default_rng(5)
    options = {"cell": cell} | CELLS[cell] | LAYERS[layers]
    net = bptt.RNN(
        input_size=I, hidden_size=H, readout=readout, initial_state=initial, **options,
        output_size=H if readout == "state_in" else O,
    )  # fmt: skip
    params = net.init(rng)
    params = bptt.map_params(
        lambda p: (p + 0.3 * rng.standard_normal(p.shape)).astype(dtype), params
    )
    shape = (N, T, net.output_size) if readout == "every" else (N, net.output_size)
    mask = None
    if masked:
        mask = rng.random(shape) < 0.6
        mask[0] = True
    x, y = rng.standard_normal((N, T, I)), rng.standard_normal(shape)
    states = None
    if initial == "zeros":
        states = tuple(rng.standard_normal((net.n_parts, N, H)) for _ in net.cell.states)
    lengths = None if LENGTHS[lengths] is None else np.array(LENGTHS[lengths])
    return Case(net, params, x, y, "mse", mask, states, lengths)


@pytest.mark.parametrize("n_steps", [1, 2, 6])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_derivative(activation, readout, loss, masked, n_steps):
    case = make(activation, readout, loss, masked=masked, n_steps=n_steps)
    _, theirs = autograd_rnn.loss_and_gradient(point(case), case)
    assert error(ours(case)[1], theirs) < 1e-11
    report = case.check()
    assert checked(report) < (1e-7 if activation == "relu" else 1e-12), str(report)


def corners():
    for cell in CELLS:
        for layers in LAYERS:
            for readout in READOUTS:
                simple = cell in ("elman", "leaky") and "both" not in layers
                if readout != "state_in" or simple:
                    yield cell, layers, readout


@pytest.mark.parametrize("masked", [False, True], ids=["", "masked"])
@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize(("cell", "layers", "readout"), list(corners()))
def test_every_derivative_of_every_cell(cell, layers, readout, lengths, masked):
    """Weights, inputs and initial states: complex step < 1e-12, autograd and PyTorch < 1e-11."""
    pytest.importorskip("torch", reason="PyTorch is large; CI installs it")
    from oracles import torch_rnn

    case = make_layers(cell, layers, readout, lengths=lengths, masked=masked)
    report = case.check()
    assert checked(report) < 1e-12, str(report)
    loss, found = ours(case)
    for oracle in (autograd_rnn, torch_rnn):
        their_loss, theirs = oracle.loss_and_gradient(point(case), case)
        assert abs(loss - their_loss) <= 1e-11 * abs(their_loss)
        assert error(found, theirs) < 1e-11


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("lengths", ["equal", "ragged"])
@pytest.mark.parametrize("layers", LAYERS)
@pytest.mark.parametrize("cell", CELLS)
def test_a_trained_initial_state(cell, layers, lengths, given):
    """Where one is given besides, it takes the trained one's place, whose derivative is then 0."""
    case = make_layers(cell, layers, "last", lengths=lengths, initial="trained")
    if given:
        rng = np.random.default_rng(1)
        shape = (case.net.n_parts, N, H)
        case = case._replace(
            initial_state=tuple(rng.standard_normal(shape) for _ in case.net.cell.states)
        )
    report = case.check()
    assert checked(report) < 1e-12, str(report)
    _, theirs = autograd_rnn.loss_and_gradient(point(case), case)
    found = ours(case)[1]
    assert error(found, theirs) < 1e-11
    trained = [found[name] for name in found if name.startswith("initial_state_l")]
    assert all(array.any() != given for array in trained)


@pytest.mark.parametrize("layers", ["two", "two in both directions"])
@pytest.mark.parametrize("cell", CELLS)
def test_dropout(cell, layers):
    """The same draw forwards and backwards; nothing drops without rng."""
    case = make_layers(cell, layers, "every", lengths="equal")
    dry = case.net
    net = bptt.RNN(
        dry.cell, I, H, readout="every", output_size=O, n_layers=2,
        bidirectional=dry.bidirectional, dropout=0.4,
    )  # fmt: skip
    assert ours(case._replace(net=net))[0] == ours(case)[0]
    case = case._replace(net=net)
    report = case.check(rng=3)
    assert checked(report) < 1e-12, str(report)
    run = net.run(case.params, net.batch(case.x, case.y), initial_state=case.initial_state, rng=3)
    (drop,) = run.stack.drops
    assert set(np.unique(drop)) == {0.0, 1 / 0.6}
    drops = [drop.reshape(T, N, -1).swapaxes(0, 1)]
    loss, theirs = autograd_rnn.loss_and_gradient(point(case), case, drops)
    assert run.loss == pytest.approx(loss, rel=1e-12)
    assert error(ours(case, rng=3)[1], theirs) < 1e-11


@pytest.mark.parametrize("layers", LAYERS)
@pytest.mark.parametrize("cell", CELLS)
def test_float32_of_every_cell(cell, layers):
    single = make_layers(cell, layers, "every", lengths="ragged", dtype=np.float32)
    params = bptt.map_params(lambda p: p.astype(np.float64), single.params)
    (loss32, found32), (loss64, found64) = ours(single), ours(single._replace(params=params))
    assert {found32[name].dtype for name in found32} == {np.dtype(np.float32)}
    assert loss32 == pytest.approx(loss64, rel=1e-5)
    assert error(found32, found64) < 2e-6


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda s: type(s).__name__)
@pytest.mark.parametrize("lengths", LENGTHS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_strategy_has_the_right_gradient(strategy, lengths, cell):
    case = make_layers(cell, "two in both directions", "every", lengths=lengths)
    report = case.check(strategy=strategy)
    assert checked(report) < 1e-12, str(report)


@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_float32_stays_float32_and_agrees_with_float64(activation, readout):
    single = make(activation, readout, "mse", masked=False, n_steps=6, dtype=np.float32)
    double = single._replace(
        params=bptt.map_params(lambda p: p.astype(np.float64), single.params),
    )
    (loss32, found32), (loss64, found64) = ours(single), ours(double)
    weights = [name for name in found32 if name not in ("x", "initial_state")]
    assert {found32[name].dtype for name in weights} == {np.dtype(np.float32)}
    assert {found64[name].dtype for name in weights} == {np.dtype(np.float64)}
    assert single.net.predict(single.params, single.x).dtype == np.float32
    assert loss32 == pytest.approx(loss64, rel=1e-5)
    assert error({n: found32[n] for n in weights}, {n: found64[n] for n in weights}) < 2e-6


@pytest.mark.parametrize("hidden", [1, 5])
@pytest.mark.parametrize("activation", ["logistic", "tanh"])
def test_saturated_units_keep_their_digits(activation, hidden):
    """With s(1 - s) and 1 - tanh² the small derivatives of saturated units lose all digits."""
    rng = np.random.default_rng(3)
    net = bptt.RNN("elman", 1, hidden, activation, "last", 1)
    worst = 0.0
    for _ in range(50):
        params = bptt.map_params(lambda p: 20.0 * rng.standard_normal(p.shape), net.init(rng))
        x, y = rng.standard_normal((2, 5)), rng.standard_normal(2)
        first = bptt.check_gradient(net, params, x, y)
        by_name = {row.name: row for row in first.rows}
        worst = max(worst, by_name["weight_hh_l0"].error, by_name["weight_ih_l0"].error)
        # on its own scale: the recurrent gradients alone, however small beside the read-out's
        _, grads = net.loss_and_gradient(params, x, y)
        size = np.abs(grads.layers[0].weight_hh).max()
        if size > 1e-250:
            assert by_name["weight_hh_l0"].largest_difference / size < 1e-11
    assert worst < 1e-12


@pytest.mark.parametrize("readout", READOUTS)
def test_an_activation_of_ones_own(readout):
    """softsign, z/(1 + |z|), checked by central differences and against autograd's arithmetic."""
    softsign = bptt.activations.own(
        lambda z: z / (1 + np.abs(z)), lambda z: 1 / (1 + np.abs(z)) ** 2, "softsign"
    )
    autograd_rnn.ACTIVATIONS["softsign"] = lambda a: a / (1 + autograd_rnn.anp.abs(a))
    case = make(softsign, readout, "mse", masked=False, n_steps=4)
    report = case.check()
    assert report.ok
    assert report.method == "central differences"
    _, theirs = autograd_rnn.loss_and_gradient(point(case), case)
    assert error(ours(case)[1], theirs) < 1e-11


def test_a_wrong_derivative_of_ones_own_is_found():
    wrong = bptt.activations.own(np.sin, lambda z: -np.cos(z), "sin")
    assert not make(wrong, "last", "mse", masked=False, n_steps=4).check().ok
    right = bptt.activations.own(np.sin, np.cos, "sin")
    assert make(right, "last", "mse", masked=False, n_steps=4).check().ok
