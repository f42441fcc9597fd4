"""Whatever is wrong with an argument: our exception, a whole sentence, and nothing changed."""

import copy
import dataclasses
import re
from fractions import Fraction
from functools import partial

import numpy as np
import pytest

import bptt
from bptt import activations, errors, losses, plots, random_networks, schedules, tasks
from bptt.errors import BpttError, InputError, NumberTypeError, ShapeError, UnknownNameError
from bptt.sequences import Layout

NAN, INF, HUGE = float("nan"), float("inf"), 10**400
ONE = bptt.RNN(hidden_size=2)
THREE = bptt.RNN(hidden_size=2, output_size=3)
LARGER = bptt.RNN(hidden_size=3)
P, P3 = ONE.init(rng=0), THREE.init(rng=0)
X, Y, Y3 = np.ones((2, 3)), np.ones(2), np.full((2, 3), 1 / 3)
GOOD = {"net": ONE, "params": P, "x": X, "y": Y}
CALLS = {
    "RNN.predict": (ONE.predict, "params x initial_state lengths"),
    "RNN.batch": (ONE.batch, "x y loss mask lengths"),
    "RNN.loss": (ONE.loss, "params x y loss mask lengths initial_state"),
    "RNN.loss_and_gradient": (ONE.loss_and_gradient, "params x y loss mask lengths initial_state"),
    "RNN.trace": (ONE.trace, "params x y loss mask lengths initial_state"),
    "explain": (bptt.explain, "net params x y loss mask initial_state"),
    "check_gradient": (
        bptt.check_gradient,
        "net params x y loss mask lengths initial_state method tolerance",
    ),
    "fit": (bptt.fit, "net params x y loss mask optimizer epochs batch_size rng"),
}
OPTIMIZERS = (
    bptt.gradient_descent, bptt.momentum, bptt.nesterov, bptt.rmsprop, bptt.adam, bptt.rprop
)  # fmt: skip
WHOLE = [0, -1, 1.0, NAN, "2", True, None]
REAL = [NAN, INF, -INF, "1", None, True, HUGE, 1j, [0.1]]
RNGS = [-1, 1.5, "a", True, [0], np.random.RandomState(0)]
ROWS = []


def row(called, call, given, error, *words, what=""):
    what = re.sub(r" at 0x\w+|\s+", " ", what)[:70]
    ROWS.append(pytest.param(called, call, given, error, words, id=f"{called} {what}"))


def rows(argument, table, only=tuple(CALLS), **more):
    """Add a row for each bad value of an argument and each call that has such an argument."""
    for called, (call, arguments) in CALLS.items():
        if called in only and argument in arguments.split():
            good = {name: value for name, value in GOOD.items() if name in arguments.split()}
            for value, error, *words in table:
                given, what = good | more | {argument: value}, f"{argument}={value!r}"
                row(called, call, given, error, *words, what=what)


def bad(called, call, error, *words, **table):
    """Add a row for each of several bad values of each argument that is named."""
    for argument, values in table.items():
        for value in values:
            what = f"{argument}={value!r}"
            row(called, call, {argument: value}, error, *(words or [argument]), what=what)


def each(values, error, *words):
    return [(value, error, *words) for value in values]


def ones(*shape, **entry):
    array = np.ones(shape)
    for value in entry.values():
        array.flat[-1] = value
    return array


class TwoGates(bptt.Elman):
    gates = ("a", "b")


def init(argument, draw):
    return ONE.init(**{argument: draw})


def single(*arguments, **named):
    return bptt.Params((bptt.Recurrent(*arguments, **named),))


