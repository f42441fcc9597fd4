"""What the numbers on the page should be, by the library's public doors alone."""

import math
from functools import cached_property

import numpy as np

import bptt
from bptt import activations, optimizers

LARGEST = 1000.0
WEIGHTS = {"wx": "weight_ih", "wrec": "weight_hh"}
ACTIVATIONS = ("logistic", "tanh", "identity")


def text(value):
    """Return the digits that are shown."""
    return f"{value + 0.0:.6g}"


def math_text(value):
    """Return the text of a number in MathML."""
    mantissa, e, exponent = text(value).replace("inf", "∞").partition("e")
    return (mantissa + (f"×10{int(exponent)}" if e else "")).replace("-", "−")


def in_product(value):
    return f"({math_text(value)})" if value < 0 else math_text(value)


def differences(found, expected):
    """Yield which numbers are not what they should be."""
    if found.keys() != expected.keys():
        yield f"names: {sorted(found.keys() ^ expected.keys())}"
    for name in found.keys() & expected.keys():
        value, shown = found[name]
        should = float(expected[name]) + 0.0
        if repr(value) != repr(should):  # so that nan is nan
            yield f"{name} is {value!r} instead of {should!r}"
        typed = name in ("wx", "wrec") or name.startswith("target-")  # in full, as by JavaScript
        if repr(float(shown)) != repr(should) if typed else shown != text(should):
            yield f"{name} shows {shown} instead of {text(should)}"


class Expected:
    """The numbers at some settings, as texts in a dictionary like the page's address."""

    def __init__(self, settings):
        self.settings = settings
        self.bits = settings["sequences"].split(",")
        self.x = [list(map(int, row)) for row in self.bits]
        self.y = [float(target) for target in settings["targets"].split(",")]
        self.T, self.i = len(self.x[0]), int(settings["sequence"]) - 1
        self.k = int(settings["time_stamp"])
        self.rates = [float(rate) for rate in settings["rate"].split(",")]
        with np.errstate(all="ignore"):
            self.points = self.train()
            self.step = min(int(settings["step"]), len(self.points) - 1)
            self.params = self.points[self.step]
            self.network = Network(self, settings["activation"])

    def net(self, activation):
        return bptt.RNN(activation=activation, readout="state_in", bias=False)

    def train(self):
        """Return the parameters at the start and after each update, one more than asked for."""
        net = self.net(self.settings["activation"])
        rate = bptt.post_params(*self.rates) if len(self.rates) == 2 else self.rates[0]
        optimizer = optimizers.BY_NAME[self.settings["optimizer"]](rate)
        params = bptt.post_params(float(self.settings["wx"]), float(self.settings["wrec"]))
        memory, points = optimizer.init(params), [params]
        loss, grads = net.loss_and_gradient(params, self.x, self.y)
        for _ in range(int(self.settings["step"]) + 1):
            if not math.isfinite(loss + optimizers.norm(grads)):
                break
            step, memory = optimizer.update(grads, memory, params)
            params = optimizers.apply_step(params, step)
            loss, grads = net.loss_and_gradient(params, self.x, self.y)
            if not math.isfinite(loss) or max(abs(params.Wx), abs(params.Wrec)) > LARGEST:
                break
            points.append(params)
        return points

    def numbers(self):
        """Return every number of the page by name, but the minimum of the surface."""
        with np.errstate(all="ignore"):
            found = {"wx": self.params.Wx, "wrec": self.params.Wrec}
            found |= {f"target-{i}": target for i, target in enumerate(self.y, start=1)}
            view = self.settings["view"]
            return {"explore": self.explore, "compare": self.compare}[view](found)

    def explore(self, found):
        n = self.network
        stamps = range(1, self.T + 1)
        said = n.trace.prediction
        found |= {f"prediction-{i}": value for i, value in enumerate(said, start=1)}
        found |= n.gradients()
        found |= {"cost": n.trace.loss, "training-cost": n.trace.loss}
        found |= {"initial": 0.0, "table-initial": 0.0, "error": n.error(self.T)}
        found |= n.chain("") | n.bars("", ("error", *WEIGHTS))
        if len(self.x) > 1:
            found |= {f"sum-{name}": n.d.terms[w, self.k].value for name, w in WEIGHTS.items()}
        for k in stamps:
            found |= {f"{at}state_in-{k}": n.state_in(k) for at in ("", "table-")}
            found |= {f"{at}error-{k}": n.error(k) for at in ("", "table-")}
            found |= {f"share-{name}-{k}": n.share(name, k) for name in WEIGHTS}
            found[f"table-state_out-{k}"] = n.state_out(k)
            if n.has_box(k):
                found |= {f"{at}slope-{k}": n.slope(k) for at in ("", "table-")}
                found[f"state_out-{k}"] = n.state_out(k)
            if k < self.T:
                found[f"table-weight-{k}"] = self.params.Wrec
        lines = self.walk()
        return found | {f"walk-{i}": value for i, (_, value) in enumerate(lines)}

    def compare(self, found):
        networks = {name: Network(self, name) for name in ACTIVATIONS}
        for activation, n in networks.items():
            name = f"{activation}-"
            found |= {f"{name}prediction": n.state_in(self.T), f"{name}target": self.y[self.i]}
            found |= n.chain(name) | n.bars(name, ("error",))
            found |= {f"{name}{gradient}": total for gradient, total in n.gradients().items()}
            boxes = [n.slope(k) for k in range(self.T - 1, self.k - 1, -1) if n.has_box(k)]
            if boxes:
                found[f"{name}boxes"] = math.prod(boxes)
            for k in range(1, self.T + 1):
                found[f"{name}state_in-{k}"] = n.state_in(k)
                found[f"{name}state_out-{k}"] = n.state_out(k)
                if n.has_box(k):
                    found[f"{name}slope-{k}"] = n.slope(k)
        return found

    def walk(self):
        """Return the lines of the stage that the walk is at: the formula in numbers, its value."""
        n, T, at = self.network, self.T, int(self.settings["walk"])
        error = f"{math_text(2)}{math_text(len(self.x))}·({math_text(n.state_in(T))}"
        y = self.y[self.i]
        if at == 0 or at > 2 * T + 2:
            return []
        if at <= T:
            return n.forward(at)
        if at == T + 1:
            return [(f"{error}−{in_product(y)})", n.error(T))]
        if at < 2 * T + 2:
            return n.backward(2 * T + 2 - at)
        return self.update()

    def update(self):
        d = self.network.d
        lines = [self.gradient(g.weight, g.total) for g in d.gradients]
        if self.step + 1 == len(self.points):
            return lines
        before, after = self.points[self.step : self.step + 2]
        rates = self.rates if len(self.rates) == 2 else self.rates * 2
        for (name, w), rate in zip(
            (("Wx", "weight_ih"), ("Wrec", "weight_hh")), rates, strict=True
        ):
            old, new = getattr(before, name), getattr(after, name)
            sign = "−" if new - old < 0 else "+"
            formula = f"{math_text(old)}{sign}{math_text(abs(new - old))}"
            if self.settings["optimizer"] == "sgd":
                total = next(g.total for g in d.gradients if g.weight == w)
                formula = f"{math_text(old)}−{math_text(rate)}·{in_product(total)}"
            lines.append((formula, new))
        return lines

    def gradient(self, weight, total):
        """Return a derivative as the sum of its shares, those in the middle counted."""
        shares = [self.network.d.terms[weight, k].value for k in range(self.T, 0, -1)]
        terms = [f"{'−' if s < 0 else '+'}{math_text(abs(s))}" for s in shares[1:]]
        if len(terms) > 3:
            terms[1:-1] = [f"+⋯{len(terms) - 2} shares⋯"]
        return math_text(shares[0]) + "".join(terms), total


