"""`bptt plot`: each kind writes its picture and says what it shows."""

import json
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import bptt
from bptt.cli import main, pictures, plot
from bptt.errors import FileAccessError
from cli.running import never, refused, strict

KINDS = ["cost", "unrolled", "surface", "gradients", "predictions"]
QUICK = {"cost": ["--epochs", "3"], "surface": ["--epochs", "3"]}


@pytest.fixture(autouse=True)
def no_search(monkeypatch):
    """Leave out the search, which takes longer than all else."""
    monkeypatch.setattr(pictures, "two_weights", lambda *_: None)


@pytest.fixture
def axes_drawn(monkeypatch):
    """Return the list that gets the axes of each picture that is written."""
    drawn, write = [], plot.plots.write

    def spy(axes, path):
        drawn.append(axes)
        write(axes, path)

    monkeypatch.setattr(plot.plots, "write", spy)
    return drawn


def ran(capsys, tmp_path, kind, *arguments, name="picture.svg"):
    """Return the JSON object of a run."""
    path = tmp_path / name
    given = ["plot", kind, *QUICK.get(kind, []), *map(str, arguments)]
    assert main([*given, "--output", str(path), "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    found = strict(out)
    assert out == json.dumps(found) + "\n"
    assert (found["kind"], found["output"]) == (kind, str(path))
    assert path.stat().st_size > 1000
    return found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("ending", "beginning"), [("png", b"\x89PNG\r\n"), ("pdf", b"%PDF-"), ("svg", b"<?xml")]
)
def test_every_kind_is_written(capsys, tmp_path, kind, ending, beginning):
    path = tmp_path / f"picture.{ending}"
    assert main(["plot", kind, *QUICK.get(kind, []), "--output", str(path)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(f"picture   {path}\n")
    assert len(out.splitlines()) > 1
    assert max(map(len, out.splitlines()[1:])) <= 80
    out.encode("ascii")
    assert err == ""
    assert path.read_bytes().startswith(beginning)
    if ending == "svg":
        assert ET.parse(path).getroot().tag.endswith("svg")


def test_cost(capsys, tmp_path, axes_drawn):
    found = ran(capsys, tmp_path, "cost", "--optimizer", "sgd", "--rate", "0.1")
    net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    fitted = bptt.fit(
        net, *bptt.tasks.post(), params=bptt.post_params(0.2, 1.5),
        optimizer=bptt.gradient_descent(0.1), epochs=3,
    )  # fmt: skip
    assert found["cost"] == fitted.loss
    assert (found["epochs"], found["lowest"]) == (3, None)
    assert axes_drawn[0].get_lines()[0].get_ydata().tolist() == fitted.history.loss


def test_the_lowest_cost_of_two_weights_is_drawn(monkeypatch, capsys, tmp_path, axes_drawn):
    monkeypatch.undo()
    found = ran(capsys, tmp_path, "cost")
    assert found["lowest"] == pytest.approx(0.492001013, abs=1e-8)


def test_two_rates(capsys, tmp_path):
    arguments = ["--optimizer", "sgd", "--rate", "0.1", "0"]
    found = ran(capsys, tmp_path, "surface", *arguments)
    assert found["end"]["wrec"] == 1.5
    assert found["end"]["wx"] != 0.2


@pytest.mark.parametrize("sequence", [1, 3])
def test_unrolled(capsys, tmp_path, axes_drawn, sequence):
    found = ran(capsys, tmp_path, "unrolled", "--weights", "0.3", "-1e-1", "--sequence", sequence)
    x, y = bptt.tasks.post()
    stamps = bptt.scalar.trace(x.tolist(), y.tolist(), 0.3, -0.1)[sequence - 1]
    assert found["prediction"] == pytest.approx(stamps[-1].state_in, rel=1e-12)
    assert found["target"] == sequence
    assert found["d_state_in"] == pytest.approx([s.d_state_in for s in stamps], rel=1e-12)
    assert f"sequence {sequence} of 3" in axes_drawn[0].get_title()


def test_surface(monkeypatch, capsys, tmp_path, axes_drawn):
    monkeypatch.undo()
    drawn = []
    monkeypatch.setattr(plot.plots, "write", lambda axes, path: drawn.append((axes, path)))
    path = str(tmp_path / "s.png")
    arguments = ["--weights", "0.5", "1.5", "--epochs", "200", "--output", path, "--json"]
    assert main(["plot", "surface", *arguments]) == 0
    found = strict(capsys.readouterr().out)
    assert found["start"] == {"wx": 0.5, "wrec": 1.5}
    assert found["points"] == [100, 100]
    assert found["minimum"]["cost"] == pytest.approx(0.492001013, abs=1e-8)
    net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    end = bptt.post_params(found["end"]["wx"], found["end"]["wrec"])
    assert found["end"]["cost"] == net.loss(end, *bptt.tasks.post())
    axes, where = drawn[0]
    assert where == path
    lines = {line.get_label(): line.get_xydata() for line in axes.get_lines()}
    assert len(lines["path"]) == 201
    assert lines["start"].tolist() == [[0.5, 1.5]]
    assert lines["minimum"].tolist() == [[found["minimum"]["wx"], found["minimum"]["wrec"]]]
    overview, zoom = (a for a in axes.figure.axes if a.get_title() in ("Overview", "Zoom"))
    for at in lines["path"]:
        assert overview.get_xlim()[0] < at[0] < overview.get_xlim()[1]
        assert overview.get_ylim()[0] < at[1] < overview.get_ylim()[1]
    assert np.ptp(zoom.get_xlim()) < np.ptp(overview.get_xlim()) / 4


def test_gradients(capsys, tmp_path, axes_drawn):
    found = ran(
        capsys, tmp_path, "gradients", "--activation", "identity", "--weights", "1", "1",
        "--wrec", "0.5", "-2",
    )  # fmt: skip
    assert [line["line"] for line in found["lines"]] == ["Wrec = 0.5", "Wrec = -2"]
    x, y = bptt.tasks.post()
    for wrec, line, drawn in zip(
        (0.5, -2.0), found["lines"], axes_drawn[0].get_lines(), strict=False
    ):
        traced = bptt.scalar.trace(x.tolist(), y.tolist(), 1.0, wrec, "identity")
        sums = [sum(stamps[k].d_state_in for stamps in traced) for k in range(3)]
        assert drawn.get_ydata() == pytest.approx(sums, rel=1e-12)
        assert (line["first"], line["last"]) == pytest.approx((sums[0], sums[-1]), rel=1e-12)


def test_gradients_of_more_states_are_norms(capsys, tmp_path, axes_drawn):
    arguments = ["--hidden", "4", "--seed", "5", "--wrec", "1", "3"]
    found = ran(capsys, tmp_path, "gradients", *arguments)
    rng = np.random.default_rng(5)
    net = bptt.RNN(hidden_size=4)
    d = net.trace(net.init(rng), *bptt.tasks.post()).d_state_in
    norms = [np.sqrt((d[:, k] ** 2).sum()) for k in range(3)]
    assert axes_drawn[0].get_lines()[0].get_ydata() == pytest.approx(norms)
    assert [line["line"] for line in found["lines"]] == ["weight_hh × 1", "weight_hh × 3"]
    assert "norm over sequences and states" in axes_drawn[0].get_ylabel()


def test_gradients_that_explode_beyond_all_numbers(capsys, tmp_path):
    found = ran(
        capsys, tmp_path, "gradients", "--activation", "identity", "--data", "random",
        "--steps", "400", "--wrec", "1", "1e9", "-1e9",
    )  # fmt: skip
    assert found["lines"][0]["first"] is not None
    assert [line["first"] for line in found["lines"][1:]] == [None, None]


def test_predictions_as_they_are_and_after_training(capsys, tmp_path, axes_drawn):
    found = ran(capsys, tmp_path, "predictions", "--weights", "1", "1", "--activation", "identity")
    assert (found["right"], found["total"]) == (3, 3)
    assert found["predictions"] == [1, 2, 3]
    assert axes_drawn[0].get_xlabel() == "truth y (ones)"
    before = ran(capsys, tmp_path, "predictions", "--activation", "identity")
    arguments = ["--activation", "identity", "--epochs", "500"]
    after = ran(capsys, tmp_path, "predictions", *arguments)
    assert before["right"] < after["right"] == 3


def test_a_model_that_was_saved(capsys, tmp_path):
    model = str(tmp_path / "m.safetensors")
    net = bptt.RNN(hidden_size=3, activation="tanh")
    params = net.init(rng=0)
    bptt.save(model, net, params)
    found = ran(capsys, tmp_path, "predictions", "--model", model, "--data", "part1")
    assert found["predictions"] == net.predict(params, bptt.tasks.part1()[0]).tolist()
    for kind in ("unrolled", "surface"):
        out = tmp_path / "n.svg"
        err = refused(capsys, "plot", kind, "--model", model, "--output", out)
        assert "expected the post's network of two weights, got one of 22 weights" in err


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_looked_at_before_any_work(monkeypatch, capsys, tmp_path, kind):
    monkeypatch.setattr(plot.subject, "find", never)
    for name in ("no_folder/p.svg", "p.jpg", "p", ""):
        path = str(tmp_path / name) if name else ""
        err = refused(capsys, "plot", kind, "--output", path)
        assert err.startswith(f"bptt: plot {kind} --output: expected ")
    bits = tmp_path / "bits.svg"
    bits.write_text("011\n")
    assert "one name twice" in refused(capsys, "plot", kind, "--data", bits, "--output", bits)
    assert bits.read_text() == "011\n"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["cost", "--epochs", "0"], "--epochs to be a whole number from 1 to 1000000000, got 0"),
        (["surface", "--epochs", "-1"], "got -1"),
        (["predictions", "--epochs", "-1"], "from 0 to 1000000000, got -1"),
        (["cost", "--rate", "-0.1"], "--rate to be a finite number at least 0, got -0.1"),
        (["cost", "--rate", "1", "1", "1"], "--rate with one or two numbers, got 3"),
        (["cost", "--rate", "1", "1", "--hidden", "2"], "--rate with one or two numbers, got 2"),
        (["unrolled", "--sequence", "0"], "--sequence as a whole number from 1 to 3, got 0"),
        (["unrolled", "--sequence", "4"], "got 4"),
        (["unrolled", "--hidden", "2"], "the post's network of two weights, got one of 13"),
        (["surface", "--hidden", "1"], "the post's network of two weights"),
        (["gradients", "--wrec", "nan"], "--wrec to be a finite number"),
        (["gradients", "--steps", "5"], "sizes for random data only"),
        (["cost", "--data", "no.csv"], "the name of a file that exists, got 'no.csv'"),
    ],
)
def test_bad_values(capsys, tmp_path, arguments, word):
    path = tmp_path / "p.svg"
    path.write_text("before")
    assert word in refused(capsys, "plot", *arguments, "--output", path)
    assert path.read_text() == "before"


