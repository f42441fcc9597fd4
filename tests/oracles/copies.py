"""A network of one state with a copy of every weight for every time stamp, forward only.

Plain Python and complex numbers: with a step of i·1e-30 on one copy, the imaginary part of the cost
is what that time stamp adds to the gradient.  Nothing is shared with the package but the data.
"""

import cmath
from typing import NamedTuple

STEP = 1e-30
FUNCTIONS = {
    "logistic": lambda z: 1 / (1 + cmath.exp(-z)) if z.real > -700 else 0j,
    "tanh": cmath.tanh,
    "identity": lambda z: z,
}
WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "readout.weight", "readout.bias")


class Network(NamedTuple):
    """One state, one input, one output; x is a list of n lists of T numbers."""

    activation: str
    readout: str
    loss: str
    weights: dict[str, float]
    x: list
    y: list
    """(n,), or (n, T) where every time stamp is read out"""
    s0: list

    @property
    def n_steps(self):
        return len(self.x[0])

    def derivative(self, weight, k):
        """Return what time stamp k adds to ∂ξ/∂weight, in all and by sequence."""
        return sum(self.by_sequence(weight, k))

    def by_sequence(self, weight, k):
        return [c.imag / STEP for c in self._costs({(weight, k): 1j * STEP})]

    def d_state_in(self, k):
        """Return ∂ξ/∂State_k(In) by sequence."""
        return [c.imag / STEP for c in self._costs({("state", k): 1j * STEP})]

    def d_prediction(self, k):
        return [c.imag / STEP for c in self._costs({("prediction", k): 1j * STEP})]

    def slope(self, state_in):
        return FUNCTIONS[self.activation](complex(state_in, STEP)).imag / STEP

    def _costs(self, moved):
        """Return each sequence's share of the cost, with a step on what is ``moved``."""
        return [self._cost(i, moved) for i in range(len(self.x))]

    def _cost(self, i, moved):
        f = FUNCTIONS[self.activation]

        def w(name, k):
            return self.weights.get(name, 0.0) + moved.get((name, k), 0)

        state, total, counted = complex(self.s0[i]), 0, 0
        for k, x in enumerate(self.x[i], start=1):
            z = x * w("weight_ih", k) + state * w("weight_hh", k)
            z += w("bias_ih", k) + w("bias_hh", k) + moved.get(("state", k), 0)
            state = f(z)
            if self.readout != "every" and k < self.n_steps:
                continue
            says = z if self.readout == "state_in" else state * w("readout.weight", k)
            if self.readout != "state_in":
                says += w("readout.bias", k)
            says += moved.get(("prediction", k), 0)
            y = self.y[i][k - 1] if self.readout == "every" else self.y[i]
            total += self._loss(says, y)
            counted += 1
        return total / (counted * len(self.x))

    def _loss(self, says, y):
        if self.loss == "mse":
            return (says - y) ** 2
        # log(1 + e^a) - y a, with e^a kept small
        if says.real > 0:
            return says + cmath.log(1 + cmath.exp(-says)) - y * says
        return cmath.log(1 + cmath.exp(says)) - y * says
