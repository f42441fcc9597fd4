"""Keras 3: its layers SimpleRNN, GRU, LSTM and Dense, as pure functions of their weights.

On JAX the whole is one ``jit``; on PyTorch it runs eagerly.  SimpleRNN and LSTM have one bias
where the others have two: it is their sum, and its derivative is that of each.  So a step moves
it half as far, and its Adam has epsilon at another place: weights are compared after one step.

On these two backends Keras has no float64: its operators turn results of 64 bits into 32,
whatever its policy says.  It is asked before anything is compiled.
"""

from __future__ import annotations

import keras
import numpy as np

from peers import keras_on_jax, keras_on_torch
from rungs.calls import Arrays, Calls, CannotError, fastest
from rungs.work import CELLS, RATE, Work

LAYERS = {"elman": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
ORDER = {"elman": [0], "gru": [1, 0, 2], "lstm": [0, 1, 2, 3]}
"""where the blocks of Keras's gates stand in PyTorch's order, and the other way round"""
UNROLLED = 10
"""time stamps, up to which Keras's ``unroll=True`` is tried too"""


def prepare(kind: str, work: Work, variant: str, cores: int) -> Calls:
    """Return the faster of the layers as they come and unrolled."""
    result = keras.backend.result_type(work.dtype, work.dtype)
    if result != work.dtype:
        raise CannotError(f"its operators make {result} of {work.dtype}")
    backend = keras_on_jax if variant == "jax" else keras_on_torch
    backend.settle(work.dtype, cores)
    keras.config.set_floatx(work.dtype)
    keras.config.set_dtype_policy(work.dtype)

    def make(unroll: bool) -> Calls:
        return backend.calls(kind, network(work, unroll), work, to_pytorch)

    forms = {"as it comes": lambda: make(False)}
    if work.rung.T <= UNROLLED and variant == "jax":
        forms["unrolled"] = lambda: make(True)
    return fastest(forms)._replace(updates=1)


def network(work: Work, unroll: bool) -> keras.Model:
    """Return a network with the given weights."""
    _, T, I, H = work.rung[:4]
    x = keras.Input((T, I))
    mask = None if work.lengths is None else keras.Input((T,), dtype="bool")
    h = LAYERS[work.cell](H, unroll=unroll)(x, mask=mask)
    model = keras.Model([x] if mask is None else [x, mask], keras.layers.Dense(1)(h))
    model.set_weights(from_pytorch(work.cell, work.weights))
    return model


def inputs(work: Work) -> list[np.ndarray]:
    """Return x, and of a ragged batch the mask."""
    if work.lengths is None:
        return [work.x]
    return [work.x, np.arange(work.rung.T) < work.lengths[:, None]]


def adam(variables: list) -> keras.optimizers.Adam:
    """Return Adam; Keras adds epsilon before the averages are corrected, so this is 1e-8 there."""
    optimizer = keras.optimizers.Adam(RATE, epsilon=1e-8 * (1 - 0.999) ** 0.5)
    optimizer.build(variables)
    return optimizer


def blocks(cell: str, array: np.ndarray) -> np.ndarray:
    """Put the rows' blocks of one order of gates into the other."""
    return np.concatenate([np.split(array, CELLS[cell])[i] for i in ORDER[cell]])


def from_pytorch(cell: str, w: Arrays) -> list[np.ndarray]:
    """Return the weights as Keras lists them."""
    w_ih, w_hh, b_ih, b_hh = (blocks(cell, a) for name, a in w.items() if "readout" not in name)
    bias = np.stack([b_ih, b_hh]) if cell == "gru" else b_ih + b_hh
    return [w_ih.T, w_hh.T, bias, w["readout.weight"].T, w["readout.bias"]]


def to_pytorch(work: Work, kind: str, arrays: list[np.ndarray]) -> Arrays:
    """Return gradients, or weights after a step, by PyTorch's names."""
    w_ih, w_hh, bias, w_out, b_out = arrays
    if work.cell == "gru":
        b_ih, b_hh = bias
    elif kind == "gradient":
        b_ih = b_hh = bias
    else:  # the step that the sum made is the step that each of its parts would make
        moved = bias - (work.weights["bias_ih_l0"] + work.weights["bias_hh_l0"])
        b_ih, b_hh = (work.weights[f"bias_{part}_l0"] + moved for part in ("ih", "hh"))
    recurrent = [blocks(work.cell, array) for array in (w_ih.T, w_hh.T, b_ih, b_hh)]
    return dict(zip(work.weights, [*recurrent, w_out.T, b_out], strict=True))
