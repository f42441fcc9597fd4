"""From the arrays x, y and lengths of a file to sequences."""

from __future__ import annotations

import numpy as np

from bptt._shapes import Array
from bptt.errors import InputError, sentence
from bptt.files.data import Data
from bptt.files.roles import Roles, Wanted
from bptt.files.table import LARGEST

DO = "Write it with np.savez(file, x=..., y=..., lengths=...)"


def read(called: str, path: str, arrays: dict[str, Array], wanted: Wanted) -> Data:
    """Return the sequences of arrays x: (n, T) or (n, T, I), y: (n,) or (n, T), lengths: (n,)."""
    x, lengths = _x(called, path, arrays)
    target = wanted.target or "y"
    if target not in arrays and target not in wanted.may_lack:
        expected, do = f"an array {target!r} in {path!r}", "Name the targets with --target"
        raise InputError(sentence(called, expected, ", ".join(arrays), do))
    y = arrays.get(target)
    if y is not None and y.shape not in (x.shape[:1], x.shape[:2]) and y.shape[-1:] == (1,):
        y = y[..., 0]
    if y is not None and y.shape not in (x.shape[:1], x.shape[:2]):
        shapes = f"{x.shape[:1]} or {x.shape[:2]}"
        came, do = f"shape {y.shape}", "Give one target for each sequence or each time stamp"
        expected = f"{target!r} of shape {shapes} in {path!r}"
        raise InputError(sentence(called, expected, came, do))
    n_features = x.shape[2]
    features = ("x",) if n_features == 1 else tuple(f"x[{i}]" for i in range(n_features))
    named = wanted.features if wanted.form != "wide" else ("x",)
    if named is not None and len(named) != n_features:
        expected = f"x with {len(named)} features ({', '.join(named[:4])})"
        do = "Give those of the training, in the same order"
        raise InputError(sentence(called, f"{expected} in {path!r}", f"{n_features}", do))
    per_step = y is not None and y.ndim == 2

    def place(sequence: int, step: int, feature: int | None) -> str:
        if feature is None:
            return f"{target}[{sequence}, {step}]" if per_step else f"{target}[{sequence}]"
        return f"x[{sequence}, {step}, {feature}]"

    rows = [x[i, :length] for i, length in enumerate(lengths)]
    large = next((i for i, row in enumerate(rows) if (np.abs(row) > LARGEST).any()), None)
    if large is not None:
        step, feature = map(int, np.argwhere(np.abs(rows[large]) > LARGEST)[0])
        value, where = rows[large][step, feature], place(large, step, feature)
        came = f"infinity in {where}" if np.isinf(value) else f"{value:g} in {where}"
        expected = "finite numbers" + f" of at most {LARGEST:g}" * bool(np.isfinite(value))
        raise InputError(sentence(called, f"{expected} in {path!r}", came, "Repair it"))
    texts = None
    if y is not None:
        texts = [
            _text(y[i, :length] if per_step else y[i : i + 1]) for i, length in enumerate(lengths)
        ]
    return Data(
        path=path,
        form="arrays",
        roles=Roles(None if y is None else target, None, None, named or features, ()),
        x=rows,
        y=texts,
        per_step=per_step,
        names=[str(i) for i in range(len(x))],
        times=None,
        place=place,
    )


def _x(called: str, path: str, arrays: dict[str, Array]) -> tuple[Array, Array]:
    """Return x as (n, T, I) and the lengths of its sequences."""
    x = arrays.get("x")
    if x is None or x.dtype.kind == "U" or x.ndim not in (2, 3) or not x.size:
        came = ", ".join(f"{name} {a.dtype} {a.shape}" for name, a in arrays.items()) or "nothing"
        expected = f"an array x of numbers, (n, T) or (n, T, I), in {path!r}"
        raise InputError(sentence(called, expected, came[:200], DO))
    x = x.astype(np.float64).reshape(*x.shape[:2], -1)
    n, n_steps, _ = x.shape
    lengths = arrays.get("lengths", np.full(n, n_steps))
    whole = lengths.dtype.kind in "iu" and lengths.shape == (n,)
    if not whole or lengths.min() < 1 or lengths.max() > n_steps:
        came = f"{lengths.dtype} of shape {lengths.shape}"
        if whole:
            came = f"some from {lengths.min()} to {lengths.max()}"
        expected = f"lengths of shape ({n},), whole numbers from 1 to {n_steps}, in {path!r}"
        raise InputError(sentence(called, expected, came, DO))
    return x, lengths


def _text(values: Array) -> Array:
    """Return targets as text, NaN as ''."""
    found = values.astype(str).astype(object)
    if values.dtype.kind == "f":
        found[np.isnan(values)] = ""
    return found
