"""The sides of the comparison, one file each.

Each file has ``prepare(kind, work, variant, cores)``, which returns the `Calls` of one side in the
best form that its library has for this work, or raises CannotError.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import NamedTuple


class Side(NamedTuple):
    """One side: where its code is, and in which worker it runs."""

    module: str
    group: str
    """sides of one group share a process"""
    needs: tuple[str, ...]
    """what must be installed, as it is imported"""
    variant: str = ""
    limit: float = 120.0
    """seconds that it may take to prepare, compilation included"""
    peer: bool = True
    """whether it is somebody else's library, and not ours, the floor or the baseline"""


SIDES = {
    "bptt": Side("ours", "bptt", ("bptt",), "numpy", peer=False),
    "bptt jit": Side("ours", "bptt", ("numba", "scipy"), "jit", 300.0, peer=False),
    "floor": Side("floor", "bptt", ("numpy",), peer=False),
    "PyTorch": Side("pytorch", "torch", ("torch",)),
    "torch.compile": Side("pytorch_compiled", "torch.compile", ("torch",), limit=60.0),
    "JAX": Side("jax_scan", "jax", ("jax",)),
    "Keras on JAX": Side("keras_layers", "keras jax", ("keras", "jax"), "jax"),
    "Keras on PyTorch": Side("keras_layers", "keras torch", ("keras", "torch"), "torch"),
    "neuralnetlib": Side("neuralnetlib_layers", "neuralnetlib", ("neuralnetlib",)),
    "the post's loop": Side("post", "post", ("numpy",), peer=False),
}
KERAS = ("Keras on JAX", "Keras on PyTorch")
"""of which the faster one counts"""
ENVIRONMENT = {
    "keras jax": {"KERAS_BACKEND": "jax"},
    "keras torch": {"KERAS_BACKEND": "torch"},
}


def missing(side: str) -> list[str]:
    """Return what of a side's libraries is not installed."""
    return [name for name in SIDES[side].needs if find_spec(name) is None]
