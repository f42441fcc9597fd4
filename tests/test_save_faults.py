"""Faults and crashes at every step of a save: what is there is the old file or the new one."""

import errno
import functools
import io
import itertools
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import pytest

import bptt
from bptt import _safetensors
from bptt.errors import FileAccessError, InputError
from bptt.params import named_arrays
from fuzzing import quick_folder

NETS = {"old": bptt.RNN(hidden_size=2), "new": bptt.RNN(hidden_size=100)}


def save(path, name):
    bptt.save(path, NETS[name], NETS[name].init(rng=0))


def which(path):
    """Return which of the two is there, bit for bit."""
    net, params = bptt.load(path)
    name = next(name for name in NETS if NETS[name] == net)
    pairs = zip(named_arrays(params), named_arrays(net.init(rng=0)), strict=True)
    assert all((n, a.tobytes()) == (m, b.tobytes()) for (n, a), (m, b) in pairs)
    return name


@pytest.fixture
def path(tmp_path):
    save(tmp_path / "m", "old")
    return tmp_path / "m"


@pytest.fixture(scope="module")
def size(tmp_path_factory):
    path = tmp_path_factory.mktemp("size") / "m"
    save(path, "new")
    return path.stat().st_size


def came(path, within=None):
    """Save the new file and return what was said, when that is so and nothing is left behind."""
    opened = len(os.listdir("/dev/fd"))
    try:
        with within or nullcontext():
            save(path, "new")
        said = "new"
    except FileAccessError as error:
        said = f"old: {error}"
    assert said.startswith(which(path))
    assert os.listdir(path.parent) == [path.name]
    assert len(os.listdir("/dev/fd")) == opened
    return said


ITSELF: list[object] = []
ITSELF.append(ITSELF)
NOT_READ_AGAIN = {
    "an axis too many": {"arrays": {"x": np.ones((1, 1, 1))}},
    "an empty array": {"arrays": {"x": np.ones(0)}},
    "a name of half a letter": {"arrays": {"\ud800": np.ones(1)}},
    "a negative number": {"about": {"x": -1}},
    "NaN": {"about": {"x": float("nan")}},
    "infinity": {"about": {"x": float("inf")}},
    "half a letter": {"about": {"x": "\ud800"}},
    "a name twice": {"about": {1: 1, "1": 2}},
    "many digits": {"about": {"x": 10**4400}},
    "many levels": {"about": {"x": [json.loads("[" * 100 + "]" * 100)]}},
    "more levels": {"about": functools.reduce(lambda inner, _: {"x": inner}, range(3000), {})},
    "itself": {"about": {"x": ITSELF}},
    "no JSON": {"about": {"x": np.ones(1)}},
    "no mapping": {"about": [1]},
    "no name": {"arrays": {1: np.ones(1)}},
}


@pytest.mark.parametrize("more", NOT_READ_AGAIN.values(), ids=NOT_READ_AGAIN)
def test_nothing_is_saved_that_load_would_refuse(path, more):
    with pytest.raises(InputError, match=r"^save: expected .*, got .*\. [A-Z].*\.$"):
        bptt.save(path, NETS["new"], NETS["new"].init(rng=0), **more)
    assert which(path) == "old"
    assert os.listdir(path.parent) == [path.name]


# ---- faults by pretence -------------------------------------------------------------------------


def failing(number):
    def fail(*_arguments, **_options):
        raise OSError(number, os.strerror(number))

    return fail


class Disk(io.FileIO):
    """A file that takes so many bytes in all, and so many of them at once."""

    def __init__(self, name, mode, room, at_once, number, closes):
        super().__init__(name, mode)
        self.room, self.at_once, self.fail, self.closes = room, at_once, failing(number), closes

    def write(self, content):
        if self.tell() == self.room:
            self.fail()
        return super().write(content[: min(self.at_once, self.room - self.tell())])

    def close(self):
        was_open = not self.closed
        super().close()
        if was_open and not self.closes:
            self.fail()


@pytest.fixture
def disk(monkeypatch):
    """Let files be opened on such a disk."""

    def use(room=2**40, at_once=2**40, number=errno.ENOSPC, closes=True):
        def opened(name, mode):
            if mode == "rb":
                return open(name, mode)
            return io.BufferedWriter(Disk(name, mode, room, at_once, number, closes))

        monkeypatch.setattr(_safetensors, "open", opened, raising=False)

    return use


