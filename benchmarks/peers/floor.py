"""The floor: the matrix products alone, and one pass of the element-wise functions, in NumPy.

What is counted, for N = Σ lengths rows in T time stamps:

* products: [h, 1, x] by the weights for each time stamp, dz[k] by W_hh for each, and one for all
  gradients, dzᵀ [h, 1, x].  A GRU needs the recurrent sum apart from the input's, so there it is
  [1, x] by W_ih for all time stamps at once, [h, 1] by W_hh for each, and two for the gradients;
* element-wise, what the equations and their derivatives need, each function of a number once:
  tanh; the logistic function as exp, + 1 and 1/ (its sign is left away); derivatives from those
  values (1 - h², s(1 - s)); the products and sums.

The arrays have an engine's sizes and are made beforehand.  But the order is the machine's: first
all products, then element-wise functions over so many rows at a time as stay in the cache.  The
numbers are arbitrary and nothing of it hangs together.  Loss and read-out (n × H by H × 1), all
checks, copies and Python besides the calls are left away.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from rungs.calls import Arrays, Calls, CannotError, fastest
from rungs.work import CELLS, Work

BLOCK = 2**15
"""numbers of one gate over which an element-wise call goes"""


def prepare(kind: str, work: Work, variant: str, cores: int) -> Calls:
    """Return calls; on several cores also with the batch split over threads, if that is faster."""
    if kind == "step":
        raise CannotError("the floor is one of the gradient")
    B, T = work.rung.B, work.rung.T
    lengths = np.sort(np.full(B, T) if work.lengths is None else work.lengths)[::-1]
    forms = {"one thread": lambda: Calls(floor(work, lengths), no_result)}
    if min(cores, B) > 1:
        parts = [lengths[i::cores] for i in range(cores)]
        forms[f"{cores} threads"] = lambda: Calls(in_threads(work, parts), no_result)
    return fastest(forms)


def no_result(_: int) -> Arrays:
    """Return nothing: these numbers are nobody's."""
    return {}


def in_threads(work: Work, parts: list[np.ndarray]) -> Callable[[], object]:
    """Return a call that does each part of the batch in a thread of its own."""
    pool, floors = ThreadPoolExecutor(len(parts)), [floor(work, part) for part in parts]
    return lambda: list(pool.map(lambda one: one(), floors))


