"""Validation, early stopping, the best weights, plateaus, and what is watched."""

import numpy as np
import pytest

import bptt
from bptt.errors import InputError, NeverFiniteWarning
from bptt.optimizers import Optimizer, norm
from bptt.params import named_arrays
from bptt.schedules import Plateau

X, Y = bptt.tasks.count_ones(40, 6, rng=0)
NET = bptt.RNN(hidden_size=3)
RNG = np.random.default_rng


def train(**options):
    given = {"optimizer": bptt.adam(0.02), "batch_size": 8, "epochs": 12, "rng": 1} | options
    return bptt.fit(NET, X, Y, **given)


def equal(one, other):
    pairs = zip(named_arrays(one), named_arrays(other), strict=True)
    return all(np.array_equal(a, b) for (_, a), (_, b) in pairs)


def listened(**options):
    """Train, and return the result and the parameters after each epoch."""
    seen = []
    fitted = train(on_event=lambda e: seen.append(e) if e.kind == "epoch" else None, **options)
    return fitted, seen


def test_a_share_is_held_out_and_not_trained_on():
    seen = []

    class Seeing(bptt.RNN):
        def loss_and_gradient(self, params, batch, *given, **options):
            seen.append(batch.inputs.reshape(6, -1).T)
            return super().loss_and_gradient(params, batch, *given, **options)

    fitted = bptt.fit(Seeing(hidden_size=3), X, Y, validation=0.25, batch_size=8, epochs=3, rng=1)
    trained = {tuple(row) for rows in seen for row in rows}
    assert sum(len(rows) for rows in seen) == 3 * 30
    held = [i for i, row in enumerate(X) if tuple(row) not in trained]
    assert 1 <= len(held) <= 10  # some of the ten are equal to one that was trained on
    assert len(fitted.history.validation_loss) == 3


def test_other_sequences_as_validation():
    """The validation loss is that of the parameters after the epoch."""
    held_x, held_y = bptt.tasks.count_ones(15, 6, rng=9)
    fitted, seen = listened(validation=(held_x, held_y))
    expected = [NET.loss(event.params, held_x, held_y) for event in seen]
    assert fitted.history.validation_loss == expected
    assert [event.validation_loss for event in seen] == expected
    again, _ = listened(validation=NET.batch(held_x, held_y))
    assert again.history == fitted.history


def test_the_best_weights_are_kept():
    held = bptt.tasks.count_ones(5, 6, rng=3)
    fitted, seen = listened(validation=held, optimizer=bptt.gradient_descent(0.2), epochs=30)
    best = int(np.argmin(fitted.history.validation_loss))
    assert best < 29  # else there would be nothing to keep
    assert fitted.best_epoch == best + 1
    assert equal(fitted.params, seen[best].params)
    assert fitted.loss == NET.loss(fitted.params, X, Y)
    without, seen = listened(optimizer=bptt.gradient_descent(0.2), epochs=30)
    assert without.best_epoch is None
    assert equal(without.params, seen[-1].params)


@pytest.mark.parametrize("tolerance", [0.0, 0.02])
@pytest.mark.parametrize("held_out", [True, False])
def test_patience(held_out, tolerance):
    """Stop after three epochs in a row that are not lower by the tolerance than the best."""
    held = bptt.tasks.count_ones(10, 6, rng=3) if held_out else None
    options = {"validation": held, "optimizer": bptt.gradient_descent(0.15), "tolerance": tolerance}
    whole, _ = listened(epochs=60, **options)
    fitted, _ = listened(epochs=60, patience=3, **options)
    losses = whole.history.validation_loss if held_out else whole.history.loss
    best, waited, stop = np.inf, 0, None
    for epoch, value in enumerate(losses, start=1):
        waited = 0 if best == np.inf or value < best - tolerance else waited + 1
        best = min(best, value)
        if waited == 3:
            stop = epoch
            break
    assert stop is not None
    assert fitted.stopped == "patience"
    assert len(fitted.history.loss) == stop
    assert fitted.history.loss == whole.history.loss[:stop]


