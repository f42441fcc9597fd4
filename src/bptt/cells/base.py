"""What the engine asks of a cell: element-wise lines and a few words about their shape."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from bptt._shapes import Array

Views = tuple[Array, ...]


class Cell(ABC):
    """The element-wise part of a recurrent step: all that tells one cell from another.

    The engine computes, for all time stamps at once and then for each time stamp k = 1 … T::

        zx[k] = x[k] @ W_ihᵀ + b_ih              zh = h[k-1] @ W_hhᵀ + b_hh

    and calls `gate`; backward it calls `local_derivatives` once, then `gate_back` for k = T … 1,
    and computes ``dh[k-1] = dzh[k] @ W_hh``.  A cell has no product, no loop over time, no
    randomness and no memory.  All arrays below are views of one time stamp, (B, H) where nothing
    else is said, written in place; z, zh, dz and dzh come as one view for each gate.
    """

    name: ClassVar[str]
    gates: ClassVar[tuple[str, ...]] = ("",)
    """Their names in the order of the weights' blocks of H rows, which is PyTorch's.

    With one gate, z is State(In) and can be read out.
    """
    states: ClassVar[tuple[str, ...]] = ("h",)
    """What goes from one time stamp to the next; the first is what W_hh multiplies."""
    kept: ClassVar[tuple[str, ...]] = ()
    """What `gate` keeps for `gate_back` besides z and the states."""
    one_sum: ClassVar[bool] = True
    """Whether only zx + zh is used: then the engine adds them, and dzx = dzh."""
    h_passes_by: bool = False
    """Whether h[k] reads h[k-1] also directly, not only through zh."""
    peepholes: tuple[tuple[int, int, bool], ...] = ()
    """Element-wise weights, (H,) each, by which a gate sees a state: (number of the gate, number
    of the state, whether it is the state at k and not that at k-1)."""

    @property
    def n_gates(self) -> int:
        """G: the weights have G·H rows."""
        return len(self.gates)

    @abstractmethod
    def gate(
        self, z: Views, zh: Views, before: Views, after: Views, kept: Views, peephole: Views
    ) -> None:
        """Write ``after``, the states at k.

        Parameters
        ----------
        z : a view for each gate
            zx[k] on entry, if `one_sum` zx[k] + zh; on return the whole pre-activations.
        zh : a view for each gate
            The recurrent product; if `one_sum` it is in z already.
        before, after
            The states at k-1 (read only) and at k.
        kept
            To be written: what `gate_back` will need.
        peephole : an (H,) array for each of `peepholes`
        """

    @abstractmethod
    def local_derivatives(
        self, z: Views, before: Views, after: Views, kept: Views, dz: Views
    ) -> None:
        """Write into dz what depends on no error; views of all time stamps at once.

        May write over ``kept``.
        """

    @abstractmethod
    def gate_back(
        self,
        dz: Views,
        dzh: Views,
        d_states: Views,
        before: Views,
        after: Views,
        kept: Views,
        peephole: Views,
    ) -> None:
        """Write dz and dzh, the derivatives of ξ with respect to zx[k] and zh.

        Parameters
        ----------
        dz, dzh : a view for each gate
            To be written; dz holds what `local_derivatives` put there.  The same if `one_sum`.
        d_states
            On entry ∂ξ/∂state[k], on return that part of ∂ξ/∂state[k-1] which does not go
            through zh.  For h it is read only if `h_passes_by`.
        before, after, kept, peephole
            As `gate` had them, and what `local_derivatives` made of kept.
        """
