"""The same network in PyTorch and in ONNX, with the weights of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bptt.params import Params

Step = Callable[[np.ndarray], Any]
OF_ONNX = {  # name, gates in ONNX's order by their place in ours
    "elman": ("RNN", [0]),
    "gru": ("GRU", [1, 0, 2]),
    "lstm": ("LSTM", [0, 3, 1, 2]),
}


def torch_modules(cell: str, params: Params) -> tuple[Any, Any, Any]:
    """Return the cell, the layer and the linear read-out, for one layer."""
    import torch

    own = params.layers[0]
    sizes = own.weight_ih.shape[1], own.weight_hh.shape[1]
    kind = {"elman": "RNN", "gru": "GRU", "lstm": "LSTM"}[cell]
    single, layer = getattr(torch.nn, f"{kind}Cell")(*sizes), getattr(torch.nn, kind)(*sizes)
    readout = torch.nn.Linear(sizes[1], len(params.readout.weight))
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        for module, theirs in ((single, name), (layer, f"{name}_l0")):
            getattr(module, theirs).data = torch.from_numpy(getattr(own, name).copy())
    readout.weight.data = torch.from_numpy(params.readout.weight.copy())
    readout.bias.data = torch.from_numpy(params.readout.bias.copy())
    return single.eval(), layer.eval(), readout.eval()


def torch_steps(cell: str, params: Params) -> dict[str, Step]:
    """Return a step by the cell, and one by the layer over one time stamp."""
    import torch

    torch.set_num_threads(1)
    single, layer, readout = torch_modules(cell, params)
    states: dict[str, Any] = {"cell": None, "layer": None}

    @torch.inference_mode()
    def by_cell(x: np.ndarray) -> Any:
        states["cell"] = single(torch.from_numpy(x)[None], states["cell"])
        return readout(states["cell"][0] if cell == "lstm" else states["cell"])

    @torch.inference_mode()
    def by_layer(x: np.ndarray) -> Any:
        h, states["layer"] = layer(torch.from_numpy(x)[None], states["layer"])
        return readout(h)

    return {"PyTorch, cell": by_cell, "PyTorch, layer": by_layer}


def onnx_model(cell: str, params: Params, n_steps: int = 1) -> bytes:
    """Return a model x, state -> y, state after; x is (n_steps, 1, I)."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    own, (op, order) = params.layers[0], OF_ONNX[cell]
    I, H = own.weight_ih.shape[1], own.weight_hh.shape[1]

    def ordered(array: np.ndarray) -> np.ndarray:
        return array.reshape(len(order), H, -1)[order].reshape(len(order) * H, -1)

    biases = np.concatenate([ordered(own.bias_ih), ordered(own.bias_hh)])[:, 0]
    constants = {
        "W": ordered(own.weight_ih)[None], "R": ordered(own.weight_hh)[None], "B": biases[None],
        "weight": params.readout.weight, "bias": params.readout.bias, "rows": np.array([1, H]),
    }  # fmt: skip
    states = ["h", "c"][: 1 + (cell == "lstm")]
    options = {"linear_before_reset": 1} if cell == "gru" else {}
    nodes = [
        helper.make_node(
            op, ["x", "W", "R", "B", "", *states], ["", *(f"{s}_after" for s in states)],
            hidden_size=H, **options,
        ),
        helper.make_node("Reshape", ["h_after", "rows"], ["last"]),
        helper.make_node("Gemm", ["last", "weight", "bias"], ["y"], transB=1),
    ]  # fmt: skip

    def value(name: str, shape: list[int]) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    graph = helper.make_graph(
        nodes, cell,
        [value("x", [n_steps, 1, I]), *(value(s, [1, 1, H]) for s in states)],
        [value("y", [1, 1]), *(value(f"{s}_after", [1, 1, H]) for s in states)],
        [numpy_helper.from_array(np.ascontiguousarray(a), name) for name, a in constants.items()],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def onnx_steps(cell: str, params: Params) -> dict[str, Step]:
    """Return a step by a plain run, and one with everything bound."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        onnx_model(cell, params), options, providers=["CPUExecutionProvider"]
    )
    names = [given.name for given in session.get_inputs()][1:]
    H = params.layers[0].weight_hh.shape[1]
    states = {name: np.zeros((1, 1, H), np.float32) for name in names}

    def run(x: np.ndarray) -> Any:
        y, *after = session.run(None, {"x": x[None, None], **states})
        states.update(zip(names, after, strict=True))
        return y[0, 0]

    # two bindings, in which the state goes from one set of arrays to the other and back
    I = params.layers[0].weight_ih.shape[1]
    x_in, y_out = np.zeros((1, 1, I), np.float32), np.zeros((1, 1), np.float32)
    of = onnxruntime.OrtValue.ortvalue_from_numpy  # on a CPU it is the array's own memory
    kept = [{name: of(np.zeros((1, 1, H), np.float32)) for name in names} for _ in range(2)]
    x_value, y_value, bindings = of(x_in), of(y_out), []
    for before, after in (kept, kept[::-1]):
        binding = session.io_binding()
        binding.bind_ortvalue_input("x", x_value)
        binding.bind_ortvalue_output("y", y_value)
        for name in names:
            binding.bind_ortvalue_input(name, before[name])
            binding.bind_ortvalue_output(f"{name}_after", after[name])
        bindings.append(binding)

    def bound(x: np.ndarray) -> Any:
        x_in[0, 0] = x
        session.run_with_iobinding(bindings[0])
        bindings.reverse()
        return y_out[0, 0]

    return {"ONNX Runtime, run": run, "ONNX Runtime, bound": bound}
