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
from bptt.through_time import backprop, columns, walk, workspace

SOURCE = Path(bptt.__file__).parent
ENGINE, STACK, PACKING, PLAIN, WALK, GRADIENT, COLUMNS, BUFFERS = (
    f"through_time/{name}.py"
    for name in ("backprop", "stack", "packing", "plain", "walk", "gradient", "columns", "buffers")
)
ELMAN, GRU, LSTM = (f"cells/{name}.py" for name in ("elman", "gru", "lstm"))

MISTAKES = {
    "f' forgotten everywhere": (ELMAN, "np.multiply(dh, dh_dz, dz)", "np.copyto(dz, dh)"),
    "f' taken at State(Out)": (ELMAN, "self.activation.df(z[0], local[0])", "self.activation.df(after[0], local[0])"),
    "f' forgotten at the last step": (
        PLAIN, "cell.local_derivatives(*steps.local)", "cell.local_derivatives(*steps.local); steps.local[-1][:, -1] = 1.0",
    ),
    "f' given to a last state that has no activation": (
        BUFFERS, "n if last_is_state_in else rectangle.stretch.n", "rectangle.stretch.n",
    ),
    "h_k for h_(k-1) in dW_hh": (
        GRADIENT, "buffers.h1[r.stretch.before]", "buffers.h1[r.stretch.after]",
    ),
    "dh not carried": (WALK, "product(dz_h[k], w_hh, by_h)", "by_h.fill(0.0)"),
    "first time stamp skipped": (WALK, "range(len(dz_h) - 1, -1, -1)", "range(len(dz_h) - 1, 0, -1)"),
    "batch mean taken twice": (
        "losses.py", "number(2.0 * share)", "number(2.0 * share / len(difference))",
    ),
    "batch mean forgotten": (
        "losses.py", "number(2.0 * share)", "number(2.0)",
    ),
    "factor 2 forgotten": ("losses.py", "number(2.0 * share)", "number(share)"),
    "sign of the error": ("losses.py", "number(2.0 * share)", "number(-2.0 * share)"),
    "mask forgotten in the backward": ("losses.py", "if mask is None else np.where(mask, d_", "if True else np.where(mask, d_"),
    "W_hh not transposed": (WALK, "product(dz_h[k], w_hh, by_h)", "product(dz_h[k], w_hh.T if dz_h[k].shape == by_h.shape else w_hh, by_h)"),
    "W_out not transposed": ("readouts.py", "dot(d, weight)", "dot(d, weight.T.reshape(weight.shape))"),
    "gradient of the read-out's bias averaged": ("readouts.py", "add_up(d)", "d.mean(axis=0)"),
    "gradient rescaled silently": (
        COLUMNS, "put(total[:, :H], rows, d_hh)",
        "put(total[:, :H] / max(1.0, np.abs(total[:, :H]).max() / 0.01), rows, d_hh)",
    ),
    "error at k not added": (WALK, "np.add(dh, dh_every[k], dh)", "pass"),
    "error at k taken from k+1": (WALK, "dh_every[k]", "dh_every[min(k + 1, len(dh_every) - 1)]"),
    "bias gradient of the last step only": (GRADIENT, "    columns.cut(", "    total[:, buffers.sizes[1]] = back.dzh[-1]; columns.cut("),
    "bias_hh has no gradient": (COLUMNS, "put(total[:, H], rows, db_hh)", "put(0 * total[:, H], rows, db_hh)"),
    "gradient is the weights plus something": (GRADIENT, "    peephole = ", "    d_hh += weights.weight_hh; peephole = "),
    "dx by the recurrent weights": (STACK, ".dot(stack.weights[first].weight_ih)", ".dot(np.resize(stack.weights[first].weight_hh, stack.weights[first].weight_ih.shape))"),
    # of leaky units
    "the leak forgotten in f'": (ELMAN, "np.multiply(local[0], self.leak, local[0])", "pass"),
    "what leaks by not carried": (ELMAN, "np.multiply(dh, 1.0 - self.leak, dh)", "dh.fill(0.0)"),
    "what leaks by carried whole": (ELMAN, "np.multiply(dh, 1.0 - self.leak, dh)", "pass"),
    # of the GRU
    "the state that passes the GRU by is forgotten": (GRU, "np.multiply(dh, u, dh)", "dh.fill(0.0)"),
    "it passes by whole": (GRU, "np.multiply(dh, u, dh)", "pass"),
    "1 - u for u": (GRU, "np.multiply(dh, u, dh)", "np.multiply(dh, 1 - u, dh)"),
    "the reset gate forgotten in dzh": (GRU, "np.copyto(local[2], r)", "local[2].fill(1.0)"),
    "the update gate's error without n": (GRU, "np.subtract(before[0], n, scratch)", "np.copyto(scratch, before[0])"),
    "σ' of the wrong gate": (GRU, "LOGISTIC.df(z[:2], local[:2])", "LOGISTIC.df(z[1:2], local[:2])"),
    "bias_hh of the GRU as bias_ih": (COLUMNS, "    if db_ih is not None:", "    if db_hh is not None: put(total[:, H], rows, db_hh)\n    if db_ih is not None:"),
    "what passes by is lost": (WALK, "np.add(dh, by_h, dh)", "np.copyto(dh, by_h)"),
    # of the LSTM
    "dc not carried": (LSTM, "np.multiply(dc, f, dc)", "dc.fill(0.0)"),
    "dc carried without the forget gate": (LSTM, "np.multiply(dc, f, dc)", "pass"),
    "tanh' of c forgotten": (LSTM, "TANH.df(after[1], local[4])", "local[4].fill(1.0)"),
    "h's error to c forgotten": (LSTM, "np.add(dc, dh_dc, dc)  #", "pass  #"),
    "c_k for c_(k-1) in the forget gate": (LSTM, "np.multiply(local[2], before[1], local[2])", "np.multiply(local[2], after[1], local[2])"),
    "i for g": (LSTM, "np.multiply(local[1], kept[3], local[1])", "np.multiply(local[1], kept[1], local[1])"),
    "peephole of c_k for c_(k-1)": (GRADIENT, "seen[at_k][state]", "seen[True][state]"),
    "peepholes not on the way back": (LSTM, "np.multiply(peephole[0], dz_ifg[0], dh_dc)", "dh_dc.fill(0.0)"),
    "the output's peephole after dc was used": (LSTM, "np.multiply(peephole[2], dz_o, dh_dc)", "dh_dc.fill(0.0)"),
    # of ragged sequences, layers and directions
    "short sequences get their error at the end of the longest": (
        ENGINE, "np.copyto(back.d_states[0], seed.dh_last)",
        "np.copyto(back.d_states[0][:buffers.packing.running[-1]], seed.dh_last[:buffers.packing.running[-1]])",
    ),
    "only the last stretch of time stamps adds to the gradient": (GRADIENT, "np.add(total, more, total)", "pass"),
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


PARTS = (STACK, PACKING, PLAIN, WALK, GRADIENT, COLUMNS, BUFFERS)
NAMES = {ELMAN: "Elman", GRU: "GRU", LSTM: "LSTM"}


def plant(monkeypatch, file, *replacements):
    """Let the edited file run in the place of the real one; return (cells, strategy)."""
    names = edited(file, *replacements)
    cells, strategy = {name: getattr(bptt, name) for name in NAMES.values()}, bptt.FullBPTT()
    if file in NAMES:
        cells[NAMES[file]] = names[NAMES[file]]
    elif file == ENGINE:
        strategy = names["FullBPTT"]()
    elif file == WALK:
        for name in ("advance", "go_back"):
            monkeypatch.setattr(walk, name, names[name])
    elif file == GRADIENT:
        monkeypatch.setattr(backprop, "gradient", names["gradient"])
    elif file == COLUMNS:
        monkeypatch.setattr(columns, "cut", names["cut"])
    elif file in (PLAIN, BUFFERS):
        for name in {"Plain", "Buffers"} & set(names):
            monkeypatch.setattr(workspace, name, names[name])
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
    for file in (*NAMES, ENGINE, *PARTS, "losses.py", "readouts.py"):
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
