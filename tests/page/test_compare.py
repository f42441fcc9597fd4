"""Three networks side by side: each is what the trace shows of it alone."""

import math

import pytest

from page.asking import ask, draw


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
@pytest.mark.parametrize("seed", range(40))
def test_each_is_the_network_of_its_trace(seed, arithmetic):
    given = draw(seed, step="0", walk="0")
    networks = ask("compare", given, arithmetic)["networks"]
    assert [network["activation"] for network in networks] == ["logistic", "tanh", "identity"]
    for network in networks:
        trace = ask("trace", given | {"activation": network["activation"]}, arithmetic)
        alone = trace["network"]
        assert {name: network[name] for name in alone} == alone
        assert network["said"] == trace["sequences"][int(given["sequence"]) - 1]
        group, other = network["errors"], trace["bars"][0]
        assert (group["name"], group["label"]) == ("error", other["label"])
        values = [(bar["time_stamp"], bar["value"]) for bar in group["bars"]]
        assert values == [(bar["time_stamp"], bar["value"]) for bar in other["bars"]]
        assert set(network) == {*alone, "said", "errors", "boxes"}
        boxes = [
            alone["factors"][name]["value"]["value"]
            for name in alone["terms"][0]["factors"]
            if name.startswith("slope")
        ]
        back = trace["n_steps"] - int(given["time_stamp"])
        assert network["boxes"]["n"] == len(boxes) == back * (network["activation"] != "identity")
        product = math.prod(boxes)
        assert network["boxes"]["product"]["value"] == pytest.approx(product, rel=1e-12, abs=0)


@pytest.mark.parametrize("arithmetic", ["numpy", "floats"])
def test_the_weights_are_those_of_the_training(arithmetic):
    """Of the activation that is set; the others are looked at with the same weights."""
    given = {"step": "7", "optimizer": "momentum", "rate": "0.05", "activation": "tanh"}
    trained = [w["value"] for w in ask("trace", given, arithmetic)["network"]["weights"]]
    assert trained[0]["value"] != 0.2
    for network in ask("compare", given, arithmetic)["networks"]:
        assert [w["value"] for w in network["weights"]] == trained
