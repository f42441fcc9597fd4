"""`RNNClassifier` and `RNNRegressor`: what they learn is what `bptt.fit` learns."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.utils import check_random_state

import bptt
from bptt import RNNClassifier, RNNRegressor
from bptt.errors import InputError
from estimators.sequence_data import classes_of, numbers_of, ragged, table

quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
QUICK = {"hidden_size": 5, "max_iter": 4, "random_state": 0}
X, Y = table(), numbers_of(table())
LABELS = classes_of(X)
MANY = np.array(["no", "so", "yes"])[np.digitize(Y, [-0.2, 0.2])]


def weights(model):
    return [a for a in bptt.params.fields(model.params_) if a is not None]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


def by_fit(net, y, loss, seed=0, **options):
    """Return what `bptt.fit` makes of the same data, drawn by the same numbers."""
    rng = np.random.default_rng(check_random_state(seed).randint(2**31 - 1))
    options = {"optimizer": bptt.chain(bptt.clip_by_norm(1.0), bptt.adam(0.01))} | options
    return bptt.fit(net, X, y, loss=loss, batch_size=30, epochs=4, rng=rng, **options)


# -- it is bptt.fit ------------------------------------------------------------------------------


@quiet
@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
def test_a_regressor_learns_what_fit_learns(cell):
    model = RNNRegressor(cell, **QUICK).fit(X, Y)
    fitted = by_fit(bptt.RNN(cell, 1, 5, output_size=1), Y, "mse")
    assert model.loss_curve_ == fitted.history.loss
    assert model.loss_ == fitted.history.loss[-1]
    assert model.best_loss_ == min(fitted.history.loss)
    assert model.net_ == fitted.net
    assert np.array_equal(model.predict(X), fitted.predict(X))
    assert (model.n_iter_, model.t_, model.n_outputs_) == (4, 4, 1)
    assert model.validation_scores_ is model.best_validation_score_ is None
    assert model.score(X, Y) == r2_score(Y, fitted.predict(X))


@quiet
def test_two_classes_are_learnt_with_one_output():
    model = RNNClassifier(**QUICK).fit(X, LABELS)
    net = bptt.RNN("gru", 1, 5, output_size=1)
    fitted = by_fit(net, LABELS == "rises", "binary_cross_entropy")
    assert model.loss_curve_ == fitted.history.loss
    assert np.array_equal(model.decision_function(X), fitted.predict(X))
    assert model.classes_.tolist() == ["falls", "rises"]
    assert model.n_outputs_ == 1


@quiet
def test_more_classes_are_learnt_with_one_output_each():
    model = RNNClassifier(**QUICK).fit(X, MANY)
    net = bptt.RNN("gru", 1, 5, output_size=3)
    numbers = np.searchsorted(["no", "so", "yes"], MANY)
    fitted = by_fit(net, numbers, "categorical_cross_entropy")
    assert model.loss_curve_ == fitted.history.loss
    a = fitted.predict(X)
    assert np.array_equal(model.decision_function(X), a)
    assert model.predict(X).tolist() == model.classes_[a.argmax(axis=1)].tolist()
    p = np.exp(a) / np.exp(a).sum(axis=1, keepdims=True)
    assert model.predict_proba(X) == pytest.approx(p, rel=1e-13)
    assert model.predict_log_proba(X) == pytest.approx(np.log(p), rel=1e-12)
    assert model.score(X, MANY) == accuracy_score(MANY, model.predict(X))


@quiet
def test_several_labels_at_once():
    both = np.column_stack([Y > 0, X[:, 0] > 0, X[:, 5] > 0]).astype(int)
    model = RNNClassifier(**QUICK | {"max_iter": 60, "hidden_size": 16}).fit(X, both)
    a = model.net_.predict(model.params_, X)
    assert np.array_equal(model.predict(X), a > 0)
    assert model.predict_proba(X) == pytest.approx(1 / (1 + np.exp(-a)), rel=1e-12)
    assert (model.predict(X) == both).mean() > 0.9


@quiet
def test_several_targets():
    both = np.column_stack([Y, 1 + X[:, 5]])
    model = RNNRegressor(**QUICK | {"max_iter": 80, "hidden_size": 16}).fit(X, both)
    assert model.n_outputs_ == 2
    assert np.array_equal(model.predict(X), model.net_.predict(model.params_, X))
    assert model.score(X, both) > 0.9
    fitted = by_fit(bptt.RNN("gru", 1, 5, output_size=2), both, "mse")
    assert RNNRegressor(**QUICK).fit(X, both).loss_curve_ == fitted.history.loss


@quiet
@pytest.mark.parametrize("largest", [35.0, 1e4])
def test_probabilities_keep_their_digits_far_out(largest):
    model = RNNClassifier(**QUICK).fit(X, LABELS)
    times = largest / np.abs(model.decision_function(X)).max()
    louder = bptt.map_params(lambda w: times * w, model.params_.readout)
    model.params_ = model.params_._replace(readout=louder)
    a = model.decision_function(X)
    log_p = model.predict_log_proba(X)
    assert log_p == pytest.approx(-np.logaddexp(0, np.column_stack([a, -a])), rel=1e-14, abs=0)
    assert np.array_equal(model.predict_proba(X), np.exp(log_p))
    assert np.array_equal(model.predict_proba(X).argmax(axis=1), a > 0)


@quiet
def test_one_class_alone():
    model = RNNClassifier(**QUICK).fit(X, ["it"] * 30)
    assert set(model.predict(X)) == {"it"}
    assert np.array_equal(model.predict_proba(X), np.ones((30, 1)))


@quiet
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"clip": None}, bptt.adam(0.01)),
        ({"clip": 0.1, "learning_rate": 0.2}, (bptt.clip_by_norm(0.1), bptt.adam(0.2))),
        ({"optimizer": "sgd", "clip": None}, bptt.gradient_descent(0.01)),
        ({"optimizer": bptt.momentum(0.1, 0.5), "clip": None}, bptt.momentum(0.1, 0.5)),
        (
            {"weight_decay": 0.5, "optimizer": "rmsprop"},
            (bptt.clip_by_norm(1.0), bptt.weight_decay(0.5), bptt.rmsprop(0.01)),
        ),
        (
            {"learning_rate": bptt.schedules.step(0.1, 0.5, every=2), "clip": None},
            bptt.adam(bptt.schedules.step(0.1, 0.5, every=2)),
        ),
    ],
)
def test_what_an_update_is(settings, expected):
    optimizer = expected if isinstance(expected, bptt.Optimizer) else bptt.chain(*expected)
    fitted = by_fit(bptt.RNN("gru", 1, 5, output_size=1), Y, "mse", optimizer=optimizer)
    assert RNNRegressor(**QUICK | settings).fit(X, Y).loss_curve_ == fitted.history.loss


@quiet
def test_the_network_is_the_one_described():
    described = {"n_layers": 2, "bidirectional": True, "dropout": 0.3, "readout": "mean"}
    model = RNNRegressor("elman", activation="relu", **described, **QUICK).fit(X, Y)
    expected = bptt.RNN("elman", 1, 5, activation="relu", output_size=1, **described)
    assert model.net_ == expected
    assert model.loss_curve_ == by_fit(expected, Y, "mse").history.loss
    leaky = RNNRegressor(bptt.Elman(leak=0.5), **QUICK).fit(X, Y)
    assert leaky.net_.cell.leak == 0.5


@quiet
@pytest.mark.parametrize(("batch_size", "updates"), [("auto", 2), (7, 6), (40, 1)])
def test_batches(batch_size, updates):
    more = np.concatenate([X, X[:10]])
    model = RNNRegressor(batch_size=batch_size, **QUICK).fit(more, np.append(Y, Y[:10]))
    assert model.t_ == 4 * updates


# -- what is drawn -------------------------------------------------------------------------------


@quiet
def test_random_state():
    settings = QUICK | {"batch_size": 7}
    one = RNNRegressor(**settings).fit(X, Y)
    assert same(one, clone(one).fit(X, Y))
    assert same(one, one.fit(X, Y))
    assert not same(one, RNNRegressor(**settings | {"random_state": 1}).fit(X, Y))
    assert same(
        one, RNNRegressor(**settings | {"random_state": np.random.RandomState(0)}).fit(X, Y)
    )
    drawn = np.random.RandomState(0)
    model = RNNRegressor(**settings | {"random_state": drawn})
    assert not same(model.fit(X, Y), clone(model).fit(X, Y))  # as scikit-learn: it goes on
    unset = [RNNRegressor(**settings | {"random_state": None}).fit(X, Y) for _ in range(2)]
    assert not same(*unset)


@quiet
def test_nothing_given_is_changed():
    x, y = X.copy(), Y.copy()
    RNNRegressor(**QUICK).fit(x, y)
    assert np.array_equal(x, X)
    assert np.array_equal(y, Y)


# -- when it stops -------------------------------------------------------------------------------


def test_it_stops_where_the_loss_no_longer_falls():
    model = RNNRegressor(hidden_size=5, tol=10.0, n_iter_no_change=3, random_state=0).fit(X, Y)
    assert model.n_iter_ == 4
    assert len(model.loss_curve_) == 4


def test_a_warning_says_that_it_has_not_settled():
    with pytest.warns(ConvergenceWarning, match=r"^RNNRegressor\.fit: expected .* max_iter=4 "):
        RNNRegressor(**QUICK).fit(X, Y)
    with pytest.warns(ConvergenceWarning, match="max_iter=20 "):
        RNNRegressor(max_iter=20, tol=10.0, n_iter_no_change=np.inf).fit(X, Y)


@quiet
@pytest.mark.parametrize("kind", [RNNRegressor, RNNClassifier])
def test_early_stopping_keeps_the_best(kind):
    parts, y = ragged(), numbers_of(ragged())
    if kind is RNNClassifier:
        y = classes_of(parts)
    model = kind(
        hidden_size=8, max_iter=40, learning_rate=0.1, early_stopping=True,
        validation_fraction=0.4, n_iter_no_change=12, random_state=3,
    ).fit(parts, y)  # fmt: skip
    state = np.random.RandomState(3)
    state.randint(2**31 - 1)
    strata = y if kind is RNNClassifier else None
    left, held, y_left, y_held = train_test_split(
        parts, y, test_size=0.4, random_state=state, stratify=strata
    )
    scores = model.validation_scores_
    best = int(np.argmax(scores))
    assert len(scores) == len(model.loss_curve_) == model.n_iter_
    assert model.best_loss_ is None
    assert 0 < best < len(scores) - 1
    assert model.best_validation_score_ == scores[best] == model.score(held, y_held)
    # the same number of epochs on what is left, without early stopping
    again = clone(model).set_params(early_stopping=False, max_iter=best + 1)
    again.set_params(random_state=np.random.RandomState(3)).fit(left, y_left)
    assert same(again, model)
    assert again.loss_curve_ == model.loss_curve_[: best + 1]
    assert model.t_ == model.n_iter_  # 18 sequences are one batch
    if model.n_iter_ < 40:
        assert model.n_iter_ == best + 1 + 12


@quiet
def test_early_stopping_shares_classes_out_alike():
    y = np.array([0] * 24 + [1] * 6)
    model = RNNClassifier(**QUICK, early_stopping=True, validation_fraction=0.5).fit(X, y)
    state = np.random.RandomState(0)
    state.randint(2**31 - 1)
    _, _, _, held = train_test_split(X, y, test_size=0.5, random_state=state, stratify=y)
    assert held.sum() == 3
    # a score of k of 15: of what was held out
    assert all(round(15 * score) == pytest.approx(15 * score) for score in model.validation_scores_)


# -- going on ------------------------------------------------------------------------------------


@quiet
def test_partial_fit_goes_on_where_it_was():
    """Epochs one by one are the epochs of one fit: weights and the optimiser's averages go on."""
    whole = RNNRegressor(**QUICK).fit(X, Y)
    one_by_one = RNNRegressor(**QUICK)
    for epoch in range(4):
        assert one_by_one.partial_fit(X, Y) is one_by_one
        assert (one_by_one.n_iter_, one_by_one.t_) == (1, epoch + 1)
        if epoch == 1:
            one_by_one = pickle.loads(pickle.dumps(one_by_one))
    assert one_by_one.loss_curve_ == whole.loss_curve_
    assert same(one_by_one, whole)
    # after a fit, too
    assert same(whole.partial_fit(X, Y), one_by_one.partial_fit(X, Y))
    # other settings, another optimiser: it begins anew, from the weights that there are
    expected = bptt.fit(
        whole.net_, X, Y, params=whole.params_, epochs=1, optimizer=bptt.gradient_descent(0.1)
    )
    whole.set_params(optimizer="sgd", learning_rate=0.1, clip=None).partial_fit(X, Y)
    assert np.array_equal(whole.predict(X), expected.predict(X))


