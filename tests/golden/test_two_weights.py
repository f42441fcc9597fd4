"""The README's proof that two logistic weights never count the post's three sequences."""

import numpy as np
import pytest

import bptt


def test_111_never_exceeds_001_by_more_than_0_557():
    x, _ = bptt.tasks.post()
    net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    rng = np.random.default_rng(0)
    u = np.linspace(0, 20, 200_001)
    bound = (2 * u / (1 + np.exp(u))).max()  # w/(1 + e^(w/2)) with w = 2u
    assert bound == pytest.approx(0.557, abs=1e-4)
    widest = 0.0
    for scale in (1, 3, 10, 100):
        for wx, wrec in rng.normal(scale=scale, size=(500, 2)):
            first, _, third = net.predict(bptt.post_params(wx, wrec), x)
            apart = third - first
            assert apart <= abs(wrec) / (1 + np.exp(abs(wrec) / 2)) + 1e-12
            widest = max(widest, apart)
    assert 0.4 < widest < bound  # the bound is nearly reached, so it is not an empty one
