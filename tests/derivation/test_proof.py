"""Proofs: what is right is proved; what is planted is refuted, with a point that shows it."""

import sys
from dataclasses import dataclass, replace
from fractions import Fraction

import mpmath
import pytest

import bptt
from bptt.derivation import digits, symbolic
from bptt.derivation.chain_rule import POST, Chain
from bptt.derivation.proof import MPMATH, SYMPY
from bptt.derivation.tree import Negative, Number, Partial, Product, Quotient, Role, Symbol, factors
from bptt.derivation.unrolled import unroll
from bptt.errors import InputError, MissingExtraError, UnknownNameError
from bptt.scalar import loss_and_gradient

ALL = bptt.prove()


def test_the_table_is_complete():
    proved = {(p.weight, p.n_steps, p.activation) for p in ALL.proofs if p.how == SYMPY}
    assert proved == {
        (weight, n_steps, activation)
        for weight in POST
        for n_steps in (1, 2, 3, 4)
        for activation in ("logistic", "tanh", "identity", "f")
    }
    beyond = {(p.weight, p.n_steps, p.activation) for p in ALL.proofs if p.how == MPMATH}
    assert beyond == {
        (w, n, a) for w in POST for n in (8, 20) for a in ("logistic", "tanh", "identity")
    }
    assert ALL.ok
    assert all(p.proved and p.seconds > 0 and p.differs is None for p in ALL.proofs)


def test_the_text():
    text = ALL.text()
    assert text.count("proved  proved") == 16
    assert text.count("agrees  agrees") == 6
    assert text.endswith("34 of 34 proved, 12 of 12 agree to 50 digits.\n")
    assert "NOT" not in text


# Planted mistakes: each changes the product of one term.


@dataclass(frozen=True)
class Wrong(Chain):
    """A chain whose terms of time stamp 1 went wrong."""

    how: str = ""

    def term(self, weight, k):
        right = super().term(weight, k)
        if k != 1:
            return right
        chain = list(factors(right))
        at = next((i for i, f in enumerate(chain) if f.role is Role.SLOPE), None)
        weight_at = next((i for i, f in enumerate(chain) if f.role is Role.WEIGHT), None)
        last = chain[-1]
        if self.how == "no box" and at is not None:
            del chain[at]
        elif self.how == "a Wrec too few" and weight_at is not None:
            del chain[weight_at]
        elif self.how == "a Wrec too many":
            chain.insert(1, Partial(last.of, last.by, Symbol("Wrec"), Role.WEIGHT))
        elif self.how == "index" and self.n_steps > 1:
            chain[-1] = replace(last, value=replace(last.value, time_stamp=2 - (weight != POST[0])))
        elif self.how == "sign":
            chain.insert(0, Partial(last.of, last.by, Negative(Number(1)), Role.ONE))
        elif self.how == "box at State(Out)" and at is not None:
            box = chain[at]
            chain[at] = replace(box, value=replace(box.value, of=box.of))
        else:
            return right
        return Product(tuple(chain))


def all_of(term, n_steps, activation):
    """Return a chain whose terms are made by ``term(right, chain, weight, k)``."""

    class Planted(Chain):
        def term(self, weight, k):
            return term(super().term(weight, k), self, weight, k)

    return Planted(n_steps, activation)


def swapped(right, chain, weight, k):
    """Terms of two time stamps change places: the sum is right."""
    other = {1: 2, 2: 1}.get(k, k) if chain.n_steps > 1 else k
    return Chain.term(chain, weight, other)


def relabelled(right, chain, weight, k):
    *before, last = factors(right)
    return Product((*before, replace(last, by=Symbol("Wrec" if weight == POST[0] else "Wx"))))


def of_another_state(right, chain, weight, k):
    first, *others = factors(right)
    return Product((replace(first, by=Symbol("S_in", 7)), *others))


def boxed(right, chain, weight, k):
    *before, last = factors(right)
    return Product((*before, replace(last, role=Role.SLOPE)))


def unboxed(right, chain, weight, k):
    plain = [replace(f, role=Role.WEIGHT) if f.role is Role.SLOPE else f for f in factors(right)]
    return Product(tuple(plain))


def traded(right, chain, weight, k):
    """A factor is twice what it should be, the next one half."""
    first, second, *others = factors(right)
    two = Quotient(Number(2), Number(1))
    return Product(
        (
            replace(first, value=Product((first.value, two))),
            replace(second, value=Quotient(second.value, two)),
            *others,
        )
    )