@pytest.mark.parametrize(
    "arguments",
    [[], ["nothing", "--output", "a.svg"], ["cost"], ["gradients", "--epochs", "3"],
     ["cost", "--output", "a.svg", "--sequence", "1"]],
)  # fmt: skip
def test_bad_usage(capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        main(["plot", *arguments])
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith("usage: bptt")


def test_a_failure_to_write_is_one_sentence(monkeypatch, capsys, tmp_path):
    def full(*_):
        raise FileAccessError("plots.write: expected to write 'p.svg', got no space. Make some.")

    monkeypatch.setattr(plot.plots, "write", full)
    assert "no space" in refused(capsys, "plot", "unrolled", "--output", tmp_path / "p.svg")


def test_a_training_that_diverges_ends_with_1_and_keeps_the_file(capsys, tmp_path):
    path = tmp_path / "p.svg"
    path.write_text("before")
    arguments = ["--activation", "identity", "--optimizer", "sgd", "--rate", "1e9"]
    assert main(["plot", "surface", *arguments, "--output", str(path)]) == 1
    err = capsys.readouterr().err
    assert err.startswith("bptt: fit: expected finite cost and gradient, got ")
    assert len(err.splitlines()) == 1
    assert path.read_text() == "before"


def test_without_matplotlib_one_sentence_names_the_extra(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(plot.subject, "find", never)
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    err = refused(capsys, "plot", "surface", "--output", tmp_path / "p.svg")
    assert "pip install 'bptt[plot]'" in err


@pytest.mark.parametrize("kind", KINDS)
def test_help_has_an_example(capsys, kind):
    with pytest.raises(SystemExit) as stop:
        main(["plot", kind, "--help"])
    assert stop.value.code == 0
    out = capsys.readouterr().out
    assert f"example:\n  bptt plot {kind} " in out
    assert "--output FILE" in out
    assert ("--epochs" in out) == (kind in pictures.TRAINED)
    assert ("--wrec" in out) == (kind == "gradients")
    out.encode("ascii")
