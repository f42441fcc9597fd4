"""Time `python -c "load a model, predict one sequence"` beside its peers, and sum installed sizes.

    python benchmarks/performance/cold_start.py              --write puts the tables into docs/
    python benchmarks/performance/cold_start.py --quick      a few starts, to see that it runs
    python benchmarks/performance/cold_start.py --profile    what bptt's start consists of

Each start is a process of its own, timed from outside; all take turns on one core.  The models are
one network (Elman, I 8, H 32, one output, float32) in the files that each program writes itself.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from functools import partial
from typing import Any

import common
import installed

GOAL = 0.030  # seconds more than NumPy's import
PREDICT = "x = np.linspace(-1, 1, 160, dtype='float32').reshape(1, 20, 8); "
SIDES = {
    "Python alone": "pass",
    "import numpy": "import numpy",
    "bptt": "import numpy as np, bptt; " + PREDICT
    + "net, params = bptt.load('m.safetensors'); print(net.predict(params, x)[0])",
    "PyTorch": """\
import numpy as np, torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.readout = torch.nn.RNN(8, 32, batch_first=True), torch.nn.Linear(32, 1)
    def forward(self, x):
        return self.readout(self.rnn(x)[1][0])
net = Net()
net.load_state_dict(torch.load('m.pt', weights_only=True))
with torch.inference_mode():
    """ + PREDICT + "print(net(torch.from_numpy(x)).item())",
    "ONNX Runtime": "import numpy as np, onnxruntime; " + PREDICT
    + "session = onnxruntime.InferenceSession('m.onnx', providers=['CPUExecutionProvider']); "
    "zeros = np.zeros((1, 1, 32), 'float32'); "
    "print(session.run(['y'], {'x': x.swapaxes(0, 1), 'h': zeros})[0].item())",
    "Keras": "import os; os.environ['KERAS_BACKEND'] = {backend!r}; import numpy as np, keras; "
    + PREDICT + "net = keras.saving.load_model('m.keras', compile=False); "
    "print(net.predict(x, verbose=0).item())",
}  # fmt: skip
MODELS = """
import os, sys; os.environ['KERAS_BACKEND'] = {backend!r}
import bptt, keras, numpy as np, peers, torch
net = bptt.RNN('elman', 8, 32)
params = net.init(rng=0, dtype=np.float32)
own = params.layers[0]
bptt.save('m.safetensors', net, params)
open('m.onnx', 'wb').write(peers.onnx_model('elman', params, n_steps=20))
_, layer, readout = peers.torch_modules('elman', params)
named = {{'rnn.' + name: p for name, p in layer.state_dict().items()}}
torch.save(named | {{'readout.' + name: p for name, p in readout.state_dict().items()}}, 'm.pt')
model = keras.Sequential([keras.Input((20, 8)), keras.layers.SimpleRNN(32), keras.layers.Dense(1)])
model.set_weights([own.weight_ih.T, own.weight_hh.T, own.bias_ih + own.bias_hh,
                   params.readout.weight.T, params.readout.bias])
model.save('m.keras')
"""


def run(folder: str, code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a program in the folder of the models, with as many threads as it takes by itself."""
    paths = os.pathsep.join((str(common.SOURCE), os.path.dirname(os.path.abspath(__file__))))
    dropped = (*common.THREADS, "PYTHONDONTWRITEBYTECODE")
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    command = [sys.executable, *options, "-c", code]
    ran = subprocess.run(
        command, cwd=folder, env=environment | {"PYTHONPATH": paths}, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    if ran.returncode:
        sys.exit(f"{code}\n{ran.stderr}")
    return ran


def measure(quick: bool) -> dict[str, Any]:
    common.one_core()
    backend = installed.smallest_backend()
    codes = {name: code.replace("{backend!r}", repr(backend)) for name, code in SIDES.items()}
    rounds = 1 if quick else 21
    with tempfile.TemporaryDirectory() as folder:
        run(folder, MODELS.format(backend=backend))
        said = {name: run(folder, code).stdout.split() for name, code in codes.items()}
        answers = [float(words[-1]) for words in said.values() if words]
        assert len(answers) == len(codes) - 2
        if not max(answers) - min(answers) < 1e-5 * abs(answers[0]):
            sys.exit(f"the sides do not predict the same: {answers}")
        calls = {
            name: partial(common.seconds, partial(run, folder, code))
            for name, code in codes.items()
        }
        values = common.alternating(calls, rounds)
    rows = {
        name: {
            "seconds": common.spread(own),
            "more": common.differences(own, values["import numpy"]),
        }
        for name, own in values.items()
    }
    sizes = installed.sizes(("bptt", "torch", "onnxruntime", "keras"), {"keras": backend})
    return {"rounds": rounds, "backend": backend, "rows": rows, "sizes": sizes}


def markdown(found: dict[str, Any]) -> str:
    rows, sizes = found["rows"], found["sizes"]
    names = {"Keras": f"Keras on {found['backend'].capitalize()}"}
    lines = [
        [
            names.get(name, name),
            common.shown({key: 1000 * v for key, v in row["seconds"].items()}, ".0f"),
            common.shown({key: 1000 * v for key, v in row["more"].items()}, "+.0f")
            if name not in ("Python alone", "import numpy") else "",
        ]
        for name, row in rows.items()
    ]  # fmt: skip
    head = ["start to first prediction", "milliseconds", "more than NumPy's import, ms"]
    more = rows["bptt"]["more"]["median"]
    goal = f"NumPy's import and {GOAL * 1000:.0f} ms"
    size_lines = [
        [name, f"{size['own'] / 1e6:.1f}", f"{size['total'] / 1e6:.0f}",
         f"{size['total'] / sizes['bptt']['total']:.1f}", ", ".join(size["needs"])]
        for name, size in sizes.items()
    ]  # fmt: skip
    size_head = ["installed", "itself, MB", "with what it needs, MB", "times bptt's", "needs"]
    words = (
        f"Medians (quartiles) of {found['rounds']} processes each. Sizes are those of the files of "
        "a distribution and of all it requires, without extras and without byte-code."
    )
    return "\n".join([
        common.table(head, lines), "", common.table(size_head, size_lines), "", words, "",
        f"* {common.verdict(more <= GOAL, goal, f'{more * 1000:.0f} ms more')}", "",
        common.machine(found),
    ])  # fmt: skip


def add_profile(parser: argparse.ArgumentParser) -> Any:
    parser.add_argument("--profile", action="store_true", help="show bptt's start and nothing else")

    def done(options: argparse.Namespace) -> bool:
        if options.profile:
            import import_times

            common.one_core()
            with tempfile.TemporaryDirectory() as folder:
                run(folder, MODELS.format(backend=installed.smallest_backend()))
                run(folder, SIDES["bptt"])  # byte-code is there afterwards
                import_times.show(run(folder, SIDES["bptt"], "-X", "importtime").stderr)
        return bool(options.profile)

    return done


if __name__ == "__main__":
    about = (__doc__, measure, markdown, ("torch", "onnxruntime", "keras"), add_profile)
    sys.exit(common.main("cold_start", *about))