def test_partial_fit_sees_classes_bit_by_bit():
    model = RNNClassifier(hidden_size=5, random_state=0)
    with pytest.raises(InputError, match="expected classes in the first call, got none"):
        model.partial_fit(X, MANY)
    model.partial_fit(X[:4], ["so"] * 4, classes=["no", "so", "yes"])
    assert model.classes_.tolist() == ["no", "so", "yes"]
    assert model.predict_proba(X).shape == (30, 3)
    model.partial_fit(X, MANY).partial_fit(X, MANY, classes=np.array(["yes", "so", "no"]))
    assert len(model.loss_curve_) == model.t_ == 3
    with pytest.raises(InputError, match=r"expected classes \['no', 'so', 'yes'\], as before"):
        model.partial_fit(X, MANY, classes=["no", "so"])
    with pytest.raises(InputError, match=r"y of the classes .* got \['falls', 'rises'\]"):
        model.partial_fit(X, LABELS)
    several = np.column_stack([Y > 0, Y < 1]).astype(int)
    model = RNNClassifier(hidden_size=5).partial_fit(X, several, classes=[0, 1])
    assert model.predict(X).shape == (30, 2)
    with pytest.raises(InputError, match="expected no early stopping"):
        RNNRegressor(early_stopping=True).partial_fit(X, Y)


