"""Recurrent neural networks in NumPy alone, with back-propagation through time derived by hand.

Names are imported when they are first used, so that ``import bptt`` costs next to nothing and the
command line can choose the number of BLAS threads before NumPy starts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from bptt import activations as activations
    from bptt import errors as errors
    from bptt import plots as plots
    from bptt import scalar as scalar
    from bptt import schedules as schedules
    from bptt import tasks as tasks
    from bptt.activations import Activation as Activation
    from bptt.cells import GRU as GRU
    from bptt.cells import LSTM as LSTM
    from bptt.cells import Cell as Cell
    from bptt.cells import Elman as Elman
    from bptt.data import Batch as Batch
    from bptt.derivation.comparison import Comparison as Comparison
    from bptt.derivation.comparison import compare as compare
    from bptt.derivation.derivation import Derivation as Derivation
    from bptt.derivation.derivation import explain as explain
    from bptt.derivation.judge import Verdict as Verdict
    from bptt.derivation.judge import judge as judge
    from bptt.derivation.proof import prove as prove
    from bptt.estimators import RNNClassifier as RNNClassifier
    from bptt.estimators import RNNRegressor as RNNRegressor
    from bptt.files.model import Model as Model
    from bptt.files.model import load_model as load_model
    from bptt.gradient_check import GradientCheck as GradientCheck
    from bptt.gradient_check import check_gradient as check_gradient
    from bptt.losses import Loss as Loss
    from bptt.network import RNN as RNN
    from bptt.optimizers import Optimizer as Optimizer
    from bptt.optimizers import adam as adam
    from bptt.optimizers import chain as chain
    from bptt.optimizers import clip_by_norm as clip_by_norm
    from bptt.optimizers import clip_by_value as clip_by_value
    from bptt.optimizers import gradient_descent as gradient_descent
    from bptt.optimizers import momentum as momentum
    from bptt.optimizers import nesterov as nesterov
    from bptt.optimizers import rmsprop as rmsprop
    from bptt.optimizers import rprop as rprop
    from bptt.optimizers import weight_decay as weight_decay
    from bptt.params import Linear as Linear
    from bptt.params import Params as Params
    from bptt.params import Recurrent as Recurrent
    from bptt.params import map_params as map_params
    from bptt.params import post_params as post_params
    from bptt.progress import Progress as Progress
    from bptt.saving import load as load
    from bptt.saving import save as save
    from bptt.stream import Stream as Stream
    from bptt.surface import Surface as Surface
    from bptt.surface import cost_surface as cost_surface
    from bptt.through_time import FullBPTT as FullBPTT
    from bptt.through_time import Workspace as Workspace
    from bptt.trace import Trace as Trace
    from bptt.training import Event as Event
    from bptt.training import Fitted as Fitted
    from bptt.training import fit as fit

# where each public name lives; a test holds this against the imports above
_HOME = {
    "Activation": "activations",
    "Batch": "data",
    "Cell": "cells",
    "Comparison": "derivation.comparison",
    "Derivation": "derivation.derivation",
    "Elman": "cells",
    "Event": "training",
    "Fitted": "training",
    "FullBPTT": "through_time",
    "GRU": "cells",
    "GradientCheck": "gradient_check",
    "LSTM": "cells",
    "Linear": "params",
    "Loss": "losses",
    "Model": "files.model",
    "Optimizer": "optimizers",
    "Params": "params",
    "Progress": "progress",
    "RNN": "network",
    "RNNClassifier": "estimators",
    "RNNRegressor": "estimators",
    "Recurrent": "params",
    "Stream": "stream",
    "Surface": "surface",
    "Trace": "trace",
    "Verdict": "derivation.judge",
    "Workspace": "through_time",
    "activations": None,
    "adam": "optimizers",
    "chain": "optimizers",
    "check_gradient": "gradient_check",
    "clip_by_norm": "optimizers",
    "clip_by_value": "optimizers",
    "compare": "derivation.comparison",
    "cost_surface": "surface",
    "errors": None,
    "explain": "derivation.derivation",
    "fit": "training",
    "gradient_descent": "optimizers",
    "judge": "derivation.judge",
    "load": "saving",
    "load_model": "files.model",
    "map_params": "params",
    "momentum": "optimizers",
    "nesterov": "optimizers",
    "plots": None,
    "post_params": "params",
    "prove": "derivation.proof",
    "rmsprop": "optimizers",
    "rprop": "optimizers",
    "save": "saving",
    "scalar": None,
    "schedules": None,
    "tasks": None,
    "weight_decay": "optimizers",
}

# but for what needs scikit-learn, so that a star import and help() do without
__all__ = sorted(name for name in _HOME if _HOME[name] != "estimators")  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'bptt' has no attribute {name!r}")
    home = _HOME[name]
    value = (
        import_module(f"bptt.{name}")
        if home is None
        else getattr(import_module(f"bptt.{home}"), name)
    )
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
