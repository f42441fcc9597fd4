"""Parameters: nested named tuples of arrays, and the ways to draw them.

Gradients, rates and an optimiser's averages have the same type and names as the parameters.
A bias that a network does not have is None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from bptt import _checks
from bptt._shapes import Array
from bptt.errors import InputError, sentence


class Recurrent(NamedTuple):
    """The weights of one recurrent layer, named and laid out as in PyTorch."""

    weight_ih: Array
    """(G·H, I), from the input at time stamp k to State_k(In)."""
    weight_hh: Array
    """(G·H, H), from State_{k-1}(Out) to State_k(In)."""
    bias_ih: Array | None = None
    """(G·H,)"""
    bias_hh: Array | None = None
    """(G·H,)"""
    weight_peephole: Array | None = None
    """(P, H), of each of the cell's P peepholes one weight for each unit."""
    initial_state: Array | None = None
    """(S, H), a trained State_0 for each of the cell's S states."""


class Linear(NamedTuple):
    """The weights of a linear read-out."""

    weight: Array
    """(O, D·H), D being the number of directions."""
    bias: Array | None = None
    """(O,)"""


class Params(NamedTuple):
    """All weights of a network.

    Examples
    --------
    >>> import bptt
    >>> params = bptt.post_params(wx=0.2, wrec=1.5)
    >>> params.layers[0].weight_hh
    array([[1.5]])
    >>> params.Wx, params.Wrec
    (0.2, 1.5)
    """

    layers: tuple[Recurrent, ...]
    readout: Linear | None = None
    reverse: tuple[Recurrent, ...] = ()
    """Of a network of both directions the layers that read from T to 1."""

    @property
    def Wx(self) -> float:
        """The post's weight of the input."""
        return self._the_one("Wx", self.layers[0].weight_ih)

    @property
    def Wrec(self) -> float:
        """The post's recurrent weight."""
        return self._the_one("Wrec", self.layers[0].weight_hh)

    def _the_one(self, name: str, weight: Array) -> float:
        if len(self.layers) != 1 or self.reverse or weight.size != 1:
            came = f"{len(self.layers)} layer(s) with a weight of shape {weight.shape}"
            do = "Read layers[0].weight_ih and layers[0].weight_hh instead"
            raise InputError(
                sentence(f"Params.{name}", "the post's network of two weights", came, do)
            )
        return float(weight[0, 0])


def post_params(wx: float, wrec: float) -> Params:
    """Return the post's two weights as parameters (also a way to give each its own rate).

    Examples
    --------
    >>> import bptt
    >>> optimizer = bptt.gradient_descent(rate=bptt.post_params(wx=0.02, wrec=0.0006))
    """
    w = [
        _checks.real_in("post_params", n, v, -np.inf, np.inf)
        for n, v in (("wx", wx), ("wrec", wrec))
    ]
    return Params(layers=(Recurrent(np.array([[w[0]]]), np.array([[w[1]]])),))