@quiet
def test_warm_start():
    model = RNNRegressor(**QUICK, warm_start=True).fit(X, Y)
    params, curve = model.params_, model.loss_curve_
    assert curve == RNNRegressor(**QUICK).fit(X, Y).loss_curve_
    model.set_params(max_iter=3).fit(X, Y)
    assert (model.n_iter_, model.t_) == (3, 7)
    optimizer = bptt.chain(bptt.clip_by_norm(1.0), bptt.adam(0.01))
    again = bptt.fit(model.net_, X, Y, params=params, epochs=3, optimizer=optimizer)
    assert model.loss_curve_ == curve + again.history.loss
    assert np.array_equal(model.predict(X), again.predict(X))
    with pytest.raises(InputError, match="expected the network that is fitted already"):
        model.set_params(hidden_size=6).fit(X, Y)
    model.set_params(hidden_size=6, warm_start=False).fit(X, Y)
    assert len(model.loss_curve_) == 3
    classifier = RNNClassifier(**QUICK, warm_start=True).fit(X, LABELS)
    with pytest.raises(InputError, match="y of the classes"):
        classifier.fit(X, MANY)
    early = RNNRegressor(**QUICK, warm_start=True, early_stopping=True).fit(X, Y).fit(X, Y)
    assert len(early.validation_scores_) == len(early.loss_curve_) == 8
    assert early.best_validation_score_ == max(early.validation_scores_[4:])


