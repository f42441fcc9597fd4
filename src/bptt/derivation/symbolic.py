"""Proof by SymPy, which writes out the cost with symbols and differentiates it itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bptt._extras import need
from bptt.derivation.chain_rule import COST, INPUT, POST, SCALAR, STATE_OUT, TARGET, Chain, M
from bptt.derivation.text import name
from bptt.derivation.tree import Function, Partial, Role, Symbol, evaluate, factors
from bptt.derivation.unrolled import point, unroll

if TYPE_CHECKING:
    from sympy import Expr


def need_sympy() -> Any:
    """Return SymPy, or say which extra it comes with."""
    return need("prove", "SymPy", "learn", "sympy")


def functions(activation: str) -> tuple[Function, Function]:
    """Return an activation and its derivative for SymPy's numbers; ``"f"`` is left unknown."""
    sympy = need_sympy()
    if activation == "f":
        f, a = sympy.Function("f"), sympy.Symbol("a")
        return f, lambda z: sympy.Subs(sympy.Derivative(f(a), a), a, z)
    if activation == "logistic":
        return _logistic, lambda z: _logistic(z) * (1 - _logistic(z))
    if activation == "tanh":
        return sympy.tanh, lambda z: 1 - sympy.tanh(z) ** 2
    return (lambda z: z), (lambda z: sympy.Integer(1))


def _logistic(z: Any) -> Any:
    return 1 / (1 + need_sympy().exp(-z))


def slope_is_derivative(activation: str) -> bool:
    """Whether the derivative as we write it, and in the form of `bptt.activations`, is SymPy's own.

    That the engine computes this form right is for the tests to show: SymPy cannot read NumPy.
    """
    sympy = need_sympy()
    f, df = functions(activation)
    a = sympy.Symbol("a", real=True)
    engine = {
        "logistic": 1 / (2 + 2 * sympy.cosh(a)),
        "tanh": 1 / sympy.cosh(a) ** 2,
        "identity": sympy.Integer(1),
    }
    forms = [df(a)] if activation == "f" else [df(a), engine[activation]]
    theirs = sympy.diff(f(a), a)
    if activation == "f":
        return bool(forms[0].doit() == theirs)
    return all(sympy.simplify((form - theirs).rewrite(sympy.exp)) == 0 for form in forms)


def is_proved(chain: Chain, weight: str) -> bool:
    """Whether every term of a weight, each of its factors, and their sum are what SymPy derives."""
    sympy = need_sympy()
    n_steps, (f, df) = chain.n_steps, functions(chain.activation)
    y, m, s0, wx, wrec = sympy.symbols("y m S0 Wx Wrec")
    x, wx_k, wrec_k = (sympy.symbols(f"{w}1:{n_steps + 1}") for w in ("x", "Wx", "Wrec"))
    shared = unroll(x, y, m, s0, [wx] * n_steps, [wrec] * n_steps, f)
    copies = unroll(x, y, m, s0, wx_k, wrec_k, f)
    one_again = dict.fromkeys(wx_k, wx) | dict.fromkeys(wrec_k, wrec)
    at = point(shared.values, chain.activation, f, df)
    by, by_copy = {"weight_ih": (wx, wx_k), "weight_hh": (wrec, wrec_k)}[weight]
    ours = {k: evaluate(chain.term(weight, k), at) for k in chain.time_stamps(weight)}
    if list(ours) != list(range(n_steps, 0, -1)):
        return False
    for k, term in ours.items():
        theirs = sympy.diff(copies.cost, by_copy[k - 1]).subs(one_again, simultaneous=True)
        if not _is_zero(term - theirs) or not _are_what_they_say(chain, weight, k):
            return False
    return _is_zero(sum(ours.values()) - sympy.diff(shared.cost, by))


def _are_what_they_say(chain: Chain, weight: str, k: int) -> bool:
    """Whether each factor ∂a/∂b of a term is SymPy's derivative by b of the equation of a.

    And whether each begins where the one before it ends, from ξ to the weight, and exactly the
    derivatives of the activation are marked as such.
    """
    sympy, (f, df) = need_sympy(), functions(chain.activation)
    symbol = {s: sympy.Symbol(name(s)) for s in _quantities(chain)}
    at = point(symbol, chain.activation, f, df)
    found, reached = factors(chain.term(weight, k)), COST
    for factor in found:
        if not isinstance(factor, Partial) or factor.of != reached:
            return False
        equation = _equation(chain, factor.of, symbol, f)
        if factor.by not in symbol or equation is None:
            return False
        theirs = sympy.diff(equation, symbol[factor.by])
        if not _is_zero(sympy.sympify(evaluate(factor.value, at) - theirs).doit()):
            return False
        if factor.role is not _role(factor):
            return False
        reached = factor.by
    return reached == Symbol(SCALAR[weight])


def _role(factor: Partial) -> Role:
    """Return the part that a factor plays by what it is a derivative of, and by what."""
    if factor.of == COST:
        return Role.ERROR
    if factor.of.name == STATE_OUT:
        return Role.SLOPE
    by = {Symbol(SCALAR["weight_ih"]): Role.INPUT, Symbol(SCALAR["weight_hh"]): Role.STATE}
    return by.get(factor.by, Role.WEIGHT)


def _quantities(chain: Chain) -> set[Symbol]:
    stamps = range(chain.n_steps + 1)
    found = {Symbol(TARGET), M, *(Symbol(SCALAR[w]) for w in POST), *map(chain.state_out, stamps)}
    return found | {s for k in stamps[1:] for s in (Symbol(INPUT, k), chain.state_in(k))}


def _equation(chain: Chain, of: Symbol, symbol: dict[Symbol, Any], f: Function) -> Any:
    """Return the right side of the equation of a quantity, in the symbols of those before it."""
    if of == COST:
        last = symbol[chain.state_in(chain.n_steps)]
        return (last - symbol[Symbol(TARGET)]) ** 2 / symbol[M]
    k = of.time_stamp
    if not isinstance(k, int) or k < 1 or of not in symbol:
        return None
    if of == chain.state_in(k):
        wx, wrec = (symbol[Symbol(SCALAR[w])] for w in POST)
        return symbol[chain.state_out(k - 1)] * wrec + symbol[Symbol(INPUT, k)] * wx
    return f(symbol[chain.state_in(k)])


def _is_zero(expr: Expr) -> bool:
    """Whether an expression is zero whatever its symbols are.

    Each exp(…), tanh(…), f(…) and f'(…) is taken for a symbol of its own.  What is left is a
    quotient of polynomials, and if that is zero for all values of these symbols, then for those
    that the functions have.
    """
    sympy = need_sympy()
    unknown = sympy.core.function.AppliedUndef
    kinds = (sympy.exp, sympy.tanh, unknown, sympy.Derivative, sympy.Subs)
    free = expr.xreplace({atom: sympy.Dummy() for atom in expr.atoms(*kinds)})
    return bool(sympy.cancel(sympy.together(free)) == 0)
