"""Spot the difference: exactly the boxes are marked, and the sentence has the run's numbers."""

import json
import math
import re

import numpy as np
import pytest

import bptt
from bptt.derivation.chain_rule import Chain
from bptt.derivation.comparison import difference
from bptt.derivation.notation import View, write
from bptt.derivation.text import TEXT
from bptt.derivation.tree import Role
from bptt.errors import InputError


def compared(activation="logistic", steps=3, wx=0.2, wrec=1.5, **options):
    x, y = bptt.tasks.count_ones(4, steps, rng=2)
    net = bptt.RNN(activation=activation, bias=False, **{"readout": "state_in", **options})
    params = bptt.post_params(wx, wrec)
    if options.get("readout"):
        params = params._replace(readout=bptt.Linear(np.array([[0.7]])))
    return bptt.compare(net, params, x, y)


@pytest.mark.parametrize("weight", ["weight_ih", "weight_hh"])
@pytest.mark.parametrize("n_steps", [1, 2, 3, 8, 40])
def test_exactly_the_boxes_differ(weight, n_steps):
    one, other = Chain(n_steps, "tanh"), Chain(n_steps, "identity")
    for k in range(1, n_steps + 1):
        apart = difference(one.term(weight, k), other.term(weight, k))
        assert apart.only_without == ()
        assert {f.role for f in apart.only_with} <= {Role.SLOPE}
        assert [f.by.time_stamp for f in apart.only_with] == list(range(n_steps - 1, k - 1, -1))


def test_two_formulas_that_differ_otherwise_are_seen_to():
    chain = Chain(3, "tanh")
    apart = difference(chain.term("weight_ih", 2), chain.term("weight_hh", 2))
    assert [f.role for f in apart.only_with] == [Role.INPUT]
    assert [f.role for f in apart.only_without] == [Role.STATE]


def test_each_derivation_is_its_own_network_s():
    comparison = compared()
    d, plain = comparison.with_activation, comparison.without
    x = d.batch.x[:, :, 0].T
    net = bptt.RNN(activation="identity", readout="state_in", bias=False)
    _, grads = net.loss_and_gradient(bptt.post_params(0.2, 1.5), x, d.batch.y)
    assert [g.engine for g in plain.gradients] == [grads.Wx, grads.Wrec]
    formulas = [
        write(one.terms["weight_ih", 1].expression, TEXT, View.SYMBOLS) for one in (d, plain)
    ]
    boxes = re.compile(r"·\[d_log\(S\d\(In\)\)\]")
    assert boxes.sub("", formulas[0]) == formulas[1]
    text = comparison.text()
    assert all(formula in text for formula in formulas)
    assert "with log: 2 boxes" in text
    assert "with log: no box" in text


@pytest.mark.parametrize(("activation", "most"), [("logistic", 0.25), ("tanh", 1.0)])
@pytest.mark.parametrize("steps", [2, 3, 6])
def test_the_product_of_the_boxes(activation, most, steps):
    comparison = compared(activation, steps)
    z = comparison.with_activation.reading.run.tape.z[: steps - 1, :, 0]
    slopes = 1 - np.tanh(z) ** 2 if activation == "tanh" else 1 / (1 + np.exp(-z)) / (1 + np.exp(z))
    products = np.prod(slopes, axis=0)
    assert comparison.boxes == pytest.approx((products.min(), products.max()), rel=1e-12)
    said = comparison.sentence()
    assert f"multiply its gradient by {products.min():.3g} to {products.max():.3g}" in said
    assert f"each at most {most:g}" in said
    if steps > 2 and most < 1:
        assert f"never by more than {most ** (steps - 1):.3g}" in said


def test_what_time_stamp_1_carries():
    assert "carries Wrec;" in compared(steps=2).sentence()
    assert "carries Wrec^5;" in compared(steps=6).sentence()
    assert (
        compared(steps=1).sentence() == "With one time stamp there is no box: the two are the same."
    )
    assert "carries no Wrec; with it, one box" in compared(steps=1, readout="last").sentence()


def test_a_thousand_time_stamps():
    comparison = compared(steps=1000)
    assert "never by more than 10^-601" in comparison.sentence()
    assert math.floor(math.log10(0.25) * 999) == -602  # the bound is not below the truth
    assert len(comparison.text().splitlines()) < 170


def test_beside_each_other_where_there_is_room():
    wide, narrow = compared().text(width=140), compared().text(width=60)
    assert re.search(
        r"^  ∂ξ/∂Wx = .*x1 +∂ξ/∂Wx = 2/m·\(S3 - y\) · Wrec · Wrec · x1$", wide, re.MULTILINE
    )
    assert not re.search(r"∂ξ/∂Wx.*∂ξ/∂Wx", narrow)
    assert sorted("".join(wide.split())) == sorted("".join(narrow.split()))
    assert "class='beside'" in compared().html()


def test_relu_boxes_are_at_most_one():
    assert "each at most 1, which" in compared("relu").sentence()


def test_json():
    comparison = compared()
    found = json.loads(comparison.json())
    assert found["schema"] == "bptt.comparison/1"
    assert found["sentence"] == comparison.sentence()
    assert found["with_activation"] == json.loads(comparison.with_activation.json())
    assert found["without"] == json.loads(comparison.without.json())


def test_one_time_stamp():
    text = compared().text(time_stamp=2)
    assert text.count("Time stamp 2") == 1
    assert "Time stamp 3" not in text


@pytest.mark.parametrize(
    "net",
    [
        bptt.RNN(activation="identity", readout="state_in", bias=False),
        bptt.RNN(hidden_size=2, activation="tanh"),
    ],
)
def test_nothing_to_compare(net):
    x, y = bptt.tasks.post()
    with pytest.raises(InputError, match=r"compare: expected a network of one state with an act"):
        bptt.compare(net, net.init(rng=0), x, y)