@quiet
def test_a_new_fit_forgets():
    model = RNNClassifier(**QUICK).fit(X, LABELS).fit(X[:, :4], MANY)
    assert same(model, RNNClassifier(**QUICK).fit(X[:, :4], MANY))
    assert (len(model.loss_curve_), model.t_, model.n_features_in_) == (4, 4, 4)


@quiet
def test_the_compiled_engine_learns_the_same():
    pytest.importorskip("numba")
    plain = RNNRegressor("elman", **QUICK).fit(X, Y)
    compiled = RNNRegressor("elman", **QUICK, engine="jit").fit(X, Y)
    assert np.allclose(compiled.predict(X), plain.predict(X), rtol=1e-9, atol=1e-12)
    with pytest.raises(ValueError, match="engine"):
        RNNRegressor(**QUICK, engine="fast").fit(X, Y)


# -- what is said --------------------------------------------------------------------------------


@quiet
def test_verbose(capsys):
    model = RNNRegressor(**QUICK, verbose=True).fit(X, Y)
    lines = [f"Iteration {k + 1}, loss = {loss:.8f}" for k, loss in enumerate(model.loss_curve_)]
    assert capsys.readouterr().out.splitlines() == lines
    model = RNNRegressor(**QUICK, verbose=True, early_stopping=True).fit(X, Y)
    said = [float(line.split()[-1]) for line in capsys.readouterr().out.splitlines()]
    assert said == pytest.approx(model.validation_scores_, abs=1e-6)
    RNNRegressor(**QUICK).fit(X, Y)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cell": "rnn"}, "expected cell to be one of 'elman', 'gru' or 'lstm', got 'rnn'"),
        ({"hidden_size": 0}, "hidden_size"),
        ({"readout": "every"}, r"RNNRegressor\.fit: expected readout .* 'last' or 'mean'"),
        ({"activation": "relu"}, "activation"),
        ({"optimizer": "lbfgs"}, r"RNNRegressor\.fit: expected optimizer to be one of"),
        ({"optimizer": bptt.clip_by_norm(1.0)}, "an optimiser that makes steps"),
        ({"learning_rate": 0}, r"RNNRegressor\.fit: expected learning_rate .* above 0"),
        ({"clip": -1}, r"RNNRegressor\.fit: expected clip"),
        ({"weight_decay": -1}, r"RNNRegressor\.fit: expected weight_decay"),
        ({"batch_size": 0}, r"RNNRegressor\.fit: expected batch_size"),
        ({"max_iter": 1.5}, r"RNNRegressor\.fit: expected max_iter .* got 1\.5"),
        ({"tol": -1}, r"RNNRegressor\.fit: expected tol"),
        ({"n_iter_no_change": 0}, r"RNNRegressor\.fit: expected n_iter_no_change"),
        ({"warm_start": "yes"}, r"RNNRegressor\.fit: expected warm_start to be True or False"),
        ({"early_stopping": 1}, r"RNNRegressor\.fit: expected early_stopping"),
        ({"early_stopping": True, "validation_fraction": 1.0}, "validation_fraction"),
        ({"early_stopping": True, "validation_fraction": 0.01}, "two sequences or more"),
        ({"dropout": 0.5}, "several layers"),
    ],
)
def test_settings_that_cannot_be(settings, message):
    model = RNNRegressor(**settings)  # nothing is said before fit, as scikit-learn wants it
    with pytest.raises(InputError, match=message):
        model.fit(X, Y)
    assert not hasattr(model, "params_")


