"""`dub profiles new NAME --backend X` writes a profile whose own voice speaks: run, and listened to."""

from __future__ import annotations

import json
import tomllib
from contextlib import ExitStack
from pathlib import Path

import pytest

from dubber.backends import names
from tests.servers import coding
from tests.servers.casts import CASTS
from tests.servers.higgs302 import KEY
from tests.servers.recordings import recording
from tests.typed import Dub

SAMPLES = Path(__file__).parent.parent.parent / "samples"
SPEAKERS = (
    "1\n00:00:00,500 --> 00:00:03,000\nANNA: The lamp is lit.\n\n2\n00:00:03,500 --> 00:00:06,000\nNobody came.\n"
)
# What nobody but the user can know, as the file's comments say.
MORE = {
    "gptsovits": {
        "reference": "ref.wav", "transcript": "a recording", "sovits": "anna_e8_s96", "gpt": "anna-e15",
        "reference_language": "en",
    },
}  # fmt: skip
PATHS = {"clone_path": "302/clone", "clone_query_path": "302/clone", "poll": "0.05",
         "smart_path": "302/smart", "smart_query_path": "302/smart"}  # fmt: skip


def test_every_voice_system_is_tried_here() -> None:
    assert set(CASTS) | {"espeak", "tone", "recorded"} == set(names())  # recorded: of `dub takes`, no system to choose


@pytest.mark.parametrize("backend", ["espeak", "tone", *sorted(CASTS)])
def test_a_new_profile_speaks_with_its_own_voice(
    backend: str, dub: Dub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DUB_302AI_127_0_0_1_KEY", KEY)
    (tmp_path / "film.en.srt").write_text(SPEAKERS)
    recording(tmp_path / "ref.wav", "anna")
    with ExitStack() as stack:
        if backend in CASTS:
            monkeypatch.setenv(f"DUB_BACKENDS_{backend.upper()}_SERVERS", CASTS[backend].start(stack).address)
        for key, value in PATHS.items() if backend == "higgs302" else ():
            monkeypatch.setenv(f"DUB_BACKENDS_HIGGS302_{key.upper()}", value)
        assert dub("profiles", "new", "mine", "--backend", backend).status == 0
        more = [
            part for key, value in MORE.get(backend, {}).items() for part in ("--set", f"voices.first.{key}={value}")
        ]
        said = dub(SAMPLES / "harbour.mp4", "film.en.srt", "-p", "mine", "-o", "film.mp4", *more)
        assert said.status == 0, said.err
    told = json.loads((tmp_path / "film.mp4.dub.json").read_text())["versions"][0]
    assert {voice for _, voice, _ in told["cast"]} == {"first"} and told["stored"] == 0
    written = tomllib.loads((tmp_path / "profiles" / "mine.toml").read_text())
    assert written["voices"]["first"]["backend"] == backend


def test_the_first_voice_is_one_that_the_server_has(dub: Dub, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with ExitStack() as stack:
        house = CASTS["indextts"].start(stack)
        monkeypatch.setenv("DUB_BACKENDS_INDEXTTS_SERVERS", house.address)
        assert dub("profiles", "new", "mine", "--backend", "indextts").status == 0
        preset = tomllib.loads((tmp_path / "profiles" / "mine.toml").read_text())["voices"]["first"]["preset"]
        assert preset in dub("voices", "list", "indextts").out.splitlines()
        said = dub("voices", "say", "first", "Good evening.", "-p", "mine", "-o", "x.wav", "-l", "en")
        assert said.status == 0, said.err
    assert coding.voice_number(preset) >= 0 and (tmp_path / "x.wav").is_file()
