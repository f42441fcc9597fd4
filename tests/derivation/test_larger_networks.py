"""The same chain with matrices: terms, norms and single entries, against independent numbers."""

import json
import re

import numpy as np
import pytest

import bptt
from bptt.derivation.entry import entry_point, entry_term
from bptt.derivation.tree import evaluate
from bptt.errors import InputError
from bptt.params import fields, named_arrays
from bptt.random_networks import draw
from derivation.test_printed_numbers import calculated, equations
from sweeping import sweep

STEP = 1e-30
CASES = [draw(seed, vanilla=True) for seed in range(60)]
NOT_RELU = [case for case in CASES if case.net.activation.complex_step]


def explained(case):
    return bptt.explain(
        case.net, case.params, case.x, case.y, case.loss,
        mask=case.mask, initial_state=case.initial_state,
    )  # fmt: skip


NO_SCALARS = [case for case in CASES if not explained(case).scalar][:40]


def by_complex_step(case):
    """Return the whole gradient, entry by entry, from the forward alone."""
    found = {}
    arrays = dict(named_arrays(case.params))
    for name, array in arrays.items():
        gradient = np.empty(array.shape)
        for index in np.ndindex(array.shape):
            moved = {n: a.astype(complex) for n, a in arrays.items()}
            moved[name][index] += 1j * STEP
            params = bptt.params.from_names(moved)
            loss = case.net.loss(
                params, case.x, case.y, case.loss, mask=case.mask, initial_state=case.initial_state
            )
            gradient[index] = loss.imag / STEP
        found[name.removesuffix("_l0")] = gradient
    return found


@pytest.mark.parametrize("case", NOT_RELU[:25], ids=str)
def test_sums_against_a_complex_step(case):
    d, wanted = explained(case), by_complex_step(case)
    largest = max(np.abs(gradient).max() for gradient in wanted.values())
    for gradient in d.gradients:
        assert np.abs(np.asarray(gradient.total).reshape(wanted[gradient.weight].shape)
                      - wanted[gradient.weight]).max() <= 1e-12 * largest  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_terms_against_the_shares_of_the_trace(case):
    """The engine's own shares are products of ∂ξ/∂z; ours is the chain, factor by factor."""
    d = explained(case)
    trace = case.net.trace(
        case.params, case.x, case.y, case.loss, mask=case.mask, initial_state=case.initial_state
    )
    shares = [share for share in fields(trace.shares) if share is not None]
    for weight, share in zip(d.chain.weights, shares, strict=True):
        scale = max(np.abs(share).max(), *(np.abs(g.engine).max() for g in d.gradients))
        for k in d.chain.time_stamps(weight):
            term = np.asarray(d.terms[weight, k].value).reshape(share[k - 1].shape)
            assert np.abs(term - share[k - 1]).max() <= 1e-12 * scale
    for k, error in d.errors.items():
        wanted = trace.d_state_in[:, k - 1]
        scale = np.abs(trace.d_state_in).max()
        assert np.abs(error.reshape(wanted.shape) - wanted).max() <= 1e-12 * scale


@pytest.mark.parametrize("case", sweep(NO_SCALARS, every=4), ids=str)
def test_every_entry_in_scalar_form(case):
    """The tree of scalars has the value of the entry of the product of matrices."""
    d = explained(case)
    point = entry_point(d)
    for (weight, k), term in d.terms.items():
        value = np.asarray(term.value)
        for index in np.ndindex(value.shape):
            found = float(np.sum(evaluate(entry_term(d, weight, index, k), point)))
            scale = max(np.abs(value).max(), np.abs(d.errors[k]).max())
            assert abs(found - value[index]) <= 1e-12 * scale