@pytest.mark.parametrize(
    ("kind", "y", "message"),
    [
        (RNNRegressor, None, r"^RNNRegressor\.fit: expected one target .* the target y is None"),
        (RNNRegressor, Y[:-1], "inconsistent numbers of samples"),
        (RNNRegressor, [*Y[:-1], np.nan], "Input y contains NaN"),
        (RNNRegressor, LABELS, "could not convert|not compatible"),
        (RNNRegressor, np.zeros((30, 6, 1)), "dim 3"),
        (RNNClassifier, Y, r"^RNNClassifier\.fit: expected y to hold one class .* continuous"),
        (RNNClassifier, np.column_stack([MANY, MANY]), "multiclass-multioutput"),
        (RNNClassifier, np.zeros((30, 6, 1)), "dim 3"),
    ],
)
def test_targets_that_cannot_be(kind, y, message):
    with pytest.raises(ValueError, match=message):
        kind(**QUICK).fit(X, y)


@quiet
def test_a_column_of_targets_is_taken_with_a_warning():
    expected = RNNRegressor(**QUICK).fit(X, Y).predict(X)
    with pytest.warns(DataConversionWarning):
        model = RNNRegressor(**QUICK).fit(X, Y[:, None])
    assert np.array_equal(model.predict(X), expected)


def test_before_fit():
    for kind in (RNNClassifier, RNNRegressor):
        with pytest.raises(NotFittedError):
            kind().predict(X)
    with pytest.raises(TypeError, match="sample_weight"):
        RNNRegressor().fit(X, Y, sample_weight=np.ones(30))


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("rate", [1e30, 1e100])
def test_numbers_that_run_away_are_found(rate, early_stopping):
    model = RNNRegressor(
        "elman", 5, activation="identity", optimizer="sgd", learning_rate=rate, clip=None,
        early_stopping=early_stopping, n_iter_no_change=20, random_state=0,
    )  # fmt: skip
    with pytest.raises(bptt.errors.NonFiniteError, match="NaN or infinity in epoch"):
        model.fit(1e10 * X, Y)


@quiet
def test_an_optimizer_of_ones_own_in_a_search():
    """Its functions are closures, which pickle does not take; a clone does."""
    grid = {"optimizer": [bptt.adam(0.01), bptt.momentum(0.1)]}
    search = GridSearchCV(RNNRegressor(**QUICK), grid, cv=2).fit(X, Y)
    best = RNNRegressor(**QUICK, **search.best_params_).fit(X, Y)
    assert np.array_equal(search.predict(X), best.predict(X))
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(best)


def test_without_scikit_learn_the_extra_is_named():
    code = """
import sys
sys.modules["sklearn"] = None
import bptt
print(bptt.RNN)
try:
    bptt.RNNClassifier
except bptt.errors.MissingExtraError as error:
    print(error)
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert ran.stdout.splitlines()[1] == (
        "RNNClassifier, RNNRegressor: expected scikit-learn, got no such package. "
        "Install it with: pip install 'bptt[sklearn]'."
    )