NO_NUMBERS = [
    (None, NumberTypeError, "real numbers", "got None"),
    ([[1, 2], [1]], NumberTypeError, "unequal length", "rectangular"),
    ([["a", "b"]], NumberTypeError, "text"),
    (np.full((2, 3), Fraction(1, 2)), NumberTypeError, "not numbers"),
    ([[1, None]], NumberTypeError, "not numbers"),
    ([[HUGE, 1.0]], NumberTypeError, "not numbers"),
    (np.zeros((2, 3), "M8[s]"), NumberTypeError, "not numbers"),
    (np.ma.masked_equal([[1.0, 2.0]], 2.0), NumberTypeError, "a masked array", ".data"),
]
rows("x", [
    *(one for one in NO_NUMBERS if one[2] != "unequal length"),
    ([[1, 2], ["a"]], NumberTypeError, "x[1] to hold real numbers", "text"),
    ([[1, 2], [1, None]], NumberTypeError, "x[1]", "not numbers"),
    ([[1, 2], []], ShapeError, "at least one time stamp", "x[1]"),
    ([[1, 2], [[1], [2]]], ShapeError, "x[1] of shape (T,)", "(2, 1)"),
    ([ones(2, 2), ones(3, 2)], ShapeError, "(T,) or (T, 1)", "(T, 2)"),
    ([ones(2, 1, 1), ones(3, 1, 1)], ShapeError, "x[0] of shape (T,) or (T, width)", "(2, 1, 1)"),
    ([[1, 2], [1, NAN, 3]], InputError, "x to be finite", "nan in sequence 1 at row 1, column 0"),
    ([1.0, 2.0, 3.0], ShapeError, "x of shape (n, T) or (n, T, 1)", "(3,)", "one row per sequence"),
    (1.0, ShapeError, "shape ()"),
    ([], ShapeError, "shape (0,)"),
    (ones(0, 3), ShapeError, "n >= 1 and T >= 1", "(0, 3)", "at least one sequence"),
    (ones(2, 0), ShapeError, "n >= 1 and T >= 1", "(2, 0)", "at least one time stamp"),
    (ones(2, 3, 2), ShapeError, "(2, 3, 2)"),
    (ones(2, 3, 1, 1), ShapeError, "(2, 3, 1, 1)"),
    (ones(2, 3, last=NAN), InputError, "x to be finite", "nan at x[1, 2, 0]"),
    (ones(2, 3, last=-INF), InputError, "-inf at x[1, 2, 0]"),
    ([[1, INF, 3], [NAN, 0, 0]], InputError, "inf at x[0, 1, 0]"),
])  # fmt: skip
rows("lengths", [
    ([1.0, 2.0], NumberTypeError, "whole numbers", "float64"),
    ([1], ShapeError, "lengths of shape (2,)", "(1,)"),
    ([0, 2], InputError, "lengths from 1 to 3", "from 0 to 2"),
    ([1, 4], InputError, "lengths from 1 to 3", "from 1 to 4"),
    ([[1, 2]], ShapeError, "(1, 2)"),
    ([True, False], NumberTypeError, "bool"),
])  # fmt: skip
row("RNN.predict", ONE.predict, {"params": P, "x": [[1.0, 2.0], [1.0]], "lengths": [2, 1]},
    InputError, "a list of sequences alone", "Leave lengths out")  # fmt: skip
LATE = bptt.RNN(readout="every")
RAGGED = [[1.0, 2.0], [1.0]]
for y, words in (
    ([[1.0, 2.0], [1.0, 2.0]], ("y as a list, as x is", "(2, 2)")),
    ([[1.0, 2.0], [1.0], [1.0]], ("2 sequences of y", "3 of them")),
    ([[1.0], [1.0, 2.0]], ("2 time stamps in y[0], as in x[0]", "1 in y[0]")),
    ([1.0, 2.0, 1.0], ("y as a list",)),
):
    row("RNN.batch", LATE.batch, {"x": RAGGED, "y": y}, ShapeError, *words, what=f"y={y}")
row("RNN.batch", LATE.batch, {"x": X, "y": ones(2, 2), "lengths": [3, 1]}, ShapeError,
    "y of shape (2, 3)", "Pad it as x is padded")  # fmt: skip
