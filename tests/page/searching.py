"""The lowest cost on the map by a search of its own: a fine grid, its edges, and ever finer ones.

No derivative, no triangle, and nothing of the library: what the page shows as the minimum is
compared with what is found here.
"""

import numpy as np

FUNCTIONS = {
    "logistic": lambda a: 0.5 * (1 + np.tanh(a / 2)),
    "tanh": np.tanh,
    "identity": lambda a: a,
}
FINE = 241  # points on an axis of the map
ALONG = 4001  # points along an edge
LIKELY = 12  # how many of the lowest points of a grid are looked at closely
GOLDEN = (np.sqrt(5) - 1) / 2


def lowest_cost(x, y, activation, reach):
    """Return the lowest cost that the search finds with both weights from -reach to reach."""

    def costs(wx, wrec):
        """Return ξ by wx and wrec, each of them an axis."""
        total = np.zeros((len(wx), len(wrec)))
        with np.errstate(all="ignore"):
            for bits, target in zip(x, y, strict=True):
                state_in = state_out = np.zeros_like(total)
                for bit in bits:
                    state_in = state_out * wrec + bit * wx[:, None]
                    state_out = FUNCTIONS[activation](state_in)
                total += (state_in - target) ** 2 / len(x)
        return np.where(np.isnan(total), np.inf, total)

    return min(_inside(costs, reach), *(_along(costs, reach, edge) for edge in range(4)))


def _inside(costs, reach):
    axis = np.linspace(-reach, reach, FINE)
    return min(
        _closer(costs, axis[i], axis[j], axis[1] - axis[0], reach)
        for i, j in _valleys(costs(axis, axis))
    )


def _valleys(cost):
    """Return where a grid is lower than all around it: the lowest of them."""
    padded = np.pad(cost, 1, constant_values=np.inf)
    rows, columns = cost.shape
    around = [
        padded[1 + i : 1 + i + rows, 1 + j : 1 + j + columns]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
        if (i, j) != (0, 0)
    ]
    found = np.argwhere(cost <= np.min(around, axis=0))
    order = np.argsort(cost[tuple(found.T)], kind="stable")
    return found[order[:LIKELY]]


def _closer(costs, wx, wrec, size, reach):
    """Return the lowest cost near a point: grids round the lowest so far, larger or smaller."""
    best = np.inf
    for _ in range(400):
        along = [np.clip(np.linspace(at - size, at + size, 9), -reach, reach) for at in (wx, wrec)]
        found = costs(*along)
        i, j = np.unravel_index(found.argmin(), found.shape)
        moved = found[i, j] < best
        best, wx, wrec = min(best, found[i, j]), along[0][i], along[1][j]
        at_edge = i in (0, 8) or j in (0, 8)
        size *= 1.5 if moved and at_edge else 0.5
        if size < 1e-12:
            break
    return best


def _along(costs, reach, edge):
    """Return the lowest cost along an edge of the map, by golden sections."""
    at = np.array([reach if edge % 2 else -reach])

    def along(free):
        return (costs(free, at) if edge < 2 else costs(at, free)).ravel()

    axis = np.linspace(-reach, reach, ALONG)
    cost = along(axis)
    best = cost.min()
    for i in np.argsort(cost, kind="stable")[:LIKELY]:
        low, high = axis[max(i - 1, 0)], axis[min(i + 1, ALONG - 1)]
        for _ in range(80):
            left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
            a, b = along(np.array([left, right]))
            best = min(best, a, b)
            low, high = (low, right) if a <= b else (left, high)
    return best
