"""`RNNClassifier`."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from bptt import _extras
from bptt._shapes import Array
from bptt.errors import InputError, sentence
from bptt.estimators import targets_in
from bptt.estimators.base import RNNEstimator
from bptt.estimators.learning import learn

_base = _extras.need("RNNClassifier", "scikit-learn", "sklearn", "sklearn.base")


class RNNClassifier(_base.ClassifierMixin, RNNEstimator):  # type: ignore[misc, name-defined]
    """A recurrent network that predicts the class of each sequence.

    The last state (or the mean of all) becomes one number a for each class, and

        p_k = exp(a_k) / Σ_j exp(a_j),

    with two classes p₁ = 1/(1 + exp(-a)) of a single number.  The cost is the mean of -log p of the
    true class; all training is `bptt.fit`'s.

    Parameters
    ----------
    cell : "elman", "gru", "lstm" or Cell
    hidden_size : int
        States of each layer and direction.
    n_layers, bidirectional, dropout, activation
        As in `RNN`; ``activation`` is of an Elman cell alone.
    readout : "last" or "mean"
        What the prediction is made of: the last state, or the mean over time.
    optimizer : str or Optimizer
        ``"sgd"``, ``"momentum"``, ``"nesterov"``, ``"rprop"``, ``"rmsprop"`` or ``"adam"``, with
        ``learning_rate``; or one with settings of its own, such as ``bptt.adam(0.01, 0.8)``.
        (The functions in it cannot be pickled, nor can an estimator that has it.)
    learning_rate : float or schedule
        Used where ``optimizer`` is a name.
    clip : float or None
        The most that the norm of a gradient may be; a longer one is scaled down.
    weight_decay : float
        By this, times the weight, the gradient of each weight and bias is made larger.
    batch_size : int or "auto"
        Sequences per update, drawn anew in each epoch; ``"auto"`` is 32.  Where there are no more
        than that, an epoch is one update.
    max_iter : int
        Epochs, at most.
    tol, n_iter_no_change : float, int or inf
        The training stops after ``n_iter_no_change`` epochs in a row in which the cost (with
        ``early_stopping`` the score) did not become better than the best by more than ``tol``.
    early_stopping : bool
        Whether to hold out a share of the sequences, with like shares of all classes, to take the
        score on them (here accuracy) after each epoch, and to keep the weights of the best.
    validation_fraction : float
        That share.
    warm_start : bool
        Whether `fit` begins with the weights of the last one; the optimiser begins anew.  y may
        then lack some of the classes that are known, but not have others.
    random_state : None, int or RandomState
        Draws weights, what is held out, the order of the sequences and dropout.
    verbose : bool
        Whether to print a line after each epoch.
    engine : "numpy", "jit" or "auto"
        What goes over the time stamps; see `bptt.Workspace`.

    Attributes
    ----------
    net_ : RNN
    params_ : Params
        What was learnt: ``net_.predict(params_, X)`` is `decision_function`.  Of X's dtype: float32
        gives a float32 network, all else float64.
    classes_ : (K,) array
    loss_, best_loss_ : float
        The last cost of ``loss_curve_`` and the lowest; with ``early_stopping`` ``best_loss_`` is
        None.
    loss_curve_ : list of float
        The mean cost in each epoch, each batch before its update; it goes on with ``warm_start``
        and `partial_fit`.
    validation_scores_, best_validation_score_ : list of float, float
        With ``early_stopping``: the score after each epoch, and the best of the last `fit`; else
        None.
    n_iter_ : int
        Epochs of the last call.
    t_ : int
        Updates of all calls.
    n_features_in_ : int
        Columns of a table (n, T); else d, the inputs at one time stamp.
    feature_names_in_ : (n_features_in_,) array
        If X was a table with names of columns.
    n_outputs_ : int
        Numbers that the network returns: 1 for two classes, else K.
    optimizer_state_
        Where the optimiser is: `partial_fit` goes on from there unless its settings have changed.

    Notes
    -----
    X is one of three things.

    * A table (n, T), as the post has it: one number at each of T time stamps; a DataFrame, too.
      `predict` takes tables of as many columns as `fit` had.
    * An array (n, T, d): d numbers at each time stamp.  T may be another one in `predict`.
    * Sequences one by one, of any lengths, each (T_i,) or (T_i, d): a list of arrays, or a
      one-dimensional array of them.  (Lists of plain lists are sequences one by one only if their
      lengths differ; lists of equal lengths are a table.)

    y is (n,), of numbers or strings; or (n, K) of zeros and ones, where a sequence may have several
    labels at once.  Labels at each time stamp are for `bptt.fit` with ``readout="every"``.

    X is taken as it is; it is learnt sooner with mean 0 and deviation 1.

    scikit-learn's ``MLPClassifier`` has the same manners.  It takes ``sample_weight`` and sparse
    X, which this version does not; its ``alpha`` (here ``weight_decay``) is divided by the size of
    the batch and spares biases; its "auto" batch is 200; it waits for one epoch more than
    ``n_iter_no_change``; its ``t_`` counts sequences, not updates.

    Raises
    ------
    MissingExtraError
        If scikit-learn is not installed: ``pip install 'bptt[sklearn]'``.

    Examples
    --------
    Is the number of ones odd, in sequences of 1 to 11 bits?

    >>> import bptt, numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.integers(0, 2, size=rng.integers(1, 12)) for _ in range(200)]
    >>> y = ["odd" if x.sum() % 2 else "even" for x in X]
    >>> model = bptt.RNNClassifier(hidden_size=8, max_iter=300, tol=1e-3, random_state=0)
    >>> model = model.fit(X[:150], y[:150])
    >>> model.predict([[1, 1, 1], [1, 0, 1, 0]])
    array(['odd', 'even'], dtype='<U4')
    >>> model.score(X[150:], y[150:]) > 0.9
    True
    """

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Go on with one epoch over X and y, as `fit` takes them; the optimiser goes on too.

        Parameters
        ----------
        classes : (K,), optional
            All classes that will ever come.  Needed in the first call, unless `fit` was called
            before.
        """
        from sklearn.utils.multiclass import type_of_target, unique_labels

        called, known = "RNNClassifier.partial_fit", hasattr(self, "classes_")
        if classes is None and not known:
            do = "Give classes=np.unique(y) of all y that will come"
            raise InputError(sentence(called, "classes in the first call", "none", do))
        if not known:
            several = type_of_target(y).startswith("multilabel")
            self._know(y if several else classes)
        elif classes is not None and not np.array_equal(self.classes_, unique_labels(classes)):
            do = "Leave classes out; they are given once, for all y that will come"
            expected = f"classes {self.classes_.tolist()}, as before"
            raise InputError(sentence(called, expected, f"{np.asarray(classes).tolist()}", do))
        learn(self, "partial_fit", X, y)
        return self

    def decision_function(self, X: Any) -> Array:
        """Return the network's own output, (n,) for two classes, else (n, K).

        Two classes a: log(p₁/p₀); more classes a_k: log p_k but for a number common to all k.
        """
        return self._output("decision_function", X)

    def predict_log_proba(self, X: Any) -> Array:
        """Return log p of each class, (n, K): log p_k = a_k - log Σ_j exp(a_j).

        a are the values of `decision_function`; of two classes the first has a = 0.  Of several
        labels at once each has its own p: log p = -log(1 + exp(-a)).
        """
        a = self._output("predict_log_proba", X)
        if len(self.classes_) == 1:
            return np.zeros((len(a), 1), a.dtype)
        if self._binarizer.y_type_.startswith("multilabel"):
            return np.asarray(-np.logaddexp(0, -a))
        if a.ndim == 1:
            a = np.column_stack([np.zeros_like(a), a])
        a = a - a.max(axis=1, keepdims=True)  # log p of the likeliest then keeps its digits
        return np.asarray(a - np.logaddexp.reduce(a, axis=1, keepdims=True))

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, (n, K), in the order of ``classes_``."""
        return np.exp(self.predict_log_proba(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _know(self, y: Any) -> None:
        """Learn which classes there are."""
        from sklearn.preprocessing import LabelBinarizer

        self._binarizer = LabelBinarizer().fit(y)
        self.classes_ = self._binarizer.classes_

    def _read_targets(self, called: str, y: Any, *, new: bool) -> tuple[Array, Array]:
        from sklearn.utils.multiclass import type_of_target, unique_labels

        y = targets_in.read(self, called, y, None)
        kind = type_of_target(y, input_name="y")
        if kind not in ("binary", "multiclass", "multilabel-indicator"):
            do = "Give whole numbers or names; what is measured is for RNNRegressor"
            expected = "y to hold one class for each sequence, or labels of 0 and 1"
            came = f"what scikit-learn calls {kind}"
            raise InputError(sentence(called, expected, f"{came} (Unknown label type: {kind})", do))
        if new or not hasattr(self, "classes_"):
            self._know(y)
        came = unique_labels(y)
        if not np.isin(came, self.classes_).all():
            do = "Call fit with warm_start=False for other classes"
            expected = f"y of the classes {self.classes_.tolist()}"
            raise InputError(sentence(called, expected, f"{came.tolist()}", do))
        return y, self._binarizer.transform(y).astype(np.float64)

    def _loss(self) -> str:
        one_of_many = self._binarizer.y_type_ == "multiclass"
        return "categorical_cross_entropy" if one_of_many else "binary_cross_entropy"

    def _answer(self, output: Array) -> Array:
        answer: Array = self._binarizer.inverse_transform(output, threshold=0.0)
        return answer

    def _score(self, y: Array, answer: Array) -> float:
        from sklearn.metrics import accuracy_score

        return float(accuracy_score(y, answer))

    def _strata(self, y: Array) -> Array | None:
        return y if y.ndim == 1 else None