def cached(right, chain, weight, k):
    """A link that looks like another, and is not."""
    if k != 1:
        return right
    head, link = right.factors
    wrong = replace(head, value=Product((Number(99), *factors(head)[1:])))
    return Product((wrong, link))


@pytest.mark.parametrize("activation", ["logistic", "f"])
@pytest.mark.parametrize(
    "term", [swapped, relabelled, of_another_state, boxed, unboxed, traded, cached]
)
def test_what_looks_right_in_value_or_in_form_alone_is_not_proved(term, activation):
    found = bptt.prove(activation, 3, [], make_chain=lambda n, name: all_of(term, n, name))
    wrong = [p for p in found.proofs if p.weight and not p.proved]
    assert {p.weight for p in wrong} == set(POST)
    assert {p.n_steps for p in wrong} >= {2, 3}


def test_a_time_stamp_that_is_left_out():
    class Short(Chain):
        def time_stamps(self, weight):
            return super().time_stamps(weight)[:-1]

    found = bptt.prove("tanh", 2, [], make_chain=Short)
    assert not any(p.proved for p in found.proofs if p.weight)


def test_digits_look_at_each_time_stamp():
    def doubled(right, chain, weight, k):
        return right if k != 4 else Product((*right.factors, Quotient(Number(2), Number(2))))

    assert bptt.prove("tanh", 0, [5], make_chain=lambda n, a: all_of(doubled, n, a)).ok
    assert not bptt.prove("tanh", 0, [5], make_chain=lambda n, a: all_of(swapped, n, a)).ok


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_what_is_not_finite_is_no_agreement(monkeypatch, value):
    monkeypatch.setattr(digits, "evaluate", lambda *_: mpmath.mpf(value))
    assert not any(p.proved for p in bptt.prove("tanh", 0, [5]).proofs if p.weight)


def test_another_chain_is_not_proved_in_the_place_of_the_one_asked_for():
    for wrong in (lambda n, a: Chain(n, "identity"), lambda n, a: Chain(1, a)):
        with pytest.raises(
            InputError, match="make_chain to return the post's chain of 2 time stamps"
        ):
            bptt.prove("logistic", 0, [2], make_chain=wrong)


@pytest.mark.parametrize("options", [{"readout": "last"}, {"masked": True}, {"loss": "own"}])
def test_another_network_is_refused(options):
    with pytest.raises(InputError, match="the post's chain of 1 time stamps, tanh, got"):
        bptt.prove("tanh", 1, [], make_chain=lambda n, a: Chain(n, a, **options))


def test_names_that_are_swapped():
    names = {"weight_ih": "Wrec", "weight_hh": "Wx"}
    found = bptt.prove("logistic", 1, [], make_chain=lambda n, a: Chain(n, a, names=names))
    assert not any(p.proved for p in found.proofs if p.weight)


@pytest.mark.parametrize(
    ("real", "planted_role"),
    [(Role.ERROR, Role.ONE), (Role.WEIGHT, Role.STATE), (Role.INPUT, Role.STATE)],
)
def test_a_wrong_role(real, planted_role):
    def wrong(right, chain, weight, k):
        found = factors(right)
        return Product(tuple(replace(f, role=planted_role) if f.role is real else f for f in found))

    found = bptt.prove("tanh", 2, [], make_chain=lambda n, a: all_of(wrong, n, a))
    assert not found.ok


def test_digits_miss_no_time_stamp():
    class Short(Chain):
        def time_stamps(self, weight):
            return super().time_stamps(weight)[:-1]

    found = bptt.prove("tanh", 0, [6], make_chain=Short)
    assert not any(p.proved for p in found.proofs if p.weight)


def test_nothing_is_no_proof():
    with pytest.raises(InputError, match="something to prove, got nothing"):
        bptt.prove("f", 0, [50])


MISTAKES = ["no box", "a Wrec too few", "a Wrec too many", "index", "sign", "box at State(Out)"]


def planted(how):
    return lambda n_steps, activation: Wrong(n_steps, activation, how=how)


