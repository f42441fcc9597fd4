"""What a learner is asked for: a derivative at a time stamp of the post's network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from bptt.derivation.chain_rule import Chain
from bptt.derivation.notation import View, pieces
from bptt.derivation.text import TEXT, called
from bptt.derivation.tree import Product
from bptt.errors import InputError, UnknownNameError, sentence
from bptt.scalar import ACTIVATIONS

MOST_STEPS = 50
NAMES = dict.fromkeys(("wx", "w_x", "weight_ih"), "weight_ih")
NAMES |= dict.fromkeys(("wrec", "w_rec", "weight_hh"), "weight_hh")
WHOLE = 10**6  # factors: a hint folds nothing


@dataclass(frozen=True)
class Exercise:
    """∂ξ/∂weight at a time stamp, of the network of the post with that many time stamps.

    Parameters
    ----------
    time_stamp : int
        From 1 to ``n_steps``.
    weight : str
        ``"wx"`` or ``"wrec"``.
    n_steps : int
        T, from 1 to 50.
    activation : "logistic", "tanh" or "identity"

    Examples
    --------
    >>> Exercise(time_stamp=1, weight="wrec").question
    '∂ξ/∂Wrec at time stamp 1'
    """

    time_stamp: int
    weight: str = "wx"
    n_steps: int = 3
    activation: str = "logistic"

    def __post_init__(self) -> None:
        _whole("n_steps", self.n_steps, MOST_STEPS)
        _whole("time_stamp", self.time_stamp, self.n_steps)
        if not isinstance(self.weight, str) or self.weight.lower() not in NAMES:
            expected, came = "weight 'wx' or 'wrec'", repr(self.weight)[:40]
            raise UnknownNameError(sentence("judge", expected, came, "Choose one of them"))
        if not isinstance(self.activation, str) or self.activation not in ACTIVATIONS:
            expected, came = "activation " + ", ".join(ACTIVATIONS), repr(self.activation)[:40]
            raise UnknownNameError(sentence("judge", expected, came, "Choose one of them"))

    @cached_property
    def by(self) -> str:
        """The weight, by its name in `Chain`."""
        return NAMES[self.weight.lower()]

    @cached_property
    def chain(self) -> Chain:
        """All derivatives of that network."""
        return Chain(n_steps=self.n_steps, activation=self.activation)

    @cached_property
    def term(self) -> Product:
        """The right answer."""
        return self.chain.term(self.by, self.time_stamp)

    @property
    def question(self) -> str:
        """What is asked for, in words."""
        return f"∂ξ/∂{TEXT.symbol(self.chain.weight(self.by))} at time stamp {self.time_stamp}"

    @property
    def hints(self) -> tuple[str, str, str]:
        """The chain in ∂'s, how to find each factor, and the whole derivation in symbols."""
        return self.written(View.PARTIALS), _in_words(self), self.written(View.SYMBOLS)

    def written(self, view: View) -> str:
        """Return the right answer, all its factors."""
        return TEXT.times.join(pieces(self.term, TEXT, view, most=WHOLE))


def _whole(name: str, value: object, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        expected = f"{name} to be a whole number from 1 to {most}"
        raise InputError(
            sentence("judge", expected, repr(value)[:40], f"Give {name} in that range")
        )


def _in_words(exercise: Exercise) -> str:
    T, k = exercise.n_steps, exercise.time_stamp
    function = called(exercise.activation)
    begin = f"Begin with the error, which is ∂ξ/∂S{T} = 2/m (S{T} - y)"
    last = TEXT.symbol(exercise.chain.weight(exercise.by))
    end = f"end with ∂S{k}/∂{last}: what {last} is multiplied by at time stamp {k}"
    if k == T:
        return f"{begin}. Time stamp {k} is the last, so there is no way back: {end}."
    links = "is 1 link: it is" if T - k == 1 else f"are {T - k} links, each"
    link = "Wrec"
    if exercise.activation != "identity":
        link += f" times the derivative d_{function} at State(In) of the time stamp it leads to"
    return f"{begin}. From time stamp {T} back to {k} there {links} {link}. Then {end}."
