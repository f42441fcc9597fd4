"""`Model` and `load_model`: predictions in the data's own units, beside the same by hand."""

import json

import numpy as np
import pytest
from scipy.special import expit, softmax

import bptt
from bptt import saving
from bptt.errors import InputError, ModelFileError
from bptt.files import learning, missing, preparing, reading, targets
from bptt.files.about import About
from bptt.files.model import Model
from bptt.files.roles import Wanted
from bptt.files.scaling import Scaling
from files.making import by_sequence, walks

FEATURES = Scaling(np.array([3.0, -1.0]), np.array([2.0, 0.5]))
TARGET = Scaling(np.array([10.0]), np.array([4.0]))


def make(labels=(), window=None, **net):
    about = About(
        "long", ("a", "b"), "y", "classes" if labels else "regression",
        per_step=net.get("readout") == "every", labels=labels, window=window,
    )  # fmt: skip
    net = bptt.RNN(cell="gru", input_size=2, hidden_size=3, output_size=about.output_size, **net)
    return Model(net, net.init(rng=0), about, FEATURES, None if labels else TARGET)


@pytest.fixture
def x():
    return np.random.default_rng(0).normal([3, -1], [2, 0.5], size=(5, 7, 2))


def raw(model, x):
    """What the network itself says of scaled data."""
    return model.net.predict(model.params, [(part - [3.0, -1.0]) / [2.0, 0.5] for part in x])


def test_numbers(x):
    model = make()
    assert model.predict(x) == pytest.approx(raw(model, x) * 4 + 10, rel=1e-12)
    ragged = [part[: 3 + i] for i, part in enumerate(x)]
    assert model.predict(ragged) == pytest.approx(raw(model, ragged) * 4 + 10, rel=1e-12)
    assert model.classes.tolist() == []
    with pytest.raises(InputError, match="a model of classes, got one of numbers"):
        model.probabilities(x)


def test_numbers_at_every_time_stamp(x):
    model = make(readout="every")
    assert model.predict(x) == pytest.approx(np.array(raw(model, x))[..., 0] * 4 + 10, rel=1e-12)
    ragged = [part[: 3 + i] for i, part in enumerate(x)]
    found = model.predict(ragged)
    assert isinstance(found, list)
    for part, wanted in zip(found, raw(model, ragged), strict=True):
        assert part == pytest.approx(wanted[:, 0] * 4 + 10, rel=1e-12)


@pytest.mark.parametrize("readout", ["last", "every"])
def test_two_classes(x, readout):
    model = make(("no", "yes"), readout=readout)
    logit = np.array(raw(model, x)).reshape(5, *([7] if readout == "every" else []))
    found = model.probabilities(x)
    assert found[..., 1] == pytest.approx(expit(logit), rel=1e-12)
    assert found.sum(axis=-1) == pytest.approx(np.ones(logit.shape))
    assert model.predict(x).tolist() == np.where(logit > 0, "yes", "no").tolist()


@pytest.mark.parametrize("readout", ["last", "every"])
def test_several_classes(x, readout):
    model = make(("-1", "5", "10"), readout=readout)
    logits = np.array(raw(model, x))
    assert model.probabilities(x) == pytest.approx(softmax(logits, axis=-1), rel=1e-12)
    found = model.predict(x)
    assert found.tolist() == np.array([-1, 5, 10])[logits.argmax(-1)].tolist()
    assert found.dtype.kind == "i"


def test_windows(x):
    """Each is a sequence of its own; where there is one prediction it is their mean."""
    parts = [x[0, :3], x[0, 3:6], x[0, 6:]]
    model, whole = make(window=3), make()
    assert model.predict(x[:1]) == pytest.approx([whole.predict(parts).mean()], rel=1e-12)
    model, whole = make(("u", "v", "w"), window=3), make(("u", "v", "w"))
    mean = whole.probabilities(parts).mean(axis=0)
    assert model.probabilities(x[:1])[0] == pytest.approx(mean, rel=1e-12)
    model, whole = make(window=3, readout="every"), make(readout="every")
    joined = np.concatenate(whole.predict(parts))
    assert model.predict(x[:1])[0] == pytest.approx(joined, rel=1e-12)


