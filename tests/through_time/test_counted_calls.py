"""What NumPy is called for at one time stamp, counted by name and not by the clock.

A call costs small networks more than its arithmetic does.  So a table says which calls the
mathematics of each cell asks for; one more is a failure here before it is a slower program.
"""

import gc
import sys
from collections import Counter
from typing import ClassVar

import numpy as np
import pytest

import bptt
from bptt.through_time import backprop, gradient, walk
from contracts.test_matrix import CELLS

LOGISTIC = "negative exp add reciprocal"  # 1 / (1 + exp(-z))
LEAK = "multiply multiply add"  # α f(z) + (1 - α) h[k-1]
SEES = "view multiply add"  # + p · c, p being a row of the peepholes
FORWARD = {
    "elman": "product tanh",
    "leaky": f"product tanh {LEAK}",
    # σ of u and r together; zx_n + r · zh_n, its tanh; n + u · (h[k-1] - n)
    "gru": f"product {LOGISTIC} multiply add tanh subtract multiply add",
    # σ of o, i and f together; tanh of g; f · c[k-1] + i · g; o · tanh(c)
    "lstm": f"product {LOGISTIC} tanh multiply multiply add tanh multiply",
    # i and f see c[k-1] and o sees c, so that σ is taken twice; the gates apart are views
    "lstm with peepholes": (
        f"product view view view {SEES} {SEES} view view {LOGISTIC} tanh multiply multiply add "
        f"{SEES} {LOGISTIC} tanh multiply"
    ),
}
BACK = {
    "elman": "multiply product",  # dz = dh · dh_dz; dh[k-1] = dz W
    "leaky": "multiply multiply product add",  # and (1 - α) dh besides
    # dz of u; of n; of r and zh_n together; dh · u
    "gru": "multiply multiply multiply multiply product add",
    # dz_o; dc + dh · dh_dc; dz of i, f and g; dc · f
    "lstm": "multiply multiply add multiply multiply product",
    "lstm with peepholes": (
        f"multiply multiply add {SEES} multiply multiply view {SEES} view {SEES} product"
    ),
}
SHORT, LONG = 10, 30


class Counted(np.ndarray):
    """An array that writes down what is computed with it, and so do its views."""

    calls: ClassVar[Counter] = Counter()

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        self.calls[" ".join((ufunc.__name__, method)).removesuffix(" __call__")] += 1
        return getattr(ufunc, method)(*uncounted(inputs), **uncounted(options))

    def __array_function__(self, function, types, inputs, options):
        self.calls[function.__name__] += 1
        return function(*uncounted(inputs), **uncounted(options))

    def __getitem__(self, index):
        self.calls["view"] += 1
        return super().__getitem__(index)


def counting_method(name):
    def method(array, *inputs, **options):
        array.calls[name] += 1
        return getattr(np.ndarray, name)(uncounted(array), *uncounted(inputs), **uncounted(options))

    return method


for name in {*dir(np.ndarray)} - {"__array_ufunc__", "__array_function__"}:
    if callable(getattr(np.ndarray, name)) and (name[0] != "_" or name == "__setitem__"):
        setattr(Counted, name, counting_method(name))


def uncounted(value):
    return each_array(value, np.ndarray)


def counted(value):
    return each_array(value, Counted)


