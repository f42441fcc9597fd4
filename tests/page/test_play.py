"""Training on the page: play, pause, one step, slow motion, rewind; optimiser and rate."""

import pytest
from playwright.sync_api import expect

from page.test_surface import point, share

POST = {"sequence": "2", "wx": "0.2", "wrec": "1.5"}


RECORD = """() => {
  const root = document.documentElement;
  root.dataset.steps = ' 0 ';
  new MutationObserver(() => {
    const { step } = JSON.parse(root.dataset.ready);
    if (!root.dataset.steps.endsWith(` ${step} `)) root.dataset.steps += `${step} `;
  }).observe(root, { attributes: true, attributeFilter: ['data-ready'] });
}"""  # in an attribute, where a selector sees what is there for a moment alone


def walked(seen):
    """Return the names of the numbers of the network that are in sight."""
    found = seen.page.evaluate(
        """() => [...document.querySelectorAll('#unrolled [data-number]')]
          .filter((number) => getComputedStyle(number).visibility === 'visible')
          .map((number) => number.dataset.number)"""
    )
    return set(found) - {"initial"}


def test_step_by_step(opened):
    seen = opened(POST)
    back, forth, rewind = map(seen.button, ("one step back", "one step", "rewind"))
    assert back.is_disabled()
    assert rewind.is_disabled()
    costs = [seen.value("cost")]
    for step in range(1, 5):
        forth.click()
        seen.wait(step=str(step))
        expected = seen.check()
        assert point(seen) == share([expected.params.Wx, expected.params.Wrec], 4)
        costs.append(seen.value("cost"))
    assert costs == sorted(costs, reverse=True)
    back.click()
    seen.wait(step="3")
    seen.check()
    assert seen.value("cost") == costs[3]
    rewind.click()
    seen.wait(step="0")
    assert [seen.value("cost"), seen.value("wx")] == [costs[0], 0.2]
    assert seen.settings["wx"] == "0.2"


def test_steps_are_not_lost(opened):
    """However fast someone clicks."""
    seen = opened(POST)
    for _ in range(9):
        seen.button("one step").click()
    seen.wait(step="9")
    seen.check()


def test_play_and_pause(opened):
    seen = opened(POST)
    seen.page.evaluate(RECORD)
    seen.button("▶ play").click()
    seen.page.wait_for_selector("html[data-steps*=' 12 ']", state="attached")
    seen.button("❚❚ pause").click()
    expect(seen.button("▶ play")).to_be_visible()
    step = seen.settle()["step"]
    seen.check()
    steps = list(map(int, seen.page.evaluate("document.documentElement.dataset.steps").split()))
    assert steps == list(range(int(step) + 1))  # each was shown
    seen.button("▶ play").click()
    seen.page.wait_for_selector(f"html[data-steps*=' {int(step) + 3} ']", state="attached")
    seen.button("rewind").click()
    seen.wait(step="0")
    expect(seen.button("▶ play")).to_be_visible()  # which a rewind ends
    assert seen.settle()["step"] == "0"


def test_more_updates_in_one_picture(opened):
    """For training that takes thousands of them."""
    seen = opened(POST)
    seen.page.get_by_role("group", name="updates a picture").get_by_text("100", exact=True).click()
    seen.wait(speed="100")
    seen.page.evaluate(RECORD)
    seen.button("▶ play").click()
    seen.page.wait_for_selector("html[data-steps^=' 0 100 200 300 ']", state="attached")
    seen.button("❚❚ pause").click()
    seen.settle()
    seen.check()


def test_pause_and_play_at_once_plays_once(opened):
    seen = opened(POST)
    seen.page.evaluate(RECORD)
    seen.page.evaluate(
        "() => { for (let i = 0; i < 7; i++) document.querySelector('.training .main').click(); }"
    )
    seen.page.wait_for_selector("html[data-steps*=' 12 ']", state="attached")
    seen.button("❚❚ pause").click()
    steps = list(map(int, seen.page.evaluate("document.documentElement.dataset.steps").split()))
    begun = steps[2:]  # each of the four that play has done its first step at once
    assert begun == list(range(begun[0], begun[-1] + 1))


def test_a_change_of_the_weights_begins_anew_where_one_is(opened):
    seen = opened(POST | {"step": "5"})
    wrec = seen.value("wrec")
    field = seen.page.get_by_label("value of wx")
    field.fill("0.9")
    field.press("Enter")
    seen.wait(step="0", wx="0.9", wrec=repr(wrec))
    seen.check()


