"""What all tests share. Those marked long take minutes and are left for `make long` (or DUB_TESTS_LONG=1)."""

from __future__ import annotations

import os

import pytest

LONG = os.environ.get("DUB_TESTS_LONG") == "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if LONG or "long" in str(config.getoption("-m")):
        return
    put_off = [item for item in items if item.get_closest_marker("long")]
    if put_off:
        config.hook.pytest_deselected(items=put_off)
        items[:] = [item for item in items if not item.get_closest_marker("long")]
