"""`Stream`: a network fed one time stamp at a time, the one object that remembers a state."""

from __future__ import annotations

import math
import os
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from bptt import _checks, initial_states, saving
from bptt._shapes import Array
from bptt.errors import InputError, ModelFileError, ShapeError, sentence
from bptt.network import RNN
from bptt.params import Params, map_params, parts
from bptt.plain_stream import Plain
from bptt.straight_path import quiet, quietly
from bptt.through_time import Packing, Workspace, lay_out


class StreamState(NamedTuple):
    """Where a stream is; arrays of its own that nothing writes over."""

    states: tuple[Array, ...]
    """of each of the cell's states (L, n, H); `RNN.predict` takes it as ``initial_state``"""
    n_steps: int
    """time stamps seen so far"""
    total: Array
    """(n, O), the sum of what was read out of each time stamp; for read-out ``"mean"``"""


class Stream:
    """Feed a network one time stamp at a time.

    After k time stamps the prediction is that of `RNN.predict` for the first k, to rounding: of
    read-out ``"every"`` its last, of ``"mean"`` that of the mean so far.  It is the same forward,
    over sequences of one time stamp.

    Parameters
    ----------
    net : RNN
        It must read forwards only: what reads backwards needs the end of the sequence first.
    params : Params
    batch_size : int
        n, how many sequences run side by side.
    initial_state : optional
        As in `RNN.predict`.
    engine : "numpy", "jit" or "auto"
        What goes over the time stamp; see `Workspace`.

    Raises
    ------
    InputError
        If an argument is not as above.

    Examples
    --------
    >>> import bptt
    >>> net = bptt.RNN(activation="identity", readout="state_in", bias=False)
    >>> stream = bptt.Stream(net, bptt.post_params(wx=1, wrec=1))  # counts the ones
    >>> [float(stream.step(bit)) for bit in (1, 0, 1, 1)]
    [1.0, 1.0, 2.0, 3.0]
    >>> here = stream.state
    >>> float(stream.step(1))
    4.0
    >>> stream.state = here
    >>> float(stream.step(0))
    3.0
    """

    def __init__(
        self,
        net: RNN,
        params: Params,
        batch_size: int = 1,
        *,
        initial_state: object = None,
        engine: str = "numpy",
    ) -> None:
        called = "Stream"
        dtypes = net.check_params(called, params)
        if net.bidirectional:
            do = "Train a network that reads forwards only"
            came = "one that reads in both directions"
            raise InputError(sentence(called, "a network that can wait for no end", came, do))
        self.net = net
        self.params = params = map_params(np.copy, params)  # those of now, whatever becomes of them
        self.batch_size = n = _checks.positive_int(called, "batch_size", batch_size)
        weights, packing, workspace = parts(params), Packing((n,)), Workspace(engine)
        dtype = np.result_type(*dtypes)
        self._weights, self.engine, self._dtype = weights, engine, dtype
        self._usual = (net.input_size,) if n == 1 else (n, net.input_size)
        self._alone = n == 1
        self._calm = quietly()
        self._buffers = [
            workspace.part(number).buffers(
                net.cell, packing, own.weight_ih.shape[1], net.hidden_size, dtype
            )
            for number, own in enumerate(weights)
        ]
        for own, buffers in zip(weights, self._buffers, strict=True):
            lay_out(own, buffers)
        self._plain = Plain(net, params, self._buffers, packing)
        self._initial: tuple[tuple[Array, ...], ...] | None = None
        if initial_state is not None:
            shape = (n, net.hidden_size)
            names = net.cell.states
            self._initial = initial_states.check(
                called, names, initial_state, net.n_parts, shape, complex_ok=False
            )
        self._total = np.zeros((n, net.output_size), dtype)
        self._said = np.empty((n, net.output_size), dtype)
        self._one_call = self._prepared()
        form = self._said[:, 0] if net.output_size == 1 else self._said
        self._answer = form[0, ...] if n == 1 else form
        self.reset()

    def _prepared(self) -> tuple[Any, ...] | None:
        """Return what a single compiled call needs, or None if there is none for such a network."""
        compiled = all(hasattr(buffers.loops, "forward_arrays") for buffers in self._buffers)
        linear = self._plain.linear
        if not compiled or linear is None:
            return None
        from bptt import compiled_stream

        total = self._total if self.net.readout.mean else self._total[:0]
        return compiled_stream.prepare(self._buffers, *linear, total, self._said)

    def reset(self) -> None:
        """Go back to before the first time stamp."""
        self._n_steps = 0
        self._total.fill(0.0)
        for number, (own, buffers) in enumerate(zip(self._weights, self._buffers, strict=True)):
            given = own.initial_state if self._initial is None else self._initial[number]
            for state, rows in enumerate(buffers.initial):
                with quiet():
                    rows[...] = 0.0 if given is None else given[state]

    def step(self, x: npt.ArrayLike) -> Any:
        """Take the next time stamp's inputs and return the prediction.

        Parameters
        ----------
        x : (n, I); (I,) if n is 1; one number if I is 1 besides; (n,) if I is 1

        Returns
        -------
        (n,) for one output, else (n, O); without n if x came without.
        """
        if (
            self._one_call is not None
            and type(x) is np.ndarray
            and x.dtype is self._dtype
            and x.shape == self._usual
        ):
            call, places, _ = self._one_call
            n_steps = self._n_steps + 1
            if call(x if self._alone else x.ravel(), places, n_steps):
                self._n_steps = n_steps
                answer = self._answer
                return answer.copy() if answer.ndim else answer[()]
        return self._calm(self._step, x)

    def _step(self, x: npt.ArrayLike) -> Any:
        rows, alone = self._rows(x)
        prediction = self._plain.step(rows, self._total, self._n_steps + 1)
        self._n_steps += 1
        if self.net.output_size == 1:
            prediction = prediction[:, 0]
        return prediction[0] if alone else prediction

    def _rows(self, x: npt.ArrayLike) -> tuple[Array, bool]:
        """Return x as (n, I), or (I,) if n is 1, and whether it came as one sequence."""
        if type(x) is np.ndarray and x.dtype is self._dtype and x.shape == self._usual:
            flat = x if self._alone else x.ravel()
            if math.isfinite(flat.dot(flat)):  # else one is not, or too large for this to say
                return x, self._alone
        called, n, I = "Stream.step", self.batch_size, self.net.input_size
        array = _checks.numbers(called, "x", x)
        one = n == 1 and array.shape in ((), (I,)) and array.size == I
        if one or (I == 1 and array.shape == (n,)):
            array = array.reshape(n, I)
        if array.shape != (n, I):
            do = "Give the inputs of one time stamp" + ", a row for each sequence" * (n > 1)
            expected = f"x of shape {(I,)}" + f" or {(n, I)}" if n == 1 else f"x of shape {(n, I)}"
            raise ShapeError(sentence(called, expected, f"shape {np.shape(x)}", do))
        return _checks.finite(called, "x", array), one

    @property
    def state(self) -> StreamState:
        """Where the stream is, in copies; set it to go on from there, even from an overflow."""
        names = range(len(self.net.cell.states))
        states = tuple(np.stack([b.initial[number] for b in self._buffers]) for number in names)
        return StreamState(states, self._n_steps, self._total.copy())

    @state.setter
    def state(self, state: StreamState) -> None:
        called, n, net = "Stream.state", self.batch_size, self.net
        if not isinstance(state, StreamState):
            do = "Give what another stream's state says"
            raise InputError(sentence(called, "a StreamState", type(state).__name__, do))
        shape = (n, net.hidden_size)
        checked = initial_states.check(  # an overflow is also where a stream can be
            called, net.cell.states, state.states, net.n_parts, shape,
            name="states", complex_ok=False, finite=False,
        )  # fmt: skip
        n_steps = _checks.positive_int(called, "n_steps", state.n_steps, least=0)
        total = _checks.numbers(called, "total", state.total)
        _checks.shape(called, "total", total, self._total.shape, "Take the state of such a stream")
        with quiet():  # what is too large for float32 becomes infinite
            for part, buffers in zip(checked, self._buffers, strict=True):
                for rows, array in zip(buffers.initial, part, strict=True):
                    rows[...] = array
            self._n_steps, self._total[...] = n_steps, total

    def copy(self) -> Stream:
        """Return another stream that is where this one is, and goes its own way."""
        return _again(*self.__reduce__()[1])

    def __reduce__(self) -> tuple[Any, ...]:
        """Let copies and pickles be streams of their own, with buffers of their own."""
        sizes = (self.batch_size, self.engine)
        return _again, (self.net, self.params, *sizes, self._initial, self.state)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write network, parameters and state to a file; `Stream.load` goes on from there.

        Where it began is not in the file: after loading, `reset` goes to zeros or to the trained
        initial state.
        """
        state = self.state
        if not all(np.isfinite(array).all() for array in (*state.states, state.total)):
            do = "Set a state from before, or reset"
            raise InputError(sentence("Stream.save", "a finite state", "NaN or infinity", do))
        arrays = {"total": state.total}
        for name, array in zip(self.net.cell.states, state.states, strict=True):
            arrays |= {f"state.{name}.{layer}": rows for layer, rows in enumerate(array)}
        about = {"stream": {"batch_size": self.batch_size, "n_steps": state.n_steps}}
        saving.save(path, self.net, self.params, about=about, arrays=arrays)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], *, activation: object = None, engine: str = "numpy"
    ) -> Stream:
        """Return the stream that was saved.

        Raises
        ------
        ModelFileError
            If the file is damaged, or holds no stream.
        """
        loaded = saving.load_all(path, activation=activation)
        net, arrays = loaded.net, loaded.arrays
        try:
            about = loaded.about["stream"]
            if about["batch_size"] != len(arrays["total"]):  # before that much is allocated
                raise KeyError("batch_size")
            stream = cls(net, loaded.params, about["batch_size"], engine=engine)
            layers = range(net.n_layers)
            states = tuple(
                np.stack([arrays[f"state.{name}.{layer}"] for layer in layers])
                for name in net.cell.states
            )
            stream.state = StreamState(states, about["n_steps"], arrays["total"])
        except (KeyError, TypeError, InputError, ValueError) as error:
            do = "Use a file that Stream.save has written"
            came = "a model without the state of a stream"
            expected = f"{os.fspath(path)!r} to be a saved stream"
            raise ModelFileError(sentence("Stream.load", expected, came, do)) from error
        return stream


def _again(
    net: RNN,
    params: Params,
    batch_size: int,
    engine: str,
    initial: tuple[tuple[Array, ...], ...] | None,
    state: StreamState,
) -> Stream:
    """Return a stream that is where another one was."""
    stream = Stream(net, params, batch_size, engine=engine)
    stream._initial = initial
    stream.state = state
    return stream
