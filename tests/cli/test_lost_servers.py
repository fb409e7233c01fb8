"""What a user sees of a web UI that is not there, that dies while it speaks, and that is there again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dubber.files.store import Store
from tests.servers.casts import CASTS, OnServer, WebHouse
from tests.servers.launch import free_port
from tests.typed import Dub, Said

SAMPLES = Path(__file__).parent.parent.parent / "samples"
LINES = 11  # of the sample
WEB = ["gptsovits", "indextts", "voicelibrary"]


@pytest.fixture(params=WEB)
def cast(request: pytest.FixtureRequest) -> OnServer:
    return CASTS[request.param]


@pytest.fixture
def house(cast: OnServer) -> Iterator[WebHouse]:
    with ExitStack() as stack:
        house = cast.start(stack)
        assert isinstance(house, WebHouse)
        yield house


def film(dub: Dub, profile: Path) -> Said:
    source = (SAMPLES / "harbour.mp4", SAMPLES / "harbour.srt")
    return dub(*source, "-p", profile, "-o", profile.parent / "film.mp4", "--set", "synthesis.patience=1")


def test_a_web_ui_that_is_down_is_said_before_anything_is_spoken(cast: OnServer, dub: Dub, tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    said = film(dub, cast.profile(tmp_path, [address]))
    assert said.status == 1 and "Traceback" not in said.err
    assert address in said.err and "nobody answers there" in said.err and "start it" in said.err
    assert "cue" not in said.err  # not one sentence for each line
    assert not list(tmp_path.glob("*film*"))


def test_a_web_ui_that_dies_costs_no_take_and_the_next_run_ends_the_film(
    cast: OnServer, house: WebHouse, dub: Dub, tmp_path: Path
) -> None:
    profile = cast.profile(tmp_path, [house])
    house.running.restart("--die-after", "5")
    house.running.ready()
    said = film(dub, profile)
    assert said.status == 1 and "Traceback" not in said.err
    assert f"{house.address}" in said.err and "rests for" in said.err
    assert "no server came back within 1 s" in said.err and "--allow-missing" in said.err
    assert not list(tmp_path.glob("*film*"))
    kept = Store(tmp_path / "store").usage().takes
    assert 3 <= kept < LINES

    house.running.restart("--die-after", "0")
    house.running.ready()
    said = film(dub, profile)
    assert said.status == 0, said.err
    told = json.loads((tmp_path / "film.mp4.dub.json").read_text())["versions"][0]
    assert told["stored"] == kept and told["fresh"] == LINES - kept
