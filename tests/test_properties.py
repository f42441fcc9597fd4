"""Properties that hold for every network (hypothesis)."""

from functools import partial

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import bptt
from bptt.params import named_arrays
from bptt.random_networks import draw

seeds = st.integers(0, 2**32 - 1)
networks = seeds.map(draw)
FEW = settings(max_examples=60, deadline=None)


def evaluate(case, **change):
    """Return (ξ, trace) of a case with some of its fields changed."""
    c = case._replace(**change)
    loss, grads = c.net.loss_and_gradient(c.params, c.x, c.y, c.loss, **c.options)
    trace = c.net.trace(c.params, c.x, c.y, c.loss, **c.options)
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
        *(np.abs(d).max() for layer in trace.layers for d in layer.d_initial.values()),
        *(np.abs(a).max() for _, a in named_arrays(trace.grads)),
    )


def states_of(case, sequences):
    """Return the initial states of some sequences."""
    given = case.initial_state
    if given is None:
        return None
    if isinstance(given, tuple):
        return tuple(state[..., sequences, :] for state in given)
    return given[..., sequences, :]


def part(case, sequences):
    """Return the case of only these sequences, in that order."""
    return case._replace(
        x=case.x[sequences],
        y=case.y[sequences],
        mask=None if case.mask is None else case.mask[sequences],
        initial_state=states_of(case, sequences),
        lengths=None if case.lengths is None else case.lengths[sequences],
    )


def alone(case, i):
    """Return the case of one sequence without its padding, and how many entries its loss has."""
    one, T = part(case, slice(i, i + 1)), case.all_lengths[i]
    every = case.net.readout.every
    one = one._replace(
        x=one.x[:, :T],
        y=one.y[:, :T] if every else one.y,
        mask=None if one.mask is None else one.mask[:, :T] if every else one.mask,
        lengths=None,
    )
    rows = one.y[..., 0] if case.loss == "categorical_cross_entropy" else one.y
    return one, rows.size if one.mask is None else int(one.mask.sum())


@FEW
@given(networks)
def test_padding_has_no_effect_and_a_batch_is_the_mean_of_its_sequences(case):
    """Loss, gradients and predictions are those of each sequence alone."""
    loss, whole = evaluate(case)
    singles = [alone(case, i) for i in range(len(case.x))]
    total = sum(count for _, count in singles)
    found = [(i, count / total, *evaluate(one)) for i, (one, count) in enumerate(singles) if count]
    assert close(loss, sum(share * value for _, share, value, _ in found))
    scale = largest(whole)
    for name, array in named_arrays(whole.grads):
        mean = sum(share * dict(named_arrays(t.grads))[name] for _, share, _, t in found)
        assert close(array, mean, scale)
    for i, share, _, t in found:
        T = case.all_lengths[i]
        assert close(whole.d_x[i, :T], share * t.d_x[0], scale)
        assert not whole.d_x[i, T:].any()
        for layer, single in zip(whole.layers, t.layers, strict=True):
            for state, d_initial in layer.d_initial.items():
                assert close(d_initial[i], share * single.d_initial[state][0], scale)
    net, padding = case.net, {"lengths": case.lengths}
    together = net.predict(case.params, case.x, case.initial_state, **padding)
    for i, (one, _) in enumerate(singles):
        T = case.all_lengths[i]
        single = net.predict(case.params, one.x, one.initial_state)[0]
        scale = np.abs(single).max() + 1e-300
        if net.readout.every:
            assert np.isnan(together[i, T:]).all()
        assert close(together[i, :T] if net.readout.every else together[i], single, scale)


@FEW
@given(networks, seeds)
def test_what_stands_in_the_padding_has_no_effect_on_a_single_bit(case, seed):
    lengths = np.random.default_rng(seed).integers(1, case.x.shape[1], len(case.x), endpoint=True)
    case = case._replace(lengths=lengths, mask=None)
    outside = np.arange(case.x.shape[1]) >= lengths[:, None]
    x, y = case.x.copy(), case.y.copy()
    x[outside] = np.nan
    if case.net.readout.every:
        y[outside] = np.inf
    loss, trace = evaluate(case)
    other_loss, other = evaluate(case, x=x, y=y)
    assert loss == other_loss
    pairs = zip(named_arrays(trace.grads), named_arrays(other.grads), strict=True)
    assert all(np.array_equal(a, b) for (_, a), (_, b) in pairs)
    # and a list of arrays is the same
    xs = [row[:T] for row, T in zip(x, lengths, strict=True)]
    ys = [row[:T] for row, T in zip(y, lengths, strict=True)] if case.net.readout.every else y
    listed, from_list = evaluate(case, x=xs, y=ys, lengths=None)
    assert listed == loss
    pairs = zip(named_arrays(trace.grads), named_arrays(from_list.grads), strict=True)
    assert all(np.array_equal(a, b) for (_, a), (_, b) in pairs)


@FEW
@given(networks, seeds)
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
@given(seeds.map(partial(draw, vanilla=True)), seeds)
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
@given(networks, seeds)
def test_backward_is_the_transpose_of_forward(case, seed):
    """⟨u, Jv⟩ = ⟨Jᵀu, v⟩: J by a complex step of the prediction, Jᵀ by back-propagation."""
    if case.net.activation == bptt.activations.RELU:
        return
    rng = np.random.default_rng(seed)
    case = case._replace(mask=None, loss="mse")
    net, options = case.net, {"lengths": case.lengths}
    v = bptt.map_params(lambda p: rng.standard_normal(p.shape), case.params)
    v_x, given = rng.standard_normal(case.x.shape), case.initial_state
    v_h = bptt.map_params(lambda s: rng.standard_normal(s.shape), given)
    moved = bptt.map_params(lambda p, d: p + 1e-30j * d, case.params, v)
    state = bptt.map_params(lambda s, d: s + 1e-30j * d, given, v_h)
    jv = net.predict(moved, case.x + 1e-30j * v_x, state, **options).imag / 1e-30

    # with the mean squared error, ∂ξ/∂ŷ = 2(ŷ - y)/size: y is chosen so that this is u
    prediction = net.predict(case.params, case.x, given, **options)
    there = ~np.isnan(prediction)  # where sequences are shorter there is nothing
    u = rng.standard_normal(prediction.shape)
    y = prediction - u * there.sum() / 2
    trace = net.trace(case.params, case.x, y, initial_state=given, **options)
    u_exact = 2 * (prediction - y)[there] / there.sum()
    parts = [np.vdot(g, dict(named_arrays(v))[n]) for n, g in named_arrays(trace.grads)]
    parts += [np.vdot(trace.d_x, v_x)]
    if given is not None:
        directions = v_h if isinstance(v_h, tuple) else (v_h,)
        for number, direction in enumerate(directions):
            d = np.array([list(layer.d_initial.values())[number] for layer in trace.layers])
            parts += [np.vdot(d, direction.reshape(d.shape))]
    jv = jv[there]
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
@given(networks, seeds)
def test_the_order_of_sequences_does_not_matter(case, seed):
    order = np.random.default_rng(seed).permutation(len(case.x))
    loss, trace = evaluate(case)
    other_loss, other = evaluate(part(case, order))
    assert close(loss, other_loss)
    assert close(trace.d_x[order], other.d_x, largest(trace))
    assert trace.lengths[order].tolist() == other.lengths.tolist()
    for (_, a), (_, b) in zip(named_arrays(trace.grads), named_arrays(other.grads), strict=True):
        assert close(a, b, largest(trace))