BACK = ("RNN.batch", "RNN.loss_and_gradient", "RNN.trace", "check_gradient", "fit")
rows("x", [(X + 0j, NumberTypeError, "x", "complex numbers")], only=BACK)
rows("y", [
    *NO_NUMBERS[1:],
    (None, InputError, "targets y", "none"),
    (Y + 0j, NumberTypeError, "complex numbers"),
    (1.0, ShapeError, "y of shape (2,) or (2, 1)", "shape ()", "never broadcasts"),
    (ones(3), ShapeError, "(3,)"),
    (ones(0), ShapeError, "(0,)"),
    (ones(1, 2), ShapeError, "(1, 2)"),
    (ones(2, 2), ShapeError, "(2, 2)"),
    (ones(2, last=NAN), InputError, "y to be finite", "nan at y[1, 0]"),
    (ones(2, last=INF), InputError, "inf at y[1, 0]"),
])  # fmt: skip
rows("mask", [
    ([[1], [1, 0]], NumberTypeError, "mask to hold True and False", "object"),
    (["yes", "no"], NumberTypeError, "mask"),
    ([True, None], NumberTypeError, "mask"),
    ([0.5, 1], NumberTypeError, "float64"),
    ([0, 2], NumberTypeError, "int64"),
    ([NAN, 1], NumberTypeError, "float64"),
    ([1 + 0j, 0j], NumberTypeError, "complex128"),
    (np.array([True, False], object), NumberTypeError, "object"),
    (True, ShapeError, "mask of shape (2,) or (2, 1)", "()"),
    (ones(3) > 0, ShapeError, "(3,)"),
    (ones(1, 2) > 0, ShapeError, "(1, 2)"),
    ([False, False], InputError, "a mask without True"),
])  # fmt: skip
rows("initial_state", [
    *NO_NUMBERS[1:],
    (0.0, ShapeError, "initial_state of shape (2,) or (2, 2)", "()", "(h)"),
    (ones(3), ShapeError, "(3,)"),
    (ones(3, 2), ShapeError, "(3, 2)"),
    (ones(1, 2), ShapeError, "(1, 2)"),
    ((ones(2), ones(2)), ShapeError, "1 array(s) as initial_state", "got 2"),
    (ones(2, last=NAN), InputError, "nan at initial_state[1]"),
    (ones(2, 2, last=INF), InputError, "inf at initial_state[1, 1]"),
])  # fmt: skip
rows("initial_state", [(ones(2) + 0j, NumberTypeError, "complex")], only=BACK[1:3])
rows("params", [
    ({"weight_ih_l0": 1}, InputError, "dict"),
    ([np.ones((2, 1))], InputError, "list"),
    (bptt.Params(None), InputError, "made of Recurrent and Linear"),
    (bptt.Params(list(P.layers), P.readout), InputError, "made of Recurrent and Linear"),
    (bptt.Params((np.ones((2, 1)),)), InputError, "made of Recurrent and Linear"),
    (bptt.Params((tuple(P.layers[0]),), P.readout), InputError, "made of Recurrent and Linear"),
    (P._replace(readout=tuple(P.readout)), InputError, "made of Recurrent and Linear"),
    (single([[1.0]], [[1.0]]), NumberTypeError, "weight_ih_l0 as an array of floats", "list"),
    (bptt.map_params(lambda a: a.astype(int), P), NumberTypeError, "int64"),
    (bptt.map_params(lambda a: a.astype("f2"), P), NumberTypeError, "float16"),
    (bptt.map_params(lambda a: a.astype(str), P), NumberTypeError, "<U32"),
    (bptt.map_params(lambda a: a.astype(object), P), NumberTypeError, "object"),
    (LARGER.init(rng=0), ShapeError, "'weight_ih_l0': (2, 1)", "(3, 1)", "of the same network"),
    (THREE.init(rng=0), ShapeError, "(3, 2)"),
    (bptt.post_params(1, 1), ShapeError, "(1, 1)"),
    (bptt.RNN(hidden_size=2, bias=False).init(rng=0), ShapeError, "bias_ih_l0"),
    (bptt.Params((*P.layers, *P.layers), P.readout), ShapeError, "weight_ih_l1"),
    (bptt.Params((), P.readout), ShapeError, "weight_ih_l0"),
])  # fmt: skip
rows("params", [(None, InputError, "NoneType")], only=("RNN.predict", "RNN.loss", "check_gradient"))
rows("params", [(bptt.map_params(lambda a: a + 0j, P), NumberTypeError, "complex")], only=BACK)
FIT = {"only": ("fit",)}
CLASSES = {"only": ("fit", "check_gradient"), "net": THREE, "params": P3}
CLASSES["loss"] = "categorical_cross_entropy"
NO_LOSS = "loss to be one of 'mse', 'binary_cross_entropy' or 'categorical_cross_entropy'"
rows("loss", each(["MSE", 3, "", ["mse"]], UnknownNameError, NO_LOSS))
rows("y", [
    ([0.5, 1.1], InputError, "between 0 and 1", "y from 0.5 to 1.1", "Code the two classes"),
    ([-0.1, 1], InputError, "between 0 and 1"),
], loss="binary_cross_entropy")  # fmt: skip
rows("y", [
    ([0, 3], InputError, "classes from 0 to 2", "classes from 0 to 3", "output_size=4"),
    ([-1, 2], InputError, "classes from -1 to 2", "Number the classes from 0."),
    ([0, 1.5], NumberTypeError, "fractions", "numbers from 0 to 2."),
    ([0, NAN], InputError, "nan at y[1]"),
    ([[0.5, 0.6, 0], [0, 0, 0.7]], InputError, "sum to 1", "a row that sums to 0.7"),
    ([[1.5, -0.5, 0], [0, 0, 1]], InputError, "between 0 and 1", "y from -0.5 to 1.5"),
    (ones(2, 2), ShapeError, "y of shape (2,) or (2, 3)", "(2, 2)"),
], **CLASSES)  # fmt: skip
rows("mask", [(Y3 > 0, ShapeError, "mask of shape (2,)", "(2, 3)")], y=Y3, **CLASSES)
rows("y", [(Y, ShapeError, "y of shape (2, 3), got shape (2,).")], **(CLASSES | {"loss": "mse"}))

