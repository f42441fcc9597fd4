"""Training: `fit`, what it says while it runs, and what it writes so that nothing is lost."""

from bptt.training.events import Event, History
from bptt.training.fitting import Fitted, fit
from bptt.training.forensics import first_not_finite

__all__ = ["Event", "Fitted", "History", "first_not_finite", "fit"]
