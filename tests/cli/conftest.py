"""What the tests of the command line share."""

import pytest

from bptt.cli import count


@pytest.fixture
def no_search(monkeypatch):
    """Leave out the search, which takes longer than all else."""
    monkeypatch.setattr(count, "two_weights", lambda *_: None)