def each_array(value, kind):
    """Return a value with every array in it seen as one of that kind."""
    if isinstance(value, dict):
        return {key: each_array(item, kind) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(each_array(item, kind) for item in value)
    return np.ndarray.view(value, kind) if isinstance(value, np.ndarray) else value


def gradient_of(cell, n_steps, readout="last"):
    """Return a call of loss_and_gradient whose buffers are made."""
    rng = np.random.default_rng(0)
    net = bptt.RNN(**{"cell": cell} | CELLS[cell], input_size=2, hidden_size=3, readout=readout)
    y = rng.standard_normal((4, n_steps) if readout == "every" else 4)
    batch, workspace = net.batch(rng.standard_normal((4, n_steps, 2)), y), bptt.Workspace()
    params = net.init(rng)

    def call():
        return net.loss_and_gradient(params, batch, workspace=workspace)[0]

    call()
    return call


def at_a_time_stamp(cell, monkeypatch, readout="last"):
    """Return what is called forwards and back at one time stamp, in all by name."""
    found = {}
    for n_steps in (SHORT, LONG):
        call = gradient_of(cell, n_steps, readout)
        plain = call()
        for name in ("advance", "go_back"):
            loop, calls = getattr(walk, name), found.setdefault((name, n_steps), Counter())

            def watched(*arguments, loop=loop, calls=calls):
                monkeypatch.setattr(Counted, "calls", calls)
                loop(*counted(arguments))

            monkeypatch.setattr(walk, name, watched)
        real = walk.product

        def product(*arrays, real=real):
            Counted.calls["product"] += 1
            real(*uncounted(arrays))

        monkeypatch.setattr(walk, "product", product)
        assert call() == plain  # counting computes the same
        monkeypatch.undo()
    return tuple(per_step(found[name, SHORT], found[name, LONG]) for name in ("advance", "go_back"))


def per_step(short, long):
    more = {name: long[name] - short[name] for name in short | long}
    assert all(count % (LONG - SHORT) == 0 for count in more.values())
    return Counter({name: count // (LONG - SHORT) for name, count in more.items() if count})


@pytest.mark.parametrize("cell", CELLS)
def test_no_more_than_the_mathematics_asks_for(cell, monkeypatch):
    forward, back = at_a_time_stamp(cell, monkeypatch)
    assert forward == Counter(FORWARD[cell].split())
    assert back == Counter(BACK[cell].split())
    forward, back = at_a_time_stamp(cell, monkeypatch, readout="every")
    assert forward == Counter(FORWARD[cell].split())
    assert back == Counter([*BACK[cell].split(), "add"])  # dh + what is read out at k


EXTRA = {
    "a ufunc": lambda z: np.add(z, 0.0, z),
    "an operator": lambda z: z + 0.0,
    "a copy": lambda z: z.copy(),
    "a function": lambda z: np.where(z > 0, z, z),
    "an entry": lambda z: z.__setitem__(0, z[0]),
}


@pytest.mark.parametrize("extra", EXTRA)
def test_one_call_more_is_counted(extra, monkeypatch):
    gate = bptt.Elman.gate

    def more(self, views, peephole):
        gate(self, views, peephole)
        EXTRA[extra](views[0])

    with pytest.MonkeyPatch.context() as planted:
        planted.setattr(bptt.Elman, "gate", more)
        forward, back = at_a_time_stamp("elman", monkeypatch)
    assert forward > Counter(FORWARD["elman"].split())
    assert back == Counter(BACK["elman"].split())


class NumPy:
    """Stands for NumPy in our modules, so that each use of a name of it is a call of Python."""

    def __getattr__(self, name):
        return getattr(np, name)


def outside_the_loops(cell, n_steps, monkeypatch):
    """Return how many functions are called while a gradient is computed, but for the loops."""
    call, inside = gradient_of(cell, n_steps), 0
    loops = {walk.advance.__code__, walk.go_back.__code__}
    count = 0

    def watch(frame, event, _):
        nonlocal inside, count
        if frame.f_code in loops and event in ("call", "return"):
            inside += 1 if event == "call" else -1
        elif not inside and event in ("call", "c_call"):
            count += 1

    for name in [name for name in sys.modules if name.split(".")[0] == "bptt"]:
        if getattr(sys.modules[name], "np", None) is np:
            monkeypatch.setattr(sys.modules[name], "np", NumPy())
    before = sys.getprofile()
    gc.collect()
    gc.disable()  # others' functions are told when it runs (hypothesis has one), at any moment
    sys.setprofile(watch)
    try:
        call()
    finally:
        sys.setprofile(before)
        gc.enable()
        monkeypatch.undo()
    assert count > 100
    return count


@pytest.mark.parametrize("cell", CELLS)
def test_outside_the_loops_nothing_is_done_for_each_time_stamp(cell, monkeypatch):
    assert outside_the_loops(cell, SHORT, monkeypatch) == outside_the_loops(cell, LONG, monkeypatch)


def test_what_is_done_for_each_time_stamp_is_counted(monkeypatch):
    def step_by_step(weights, buffers):
        for dz in buffers.rectangles[0].z:
            gradient.np.abs(dz)
        return gradient.gradient(weights, buffers)

    with pytest.MonkeyPatch.context() as planted:
        planted.setattr(backprop, "gradient", step_by_step)
        short, long = (outside_the_loops("elman", n, monkeypatch) for n in (SHORT, LONG))
    assert long - short >= LONG - SHORT