BATCH, OTHER = ONE.batch(X, Y), bptt.RNN(input_size=2, hidden_size=2).batch(ones(2, 3, 2), Y)
NONE = dataclasses.replace(BATCH, counts=np.zeros((2, 1), bool))  # made by hand
ROW = dataclasses.replace(BATCH, counts=np.ones(2, bool))
rows("x", [
    (OTHER, ShapeError, "inputs (6, 1) and targets (2, 1)", "(6, 2)", "of this network"),
    (THREE.batch(X, Y3), ShapeError, "(2, 3)"),
], only=("RNN.loss", "RNN.loss_and_gradient", "fit", "RNN.trace"), y=None)  # fmt: skip
rows(
    "x", [(BATCH, ShapeError, "with y, mask or lengths", "alone")], ("RNN.loss", "RNN.trace", "fit")
)
rows("x", [(BATCH, NumberTypeError, "got a Batch")], only=("RNN.predict",))
rows("x", [
    (NONE, ShapeError, "a mask (2, 1) that leaves something"),
    (ROW, ShapeError, "a mask (2, 1)", "got a mask (2,)"),
], only=("RNN.loss", "RNN.loss_and_gradient", "fit"), y=None)  # fmt: skip
rows("x", [(BATCH, InputError, "the loss 'mse' that the Batch was made for")], y=None,
     only=("RNN.loss", "RNN.trace", "fit"), loss="binary_cross_entropy")  # fmt: skip
row("RNN.run", ONE.run, {"params": P, "batch": OTHER}, ShapeError, "of this network")
row("RNN.run", ONE.run, {"params": P, "batch": NONE}, ShapeError, "leaves something", what="masked")

rows("epochs", each(WHOLE, InputError, "epochs to be a whole number of at least 1"))
rows("batch_size", each(WHOLE[:-1], InputError, "batch_size to be a whole number of at least 1"))
rows("rng", each(RNGS, InputError, "rng to be None", "rng=0"))
rows("method", each(["exact", None], UnknownNameError, "'complex step' or 'central differences'"))
rows("tolerance", each([0, -1.0, NAN, INF, "1"], InputError, "tolerance to be", "above 0"))
rows("optimizer", each(["Adam", None, "rprops"], UnknownNameError, "'sgd'", "'adam'"))
rows("y", [(ones(3), ShapeError, "(3,)")], **FIT, rng=np.random.default_rng(0), params=None)

# What makes networks, optimisers, tasks, and so on: every argument alone.
bad("RNN", bptt.RNN, UnknownNameError, "'elman'", cell=["GRU", 3, None, bptt.Elman])
bad("RNN", bptt.RNN, InputError, "a whole number of at least 1",
    input_size=WHOLE, hidden_size=WHOLE, output_size=WHOLE[:-1])  # fmt: skip
