"""What is on the screen as Python: a program that prints the same numbers."""

from __future__ import annotations

from bptt.page.arithmetic import Weights
from bptt.page.state import State

PROGRAM = """\
import bptt

x = {x}
y = {y}
net = bptt.RNN(activation={activation!r}, readout="state_in", bias=False)
params = bptt.post_params(wx={wx!r}, wrec={wrec!r}){after}
d = bptt.explain(net, params, x, y)  # print(d) shows the whole derivation
trace = net.trace(params, x, y)


def show(*numbers):
    print(*(f"{{number + 0:.6g}}" for number in numbers))


show(trace.loss)  # cost
show(d.gradient("weight_ih"), d.gradient("weight_hh"))  # ∂ξ/∂Wx, ∂ξ/∂Wrec
i = {i}  # the sequence {bits}
show(trace.prediction[i], y[i])
show(*trace.prediction)  # of all sequences
# k, State_k(In), State_k(Out), ∂ξ/∂State_k(In), its share of ∂ξ/∂Wx and of ∂ξ/∂Wrec
for k in range(1, {n_steps} + 1):
    show(
        k,
        trace.state_in[i, k - 1, 0],
        trace.state_out[i, k, 0],
        d.errors[k][i],
        d.terms["weight_ih", k].by_sequence[i],
        d.terms["weight_hh", k].by_sequence[i],
    )
{boxes}"""
BOXES = """\
# f'(State_k(In)) for k < T, the boxes
show(*net.cell.activation.derivative(trace.state_in[i, :-1, 0]))
"""


def code(state: State, weights: Weights, done: int) -> str:
    """Return a program that prints the numbers at these weights, after `done` updates."""
    after = f"  # after {done} updates by {state.optimizer}" if done else ""
    return PROGRAM.format(
        x=[list(row) for row in state.x],
        y=[int(y) if y.is_integer() else y for y in state.targets],
        activation=state.activation,
        wx=weights.wx,
        wrec=weights.wrec,
        after=after,
        i=state.sequence - 1,
        bits=state.sequences[state.sequence - 1],
        n_steps=state.n_steps,
        boxes="" if state.activation == "identity" or state.n_steps == 1 else BOXES,
    )
