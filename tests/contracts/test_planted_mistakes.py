"""Mistakes that are made in the wild, planted into our own source: each must be found.

The mistake is an edit of the real file; the edited file runs in the place of the real one.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

import bptt
from bptt import losses, readouts
from bptt.random_networks import Case

SOURCE = Path(bptt.__file__).parent
ENGINE, CELL = "through_time/backprop.py", "cells/elman.py"

MISTAKES = {
    "f' forgotten everywhere": (CELL, "np.multiply(d_states[0], dz, dz)", "dz[...] = d_states[0]"),
    "f' taken at State(Out)": (CELL, "self.activation.df(z, dz)", "self.activation.df(states[0][1:], dz)"),
    "f' forgotten at the last step": (
        ENGINE, "    dh = d_states[0]\n", "    dh = d_states[0]\n    last = buffers.dz[-1]\n",
        "    if seed.dz_last is not None:", "    last[...] = 1.0\n    if seed.dz_last is not None:",
    ),
    "f' given to a last state that has no activation": (
        ENGINE, "buffers.dz[-1] = seed.dz_last", "buffers.dz[-1] *= seed.dz_last",
    ),
    "h_k for h_(k-1) in dW_hh": (
        ENGINE, "buffers.dzh_rows.T.dot(buffers.h_before_rows)",
        "buffers.dzh_rows.T.dot(buffers.states[0][1:].reshape(buffers.h_before_rows.shape))",
    ),
    "dh not carried": (ENGINE, "            dzh.dot(w_hh, dh)", "            dh.fill(0.0)"),
    "first time stamp skipped": (ENGINE, "in steps:  # k = T", "in steps[:-1]:  # k = T"),
    "batch mean taken twice": (
        "losses.py", "return value, _only(mask, difference * (2.0 * share))",
        "return value, _only(mask, difference * (2.0 * share / len(difference)))",
    ),
    "batch mean forgotten": (
        "losses.py", "return value, _only(mask, difference * (2.0 * share))",
        "return value, _only(mask, difference * 2.0)",
    ),
    "factor 2 forgotten": ("losses.py", "difference * (2.0 * share)", "difference * share"),
    "sign of the error": ("losses.py", "difference * (2.0 * share)", "-difference * (2.0 * share)"),
    "mask forgotten in the backward": ("losses.py", "if mask is None else np.where(mask, d_", "if True else np.where(mask, d_"),
    "W_hh not transposed": (ENGINE, "            dzh.dot(w_hh, dh)", "            dzh.dot(w_hh.T, dh)"),
    "W_out not transposed": ("readouts.py", "dh = d.dot(weights.weight)", "dh = d.dot(weights.weight.T)"),
    "gradient of the read-out's bias averaged": ("readouts.py", "np.add.reduce(d)", "d.mean(axis=0)"),
    "gradient rescaled silently": (
        ENGINE, "    return Recurrent(d_w1[:, :-1].copy()",
        "    d_weight_hh /= max(1.0, np.abs(d_weight_hh).max() / 0.01)\n    return Recurrent(d_w1[:, :-1].copy()",
    ),
    "error at k not added": (ENGINE, "np.add(dh, dh_every[row], dh)", "pass"),
    "error at k taken from k+1": (ENGINE, "dh_every[row]", "dh_every[row - 1]"),
    "bias gradient of the last step only": (ENGINE, "d_bias_ih = d_w1[:, -1].copy()", "d_bias_ih = buffers.dz[-1].sum(axis=0)"),
    "bias_hh has no gradient": (ENGINE, "d_bias_hh = d_w1[:, -1].copy() if", "d_bias_hh = 0 * d_w1[:, -1] if"),
    "gradient is the weights plus something": (ENGINE, "    return Recurrent(d_w1", "    d_weight_hh += weights.weight_hh\n    return Recurrent(d_w1"),
    "dx by the recurrent weights": (ENGINE, "dz_rows.dot(weights.weight_ih)", "dz_rows.dot(weights.weight_hh[:, : weights.weight_ih.shape[1]])"),
}  # fmt: skip


def edited(file, *replacements):
    """Return the names that the source file defines after the edit."""
    text = (SOURCE / file).read_text(encoding="utf-8")
    for old, new in zip(replacements[::2], replacements[1::2], strict=True):
        assert text.count(old) >= 1, f"the place of this mistake is gone from {file}: {old}"
        text = text.replace(old, new)
    names = {"__name__": f"planted_{Path(file).stem}"}
    sys.modules[names["__name__"]] = sys.modules["bptt"]  # dataclasses look their module up
    try:
        exec(compile(text, file, "exec"), names)
    finally:
        del sys.modules[names["__name__"]]
    return names


def plant(monkeypatch, file, *replacements):
    """Let the edited file run in the place of the real one; return the cell and the strategy to use."""
    names = edited(file, *replacements)
    cell, strategy = bptt.Elman, bptt.FullBPTT()
    if file == CELL:
        cell = names["Elman"]
    elif file == ENGINE:
        strategy = names["FullBPTT"]()
        monkeypatch.setattr("bptt.trace.input_gradient", names["input_gradient"])
    elif file == "losses.py":
        monkeypatch.setattr(losses, "find", lambda called, name: names["BY_NAME"][name])
    else:
        monkeypatch.setattr(readouts, "find", lambda called, name: names["BY_NAME"][name])
    return cell, strategy


def cases(cell):
    """Yield small networks in which every line of the source has an effect."""
    rng = np.random.default_rng(11)
    for readout, masked in (("state_in", False), ("last", False), ("every", True)):
        net = bptt.RNN(cell(bptt.activations.TANH), 2, 3, None, readout, 3)
        shape = (4, 5, 3) if readout == "every" else (4, 3)
        mask = (rng.random(shape) < 0.7) if masked else None
        x, y = rng.standard_normal((4, 5, 2)), rng.standard_normal(shape)
        yield Case(net, net.init(rng), x, y, "mse", mask, rng.standard_normal((4, 3)))


def test_without_a_mistake_nothing_is_found(monkeypatch):
    for file in (CELL, ENGINE, "losses.py", "readouts.py"):
        cell, strategy = plant(monkeypatch, file)  # the same detour, nothing replaced
        assert all(case.check(strategy=strategy).ok for case in cases(cell)), file


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_found(mistake, monkeypatch):
    cell, strategy = plant(monkeypatch, *MISTAKES[mistake])
    reports = [case.check(strategy=strategy) for case in cases(cell)]
    wrong = [report for report in reports if not report.ok]
    assert wrong, mistake
    assert max(report.max_error for report in wrong) > 1e-3, "found, but only by a hair"
    assert "WRONG" in str(wrong[0])
