"""Estimators for scikit-learn (extra ``sklearn``): networks that fit and predict."""

from bptt.estimators.classifier import RNNClassifier
from bptt.estimators.regressor import RNNRegressor

__all__ = ["RNNClassifier", "RNNRegressor"]
