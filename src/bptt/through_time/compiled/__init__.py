"""The loops over time and the cells' lines once more, compiled by Numba: the extra ``jit``.

Nothing is written twice: what is compiled are the functions of `walk`, of the cells and of the
activations themselves.  Here stands what NumPy does for them elsewhere, that is element-wise
functions and products of small arrays.
"""