def test_more_sequences_than_are_predicted_at_a_time(monkeypatch, x):
    model = make()
    wanted = model.predict(x)
    monkeypatch.setattr("bptt.files.model.BATCH", 2)
    assert model.predict(x) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("bad", [np.zeros((2, 3)), np.zeros((2, 3, 5)), [[[1, np.nan]]], "text"])
def test_other_data_is_refused(bad):
    with pytest.raises(InputError, match=r"Model.predict: expected"):
        make().predict(bad)


# Files.


@pytest.mark.parametrize("labels", [(), ("no", "yes"), ("a", "ä,", '"c"')])
def test_a_file_brings_all_back(tmp_path, x, labels):
    model = make(labels, window=4)
    model.save(tmp_path / "m.safetensors")
    found = bptt.load_model(tmp_path / "m.safetensors")
    assert found.about == model.about
    assert found.net == model.net
    assert found.predict(x).tolist() == model.predict(x).tolist()
    net, params = bptt.load(tmp_path / "m.safetensors")  # it is an ordinary model file besides
    assert (net, params.layers[0].weight_hh.tolist()) == (
        model.net,
        model.params.layers[0].weight_hh.tolist(),
    )


def test_an_ordinary_model_file_is_refused(tmp_path):
    model = make()
    bptt.save(tmp_path / "m.safetensors", model.net, model.params)
    with pytest.raises(ModelFileError, match=r"Use bptt.load for other models"):
        bptt.load_model(tmp_path / "m.safetensors")


UNSOUND = [
    {"form": "tall"}, {"form": ["long"]}, {"features": []}, {"features": "ab"},
    {"features": ["a"]}, {"features": ["a", "a"]}, {"features": [1, 2]}, {"target": None},
    {"task": "both"}, {"per_step": 1}, {"per_step": True}, {"labels": ["a"]},
    {"labels": ["a", "a", "b"]}, {"labels": ["a", "b", "c"]}, {"labels": []},
    {"labels": [["a"], ["b"]]}, {"sequence": 3}, {"order": {}}, {"window": 0}, {"window": True},
    {"window": 2.0}, {"missing": "guess"}, {"missing": []}, {"more": 1}, {"form": "wide"},
]  # fmt: skip


@pytest.mark.parametrize("change", UNSOUND, ids=json.dumps)
def test_a_file_that_says_what_cannot_be_is_refused(tmp_path, change):
    model = make(("no", "yes"))
    arrays = {"features.mean": FEATURES.mean, "features.deviation": FEATURES.deviation}
    about = {"train": model.about._asdict() | change}
    saving.save(tmp_path / "m.st", model.net, model.params, about=about, arrays=arrays)
    with pytest.raises(ModelFileError, match=r"to be a model of bptt train, got a model without"):
        bptt.load_model(tmp_path / "m.st")


@pytest.mark.parametrize(
    "change",
    [
        {"features.mean": None},
        {"features.deviation": np.array([1.0, 0.0])},
        {"features.mean": np.array([1.0])},
        {"target.mean": None},
        {"target.deviation": np.array([1.0, 2.0])},
        {"target.deviation": np.array([-1.0])},
    ],
)
def test_a_file_without_a_sound_scaling_is_refused(tmp_path, change):
    model = make()
    arrays = {
        "features.mean": FEATURES.mean, "features.deviation": FEATURES.deviation,
        "target.mean": TARGET.mean, "target.deviation": TARGET.deviation,
    } | change  # fmt: skip
    arrays = {name: array for name, array in arrays.items() if array is not None}
    about = {"train": model.about._asdict()}
    saving.save(tmp_path / "m.st", model.net, model.params, about=about, arrays=arrays)
    with pytest.raises(ModelFileError, match="got no sound scaling"):
        bptt.load_model(tmp_path / "m.st")


# Training.