def floor(work: Work, lengths: np.ndarray) -> Callable[[], None]:
    """Return a call that does all products and passes for sequences of these lengths."""
    (_, T, I, H), G = work.rung[:4], CELLS[work.cell]
    running = [int((lengths > k).sum()) for k in range(T)]
    ends = np.cumsum([0, *running])
    N, rng = int(ends[-1]), np.random.default_rng(1)

    def new(*shape: int) -> np.ndarray:
        return rng.uniform(0.1, 0.9, shape).astype(work.dtype)

    apart = work.cell == "gru"
    F = H + 1 if apart else H + 1 + I
    h1x, x1, z, zh, dz = new(N, F), new(N, I + 1), new(N, G * H), new(N, G * H), new(N, G * H)
    w, w_x, w_hh_back = new(F, G * H), new(I + 1, G * H), new(G * H, H)
    dh, d_w, d_x = new(N, H), new(G * H, F), new(G * H, I + 1)
    rows = [slice(a, b) for a, b in itertools.pairwise(ends)]
    steps = [(h1x[at].dot, zh[at], dz[at].dot, dh[at]) for at in rows]

    def products() -> None:
        if apart:
            x1.dot(w_x, z)
            dz.T.dot(x1, d_x)
        for forth, forth_into, back, back_into in steps:
            forth(w, forth_into)
            back(w_hh_back, back_into)
        dz.T.dot(h1x, d_w)

    passes, size = PASSES[work.cell], max(1, BLOCK // H)
    # gate by gate, what is kept of each number, and for each state one of each kind
    by_gate = [array.reshape(G, N, H) for array in (z, zh, dz)] + [new(G + 1, N, H)]
    by_state = [new(N, H), new(N, H) if work.cell == "lstm" else dh, dh]
    scratch = new(G, min(size, N), H)
    blocks = []
    for a in range(0, N, size):
        b = min(a + size, N)
        views = [array[:, a:b] for array in by_gate] + [array[a:b] for array in by_state]
        blocks.append((*views, scratch[:, : b - a]))

    def call() -> None:
        products()
        for block in blocks:
            passes(*block)

    return call


def elman(z, zh, dz, kept, h, before, dh, s) -> None:
    np.tanh(zh[0], h)
    np.multiply(h, h, s[0])
    np.subtract(1.0, s[0], s[0])
    np.multiply(dh, s[0], dz[0])


def logistic(z, out) -> None:
    np.exp(z, out)
    np.add(out, 1.0, out)
    np.reciprocal(out, out)


def gru(z, zh, dz, kept, h, before, dh, s) -> None:
    ur, n, u, r = kept[:2], kept[2], kept[0], kept[1]
    np.add(z[:2], zh[:2], ur)
    logistic(ur, ur)
    np.multiply(r, zh[2], n)
    np.add(n, z[2], n)
    np.tanh(n, n)
    np.subtract(before, n, kept[3])
    np.multiply(u, kept[3], h)
    np.add(h, n, h)  #                           h = n + u · (h[k-1] - n)
    np.subtract(1.0, ur, s[:2])
    np.multiply(s[:2], ur, s[:2])  #             σ'
    np.multiply(dh, kept[3], dz[0])
    np.multiply(dz[0], s[0], dz[0])  #           dz_u = dh · (h[k-1] - n) · σ'
    np.multiply(n, n, s[2])
    np.subtract(1.0, s[2], s[2])
    np.subtract(1.0, u, s[0])
    np.multiply(s[2], s[0], s[2])
    np.multiply(dh, s[2], dz[2])  #              dz_n = dh · (1 - u) · tanh'
    np.multiply(s[1], zh[2], s[1])
    np.multiply(dz[2], s[1], dz[1])  #           dz_r = dz_n · zh_n · σ'
    np.multiply(dz[2], r, s[0])  #               dzh_n = dz_n · r
    np.multiply(dh, u, s[1])  #                  dh[k-1] = dh · u
    np.add(dh, s[1], s[1])  #                              + what comes through zh


def lstm(z, zh, dz, kept, h, before, dh, s) -> None:
    ifo, i, f, o, g, tanh_c = kept[:3], kept[0], kept[1], kept[2], kept[3], kept[4]
    logistic(zh[:3], ifo)
    np.tanh(zh[3], g)
    np.multiply(f, before, s[0])
    np.multiply(i, g, s[1])
    np.add(s[0], s[1], s[0])  #                  c = f · c[k-1] + i · g
    np.tanh(s[0], tanh_c)
    np.multiply(o, tanh_c, h)  #                 h = o · tanh(c)
    np.subtract(1.0, ifo, s[:3])
    np.multiply(s[:3], ifo, s[:3])  #            σ'
    np.multiply(g, g, s[3])
    np.subtract(1.0, s[3], s[3])  #              tanh'
    np.multiply(s[0], g, dz[0])
    np.multiply(s[1], before, dz[1])
    np.multiply(s[2], tanh_c, dz[2])
    np.multiply(s[3], i, dz[3])
    np.multiply(dh, dz[2], dz[2])  #             dz_o = dh · tanh(c) · σ'
    np.multiply(tanh_c, tanh_c, s[0])
    np.subtract(1.0, s[0], s[0])
    np.multiply(s[0], o, s[0])
    np.multiply(s[0], dh, s[0])
    np.add(s[0], before, s[0])  #                dc = dh · o · tanh'(c) + dc from later
    np.multiply(s[0], dz[:2], dz[:2])
    np.multiply(s[0], dz[3], dz[3])  #           dz_i, dz_f, dz_g = dc · ...
    np.multiply(s[0], f, s[1])  #                dc[k-1] = dc · f


PASSES = {"elman": elman, "gru": gru, "lstm": lstm}
