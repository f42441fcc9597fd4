"""Masks, losses of one's own, overflow, a wrong engine, and what is said letter by letter."""

import json
import re

import numpy as np
import pytest

import bptt
from bptt.derivation import derivation as module
from bptt.derivation.chain_rule import MATRIX
from bptt.errors import UnknownNameError
from bptt.params import named_arrays

x, y = bptt.tasks.post()
NET = bptt.RNN(activation="logistic", readout="state_in", bias=False)
P = bptt.post_params(wx=0.2, wrec=1.5)


def test_a_mask_is_explained():
    d = bptt.explain(NET, P, x, y, mask=[True, True, False])
    text = " ".join(d.text().split())
    assert "c is 1 where a target counts, else 0, and that target shown as 0; m is how" in text
    assert "many count: ξ = 1/m Σ c·(prediction - y)² = " in text
    assert "2/2·0·(1.30385 - 0) · 1 111" in text
    assert "2/2·1·(1.21877 - 1) · 1 001" in text
    loss, grads = NET.loss_and_gradient(P, x[:2], y[:2])
    assert d.gradients[0].total == pytest.approx(grads.Wx, rel=1e-14)
    assert d.reading.run.loss == pytest.approx(loss, rel=1e-14)


def test_what_is_masked_may_be_anything():
    wild = NET.batch(x, [1.0, 2.0, 3.0], mask=[True, True, False])
    wild.y[2] = np.nan
    d = bptt.explain(NET, P, wild)
    assert d.gradients[0].total == pytest.approx(d.gradients[0].engine, rel=1e-14)
    assert np.isfinite(d.gradients[0].total)


@pytest.mark.parametrize("activation", ["logistic", "tanh"])
def test_two_logarithms_are_told_apart(activation):
    net = bptt.RNN(activation=activation, readout="state_in", bias=False)
    d = bptt.explain(net, P, x, y / 3, "binary_cross_entropy")
    text = " ".join(d.text().split())
    assert "log is the logistic function, ln the natural logarithm." in text
    assert "1/m·(log(S3) - y)" in text
    z = d.reading.run.prediction[:, 0]
    wanted = np.mean(np.log(1 + np.exp(z)) - y / 3 * z)
    shown = text.split("ξ = 1/m Σ (ln(1 + exp(prediction)) - y·prediction) = ")[1].split()[0]
    assert float(shown) == pytest.approx(wanted, rel=1e-14)


def test_a_loss_of_one_s_own_under_a_name_of_ours():
    """Its derivative is a symbol; ours would be a lie."""

    def quartic(prediction, target, mask):
        apart = prediction - target
        return float((apart**4).mean()), 4 * apart**3 / apart.size

    own = bptt.Loss("mse", quartic, lambda called, y: None)
    d = bptt.explain(NET, P, x, y, own)
    assert "∂ξ/∂ŷ · x3" in repr(d.terms["weight_ih", 3])
    z = d.reading.run.prediction[:, 0]
    wanted = np.mean(4 * (z - y) ** 3 * x[:, 2])
    assert d.terms["weight_ih", 3].value == pytest.approx(wanted, rel=1e-14)
    assert all(gradient.difference < 1e-13 for gradient in d.gradients)
    assert "(prediction - y)²" not in d.text()


@pytest.mark.parametrize("readout", ["last", "every"])
def test_a_loss_of_one_s_own_with_other_readouts(readout):
    def half(prediction, target, mask):
        apart = prediction - target
        return float((apart**2).mean() / 2), apart / apart.size

    net = bptt.RNN(readout=readout)
    target = y if readout == "last" else np.tile(y[:, None, None], (1, 3, 1))
    d = bptt.explain(net, net.init(rng=0), x, target, bptt.Loss("half", half, lambda *_: None))
    other = bptt.explain(net, net.init(rng=0), x, target)
    for one, two in zip(d.gradients, other.gradients, strict=True):
        assert one.total == pytest.approx(two.total / 2, rel=1e-12, abs=1e-15)


