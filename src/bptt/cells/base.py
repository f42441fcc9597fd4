"""What the engine asks of a cell: element-wise lines and a few words about their shape."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from bptt._shapes import Array

Views = tuple[Array, ...]


class Cell(ABC):
    """The element-wise part of a recurrent step: all that tells one cell from another.

    The engine computes for each time stamp k = 1 … T::

        zx[k] = x[k] @ W_ihᵀ + b_ih              zh = h[k-1] @ W_hhᵀ + b_hh

    and calls `gate`; backward it calls `local_derivatives`, then `gate_back` for k = T … 1, and
    computes ``dh[k-1] = dzh[k] @ W_hh``.  A cell has no product, no loop over time, no randomness
    and no memory, and allocates nothing.

    Arrays below have one entry for each gate (or state, or what else they hold) on the first axis,
    so that ``z[0]`` is (n, H) and ``z[:3]`` three gates at once; what follows may be the states of
    n sequences or of one.  `forward_views` and `backward_views` cut from them what `gate` and
    `gate_back` work on; the engine does that once for each time stamp, not in the loop.
    """

    name: ClassVar[str]
    gates: ClassVar[tuple[str, ...]] = ("",)
    """Their names in the order of the weights' blocks of H rows, which is PyTorch's.

    With one gate, z is State(In) and can be read out.
    """
    columns: ClassVar[tuple[str, ...]] = ("",)
    """The gates in the order in which z has them: those with one function stand together."""
    n_apart: ClassVar[int] = 0
    """How many gates, the last of `columns`, use zx and zh apart and not only their sum.

    Of the others the engine adds both in the product itself, of these it hands over both.
    """
    states: ClassVar[tuple[str, ...]] = ("h",)
    """What goes from one time stamp to the next; the first is what W_hh multiplies."""
    kept: ClassVar[tuple[str, ...]] = ()
    """What `gate` keeps besides z and the states."""
    n_local: ClassVar[int] = 1
    """How many arrays `local_derivatives` writes."""
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
    def forward_views(
        self, z: Array, zx: Array, before: Views, after: Views, kept: Array, scratch: Array
    ) -> Views:
        """Return what `gate` reads and writes at one time stamp.

        Parameters
        ----------
        z : (G, n, H)
            zx[k] + zh, of gates apart zh; on return still.
        zx : (n_apart, n, H)
            zx[k] of gates apart; on return their whole pre-activations.
        before, after : tuple of (n, H), one for each state
            The states at k-1 (read only) and at k (to be written).
        kept : (len(kept), n, H)
            To be written: what the backward will need.
        scratch : (n, H)
            Room to write into.
        """

    @abstractmethod
    def gate(self, views: Views, peephole: Array) -> None:
        """Write the states at k.

        Parameters
        ----------
        views
            What `forward_views` returned.
        peephole : (P, H)
            An array for each of `peepholes`.
        """

    @abstractmethod
    def local_derivatives(
        self, z: Array, zx: Array, before: Views, after: Views, kept: Array, local: Array
    ) -> None:
        """Write into local what depends on no error; for any number of time stamps at once.

        Parameters
        ----------
        z, zx, before, after, kept
            As `gate` left them.
        local : (n_local, n, H)
        """

    @abstractmethod
    def backward_views(
        self, dz: Array, dzx: Array, d_states: Views, kept: Array, local: Array
    ) -> Views:
        """Return what `gate_back` reads and writes at one time stamp.

        Parameters
        ----------
        dz : (G, n, H)
            To be written: ∂ξ/∂zh, which but for gates apart is ∂ξ/∂zx too.
        dzx : (n_apart, n, H)
            To be written: ∂ξ/∂zx of gates apart.
        d_states : tuple of (n, H)
            On entry ∂ξ/∂state[k]; to become that part of ∂ξ/∂state[k-1] which does not go
            through zh.  For h it is read only if `h_passes_by`.
        kept, local
            As `gate` and `local_derivatives` left them; local may be written over.
        """

    @abstractmethod
    def gate_back(self, views: Views, peephole: Array) -> None:
        """Write dz and the states' derivatives; ``views`` is what `backward_views` returned."""
