"""What watches a training of `bptt train`: the best weights so far, and Ctrl-C."""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

import bptt
from bptt.cli import main
from bptt.cli.console import Console
from bptt.cli.train_watch import Watch, interrupted_after_an_update
from files.making import walks

PARAMS = [bptt.post_params(wx=epoch, wrec=0) for epoch in range(9)]


def event(kind, epoch, best=None, value=None):
    found = bptt.Event(kind, epoch, 9, 1, 1, 0.5, 1.0, PARAMS[epoch])
    if best is not None:
        found = found._replace(best=PARAMS[best], best_epoch=best, best_value=value)
    return found


@pytest.mark.parametrize(("events", "kept"), [
    ([("epoch", 1), ("epoch", 2)], 2),  # without validation the last
    ([("batch", 1)], 0),
    ([("epoch", 1), ("epoch", 2), ("epoch", 3, 3, 0.5)], 3),  # NaN, NaN, 0.5
    ([("epoch", 1, 1, 0.5), ("epoch", 2, 1, 0.5), ("epoch", 3, 3, 0.4), ("epoch", 4, 3, 0.4)], 3),
    ([("resumed", 5, 2, 0.3), ("epoch", 6, 2, 0.3)], 2),  # the best is of an earlier part
    ([("resumed", 5, 2, 0.3), ("end", 5, 2, 0.3), ("epoch", 1, 1, 0.9)], 2),  # a second start
    ([("epoch", 3, 3, 0.3), ("epoch", 1, 1, 0.1)], 1),  # a second start that is better
    ([("epoch", 3, 3, 0.3), ("epoch", 1)], 3),
])  # fmt: skip
def test_the_best_of_all_that_was_heard_is_kept(events, kept):
    watch = Watch(Console(quiet=True))
    for given in events:
        watch(event(*given))
    assert watch.epoch == kept
    assert (watch.best is None) == (kept == 0)
    assert watch.best is None or watch.best is PARAMS[kept]


def test_an_interrupt_waits_for_the_end_of_an_update():
    watch = Watch(Console(quiet=True))
    before = signal.getsignal(signal.SIGINT)
    with interrupted_after_an_update(watch):
        os.kill(os.getpid(), signal.SIGINT)
        for kind in ("checkpoint", "resumed", "end"):
            watch(event(kind, 1))
        for kind in ("batch", "epoch"):
            with pytest.raises(KeyboardInterrupt):
                watch(event(kind, 1))
        with pytest.raises(KeyboardInterrupt):  # the second waits for nothing
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_whoever_else_listens_to_interrupts_goes_on_doing_so():
    def another(*_):
        pass

    before = signal.signal(signal.SIGINT, another)
    try:
        with interrupted_after_an_update(Watch(Console(quiet=True))):
            assert signal.getsignal(signal.SIGINT) is another
    finally:
        signal.signal(signal.SIGINT, before)


def test_in_another_thread_nothing_is_changed():
    seen = []

    def work():
        with interrupted_after_an_update(Watch(Console(quiet=True))):
            seen.append(signal.getsignal(signal.SIGINT))

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.getsignal(signal.SIGINT)]


def test_ctrl_c_writes_a_checkpoint_and_never_worse_weights(tmp_path, monkeypatch, capsys):
    """In processes of their own, with checkpoints as seldom as never."""
    monkeypatch.chdir(tmp_path)
    walks().to_csv("walks.csv", index=False)
    arguments = ["train", "walks.csv", "--target", "kind", "--save", "m.st", "--checkpoint", "run",
                 "--hidden", "4", "--rate", "0.1", "--patience", "100000"]  # fmt: skip
    program = "import bptt.cli.train as t, bptt.cli, sys; t.CHECKPOINT_SECONDS = 1e9; "
    program += "sys.exit(bptt.cli.main(sys.argv[1:]))"
    losses, epochs = [], 0
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", program, *arguments, "--epochs", "100000"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=4)
            assert process.poll() is None
            process.send_signal(signal.SIGINT)
            out, err = process.communicate()
        assert process.returncode == 130, err
        assert "bptt: the same command goes on from 'run'\nbptt: interrupted\n" in err
        if losses:
            done = int(re.search(r"resumed   in epoch (\d+)", out)[1])
            assert done > epochs
            epochs = done
        (newest,) = sorted(Path("run").glob("*.safetensors"))[-1:]
        arrays, _ = bptt._safetensors.read("test", str(newest), 2**20)
        best = {name: a for name, a in arrays.items() if name.startswith("best.")}
        saved = bptt.load_model("m.st")
        assert np.array_equal(best["best.weight_hh_l0"], saved.params.layers[0].weight_hh)
        losses.append(np.nanmin(arrays["history.validation_loss"]))
    assert losses == sorted(losses, reverse=True)
    capsys.readouterr()
    assert main([*arguments, "--epochs", "1"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "1 were asked for, but more were done already" in said