def prepared(tmp_path, table, task=None, **settings):
    table.to_csv(tmp_path / "w.csv", index=False)
    wanted = Wanted("kind", ignore=("noise",) if task else ())
    data = reading.read("train", str(tmp_path / "w.csv"), wanted, 1e9)
    data, _ = missing.deal_with("train", data, "refuse")
    target = targets.understand("train", data, task)
    return preparing.prepare("train", data, target, learning.Settings(**settings), "refuse", 1e9)


def test_the_scaling_is_learnt_from_the_training_part_alone(tmp_path):
    table = walks(30)
    training = prepared(tmp_path, table)
    parts = training.parts
    sizes = [len(part) for part in (parts.train, parts.validation, parts.test)]
    assert (sizes, sum(sizes)) == ([20, 4, 6], 30)
    everyone = np.concatenate([parts.train, parts.validation, parts.test])
    assert sorted(everyone) == list(range(30))
    _, x, _ = by_sequence(table)
    rows = np.concatenate([x[i] for i in parts.train])
    assert training.features.mean == pytest.approx(rows.mean(axis=0), rel=1e-12)
    assert training.features.deviation == pytest.approx(rows.std(axis=0), rel=1e-12)


def test_it_trains_as_fit_does_with_what_one_scales_and_cuts_by_hand(tmp_path):
    training = prepared(tmp_path, walks(12), epochs=3, window=5, batch=4, hidden=4)
    fitted = training.fit(lambda event: None)
    names, x, kinds = by_sequence(walks(12))
    assert names == training.data.names
    rows = np.concatenate([x[i] for i in training.parts.train])

    def cut(numbers):
        xs, ys = [], []
        for i in numbers:
            scaled = (x[i] - rows.mean(axis=0)) / rows.std(axis=0)
            for first in range(0, len(scaled), 5):
                xs.append(scaled[first : first + 5])
                ys.append(["down", "flat", "up"].index(kinds[i]))
        return xs, np.array(ys)

    optimizer = bptt.chain(bptt.clip_by_norm(1.0), bptt.adam(0.01))
    by_hand = bptt.fit(
        bptt.RNN(cell="gru", input_size=2, hidden_size=4, output_size=3),
        *cut(training.parts.train), loss="categorical_cross_entropy", optimizer=optimizer,
        epochs=3, batch_size=4, validation=cut(training.parts.validation), patience=20, rng=0,
    )  # fmt: skip
    assert fitted.history.loss == pytest.approx(by_hand.history.loss, rel=1e-9)
    assert fitted.history.validation_loss == pytest.approx(
        by_hand.history.validation_loss, rel=1e-9
    )
    windows = [i for i in training.parts.train for _ in range(0, len(x[i]), 5)]
    assert [training.name_of(i) for i in range(len(windows))] == [names[i] for i in windows]


def test_few_sequences_are_held_out_as_windows(tmp_path):
    table = walks(2)
    table["kind"] = np.arange(len(table)) * 1.5
    with pytest.raises(InputError, match=r"at least 3 sequences: .* got 2 in .* Give --window N"):
        prepared(tmp_path, table)
    training = prepared(tmp_path, table, window=3)
    assert training.parts.windows
    assert training.about.per_step
    assert sum(map(len, training.parts.x)) == len(table)
    assert all(len(x) == len(y) <= 3 for x, y in zip(*training.parts[:2], strict=True))


def test_too_many_names_are_refused_before_the_training(tmp_path):
    rows = np.random.default_rng(0).normal(size=(4, 3000))
    header = ",".join(f"column_{i:06d}" for i in range(3000)) + ",y"
    lines = [",".join(f"{v:.2f}" for v in row) + f",{i}.5" for i, row in enumerate(rows)]
    (tmp_path / "w.csv").write_text("\n".join([header, *lines]))
    data = reading.read("train", str(tmp_path / "w.csv"), Wanted("y"), 1e9)
    target = targets.understand("train", data)
    with pytest.raises(InputError, match=r"header of a model file, got 3000 columns and 0 classes"):
        preparing.prepare("train", data, target, learning.Settings(), "refuse", 1e10)
