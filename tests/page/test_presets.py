"""The lessons: they can be read, and what they say is so."""

import re
from itertools import pairwise

import numpy as np
import pytest

import bptt
from bptt.limits import two_weights
from bptt.page.answers import presets
from bptt.page.presets import PRESETS
from bptt.page.state import read
from page.asking import ask

LESSONS = {lesson["name"]: lesson for lesson in presets()}


def settings(name, **given):
    return LESSONS[name]["settings"] | given


def after(name, step, **given):
    """Return (weights, predictions, the trace) after some updates."""
    trace = ask("trace", settings(name, **given) | {"step": str(step)})
    assert trace["settings"]["step"] == str(step)
    weights = [weight["value"]["value"] for weight in trace["network"]["weights"]]
    return weights, [said["prediction"]["value"] for said in trace["sequences"]], trace


def minimum(name):
    answer = ask("surface", settings(name))
    return {n: number["value"] for n, number in answer["minimum"].items()}


def test_they_are_read_and_written():
    assert list(LESSONS) == ["post", "part1", "part2", "vanishing", "exploding", "limit"]
    for lesson in LESSONS.values():
        assert read(lesson["settings"]).settings() == lesson["settings"]
        assert lesson["settings"]["step"] == lesson["settings"]["walk"] == "0"
        assert lesson["says"].endswith(".")
    assert ask("start")["presets"] == list(LESSONS.values())
    for preset in PRESETS:
        lesson = LESSONS[preset.name]
        assert (lesson["title"], lesson["says"]) == (preset.title, preset.says)
        assert lesson["settings"]["lesson"] == preset.name
        assert read(preset.settings | {"lesson": preset.name}).settings() == lesson["settings"]
    assert read({}).lesson == "post"


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_its_name_alone_is_a_link(preset):
    """What the address leaves out is the lesson's; what it names is not."""
    name = preset.name
    for arithmetic in ("numpy", "floats"):
        trace = ask("trace", {"lesson": name}, arithmetic)
        assert trace["settings"] == settings(name)
    for setting, value in preset.settings.items():
        alone = {"sequences": preset.settings["sequences"]} if setting == "targets" else {}
        assert settings(name)[setting] == read(alone | {setting: value}).settings()[setting]
    found = read({"lesson": name, "wrec": "0.5", "reach": "8", "sequences": "01,11", "step": "7"})
    assert (found.wrec, found.reach, found.step) == (0.5, "8", 7)
    assert found.targets == (1.0, 2.0)  # not those of other sequences
    assert found.activation == settings(name)["activation"]
    assert read({"lesson": name, "targets": "5,6,7"}).targets == (5.0, 6.0, 7.0)
    # without the name, or with that of none, it is the post's data
    for other in ({}, {"lesson": ""}):
        assert read(other | {"step": "7"}).sequences == ("001", "011", "111")


@pytest.mark.parametrize("name", LESSONS)
def test_they_can_be_looked_at(name):
    for arithmetic in ("numpy", "floats"):
        trace = ask("trace", settings(name), arithmetic)
        assert trace["check"]["right"] is True
        assert trace["overflow"] == ""
        weights = [weight["value"]["value"] for weight in trace["network"]["weights"]]
        assert max(map(abs, weights)) <= float(settings(name)["reach"])  # the point is on the map


def data(name):
    found = read(settings(name))
    return np.array(found.x), np.array(found.targets)


def test_the_data_are_those_of_the_posts():
    for name, task in (("post", bptt.tasks.post), ("limit", bptt.tasks.post),
                       ("part1", bptt.tasks.part1), ("part2", bptt.tasks.part2)):  # fmt: skip
        for ours, theirs in zip(data(name), task(), strict=True):
            assert (ours == theirs).all()


def test_no_weights_count_the_posts_sequences():
    x, y = data("post")
    assert two_weights(x, y, bptt.activations.LOGISTIC).correct == 2  # of three
    assert "no pair of weights counts all three" in LESSONS["post"]["says"]
    assert "Some weights count two, none all three" in LESSONS["limit"]["says"]