def test_what_is_watched_decides():
    def watch(params):
        return abs(float(params.layers[0].weight_hh[0, 0]) - 0.25)

    fitted, seen = listened(watch=watch, validation=0.25)
    assert fitted.history.watched == [watch(event.params) for event in seen]
    best = int(np.argmin(fitted.history.watched))
    assert fitted.best_epoch == best + 1
    assert equal(fitted.params, seen[best].params)


def test_a_plateau_makes_steps_smaller():
    """From the epoch after the wait on, a step is half of what the optimiser says."""
    still = {"validation": (X[:4], Y[:4]), "watch": lambda params: 1.0}  # never better
    plateau = Plateau(factor=0.5, patience=2, least=0.2)
    descent = bptt.gradient_descent(0.01)
    _, seen = listened(optimizer=descent, batch_size=None, plateau=plateau, epochs=8, **still)
    params = NET.init(RNG(1))
    scales = [1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.2]
    for event, scale in zip(seen, scales, strict=True):
        _, grads = NET.loss_and_gradient(params, X, Y)
        params = bptt.map_params(lambda p, g, s=scale: p - s * 0.01 * g, params, grads)
        for (name, a), (_, b) in zip(named_arrays(event.params), named_arrays(params), strict=True):
            assert np.abs(a - b).max() < 1e-14, name


def test_clipping_is_counted():
    optimizer = bptt.chain(bptt.clip_by_norm(0.5), bptt.adam(0.02))
    norms = []
    seen = []
    bptt.fit(
        NET, X, Y, optimizer=optimizer, batch_size=8, epochs=6, rng=1,
        on_event=[
            lambda e: norms.append(e.gradient_norm) if e.kind == "batch" else None,
            lambda e: seen.append(e.clipped) if e.kind == "epoch" else None,
        ],
    )  # fmt: skip
    by_epoch = np.array(norms).reshape(6, 5)
    assert seen == (by_epoch > 0.5).sum(axis=1).tolist()
    assert sum(seen) > 0


def test_dropout_is_drawn_in_training_and_not_in_validation():
    net = bptt.RNN(hidden_size=8, n_layers=2, dropout=0.5)
    seen = []
    fitted = bptt.fit(
        net, X, Y, epochs=3, validation=(X, Y), rng=0, optimizer=bptt.gradient_descent(0.0),
        on_event=lambda e: seen.append(e) if e.kind == "epoch" else None,
    )  # fmt: skip
    assert len(set(fitted.history.loss)) == 3  # the weights never change, what is dropped does
    assert set(fitted.history.validation_loss) == {net.loss(fitted.params, X, Y)}


@pytest.mark.parametrize("validation", [0.0, 1.0, -0.1, "0.2", (X,), (X, Y, Y), 0.99])
def test_what_cannot_be_held_out(validation):
    with pytest.raises(InputError, match="fit: expected"):
        train(validation=validation)


def test_rprop_is_not_scaled():
    with pytest.raises(InputError, match="without sizes of its own"):
        train(optimizer="rprop", plateau=Plateau())
    for plateau in (0.5, Plateau(factor=0.0), Plateau(patience=0), Plateau(least=2.0)):
        with pytest.raises(InputError):
            train(plateau=plateau)


def test_a_share_in_which_nothing_counts_is_refused_at_once():
    mask = np.zeros(40, bool)
    mask[3] = True
    for seed in range(4):
        with pytest.raises(InputError, match="something that counts in what is"):
            train(mask=mask, validation=0.5, rng=seed)


def test_validation_is_of_what_is_held_out_and_in_parts_the_same(monkeypatch):
    """The loss of each epoch is that of the held-out sequences alone, however many at a time."""
    whole, seen = listened(validation=0.25)
    monkeypatch.setattr("bptt.training.loop.ROWS_AT_ONCE", 1)
    parts, _ = listened(validation=0.25)
    assert parts.history.validation_loss == pytest.approx(whole.history.validation_loss, rel=1e-13)
    order = RNG(1)
    NET.init(order)
    held = order.permutation(40)[:10]
    expected = [NET.loss(event.params, X[held], Y[held]) for event in seen]
    assert whole.history.validation_loss == pytest.approx(expected, rel=1e-13)


