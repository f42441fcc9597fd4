"""What comes in at the public door: forms of x, y, mask and state, batches and minibatches."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bptt
from bptt import data, sequences, targets
from bptt.losses import CATEGORICAL_CROSS_ENTROPY, MSE
from bptt.params import named_arrays

CASES = {
    "last": ({"output_size": 3}, (5, 3)),
    "every": ({"output_size": 3, "readout": "every"}, (5, 4, 3)),
    "state_in": ({"hidden_size": 3, "readout": "state_in"}, (5, 3)),
}


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def network(case, rng):
    options, y_shape = CASES[case]
    net = bptt.RNN(**({"input_size": 2, "hidden_size": 6} | options))
    return net, net.init(rng=1), rng.normal(size=(5, 4, 2)), y_shape


def gradients(*arguments, **named):
    net, *arguments = arguments
    loss, grads = net.loss_and_gradient(*arguments, **named)
    return {"loss": np.array(loss)} | dict(named_arrays(grads))


def assert_equal(one, other):
    assert one.keys() == other.keys()
    assert all((one[name] == other[name]).all() for name in one)


def assert_close(one, other):
    """Sums over the same numbers in another order."""
    scale = max(abs(array).max() for array in one.values())
    assert scale > 0
    assert max(abs(one[name] - other[name]).max() for name in one) < 1e-14 * scale


def test_x_becomes_time_major():
    x = np.arange(6.0).reshape(2, 3)

    def time_major(x, input_size):
        rows, layout = sequences.read("f", x, input_size)
        assert layout.packing.running == (2, 2, 2)
        return layout.packing.unpack(rows)

    found = time_major(x, 1)
    assert found.shape == (3, 2, 1)
    assert found[:, 0, 0].tolist() == [0, 1, 2]
    assert found[:, 1, 0].tolist() == [3, 4, 5]
    for form in (x[:, :, None], x.tolist(), x.astype(int), x.astype("f4"), np.asfortranarray(x)):
        assert (time_major(form, 1) == found).all()
    two = time_major(np.arange(12.0).reshape(2, 3, 2), 2)
    assert two.shape == (3, 2, 2)
    assert two[2, 1].tolist() == [10, 11]


@pytest.mark.parametrize("case", CASES)
def test_a_batch_gives_the_same_as_its_x_and_y(rng, case):
    net, params, x, y_shape = network(case, rng)
    y, mask = rng.normal(size=y_shape), rng.random(y_shape) < 0.5
    before = x.tobytes(), y.tobytes(), mask.tobytes()
    batch = net.batch(x, y, mask=mask)
    assert batch.n_sequences == 5
    direct = gradients(net, params, x, y, mask=mask)
    assert_equal(gradients(net, params, batch), direct)
    assert net.loss(params, batch) == net.loss(params, x, y, mask=mask) == direct["loss"]
    assert (x.tobytes(), y.tobytes(), mask.tobytes()) == before


@pytest.mark.parametrize("case", CASES)
def test_taking_sequences_out_of_a_batch(rng, case):
    net, params, x, y_shape = network(case, rng)
    y, mask = rng.normal(size=y_shape), rng.random(y_shape) < 0.7
    rows = np.array([3, 0])
    taken = net.batch(x, y, mask=mask).take(rows)
    assert taken.n_sequences == 2
    assert_equal(
        gradients(net, params, taken), gradients(net, params, x[rows], y[rows], mask=mask[rows])
    )
    assert net.batch(x, y).take(rows).mask is None


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("junk", [np.nan, np.inf, -7.0])
def test_masked_targets_do_not_exist(rng, case, junk):
    net, params, x, y_shape = network(case, rng)
    y, mask = rng.normal(size=y_shape), rng.random(y_shape) < 0.6
    mask.flat[:2] = True, False
    hidden = np.where(mask, y, junk)
    found = gradients(net, params, x, hidden, mask=mask)
    assert_equal(found, gradients(net, params, x, y, mask=mask))
    prediction = net.predict(params, x)
    expected = (
        sum((p - t) ** 2 for p, t in zip(prediction[mask], y[mask], strict=True)) / mask.sum()
    )
    assert found["loss"] == pytest.approx(expected, rel=1e-14, abs=0)
    assert_equal(found, gradients(net, params, x, hidden, mask=mask.astype(int)))
    assert_equal(found, gradients(net, params, x, hidden, mask=mask.tolist()))


@pytest.mark.parametrize("loss", ["mse", "categorical_cross_entropy"])
def test_a_mask_of_whole_rows(rng, loss):
    net, params, x, _ = network("every", rng)
    y, mask = rng.dirichlet(np.ones(3), (5, 4)), rng.random((5, 4)) < 0.5
    y[~mask] = np.nan
    found = gradients(net, params, x, y, loss, mask=mask)
    logits = net.predict(params, x)
    if loss == "mse":
        assert_equal(
            found, gradients(net, params, x, y, mask=np.repeat(mask[..., None], 3, axis=2))
        )
        expected = ((logits - y)[mask] ** 2).mean()
    else:
        p = np.exp(logits[mask])
        expected = -(y[mask] * np.log(p / p.sum(axis=-1, keepdims=True))).sum(axis=-1).mean()
    assert found["loss"] == pytest.approx(expected, rel=1e-13, abs=0)


def test_a_sequence_that_is_masked_throughout_is_as_if_left_out(rng):
    net, params, x, y_shape = network("every", rng)
    y = rng.normal(size=y_shape)
    mask = np.ones((5, 4), bool)
    mask[2] = False
    keep = [0, 1, 3, 4]
    found = gradients(net, params, x, y, mask=mask)
    assert_close(found, gradients(net, params, x[keep], y[keep]))


@pytest.mark.parametrize("case", ["last", "every"])
@pytest.mark.parametrize("masked", [False, True])
def test_class_numbers_are_one_hot_rows(rng, case, masked):
    net, params, x, y_shape = network(case, rng)
    numbers = rng.integers(0, 3, y_shape[:-1])
    mask = rng.random(y_shape[:-1]) < 0.5 if masked else None
    options = {"loss": "categorical_cross_entropy", "mask": mask}
    found = gradients(net, params, x, np.eye(3)[numbers], **options)
    for form in (numbers, numbers.astype(float), numbers.tolist(), numbers.astype("u1")):
        assert_equal(gradients(net, params, x, form, **options), found)
    if masked:
        junk = np.where(mask, numbers, -1)  # no class, and it does not count
        assert_equal(gradients(net, params, x, junk, **options), found)


def test_targets_of_one_output_have_three_forms():
    y = np.array([1.0, 2.0])
    for form in (y, y[:, None], [1, 2]):
        found, counts = targets.check("f", MSE, form, None, (2, 1))
        assert found.tolist() == [[1], [2]]
        assert counts is None
    found, counts = targets.check("f", CATEGORICAL_CROSS_ENTROPY, [0, 0], [1, 0], (2, 1))
    assert found.tolist() == [[1], [1]]
    assert counts.tolist() == [True, False]


@pytest.mark.parametrize("case", CASES)
def test_an_initial_state_for_all_or_for_each_sequence(rng, case):
    net, params, x, y_shape = network(case, rng)
    y, h = rng.normal(size=y_shape), rng.normal(size=net.hidden_size)
    one = gradients(net, params, x, y, initial_state=h)
    each = np.repeat(h[None], 5, axis=0)
    for form in (h.tolist(), each, (h,), (each.tolist(),)):
        assert_equal(gradients(net, params, x, y, initial_state=form), one)
    zeros = gradients(net, params, x, y, initial_state=np.zeros_like(h))
    assert_equal(zeros, gradients(net, params, x, y))
    assert zeros["loss"] != one["loss"]
    each[2] += 1.0  # only the third sequence notices
    changed = net.predict(params, x, each) != net.predict(params, x, h)
    assert changed.reshape(5, -1).any(axis=1).tolist() == [False, False, True, False, False]


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(n=st.integers(1, 60), size=st.none() | st.integers(1, 70), seed=st.integers(0, 2**32))
def test_minibatches_are_disjoint_and_complete(n, size, seed):
    order = np.random.default_rng(seed).permutation(n)
    parts = data.minibatches(order, size)
    assert np.concatenate(parts).tolist() == order.tolist()
    size = n if size is None else min(size, n)
    assert [len(part) for part in parts[:-1]] == [size] * (len(parts) - 1)
    assert len(parts[-1]) == (n % size or size)


def test_a_minibatch_in_which_nothing_counts_is_passed_over(rng):
    net, params, x, y_shape = network("last", rng)
    y, mask = rng.normal(size=y_shape), np.zeros(y_shape, bool)
    mask[[0, 3]] = True
    steps = []

    def update(grads, state, params):
        steps.append(grads)
        return bptt.map_params(np.zeros_like, grads), state  # the parameters stay as they are

    watch = bptt.Optimizer(lambda params: None, update)
    fitted = bptt.fit(
        net, x, y, params=params, optimizer=watch, epochs=3, batch_size=1, mask=mask, rng=0
    )
    assert len(steps) == 3 * 2
    expected = [net.loss(params, x[[i]], y[[i]]) for i in (0, 3)]
    assert fitted.history.loss == pytest.approx([sum(expected) / 2] * 3, rel=1e-14, abs=0)
    assert fitted.loss == pytest.approx(sum(expected) / 2, rel=1e-14, abs=0)


@pytest.mark.parametrize("ragged", [False, True])
@pytest.mark.parametrize("chosen", [[1, 0], [2, 3], [4, 0, 2], [3]])
def test_a_part_of_a_batch_has_its_own_order(rng, chosen, ragged):
    """States and traces of a part are in the order in which its sequences were chosen."""
    net = bptt.RNN("gru", input_size=2, hidden_size=3)
    params, y = net.init(rng=0), rng.normal(size=5)
    x = [rng.normal(size=(n, 2)) for n in ([5, 4, 4, 2, 1] if ragged else [4] * 5)]  # as sorted
    batch = net.batch(x, y)
    part = batch.take(chosen)
    states = rng.normal(size=(len(chosen), 3))
    expected = net.loss(params, [x[i] for i in chosen], y[chosen], initial_state=states)
    assert net.loss(params, part, initial_state=states) == pytest.approx(expected, rel=1e-14)
    _, grads = net.loss_and_gradient(params, part, initial_state=states)
    _, theirs = net.loss_and_gradient(
        params, [x[i] for i in chosen], y[chosen], initial_state=states
    )
    assert_close(dict(named_arrays(grads)), dict(named_arrays(theirs)))
    again = part.take(list(range(len(chosen))))  # a part of a part still knows whose it is
    names = range(5) if again.numbers is None else again.numbers
    assert sorted(names)[: len(chosen)] == sorted(chosen)


@pytest.mark.parametrize("chosen", [[], [5], [-1], [0.0], [True, False, True, True, True], 2])
def test_what_cannot_be_taken_of_a_batch(rng, chosen):
    net = bptt.RNN()
    batch = net.batch(rng.normal(size=(5, 3)), rng.normal(size=5))
    with pytest.raises(bptt.errors.InputError, match=r"Batch\.take: expected numbers"):
        batch.take(chosen)


@pytest.mark.parametrize("equal", [True, False])
@pytest.mark.parametrize("container", ["list", "tuple", "objects"])
def test_sequences_one_by_one_come_back_one_by_one(rng, container, equal):
    """Arrays in a list are sequences, also where their lengths happen to be equal."""
    net = bptt.RNN(input_size=2, readout="every", hidden_size=3)
    params = net.init(rng=0)
    parts = [rng.standard_normal((n, 2)) for n in ((4, 4, 4) if equal else (4, 2, 5))]
    given = parts if container == "list" else tuple(parts)
    if container == "objects":
        given = np.empty(3, object)
        given[:] = parts
    found = net.predict(params, given)
    assert isinstance(found, list)
    for one, part in zip(found, parts, strict=True):
        assert one == pytest.approx(net.predict(params, part[None])[0], rel=1e-14)
    ys = [rng.standard_normal(len(part)) for part in parts]
    alone = [
        net.loss(params, part[None], y[None]) * len(y) for part, y in zip(parts, ys, strict=True)
    ]
    expected = sum(alone) / sum(map(len, ys))
    assert net.loss(params, given, ys) == pytest.approx(expected, rel=1e-14)
    if equal:  # then targets may be one array
        assert net.loss(params, given, np.array(ys)) == pytest.approx(expected, rel=1e-14)


def test_lists_of_lists_are_a_table_where_they_can_be():
    net = bptt.RNN(readout="every")
    params = net.init(rng=0)
    assert net.predict(params, [[1, 2, 3], [4, 5, 6]]).shape == (2, 3, 1)
    for ragged in ([[1, 2, 3], [4, 5]], ((1, 2, 3), (4, 5)), [range(3), range(2)]):
        assert [len(part) for part in net.predict(params, ragged)] == [3, 2]


def test_targets_and_masks_of_another_length_than_their_sequence(rng):
    net = bptt.RNN(readout="every")
    xs = [rng.standard_normal(n) for n in (3, 2)]
    for y, words in (
        ([np.zeros(3), 1.0], r"y\[1\] of shape \(T,\), got shape \(\)"),
        ([1.0, np.zeros(2)], r"y\[0\] of shape \(T,\) or \(T, width\), got shape \(\)"),
        ([np.zeros(3), np.zeros(3)], r"2 time stamps in y\[1\], as in x\[1\], got 3"),
        ([np.zeros(3)], "2 sequences of y, got 1 of them"),
        (np.zeros((2, 3)), "y as a list, as x is"),
    ):
        with pytest.raises(bptt.errors.ShapeError, match=words):
            net.batch(xs, y)


@pytest.mark.parametrize("x", [
    np.empty(0, object), memoryview(b"abc"), [[1, 2], 3], [[1, 2], None], [], [[], [1]], None, {},
    [["a"], [1, 2]],
], ids=lambda x: f"{x!r}"[:7])  # fmt: skip
def test_what_is_no_sequences_is_a_sentence(x):
    net = bptt.RNN(readout="every")
    good = [np.zeros(2), np.zeros(2)]
    calls = [
        lambda: net.predict(net.init(rng=0), x),
        lambda: net.batch(x, good),
        lambda: net.batch(good, x),
        lambda: net.batch(good, good, mask=x),
    ]
    for call in calls if x is not None else calls[:3]:  # no mask is a mask of all
        with pytest.raises(bptt.errors.InputError, match=r"^RNN\.(predict|batch): expected "):
            call()