bad("RNN", partial(bptt.RNN, readout="state_in"), InputError, output_size=[True, 1.0, 2])
bad(
    "RNN", bptt.RNN, UnknownNameError, "'tanh' or 'relu'", activation=["Tanh", np.tanh, 3, [np.sin]]
)
bad(
    "RNN",
    bptt.RNN,
    InputError,
    "a pair of functions",
    activation=[(np.sin,), (1, 2), (np.sin,) * 3],
)
row("RNN", bptt.RNN, {"cell": bptt.Elman(), "activation": "tanh"}, InputError, "besides")
row("RNN", bptt.RNN, {"cell": bptt.GRU(), "leak": 0.5}, InputError, "leak= besides")
row("RNN", bptt.RNN, {"cell": "gru", "activation": "tanh"}, InputError, "options of 'gru' alone")
row("RNN", bptt.RNN, {"cell": "lstm", "leak": 0.5}, InputError, "(peephole)", "Leave leak out")
bad("Elman", bptt.Elman, InputError, "leak to be", leak=[0, 1.5, -1, NAN, "1"])
bad("LSTM", bptt.LSTM, InputError, "True or False", peephole=["yes", 1])
bad("RNN", bptt.RNN, InputError, "whole number", n_layers=WHOLE)
bad("RNN", bptt.RNN, InputError, "True or False", bidirectional=["no", None, 1])
bad("RNN", partial(bptt.RNN, n_layers=2), InputError, "below 1", dropout=[-0.1, 1.0, NAN, "a"])
row("RNN", bptt.RNN, {"dropout": 0.1}, InputError, "several layers", "n_layers=2")
bad("RNN", bptt.RNN, UnknownNameError, "'zeros' or 'trained'", initial_state=["ones", None, 0])
row("RNN", bptt.RNN, {"readout": "state_in", "bidirectional": True}, InputError, "one direction")
row("RNN", bptt.RNN, {"readout": "state_in", "cell": "gru"}, InputError, "one State(In)")
row(
    "RNN",
    bptt.RNN,
    {"cell": TwoGates(), "readout": "state_in"},
    InputError,
    "one State(In) per state",
)
bad("RNN", bptt.RNN, UnknownNameError, "'last'", readout=["first", None, 3])
bad("RNN", bptt.RNN, InputError, "to be True or False", bias=["no", None, 1, ones(2)])
bad("RNN.init", ONE.init, InputError, "rng to be None", rng=RNGS)
for argument in ("weight_ih", "weight_hh"):
    bad("RNN.init", partial(init, argument), UnknownNameError, "'orthogonal'", draw=["he", 3, None])
    bad("RNN.init", partial(init, argument), ShapeError, f"a block of {argument}_l0 of shape (2, ",
        draw=[lambda *_: 1.0, lambda *_: ones(3, 2), lambda *_: ones(2)])  # fmt: skip
    bad("RNN.init", partial(init, argument), NumberTypeError, "text", draw=[lambda *_: [["a"]]])
bad(
    "RNN.init",
    ONE.init,
    NumberTypeError,
    "float64 or float32",
    dtype=["foo", int, "f2", complex, "f4,"],
)

NEGATIVE = [bptt.post_params(1, -1)] + [single(ones(1, 1), ones(1, 1, last=r)) for r in (NAN, INF)]
for make in OPTIMIZERS:
    called = make.__name__
    bad(called, make, InputError, "to be a finite number at least 0", rate=[-0.1, *REAL])
    bad(called, make, InputError, "rate weight_hh_l0 >= 0", rate=NEGATIVE)
    bad(called, make, NumberTypeError, "text", rate=[single("a", "b")])
    for rate, error, word in (
        (bptt.post_params(1, 1), ShapeError, "arrays of its shape"),
        (lambda step: NAN, InputError, "rate to be a finite number at least 0, got nan"),
        (lambda step: -1.0, InputError, "rate to be a finite number at least 0, got -1.0"),
        (lambda step: bptt.post_params(1, 1), ShapeError, "arrays of its shape"),
    ):
        if make is not bptt.rprop or not callable(rate):
            row(called, bptt.fit, GOOD | {"optimizer": make(rate)}, error, word, what=repr(rate))
bad("rprop", bptt.rprop, InputError, "a schedule", rate=[lambda step: 0.1])
for optimiser in (bptt.clip_by_norm(1.0), bptt.clip_by_value(1.0)):
    row("fit", bptt.fit, GOOD | {"optimizer": optimiser}, InputError, "makes steps")
for several in ((), (bptt.adam(), bptt.adam()), (bptt.adam(), bptt.clip_by_norm(1.0))):
    row(
        "chain",
        lambda several: bptt.chain(*several),
        {"several": several},
        InputError,
        "makes steps last",
    )
