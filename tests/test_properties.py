"""Properties that hold for every network (hypothesis)."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import bptt
from bptt.params import named_arrays
from bptt.random_networks import draw

networks = st.integers(0, 2**32 - 1).map(draw)
FEW = settings(max_examples=60, deadline=None)


def evaluate(case, **change):
    """Return (ξ, trace) of a case with some of its fields changed."""
    c = case._replace(**change)
    options = {"mask": c.mask, "initial_state": c.initial_state}
    loss, grads = c.net.loss_and_gradient(c.params, c.x, c.y, c.loss, **options)
    trace = c.net.trace(c.params, c.x, c.y, c.loss, **options)
    pairs = zip(named_arrays(grads), named_arrays(trace.grads), strict=True)
    assert loss == trace.loss
    assert all(np.array_equal(a, b) for (_, a), (_, b) in pairs)
    return loss, trace


def close(one, other, scale=None):
    scale = max(np.abs(one).max(), np.abs(other).max()) if scale is None else scale
    return np.abs(one - other).max() <= 1e-12 * scale


def largest(trace):
    return max(
        np.abs(trace.d_x).max(),
        np.abs(trace.d_initial_state).max(),
        *(np.abs(a).max() for _, a in named_arrays(trace.grads)),
    )


@FEW
@given(networks)
def test_a_batch_is_the_mean_of_its_sequences(case):
    case = case._replace(mask=None)
    loss, whole = evaluate(case)
    n = len(case.x)
    single = [
        evaluate(
            case,
            x=case.x[i : i + 1],
            y=case.y[i : i + 1],
            initial_state=case.initial_state[i : i + 1],
        )
        for i in range(n)
    ]
    assert close(loss, np.mean([value for value, _ in single]))
    for name, array in named_arrays(whole.grads):
        mean = np.mean([dict(named_arrays(t.grads))[name] for _, t in single], axis=0)
        assert close(array, mean, largest(whole))
    assert close(whole.d_x * n, np.concatenate([t.d_x for _, t in single]), largest(whole) * n)


@FEW
@given(networks, st.integers(0, 2**32 - 1))
def test_what_is_masked_has_no_effect_on_anything(case, seed):
    rng = np.random.default_rng(seed)
    if case.mask is None:
        rows = case.y.shape[:-1] if case.loss == "categorical_cross_entropy" else case.y.shape
        mask = rng.random(rows) < 0.5
        mask.flat[0] = True
        case = case._replace(mask=mask)
    loss, trace = evaluate(case)
    y = case.y.copy()
    y[~case.mask] = rng.choice([np.nan, np.inf, -7.5, 1e300])
    other_loss, other = evaluate(case, y=y)
    assert loss == other_loss
    for name, array in named_arrays(trace.grads):
        assert np.array_equal(array, dict(named_arrays(other.grads))[name])
    assert np.array_equal(trace.d_x, other.d_x)


@FEW
@given(st.integers(0, 2**32 - 1), st.integers(1, 10), st.integers(1, 10))
def test_masked_time_stamps_at_the_end_are_as_if_they_were_not_there(seed, n_steps, padding):
    rng = np.random.default_rng(seed)
    net = bptt.RNN("elman", 2, 3, "tanh", "every", 2)
    params = net.init(rng)
    x, y = rng.standard_normal((4, n_steps + padding, 2)), rng.standard_normal((4, n_steps, 2))
    mask = np.arange(n_steps + padding) < n_steps
    padded = np.concatenate([y, np.full((4, padding, 2), np.nan)], axis=1)
    short = net.trace(params, x[:, :n_steps], y)
    long = net.trace(params, x, padded, mask=np.tile(mask, (4, 1)))
    assert close(short.loss, long.loss)
    for (_, a), (_, b) in zip(named_arrays(short.grads), named_arrays(long.grads), strict=True):
        assert close(a, b, largest(short))
    assert close(short.d_x, long.d_x[:, :n_steps], largest(short))
    assert not long.d_x[:, n_steps:].any()
    assert not long.d_state_in[:, n_steps:].any()


@FEW
@given(networks, st.integers(0, 2**32 - 1))
def test_permuting_hidden_units_permutes_gradients(case, seed):
    order = np.random.default_rng(seed).permutation(case.net.hidden_size)
    layer = case.params.layers[0]
    state_in = not case.net.readout.has_weights

    def permuted(layer):
        bias = [None if b is None else b[order] for b in (layer.bias_ih, layer.bias_hh)]
        return bptt.Recurrent(
            layer.weight_ih[order], layer.weight_hh[order][:, order], bias[0], bias[1]
        )

    readout = case.params.readout
    if readout is not None:
        readout = readout._replace(weight=readout.weight[:, order])
    change = {}
    if state_in:  # here the states are the outputs
        change["y"] = case.y[:, order]
        by_entry = case.mask is not None and case.mask.shape == case.y.shape
        change["mask"] = case.mask[:, order] if by_entry else case.mask
    loss, trace = evaluate(case)
    other_loss, other = evaluate(
        case,
        params=bptt.Params((permuted(layer),), readout),
        initial_state=case.initial_state[:, order],
        **change,
    )
    assert close(loss, other_loss)
    expected = permuted(trace.grads.layers[0])
    for a, b in zip(expected, other.grads.layers[0], strict=True):
        assert (a is None) == (b is None)
        assert a is None or close(a, b, largest(trace))
    assert close(trace.d_x, other.d_x, largest(trace))
    assert close(trace.d_initial_state[:, order], other.d_initial_state, largest(trace))


@FEW
@given(networks, st.integers(0, 2**32 - 1))
def test_backward_is_the_transpose_of_forward(case, seed):
    """⟨u, Jv⟩ = ⟨Jᵀu, v⟩: J by a complex step of the prediction, Jᵀ by back-propagation."""
    if case.net.activation.name == "relu":
        return
    rng = np.random.default_rng(seed)
    net = case.net
    v = bptt.map_params(lambda p: rng.standard_normal(p.shape), case.params)
    v_x, v_h = rng.standard_normal(case.x.shape), rng.standard_normal(case.initial_state.shape)
    moved = bptt.map_params(lambda p, d: p + 1e-30j * d, case.params, v)
    jv = net.predict(moved, case.x + 1e-30j * v_x, case.initial_state + 1e-30j * v_h).imag / 1e-30

    # with the mean squared error, ∂ξ/∂ŷ = 2(ŷ - y)/size: y is chosen so that this is u
    prediction = net.predict(case.params, case.x, case.initial_state)
    u = rng.standard_normal(prediction.shape)
    y = prediction - u * prediction.size / 2
    trace = net.trace(case.params, case.x, y, initial_state=case.initial_state)
    u_exact = 2 * (prediction - y) / prediction.size
    parts = [np.vdot(g, dict(named_arrays(v))[n]) for n, g in named_arrays(trace.grads)]
    parts += [np.vdot(trace.d_x, v_x), np.vdot(trace.d_initial_state, v_h)]
    scale = np.sum(np.abs(parts)) + np.abs(u_exact * jv).sum()
    assert abs(np.vdot(u_exact, jv) - np.sum(parts)) <= 1e-12 * scale


@FEW
@given(networks)
def test_shares_sum_to_the_gradient(case):
    _, trace = evaluate(case)
    shares = dict(named_arrays(trace.shares))
    for name, array in named_arrays(trace.grads):
        assert shares[name].shape == (case.x.shape[1], *array.shape)
        assert close(shares[name].sum(axis=0), array, largest(trace))


@FEW
@given(networks)
def test_the_order_of_sequences_does_not_matter(case):
    order = np.arange(len(case.x))[::-1]
    mask = None if case.mask is None else case.mask[order]
    loss, trace = evaluate(case)
    other_loss, other = evaluate(
        case, x=case.x[order], y=case.y[order], mask=mask, initial_state=case.initial_state[order]
    )
    assert close(loss, other_loss)
    assert close(trace.d_x[order], other.d_x, largest(trace))
    for (_, a), (_, b) in zip(named_arrays(trace.grads), named_arrays(other.grads), strict=True):
        assert close(a, b, largest(trace))
