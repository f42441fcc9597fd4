"""The tree: evaluated with any kind of number, taken apart into factors."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from bptt.derivation.tree import (
    Call,
    Negative,
    Number,
    Partial,
    Point,
    Power,
    Product,
    Quotient,
    Role,
    Slope,
    Sum,
    Symbol,
    evaluate,
    factors,
    symbols,
)

X, Y, A = Symbol("x", 1), Symbol("y"), Symbol("a")
FUNCTIONS = {"cube": (lambda a: a**3, lambda a: 3 * a**2)}
TREES = [
    (Number(3), lambda x, y: 3),
    (X, lambda x, y: x),
    (Sum((X, Y, Negative(Number(2)))), lambda x, y: x + y - 2),
    (Product((X, Y, X)), lambda x, y: x * y * x),
    (Quotient(Sum((X, Y)), Power(Y, 2)), lambda x, y: (x + y) / y**2),
    (Power(Sum((X, Y)), 3), lambda x, y: (x + y) ** 3),
    (Negative(Product((X, Y))), lambda x, y: -(x * y)),
    (Call("cube", Sum((X, Y))), lambda x, y: (x + y) ** 3),
    (Slope("cube", Sum((X, Y))), lambda x, y: 3 * (x + y) ** 2),
    (Partial(A, X, Product((X, Y)), Role.WEIGHT), lambda x, y: x * y),
]


@pytest.mark.parametrize(("tree", "wanted"), TREES)
@pytest.mark.parametrize("numbers", [(2, 5), (Fraction(2, 3), Fraction(-5, 7)), (0.5j, 2.0)])
def test_evaluate_with_any_number(tree, wanted, numbers):
    x, y = numbers
    assert evaluate(tree, Point({X: x, Y: y}.__getitem__, FUNCTIONS)) == wanted(x, y)


def test_evaluate_with_arrays():
    x, y = np.array([1.0, 2.0]), np.array([3.0, -1.0])
    found = evaluate(Product((X, Sum((X, Y)))), Point({X: x, Y: y}.__getitem__, FUNCTIONS))
    assert found.tolist() == [4.0, 2.0]


def test_a_tree_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        X.name = "z"
    assert Symbol("x", 1) == X
    assert Product((X, Y)) == Product((Symbol("x", 1), Y))


def chain(n):
    """Return ∂ξ/∂a0 as a chain of n links, each a 2."""
    cost = Symbol("ξ")
    error = Partial(cost, Symbol("a", n), Number(7), Role.ERROR)
    for k in range(n - 1, -1, -1):
        link = Partial(Symbol("a", k + 1), Symbol("a", k), Number(2), Role.WEIGHT)
        error = Partial(cost, Symbol("a", k), Product((error, link)), Role.CHAIN)
    return error


@pytest.mark.parametrize("n", [1, 2, 5])
def test_factors_of_a_chain(n):
    found = factors(chain(n))
    assert [f.role for f in found] == [Role.ERROR] + [Role.WEIGHT] * n
    assert [f.by.time_stamp for f in found] == list(range(n, -1, -1))
    assert evaluate(chain(n), Point({}.__getitem__, {})) == 7 * 2**n


def test_a_chain_of_thousands():
    """Taken apart without recursion; evaluated link by link as `Derivation` does."""
    assert len(factors(chain(5000))) == 5001


def test_a_derivative_that_was_evaluated_is_known():
    error = chain(3)
    assert evaluate(error, Point({}.__getitem__, {}, known={error: 42})) == 42
    alike = chain(3)
    assert evaluate(alike, Point({}.__getitem__, {}, known={error: 42})) == 7 * 2**3


def test_symbols():
    assert list(symbols(Sum((X, Quotient(Y, Power(A, 2)), Slope("f", Negative(X)))))) == [
        X,
        Y,
        A,
        X,
    ]
    assert list(symbols(Number(1))) == []
    assert list(symbols(Product((Call("f", X), Partial(A, X, Y, Role.INPUT))))) == [X, Y]