bad("momentum", bptt.momentum, InputError, "at most 1", beta=[-0.1, 1.1, *REAL])
bad("nesterov", bptt.nesterov, InputError, "at most 1", beta=[-0.1, 1.1, *REAL])
bad("rmsprop", bptt.rmsprop, InputError, decay=[-0.1, 1.1, *REAL], epsilon=[0, -1, *REAL])
bad("adam", bptt.adam, InputError,
    beta1=[-0.1, 1, *REAL], beta2=[-0.1, 1, *REAL], epsilon=[0, -1, *REAL])  # fmt: skip
bad("rprop", bptt.rprop, InputError,
    grow=[1, *REAL], shrink=[0, 1, *REAL], least=[-1, *REAL], most=[0, *REAL])  # fmt: skip
row("rprop", bptt.rprop, {"least": 0.5, "most": 0.1}, InputError, "most", "at least 0.5")
bad("clip_by_norm", bptt.clip_by_norm, InputError, "above 0", most=[0, -1, *REAL])
bad("clip_by_value", bptt.clip_by_value, InputError, "above 0", most=[0, -1, *REAL])
bad("chain", lambda optimiser: bptt.chain(optimiser, bptt.adam()), InputError,
    optimiser=["adam", bptt.adam, None])  # fmt: skip
bad("schedules.exponential", partial(schedules.exponential, start=1.0, factor=1.0), InputError,
    start=[0, *REAL], factor=[0, *REAL])  # fmt: skip
bad("schedules.cosine", partial(schedules.cosine, start=1.0, end=0.0, n_steps=9), InputError,
    start=[0, *REAL], end=[-1, *REAL], n_steps=WHOLE)  # fmt: skip
bad("tasks.count_ones", tasks.count_ones, InputError, n_sequences=WHOLE, n_steps=WHOLE, rng=RNGS)
bad("tasks.binary_addition", tasks.binary_addition, InputError,
    n_sequences=WHOLE, n_bits=WHOLE, rng=RNGS)  # fmt: skip
bad("random_networks.draw", random_networks.draw, InputError, rng=RNGS)
bad("post_params", partial(bptt.post_params, wx=1, wrec=1), InputError, wx=REAL, wrec=REAL)
row("Params.Wx", lambda params: params.Wx, {"params": P}, InputError, "two weights", "(2, 1)")
row("Params.Wrec", lambda params: params.Wrec, {"params": P}, InputError, "two weights", "(2, 2)")
bad("activations.own", partial(activations.own, f=np.sin, df=np.cos), InputError, "two functions",
    f=[None, 1], df=["cos"])  # fmt: skip
bad("Activation.f", activations.TANH, NumberTypeError, "to hold real", z=["a", None, [[1], [1, 2]]])
bad("Activation.derivative", activations.TANH.derivative, NumberTypeError, "text", z=["a"])
row("plots.cost_by_epoch", plots.cost_by_epoch, {"losses": []}, InputError, "at least one cost")
for path in ("a.gif", "png", ""):
    row("plots.write", plots.write, {"axes": None, "path": path}, InputError, "'.pdf'", repr(path))

for role, function, error, word in (
    ("f", lambda z: z.sum(), ShapeError, "f to return an array of shape (2, 2), got shape ()"),
    ("f", lambda z: z.ravel(), ShapeError, "got shape (4,)"),
    ("f", lambda z: None, ShapeError, "got shape ()"),
    ("f", lambda z: [[1], [1, 2]], ShapeError, "got shape ()"),
    ("f", lambda z: z + 0j, NumberTypeError, "f to return numbers of float64, got complex128"),
    ("f", lambda z: z.astype(str), NumberTypeError, "<U32"),
    ("df", lambda z: z[0], ShapeError, "df to return an array of shape (3, 2, 2)"),
):
    pair = (function, np.cos) if role == "f" else (np.sin, function)
    own = bptt.RNN(hidden_size=2, activation=pair)
    without_y = {"params": P, "x": X}
    if role == "f":
        row("activation 'own'", own.predict, without_y, error, word, what="in predict")
    row("activation 'own'", own.loss_and_gradient, without_y | {"y": Y}, error, word, what=word)

