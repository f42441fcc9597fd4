"""What all pictures share: files, endings, no screen, one sentence without matplotlib."""

import subprocess
import sys

import pytest

from bptt import plots
from bptt.errors import FileAccessError, InputError, MissingExtraError


@pytest.mark.parametrize(
    ("ending", "beginning"), [("png", b"\x89PNG"), ("PDF", b"%PDF"), ("svg", b"<?xml")]
)
def test_write(tmp_path, ending, beginning):
    path = tmp_path / f"cost.{ending}"
    plots.write(plots.cost_by_epoch([4.0, 2.0, 1.0], 1e-9), str(path))
    assert path.read_bytes().startswith(beginning)


def test_axes_in_a_part_of_a_figure_write_the_whole(tmp_path):
    from matplotlib.figure import Figure
    from matplotlib.image import imread

    whole = Figure(figsize=(4, 2), dpi=100)
    left, right = whole.subfigures(1, 2)
    axes = plots.cost_by_epoch([2.0, 1.0], axes=left.add_subplot())
    right.add_subplot().set_facecolor("black")
    path = str(tmp_path / "both.png")
    plots.write(axes, path)
    picture = imread(path)
    assert picture.shape[:2] == (200, 400)
    assert picture[100, 300, 0] == 0  # the other part is there


@pytest.mark.parametrize("path", ["cost.jpg", "cost", "png", "cost.png.txt", ""])
def test_an_ending_that_we_do_not_write(path):
    with pytest.raises(InputError, match=r"a file that ends in '\.pdf', '\.png' or '\.svg'"):
        plots.write(plots.cost_by_epoch([1.0]), path)


def test_a_place_that_cannot_be_written(tmp_path):
    path = str(tmp_path / "no_folder" / "cost.png")
    with pytest.raises(FileAccessError, match=r"got No such file or directory\. Check"):
        plots.write(plots.cost_by_epoch([1.0]), path)


def test_without_matplotlib(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'bptt\[plot\]'"):
        plots.cost_by_epoch([1.0])


def test_it_needs_no_screen_and_no_global_state(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    plots.write(plots.cost_by_epoch([2.0, 1.0]), str(tmp_path / "cost.svg"))


def test_what_is_there_is_replaced_only_by_a_whole_picture(monkeypatch, tmp_path):
    from matplotlib.figure import Figure

    path = tmp_path / "cost.svg"
    path.write_text("before")
    savefig = Figure.savefig

    def half(self, file, **named):
        savefig(self, file, **named)
        raise RuntimeError("in the middle")

    axes = plots.cost_by_epoch([2.0, 1.0])
    with monkeypatch.context() as change:
        change.setattr(Figure, "savefig", half)
        with pytest.raises(RuntimeError):
            plots.write(axes, str(path))
    assert path.read_text() == "before"
    plots.write(axes, str(path))
    assert "<svg" in path.read_text(encoding="utf-8")
    assert [file.name for file in tmp_path.iterdir()] == ["cost.svg"]


def test_pyplot_is_not_even_loaded():
    code = "import sys; from bptt import plots; plots.cost_by_epoch([1.0]); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "matplotlib.figure" in ran.stdout.split()
    assert "matplotlib.pyplot" not in ran.stdout.split()