@pytest.mark.parametrize("readout", ["last", "every", "state_in"])
def test_the_lines_of_an_entry_have_its_value(readout):
    """What is printed, calculated by Python: each line with numbers, and their sum."""
    rng = np.random.default_rng(7)
    net = bptt.RNN(input_size=2, hidden_size=2, readout=readout, output_size=2)
    shape = (4, 2) if readout != "every" else (4, 5, 2)
    xs, ys = rng.standard_normal((4, 5, 2)), rng.standard_normal(shape)
    d = bptt.explain(net, net.init(rng), xs, ys)
    for weight, index in [("weight_hh", (1, 0)), ("weight_ih", (1, 1)), ("bias_ih", (0,))]:
        for k in (5, 4, 1):
            name = f"{weight}[{','.join(map(str, index))}]"
            text = d.text(entry=name, time_stamp=k, digits=17, width=1000)
            ((_, (_, _, *numbers, value)),) = equations(text, anything=True)
            assert len(numbers) == 4
            wanted = d.terms[weight, k].value[index]
            assert sum(map(calculated, numbers)) == pytest.approx(wanted, rel=1e-12)
            assert float(value) == pytest.approx(wanted, rel=1e-12)


def test_the_rule_of_an_entry_is_written_with_the_right_indices():
    net = bptt.RNN(hidden_size=2)
    x, y = bptt.tasks.count_ones(2, 4, rng=1)
    text = bptt.explain(net, net.init(rng=0), x, y).text(
        entry="weight_hh[1,0]", time_stamp=2, width=1000
    )
    assert (
        "= (∂ξ/∂S3(In)[0]·W_hh[0,1] + ∂ξ/∂S3(In)[1]·W_hh[1,1]) · [d_tanh(S2(In)[1])] · S1(Out)[0]"
    ) in text


@pytest.mark.parametrize("entry", ["readout.weight[0,0]", "readout.bias[0]"])
def test_an_entry_at_a_time_stamp_at_which_it_is_not_used(entry):
    with pytest.raises(InputError, match="is used at time stamp 60 only"):
        D.text(entry=entry, time_stamp=2)
    assert "Time stamp 60" in D.text(entry=entry, time_stamp=60)
    assert D.text(entry=entry).count("Time stamp") == 1


def test_every_time_stamp_read_out_at_any_length():
    """The chain is walked link by link, however long."""
    xs, _ = bptt.tasks.count_ones(2, 1500, rng=0)
    many = bptt.RNN(hidden_size=2, readout="every")
    d = bptt.explain(many, many.init(rng=0), xs, np.zeros((2, 1500, 1)))
    rows = table(d.text(time_stamp=1, digits=15), ["factor", "what it is", "shape", "norm"])
    assert [row[1] for row in rows] == ["error, by two ways", "activation derivative"]
    last = many.trace(many.init(rng=0), xs, np.zeros((2, 1500, 1)))
    slope = 1 - np.tanh(last.state_in[:, 0]) ** 2
    wanted = np.linalg.norm(last.d_state_in[:, 0] / slope)
    assert float(rows[0][-1]) == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize("entry", ["readout.weight[0,0]", "readout.bias[0]"])
def test_an_entry_that_is_used_once_hides_no_time_stamps(entry):
    assert "time stamps of the same kind" not in D.text(entry=entry)


x, y = bptt.tasks.count_ones(5, 60, rng=1)
net = bptt.RNN(hidden_size=8)
D = bptt.explain(net, net.init(rng=0), x, y)


