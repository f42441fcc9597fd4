"""`RNNRegressor`."""

from __future__ import annotations

from typing import Any, Self

from bptt import _extras
from bptt._shapes import Array
from bptt.estimators import targets_in
from bptt.estimators.base import RNNEstimator
from bptt.estimators.learning import learn

_base = _extras.need("RNNRegressor", "scikit-learn", "sklearn", "sklearn.base")


class RNNRegressor(_base.RegressorMixin, RNNEstimator):  # type: ignore[misc, name-defined]
    """A recurrent network that predicts one number, or O of them, for each sequence.

    The cost is the mean of (ŷ - y)² over all sequences and outputs.

    Parameters
    ----------
    cell, hidden_size, ...
        All as in `RNNClassifier`; with ``early_stopping`` the score is R².

    Attributes
    ----------
    params_, loss_curve_, ...
        All as in `RNNClassifier`, but for ``classes_``; ``n_outputs_`` is O, and
        ``net_.predict(params_, X)`` is `predict`.

    Notes
    -----
    X is a table (n, T), an array (n, T, d), or sequences one by one, as in `RNNClassifier`; y is
    (n,) or (n, O).  Targets at each time stamp are for `bptt.fit` with ``readout="every"``.

    X and y are taken as they are.  Targets far from 0, or of large spread, want scaling, for
    example by scikit-learn's ``TransformedTargetRegressor``.

    scikit-learn's ``MLPRegressor`` halves the squared error; see `RNNClassifier` for what else is
    different.

    Raises
    ------
    MissingExtraError
        If scikit-learn is not installed: ``pip install 'bptt[sklearn]'``.

    Examples
    --------
    How many of ten bits are ones?

    >>> import bptt
    >>> X, y = bptt.tasks.count_ones(n_sequences=200, n_steps=10, rng=0)
    >>> model = bptt.RNNRegressor(hidden_size=16, max_iter=300, tol=1e-2, random_state=0)
    >>> model.fit(X[:150], y[:150]).predict(X[150:153]).round()
    array([6., 5., 5.])
    >>> y[150:153]
    array([6., 5., 5.])
    >>> model.score(X[150:], y[150:]) > 0.98
    True
    """

    def partial_fit(self, X: Any, y: Any) -> Self:
        """Go on with one epoch over X and y, as `fit` takes them; the optimiser goes on too."""
        learn(self, "partial_fit", X, y)
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _read_targets(self, called: str, y: Any, *, new: bool) -> tuple[Array, Array]:
        y = targets_in.read(self, called, y, "numeric")
        return y, y

    def _loss(self) -> str:
        return "mse"

    def _answer(self, output: Array) -> Array:
        return output

    def _score(self, y: Array, answer: Array) -> float:
        from sklearn.metrics import r2_score

        return float(r2_score(y, answer))
