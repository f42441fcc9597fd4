"""Optional packages: imported when they are needed, or a sentence that names the extra."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from bptt.errors import MissingExtraError, sentence


def need(called: str, package: str, extra: str, module: str) -> Any:
    """Return a module of an optional package.

    Raises
    ------
    MissingExtraError
        If it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        do = f"Install it with: pip install 'bptt[{extra}]'"
        raise MissingExtraError(sentence(called, package, "no such package", do)) from error
