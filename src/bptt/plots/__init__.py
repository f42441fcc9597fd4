"""Pictures: functions that take and return matplotlib axes (extra ``plot``)."""

from bptt.plots.cost import cost_by_epoch
from bptt.plots.figure import BLUE, ENDINGS, ORANGE, check_ending, new_axes, write
from bptt.plots.predictions import predictions
from bptt.plots.surface import cost_surface, overview_and_zoom
from bptt.plots.unrolled import unrolled
from bptt.plots.vanishing import errors_by_time_stamp

__all__ = [
    "BLUE",
    "ENDINGS",
    "ORANGE",
    "check_ending",
    "cost_by_epoch",
    "cost_surface",
    "errors_by_time_stamp",
    "new_axes",
    "overview_and_zoom",
    "predictions",
    "unrolled",
    "write",
]
