"""What both estimators share: parameters, `fit` and `predict`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

from bptt import _extras
from bptt._shapes import Array
from bptt.estimators import sequences_in
from bptt.estimators.learning import learn

_base = _extras.need("RNNClassifier, RNNRegressor", "scikit-learn", "sklearn", "sklearn.base")


class RNNEstimator(_base.BaseEstimator, ABC):  # type: ignore[misc, name-defined]
    """A network with scikit-learn's manners; see `RNNClassifier` for parameters and attributes."""

    def __init__(
        self,
        cell: Any = "gru",
        hidden_size: int = 32,
        *,
        n_layers: int = 1,
        bidirectional: bool = False,
        dropout: float = 0.0,
        activation: Any = None,
        readout: str = "last",
        optimizer: Any = "adam",
        learning_rate: Any = 0.01,
        clip: float | None = 1.0,
        weight_decay: float = 0.0,
        batch_size: int | str = "auto",
        max_iter: int = 100,
        tol: float = 1e-4,
        n_iter_no_change: float = 10,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        warm_start: bool = False,
        random_state: Any = None,
        verbose: bool = False,
        engine: str = "numpy",
    ) -> None:
        self.cell = cell
        self.hidden_size = hidden_size
        self.n_layers = n_layers
        self.bidirectional = bidirectional
        self.dropout = dropout
        self.activation = activation
        self.readout = readout
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.clip = clip
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.engine = engine

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from sequences X and targets y: from new weights, but for ``warm_start``.

        Parameters
        ----------
        X : (n, T), (n, T, d), or n sequences one by one, each (T_i,) or (T_i, d)
        y : (n,) or (n, O)

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If X, y or a parameter is not as it should be; our own are `bptt.errors.InputError`.
        NonFiniteError
            If the training ran into NaN or infinity.

        Warns
        -----
        ConvergenceWarning
            If ``max_iter`` epochs were done before the training had settled.
        """
        learn(self, "fit", X, y)
        return self

    def predict(self, X: Any) -> Any:
        """Return a prediction for each sequence of X, (n,) or (n, O)."""
        return self._answer(self._output("predict", X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    # -- what the two differ in ------------------------------------------------------------------

    @abstractmethod
    def _read_targets(self, called: str, y: Any, *, new: bool) -> tuple[Array, Array]:
        """Return y as it is scored, and y as the network learns it."""

    @abstractmethod
    def _loss(self) -> str:
        """Return the name of the loss."""

    @abstractmethod
    def _answer(self, output: Array) -> Array:
        """Return the predictions that outputs of the network mean."""

    @abstractmethod
    def _score(self, y: Array, answer: Array) -> float:
        """Return how good predictions are: the larger the better."""

    def _strata(self, y: Array) -> Array | None:
        """Return of what both parts of early stopping should have like shares."""
        return None

    # -- inside ----------------------------------------------------------------------------------

    def _output(self, method: str, X: Any) -> Array:
        """Return what the network itself predicts for X."""
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self, "params_")
        called = f"{type(self).__name__}.{method}"
        x = sequences_in.read(self, called, X, reset=False).x
        output: Array = self.net_.predict(self.params_, x)
        return output
