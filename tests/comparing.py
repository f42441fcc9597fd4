"""How the tests compare: norm-wise, the largest difference over the largest derivative."""

import numpy as np

from bptt.params import named_arrays


def ours(case, **options):
    """Return (ξ, every derivative of a `Case` by name) as the engine computes them."""
    options = case.options | options
    trace = case.net.trace(case.params, case.x, case.y, case.loss, **options)
    loss, grads = case.net.loss_and_gradient(case.params, case.x, case.y, case.loss, **options)
    found = dict(named_arrays(grads)) | {"x": trace.d_x}
    if case.initial_state is not None:
        for layer in trace.layers:
            for state, d_initial in layer.d_initial.items():
                found[initial_name(case.net, state, layer.name)] = d_initial
    return loss, found


def point(case):
    """Return all arrays that ξ of a `Case` depends on, by name."""
    found = dict(named_arrays(case.params)) | {"x": case.x}
    if case.initial_state is None:
        return found
    net, n = case.net, len(case.x)
    given = case.initial_state if isinstance(case.initial_state, tuple) else (case.initial_state,)
    parts = [
        f"l{k}{way}" for k in range(net.n_layers) for way in ("", "_reverse")[: net.n_directions]
    ]
    for state, array in zip(net.cell.states, given, strict=True):
        for part, rows in zip(parts, array.reshape(len(parts), n, -1), strict=True):
            found[initial_name(net, state, part)] = rows
    return found


def initial_name(net, state, part):
    """Return what `check_gradient` calls an initial state."""
    if len(net.cell.states) == net.n_parts == 1:
        return "initial_state"
    return f"initial_{state}" + (f"_{part}" if net.n_parts > 1 else "")


def error(one, other):
    """Return the largest difference of two dictionaries of arrays over their largest entry."""
    assert one.keys() == other.keys()
    for name in one:
        assert one[name].shape == other[name].shape, name
    scale = max(np.abs(a).max() for both in (one, other) for a in both.values())
    assert scale > 0
    return max(np.abs(one[name] - other[name]).max() for name in one) / scale


def checked(report):
    """Return the largest difference of a `GradientCheck` over its largest derivative, alone."""
    largest = max(row.largest_entry for row in report.rows)
    assert largest > 0
    return max(row.largest_difference for row in report.rows) / largest