@pytest.mark.parametrize("activation", ["logistic", "tanh", "f"])
@pytest.mark.parametrize("how", MISTAKES)
def test_a_planted_mistake_is_refuted(how, activation):
    found = bptt.prove([activation], 3, [5] if activation != "f" else [], make_chain=planted(how))
    assert not found.ok
    wrong = [p for p in found.proofs if not p.proved]
    assert {p.n_steps for p in wrong} >= {2, 3}
    for proof in wrong:
        assert proof.differs.time_stamp == 1
        assert proof.differs.ours != proof.differs.theirs
        assert {"Wx", "Wrec", "x1", "y", "m", "S0"} <= set(proof.differs.at)
    text = found.text()
    assert "NOT " in text
    assert (
        f"Refuted: {activation}, T = {wrong[0].n_steps}: {wrong[0].weight}, time stamp 1:" in text
    )


def test_without_the_box_the_identity_is_still_right():
    """There is no box to be forgotten."""
    assert bptt.prove(["identity"], 3, [], make_chain=planted("no box")).ok


def test_the_point_shows_the_difference():
    """Both numbers are recomputed at the point, by `bptt.scalar` and by hand."""
    found = bptt.prove(["tanh"], 0, [2], make_chain=planted("no box"))
    differs = next(p.differs for p in found.proofs if p.weight == "weight_ih")
    at = {symbol: mpmath.mpf(value) for symbol, value in differs.at.items()}
    functions = (mpmath.tanh, lambda a: 1 / mpmath.cosh(a) ** 2)
    # State_0 is not zero: give it as an input before the first, through wx = 1
    z1 = at["S0"] * at["Wrec"] + at["x1"] * at["Wx"]
    s2 = mpmath.tanh(z1) * at["Wrec"] + at["x2"] * at["Wx"]
    error = 2 / at["m"] * (s2 - at["y"]) * at["Wrec"]
    assert float(differs.ours) == pytest.approx(float(error * at["x1"]), rel=1e-4)
    right = error * functions[1](z1) * at["x1"]
    assert float(differs.theirs) == pytest.approx(float(right), rel=1e-4)


def test_the_unrolled_cost_is_the_post_s():
    """Against `bptt.scalar`, which has floats in it."""
    x = [[Fraction(1, 2), Fraction(2, 3), Fraction(-1, 5)]]
    wx, wrec, y = Fraction(3, 7), Fraction(-5, 4), Fraction(2)

    def square(a):
        return a * a

    made = unroll(x[0], y, 1, 0, [wx] * 3, [wrec] * 3, square)
    wanted, _ = loss_and_gradient(x, [y], wx, wrec, (square, lambda a: 2 * a))
    assert float(made.cost) == pytest.approx(wanted, rel=1e-15)


def test_a_derivative_of_an_activation_that_is_not(monkeypatch):
    for name in ("logistic", "tanh", "identity", "f"):
        assert symbolic.slope_is_derivative(name)
    right = symbolic.functions
    for name in ("logistic", "tanh"):
        monkeypatch.setattr(symbolic, "functions", lambda n: (right(n)[0], right(n)[0]))
        assert not symbolic.slope_is_derivative(name)


def test_fifty_digits_are_fifty(monkeypatch):
    """A relative error of 1e-48 is found, one of 1e-52 is not."""

    @dataclass(frozen=True)
    class Off(Chain):
        def term(self, weight, k):
            right = super().term(weight, k)
            off = Partial(Symbol("S", k), Symbol("S", k), Symbol("off"), Role.ONE)
            return Product((*factors(right), off))

    for power, found in ((-48, True), (-52, False)):
        with mpmath.workdps(digits.WORKING):
            off = 1 + mpmath.mpf(10) ** power

        def with_off(*arguments, off=off):
            made = unroll(*arguments)
            made.values[Symbol("off")] = off
            return made

        monkeypatch.setattr(digits, "unroll", with_off)
        assert (digits.first_difference(Off(5, "tanh"), "weight_ih") is not None) == found


@pytest.mark.parametrize("package", ["sympy", "mpmath"])
def test_without_the_extra(monkeypatch, package):
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'bptt\[learn\]'"):
        bptt.prove()


@pytest.mark.parametrize(
    "arguments", [{"most_steps": 5}, {"most_steps": -1}, {"beyond": [0]}, {"beyond": [2.5]}]
)
def test_bad_arguments(arguments):
    with pytest.raises(InputError, match="prove: expected"):
        bptt.prove(**arguments)


def test_an_unknown_activation():
    with pytest.raises(UnknownNameError, match="'logistic', 'tanh', 'identity' or 'f'"):
        bptt.prove(["relu"])
