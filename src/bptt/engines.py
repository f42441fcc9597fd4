"""What goes over arrays: NumPy, or the same lines compiled, with the extra ``jit``."""

from __future__ import annotations

from bptt import _checks
from bptt._extras import need

ENGINES = {name: name for name in ("numpy", "jit", "auto")}


def checked(called: str, engine: object) -> str:
    """Return the name of an engine that is there; ``"auto"`` always is."""
    found = _checks.one_of(called, "engine", engine, ENGINES)
    if found == "jit":
        for package, module in (("Numba", "numba"), ("SciPy", "scipy")):
            need(f"{called}(engine='jit')", package, "jit", module)
    return found


def can_compile() -> bool:
    """Return whether what the extra brings is there."""
    from importlib.util import find_spec

    return bool(find_spec("numba") and find_spec("scipy"))