def table(text, header):
    """Return the rows below a header, cut at runs of two blanks."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if re.split(r" {2,}", line.strip()) == header)
    rows = []
    for line in lines[start + 2 :]:
        if not line.strip():
            break
        rows.append(re.split(r" {2,}", line.strip()))
    return rows


def test_norms_of_the_errors():
    trace = net.trace(net.init(rng=0), x, y)
    text = D.text(digits=17)
    rows = table(text, ["k", "norm of ∂ξ/∂S_k(In)", "on a logarithmic scale"])
    assert [row[0] for row in rows] == [
        *map(str, range(60, 50, -1)),
        "…",
        *map(str, range(10, 0, -1)),
    ]
    for row in rows:
        if row[0] != "…":
            wanted = np.linalg.norm(trace.d_state_in[:, int(row[0]) - 1])
            assert float(row[1]) == pytest.approx(wanted, rel=1e-13)
    bars = [len(row[2]) for row in rows if row[0] != "…"]
    assert bars[0] == 30
    assert bars[-1] == 1
    assert bars == sorted(bars, reverse=True)


def test_factors_with_shape_and_norm():
    text = D.text(time_stamp=59, digits=17)
    rows = table(text, ["factor", "what it is", "shape", "norm"])
    params, tape = net.init(rng=0), net.run(net.init(rng=0), net.batch(x, y)).tape
    run, hh = net.run(params, net.batch(x, y)), params.layers[0].weight_hh
    slopes = [(1 - np.tanh(run.tape.z[k]) ** 2).max() for k in (59, 58)]
    wanted = [
        ("2/m·(ŷ - y)", "error", "(5, 1)", np.linalg.norm(run.d_prediction)),
        ("W_out", "read-out weight", "(1, 8)", np.linalg.norm(params.readout.weight)),
        ("[d_tanh(S60(In))]", "activation derivative", "(5, 8)", slopes[0]),
        ("W_hh", "recurrent weight", "(8, 8)",
         np.sqrt(np.linalg.eigvalsh(hh.T @ hh)[-1])),
        ("[d_tanh(S59(In))]", "activation derivative", "(5, 8)", slopes[1]),
    ]  # fmt: skip
    assert [tuple(row[:3]) for row in rows] == [row[:3] for row in wanted]
    for row, (*_, norm) in zip(rows, wanted, strict=True):
        assert float(row[3]) == pytest.approx(norm, rel=1e-12)
    assert tape.went_back


def test_it_is_never_a_wall_of_text():
    for text in (D.text(), D.text(entry="weight_hh[2,5]")):
        assert len(text.splitlines()) < 150
        assert "… 113 factors …" in text or "… 6 terms …" in text


def test_one_entry_at_one_time_stamp():
    text = D.text(entry="weight_hh[2,5]", time_stamp=3)
    value = D.terms["weight_hh", 3].value[2, 5]
    assert float(re.findall(r"= (\S+)$", text, flags=re.MULTILINE)[-1]) == pytest.approx(
        value, 1e-12
    )
    assert (
        "∂ξ/∂W_hh[2,5] = ∂ξ/∂S3(Out)[2] · [∂S3(Out)[2]/∂S3(In)[2]] · ∂S3(In)[2]/∂W_hh[2,5]" in text
    )
    assert "d_tanh(S3(In)[2])] · S2(Out)[5]" in text
    assert text.count("Time stamp") == 1


def test_one_entry_over_all_time_stamps():
    text = D.text(entry="bias_ih[7]")
    (row,) = table(text, ["entry", "sum of the terms", "engine", "difference"])
    engine = dict(named_arrays(D.reading.run.grads))["bias_ih_l0"][7]
    assert row[0] == "b_ih[7]"
    assert float(row[1]) == pytest.approx(engine, rel=1e-12)
    assert float(row[2]) == engine


@pytest.mark.parametrize(
    "entry", ["weight_hh", "weight_hh[8,0]", "weight_hh[0,8]", "weight_hh[1]", "bias_ih[0,0]",
              "no[0,0]", "", "weight_hh[-1,0]", "weight_hh[1,2,3]", "weight_hh[٣,0]",
              "weight_hh[99999999999999999999,0]"],
)  # fmt: skip
def test_an_entry_that_is_not_there(entry):
    with pytest.raises(InputError, match=r"explain: expected entry .*weight_hh\[8, 8\]"):
        D.text(entry=entry)


@pytest.mark.parametrize("time_stamp", [0, 61, -1, 1.5, "3", True])
def test_a_time_stamp_that_is_not_there(time_stamp):
    with pytest.raises(InputError, match="explain: expected time_stamp"):
        D.text(time_stamp=time_stamp)


def test_json_has_all_of_it():
    found = json.loads(D.json())
    assert len(found["terms"]) == 4 * 60 + 2
    assert np.shape(found["terms"][1]["value"]) == (8, 8)
    assert found["factors"] == found["terms"][0]["factors"] == []
    assert np.array(found["time_stamps"][9]["d_state_in"]).shape == (5, 8)
