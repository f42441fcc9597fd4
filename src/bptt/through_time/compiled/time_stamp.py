"""What the compiled loops over time do at a time stamp: a cell's own lines, on views cut there.

Elements do not see each other, so lines may go over some rows first and then over others: over as
many as find room in the first cache, all arrays of a cell together.
"""

from __future__ import annotations

from typing import Any

from bptt.through_time.compiled import arrays
from bptt.through_time.compiled.denormals import FLUSH, mxcsr, set_mxcsr

FIRST_CACHE = 12 * 2**10
"""bytes that a cell's arrays may fill; of 48 kB 8 to 12 were best, 24 and 40 slower"""

# -- compiled, with the names below meaning what `loops` says ---------------------------------

cell: Any = None
states: Any = None
forward_views: Any = None
gate: Any = None
local_derivatives: Any = None
backward_views: Any = None
gate_back: Any = None
go: Any = None
may_be_cut: Any = None
rows_of: Any = None


def views_and_k(views, k):
    """Return what `gate_at` and `gate_back_at` look their views up in."""
    return views, k


def h_alone(h, more, k):
    """Return the states at one time stamp, h being all of them."""
    return (h,)


def h_and_more(h, more, k):
    """Return the states at one time stamp, where there is another."""
    return (h, more[k])


def rows_of_h(states, i, j):
    """Return the rows from i to j of the states, h being all of them."""
    return (states[0][i:j],)


def rows_of_both(states, i, j):
    """Return them, where there is another."""
    return (states[0][i:j], states[1][i:j])


def near(room, n, n_bytes):
    """Return how many rows to take at a time, of so many bytes, to find them in a cache."""
    return n if room.size else max(1, FIRST_CACHE // n_bytes)


def place_for(array, room, begin):
    """Return room for an array, in one piece; without room the array itself."""
    if not room.size:
        return array
    return arrays.of_any_layout(room[begin : begin + array.size].reshape(array.shape))


def gather(array, place, room):
    """Write an array into its place, if it has one."""
    if room.size:
        arrays.copy(place, array)


def gate_at(view, peephole):
    """Do what a cell's gate does at one time stamp."""
    (z, zx, scratch, h, more, kept, room), k = view
    n, H = scratch.shape
    z_k, zx_k = arrays.by_gate(z[k]), arrays.by_gate(zx[k])
    h_before, h_after = h[k][:, :H], h[k + 1][:, :H]
    z_g, zx_g = place_for(z_k, room, 0), place_for(zx_k, room, z_k.size)
    b_g = place_for(h_before, room, z_k.size + zx_k.size)
    a_g = place_for(h_after, room, z_k.size + zx_k.size + n * H)
    gather(z_k, z_g, room)
    gather(zx_k, zx_g, room)
    gather(h_before, b_g, room)
    before, after, kept_k = states(b_g, more, k), states(a_g, more, k + 1), kept[k]
    n_near = near(room, n, cell.n_arrays * H * z.itemsize)
    for i in range(0, n, n_near):
        j = min(i + n_near, n)
        state, state_now, kept_ij = rows_of(before, i, j), rows_of(after, i, j), kept_k[:, i:j]
        z_ij, zx_ij, own = z_g[:, i:j], zx_g[:, i:j], scratch[: j - i]
        gate(cell, forward_views(cell, z_ij, zx_ij, state, state_now, kept_ij, own), peephole)
    gather(a_g, h_after, room)
    gather(z_g, z_k, room)  # a cell may have written on it
    gather(zx_g, zx_k, room)


def gate_back_at(view, peephole):
    """Do the same for local_derivatives and gate_back; the last time stamp may be cut short."""
    (z, zx, h, more, kept, dz, dzx, dh, d_more, local, n_last, room), k = view
    n, H = dh.shape
    z_k, zx_k, kept_k = arrays.by_gate(z[k]), arrays.by_gate(zx[k]), kept[k]
    dz_k, dzx_k = arrays.by_gate(dz[k]), arrays.by_gate(dzx[k])
    h_before, h_after = h[k][:, :H], h[k + 1][:, :H]
    z_g, zx_g = place_for(z_k, room, 0), place_for(zx_k, room, z_k.size)
    b_g = place_for(h_before, room, z_k.size + zx_k.size)
    gather(z_k, z_g, room)
    gather(zx_k, zx_g, room)
    gather(h_before, b_g, room)
    before, after = states(b_g, more, k), states(h_after, more, k + 1)
    if may_be_cut and k == len(z) - 1 and n_last < n:
        local_derivatives(cell, z_g, zx_g, before, after, kept_k, local)
        dz_k, dzx_k, kept_k = dz_k[:, :n_last], dzx_k[:, :n_last], kept_k[:, :n_last]
        d_states = (dh[:n_last], d_more[:n_last])
        views = backward_views(cell, dz_k, dzx_k, d_states, kept_k, local[:, :n_last])
        gate_back(cell, views, peephole)
        return
    # with room dz stands where z stood: `near` takes all rows at once, so z has been read by then
    dz_g, dzx_g = place_for(dz_k, room, 0), place_for(dzx_k, room, dz_k.size)
    n_near = near(room, n, cell.n_arrays * H * z.itemsize)
    for i in range(0, n, n_near):
        j = min(i + n_near, n)
        state, state_now, own = rows_of(before, i, j), rows_of(after, i, j), local[:, : j - i]
        kept_ij, d_states = kept_k[:, i:j], (dh[i:j], d_more[i:j])
        local_derivatives(cell, z_g[:, i:j], zx_g[:, i:j], state, state_now, kept_ij, own)
        views = backward_views(cell, dz_g[:, i:j], dzx_g[:, i:j], d_states, kept_ij, own)
        gate_back(cell, views, peephole)
    gather(dz_g, dz_k, room)
    gather(dzx_g, dzx_k, room)


def advance(operands, weights_t, into, z, zx, scratch, h, more, kept, peephole, room):
    """Go forwards through a rectangle."""
    b = arrays.borrowed
    views = (b(z), b(zx), b(scratch), b(h), b(more), b(kept), b(room))
    go(b(operands), b(weights_t), b(into), cell, views, b(peephole))


def go_back(
    dh_every, dz_h, w_hh, dh, by_h, z, zx, h, more, kept, dz, dzx, d_more, local, n_last, peephole,
    passes_by, room,
):  # fmt: skip
    """Go back through a part of one."""
    b = arrays.borrowed
    dh_seen = b(dh).reshape(z.shape[1], z.shape[3])  # as the cell's lines see it
    views = (
        b(z), b(zx), b(h), b(more), b(kept), b(dz), b(dzx), dh_seen, b(d_more), b(local), n_last,
        b(room),
    )  # fmt: skip
    before = mxcsr()
    set_mxcsr(before | FLUSH)
    go(b(dz_h), b(w_hh), b(dh), b(by_h), b(dh_every), cell, views, b(peephole), passes_by)
    set_mxcsr(before)