@pytest.mark.parametrize("at_once", [1, 7, 4096, 8191, 80_000])
def test_a_disk_that_takes_a_little_at_a_time(path, disk, at_once):
    disk(at_once=at_once)
    assert came(path) == "new"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("before_the_end", [0, 1, 4096, 80_000, None])
def test_a_write_that_fails_after_some_bytes(path, size, disk, number, before_the_end):
    disk(room=0 if before_the_end is None else size - before_the_end, at_once=5000, number=number)
    assert came(path) == "new" if before_the_end == 0 else os.strerror(number) in came(path)


def test_a_file_that_fails_when_it_is_closed(path, disk):
    disk(closes=False, number=errno.EIO)
    assert os.strerror(errno.EIO) in came(path)


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EACCES, errno.EMFILE, errno.EROFS])
def test_a_file_that_cannot_be_opened(path, monkeypatch, number):
    def opened(name, mode):
        return open(name, mode) if mode == "rb" else failing(number)()

    monkeypatch.setattr(_safetensors, "open", opened, raising=False)
    assert os.strerror(number) in came(path)


def is_folder(descriptor):
    return stat.S_ISDIR(os.fstat(descriptor).st_mode)


@pytest.mark.parametrize("number", [errno.EIO, errno.EDQUOT])
def test_a_file_that_cannot_be_brought_onto_the_disk(path, monkeypatch, number):
    monkeypatch.setattr(os, "fsync", failing(number))
    assert os.strerror(number) in came(path)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EXDEV, errno.EPERM, errno.EIO])
def test_a_file_that_cannot_be_put_in_place(path, monkeypatch, number):
    monkeypatch.setattr(os, "replace", failing(number))
    assert os.strerror(number) in came(path)


@pytest.mark.parametrize("step", ["open", "fsync", "close"])
@pytest.mark.parametrize("number", [errno.EINVAL, errno.EACCES])
def test_a_folder_of_which_nothing_can_be_known(path, monkeypatch, step, number):
    done = getattr(os, step)

    def fail(what, *more):
        if step == "open" or not is_folder(what):
            return failing(number)() if step == "open" else done(what, *more)
        if step == "close":  # what is closed is closed, whatever it says
            done(what)
        return failing(number)()

    monkeypatch.setattr(os, step, fail)
    assert came(path) == "new"


def test_the_bytes_are_on_the_disk_before_the_name_and_the_name_before_the_end(
    path, size, monkeypatch
):
    order, sync, replace = [], os.fsync, os.replace

    def fsync(descriptor):
        order.append("folder" if is_folder(descriptor) else os.fstat(descriptor).st_size)
        sync(descriptor)

    def put(source, target):
        order.append(("replace", os.path.getsize(source)))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", put)
    assert came(path) == "new"
    assert order == [size, ("replace", size), "folder"]


# ---- faults of the operating system -------------------------------------------------------------


