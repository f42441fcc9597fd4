"""Mistakes that are made in the wild, planted into our own source: each must be found.

The mistake is an edit of the real file; the edited file runs in the place of the real one.
"""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import bptt
from bptt import losses, readouts, straight_path
from bptt.random_networks import Case

SOURCE = Path(bptt.__file__).parent
ENGINE, STACK, PACKING = (f"through_time/{name}.py" for name in ("backprop", "stack", "packing"))
ELMAN, GRU, LSTM = (f"cells/{name}.py" for name in ("elman", "gru", "lstm"))

MISTAKES = {
    "f' forgotten everywhere": (ELMAN, "np.multiply(dh, dz[0], dz[0])", "dz[0][...] = dh"),
    "f' taken at State(Out)": (ELMAN, "self.activation.df(z[0], dz[0])", "self.activation.df(after[0], dz[0])"),
    "f' forgotten at the last step": (
        ENGINE, "    # a sequence shorter", "    buffers.dz[buffers.last] = 1.0\n    # a sequence shorter",
    ),
    "f' given to a last state that has no activation": (
        ENGINE, "buffers.dz[buffers.last] = seed.dz_last", "buffers.dz[buffers.last] *= seed.dz_last",
    ),
    "h_k for h_(k-1) in dW_hh": (ENGINE, "dzh.T.dot(before[0])", "dzh.T.dot(buffers.after[0])"),
    "dh not carried": (ENGINE, "            dzh.dot(w_hh, dh)", "            dh.fill(0.0)"),
    "first time stamp skipped": (
        ENGINE, "buffers.backward_steps(seed.dz_last is not None)", "buffers.backward_steps(seed.dz_last is not None)[:-1]",
    ),
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
    "W_hh not transposed": (ENGINE, "            dzh.dot(w_hh, dh)", "            dzh.dot(w_hh.T if dzh.shape == dh.shape else w_hh, dh)"),
    "W_out not transposed": ("readouts.py", "dh = d.dot(weights.weight)", "dh = d.dot(weights.weight.T.reshape(weights.weight.shape))"),
    "gradient of the read-out's bias averaged": ("readouts.py", "np.add.reduce(d)", "d.mean(axis=0)"),
    "gradient rescaled silently": (
        ENGINE, "    return Recurrent(d_w1[:, :-1].copy()",
        "    d_weight_hh /= max(1.0, np.abs(d_weight_hh).max() / 0.01)\n    return Recurrent(d_w1[:, :-1].copy()",
    ),
    "error at k not added": (ENGINE, "np.add(dh, dh_every[rows], dh)", "pass"),
    "error at k taken from k+1": (ENGINE, "dh_every[rows]", "np.roll(dh_every, -3, axis=0)[rows]"),
    "bias gradient of the last step only": (ENGINE, "d_bias_ih = d_w1[:, -1].copy()", "d_bias_ih = dz[-1:].sum(axis=0)"),
    "bias_hh has no gradient": (ENGINE, "d_bias_hh = d_w1[:, -1].copy() if", "d_bias_hh = 0 * d_w1[:, -1] if"),
    "gradient is the weights plus something": (ENGINE, "    return Recurrent(d_w1", "    d_weight_hh += weights.weight_hh\n    return Recurrent(d_w1"),
    "dx by the recurrent weights": (STACK, "dz.dot(stack.weights[first].weight_ih)", "dz.dot(np.resize(stack.weights[first].weight_hh, stack.weights[first].weight_ih.shape))"),
    # of leaky units
    "the leak forgotten in f'": (ELMAN, "np.multiply(dz[0], self.leak, dz[0])", "pass"),
    "what leaks by not carried": (ELMAN, "np.multiply(dh, 1.0 - self.leak, dh)", "dh.fill(0.0)"),
    "what leaks by carried whole": (ELMAN, "np.multiply(dh, 1.0 - self.leak, dh)", "pass"),
    # of the GRU
    "the state that passes the GRU by is forgotten": (GRU, "np.multiply(dh, u, dh)", "dh.fill(0.0)"),
    "it passes by whole": (GRU, "np.multiply(dh, u, dh)", "pass"),
    "1 - u for u": (GRU, "np.multiply(dh, u, dh)", "np.multiply(dh, 1 - u, dh)"),
    "the reset gate forgotten in dzh": (GRU, "np.multiply(dz_n, r, dzh_n)", "dzh_n[...] = dz_n"),
    "the update gate's error without n": (GRU, "dz_u *= before[0] - n", "dz_u *= before[0]"),
    "σ' of the wrong gate": (GRU, "LOGISTIC.df(z_r, dz_r)", "LOGISTIC.df(z_u, dz_r)"),
    "bias_hh of the GRU as bias_ih": (ENGINE, "else dzh.sum(axis=0)", "else dz.sum(axis=0)"),
    "what passes by is lost": (ENGINE, "np.add(dh, by_h, dh)", "np.copyto(dh, by_h)"),
    # of the LSTM
    "dc not carried": (LSTM, "np.multiply(dc, f, dc)", "dc.fill(0.0)"),
    "dc carried without the forget gate": (LSTM, "np.multiply(dc, f, dc)", "pass"),
    "tanh' of c forgotten": (LSTM, "TANH.df(after[1], dc_by_h)", "dc_by_h.fill(1.0)"),
    "h's error to c forgotten": (LSTM, "np.add(dc, dc_by_h, dc)", "pass"),
    "c_k for c_(k-1) in the forget gate": (LSTM, "dz_f *= before[1]", "dz_f *= after[1]"),
    "i for g": (LSTM, "dz_i *= g", "dz_i *= i"),
    "peephole of c_k for c_(k-1)": (ENGINE, "seen[at_k][state]", "seen[True][state]"),
    "peepholes not on the way back": (LSTM, "dc += dz_i * p_i", "pass"),
    "the output's peephole after dc was used": (LSTM, "dc += dz_o * p_o", "pass"),
    # of ragged sequences, layers and directions
    "short sequences get their error at the end of the longest": (
        ENGINE, "np.copyto(d_states[0], seed.dh_last)",
        "np.copyto(d_states[0][:tape.packing.running[-1]], seed.dh_last[:tape.packing.running[-1]])",
    ),
    "the mean's error shared by the longest": (PACKING, "d_mean / self.share(d_mean)", "d_mean / self.n_steps"),
    "mean's error to the last time stamp alone": (PACKING, "each[self.sequence]", "each[self.sequence] * (self.step == self.n_steps - 1)[:, None]"),
    "the direction backwards not turned on the way back": (STACK, "every[packing.turned, H:]", "every[:, H:]"),
    "the direction backwards adds nothing to the layer below": (STACK, "if stack.n_directions == 2:", "if stack.n_directions == 3:"),
    "initial state's gradient of the first sequence alone": (STACK, "d.sum(axis=0) for d in", "d[0] for d in"),
    "dropout not on the way back": (STACK, "d_rows * stack.drops[first // D - 1] if stack.drops", "d_rows if stack.drops"),
}  # fmt: skip


