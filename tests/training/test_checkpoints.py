"""Runs that survive: exact resume, damaged checkpoints, folders that cannot be written."""

import errno
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import bptt
import bptt.optimizers
from bptt import _safetensors
from bptt.errors import (
    FellBackWarning,
    FileAccessError,
    InputError,
    ModelFileError,
    NotSavedWarning,
    OtherRunError,
)
from bptt.params import named_arrays

RUNS, PER_PROCESS = 40, 10


@pytest.mark.parametrize("seed", range(RUNS // PER_PROCESS))
def test_a_killed_run_ends_with_the_bits_of_one_that_was_not(seed):
    program = Path(__file__).parent / "killing.py"
    command = [sys.executable, str(program), "--runs", str(PER_PROCESS), "--seed", str(seed)]
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = {name: int(n) for name, n in re.findall(r"([a-z][a-z ]+) (\d+)", ran.stdout)}
    assert found["runs"] == PER_PROCESS
    assert found["kills"] >= PER_PROCESS
    assert (found["different"], found["unreadable"]) == (0, 0)


class StopError(Exception):
    pass


class Other(bptt.FullBPTT):
    """Another strategy."""


X, Y = bptt.tasks.count_ones(30, 6, rng=0)
NET = bptt.RNN(hidden_size=3)
ADAM = bptt.adam(0.01)


def train(folder, *, epochs=6, stop_at=None, **options):
    """Train with a checkpoint after each update; stop at an epoch, if asked, as a crash would."""

    def listener(event):
        events.append(event)
        if event.kind == "batch" and (event.epoch, event.batch) == stop_at:
            raise StopError

    events = []
    given = {"optimizer": ADAM, "batch_size": 8, "rng": 1, "checkpoint_seconds": 0.0} | options
    try:
        fitted = bptt.fit(NET, X, Y, epochs=epochs, checkpoint=folder, on_event=listener, **given)
    except StopError:
        fitted = None
    return fitted, events


def same(one, other):
    pairs = zip(named_arrays(one.params), named_arrays(other.params), strict=True)
    return (
        all(np.array_equal(a, b) for (_, a), (_, b) in pairs)
        and one.history == other.history
        and (one.loss, one.best_epoch, one.stopped) == (other.loss, other.best_epoch, other.stopped)
    )


MIDDLE = float(np.median([
    event.gradient_norm for event in train(None, optimizer=bptt.rmsprop())[1]
    if event.kind == "batch"
]))  # fmt: skip
"""A limit that some gradients of a run with rmsprop pass, and some do not."""


def checkpoints(folder):
    return sorted(Path(folder).glob("checkpoint-*.safetensors"))


@pytest.mark.parametrize("options", [
    {}, {"validation": 0.3, "patience": 2}, {"batch_size": None}, {"optimizer": "rprop"},
    {"optimizer": bptt.chain(bptt.clip_by_norm(0.1), bptt.momentum(0.01))},
    {"plateau": bptt.schedules.Plateau(factor=0.7, patience=1), "watch": lambda params: 1.0},
    {"patience": 5, "epochs": 9, "watch": lambda params: 1.0},
    {"optimizer": bptt.adam(bptt.schedules.cosine(0.1, 0.0, 24), weight_decay=0.1)},
    {"optimizer": bptt.chain(bptt.clip_by_norm(MIDDLE), bptt.rmsprop())},
    {"validation": 0.3, "watch": lambda params: float(np.abs(params.layers[0].weight_hh).sum())},
])  # fmt: skip
def test_a_run_in_parts_is_the_run(tmp_path, options):
    whole, _ = train(tmp_path / "whole", **options)
    for stop_at in ((2, 1), (3, 1), (6, 1)):
        assert train(tmp_path / "parts", stop_at=stop_at, **options)[0] is None
    parts, events = train(tmp_path / "parts", **options)
    assert events[0].kind == "resumed"
    assert same(parts, whole)
    again, events = train(tmp_path / "parts", **options)  # it is over: nothing is left to do
    assert same(again, whole)
    assert [event.kind for event in events] == ["resumed", "end"]


def test_what_the_parts_of_a_run_go_on_with_matters():
    """A plateau, patience and a limit of those runs do change them."""
    _, plain = train(None)
    plateau = bptt.schedules.Plateau(factor=0.7, patience=1)
    _, smaller = train(None, plateau=plateau, watch=lambda params: 1.0)
    assert smaller[-1].loss != plain[-1].loss
    fitted, _ = train(None, patience=5, epochs=9, watch=lambda params: 1.0)
    assert (fitted.stopped, len(fitted.history.loss)) == ("patience", 6)
    fitted, _ = train(None, optimizer=bptt.chain(bptt.clip_by_norm(MIDDLE), bptt.rmsprop()))
    assert 0 < sum(fitted.history.clipped) < 6 * 4


def test_the_run_can_be_made_longer(tmp_path):
    train(tmp_path / "a", epochs=3)
    longer, _ = train(tmp_path / "a", epochs=7)
    whole, _ = train(tmp_path / "b", epochs=7)
    assert same(longer, whole)


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_every_kind_of_random_numbers(tmp_path, kind):
    def rng():
        return np.random.Generator(getattr(np.random, kind)(5))

    whole, _ = train(tmp_path / "whole", rng=rng(), validation=0.3)
    train(tmp_path / "parts", rng=rng(), validation=0.3, stop_at=(4, 2))
    given = np.random.Generator(getattr(np.random, kind)(99))  # where it stood does not matter
    assert same(train(tmp_path / "parts", rng=given, validation=0.3)[0], whole)


def test_without_a_seed_it_still_goes_on_where_it_was(tmp_path):
    train(tmp_path / "a", rng=None, validation=0.3, stop_at=(4, 2))
    first = train(tmp_path / "a", rng=None, validation=0.3)[0]
    assert same(first, train(tmp_path / "a", rng=None, validation=0.3)[0])


def test_the_last_two_are_kept_and_what_a_crash_left_is_cleared(tmp_path):
    train(tmp_path, stop_at=(3, 1))
    assert len(checkpoints(tmp_path)) == 2
    (tmp_path / ".checkpoint-00000009.safetensors.0123abcd.tmp").write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("mine")
    train(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *(path.name for path in checkpoints(tmp_path)), "notes.txt",
    ]  # fmt: skip
    assert len(checkpoints(tmp_path)) == 2


def damage(path, how):
    content = path.read_bytes()
    if how == "cut short":
        path.write_bytes(content[: len(content) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "a bit":
        middle = len(content) - 20
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    elif how == "a letter of its words":
        path.write_bytes(content.replace(b'waited\\": 0', b'waited\\": 1'))
    else:  # a sound file, but of a model
        bptt.save(path, NET, NET.init(rng=0))


@pytest.mark.parametrize("how", ["cut short", "empty", "a bit", "a letter of its words", "a model"])
def test_a_damaged_checkpoint_is_passed_over_and_said(tmp_path, how):
    whole, _ = train(tmp_path / "whole")
    train(tmp_path / "parts", stop_at=(4, 2))
    older, newest = checkpoints(tmp_path / "parts")
    damage(newest, how)
    with pytest.warns(FellBackWarning, match=re.escape(newest.name)) as caught:
        fitted, events = train(tmp_path / "parts")
    assert older.name in str(caught[0].message)
    assert events[0].message.endswith(older.name)
    assert same(fitted, whole)


def test_an_optimizers_state_of_another_form_is_refused_in_a_sentence(tmp_path):
    """As running averages in a tree, where this version keeps vectors."""

    def init(params):
        return (0, params, params) if old else ADAM.init(params)

    for old in (True, False):
        optimizer = bptt.optimizers.Optimizer(init, lambda g, state, _: (g, state), name="adam")
        if old:
            train(tmp_path, optimizer=optimizer, stop_at=(4, 2))
            continue
        with pytest.raises(ModelFileError, match="expected a sound checkpoint") as caught:
            train(tmp_path, optimizer=optimizer)
        assert "arrays that are not those of this run" in str(caught.value.__cause__)


def test_where_no_checkpoint_is_whole_nothing_is_begun_anew(tmp_path):
    train(tmp_path, stop_at=(4, 2))
    for path in checkpoints(tmp_path):
        damage(path, "cut short")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ModelFileError, match="sound"):
        train(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(("options", "word"), [
    ({"batch_size": 9}, "batch_size"), ({"optimizer": "adam"}, "optimizer"),
    ({"validation": 0.2}, "validation"), ({"patience": 7}, "patience"),
    ({"loss": "binary_cross_entropy"}, "loss"), ({"x": X + 1}, "data"), ({"y": Y / 7}, "data"),
    ({"tolerance": 0.1}, "tolerance"), ({"validation": (X, Y)}, "validation"),
    ({"params": NET.init(rng=0)}, "params"), ({"watch": lambda params: 1.0}, "watch"),
    ({"plateau": bptt.schedules.Plateau()}, "plateau"), ({"strategy": Other()}, "strategy"),
    ({"optimizer": bptt.adam(0.010000001)}, "optimizer"), ({"mask": np.arange(30) > 0}, "data"),
    ({"net": bptt.RNN(hidden_size=4)}, "network"), ({"net": bptt.RNN("gru")}, "network"),
])  # fmt: skip
def test_another_run_is_not_gone_on_with(tmp_path, options, word):
    train(tmp_path, stop_at=(4, 2))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    given = {"net": NET, "x": X, "y": Y / Y.max() if "loss" in options else Y, "optimizer": ADAM,
             "batch_size": 8, "checkpoint": tmp_path, "checkpoint_seconds": 0.0}  # fmt: skip
    with pytest.raises(
        OtherRunError, match=f"fit: expected {word} .* as the run in .* ha"
    ) as caught:
        bptt.fit(**given | options)
    assert caught.value.name == word
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_another_kind_of_random_numbers_is_refused(tmp_path):
    train(tmp_path, stop_at=(4, 2))
    with pytest.raises(InputError, match="rng of kind 'PCG64'"):
        train(tmp_path, rng=np.random.Generator(np.random.MT19937(0)))


@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
def test_a_checkpoint_that_cannot_be_written_is_said_and_the_training_goes_on(
    tmp_path, monkeypatch, step
):
    """The disk is full from the third checkpoint to the sixth."""
    whole, _ = train(tmp_path / "whole")
    count = 0
    write = _safetensors.write_file

    def full(*given, **named):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def now_and_then(called, path, content):
        nonlocal count
        count += 1
        if not 3 <= count <= 6:
            return write(called, path, content)
        with monkeypatch.context() as patch:
            if step == "open":
                patch.setattr(_safetensors, "open", full, raising=False)
            else:
                patch.setattr(_safetensors.os, step, full)
            return write(called, path, content)

    monkeypatch.setattr(_safetensors, "write_file", now_and_then)
    saved = []

    def listener(event):
        if event.kind == "checkpoint":  # never of a save that is not there
            arrays, _ = _safetensors.read("test", event.message, 2**20)
            assert np.array_equal(arrays["params.weight_hh_l0"], event.params.layers[0].weight_hh)
        saved.append(event.kind)

    with pytest.warns(NotSavedWarning, match="No space left on device") as caught:
        fitted = bptt.fit(
            NET, X, Y, epochs=6, optimizer=ADAM, batch_size=8, rng=1, checkpoint=tmp_path / "full",
            checkpoint_seconds=0.0, on_event=listener,
        )  # fmt: skip
    assert len(caught) == saved.count("not saved") == 4
    assert same(fitted, whole)
    assert len(checkpoints(tmp_path / "full")) == 2
    assert not list((tmp_path / "full").glob(".*"))


def test_a_folder_that_cannot_be_is_refused_before_the_training(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(FileAccessError, match="to be a folder"):
        train(tmp_path / "file")


def test_checkpoints_are_as_seldom_as_asked(tmp_path):
    _, events = train(tmp_path, checkpoint_seconds=1000.0)
    assert [event.kind for event in events].count("checkpoint") == 1  # at the end


def test_after_a_fallback_what_is_whole_is_kept(tmp_path):
    """Damage, go on, save once, damage the newest again: there must still be one to go on from."""
    whole, _ = train(tmp_path / "whole")
    folder = tmp_path / "parts"
    train(folder, stop_at=(2, 1))
    for stop_at in ((2, 3), (3, 1), (4, 2)):
        damage(checkpoints(folder)[-1], "cut short")
        with pytest.warns(FellBackWarning):
            assert train(folder, stop_at=stop_at)[0] is None
    assert same(train(folder)[0], whole)


def test_a_folder_that_vanishes_does_not_end_the_training(tmp_path):
    whole, _ = train(tmp_path / "whole")

    def unmount(event):
        if event.kind == "epoch" and event.epoch == 3:
            shutil.rmtree(tmp_path / "gone")

    with pytest.warns(NotSavedWarning, match="to read the folder"):
        fitted = bptt.fit(
            NET, X, Y, epochs=6, optimizer=ADAM, batch_size=8, rng=1, checkpoint=tmp_path / "gone",
            checkpoint_seconds=0.0, on_event=unmount,
        )  # fmt: skip
    assert same(fitted, whole)


@pytest.mark.parametrize(
    "odd",
    [{"a": np.zeros(2)}, np.arange(3), np.zeros((2, 2, 2)), object()],
    ids=["dict of arrays", "whole numbers", "three axes", "object"],
)
def test_a_state_that_cannot_be_written_is_refused_before_the_training(tmp_path, odd):
    optimizer = bptt.optimizers.Optimizer(lambda params: odd, lambda *given: 1 / 0)
    with pytest.raises(InputError, match="whose state can be written to a checkpoint"):
        train(tmp_path, optimizer=optimizer)


def test_numbers_of_numpy_are_numbers(tmp_path):
    def update(grads, state, params):
        return bptt.map_params(lambda g: -0.01 * g, grads), state + np.int64(1)

    optimizer = bptt.optimizers.Optimizer(lambda params: np.int64(0), update)
    train(tmp_path, optimizer=optimizer, stop_at=(3, 2))
    fitted, _ = train(tmp_path, optimizer=optimizer)
    assert fitted.state == 6 * 4


def test_fewer_epochs_than_are_done_train_no_more(tmp_path):
    train(tmp_path, epochs=9, stop_at=(5, 3))
    fitted, events = train(tmp_path, epochs=3)  # the epoch that was under way is ended
    assert len(fitted.history.loss) == 5
    fitted, events = train(tmp_path, epochs=2)
    assert len(fitted.history.loss) == 5
    assert [event.kind for event in events] == ["resumed", "end"]


def test_other_sequences_to_validate_with_are_another_run(tmp_path):
    train(tmp_path, validation=(X[:5], Y[:5]), stop_at=(4, 2))
    with pytest.raises(InputError, match="fit: expected validation sequences of digest"):
        train(tmp_path, validation=(X[5:9], Y[5:9]))
    train(tmp_path, validation=NET.batch(X[:5], Y[:5]))  # the same, in another form


def test_other_rates_and_other_parameters_are_another_run(tmp_path):
    def given(factor):
        rates = bptt.map_params(lambda p: np.full_like(p, 0.01 * factor), NET.init(rng=0))
        return {"optimizer": bptt.gradient_descent(rates), "params": NET.init(rng=5)}

    train(tmp_path, stop_at=(4, 2), **given(1.0))
    with pytest.raises(InputError, match=r"expected optimizer gradient_descent\(rates of digest"):
        train(tmp_path, **given(2.0))
    with pytest.raises(InputError, match="expected params of digest"):
        train(tmp_path, **given(1.0) | {"params": NET.init(rng=6)})
    assert train(tmp_path, **given(1.0))[0].stopped == "epochs"


def test_what_cannot_be_compared_is_gone_on_with(tmp_path):
    """Another function to watch, a share as another kind of number."""
    train(tmp_path, watch=lambda params: 1.0, validation=0.25, stop_at=(4, 2))
    again = train(tmp_path, watch=lambda params: 2.0, validation=np.float32(0.25))
    assert again[0].stopped == "epochs"


def test_an_interrupt_between_two_updates_writes_a_checkpoint(tmp_path):
    """Nothing is lost, however seldom checkpoints are written."""
    whole, _ = train(tmp_path / "whole")
    for kind, epoch in (("batch", 2), ("epoch", 4)):

        def interrupt(event, kind=kind, epoch=epoch):
            if (event.kind, event.epoch) == (kind, epoch):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            bptt.fit(NET, X, Y, epochs=6, optimizer=ADAM, batch_size=8, rng=1, on_event=interrupt,
                     checkpoint=tmp_path / "parts", checkpoint_seconds=1000.0)  # fmt: skip
        assert len(checkpoints(tmp_path / "parts")) == (1 if kind == "batch" else 2)
    parts, events = train(tmp_path / "parts")
    assert (events[0].kind, events[0].epoch) == ("resumed", 4)
    assert same(parts, whole)


def test_events_carry_the_best_so_far(tmp_path):
    values = iter([3.0, 2.0, 4.0, 1.0, 5.0, 6.0])
    _, events = train(tmp_path, watch=lambda params: next(values), stop_at=(6, 4))
    best = [(e.best_epoch, e.best_value) for e in events if e.kind == "epoch"]
    assert best == [(1, 3.0), (2, 2.0), (2, 2.0), (4, 1.0), (4, 1.0)]
    after = {event.epoch: event.params for event in events if event.kind == "epoch"}
    assert events[-1].best is after[4]
    _, again = train(tmp_path, watch=lambda params: 9.0)
    assert (again[0].kind, again[0].best_epoch, again[0].best_value) == ("resumed", 4, 1.0)
    assert train(None)[1][-1].best is None
