"""Trees as vectors: there and back, and the numbers of formulas written out array by array."""

import math
import sys
from functools import partial
from importlib.util import find_spec

import numpy as np
import pytest

import bptt
from bptt.errors import InputError, MissingExtraError
from bptt.optimizers import apply_step, compiled, vectors
from bptt.optimizers.vectors import entrywise, flat, unflat
from bptt.params import named_arrays

NETS = {
    "plain": bptt.RNN(hidden_size=3, input_size=2),
    "no bias": bptt.RNN(hidden_size=3, bias=False),
    "no read-out": bptt.RNN(hidden_size=2, readout="state_in"),
    "both ways": bptt.RNN("gru", 2, 3, n_layers=2, bidirectional=True),
    "peepholes": bptt.RNN("lstm", 2, 3, peephole=True),
    "trained start": bptt.RNN("lstm", 2, 3, n_layers=2, initial_state="trained"),
}


PLAIN = ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"]
COMPILED = ["adam compiled", "adamw compiled"] if find_spec("numba") else []


def random_tree(net, seed, dtype):
    rng = np.random.default_rng(seed)
    return bptt.map_params(lambda a: rng.standard_normal(a.shape).astype(dtype), net.init(rng=0))


def same(one, other):
    ours, theirs = list(named_arrays(one)), list(named_arrays(other))
    return [(n, a.dtype, a.tolist()) for n, a in ours] == [
        (n, a.dtype, a.tolist()) for n, a in theirs
    ]


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("name", NETS)
def test_there_and_back(name, dtype):
    tree = random_tree(NETS[name], 1, dtype)
    vector = flat(tree)
    assert vector.shape == (sum(a.size for _, a in named_arrays(tree)),)
    back = unflat(vector, like=tree)
    assert same(back, tree)
    assert type(back) is bptt.Params
    assert {*map(type, back.layers), *map(type, back.reverse)} == {bptt.Recurrent}
    assert same(unflat(flat(bptt.map_params(np.asfortranarray, tree)), like=tree), tree)


def one_by_one(name, g, w, memory, t, r):
    """Return the step of one array, by the formulas of the docstrings; change its memory."""
    if name == "sgd":
        return -r * g
    if name == "momentum":
        memory["v"] = 0.9 * memory.get("v", np.zeros_like(g)) + g
        return -r * memory["v"]
    if name == "nesterov":
        memory["v"] = 0.9 * memory.get("v", np.zeros_like(g)) + g
        return -r * (g + 0.9 * memory["v"])
    if name == "rmsprop":
        memory["s"] = 0.99 * memory.get("s", np.zeros_like(g)) + (1 - 0.99) * g * g
        return -r * g / (np.sqrt(memory["s"]) + 1e-8)
    memory["m"] = 0.9 * memory.get("m", np.zeros_like(g)) + (1 - 0.9) * g
    memory["s"] = 0.999 * memory.get("s", np.zeros_like(g)) + (1 - 0.999) * g * g
    second = 1 / math.sqrt(1 - 0.999**t)
    step = -r * (1 / (1 - 0.9**t)) * memory["m"] / (np.sqrt(memory["s"]) * second + 1e-8)
    return step - r * 0.3 * w if name == "adamw" else step


@pytest.mark.parametrize("block", [5, 2**15], ids=["in blocks", "as one"])
@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("of_each", [False, True], ids=["a number", "rates"])
@pytest.mark.parametrize("name", [*PLAIN, *COMPILED])
def test_each_array_has_the_bits_it_would_have_alone(monkeypatch, name, of_each, dtype, block):
    monkeypatch.setattr(vectors, "BLOCK", block)
    net = NETS["both ways"]
    params = random_tree(net, 2, dtype)
    rate = bptt.map_params(lambda w: abs(w) * w.dtype.type(0.1), params) if of_each else 0.01
    rates = {n: 0.01 for n, _ in named_arrays(params)} | (
        dict(named_arrays(rate)) if of_each else {}
    )
    name, *is_compiled = name.split(" ")
    options = {"engine": "jit"} if is_compiled else {}
    optimizer = {
        "adamw": partial(bptt.adam, weight_decay=0.3), **bptt.optimizers.BY_NAME,
    }[name](rate, **options)  # fmt: skip
    state, expected = optimizer.init(params), dict(named_arrays(params))
    memories = {n: {} for n in expected}
    for t in range(1, 5):
        grads = random_tree(net, 10 + t, dtype)
        before = [flat(params), flat(grads), *map(np.copy, state[1:])]
        step, after = optimizer.update(grads, state, params)
        moved = apply_step(params, step)
        kept = [flat(params), flat(grads), *state[1:]]
        assert all(map(np.array_equal, before, kept))
        params, state = moved, after
        for n, g in named_arrays(grads):
            w = expected[n]
            expected[n] = w + one_by_one(name, g, w, memories[n], t, rates[n])
            assert expected[n].dtype == dtype
    for n, array in named_arrays(params):
        assert array.dtype == dtype
        assert array.tobytes() == expected[n].tobytes(), n


