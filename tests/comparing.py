"""How the tests compare: norm-wise, the largest difference over the largest derivative."""

import numpy as np

from bptt.params import named_arrays


def ours(case):
    """Return (ξ, every derivative of a `Case` by name) as the engine computes them."""
    options = {"mask": case.mask, "initial_state": case.initial_state}
    trace = case.net.trace(case.params, case.x, case.y, case.loss, **options)
    loss, grads = case.net.loss_and_gradient(case.params, case.x, case.y, case.loss, **options)
    found = dict(named_arrays(grads)) | {"x": trace.d_x, "initial_state": trace.d_initial_state}
    return loss, found


def point(case):
    """Return all arrays that ξ of a `Case` depends on, by name."""
    named = dict(named_arrays(case.params))
    return named | {"x": case.x, "initial_state": case.initial_state}


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