def test_part_1_goes_down_a_valley():
    says = LESSONS["part1"]["says"]
    assert settings("part1")["rate"] == "0.02,0.0006"
    start = after("part1", 0)[2]["cost"]["value"]
    costs = [after("part1", step)[2]["cost"]["value"] for step in (1, 100, 500, 2000)]
    assert sorted([start, *costs], reverse=True) == [start, *costs]
    assert costs[-1] > 0.01
    assert "30,000 updates of the script" in says
    trace = ask("trace", settings("part1", step="30000"), "floats")
    end = [weight["value"]["value"] for weight in trace["network"]["weights"]]
    assert end == pytest.approx([1, 1], abs=1e-2)
    assert [said["right"] for said in trace["sequences"]] == [True] * 3
    assert "500 of Rprop" in says
    weights, predictions, _ = after("part1", 500, optimizer="rprop")
    assert weights == pytest.approx([1, 1], abs=1e-4)
    assert predictions == pytest.approx([1, 2, 3], abs=1e-4)
    at_any_length = {"sequences": "1" * 64 + "," + "01" * 32, "wx": "1", "wrec": "1"}
    assert ask("trace", at_any_length | {"activation": "identity"})["cost"]["value"] == 0


def test_part_2_counts_zeros():
    says = LESSONS["part2"]["says"]
    x, y = data("part2")
    assert ((x == 0).sum(axis=1) == y).all()
    assert re.search(r"a rate of 0\.1 a hundred lead there", says)
    weights, predictions, _ = after("part2", 100, rate="0.1")
    assert np.rint(predictions).tolist() == y.tolist()
    assert weights == pytest.approx([-1.2088349535292395, 3.5751371681643622], abs=0.1)
    lowest = minimum("part2")
    assert (lowest["wx"], lowest["wrec"]) == pytest.approx(weights, abs=0.1)


def test_the_gradient_vanishes():
    trace = after("vanishing", 0)[2]
    slopes = [stamp["slope"]["value"] for stamp in trace["network"]["time_stamps"][:-1]]
    assert len(slopes) == 9
    assert 0 < max(slopes) <= 0.25
    for i in "123":
        trace = ask("trace", settings("vanishing", sequence=i))
        errors = [stamp["error"]["value"] for stamp in trace["network"]["time_stamps"]]
        assert 0 < abs(errors[0]) < 1e-4 * abs(errors[-1])
    other = ask("trace", settings("vanishing", activation="identity"))
    errors = [stamp["error"]["value"] for stamp in other["network"]["time_stamps"]]
    assert abs(errors[0]) > 10 * abs(errors[-1])


def test_the_gradient_explodes():
    trace = after("exploding", 0)[2]
    assert (trace["n_steps"], trace["settings"]["activation"]) == (10, "identity")
    for i in "123":
        trace = ask("trace", settings("exploding", sequence=i))
        errors = [stamp["error"]["value"] for stamp in trace["network"]["time_stamps"]]
        for before, now in pairwise(errors):
            assert before == pytest.approx(1.8 * now, rel=1e-12)
    says = LESSONS["exploding"]["says"]
    assert "At a rate of 0.000001 training still works; ten times more, and it explodes." in says
    assert settings("exploding")["rate"] == "1e-06"
    costs = [after("exploding", step)[2]["cost"]["value"] for step in (0, 1, 10, 1_000, 5_000)]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0] / 10
    assert "explodes" in ask("trace", settings("exploding", rate="0.00001", step="50"))["ends"]


def test_the_limit_is_the_lowest_cost():
    weights, _, trace = after("limit", 0)
    assert trace["cost"]["value"] == pytest.approx(0.492001013, abs=1e-9)
    assert sum(said["right"] for said in trace["sequences"]) == 1
    lowest = minimum("limit")
    assert lowest["cost"] == pytest.approx(trace["cost"]["value"], rel=1e-12)
    assert (lowest["wx"], lowest["wrec"]) == pytest.approx(weights, abs=1e-6)
    # training from where the post begins ends there
    end, _, _ = after("post", 2000)
    assert end == pytest.approx(weights, abs=1e-6)
    assert "0.492001" in LESSONS["limit"]["says"]
