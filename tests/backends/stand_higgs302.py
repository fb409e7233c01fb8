"""302.AI's stand-in for the contract suite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.backends.stands import Stand
from tests.servers.coding import RATE, encode
from tests.servers.higgs302 import KEY, HiggsServer
from tests.servers.sounds import wav


@contextmanager
def stand(folder: Path) -> Iterator[Stand]:
    recording = folder / "anna.wav"
    recording.write_bytes(wav(encode("anna", "I am Anna.", 2.0), RATE))
    paths = {"clone_path": "302/clone", "clone_query_path": "302/clone", "poll": 0.01, "slowest_poll": 0.02}
    with HiggsServer() as server, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DUB_302AI_127_0_0_1_KEY", KEY)
        patch.setenv("DUB_STORE", str(folder / "store"))
        yield Stand({"servers": (server.url,), **paths}, {"references": (recording,), "transcripts": ("I am Anna.",)})