def test_what_is_not_a_number_is_never_the_best():
    values = iter([np.nan, 3.0, np.inf, 2.0, np.nan, 5.0])
    fitted, seen = listened(watch=lambda params: next(values), epochs=6)
    assert fitted.best_epoch == 4
    assert equal(fitted.params, seen[3].params)


@pytest.mark.parametrize("what", ["watch", "validation"])
def test_if_no_epoch_has_a_finite_validation_loss_that_is_said(what):
    never = {"watch": lambda params: np.nan, "validation": (X[:3], [1e200, 0.0, 0.0])}
    thing = "number from watch" if what == "watch" else "validation loss"
    with pytest.warns(NeverFiniteWarning, match=f"fit: expected a finite {thing} after some"):
        fitted, seen = listened(epochs=3, **{what: never[what]})
    assert fitted.best_epoch is None
    assert equal(fitted.params, seen[-1].params)


@pytest.mark.parametrize(("tolerance", "patience", "stops_after"), [
    (0.0, 1, 3),  # 4 is not below 4
    (0.0, 2, 6),  # nor 2.5 and 2 below 2
    (0.0, 3, 7),  # nor 2.5, 2 and 3
    (0.5, 2, 6),  # 4 and 2 are lower by more than 0.5
    (1.0, 2, 3),  # 4 is not below 5 - 1, the next is not below 4 - 1
    (1.0, 3, 7),  # 2 is; 2.5, 2 and 3 are not below 2 - 1
    (2.0, 9, 9),  # eight in a row
])  # fmt: skip
def test_how_many_epochs_patience_waits(tolerance, patience, stops_after):
    """Worked out by hand."""
    losses = iter([5.0, 4.0, 4.0, 2.0, 2.5, 2.0, 3.0, 1.0, 1.0])
    watch = {"watch": lambda params: next(losses)}
    fitted = train(tolerance=tolerance, patience=patience, epochs=9, **watch)
    assert len(fitted.history.loss) == stops_after
    assert fitted.stopped == ("epochs" if stops_after == 9 else "patience")


def test_what_is_lower_by_less_than_the_tolerance_is_the_lowest_all_the_same():
    """As in scikit-learn: 3.9 is compared with 4.4, not with 5."""
    values = iter([5.0, 4.4, 3.9, 2.0])
    fitted = train(watch=lambda params: next(values), tolerance=1.0, patience=2)
    assert (len(fitted.history.loss), fitted.best_epoch) == (3, 3)


@pytest.mark.parametrize("clip", [bptt.clip_by_norm, bptt.clip_by_value])
def test_a_limit_is_counted_only_where_it_is_passed(clip):
    """With a limit between the sizes, some gradients are clipped and some are not."""
    sizes = []

    def largest(grads):
        return max(np.abs(array).max() for _, array in named_arrays(grads))

    def seeing(grads, state, params):
        sizes.append(norm(grads) if clip is bptt.clip_by_norm else largest(grads))
        return grads, state

    see = Optimizer(lambda params: None, seeing, makes_steps=False)
    still = bptt.gradient_descent(0.0)  # the sizes are those of the same weights
    train(optimizer=bptt.chain(see, still), epochs=2)
    middle = sorted(sizes)[5]  # the sixth of ten: not above itself
    sizes.clear()
    fitted = train(optimizer=bptt.chain(see, clip(middle), still), epochs=2)
    assert fitted.history.clipped == (np.array(sizes).reshape(2, 5) > middle).sum(axis=1).tolist()
    assert sum(fitted.history.clipped) == 4


def test_a_small_share_is_one_sequence_at_least():
    fitted = train(validation=0.001, epochs=1)
    assert len(fitted.history.validation_loss) == 1
    order = RNG(1)
    NET.init(order)
    held = order.permutation(40)[:1]
    assert fitted.history.validation_loss == [NET.loss(fitted.params, X[held], Y[held])]
