"""scikit-learn's own checks of an estimator: all of them, without exceptions."""

import os
import subprocess
import sys
from collections import Counter

import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from bptt import RNNClassifier, RNNRegressor

KINDS = (RNNClassifier, RNNRegressor)
SMALL = {"hidden_size": 16, "learning_rate": 0.03}
ESTIMATORS = [
    RNNClassifier("gru", **SMALL, max_iter=20),
    RNNClassifier("lstm", **SMALL, max_iter=20),
    RNNClassifier("elman", **SMALL, max_iter=20, readout="mean", bidirectional=True),
    RNNRegressor("gru", **SMALL, max_iter=30),
    RNNRegressor("lstm", **SMALL, max_iter=40),
    RNNRegressor("elman", **SMALL, max_iter=30, weight_decay=1e-4),
]
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@parametrize_with_checks(ESTIMATORS)
def test_scikit_learns_checks(estimator, check):
    if check.func.__name__ != "check_array_api_input":  # which has a process of its own, below
        check(estimator)


@pytest.mark.sweep
@parametrize_with_checks([kind(cell) for kind in KINDS for cell in ("elman", "gru", "lstm")])
def test_scikit_learns_checks_of_what_people_begin_with(estimator, check):
    test_scikit_learns_checks(estimator, check)


def names(estimator):
    """Return how often each check is made, by its name and options."""
    checks = (check for _, check in estimator_checks_generator(estimator))
    return Counter((check.func.__name__, str(check.keywords)) for check in checks)


@pytest.mark.parametrize(
    ("ours", "theirs", "more"),
    [
        (RNNClassifier(), MLPClassifier(), set()),
        (RNNRegressor(), MLPRegressor(), {"check_regressor_multioutput"}),
    ],
)
def test_no_check_is_left_out(ours, theirs, more):
    """All that theirs are asked, but what is of weights; one more of several targets."""
    ours, theirs = names(ours), names(theirs)
    assert all("sample_weight" in name for name, _ in theirs - ours)
    assert {name for name, _ in ours - theirs} == more
    assert ours.total() > 50


def test_tags():
    for kind in KINDS:
        tags = get_tags(kind())
        assert tags.input_tags.two_d_array
        assert tags.input_tags.three_d_array
        assert {tags.input_tags.sparse, tags.input_tags.allow_nan} == {False}
        assert {tags.no_validation, tags.non_deterministic, tags._skip_test} == {False}
        assert tags.target_tags.required
        assert tags.target_tags.single_output
    assert get_tags(RNNRegressor()).estimator_type == "regressor"
    assert get_tags(RNNRegressor()).target_tags.multi_output
    assert not get_tags(RNNRegressor()).regressor_tags.poor_score
    tags = get_tags(RNNClassifier())
    assert tags.estimator_type == "classifier"
    assert tags.classifier_tags.multi_class
    assert tags.classifier_tags.multi_label
    assert not tags.classifier_tags.poor_score


def test_the_check_that_wants_a_variable_set():
    """SciPy reads it when it is imported."""
    code = """
import warnings
from sklearn.utils.estimator_checks import estimator_checks_generator
from bptt import RNNClassifier, RNNRegressor
warnings.simplefilter("ignore")
for kind in (RNNClassifier, RNNRegressor):
    for estimator, check in estimator_checks_generator(kind(hidden_size=4, max_iter=5)):
        if check.func.__name__ == "check_array_api_input":
            check(estimator)
            print("passed")
"""
    environment = os.environ | {"SCIPY_ARRAY_API": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )
    assert (ran.stdout.split(), ran.returncode) == (["passed"] * 2, 0), ran.stderr
