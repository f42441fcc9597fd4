"""The pages' examples that write files do so in a folder of their own."""

import pytest


@pytest.fixture(autouse=True)
def _pages_write_into_a_folder_of_their_own(request):
    if request.node.path.suffix == ".md":
        request.getfixturevalue("monkeypatch").chdir(request.getfixturevalue("tmp_path"))
