"""The loops over time and the cells' lines once more, compiled by Numba: the extra ``jit``.

Nothing is written twice: what is compiled are the functions of `walk`, the cells, the activations,
`columns`, the read-outs and the mean squared error themselves.  Here stands what NumPy does for
them elsewhere: element-wise functions, copies, products.
"""