@contextmanager
def limited(kind, most):
    limits = resource.getrlimit(kind)
    resource.setrlimit(kind, (most, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(kind, limits)


def test_every_length_of_file_that_the_operating_system_may_allow(path, size):
    for most in (0, 1, 512, 4096, 8192, size // 2, size - 1, size):
        said = came(path, limited(resource.RLIMIT_FSIZE, most))
        assert said == "new" if most == size else os.strerror(errno.EFBIG) in said


@contextmanager
def mounted(folder, options):
    """A file system in memory, where one may be made; yield whether."""
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder]
    try:
        done = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        done = False
    try:
        yield done
    finally:
        if done:
            subprocess.run(["umount", folder], check=True)


def test_a_full_disk(tmp_path):
    with mounted(tmp_path, "size=64k") as really:
        save(tmp_path / "m", "old")
        said = came(tmp_path / "m", None if really else limited(resource.RLIMIT_FSIZE, 2**16))
    assert os.strerror(errno.ENOSPC if really else errno.EFBIG) in said


def test_a_disk_with_no_room_for_another_file(tmp_path):
    with mounted(tmp_path, "nr_inodes=2") as really:  # the folder and the old file
        save(tmp_path / "m", "old")
        os.close(free := os.dup(0))
        said = came(tmp_path / "m", None if really else limited(resource.RLIMIT_NOFILE, free))
    assert os.strerror(errno.ENOSPC if really else errno.EMFILE) in said


@contextmanager
def as_nobody():
    """Give up what root may do, if this is root."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.parametrize("mode", [0o555, 0o1777], ids=["read-only", "sticky"])
def test_a_folder_in_which_one_may_not_write_or_not_replace(mode):
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "m")
        save(path, "old")
        path.parent.chmod(mode)  # where it is sticky, only owners may replace a file
        try:
            said = came(path, as_nobody())
        finally:
            path.parent.chmod(0o700)
    if mode == 0o555:
        assert os.strerror(errno.EACCES) in said
    else:
        assert said == "new" if os.geteuid() else os.strerror(errno.EPERM) in said


# ---- interruptions and crashes, in a process of their own ---------------------------------------


def save_until(path, n, do):
    """Save, but ``do`` before the n-th instruction of `write_file`; return whether it has one."""

    def trace(frame, event, _argument):
        nonlocal n
        if frame.f_code is not _safetensors.write_file.__code__:
            return None
        frame.f_trace_opcodes = True
        n -= event in ("line", "opcode")
        if n == -1:
            do()
        return trace

    sys.settrace(trace)
    try:
        save(path, "new")
    finally:
        sys.settrace(None)
    return n < 0


def interrupt():
    raise KeyboardInterrupt


def crash():
    os.kill(os.getpid(), signal.SIGKILL)


def left_over(path):
    """Return what is there besides, and remove it."""
    names = sorted(set(os.listdir(path.parent)) - {path.name})
    for name in names:
        os.unlink(path.parent / name)
    return names


def interrupted(path):
    """Yield which file there is, and what is left over, after each interruption."""
    for n in itertools.count():
        save(path, "old")
        try:
            reached = save_until(path, n, interrupt)
        except KeyboardInterrupt:
            reached = True
        if not reached:
            return
        yield which(path), left_over(path)


def killed(path, work, seconds=None):
    """Return the same after ``work()`` in a child has crashed or been killed; None if it ended."""
    save(path, "old")
    if not (child := os.fork()):
        work()
        os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return (which(path), left_over(path)) if os.WIFSIGNALED(status) else None


def crashed(path):
    for n in itertools.count():
        found = killed(path, lambda n=n: save_until(path, n, crash))
        if found is None:
            return
        yield found


def crashed_while_writing(path):
    """The operating system itself kills who writes more than it allows."""

    def write(most):
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        with limited(resource.RLIMIT_FSIZE, most):
            save(path, "new")

    for most in (0, 1, 4096, 50_000):
        yield killed(path, lambda most=most: write(most))


def killed_at_any_time(path):
    def write():
        while True:
            save(path, "new")
            save(path, "old")

    rng = np.random.default_rng(0)
    for seconds in rng.uniform(0, 0.02, 40):
        yield killed(path, write, seconds)


def all_of(way):
    """Run one of these in a process of its own, without threads; return what was found."""
    here = Path(__file__)
    with quick_folder() as folder:
        code = f"import json, pathlib, {here.stem} as t; path = pathlib.Path({folder!r}, 'm')\n"
        code += f"print(json.dumps(list(t.{way.__name__}(path))))"
        alone = os.environ | {"PYTHONPATH": str(here.parent), "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-c", code]
        ran = subprocess.run(command, env=alone, capture_output=True, check=True)
    found = json.loads(ran.stdout)
    return [name for name, _ in found], [name for _, names in found for name in names]


def test_interrupted_anywhere():
    names, left = all_of(interrupted)
    assert names == sorted(names, reverse=True)  # first the old one, from some step on the new one
    assert set(names) == {"old", "new"}
    assert len(names) > 50
    assert not left


def test_killed_anywhere():
    names, left = all_of(crashed)
    assert names == sorted(names, reverse=True)
    assert set(names) == {"old", "new"}
    assert len(names) > 50
    assert 0 < len(left) < len(names)
    assert all(name.startswith(".m.") and name.endswith(".tmp") for name in left)


def test_killed_while_it_writes():
    assert all_of(crashed_while_writing)[0] == ["old"] * 4


def test_killed_at_any_time():
    assert len(all_of(killed_at_any_time)[0]) == 40  # `which` said old or new
