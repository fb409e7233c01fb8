"""Each backend's test server is started once for all that the contract asks of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from stands import Stage, stage_for

from dubber.backends import names


@pytest.fixture(scope="module", params=names())
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Each backend that is found, in turn."""
    with stage_for(request.param, tmp_path_factory.mktemp(request.param)) as opened:
        yield opened
