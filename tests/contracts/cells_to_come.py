"""GRU and LSTM, only to show that the engine already has the shape that carries them.

Element-wise lines in PyTorch's order of gates; the products and loops are the package's.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bptt import Cell


def logistic(z):
    return 1 / (1 + np.exp(-z))


def blocks(array, n):
    return np.split(array, n, axis=-1)


@dataclass(frozen=True)
class GRU(Cell):
    """Its reset gate multiplies zh, so that dzx and dzh differ, and h passes by directly."""

    name: ClassVar[str] = "gru"
    n_gates: ClassVar[int] = 3
    kept: ClassVar[tuple] = (("r", 1), ("u", 1), ("n", 1), ("zh_n", 1))
    one_sum: ClassVar[bool] = False
    h_passes_by: ClassVar[bool] = True

    def gate(self, z, zh, before, after, kept):
        (zx_r, zx_u, zx_n), (zh_r, zh_u, zh_n) = blocks(z, 3), blocks(zh, 3)
        r, u, n, kept_zh_n = kept
        r[...] = logistic(zx_r + zh_r)
        u[...] = logistic(zx_u + zh_u)
        kept_zh_n[...] = zh_n
        n[...] = np.tanh(zx_n + r * zh_n)
        after[0][...] = (1 - u) * n + u * before[0]

    def local_derivatives(self, z, states, kept, dz):
        pass

    def gate_back(self, dz, dzh, d_states, before, after, kept):
        r, u, n, zh_n = kept
        dh = d_states[0]
        dn = dh * (1 - u) * (1 - n * n)
        dr = dn * zh_n * r * (1 - r)
        du = dh * (before[0] - n) * u * (1 - u)
        dz[...] = np.concatenate([dr, du, dn], axis=-1)
        dzh[...] = np.concatenate([dr, du, dn * r], axis=-1)
        dh *= u


@dataclass(frozen=True)
class LSTM(Cell):
    """It has two states, h and c."""

    name: ClassVar[str] = "lstm"
    n_gates: ClassVar[int] = 4
    states: ClassVar[tuple] = ("h", "c")
    kept: ClassVar[tuple] = (("ifo", 3), ("g", 1), ("tanh_c", 1))

    def gate(self, z, zh, before, after, kept):
        z += zh
        zi, zf, zg, zo = blocks(z, 4)
        ifo, g, tanh_c = kept
        ifo[...] = logistic(np.concatenate([zi, zf, zo], axis=-1))
        i, f, o = blocks(ifo, 3)
        g[...] = np.tanh(zg)
        after[1][...] = f * before[1] + i * g
        tanh_c[...] = np.tanh(after[1])
        after[0][...] = o * tanh_c

    def local_derivatives(self, z, states, kept, dz):
        pass

    def gate_back(self, dz, dzh, d_states, before, after, kept):
        ifo, g, tanh_c = kept
        i, f, o = blocks(ifo, 3)
        dh, dc = d_states
        dc += dh * o * (1 - tanh_c**2)
        dz[...] = np.concatenate(
            [
                dc * g * i * (1 - i),
                dc * before[1] * f * (1 - f),
                dc * i * (1 - g * g),
                dh * tanh_c * o * (1 - o),
            ],
            axis=-1,
        )
        dc *= f
