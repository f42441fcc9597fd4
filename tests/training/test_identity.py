"""What a run is, in words: what is another run, and what is not."""

import numpy as np
import pytest

import bptt
from bptt.params import digest, named_arrays
from bptt.training.identity import of_data

RNG = np.random.default_rng(0)
NET = bptt.RNN(readout="every")
XS = [RNG.standard_normal(n) for n in (3, 5, 2)]
YS = [RNG.standard_normal(n) for n in (3, 5, 2)]
MASK = [np.arange(n) > 0 for n in (3, 5, 2)]


def changed(arrays, value):
    """Return a copy with one other entry."""
    copies = [array.copy() for array in arrays]
    copies[1][3] = value
    return copies


def test_any_change_of_the_data_is_noticed():
    x, y = RNG.standard_normal((3, 4)), RNG.standard_normal((3, 4))
    batches = [
        NET.batch(XS, YS),
        NET.batch(changed(XS, 7.0), YS),
        NET.batch(XS, changed(YS, 7.0)),
        NET.batch(XS, YS, mask=MASK),
        NET.batch(XS, YS, mask=changed(MASK, False)),
        NET.batch(XS[::-1], YS[::-1]),
        NET.batch(x, y),
        NET.batch(x, y, lengths=[4, 4, 3]),
        NET.batch(x, y, lengths=[4, 3, 4]),
        NET.batch(x.astype(np.float32), y),
        NET.batch(x.reshape(2, 6), y.reshape(2, 6)),
        NET.batch(XS, [np.zeros(len(y)) for y in YS]),
        NET.batch([np.zeros(len(x)) for x in XS], [np.zeros(len(y)) for y in YS]),
        NET.batch([np.zeros(n) for n in (4, 4, 2)], [np.zeros(n) for n in (4, 4, 2)]),
    ]
    found = [of_data(batch) for batch in batches]
    assert len(set(found)) == len(found)
    assert found[0] == of_data(NET.batch([x.copy() for x in XS], YS))
    assert all(len(word) == 16 for word in found)


@pytest.mark.parametrize("cell", ["elman", "lstm"])
def test_any_change_of_parameters_is_noticed(cell):
    params = bptt.RNN(cell, hidden_size=3).init(rng=0)
    arrays = dict(named_arrays(params))
    found = {digest(arrays.items())}
    for name, array in arrays.items():
        for at in np.ndindex(array.shape):
            other = array.copy()
            other[at] = np.nextafter(other[at], 9.0)  # the last bit
            found.add(digest((arrays | {name: other}).items()))
    assert len(found) == 1 + sum(array.size for array in arrays.values())
    one = np.arange(6.0)
    forms = [{"a": one}, {"b": one}, {"a": one[None]}, {"a": one[:, None]}, {"a": one.view("i8")}]
    assert len({digest(form.items()) for form in forms}) == len(forms)