def map_params(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Apply ``function`` to each array of ``tree`` and to its companions in ``others``.

    Examples
    --------
    >>> import bptt
    >>> params, grads = bptt.post_params(1, 2), bptt.post_params(10, 10)
    >>> bptt.map_params(lambda p, g: p - 0.1 * g, params, grads).Wrec
    1.0
    """
    if tree is None:
        return None
    if not isinstance(tree, tuple):
        return function(tree, *others)
    children = [map_params(function, *child) for child in zip(tree, *others, strict=True)]
    return type(tree)(*children) if hasattr(tree, "_fields") else tuple(children)


def named_arrays(params: Params) -> Iterator[tuple[str, Array]]:
    """Yield (name, array) for each array there is, by PyTorch's names.

    Examples
    --------
    >>> import bptt
    >>> [name for name, _ in named_arrays(bptt.post_params(1, 1))]
    ['weight_ih_l0', 'weight_hh_l0']
    """
    for number, layer in enumerate(params.layers):
        yield from _named(layer, "", f"_l{number}")
        if params.reverse:
            yield from _named(params.reverse[number], "", f"_l{number}_reverse")
    if params.readout is not None:
        yield from _named(params.readout, "readout.", "")


def digest(named: Iterable[tuple[str, Array]]) -> str:
    """Return 16 digits that other names, types, shapes or numbers of these arrays would change."""
    import hashlib

    found = hashlib.sha256()
    for name, array in named:
        array = np.asarray(array)
        found.update(f"{name}{array.dtype.str}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()[:16]


def _named(part: Recurrent | Linear, before: str, behind: str) -> Iterator[tuple[str, Array]]:
    for field, array in zip(part._fields, part, strict=True):
        if array is not None:
            yield f"{before}{field}{behind}", array


def fields(params: Params) -> list[Array | None]:
    """Return all fields of layers and read-out in order: arrays, or None."""
    found: list[Array | None] = []
    for part in (*params.layers, *params.reverse):
        found.extend(part)
    if params.readout is not None:
        found.extend(params.readout)
    return found


def from_names(named: Mapping[str, Any]) -> Params:
    """Build the parameters whose `named_arrays` are these."""

    def layers(behind: str) -> tuple[Recurrent, ...]:
        found: list[Recurrent] = []
        while f"weight_ih_l{len(found)}{behind}" in named:
            suffix = f"_l{len(found)}{behind}"
            found.append(Recurrent(*(named.get(field + suffix) for field in Recurrent._fields)))  # type: ignore[arg-type]
        return tuple(found)

    readout = None
    if "readout.weight" in named:
        readout = Linear(named["readout.weight"], named.get("readout.bias"))
    return Params(layers(""), readout, layers("_reverse"))


def parts(params: Params) -> list[Recurrent]:
    """Return the weights of each layer: forwards, then backwards, if it reads so (as PyTorch)."""
    if not params.reverse:
        return list(params.layers)
    both = zip(params.layers, params.reverse, strict=True)
    return [weights for layer in both for weights in layer]


def part_name(number: int, n_directions: int) -> str:
    """Return how the names of a part's weights end, by its place among all parts.

    Examples
    --------
    >>> [part_name(number, n_directions=2) for number in range(3)]
    ['l0', 'l0_reverse', 'l1']
    """
    layer, backwards = divmod(number, n_directions)
    return f"l{layer}" + "_reverse" * backwards


def from_parts(found: list[Recurrent], readout: Linear | None, n_directions: int) -> Params:
    """Build the parameters whose `parts` are these."""
    if n_directions == 1:
        return Params(tuple(found), readout)
    return Params(tuple(found[::2]), readout, tuple(found[1::2]))


# Initialisers: (rng, rows, columns, hidden_size) -> (rows, columns) for one gate's block.
Initializer: TypeAlias = "Callable[[np.random.Generator, int, int, int], Array]"


def uniform(rng: np.random.Generator, rows: int, columns: int, hidden_size: int) -> Array:
    """U(-1/√H, 1/√H), PyTorch's default for recurrent layers."""
    bound = 1.0 / np.sqrt(hidden_size)
    return rng.uniform(-bound, bound, (rows, columns))


def glorot_uniform(rng: np.random.Generator, rows: int, columns: int, hidden_size: int) -> Array:
    """U(-b, b), b = √(6 / (rows + columns)) (Glorot & Bengio 2010, eq. 16); Keras's for inputs."""
    bound = np.sqrt(6.0 / (rows + columns))
    return rng.uniform(-bound, bound, (rows, columns))


def orthogonal(rng: np.random.Generator, rows: int, columns: int, hidden_size: int) -> Array:
    """A random matrix with orthonormal rows or columns (Saxe et al. 2014); Keras's for states."""
    tall = rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q = q * np.where(np.diag(r) < 0, -1.0, 1.0)  # without the signs q is not uniformly distributed
    return q if rows >= columns else np.ascontiguousarray(q.T)


def identity(rng: np.random.Generator, rows: int, columns: int, hidden_size: int) -> Array:
    """Ones on the diagonal, zeros elsewhere (Le, Jaitly & Hinton 2015); meant for weight_hh."""
    return np.eye(rows, columns)


INITIALIZERS: dict[str, Initializer] = {
    "uniform": uniform,
    "glorot_uniform": glorot_uniform,
    "orthogonal": orthogonal,
    "identity": identity,
}
