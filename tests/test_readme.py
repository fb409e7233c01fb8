"""What the README tells people to type works as it is written there.

Left out are films and what runs for long (batch, watch, hooks, train): those have tests of their own.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.typed import Dub, parsed

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
LOADS = re.compile(r"""(href|src)=["']http|url\(["']?http|<script""")
SMALL = ("cast", "voices", "profiles", "doctor", "server")
SUBTITLES = """[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 0,0:00:01.00,0:00:02.50,Default,ANNA,0,0,0,,The lamp is lit.
Dialogue: 0,0:00:03.00,0:00:04.50,Default,BEN,0,0,0,,Nobody came by.
"""


def rows() -> list[str]:
    """The README's commands, in its order, without their explanations."""
    return re.findall(r"^    (dub .*?)(?:  .*)?$", README.read_text(encoding="utf-8"), re.MULTILINE)


def calls() -> list[str]:
    """Those that end by themselves, within seconds."""
    return [row for row in rows() if row.split()[1] in SMALL]


def test_the_readmes_calls_work_as_they_are_written(dub: Dub, tmp_path: Path) -> None:
    (tmp_path / "subs.ass").write_text(SUBTITLES)
    found = calls()
    assert (
        len(found) == 3
    )  # what it said in detail stands in the pages of docs/, whose commands tests/test_docs.py runs
    for call in found:
        said = dub(*shlex.split(call)[1:])
        assert said.status == 0, f"{call}: {said.err}"
        assert said.out, call


@pytest.mark.parametrize("call", rows())
def test_the_readmes_calls_are_ones_that_dub_takes(call: str) -> None:
    assert parsed(shlex.split(call)[1:])


def test_the_readme_is_one_screen_with_a_picture_and_the_two_commands() -> None:
    text = README.read_text(encoding="utf-8")
    assert "\n    make demo " in text and "\n    make test " in text
    assert len(text.splitlines()) <= 70
    pictures = re.findall(r"^!\[[^]]+\]\((.*)\)$", text, re.MULTILINE)
    assert pictures and all((ROOT / picture).is_file() for picture in pictures)
    assert not [picture for picture in pictures if LOADS.search((ROOT / picture).read_text(encoding="utf-8"))]
