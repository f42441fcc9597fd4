"""What a measurement ran on and beside, as far as it matters for the times."""

from __future__ import annotations

import contextlib
import datetime
import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

PACKAGES = ("bptt", "numba", "scipy", "torch", "jax", "jaxlib", "keras", "neuralnetlib")


def record() -> dict[str, Any]:
    """Return the machine, the system, and the versions of everything that is timed."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "caches": caches(),
        "memory_gb": memory_gb(),
        "system": system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas": f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip(),
        "packages": {name: version(name) for name in PACKAGES},
        "load_before": [round(load, 2) for load in os.getloadavg()],
    }


def version(package: str) -> str | None:
    """Return an installed package's version."""
    if package == "bptt":  # the one that is imported, wherever another is installed
        import bptt

        return bptt.__version__
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def cpu_model() -> str:
    """Return the processor's name, and its family and model where the name says little."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    found: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        found.setdefault(name.strip(), value.strip())
    known = [flag for flag in ("avx2", "avx512f", "amx_tile") if flag in found.get("flags", "")]
    numbers = f"family {found.get('cpu family')}, model {found.get('model')}"
    return f"{found.get('model name', platform.machine())} ({', '.join([numbers, *known])})"


def caches() -> dict[str, str]:
    """Return the size of each cache as the first core sees it."""
    sizes = {}
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = (
            (index / name).read_text(encoding="utf-8").strip() for name in ("level", "type", "size")
        )
        sizes[f"L{level} {kind.lower()}" if kind != "Unified" else f"L{level}"] = size
    return sizes


def memory_gb() -> int | None:
    """Return the memory in 10⁹ bytes."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9)
    except (ValueError, OSError):
        return None


def system() -> str:
    """Return the operating system's name and its kernel's version."""
    name = platform.system()
    if name == "Linux":
        with contextlib.suppress(OSError):
            name = platform.freedesktop_os_release()["PRETTY_NAME"]
        kernel = ".".join(platform.release().split("-")[0].split(".")[:2])
        return f"{name}, Linux {kernel}"
    return f"{name} {platform.release()}"
