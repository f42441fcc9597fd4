"""Trees as vectors: there and back, and the numbers of formulas written out array by array."""

import math
import sys
from functools import partial

import numpy as np
import pytest

import bptt
from bptt import optimizers
from bptt.errors import InputError, MissingExtraError
from bptt.optimizers import apply_step, compiled, move, vectors
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
@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"])
def test_each_array_has_the_bits_it_would_have_alone(monkeypatch, name, of_each, dtype, block):
    monkeypatch.setattr(vectors, "BLOCK", block)
    net = NETS["both ways"]
    params = random_tree(net, 2, dtype)
    rate = bptt.map_params(lambda w: abs(w) * w.dtype.type(0.1), params) if of_each else 0.01
    rates = {n: 0.01 for n, _ in named_arrays(params)} | (
        dict(named_arrays(rate)) if of_each else {}
    )
    optimizer = {
        "adamw": partial(bptt.adam, weight_decay=0.3), **bptt.optimizers.BY_NAME,
    }[name](rate)  # fmt: skip
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
def calls(monkeypatch):
    """Return a list to which each compiled move adds the name of its float."""
    pytest.importorskip("numba")
    seen, real = [], compiled._compiled

    def counted(formula, dtype, *kinds):
        call = real(formula, dtype, *kinds)
        return lambda *given: seen.append(dtype.name) or call(*given)

    monkeypatch.setattr(compiled, "_compiled", counted)
    return seen


def assert_same_moves(trees, rate=0.01, change=lambda state: state, **options):
    """Both engines come to the same bits, moving by three gradients."""
    ends = []
    for engine in ("numpy", "jit"):
        optimizer, params = bptt.adam(rate, engine=engine, **options), trees[0]
        state = optimizer.init(params)
        for grads in trees[1:]:
            before = [flat(params), flat(grads), *map(np.copy, state[1:])]
            moved, after = move(optimizer, grads, change(state), params)
            assert all(map(np.array_equal, before, [flat(params), flat(grads), *state[1:]]))
            params, state = moved, after
        ends.append((params, state))
    (one, its), (other, others) = ends
    assert same(one, other)
    assert its.updates == others.updates == len(trees) - 1
    assert [v.tobytes() for v in its[1:]] == [v.tobytes() for v in others[1:]]
    assert type(other) is bptt.Params


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("name", NETS)
def test_a_compiled_move_has_the_same_bits(calls, name, dtype):
    assert_same_moves([random_tree(NETS[name], seed, dtype) for seed in range(4)])
    assert calls == [np.dtype(dtype).name] * 3


def columns_of_one(state):
    """Return the same numbers, with gaps between the entries of a vector."""
    both = np.stack(state[1:], axis=1)
    return state._replace(average=both[:, 0], average_square=both[:, 1])


def test_what_is_left_to_numpy(calls, monkeypatch):
    trees = [random_tree(NETS["plain"], seed, "f8") for seed in range(4)]
    single = [bptt.map_params(lambda a: a.astype("f4"), tree) for tree in trees]
    mixed = [t._replace(readout=s.readout) for t, s in zip(trees, single, strict=True)]
    turned = [bptt.map_params(np.asfortranarray, tree) for tree in trees]
    assert_same_moves(trees, bptt.map_params(lambda a: abs(a) * 0.1, trees[0]))
    assert_same_moves(trees, weight_decay=0.1)
    assert_same_moves(trees, change=columns_of_one)
    assert_same_moves(mixed)
    assert_same_moves([trees[0], *single[1:]])
    assert_same_moves(turned)
    monkeypatch.setattr(compiled, "BLOCK", flat(trees[0]).size - 1)
    assert_same_moves(trees)
    assert not calls
    monkeypatch.setattr(compiled, "BLOCK", flat(trees[0]).size)
    assert_same_moves(trees)
    assert len(calls) == 3


def test_who_moves_is_an_optimiser():
    tree = random_tree(NETS["plain"], 0, "f8")
    with pytest.raises(InputError, match="an optimiser, got 'adam'"):
        move("adam", tree, None, tree)


def test_wrong_trees_are_wrong_on_both_engines(calls):
    tree, other = (random_tree(NETS[name], 0, "f8") for name in ("plain", "both ways"))
    for engine in ("numpy", "jit"):
        optimizer = bptt.adam(engine=engine)
        with pytest.raises(ValueError, match="entries of the gradient"):
            move(optimizer, tree, optimizer.init(other), tree)
        with pytest.raises(ValueError):
            move(optimizer, tree, optimizer.init(tree), other)
    assert not calls


def test_behind_clipping_it_is_compiled_too(calls):
    trees = [random_tree(NETS["plain"], seed, "f8") for seed in range(3)]
    ends = []
    for engine in ("numpy", "jit"):
        optimizer = bptt.chain(bptt.clip_by_norm(0.5), bptt.adam(0.01, engine=engine))
        params, state = trees[0], optimizer.init(trees[0])
        for grads in trees[1:]:
            params, state = move(optimizer, grads, state, params)
        ends.append((params, optimizers.times_clipped(state)))
    assert same(ends[0][0], ends[1][0])
    assert ends[0][1] == ends[1][1] == 2
    assert len(calls) == 2


def test_a_training_has_the_same_bits_on_both_engines(calls):
    x, y = bptt.tasks.count_ones(n_sequences=20, n_steps=6, rng=1)
    net = bptt.RNN(hidden_size=4)
    ends = [
        bptt.fit(net, x, y, optimizer=bptt.adam(0.01, engine=engine), epochs=20, rng=3).params
        for engine in ("numpy", "jit", "auto")
    ]
    assert same(ends[0], ends[1])
    assert same(ends[0], ends[2])
    assert len(calls) == 40


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