class Network:
    """The network with one activation, at the parameters; numbers are of the sequence looked at."""

    def __init__(self, expected, activation):
        self.expected, self.activation = expected, activation
        self.T, self.i, self.k = expected.T, expected.i, expected.k
        net, params, data = expected.net(activation), expected.params, (expected.x, expected.y)
        self.wx, self.wrec = params.Wx, params.Wrec
        self.d = bptt.explain(net, params, *data)
        self.trace = net.trace(params, *data)

    @cached_property
    def slopes(self):
        return activations.BY_NAME[self.activation].derivative(self.trace.state_in[self.i, :, 0])

    def has_box(self, k):
        return k < self.T and self.activation != "identity"

    def slope(self, k):
        return self.slopes[k - 1]

    def x(self, k):
        return self.expected.x[self.i][k - 1]

    def state_in(self, k):
        return self.trace.state_in[self.i, k - 1, 0]

    def state_out(self, k):
        return self.trace.state_out[self.i, k, 0]

    def error(self, k):
        return self.d.errors[k][self.i]

    def share(self, name, k):
        return self.d.terms[WEIGHTS[name], k].by_sequence[self.i]

    def gradients(self):
        totals = {gradient.weight: gradient.total for gradient in self.d.gradients}
        return {f"gradient-{name}": totals[weight] for name, weight in WEIGHTS.items()}

    def chain(self, at):
        """Return the factors and the products of the open time stamp."""
        found = {"factor-error": self.error(self.T), f"factor-input-{self.k}": self.x(self.k)}
        found[f"factor-state-{self.k}"] = self.state_out(self.k - 1)
        found |= {f"factor-weight-{k}": self.wrec for k in range(self.k, self.T)}
        found |= {f"factor-slope-{k}": self.slope(k) for k in range(self.k, self.T)}
        if self.activation == "identity":
            found = {name: value for name, value in found.items() if "slope" not in name}
        found |= {f"term-{name}": self.share(name, self.k) for name in WEIGHTS}
        return {at + name: value for name, value in found.items()}

    def bars(self, at, kinds):
        of_all = self.expected.settings["of"] == "all"
        found = {}
        for k in range(1, self.T + 1):
            values = {"error": math.hypot(*self.d.errors[k]) if of_all else self.error(k)}
            for name, weight in WEIGHTS.items():
                term = self.d.terms[weight, k].value
                values[name] = term if of_all else self.share(name, k)
            found |= {f"{at}bar-{kind}-{k}": values[kind] for kind in kinds}
        return found

    def forward(self, k):
        before = self.state_out(k - 1)
        formula = f"{in_product(before)}·{in_product(self.wrec)}"
        lines = [(f"{formula}+{self.x(k)}·{in_product(self.wx)}", self.state_in(k))]
        if self.has_box(k):
            name = {"logistic": "log"}.get(self.activation, self.activation)
            lines.append((f"{name}({math_text(self.state_in(k))})", self.state_out(k)))
        return lines

    def backward(self, k):
        error, lines = in_product(self.error(k)), []
        if k < self.T:
            formula = f"{in_product(self.error(k + 1))}·{in_product(self.wrec)}"
            if self.has_box(k):
                formula += f"·{in_product(self.slope(k))}"
            lines.append((formula, self.error(k)))
        lines.append((f"{error}·{self.x(k)}", self.share("wx", k)))
        before = in_product(self.state_out(k - 1))
        return [*lines, (f"{error}·{before}", self.share("wrec", k))]