for loss in losses.BY_NAME.values():
    for new, error, *words in (
        ({"target": ones(3)}, ShapeError, "target of shape (2, 3)", "never broadcasts"),
        ({"target": ones(2, 1)}, ShapeError, "(2, 1)"),
        ({"target": Y3 + 0j}, NumberTypeError, "complex"),
        ({"prediction": [[1], [1, 2]]}, NumberTypeError, "unequal"),
        ({"mask": [1, 0]}, NumberTypeError, "a bool mask", "int64"),
        ({"mask": ones(3) > 0}, ShapeError, "mask of shape (2", "(3,)"),
        ({"mask": ones(2, *[3] * (not loss.by_row)) > 1}, InputError, "something that counts"),
        ({"prediction": ones(0, 3), "target": ones(0, 3)}, InputError, "nothing"),
    ):
        given = {"prediction": Y3, "target": Y3} | new
        row(f"loss {loss.name!r}", loss, given, error, *words, what=repr(new))


def same(a, b):
    """Return whether two arguments are the same down to the last bit."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        equal = a.tolist() == b.tolist() if a.dtype == object else a.tobytes() == b.tobytes()
        return equal and (a.dtype, a.shape) == (b.dtype, b.shape)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, (bptt.Batch, Layout)):
        fields = [field.name for field in dataclasses.fields(a)]
        return all(same(getattr(a, name), getattr(b, name)) for name in fields)
    if isinstance(a, np.random.Generator):
        return same(a.bit_generator.state, b.bit_generator.state)
    if isinstance(a, np.random.RandomState):
        return same(a.get_state(), b.get_state())
    return a == b or (a != a and b != b)  # NaN


@pytest.mark.parametrize(("called", "call", "given", "error", "words"), ROWS)
def test_bad_input(called, call, given, error, words):
    before = copy.deepcopy(given)
    assert same(before, given)
    with pytest.raises(BpttError) as caught:
        call(**given)
    message = str(caught.value)
    assert type(caught.value) is error, message
    assert re.fullmatch(
        rf"{re.escape(called)}: expected .+, got .+\. [A-Z].+\.", message, re.DOTALL
    )
    for word in words:
        assert word in message
    assert same(before, given)


@pytest.mark.parametrize("called", CALLS)
def test_the_good_arguments_are_good(called):
    call, arguments = CALLS[called]
    call(**{name: value for name, value in GOOD.items() if name in arguments.split()})


def test_rates_may_be_zero_and_parameters_of_two_dtypes():
    mixed = P._replace(readout=bptt.map_params(lambda a: a.astype("f4"), P.readout))
    assert ONE.predict(mixed, X) == pytest.approx(ONE.predict(P, X), rel=1e-6, abs=0)
    zeros = bptt.map_params(np.zeros_like, P)
    for make in OPTIMIZERS[:-1]:
        for rate in (0, 0.0, zeros, lambda step: zeros):
            fitted = bptt.fit(ONE, X, Y, params=P, optimizer=make(rate), epochs=2)
            assert same(fitted.params, P)


def test_complex_numbers_where_they_make_sense():
    z = bptt.map_params(lambda a: a + 0j, P)
    for params, x, h in ((z, X, None), (P, X + 0j, None), (P, X, ones(2) + 0j), (z, X + 0j, None)):
        assert np.allclose(
            ONE.predict(params, x, h).real, ONE.predict(P, X, None if h is None else h.real)
        )
        cost = ONE.loss(params, x, Y, initial_state=h)
        assert type(cost) is complex


def test_the_tree_of_exceptions_is_the_one_that_is_drawn():
    drawn, above = {}, []
    pattern = r" +[│ ]*(?:[├└]── )?(\w+Error)\b(?:.*\(also an? (\w+)\))?"
    for line in errors.__doc__.splitlines():
        if match := re.match(pattern, line):
            name, also = match.groups()
            depth = (match.start(1) - 4) // 4
            above = [*above[:depth], name]
            parents = [above[-2] if depth else "Exception"] + [also] * bool(also)
            drawn[name] = tuple(parents)
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, Exception)]
    warned = [c for c in classes if issubclass(c, Warning)]
    assert [c.__bases__ for c in warned] == [(UserWarning,)] * 3
    assert all(c.__name__ in errors.__doc__ for c in warned)
    assert len(drawn) == 11
    parents = {c.__name__: tuple(base.__name__ for base in c.__bases__) for c in classes}
    assert drawn == {name: of for name, of in parents.items() if "Warning" not in name}
