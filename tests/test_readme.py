"""What the README tells people to type works as it is written there.

Left out are films and what runs for long (batch, watch, hooks, train): those have tests of their own.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.servers.launch import shared
from tests.servers.recordings import recording
from tests.typed import Dub

ROOT = Path(__file__).parent.parent
SMALL = ("cast", "voices", "profiles", "doctor", "server")
SUBTITLES = """[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:02.50,Default,ANNA,0,0,0,,The lamp is lit.
Dialogue: 0,0:00:03.00,0:00:04.50,Default,BEN,0,0,0,,Nobody came by.
"""


def calls() -> list[str]:
    """The README's commands, in its order, without their explanations."""
    rows = re.findall(r"^    (dub .*?)(?:  .*)?$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    return [row for row in rows if row.split()[1] in SMALL and "-p anna" not in row]


def test_the_readmes_calls_work_as_they_are_written(dub: Dub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "subs.ass").write_text(SUBTITLES)
    recording(tmp_path / "anna.wav", "anna")
    (tmp_path / "training").mkdir()
    systems = {"indextts": shared("indextts"), "gptsovits": shared("gptsovits"),
               "webui": shared("sovits_training", "--root", str(tmp_path / "training"))}  # fmt: skip
    for name, server in systems.items():
        monkeypatch.setenv(f"DUB_BACKENDS_{name.upper()}_SERVERS", server.url)
    found = calls()
    assert len(found) >= 10 and any("on_upload_audio" in call for call in found)
    for call in found:
        said = dub(*shlex.split(call)[1:])
        assert said.status == 0, f"{call}: {said.err}"
        assert said.out, call
