"""`RNN`: the middle of the straight path, from batches to cost and gradient."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from bptt import sequences, straight_path
from bptt._shapes import Array, RngLike
from bptt.architecture import Architecture
from bptt.params import Params
from bptt.run import Run
from bptt.sequences import Layout
from bptt.straight_path import FULL, quiet
from bptt.through_time import Strategy, Workspace

if TYPE_CHECKING:
    import numpy.typing as npt

    from bptt.data import Batch
    from bptt.losses import Loss
    from bptt.trace import Trace


@cache
def _of_training() -> tuple[Any, ...]:
    # where it is used: who loads a network to predict has no targets
    from bptt import at_once, data, threads, ways

    return data, at_once, ways, threads


class RNN(Architecture):
    """A recurrent network: a value, without weights and without memory.

    Each layer's cell makes its next state of x_k W_ihᵀ + b_ih and h_{k-1} W_hhᵀ + b_hh; a layer
    above reads the states of the one below; the read-out makes the prediction of the states of the
    last layer, or of its last State(In).

    Parameters
    ----------
    cell : "elman", "gru", "lstm" or Cell
        The element-wise part: `Elman`, `GRU`, `LSTM`.
    input_size : int
        I, inputs at one time stamp.
    hidden_size : int
        H, states of each layer and direction.
    activation : str, Activation or pair of functions, optional
        Of an Elman cell by name: ``"tanh"`` (default), ``"logistic"``, ``"identity"``, ``"relu"``,
        or one's own pair (f, derivative of f).
    readout : "last", "every", "mean" or "state_in"
        Linear on the last State(Out), on every one, on their mean; or the last State(In) itself.
    output_size : int, optional
        O; 1 by default, H for ``"state_in"``.
    bias : bool
        Whether layers and read-out have biases.
    n_layers : int
        L, recurrent layers one above the other.
    bidirectional : bool
        Whether each layer reads in both directions (Schuster & Paliwal 1997).
    dropout : float
        Probability p with which a state is set to 0 between two layers in training, while the
        others are scaled by 1/(1 - p); as PyTorch's.
    initial_state : "zeros" or "trained"
        Whether State_0 of each layer is 0 or a parameter.
    leak : float, optional
        Of an Elman cell by name: the share of a new state that is new; 1 by default.
    peephole : bool, optional
        Of an LSTM by name: whether its gates see its state c.

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
        *,
        lengths: npt.ArrayLike | None = None,
    ) -> Batch:
        """Check and convert x, y and mask once, for many calls of `loss_and_gradient`; copies."""
        from bptt import data

        return data.find_batch("RNN.batch", self, x, y, loss, mask, lengths).copy()

    def predict(
        self,
        params: Params,
        x: npt.ArrayLike,
        initial_state: object = None,
        *,
        lengths: npt.ArrayLike | None = None,
    ) -> Any:
        """Return the predictions: (n,) for one output, else (n, O); (n, T, O) for ``"every"``.

        A pure function of its arguments.  Complex x and parameters are accepted.

        Parameters
        ----------
        params : Params
        x : (n, T), (n, T, I), or a list of n arrays (T_i,) or (T_i, I)
        initial_state : (H,) or (n, H), optional
            State_0(Out), in the place of zeros or of a trained one.  A tuple for a cell with
            several states; (L·D, H) or (L·D, n, H) for several layers and directions.
        lengths : (n,), optional
            Of a padded x, how many time stamps of each row are its sequence's.

        Returns
        -------
        array, or a list of arrays
            For ``"every"`` in the form of x: a list for a list, NaN where a padded x has padding.

        Examples
        --------
        >>> import bptt
        >>> x, y = bptt.tasks.post()
        >>> net = bptt.RNN(activation="identity", readout="state_in", bias=False)
        >>> net.predict(bptt.post_params(1, 1), x)
        array([1., 2., 3.])
        """
        called = "RNN.predict"
        rows, layout = sequences.read(called, x, self.input_size, lengths, complex_ok=True)
        with quiet():
            _, _, predicted = straight_path.forward(
                self, called, params, rows, layout, initial_state, Workspace(), FULL, None
            )
        return self._public(predicted, layout)

    def loss(
        self,
        params: Params,
        x: npt.ArrayLike | Batch,
        y: npt.ArrayLike | None = None,
        loss: str | Loss | None = None,
        *,
        mask: npt.ArrayLike | None = None,
        lengths: npt.ArrayLike | None = None,
        initial_state: object = None,
        workspace: Workspace | None = None,
    ) -> float:
        """Return the cost ξ alone: one forward.  Complex x and parameters give a complex cost."""
        from bptt import data

        called = "RNN.loss"
        batch = data.find_batch(called, self, x, y, loss, mask, lengths, complex_ok=True)
        return straight_path.run(self, called, params, batch, initial_state, workspace, None).loss

    def loss_and_gradient(
        self,
        params: Params,
        x: npt.ArrayLike | Batch,
        y: npt.ArrayLike | None = None,
        loss: str | Loss | None = None,
        *,
        mask: npt.ArrayLike | None = None,
        lengths: npt.ArrayLike | None = None,
        initial_state: object = None,
        workspace: Workspace | None = None,
        strategy: Strategy = FULL,
        rng: RngLike = None,
    ) -> tuple[float, Params]:
        """Return the cost ξ and ∂ξ/∂θ for every parameter: one forward, one backward.

        Parameters
        ----------
        params : Params
            Their dtype, float64 or float32, is that of the whole computation.
        x : (n, T), (n, T, I), a list of n arrays (T_i,) or (T_i, I), or Batch
        y : (n,), (n, O), (n, T, O), or a list of n arrays (T_i,) or (T_i, O)
            One target per prediction; class numbers may stand for one-hot rows.  None with a Batch.
        loss : "mse", "binary_cross_entropy", "categorical_cross_entropy" or Loss, optional
            By default that of the Batch, else ``"mse"``.
        mask : bool array, optional
            True where an entry of y counts: y's shape, or (n,) or (n, T).  States are computed
            at masked time stamps too: where they overflow, the gradient is NaN.
        lengths : (n,), optional
            Of a padded x, how many time stamps of each row are its sequence's; nothing is
            computed for the others.
        initial_state : optional
            As in `predict`.
        workspace : Workspace, optional
            Buffers to use again, and what goes over them.
        strategy : Strategy
            How to differentiate; `FullBPTT` goes all the way back.
        rng : None, int, SeedSequence or Generator, optional
            Draws what the network's dropout drops; without it nothing is dropped.

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
        data, at_once, ways, threads = _of_training()  # sooner than an import's own line
        batch: Batch = data.find_batch(called, self, x, y, loss, mask, lengths)
        own = workspace if isinstance(workspace, Workspace) else None  # others are told of below
        if own is not None and initial_state is rng is None and not own.is_plain:
            way = (params, batch, own, strategy)
            if (found := at_once.loss_and_gradient(self, *way)) is not None:
                return found  # type: ignore[no-any-return]
            if (n := ways.n_parts(self, batch, own)) > 1:
                return threads.loss_and_gradient(self, called, *way, n)  # type: ignore[no-any-return]
        more = (initial_state, workspace, strategy, rng)
        run = straight_path.run(self, called, params, batch, *more)
        return run.loss, cast("Params", run.grads)

    def run(
        self,
        params: Params,
        batch: Batch,
        *,
        initial_state: object = None,
        workspace: Workspace | None = None,
        strategy: Strategy | None = FULL,
        rng: RngLike = None,
    ) -> Run:
        """Return the very tape of one forward and one backward, for whoever reads it.

        With ``strategy=None`` there is no backward, and complex numbers are welcome.
        """
        from bptt import data

        called = "RNN.run"
        batch = data.own_batch(called, self, batch, None, extra=False)
        return straight_path.run(
            self, called, params, batch, initial_state, workspace, strategy, rng
        )

    def trace(
        self,
        params: Params,
        x: npt.ArrayLike,
        y: npt.ArrayLike,
        loss: str | Loss = "mse",
        *,
        mask: npt.ArrayLike | None = None,
        lengths: npt.ArrayLike | None = None,
        initial_state: object = None,
        strategy: Strategy = FULL,
        rng: RngLike = None,
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
        from bptt import data
        from bptt.trace import read

        called = "RNN.trace"
        batch = data.find_batch(called, self, x, y, loss, mask, lengths)
        run = straight_path.run(self, called, params, batch, initial_state, None, strategy, rng)
        with quiet():
            return read(run, batch.layout, self._public(run.predicted, batch.layout))

    def _public(self, prediction: Array, layout: Layout) -> Array | list[Array]:
        """Turn an inner prediction, (B, O) or packed rows, into the public one."""
        if self.readout.every:
            return layout.unpack(prediction)
        prediction = layout.to_public(prediction)
        return prediction[:, 0] if self.output_size == 1 else prediction