def edited(file, *replacements):
    """Return the names that the source file defines after the edit."""
    text = (SOURCE / file).read_text(encoding="utf-8")
    for old, new in zip(replacements[::2], replacements[1::2], strict=True):
        assert text.count(old) >= 1, f"the place of this mistake is gone from {file}: {old}"
        text = text.replace(old, new)
    module = ModuleType(f"planted_{Path(file).stem}")
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        exec(compile(text, file, "exec"), vars(module))
    finally:
        del sys.modules[module.__name__]
    return vars(module)


NAMES = {ELMAN: "Elman", GRU: "GRU", LSTM: "LSTM"}


def plant(monkeypatch, file, *replacements):
    """Let the edited file run in the place of the real one; return (cells, strategy)."""
    names = edited(file, *replacements)
    cells, strategy = {name: getattr(bptt, name) for name in NAMES.values()}, bptt.FullBPTT()
    if file in NAMES:
        cells[NAMES[file]] = names[NAMES[file]]
    elif file == ENGINE:
        strategy = names["FullBPTT"]()
    elif file == STACK:
        for name in ("forward", "backward"):
            monkeypatch.setattr(straight_path.layers_of, name, names[name])
        for module in ("bptt.trace", "bptt.gradient_check"):
            monkeypatch.setattr(
                importlib.import_module(module), "input_gradient", names["input_gradient"]
            )
    elif file == PACKING:
        for name in ("mean", "mean_back", "share"):
            monkeypatch.setattr(bptt.through_time.Packing, name, vars(names["Packing"])[name])
    elif file == "losses.py":
        monkeypatch.setattr(losses, "find", lambda called, name: names["BY_NAME"][name])
    else:
        monkeypatch.setattr(readouts, "find", lambda called, name: names["BY_NAME"][name])
    return cells, strategy


def cases(cells):
    """Yield small networks in which every line of the source has an effect."""
    rng = np.random.default_rng(11)
    elman, gru, lstm = (cells[name] for name in NAMES.values())
    tanh, both = bptt.activations.TANH, {"n_layers": 2, "bidirectional": True}
    rows = [
        (elman(tanh), "state_in", False, None, {}),
        (elman(tanh), "last", False, None, {}),
        (elman(tanh), "every", True, None, {}),
        (elman(tanh, 0.4), "last", False, [5, 2, 5, 1], {}),
        (gru(), "every", False, None, both | {"dropout": 0.3}),
        (gru(), "last", False, [3, 5, 1, 2], {"initial_state": "trained"}),
        (lstm(), "mean", False, [3, 5, 1, 2], both),
        (lstm(peephole=True), "last", False, None, {}),
    ]
    for cell, readout, masked, lengths, options in rows:
        net = bptt.RNN(cell, 2, 3, None, readout, 3, **options)
        shape = (4, 5, 3) if readout == "every" else (4, 3)
        mask = (rng.random(shape) < 0.7) if masked else None
        x, y = rng.standard_normal((4, 5, 2)), rng.standard_normal(shape)
        states = None
        if not net.is_trained:
            states = tuple(rng.standard_normal((net.n_parts, 4, 3)) for _ in cell.states)
        lengths = None if lengths is None else np.array(lengths)
        yield Case(net, net.init(rng), x, y, "mse", mask, states, lengths)


def test_without_a_mistake_nothing_is_found(monkeypatch):
    for file in (ELMAN, GRU, LSTM, ENGINE, STACK, PACKING, "losses.py", "readouts.py"):
        cells, strategy = plant(monkeypatch, file)  # the same detour, nothing replaced
        assert all(case.check(strategy=strategy, rng=1).ok for case in cases(cells)), file


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_found(mistake, monkeypatch):
    cells, strategy = plant(monkeypatch, *MISTAKES[mistake])
    largest = 0.0
    for case in cases(cells):
        report = case.check(strategy=strategy, rng=1)
        if not report.ok:
            assert "WRONG" in str(report)
            largest = max(largest, report.max_error)
        if largest > 1e-3:
            return
    assert largest > 0.0, f"no network shows it: {mistake}"
    pytest.fail(f"found, but only by a hair: {largest}")