def test_overflow_is_said():
    net = bptt.RNN(activation="identity", readout="state_in", bias=False)
    d = bptt.explain(net, bptt.post_params(1e200, 1e200), x, y)
    assert "The numbers of this network overflow" in d.text()
    assert "overflow" not in bptt.explain(net, P, x, y).text()


def test_an_engine_that_is_wrong_is_seen(monkeypatch):
    """The gradient beside the sum is the engine's, not the sum once more."""
    right = module.named_arrays
    grads = bptt.explain(NET, P, x, y).reading.run.grads

    def doctored(params):
        for name, array in right(params):
            yield name, array + (0.25 if name == "weight_hh_l0" else 0.0)

    monkeypatch.setattr(module, "named_arrays", doctored)
    wrong = bptt.explain(NET, P, x, y)
    by_weight = {gradient.weight: gradient for gradient in wrong.gradients}
    assert by_weight["weight_hh"].engine == grads.Wrec + 0.25
    assert by_weight["weight_hh"].difference == pytest.approx(0.25)
    assert by_weight["weight_ih"].difference < 1e-15
    row = next(line for line in wrong.text().splitlines() if line.startswith("∂ξ/∂Wrec "))
    assert row.split()[2:] == [repr(grads.Wrec + 0.25), "0.25"]
    found = json.loads(wrong.json())["gradients"]
    assert found[1]["difference"] == pytest.approx(0.25)
    larger = bptt.RNN(hidden_size=2)
    text = bptt.explain(larger, larger.init(rng=0), x, y).text()
    *_, row = (line for line in text.splitlines() if line.startswith("∂ξ/∂W_hh "))
    assert row.split()[-1] == "0.25"


def test_json_of_a_network_with_several_of_everything():
    """Field by field beside the run itself."""
    rng = np.random.default_rng(3)
    net = bptt.RNN(input_size=2, hidden_size=3, readout="every", output_size=2)
    params = net.init(rng)
    xs, ys = rng.standard_normal((4, 5, 2)), rng.standard_normal((4, 5, 2))
    mask = rng.random((4, 5, 2)) < 0.6
    found = json.loads(bptt.explain(net, params, xs, ys, mask=mask).json())
    run = net.run(params, net.batch(xs, ys, mask=mask))
    assert found["m"] == mask.sum()
    assert (found["n_sequences"], found["n_steps"]) == (4, 5)
    sizes = [found["network"][f"{what}_size"] for what in ("input", "hidden", "output")]
    assert sizes == [2, 3, 2]
    assert found["y"] == np.where(mask, ys, 0.0).transpose(1, 0, 2).tolist()
    assert found["prediction"] == run.prediction.tolist()
    arrays = {name.removesuffix("_l0"): array for name, array in named_arrays(params)}
    assert {w["name"]: w["value"] for w in found["weights"]} == {
        name: array.tolist() for name, array in arrays.items()
    }
    for k, stamp in enumerate(found["time_stamps"], start=1):
        assert stamp["x"] == xs[:, k - 1].tolist()
        assert stamp["state_in"] == run.tape.z[k - 1].tolist()
        assert stamp["state_out"] == run.tape.h[k].tolist()
        assert np.array(stamp["slope"]) == pytest.approx(1 - np.tanh(run.tape.z[k - 1]) ** 2)


def test_network_and_cost_letter_by_letter():
    net = bptt.RNN(hidden_size=1)
    text = bptt.explain(net, net.init(rng=0), x, y).text()
    assert "  S_k(In) = S_k-1(Out)·Wrec + x_k·Wx + b_ih + b_hh\n" in text
    assert "  S_k(Out) = tanh(S_k(In))\n" in text
    assert "  ŷ = S_T(Out)·Wout + b_out    the prediction\n" in text
    net = bptt.RNN(activation="identity", readout="every", hidden_size=1, bias=False)
    text = bptt.explain(net, net.init(rng=0), x, np.ones((3, 3, 1))).text()
    assert "  S_k = S_k-1·Wrec + x_k·Wx\n" in text
    assert "  ŷ_k = S_k·Wout    the prediction\n" in text
    assert "ξ = 1/m Σ (prediction - y)² = " in text
    net = bptt.RNN(hidden_size=3, readout="state_in")
    text = bptt.explain(net, net.init(rng=0), x, [0, 2, 1], "categorical_cross_entropy").text()
    assert "S_k(In) = S_k-1(Out)·W_hhᵀ + x_k·W_ihᵀ + b_ih + b_hh" in text
    assert "ξ = 1/m Σ -y·ln(softmax(prediction)) = " in " ".join(text.split())


