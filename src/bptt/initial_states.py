"""Initial states at the public door: zeros, given ones, for each layer, direction and state."""

from __future__ import annotations

from bptt import _checks
from bptt._shapes import Array
from bptt.errors import ShapeError, sentence
from bptt.sequences import Layout


def check(
    called: str,
    names: tuple[str, ...],
    initial_state: object,
    n_parts: int,
    shape: tuple[int, int],
    layout: Layout | None = None,
    *,
    name: str = "initial_state",
    complex_ok: bool = True,
    finite: bool = True,
) -> tuple[tuple[Array, ...], ...]:
    """Check State_0 and return it by layer and direction, then by state, each (H,) or (B, H).

    Parameters
    ----------
    initial_state : array or tuple of arrays
        For each of the cell's states (H,) or (n, H); where layers and directions are several
        (L·D, H) or (L·D, n, H), in PyTorch's order.
    n_parts : int
        L·D, layers times directions.
    shape : (n, H)
    """
    given = initial_state if isinstance(initial_state, tuple) else (initial_state,)
    known = [(n_parts, shape[1]), (n_parts, *shape)]
    if n_parts == 1:
        known = [shape[1:], shape, (1, *shape)]
    shapes = " or ".join(map(str, known[:2]))
    do = f"Give {shapes} for each of the cell's states ({', '.join(names)})"
    if len(given) != len(names):
        raise ShapeError(sentence(called, f"{len(names)} array(s) as {name}", f"{len(given)}", do))
    checked = []
    for state in given:
        array = _checks.numbers(called, name, state, complex_ok=complex_ok)
        if array.shape not in known:
            expected = f"{name} of shape {shapes}"
            raise ShapeError(sentence(called, expected, f"shape {array.shape}", do))
        if finite:
            _checks.finite(called, name, array)
        if n_parts == 1 and array.ndim < 3:
            array = array[None]
        if array.ndim == 3 and layout is not None and layout.order is not None:
            array = array[:, layout.order]
        checked.append(array)
    return tuple(zip(*checked, strict=True))
