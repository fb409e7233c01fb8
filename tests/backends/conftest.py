"""Each backend's test server is started once for all that the contract asks of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from dubber.backends import find, names
from dubber.schema import fields_of
from tests.backends.stands import Stage, stage_for


@pytest.fixture(autouse=True)
def nothing_of_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a backend notes beside the store of takes is noted in this test's folder."""
    monkeypatch.setenv("DUB_STORE", str(tmp_path / "store"))


@pytest.fixture(scope="module", params=names())
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Each backend that is found, in turn."""
    if "servers" in fields_of(find(request.param)) and find_spec(f"tests.backends.stand_{request.param}") is None:
        said = f"tests/backends/stand_{request.param}.py is missing: no test server for the contract suite"
        pytest.fail(said) if os.environ.get("DUB_TESTS_SKIP_NOTHING") == "1" else pytest.skip(said)
    with stage_for(request.param, tmp_path_factory.mktemp(request.param)) as opened:
        yield opened
