"""In CI nothing may be skipped: there PyTorch is installed."""

import os
from importlib.util import find_spec

import pytest

collect_ignore = [] if find_spec("torch") else ["oracles/torch_rnn.py"]  # it has doctests like all


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("BPTT_NO_SKIPS") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
