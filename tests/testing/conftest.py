"""A sandbox that the tests of this folder share."""

from __future__ import annotations

import pytest

from hansa.engines.sandbox import open_sandbox


@pytest.fixture(scope="session")
def sandbox():
    with open_sandbox() as opened:
        yield opened
