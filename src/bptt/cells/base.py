"""What the engine asks of a cell: element-wise lines and a few words about their shape."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from bptt._shapes import Array


class Cell(ABC):
    """The element-wise part of a recurrent step: all that tells one cell from another.

    The engine computes, for all time stamps at once and then for each time stamp k = 1 … T::

        zx[k] = x[k] @ W_ihᵀ + b_ih              zh = h[k-1] @ W_hhᵀ + b_hh

    and calls `gate`; backward it calls `local_derivatives` once, then `gate_back` for k = T … 1,
    and computes ``dh[k-1] = dzh[k] @ W_hh``.  A cell has no product, no loop over time, no
    randomness and no memory.  All arrays below are views of one time stamp, (B, ...), written in
    place.
    """

    name: ClassVar[str]
    n_gates: ClassVar[int] = 1
    """G: the weights have G·H rows.  With one gate, z is State(In) and can be read out."""
    states: ClassVar[tuple[str, ...]] = ("h",)
    """What goes from one time stamp to the next, each (B, H); the first is what W_hh multiplies."""
    kept: ClassVar[tuple[tuple[str, int], ...]] = ()
    """What `gate` keeps for `gate_back` besides z and the states: (name, width in units of H)."""
    one_sum: ClassVar[bool] = True
    """Whether only zx + zh is used: then dzx = dzh, and b_hh is added with b_ih."""
    h_passes_by: ClassVar[bool] = False
    """Whether h[k] reads h[k-1] also directly, not only through zh."""

    @abstractmethod
    def gate(
        self,
        z: Array,
        zh: Array,
        before: tuple[Array, ...],
        after: tuple[Array, ...],
        kept: tuple[Array, ...],
    ) -> None:
        """Write ``after``, the states at k.

        Parameters
        ----------
        z : (B, G·H)
            zx[k] on entry; what the cell wants to remember of the pre-activations on return.
        zh : (B, G·H)
            The recurrent product; may be overwritten.
        before, after : tuples of (B, H)
            The states at k-1 (read only) and at k.
        kept : tuple of (B, width·H)
            To be written: what `gate_back` will need.
        """

    @abstractmethod
    def local_derivatives(
        self, z: Array, states: tuple[Array, ...], kept: tuple[Array, ...], dz: Array
    ) -> None:
        """Write into dz what depends on no error, for all time stamps at once."""

    @abstractmethod
    def gate_back(
        self,
        dz: Array,
        dzh: Array,
        d_states: tuple[Array, ...],
        before: tuple[Array, ...],
        after: tuple[Array, ...],
        kept: tuple[Array, ...],
    ) -> None:
        """Write dz and dzh, the derivatives of ξ with respect to zx[k] and zh.

        Parameters
        ----------
        dz, dzh : (B, G·H)
            To be written; dz holds what `local_derivatives` put there.  One array if `one_sum`.
        d_states : tuple of (B, H)
            On entry ∂ξ/∂state[k], on return that part of ∂ξ/∂state[k-1] which does not go
            through zh.  For h it is read only if `h_passes_by`.
        before, after, kept
            As `gate` had them.
        """
