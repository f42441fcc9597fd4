"""`Progress`: on a terminal, in a notebook, and nowhere else."""

import os
import pty
import re
import subprocess
import sys
import time

import pytest

import bptt
from bptt.progress import _share, clock, status

TRAIN = """
import sys
{before}
import bptt
x, y = bptt.tasks.count_ones(200, 8, rng=0)
net = bptt.RNN(hidden_size=4)
optimizer = bptt.chain(bptt.clip_by_norm(0.1), bptt.adam(0.01))
bptt.progress.REFRESH = 0
fitted = bptt.fit(net, x, y, epochs={epochs}, batch_size=50, validation=0.25, optimizer=optimizer,
                  rng=0, on_event=[bptt.Progress(){more}])
print("over", fitted.stopped)
"""
WITHOUT_RICH = "sys.modules['rich'] = None\nimport importlib.util as u\nfind = u.find_spec\n" + (
    "u.find_spec = lambda name, *more: None if name == 'rich' else find(name, *more)"
)


def program(epochs=5, before="", more=""):
    return TRAIN.format(epochs=epochs, before=before, more=more).replace(
        "import bptt\n", "import bptt, bptt.progress\n"
    )


def on_a_terminal(code, columns=100):
    """Return what a program writes to a terminal, and its exit code."""
    leader, follower = pty.openpty()
    command = [sys.executable, "-c", code]
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm-256color"}
    process = subprocess.Popen(
        command, stdin=follower, stdout=follower, stderr=follower, env=environment
    )
    os.close(follower)
    seen = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:  # the other side is closed
            break
        if not chunk:
            break
        seen += chunk
    os.close(leader)
    return seen.decode(), process.wait()


@pytest.mark.parametrize("before", ["", WITHOUT_RICH], ids=["rich", "without rich"])
def test_a_terminal_shows_all_of_it(before):
    text, code = on_a_terminal(program(epochs=150, before=before))
    assert code == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    for word in ("epoch 150/150", "loss ", "validation ", "gradient ", " clipped)", " left"):
        assert word in plain, word
    assert "over epochs" in plain
    if not before:
        assert text.count("\x1b[?25l") == text.count("\x1b[?25h") > 0  # the cursor is back


def test_the_cursor_is_back_after_an_exception():
    text, code = on_a_terminal(program(more=", lambda event: 1 / 0 if event.epoch > 2 else None"))
    assert code == 1
    assert "ZeroDivisionError" in text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def test_nothing_is_shown_where_there_is_no_terminal():
    ran = subprocess.run(
        [sys.executable, "-c", program()], capture_output=True, text=True, check=True
    )
    assert (ran.stdout, ran.stderr) == ("over epochs\n", "")


def test_a_notebook_renews_one_output(tmp_path):
    """A real kernel runs a real notebook."""
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(program())])
    nbclient.NotebookClient(book, timeout=60, kernel_name="python3").execute(cwd=str(tmp_path))
    outputs = book.cells[0].outputs
    shown = [o for o in outputs if o.output_type == "display_data"]
    assert len(shown) == 1
    picture = shown[0].data["text/html"]
    assert re.search(r'<progress value="1\.0000" max="1"', picture)
    for word in ("epoch 5/5", "loss ", "gradient ", "stopped by epochs"):
        assert word in picture
    assert "".join(o.text for o in outputs if o.output_type == "stream") == "over epochs\n"


def test_status_and_clock():
    event = bptt.Event("epoch", 7, 100, 2, 2, 0.125, 3.0, None)
    assert status(event) == "epoch   7/100  loss 0.125  gradient 3"
    assert status(event._replace(seconds_left=3725.0)).endswith("  1:02:05 left")
    assert clock(59.6) == "1:00"


@pytest.mark.parametrize("before", ["", WITHOUT_RICH], ids=["rich", "without rich"])
def test_no_line_is_wider_than_the_terminal(before):
    text, _ = on_a_terminal(program(epochs=100, before=before), columns=60)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    lines = [line for part in plain.split("\n") for line in part.split("\r")]
    assert max(map(len, lines)) <= 60
    assert "epoch 100/100  loss " in plain


@pytest.mark.parametrize("stream", ["None", "io.StringIO()", "Written()", "closed"])
def test_odd_streams_show_nothing(stream):
    code = program().replace("import sys\n", "import io, sys\n", 1)
    closed = "closed = io.StringIO(); closed.close()\n"
    closed += "class Written:\n    write = flush = lambda *given: None\n"
    code = code.replace("import bptt,", f"{closed}sys.stderr = {stream}\nimport bptt,", 1)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "over epochs\n"


def test_how_much_is_done():
    event = bptt.Event("batch", 3, 10, 1, 4, 0.1, 1.0, None)
    assert _share(event) == 0.225
    for kind in ("checkpoint", "not saved", "end"):  # in the middle of an epoch, as a batch
        assert _share(event._replace(kind=kind)) == 0.225
    assert _share(event._replace(kind="epoch", batch=4)) == 0.3
    assert _share(event._replace(kind="resumed", epoch=0, batch=0)) == 0.0


def test_the_time_left_is_that_of_the_epochs_left():
    """Also of a run that was gone on with: at the pace of this call alone."""
    import tempfile

    seen = []

    def listener(event):
        if event.kind == "epoch":
            time.sleep(0.05)
            seen.append((event.epoch, event.seconds, event.seconds_left))
            if event.epoch == 3 and len(seen) == 3:
                raise KeyboardInterrupt

    x, y = bptt.tasks.count_ones(20, 4, rng=0)
    with tempfile.TemporaryDirectory() as folder:
        options = {"epochs": 8, "checkpoint": folder, "checkpoint_seconds": 0, "rng": 0}
        with pytest.raises(KeyboardInterrupt):
            bptt.fit(bptt.RNN(), x, y, on_event=listener, **options)
        (_, _, first), *_ = seen
        assert first is not None
        before = len(seen)
        bptt.fit(bptt.RNN(), x, y, on_event=listener, **options)
    resumed = seen[before:]
    start = resumed[0][0] - 1
    for epoch, seconds, left in resumed[:-1]:
        done = epoch - start
        assert left == pytest.approx(seconds / done * (8 - epoch), rel=1e-9)
