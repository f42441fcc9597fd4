"""`RNN`: the middle of the straight path, from batches to cost and gradient."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bptt import data, losses
from bptt._shapes import Array
from bptt.architecture import Architecture
from bptt.data import Batch
from bptt.errors import NumberTypeError, sentence
from bptt.losses import Loss
from bptt.params import Params, map_params
from bptt.through_time import FullBPTT, Strategy, Tape, Workspace
from bptt.trace import Run, Trace, read

FULL = FullBPTT()


class RNN(Architecture):
    """A recurrent network: a value, without weights and without memory.

    State_k(In) = x_k W_ihᵀ + b_ih + h_{k-1} W_hhᵀ + b_hh,  h_k = State_k(Out) = f(State_k(In)),
    and the read-out makes the prediction of h, or of the last State(In).

    Parameters
    ----------
    cell : "elman" or Cell
        The element-wise part.
    input_size : int
        I, inputs at one time stamp.
    hidden_size : int
        H, states.
    activation : str, Activation or pair of functions, optional
        ``"tanh"`` (default), ``"logistic"``, ``"identity"``, ``"relu"``, or one's own pair
        (f, derivative of f).  Leave it out when `cell` is a `Cell`, which has its own.
    readout : "last", "every" or "state_in"
        Linear on the last State(Out), linear on every one, or the last State(In) itself.
    output_size : int, optional
        O; 1 by default, H for ``"state_in"``.
    bias : bool
        Whether the recurrent layer and the read-out have biases.

    Raises
    ------
    InputError
        If an argument is not as above.

    Examples
    --------
    The post's network of two weights, and its gradient:

    >>> import bptt
    >>> x, y = bptt.tasks.post()
    >>> net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
    >>> loss, grads = net.loss_and_gradient(bptt.post_params(wx=1.0, wrec=1.0), x, y)
    >>> round(loss, 6), round(grads.Wx, 6), round(grads.Wrec, 6)
    (0.581425, -0.609056, -0.524679)
    """

    def batch(
        self,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        loss: str | Loss = "mse",
        mask: npt.ArrayLike | None = None,
    ) -> Batch:
        """Check and convert x, y and mask once, for many calls of `loss_and_gradient`; copies."""
        return self._batch("RNN.batch", x, y, loss, mask).copy()

    def predict(
        self, params: Params, x: npt.ArrayLike, initial_state: npt.ArrayLike | None = None
    ) -> Array:
        """Return the predictions: (n,) for one output, else (n, O); (n, T, O) for ``"every"``.

        A pure function of its arguments.  Complex x and parameters are accepted.

        Parameters
        ----------
        params : Params
        x : (n, T) or (n, T, I)
        initial_state : (H,) or (n, H), optional
            State_0(Out); zeros by default.  A tuple for a cell with several states.

        Examples
        --------
        >>> import bptt
        >>> x, y = bptt.tasks.post()
        >>> net = bptt.RNN(activation="identity", readout="state_in", bias=False)
        >>> net.predict(bptt.post_params(1, 1), x)
        array([1., 2., 3.])
        """
        called = "RNN.predict"
        x = data.sequences(called, x, self.input_size, complex_ok=True)
        with _quiet():
            _, _, prediction = self._forward(called, params, x, initial_state, Workspace(), FULL)
        return self._public(prediction)

    def loss(
        self,
        params: Params,
        x: npt.ArrayLike | Batch,
        y: npt.ArrayLike | None = None,
        loss: str | Loss | None = None,
        *,
        mask: npt.ArrayLike | None = None,
        initial_state: npt.ArrayLike | None = None,
        workspace: Workspace | None = None,
    ) -> float:
        """Return the cost ξ alone: one forward.  Complex x and parameters give a complex cost."""
        called = "RNN.loss"
        batch = self._batch(called, x, y, loss, mask, complex_ok=True)
        return self._run(called, params, batch, initial_state, workspace, None).loss

    def loss_and_gradient(
        self,
        params: Params,
        x: npt.ArrayLike | Batch,
        y: npt.ArrayLike | None = None,
        loss: str | Loss | None = None,
        *,
        mask: npt.ArrayLike | None = None,
        initial_state: npt.ArrayLike | None = None,
        workspace: Workspace | None = None,
        strategy: Strategy = FULL,
    ) -> tuple[float, Params]:
        """Return the cost ξ and ∂ξ/∂θ for every parameter: one forward, one backward.

        Parameters
        ----------
        params : Params
            Their dtype, float64 or float32, is that of the whole computation.
        x : (n, T), (n, T, I) or Batch
        y : (n,), (n, O) or (n, T, O)
            One target per prediction; class numbers may stand for one-hot rows.  None with a Batch.
        loss : "mse", "binary_cross_entropy", "categorical_cross_entropy" or Loss, optional
            By default that of the Batch, else ``"mse"``.
        mask : bool array, optional
            True where an entry of y counts: y's shape, or (n,) or (n, T).  States are computed
            at masked time stamps too: where they overflow, the gradient is NaN.
        initial_state : (H,) or (n, H), optional
        workspace : Workspace, optional
            Buffers to use again; spares small networks the allocation.
        strategy : Strategy
            How to differentiate; `FullBPTT` goes all the way back.

        Returns
        -------
        loss : float
        grads : Params
            New arrays, of the type and shapes of ``params``.

        Raises
        ------
        InputError
            If an argument is not as above; nothing has been changed then.

        Examples
        --------
        >>> import bptt
        >>> x, y = bptt.tasks.count_ones(n_sequences=20, n_steps=10, rng=1)
        >>> net = bptt.RNN(hidden_size=8)
        >>> loss, grads = net.loss_and_gradient(net.init(rng=0), x, y)
        >>> grads.layers[0].weight_hh.shape
        (8, 8)
        """
        called = "RNN.loss_and_gradient"
        batch = self._batch(called, x, y, loss, mask)
        run = self._run(called, params, batch, initial_state, workspace, strategy)
        assert run.grads is not None
        return run.loss, run.grads

    def run(
        self,
        params: Params,
        batch: Batch,
        *,
        initial_state: npt.ArrayLike | None = None,
        workspace: Workspace | None = None,
        strategy: Strategy | None = FULL,
    ) -> Run:
        """Return the very tape of one forward and one backward, for whoever reads it.

        With ``strategy=None`` there is no backward, and complex numbers are welcome.
        """
        called = "RNN.run"
        batch = data.own_batch(called, self, batch, None, extra=False)
        return self._run(called, params, batch, initial_state, workspace, strategy)

    def trace(
        self,
        params: Params,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        loss: str | Loss = "mse",
        *,
        mask: npt.ArrayLike | None = None,
        initial_state: npt.ArrayLike | None = None,
        strategy: Strategy = FULL,
    ) -> Trace:
        """Return all that one forward and one backward computed; see `Trace`.

        Examples
        --------
        >>> import bptt
        >>> x, y = bptt.tasks.post()
        >>> net = bptt.RNN(activation="logistic", readout="state_in", bias=False)
        >>> trace = net.trace(bptt.post_params(wx=1.0, wrec=1.0), x, y)
        >>> trace.state_in[2, :, 0].round(4)  # State_k(In) of the third sequence, k = 1, 2, 3
        array([1.    , 1.7311, 1.8495])
        >>> trace.shares.layers[0].weight_ih[:, 0, 0].round(4)  # they sum to ∂ξ/∂Wx
        array([-0.0193, -0.1162, -0.4736])
        """
        called = "RNN.trace"
        batch = self._batch(called, x, y, loss, mask)
        run = self._run(called, params, batch, initial_state, None, strategy)
        with _quiet():
            return read(run, self._public(run.prediction), state_in_last=self.readout.of_state_in)

    # -- inside ----------------------------------------------------------------------------------

    def _batch(
        self,
        called: str,
        x: npt.ArrayLike | Batch,
        y: npt.ArrayLike | None,
        loss: str | Loss | None,
        mask: npt.ArrayLike | None,
        *,
        complex_ok: bool = False,
    ) -> Batch:
        if isinstance(x, Batch):
            extra = y is not None or mask is not None
            wanted = None if loss is None else losses.find(called, loss)
            return data.own_batch(called, self, x, wanted, extra=extra)
        wanted = losses.MSE if loss is None else losses.find(called, loss)
        return data.make_batch(called, self, x, y, wanted, mask, complex_ok=complex_ok)

    def _forward(
        self,
        called: str,
        params: Params,
        x: Array,
        initial_state: npt.ArrayLike | None,
        workspace: Workspace,
        strategy: Strategy,
    ) -> tuple[Params, Tape, Array]:
        dtypes = self.check_params(called, params, complex_ok=True)
        names, shape = self.cell.states, (x.shape[1], self.hidden_size)
        initial = data.initial_states(called, names, initial_state, shape)
        for array in (x,) if initial is None else (x, *initial):
            if array.dtype.kind == "c":
                dtypes.add(array.dtype)
        if len(dtypes) > 1:
            dtype = np.result_type(*dtypes)
            params = map_params(lambda p: p.astype(dtype, copy=False), params)
        tape = strategy.forward(self.cell, params.layers[0], x, initial, workspace)
        return params, tape, self.readout.forward(params.readout, tape)

    def _run(
        self,
        called: str,
        params: Params,
        batch: Batch,
        initial_state: npt.ArrayLike | None,
        workspace: Workspace | None,
        strategy: Strategy | None,
    ) -> Run:
        """Forward, cost, and backward by ``strategy`` unless that is None."""
        workspace = Workspace() if workspace is None else workspace
        with _quiet():
            params, tape, prediction = self._forward(
                called, params, batch.x, initial_state, workspace, strategy or FULL
            )
            y = batch.y.astype(prediction.real.dtype, copy=False)
            value, d_prediction = batch.loss.function(prediction, y, batch.mask)
            grads = None
            if strategy is not None:
                if prediction.dtype.kind == "c":
                    do = "Use RNN.loss for complex values"
                    expected = "real parameters and initial state"
                    raise NumberTypeError(sentence(called, expected, "complex numbers", do))
                seed, d_readout = self.readout.back(params.readout, tape, d_prediction)
                grads = Params((strategy.backward(params.layers[0], tape, seed),), d_readout)
        return Run(params, tape, prediction, value, d_prediction, grads)

    def _public(self, prediction: Array) -> Array:
        """Turn an inner prediction, (B, O) or (T, B, O), into the public one."""
        if self.readout.every:
            return prediction.transpose(1, 0, 2).copy()
        return prediction[:, 0] if self.output_size == 1 else prediction


def _quiet() -> np.errstate:
    """Silence NumPy: where the functions overflow, their reciprocal is exactly 0, as it should be.

    What is not finite in earnest is found by whoever trains, with a better message.
    """
    return np.errstate(all="ignore")
