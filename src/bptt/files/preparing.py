"""From data to a `Training`: what is held out, which network, and whether that can work."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress

import numpy as np

from bptt.errors import InputError, sentence
from bptt.files import memory
from bptt.files.about import About
from bptt.files.data import Data
from bptt.files.learning import Parts, Settings, Training
from bptt.files.splitting import counts, cut, hold_out
from bptt.files.targets import CLASSES, LEAST, Target
from bptt.network import RNN


def prepare(
    called: str, data: Data, target: Target, settings: Settings, missing: str, limit: float
) -> Training:
    """Settle what is trained on and how, and refuse what cannot work.

    Parameters
    ----------
    missing : str
        What is to be done about missing values in files to predict.
    limit : float
        How many bytes the training may take.
    """
    about = About(
        form=data.form,
        features=data.roles.features,
        target=target.name,
        task=target.task,
        per_step=target.per_step,
        labels=target.labels,
        sequence=data.roles.sequence,
        order=data.roles.order,
        window=settings.window,
        missing=missing,
    )
    net = RNN(
        cell=settings.cell,
        input_size=about.input_size,
        hidden_size=settings.hidden,
        readout="every" if about.per_step else "last",
        output_size=about.output_size,
        n_layers=settings.layers,
        bidirectional=settings.both_directions,
        dropout=settings.dropout,
    )
    batch, window = settings.batch, settings.window
    needed = memory.check_training(called, data.path, net, data.lengths, batch, window, limit)
    parts = _hold_out(called, data, target, settings)
    training = Training(data, parts, settings, about, net, needed)
    _check_header(called, training)
    return training


def _hold_out(called: str, data: Data, target: Target, settings: Settings) -> Parts:
    """Draw what is held out: sequences, or windows of them where there are too few."""
    x, y, names, window = data.x, target.y, data.names, settings.window
    windows = len(x) < LEAST and window is not None
    if windows:
        of_window = np.repeat(np.arange(len(x)), counts(data.lengths, window))
        y = cut(y, window) if target.per_step else [y[i] for i in of_window]
        x, names = cut(x, window), [names[i] for i in of_window]
    if len(x) < LEAST:
        came, do = f"{len(x)} in {data.path!r}", "Give --window N to cut into windows of N, or more"
        expected = f"at least {LEAST} sequences: to train on, to stop by, to judge by"
        raise InputError(sentence(called, expected, came, do))
    rng = np.random.default_rng(settings.seed)
    by_class = target.task == CLASSES and not target.per_step
    strata = np.concatenate(y) if by_class else None
    test = hold_out(len(x), settings.test, strata, rng)
    train, validation = np.setdiff1d(np.arange(len(x)), test), np.empty(0, np.intp)
    if settings.validation:
        of_rest = None if strata is None else strata[train]
        validation = train[hold_out(len(train), settings.validation, of_rest, rng)]
        train = np.setdiff1d(train, validation)
    return Parts(x, y, names, windows, train, validation, test)


def _check_header(called: str, training: Training) -> None:
    """Write the untrained model once, so that no training ends with a file that cannot be."""
    with suppress(OSError), tempfile.TemporaryDirectory() as folder:
        model = training.model(training.net.init(rng=0))
        try:
            model.save(os.path.join(folder, "model.safetensors"))
        except InputError as error:
            about = training.about
            came = f"{len(about.features)} columns and {len(about.labels)} classes"
            expected = "names of columns and classes that fit into the header of a model file"
            do = "Give fewer or shorter names, or an NPZ file, whose time stamps have none"
            raise InputError(sentence(called, expected, came, do)) from error
