"""The derivation in plain numbers beside that of the engine: every tree, sequence by sequence."""

import math
import warnings

import numpy as np
import pytest

import bptt
from bptt.derivation.chain_rule import COST, INPUT, TARGET, M
from bptt.derivation.from_floats import FromFloats
from bptt.derivation.tree import Call, Product, Role, Slope, Sum, Symbol, factors
from sweeping import sweep

WEIGHTS = ("weight_ih", "weight_hh")
ALLOWED = 1e-12


def pair(x, y, wx, wrec, activation):
    net = bptt.RNN(activation=activation, readout="state_in", bias=False)
    engine = bptt.explain(net, bptt.post_params(wx, wrec), x, y)
    return FromFloats(x, y, wx, wrec, activation), engine


def draw(seed):
    rng = np.random.default_rng(seed)
    n, n_steps = int(rng.integers(1, 21)), int(rng.integers(1, 13))
    x = rng.integers(0, 2, (n, n_steps)).tolist()
    y = [sum(row) for row in x] if rng.integers(2) else rng.uniform(-3, 5, n).tolist()
    wx, wrec = rng.uniform(-2, 2, 2).tolist()
    return pair(x, y, wx, wrec, str(rng.choice(["logistic", "tanh", "identity"])))


def agree(ours, theirs, scale=0.0):
    """Assert the same numbers; a scale is that of what was summed."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert np.isfinite(theirs).all()
    scale = max(scale, np.abs(theirs).max())
    assert np.abs(ours - theirs).max() <= ALLOWED * scale


def trees(chain):
    """Return what is asked of a chain, by what it is compared within."""
    T = chain.n_steps
    stamps = range(1, T + 1)
    terms = {w: [chain.term(w, k) for k in stamps] for w in WEIGHTS}
    links = [*factors(terms["weight_ih"][0])]  # the whole chain
    links += [term.factors[-1] for of_one in terms.values() for term in of_one]
    states = [*map(chain.state_in, stamps), *map(chain.state_out, range(T + 1))]
    forward = [
        Sum((Product((chain.state_out(k - 1), chain.weight("weight_hh"))), Symbol(INPUT, k)))
        for k in stamps
    ]
    return {
        "states": [*states, *forward, Symbol(TARGET), M],
        "slopes": [f for f in links if f.role is Role.SLOPE] or [M],
        "inputs": [Symbol(INPUT, k) for k in stamps],
        "errors": [*chain.errors.values(), *(f for f in links if f.role is Role.ERROR)],
        "others": [f for f in links if f.role not in (Role.SLOPE, Role.ERROR)],
        "calls": [Call(chain.activation, chain.state_in(k)) for k in stamps],
        "derivatives": [Slope(chain.activation, chain.state_in(k)) for k in stamps],
    } | terms


@pytest.mark.parametrize("seed", sweep(range(200), every=4))
def test_every_number(seed):
    ours, engine = draw(seed)
    assert ours.chain.n_steps == engine.chain.n_steps
    mine, theirs = trees(ours.chain), trees(engine.chain)
    for kind, found in mine.items():
        agree(
            [ours.numbers(tree) for tree in found],
            [engine.numbers(tree) for tree in theirs[kind]],
        )
    sums_agree(ours, engine)
    n = len(engine.numbers(engine.chain.weight("weight_ih")))
    one = ours.chain.errors[1]
    assert [ours.number(one, i) for i in range(n)] == ours.numbers(one)
    one = engine.chain.errors[1]
    assert [engine.number(one, i) for i in range(n)] == engine.numbers(one)


def sums_agree(ours, engine):
    run = engine.reading.run
    agree(ours.loss, run.loss)
    agree(ours.numbers(COST), engine.numbers(COST))
    grads = run.grads.layers[0]
    for weight in WEIGHTS:
        stamps = ours.chain.time_stamps(weight)
        parts = np.abs([engine.terms[weight, k].by_sequence for k in stamps]).sum()
        for k in stamps:
            agree(ours.share(weight, k), engine.terms[weight, k].value, parts)
            assert engine.share(weight, k) == engine.terms[weight, k].value
        agree(ours.gradient(weight), getattr(grads, weight).item(), parts)
        agree(engine.gradient(weight), getattr(grads, weight).item(), parts)


def test_each_sequence_has_its_own_target_and_input():
    ours = FromFloats([[0, 1], [1, 0]], [5, 7], wx=0.5, wrec=2.0, activation="identity")
    assert ours.numbers(Symbol(TARGET)) == [5, 7]
    assert ours.numbers(Symbol(INPUT, 1)) == [0, 1]
    assert ours.numbers(Symbol(INPUT, 2)) == [1, 0]
    assert ours.numbers(ours.chain.state_in(2)) == [0.5, 1.0]
    assert ours.numbers(ours.chain.state_out(0)) == [0, 0]
    assert ours.numbers(M) == [2, 2]
    assert ours.number(ours.chain.weight("weight_hh"), 1) == 2.0
    assert ours.numbers(ours.chain.errors[2]) == [0.5 - 5, 1.0 - 7]
    assert ours.share("weight_ih", 1) == (1.0 - 7) * 2.0


def test_there_is_no_activation_behind_the_last_state():
    ours = FromFloats([[1]], [0], wx=3.0, wrec=2.0, activation="tanh")
    assert ours.numbers(ours.chain.state_out(1)) == [3.0]
    assert ours.loss == 9.0


@pytest.mark.parametrize("signs", [(1, 1), (-1, 1), (1, -1)])
@pytest.mark.parametrize("size", [1000.0, 250.0])
@pytest.mark.parametrize("activation", ["logistic", "tanh", "identity"])
def test_what_overflows_does_so_in_both(activation, size, signs):
    """No exception, no warning, and a number is finite in both or in neither."""
    x = [[1] + [0] * 63, [1, 0] * 32, [0] * 64]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours, engine = pair(x, [1, 32, 0], signs[0] * size, signs[1] * size, activation)
        overflow = False
        for kind, found in trees(ours.chain).items():
            for mine, theirs in zip(found, trees(engine.chain)[kind], strict=True):
                a, b = np.array(ours.numbers(mine)), np.array(engine.numbers(theirs))
                assert (np.isfinite(a) == np.isfinite(b)).all(), kind
                finite = np.isfinite(a)
                assert a[finite] == pytest.approx(b[finite], rel=1e-12, abs=0)
                overflow |= not finite.all()
        for weight in WEIGHTS:
            gradients = ours.gradient(weight), engine.gradient(weight)
            assert len({math.isfinite(g) for g in gradients}) == 1
        assert math.isfinite(ours.loss) == math.isfinite(engine.reading.run.loss)
    assert overflow == (activation == "identity" and size == 1000)


def test_sequences_of_no_target_are_refused():
    with pytest.raises(ValueError, match="zip"):
        FromFloats([[0, 1], [1, 1]], [1], wx=1.0, wrec=1.0)
