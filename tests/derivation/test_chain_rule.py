"""The formulas, letter by letter: what the post draws, and what other read-outs and losses add."""

import pytest

from bptt.derivation.chain_rule import MATRIX, Chain
from bptt.derivation.notation import View, write
from bptt.derivation.text import TEXT
from bptt.derivation.tree import Partial, Role, factors

# shared with the post: its three pictures for T = 3
POST = {
    ("weight_ih", 3): "2/m·(S3 - y) · x3",
    ("weight_hh", 3): "2/m·(S3 - y) · S2(Out)",
    ("weight_ih", 2): "2/m·(S3 - y) · Wrec·[d_log(S2(In))] · x2",
    ("weight_hh", 2): "2/m·(S3 - y) · Wrec·[d_log(S2(In))] · S1(Out)",
    ("weight_ih", 1): "2/m·(S3 - y) · Wrec·[d_log(S2(In))] · Wrec·[d_log(S1(In))] · x1",
    ("weight_hh", 1): "2/m·(S3 - y) · Wrec·[d_log(S2(In))] · Wrec·[d_log(S1(In))] · S0",
}


@pytest.mark.parametrize(("weight", "k"), POST)
def test_the_post(weight, k):
    chain = Chain(n_steps=3, activation="logistic")
    assert write(chain.term(weight, k), TEXT, View.SYMBOLS) == POST[weight, k]


@pytest.mark.parametrize(("weight", "k"), POST)
def test_without_activation_there_are_no_boxes(weight, k):
    """Time stamp k carries Wrec^(T-k)."""
    plain = POST[weight, k].replace("·[d_log(S2(In))]", "").replace("·[d_log(S1(In))]", "")
    plain = plain.replace("(Out)", "")
    chain = Chain(n_steps=3, activation="identity")
    assert write(chain.term(weight, k), TEXT, View.SYMBOLS) == plain


def test_in_partials():
    chain = Chain(n_steps=3, activation="tanh")
    assert write(chain.term("weight_hh", 1), TEXT, View.PARTIALS) == (
        "∂ξ/∂S3 · ∂S3/∂S2(Out) · [∂S2(Out)/∂S2(In)] · ∂S2(In)/∂S1(Out) · [∂S1(Out)/∂S1(In)]"
        " · ∂S1(In)/∂Wrec"
    )
    plain = Chain(n_steps=2, activation="identity")
    assert write(plain.term("weight_ih", 1), TEXT, View.PARTIALS) == "∂ξ/∂S2 · ∂S2/∂S1 · ∂S1/∂Wx"


@pytest.mark.parametrize("activation", ["logistic", "identity"])
@pytest.mark.parametrize("readout", ["state_in", "last"])
@pytest.mark.parametrize("n_steps", [1, 2, 7])
def test_each_partial_begins_where_the_one_before_ends(activation, readout, n_steps):
    chain = Chain(n_steps, activation, readout)
    for k in range(1, n_steps + 1):
        found = factors(chain.term("weight_hh", k))
        assert all(isinstance(factor, Partial) for factor in found)
        assert [f.of for f in found[1:]] == [f.by for f in found[:-1]]
        assert (found[0].of.name, found[-1].by.name) == ("ξ", "Wrec")
        weights = sum(f.role is Role.WEIGHT for f in found)
        boxes = sum(f.role is Role.SLOPE for f in found)
        assert weights == n_steps - k
        if activation == "identity":
            assert boxes == 0
        else:
            assert boxes == n_steps - k + (readout == "last")


OTHERS = [
    ({"readout": "last"}, ("weight_ih", 2), "2/m·(ŷ - y) · Wout·[d_log(S2(In))] · x2"),
    (
        {"readout": "last"},
        ("weight_hh", 1),
        "2/m·(ŷ - y) · Wout·[d_log(S2(In))] · Wrec·[d_log(S1(In))] · S0",
    ),
    ({"readout": "last"}, ("readout.weight", 2), "2/m·(ŷ - y) · S2(Out)"),
    ({"readout": "last"}, ("readout.bias", 2), "2/m·(ŷ - y) · 1"),
    ({"readout": "every"}, ("bias_ih", 2), "2/m·(ŷ2 - y2) · Wout·[d_log(S2(In))] · 1"),
    (
        {"readout": "every"},
        ("weight_ih", 1),
        "(∂ξ/∂S2(In)·Wrec + 2/m·(ŷ1 - y1)·Wout) · [d_log(S1(In))] · x1",
    ),
    ({"loss": "binary_cross_entropy"}, ("weight_ih", 2), "1/m·(log(S2) - y) · x2"),
    ({"loss": "categorical_cross_entropy"}, ("weight_ih", 2), "1/m·(softmax(S2) - y) · x2"),
    ({"loss": "my own"}, ("weight_ih", 2), "∂ξ/∂ŷ · x2"),
    ({"masked": True}, ("weight_ih", 2), "2/m·c·(S2 - y) · x2"),
    ({"names": MATRIX}, ("weight_hh", 2), "2/m·(S2 - y) · S1(Out)"),
    ({"names": MATRIX, "readout": "last"}, ("weight_ih", 1),
     "2/m·(ŷ - y) · W_out·[d_log(S2(In))] · W_hh·[d_log(S1(In))] · x1"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "term", "formula"), OTHERS)
def test_other_networks(options, term, formula):
    chain = Chain(n_steps=2, activation="logistic", **options)
    assert write(chain.term(*term), TEXT, View.SYMBOLS) == formula


def test_where_a_weight_is_used():
    assert list(Chain(3, "tanh").time_stamps("weight_ih")) == [3, 2, 1]
    assert list(Chain(3, "tanh", "last").time_stamps("readout.bias")) == [3]
    assert list(Chain(3, "tanh", "every").time_stamps("readout.weight")) == [3, 2, 1]
