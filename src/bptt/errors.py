"""Every exception that bptt raises on purpose.

::

    BpttError
    ├── InputError            an argument is not what the call needs     (also a ValueError)
    │   ├── ShapeError        wrong rank or size
    │   ├── NumberTypeError   wrong kind of number                       (also a TypeError)
    │   ├── OtherRunError     a checkpoint of other data or settings
    │   └── UnknownNameError  no activation, loss, optimiser, ... of that name
    ├── ModelFileError        a file that is not a sound model of ours   (also a ValueError)
    ├── FileAccessError       a path that cannot be read or written      (also an OSError)
    ├── StaleTapeError        a tape whose buffers were used again       (also a RuntimeError)
    ├── NonFiniteError        the training ran into NaN or infinity      (also an ArithmeticError)
    └── MissingExtraError     an optional package is not installed       (also an ImportError)

    NotSavedWarning, FellBackWarning, NeverFiniteWarning                 (each a UserWarning)

Every message says what was called, what was expected, what came and what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bptt.params import Params


MOST_LETTERS = 500  # of what came


class BpttError(Exception):
    """Base of all exceptions that bptt raises on purpose."""


class InputError(BpttError, ValueError):
    """An argument is not what the call needs."""


class ShapeError(InputError):
    """An array has the wrong rank or size."""


class NumberTypeError(InputError, TypeError):
    """An array holds the wrong kind of number."""


class OtherRunError(InputError):
    """A checkpoint is of a run with other data or settings.

    Attributes
    ----------
    name : str
        What is another one: the name of `fit`'s argument.
    """

    def __init__(self, message: str, name: str = "") -> None:
        super().__init__(message)
        self.name = name


class UnknownNameError(InputError):
    """Nothing is known under that name."""


class ModelFileError(BpttError, ValueError):
    """A file is not a sound model file of ours."""


class FileAccessError(BpttError, OSError):
    """A path cannot be read or written."""


class StaleTapeError(BpttError, RuntimeError):
    """A tape was read after its workspace had been used again."""


class MissingExtraError(BpttError, ImportError):
    """An optional package is not installed; the message names the extra."""


class NonFiniteError(BpttError, ArithmeticError):
    """The training ran into NaN or infinity.

    Attributes
    ----------
    quantity : str
        What was not finite first, for example ``"State(In)"``.
    epoch, batch : int
        The epoch and its batch, counted from 1.
    layer : str or None
        ``"l0"``, ``"l0_reverse"``, ``"l1"`` ...; None in a network of one layer.
    time_stamp : int or None
        The time stamp, from 1 to T; None for a quantity that has none.
    sequence : int or None
        The sequence, counted from 0 as in the x that was given; None for a quantity that has none.
    params : Params
        The last parameters whose cost and gradient were finite, or those at the start.
    losses : list of float
        The cost of each epoch before this one.
    norms : list
        Of the last 20 updates, up to this one: (epoch, batch, loss, norm of the gradient before
        clipping).
    """

    quantity: str
    epoch: int
    batch: int
    layer: str | None
    time_stamp: int | None
    sequence: int | None
    params: Params
    losses: list[float]
    norms: list[Any]

    def __init__(self, message: str, **found: Any) -> None:
        super().__init__(message)
        self.__dict__.update(found)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.args, self.__dict__


class NotSavedWarning(UserWarning):
    """A checkpoint could not be written; the training goes on."""


class FellBackWarning(UserWarning):
    """The newest checkpoint is damaged; the one before it was taken."""


class NeverFiniteWarning(UserWarning):
    """No epoch had a finite validation loss (or ``watch``), so that none could be called best."""


def sentence(called: str, expected: str, came: str, do: str) -> str:
    """Build the message that every error of ours has.

    Examples
    --------
    >>> sentence("RNN.predict", "x of shape (n, T)", "shape (3,)", "Give one row per sequence")
    'RNN.predict: expected x of shape (n, T), got shape (3,). Give one row per sequence.'
    """
    if len(came) > MOST_LETTERS:  # an argument in full
        came = came[: MOST_LETTERS - 4] + " ..."
    return f"{called}: expected {expected}, got {came}. {do}."