def test_an_engine_has_a_name_and_must_be_there(monkeypatch):
    with pytest.raises(InputError, match="engine"):
        bptt.adam(engine="fast")
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(MissingExtraError, match=r"bptt\[jit\]"):
        bptt.adam(engine="jit")


@pytest.fixture
def compiled_calls(monkeypatch):
    """Return a list of the floats that compiled calls are made for."""
    seen, real = [], compiled._compiled
    monkeypatch.setattr(compiled, "_compiled", lambda *of: seen.append(of[1].name) or real(*of))
    return seen


def stacked(state):
    """Return a state of the same numbers, whose vectors are columns of one array."""
    both = np.stack(state[1:], axis=1)
    return state._replace(average=both[:, 0], average_square=both[:, 1])


@pytest.mark.skipif(not COMPILED, reason="needs Numba")
@pytest.mark.parametrize("block", [5, 2**15], ids=["in blocks", "as one"])
def test_what_is_compiled_and_what_is_left_to_numpy(monkeypatch, compiled_calls, block):
    monkeypatch.setattr(vectors, "BLOCK", block)
    params = random_tree(NETS["plain"], 1, "f8")
    single = bptt.map_params(lambda a: a.astype("f4"), params)
    mixed = params._replace(readout=single.readout)
    rates = bptt.map_params(lambda a: abs(a) * 0.1, params)
    for tree, rate, state_of, floats in (
        (params, 0.01, tuple, {"float64"}),
        (single, 0.01, tuple, {"float32"}),
        (params, rates, tuple, set()),  # a vector of rates
        (params, 0.01, stacked, set()),  # with gaps between entries
        (mixed, 0.01, tuple, {"float64"}),  # all becomes float64, in blocks but for its float32
    ):
        made = [bptt.adam(rate, engine=engine) for engine in ("numpy", "jit")]
        states = [optimizer.init(tree) for optimizer in made]
        for t in range(3):
            if state_of is stacked:
                states = [stacked(state) for state in states]
            grads = bptt.map_params(lambda a, t=t: (t + 1) * a * a, tree)
            found = [o.update(grads, s, tree) for o, s in zip(made, states, strict=True)]
            states = [state for _, state in found]
            assert same(*(step for step, _ in found))
            for one, other in zip(*(state[1:] for state in states), strict=True):
                assert one.tobytes() == other.tobytes()
        assert floats <= set(compiled_calls)
        if block > 5:  # a block of one entry has no gaps
            assert set(compiled_calls) == floats
        compiled_calls.clear()


@pytest.mark.skipif(not COMPILED, reason="needs Numba")
def test_a_training_has_the_same_bits_on_both_engines():
    x, y = bptt.tasks.count_ones(n_sequences=20, n_steps=6, rng=1)
    net = bptt.RNN(hidden_size=4)
    ends = [
        bptt.fit(net, x, y, optimizer=bptt.adam(0.01, engine=engine), epochs=20, rng=3).params
        for engine in ("numpy", "jit", "auto")
    ]
    assert same(ends[0], ends[1])
    assert same(ends[0], ends[2])


def test_rprop_in_blocks_is_rprop(monkeypatch):
    ends = []
    for block in (5, 2**15):
        monkeypatch.setattr(vectors, "BLOCK", block)
        optimizer, params = bptt.rprop(), random_tree(NETS["both ways"], 2, "f4")
        state = optimizer.init(params)
        for t in range(6):
            step, state = optimizer.update(random_tree(NETS["both ways"], t, "f4"), state, params)
            params = apply_step(params, step)
        ends.append(params)
    assert same(*ends)


@pytest.mark.parametrize("block", [5, 2**15])
def test_a_state_of_another_network_is_refused(monkeypatch, block):
    monkeypatch.setattr(vectors, "BLOCK", block)
    optimizer, params = bptt.adam(), random_tree(NETS["plain"], 0, "f8")
    other = optimizer.init(random_tree(NETS["both ways"], 0, "f8"))
    with pytest.raises(ValueError, match="entries of the gradient"):
        optimizer.update(params, other, params)


def test_averages_are_in_the_type_of_the_gradient():
    params, grads = (random_tree(NETS["plain"], 0, dtype) for dtype in ("f4", "f8"))
    _, state = bptt.adam().update(grads, bptt.adam().init(params), params)
    assert state.average.dtype == state.average_square.dtype == np.float64


def test_what_is_alone_in_a_formula():
    tree = bptt.post_params(3, 4)
    step, double = entrywise(lambda out, g, v: (g * v, v * 2), 2, tree, np.array([1.0, 10.0]))
    assert (step.Wx, step.Wrec) == (3.0, 40.0)
    assert double.tolist() == [2.0, 20.0]
