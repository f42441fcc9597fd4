"""What X may be: tables, three dimensions, sequences one by one; all of scikit-learn on each."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import bptt
from bptt import RNNClassifier, RNNRegressor
from estimators.sequence_data import (
    FORMS,
    classes_of,
    numbers_of,
    objects,
    ragged,
    ragged_wide,
    table,
    three_d,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
QUICK = {"hidden_size": 6, "max_iter": 4, "random_state": 0}
forms = pytest.mark.parametrize("form", FORMS)


def same_weights(one, other):
    pairs = zip(bptt.params.fields(one.params_), bptt.params.fields(other.params_), strict=True)
    return all((a is b is None) or np.array_equal(a, b) for a, b in pairs)


@forms
@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
def test_what_is_predicted_is_what_the_network_says(form, cell):
    X = FORMS[form]()
    regressor = RNNRegressor(cell, **QUICK).fit(X, numbers_of(X))
    expected = regressor.net_.predict(regressor.params_, X)
    assert np.array_equal(regressor.predict(X), expected)
    classifier = RNNClassifier(cell, **QUICK).fit(X, classes_of(X))
    a = classifier.net_.predict(classifier.params_, X)
    assert np.array_equal(classifier.decision_function(X), a)
    assert classifier.predict(X).tolist() == np.where(a > 0, "rises", "falls").tolist()
    assert classifier.predict_proba(X)[:, 1] == pytest.approx(1 / (1 + np.exp(-a)), rel=1e-14)
    assert regressor.net_.cell.name == cell


@forms
def test_each_form_is_learnt(form):
    X = FORMS[form]()
    settings = {"hidden_size": 12, "max_iter": 60, "tol": 0.0, "random_state": 0}
    assert RNNRegressor(**settings).fit(X, numbers_of(X)).score(X, numbers_of(X)) > 0.95
    assert RNNClassifier(**settings).fit(X, classes_of(X)).score(X, classes_of(X)) > 0.95


@pytest.mark.parametrize("parts", [ragged(), ragged_wide()])
def test_a_sequence_is_predicted_as_if_it_were_alone(parts):
    regressor = RNNRegressor(**QUICK, bidirectional=True).fit(parts, numbers_of(parts))
    together = regressor.predict(parts)
    alone = [regressor.predict([x])[0] for x in parts]
    assert together == pytest.approx(np.array(alone), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("cell", ["elman", "gru", "lstm"])
def test_scores_are_those_of_each_sequence_alone_in_any_order(cell, seed):
    rng = np.random.default_rng(seed)
    parts = [rng.standard_normal((n, 2)) for n in rng.integers(1, 15, size=30)]
    labels, numbers = rng.integers(0, 3, size=30), rng.standard_normal(30)
    options = QUICK | {"cell": cell, "n_layers": 2, "bidirectional": bool(seed % 2)}
    order = rng.permutation(30)
    shuffled = [parts[i] for i in order]
    classifier = RNNClassifier(**options).fit(parts, labels)
    right = [classifier.predict([x])[0] == label for x, label in zip(parts, labels, strict=True)]
    assert 0 < sum(right) < 30
    assert classifier.score(parts, labels) == np.mean(right)
    assert classifier.score(shuffled, labels[order]) == np.mean(right)
    regressor = RNNRegressor(**options).fit(parts, numbers)
    off = [regressor.predict([x])[0] - y for x, y in zip(parts, numbers, strict=True)]
    r2 = 1 - np.square(off).mean() / numbers.var()
    assert regressor.score(parts, numbers) == pytest.approx(r2, rel=1e-10, abs=1e-12)
    assert regressor.score(shuffled, numbers[order]) == pytest.approx(r2, rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("parts", [ragged(), ragged_wide()])
def test_a_list_is_learnt_as_an_object_array_or_a_series_is(parts):
    y = numbers_of(parts)
    one = RNNRegressor(**QUICK).fit(parts, y)
    for X in (objects(parts), pd.Series(parts), tuple(parts), [x.tolist() for x in parts]):
        other = RNNRegressor(**QUICK).fit(X, y)
        assert same_weights(one, other)
        assert np.array_equal(one.predict(parts), other.predict(X))


def test_a_table_is_learnt_as_what_means_the_same():
    X, y = table(), numbers_of(table())
    one = RNNRegressor(**QUICK).fit(X, y)
    frame = pd.DataFrame(X, columns=[f"at {k}" for k in range(6)])
    for other in (
        X.tolist(),
        frame,
        X.astype(object),
        X[:, :, None],
        list(X),
        np.asfortranarray(X),
    ):
        assert same_weights(one, RNNRegressor(**QUICK).fit(other, y))
    assert RNNRegressor(**QUICK).fit(frame, y).feature_names_in_[0] == "at 0"


def test_three_dimensions_are_learnt_as_what_means_the_same():
    X, y = three_d(), numbers_of(three_d())
    one = RNNRegressor(**QUICK).fit(X, y)
    for other in (X.tolist(), list(X), objects(list(X)), X.astype(object)):
        assert same_weights(one, RNNRegressor(**QUICK).fit(other, y))


def test_features():
    """Columns of a table; else what there is at one time stamp."""
    expected = {"table": 6, "three_d": 2, "ragged": 1, "ragged_wide": 2}
    for form, features in expected.items():
        X = FORMS[form]()
        regressor = RNNRegressor(**QUICK).fit(X, numbers_of(X))
        assert regressor.n_features_in_ == features
        assert regressor.net_.input_size == (1 if form == "table" else features)


def test_another_form_is_predicted_where_the_inputs_agree():
    X, y = table(), numbers_of(table())
    of_table = RNNRegressor(**QUICK).fit(X, y)
    assert np.array_equal(of_table.predict(X[:, :, None]), of_table.predict(X))
    of_parts = RNNRegressor(**QUICK).fit(list(X), y)
    assert np.array_equal(of_parts.predict(X), of_table.predict(X))
    # a table means sequences of any length to who learnt sequences of any length
    assert of_parts.predict(X[:, :3]) == pytest.approx(of_table.predict([x[:3] for x in X]))
    parts = ragged()
    assert np.array_equal(of_table.predict(parts), of_parts.predict(parts))
    # a fold of lists that happen to have one length
    lists = [x.tolist() for x in parts]
    assert of_parts.predict(lists[:1]) == pytest.approx(of_parts.predict(parts[:1]))
    with pytest.raises(ValueError, match="X has 3 features, but RNNRegressor is expecting 6"):
        of_table.predict(X[:, :3])
    for model in (of_table, of_parts):
        with pytest.raises(ValueError, match="2 feature"):
            model.predict(three_d())
    wide = RNNRegressor(**QUICK).fit(three_d(), y)
    assert len(wide.predict(three_d(n=4, n_steps=11))) == 4
    assert len(wide.predict(ragged_wide(5))) == 5
    with pytest.raises(bptt.errors.ShapeError, match=r"expected X of shape \(n, T, 2\) or a list"):
        wide.predict(X)
    with pytest.raises(ValueError, match="X has 1 features, but RNNRegressor is expecting 2"):
        wide.predict(parts)


@forms
def test_grid_search_and_cross_validation(form):
    X = FORMS[form]()
    y, labels = numbers_of(X), classes_of(X)
    grid = {"cell": ["elman", "gru"], "hidden_size": [3, 6]}
    search = GridSearchCV(RNNRegressor(**QUICK), grid, cv=3).fit(X, y)
    assert set(search.best_params_) == set(grid)
    best = RNNRegressor(**QUICK).set_params(**search.best_params_).fit(X, y)
    assert np.array_equal(search.predict(X), best.predict(X))
    scores = cross_val_score(best, X, y, cv=3)
    assert search.best_score_ == scores.mean()
    search = GridSearchCV(RNNClassifier(**QUICK), grid, cv=3, scoring="roc_auc").fit(X, labels)
    assert search.score(X, labels) > 0.5
    probabilities = cross_val_predict(
        search.best_estimator_, X, labels, cv=3, method="predict_proba"
    )
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(30))
    # the first fold by hand
    rows = [np.arange(10, 30), np.arange(10)]
    train, test = ([X[i] for i in part] if isinstance(X, list) else X[part] for part in rows)
    by_hand = clone(best).fit(train, y[10:])
    assert by_hand.score(test, y[:10]) == scores[0]


def centred(X):
    """Return sequences in the form in which they came, without the mean of all of them."""
    mean = np.concatenate(list(X)).mean(axis=0)
    parts = [x - mean for x in X]
    return (
        parts if isinstance(X, list) else objects(parts) if X.dtype == object else np.array(parts)
    )


@forms
def test_pipelines(form):
    X = FORMS[form]()
    y = numbers_of(X)
    before = StandardScaler() if form == "table" else FunctionTransformer(centred)
    pipeline = make_pipeline(before, RNNRegressor(**QUICK)).fit(X, y)
    changed = StandardScaler().fit_transform(X) if form == "table" else centred(X)
    alone = RNNRegressor(**QUICK).fit(changed, y)
    assert np.array_equal(pipeline.predict(X), alone.predict(changed))
    assert pipeline.score(X, y) == alone.score(changed, y)
    search = GridSearchCV(pipeline, {"rnnregressor__hidden_size": [2, 6]}, cv=2).fit(X, y)
    assert len(search.cv_results_["params"]) == 2


@forms
def test_clone_and_pickle(form):
    X = FORMS[form]()
    y, labels = numbers_of(X), classes_of(X)
    settings = {"activation": "relu", "batch_size": 7, "clip": None, **QUICK}
    regressor = RNNRegressor("elman", **settings).fit(X, y)
    again = clone(regressor)
    assert again.get_params() == regressor.get_params()
    assert not hasattr(again, "params_")
    assert np.array_equal(again.fit(X, y).predict(X), regressor.predict(X))
    classifier = RNNClassifier(**QUICK).fit(X, labels)
    for model in (regressor, classifier):
        back = pickle.loads(pickle.dumps(model))
        assert np.array_equal(back.predict(X), model.predict(X))
    assert np.array_equal(back.predict_proba(X), classifier.predict_proba(X))
    # it goes on learning as if nothing had been
    assert same_weights(back.partial_fit(X, labels), classifier.partial_fit(X, labels))


def test_targets_are_scaled_by_scikit_learn():
    X, y = table(), 1000 + 100 * numbers_of(table())
    model = TransformedTargetRegressor(
        RNNRegressor(**QUICK | {"max_iter": 60}), transformer=StandardScaler()
    )
    assert model.fit(X, y).score(X, y) > 0.9


def test_float32_stays_float32():
    for X in (table(), three_d(), ragged()):
        single = [x.astype(np.float32) for x in X] if isinstance(X, list) else X.astype(np.float32)
        model = RNNClassifier(**QUICK).fit(single, classes_of(X))
        assert {a.dtype for a in bptt.params.fields(model.params_) if a is not None} == {
            np.dtype("f4")
        }
        assert model.predict_proba(single).dtype == np.float32
        double = RNNClassifier(**QUICK).fit(X, classes_of(X))
        assert model.predict_proba(single) == pytest.approx(double.predict_proba(X), rel=1e-3)
        regressor = RNNRegressor(**QUICK).fit(single, numbers_of(X))
        assert regressor.predict(single).dtype == np.float32


def with_entry(X, i, value):
    parts = [np.array(x) for x in X]
    parts[i].flat[1] = value
    return parts


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (
            with_entry(ragged(), 3, np.nan),
            "expected x to be finite, got nan in sequence 3 at row 1, column 0",
        ),
        (with_entry(ragged_wide(), 4, np.inf), "got inf in sequence 4 at row 0, column 1"),
        (np.array(with_entry(three_d(), 2, np.nan)), r"got nan at x\[2, 0, 1\]"),
        ([*ragged(29), np.zeros(0)], r"at least one time stamp, got x\[29\] without any"),
        ([*ragged_wide(29), np.zeros((4, 3))], r"X\[29\] of shape \(T, 2\), got shape \(4, 3\)"),
        ([*ragged(29), 3.0], r"X\[29\] of shape \(T,\), got shape \(\)"),
        ([*ragged(29), ["a", "b"]], r"X\[29\] to hold real numbers, got text"),
        ([*ragged(29), np.zeros(3, complex)], r"X\[29\] to hold real numbers, got complex numbers"),
        (np.zeros((30, 0, 2)), "0 sample"),
        (np.zeros((30, 4, 0)), "0 feature"),
        (np.zeros((30, 4, 2, 2)), "dim 4"),
        (np.zeros(30), "Reshape your data"),
        ([], "Expected 2D array"),
        ([[1, 2], [3, 4]], "inconsistent numbers of samples"),
    ],
)
def test_what_x_may_not_be(X, message):
    with pytest.raises(ValueError, match=message):
        RNNRegressor(**QUICK).fit(X, np.zeros(30))


def test_a_message_says_what_was_called():
    model = RNNRegressor(**QUICK).fit(ragged(), numbers_of(ragged()))
    with pytest.raises(
        bptt.errors.InputError, match=r"^RNNRegressor\.predict: expected x to be finite"
    ):
        model.predict(with_entry(ragged(), 0, np.nan))
    with pytest.raises(bptt.errors.NumberTypeError, match=r"^RNNRegressor\.fit: expected X\[1\]"):
        model.fit([[1.0, 2.0], ["a"]], [0.0, 1.0])