def test_what_is_folded_is_counted():
    xs, ys = bptt.tasks.count_ones(9, 30, rng=0)
    text = bptt.explain(NET, P, xs, ys).text()
    assert "… 6 more sequences …" in text  # 9, of which 2 and 1 are shown
    assert "… 6 more …" in text
    assert "… 25 terms …" in text  # 30, of which 3 and 2 are shown
    assert "… 25 time stamps of the same kind …" in text
    more = bptt.explain(NET, P, xs, ys).text()
    assert "    number 1\n" in more
    assert "    number 9\n" in more
    assert "number 0" not in more


def rows_of(text, header):
    """Return the cells of the table below a header that begins with this."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(header))
    found = []
    for line in lines[start + 2 :]:
        if not line.strip():
            return found
        found.append(re.split(r" {2,}", line.strip()))
    return found


def test_norms_of_terms_and_sums_with_several_outputs():
    """Frobenius for what is summed, the largest singular value for the read-out's weight."""
    rng = np.random.default_rng(5)
    net = bptt.RNN(input_size=2, hidden_size=3, output_size=2)
    params = net.init(rng)
    xs, ys = rng.standard_normal((4, 3, 2)), rng.standard_normal((4, 2))
    d = bptt.explain(net, params, xs, ys)
    text = d.text(time_stamp=3, digits=15)
    names = {f"∂ξ/∂{symbol}": weight for weight, symbol in MATRIX.items()}
    rows = rows_of(text, "derivative  last factor")
    assert [row[0] for row in rows] == list(names)
    for row in rows:
        wanted = np.sqrt((np.asarray(d.terms[names[row[0]], 3].value) ** 2).sum())
        assert float(row[-1]) == pytest.approx(wanted, rel=1e-12)
    weight = params.readout.weight
    row = next(row for row in rows_of(text, "factor  ") if row[0] == "W_out")
    largest = np.sqrt(np.linalg.eigvalsh(weight @ weight.T)[-1])
    assert float(row[-1]) == pytest.approx(largest, rel=1e-12)
    assert abs(largest - np.sqrt((weight**2).sum())) > 1e-3
    rows = rows_of(d.text(digits=15), "derivative   shape")
    by_weight = {gradient.weight: gradient for gradient in d.gradients}
    for row in rows:
        gradient = by_weight[names[row[0]]]
        assert float(row[2]) == pytest.approx(np.sqrt((gradient.total**2).sum()), rel=1e-12)
        assert float(row[3]) == pytest.approx(np.sqrt((gradient.engine**2).sum()), rel=1e-12)


def test_an_unknown_loss():
    with pytest.raises(UnknownNameError, match="explain: expected loss"):
        bptt.explain(NET, P, x, y, "bce")


@pytest.mark.parametrize(("options", "came"), [
    ({"cell": "gru"}, "cell='gru'"), ({"leak": 0.5}, "leak=0.5"), ({"n_layers": 2}, "n_layers=2"),
    ({"bidirectional": True}, "both directions"), ({"readout": "mean"}, "readout='mean'"),
    ({"initial_state": "trained"}, "a trained initial state"),
])  # fmt: skip
def test_what_is_not_explained_says_so(options, came):
    net = bptt.RNN(**options)
    with pytest.raises(bptt.errors.InputError, match="vanilla") as caught:
        bptt.explain(net, net.init(rng=0), [[1.0, 0.0]], [1.0])
    assert came in str(caught.value)


def test_ragged_sequences_are_not_explained():
    net = bptt.RNN()
    with pytest.raises(bptt.errors.InputError, match="ragged ones"):
        bptt.explain(net, net.init(rng=0), [[1.0, 0.0], [1.0]], [1.0, 1.0])
