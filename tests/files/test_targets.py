"""What a target is taken for, and missing values."""

import numpy as np
import pytest

from bptt.errors import InputError
from bptt.files import missing, reading, targets
from bptt.files.roles import Wanted
from files.making import small, write


def understood(tmp_path, values, task=None, form="long"):
    """Return the target of sequences with these targets, one for each of two time stamps."""
    rows = [["id", "t", "a", "y"]]
    for i, own in enumerate(values):
        own = own if isinstance(own, tuple) else (own, own)
        rows += [[f"s{i}", t, "1", value] for t, value in enumerate(own)]
    path = write(tmp_path / "t.csv", rows)
    return targets.understand("train", reading.read("train", path, Wanted("y"), 1e9), task)


@pytest.mark.parametrize(
    ("values", "labels", "kinds"),
    [
        (["u", "v", "u"], ("u", "v"), ["u", "v"]),
        (["no", "yes", "NA", "no"], ("NA", "no", "yes"), ["NA", "no", "yes"]),
        (["10", "9", "10", "9"], ("9", "10"), [9, 10]),
        (["1.0", "0", "1", "0.0"], ("0", "1.0"), [0.0, 1.0]),
        (["-1", "1", "-1", "1"], ("-1", "1"), [-1, 1]),
        (["True", "False", "True"], ("False", "True"), [False, True]),
        (["007", "8", "7", "8"], ("007", "8"), [7, 8]),
    ],
)
def test_classes(tmp_path, values, labels, kinds):
    target = understood(tmp_path, values)
    assert (target.task, target.labels, target.per_step) == ("classes", labels, False)
    found = targets.values_of(target.labels)
    assert (found.tolist(), found.dtype.kind) == (kinds, np.array(kinds).dtype.kind)
    says = [labels[int(y[0])] for y in target.y]
    numeric = targets.as_numbers(np.array(values, object))
    if numeric is None:
        assert says == values
    else:
        assert [float(label) for label in says] == numeric.tolist()
    assert target.guessed == (numeric is not None)


@pytest.mark.parametrize(
    "values",
    [["1.5", "2", "1.5", "2"], [str(i % 11) for i in range(40)], ["1", "2", "3", "4"]],
    ids=["fractions", "eleven whole numbers", "all different"],
)
def test_numbers(tmp_path, values):
    target = understood(tmp_path, values)
    assert (target.task, target.labels) == ("regression", ())
    assert [y.tolist() for y in target.y] == [[float(value)] for value in values]
    assert understood(tmp_path, ["0", "1", "0", "1"], "regression").task == "regression"
    assert understood(tmp_path, values * 2, "classes").task == "classes"


def test_a_target_at_every_time_stamp(tmp_path):
    target = understood(tmp_path, [("u", "v"), ("v", "v"), ("v", "u")])
    assert target.per_step
    assert [y.tolist() for y in target.y] == [[0, 1], [1, 1], [1, 0]]
    target = understood(tmp_path, [("1.5", "2"), ("2", "2")])
    assert (target.per_step, target.task) == (True, "regression")


@pytest.mark.parametrize(
    ("values", "task", "message"),
    [
        (["u", "u", "u"], None, "'y' of '.*', got 'u' alone"),
        (["u", "v", "w"], None, "got 3 in 3 targets. Name another --target."),
        (["1.5", "2.5", "3"], "classes", "Name another --target, or give --task regression"),
        (["1", "2", "u"], "regression", "got 'u' for column 'y' in line 6. Repair it, or give"),
    ],
)
def test_targets_that_cannot_be_learnt(tmp_path, values, task, message):
    with pytest.raises(InputError, match=message):
        understood(tmp_path, values, task)


def test_new_targets_are_recognised():
    def codes(texts, *labels):
        return targets.codes(np.array(texts, object), labels).tolist()

    assert codes(["v", "u", "w", ""], "u", "v") == [1, 0, -1, -1]
    assert codes(["1", "1.0", "2", "x", ""], "0", "1") == [1, 1, -1, -1, -1]


# Missing values.


@pytest.fixture
def gaps(tmp_path):
    """Return data where s1 misses a at its second time stamp, s2 a at its first, s4 a target."""
    rows = small()
    rows[5][2] = rows[7][2] = rows[14][3] = ""
    return reading.read("train", write(tmp_path / "g.csv", rows), Wanted("kind"), 1e9)


def test_missing_values_are_refused_by_their_place(gaps):
    with pytest.raises(InputError, match=r"got 3, the first for column 'a' in line 6. Repair"):
        missing.deal_with("train", gaps, "refuse")
    with pytest.raises(InputError, match=r"got 2, the first for column 'a' in line 6. Repair"):
        missing.deal_with("predict", gaps, "refuse", targets=False)
    with pytest.raises(InputError, match=r"got 1, the first for column 'kind' in line 15"):
        missing.deal_with("train", gaps.take([0, 4]), "refuse")


def test_sequences_with_gaps_are_dropped(gaps):
    kept, found = missing.deal_with("train", gaps, "drop")
    assert kept.names == ["s0", "s3", "s5"]
    assert found == (3, 3, "dropped")
    kept, _ = missing.deal_with("predict", gaps, "drop", targets=False)
    assert kept.names == ["s0", "s3", "s4", "s5"]
    with pytest.raises(InputError, match=r"got 2, the first for .* line 6, and some in each"):
        missing.deal_with("train", gaps.take([1, 4]), "drop")


def test_the_last_value_is_carried_on(gaps):
    filled, found = missing.deal_with("train", gaps.take([0, 1, 3]), "forward")
    assert found == (1, 1, "carried")
    assert [x[:, 0].tolist() for x in filled.x] == [[0, 0.1, 0.2], [1, 1, 1.2], [3, 3.1, 3.2]]
    assert np.isnan(gaps.x[1][1, 0])
    for numbers, where in [([0, 1, 2], "'a' in line 8"), ([1, 4], "'kind' in line 15")]:
        with pytest.raises(
            InputError, match=f"comes before in their sequence, got column {where}\\."
        ):
            missing.deal_with("train", gaps.take(numbers), "forward")


def test_several_gaps_in_a_row():
    x = np.array([[1, 2], [np.nan, 3], [np.nan, np.nan], [4, np.nan]])
    assert missing._carried(x).tolist() == [[1, 2], [1, 3], [1, 3], [4, 3]]


def test_nothing_missing_is_nothing_done(tmp_path):
    data = reading.read("train", write(tmp_path / "g.csv", small()), Wanted("kind"), 1e9)
    assert missing.deal_with("train", data, "drop") == (data, (0, 0, ""))
