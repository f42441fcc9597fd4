"""JSON: the schema that is written down, and nothing that is not JSON."""

import json
from importlib import resources

import jsonschema
import numpy as np
import pytest

import bptt
from bptt.random_networks import draw
from sweeping import sweep

SCHEMA = json.loads(
    (resources.files("bptt.derivation") / "derivation.schema.json").read_text("utf-8")
)


def strict(text):
    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


def test_the_schema_is_sound():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("seed", sweep(range(30), every=3))
def test_every_derivation_fulfils_it(seed):
    case = draw(seed, vanilla=True)
    d = bptt.explain(case.net, case.params, case.x, case.y, case.loss, mask=case.mask)
    found = strict(d.json())
    jsonschema.validate(found, SCHEMA)
    assert found["schema"] == SCHEMA["title"] == "bptt.derivation/1"


def post(**weights):
    x, y = bptt.tasks.post()
    net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    return bptt.explain(net, bptt.post_params(**weights), x, y)


def test_the_post():
    found = strict(post(wx=0.2, wrec=1.5).json())
    jsonschema.validate(found, SCHEMA)
    assert found["m"] == 3
    assert found["loss"]["value"] == pytest.approx(1.146931183172292, rel=1e-14)
    assert [w["name"] for w in found["weights"]] == ["weight_ih", "weight_hh"]
    term = next(t for t in found["terms"] if (t["weight"], t["time_stamp"]) == ("weight_hh", 2))
    assert term["symbols"]["text"] == "2/m·(S3 - y) · Wrec·[d_log(S2(In))] · S1(Out)"
    factors = [found["factors"][number] for number in term["factors"]]
    assert [f["role"] for f in factors] == ["error", "weight", "slope", "state"]
    assert [f["time_stamp"] for f in factors] == [3, 2, 2, 2]
    # one error, two weights, two boxes, three inputs, three states: each once
    assert len(found["factors"]) == 11


@pytest.mark.filterwarnings("error")
def test_what_is_not_finite_is_null():
    x, y = bptt.tasks.count_ones(2, 300, rng=0)
    net = bptt.RNN(activation="identity", readout="state_in", bias=False)
    d = bptt.explain(net, bptt.post_params(wx=1e200, wrec=1e200), x, y)
    found = strict(d.json())
    jsonschema.validate(found, SCHEMA)
    assert found["loss"]["value"] is None
    assert not np.isfinite(d.gradients[0].engine)
    for shown in (d.text(), d.markdown(), d.latex(), d.html()):
        assert "nan" in shown.lower() or "inf" in shown.lower()


def test_a_schema_that_would_accept_anything_is_none():
    found = strict(post(wx=0.2, wrec=1.5).json())
    for key in found:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({k: v for k, v in found.items() if k != key}, SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found | {"more": 1}, SCHEMA)
    found["factors"][0]["role"] = "unheard of"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, SCHEMA)
