"""Ways to read a picture back that its tests share."""

import numpy as np


def line(axes, label):
    """Return the (x, y) of the line with that label, (n, 2)."""
    (found,) = [line for line in axes.get_lines() if line.get_label() == label]
    return np.asarray(found.get_xydata())


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]