def test_training_that_explodes_says_so_and_stops(opened):
    seen = opened({"activation": "identity", "wrec": "1.1", "wx": "1", "sequences": "1" * 10})
    assert int(seen.settings["step"]) == 0
    seen.button("▶ play").click()
    expect(seen.page.get_by_text("the gradient explodes, or the rate is too large")).to_be_visible()
    for name in ("▶ play", "one step"):
        expect(seen.button(name)).to_be_disabled()
    expect(seen.button("rewind")).to_have_count(1)
    seen.check()
    field = seen.page.get_by_label("rate")
    field.fill("1e-9")
    field.press("Enter")
    seen.wait(rate="1e-09", step="0")
    expect(seen.button("▶ play")).to_be_enabled()


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "rprop", "rmsprop", "adam"])
def test_optimisers_and_rates(opened, name):
    seen = opened(POST | {"optimizer": "adam" if name == "sgd" else "sgd", "step": "2"})
    seen.page.get_by_label("optimiser").select_option(name)
    seen.wait(optimizer=name, step="0")
    seen.page.get_by_label("rate").fill("0.02, 0.0006")
    seen.page.get_by_label("rate").press("Enter")
    seen.wait(rate="0.02,0.0006")
    for step in "12":
        seen.button("one step").click()
        seen.wait(step=step)
    seen.check()


def test_a_rate_that_is_none(opened):
    seen = opened(POST)
    refused = {"fast": "got 'fast'", "-1": "got -1", "0.1,0.1,0.1": "at most 2 numbers for rate"}
    for given, says in refused.items():
        seen.page.get_by_label("rate").fill(given)
        seen.page.get_by_label("rate").press("Enter")
        expect(seen.page.get_by_role("alert")).to_contain_text(says)
        seen.page.get_by_label("rate").blur()
        expect(seen.page.get_by_label("rate")).to_have_value("0.1")
    seen.refused()
    seen.check()


# The walk inside one step.


def test_slow_motion_walks_through_one_step(opened):
    seen = opened(POST)
    everything = walked(seen)
    seen.button("slow motion").click()
    seen.wait(walk="1")
    seen.wait(walk="2")  # by itself
    seen.page.locator(".training").get_by_text("❚❚ pause").click()
    expect(seen.button("slow motion")).to_be_visible()
    assert int(seen.settle(1300)["walk"]) >= 2
    seen.button("end the walk").click()
    seen.wait(walk="0")
    assert walked(seen) == everything
    expect(seen.page.locator(".walk")).to_have_count(0)


@pytest.mark.parametrize("activation", ["tanh", "identity"])
def test_each_stage_shows_what_has_been_computed(opened, activation):
    """Forward, error, backward, update: and then the next step of the training."""
    seen = opened(POST | {"activation": activation, "walk": "1"})
    plain = activation == "identity"
    forward = [
        {f"state_in-{k}"} | ({f"slope-{k}", f"state_out-{k}"} if not plain else set())
        for k in (1, 2)
    ] + [{"state_in-3"}]
    titles = []
    sight = set()
    backward = [{"error", "error-3"}, set(), {"error-2"}, {"error-1"}, set()]
    for walk, more in enumerate([*forward, *backward], start=1):
        sight |= more
        assert walked(seen) == sight
        titles.append(seen.page.locator("#walk-title").inner_text())
        expect(seen.page.locator(".walk .small")).to_have_text(f"{walk} of 8")
        seen.check()
        seen.button("next stage").click()
        if walk < 8:
            seen.wait(walk=str(walk + 1), step="0")
    seen.wait(walk="1", step="1")
    seen.check()
    assert titles == [
        *(f"Forward, time stamp {k}" for k in (1, 2, 3)),
        "The error at State 3",
        *(f"Backward, time stamp {k}" for k in (3, 2, 1)),
        "Update by sgd, rate 0.1",
    ]


def test_back_in_the_walk(opened):
    seen = opened(POST | {"walk": "3"})
    seen.button("stage before").click()
    seen.wait(walk="2")
    assert "state_in-3" not in walked(seen)
    seen.button("stage before").click()
    seen.wait(walk="1")
    assert seen.button("stage before").is_disabled()


def test_the_update_is_what_the_next_step_has(opened):
    seen = opened(POST | {"optimizer": "rprop", "walk": "8"})
    after = [seen.number("walk-2"), seen.number("walk-3")]
    seen.button("one step").click()
    seen.wait(step="1", walk="0")
    assert [f"{seen.value(name):.6g}" for name in ("wx", "wrec")] == after


def test_where_no_update_follows(opened):
    seen = opened(POST | {"rate": "1000", "walk": "8"})
    expect(seen.page.locator(".walk")).to_contain_text("No update follows: ")
    seen.button("next stage").click()
    seen.button("stage before").click()
    seen.wait(walk="7", step="0")


def test_nothing_below_the_walk_jumps_from_stage_to_stage(opened):
    seen = opened(POST | {"walk": "1"})
    tops = {}
    for walk in range(1, 9):
        seen.wait(walk=str(walk))
        tops[walk] = seen.box("#chain")["y"]
        if walk < 8:
            seen.button("next stage").click()
    assert len(set(tops.values())) == 1, tops
