"""Coverage-guided fuzzing of what strangers write.

`python -m tests.fuzz.guided subtitles|profile [libFuzzer's options]`

Needs atheris (pip install 'dubber[fuzz]'). The fuzzer watches which branches of the reader an input takes and breeds
those that take new ones. It stops at the first input that raises anything but InputError, speaks markup, takes more
than -timeout seconds or more than -rss_limit_mb; the input is written down as crash-*, timeout-* or oom-*.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["dubber"]):
    from dubber.config import profile
    from dubber.errors import InputError
    from dubber.subtitles import Reading, parse

SAMPLES = Path(__file__).parent.parent.parent / "samples"
PROFILES = Path(__file__).parent.parent.parent / "profiles"
SUFFIXES = (".srt", ".vtt", ".ass", "")
BARRED = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff]")
MARKUP = re.compile(r"</?(?:i|b|u|c|v|font|ruby|rt)\b[^>]*>|\{\\[a-z]+[^}]*\}", re.IGNORECASE)


def subtitles(data: bytes) -> None:
    """The first byte says what kind of file it is said to be."""
    if not data:
        return
    try:
        script = parse(data[1:], SUFFIXES[data[0] % 4], Reading(), strict=data[0] & 4 != 0)
    except InputError:
        return
    for cue in script.cues:
        assert 0 <= cue.window.start < cue.window.end, cue
        assert cue.text and not BARRED.search(cue.text), cue
        assert not MARKUP.search(cue.text), cue


def profiles(data: bytes) -> None:
    """As a file, because that is what is read."""
    path = Path(tempfile.gettempdir()) / "fuzzed.toml"
    path.write_bytes(data)
    try:
        found = profile.load(str(path), environ={})
    except InputError as refused:
        assert str(refused)
        return
    assert all(voice.name in found.voices for _, voice in found.cast.roles)


def seeds(kind: str, folder: Path) -> Path:
    """What the breeding begins with: the samples."""
    files = [path for suffix in ("srt", "vtt", "ass") for path in SAMPLES.glob(f"*.{suffix}")]
    for number, path in enumerate(files if kind == "subtitles" else PROFILES.glob("*.toml")):
        head = bytes([(*SUFFIXES, path.suffix).index(path.suffix) % 4]) if kind == "subtitles" else b""
        (folder / f"seed-{number}").write_bytes(head + path.read_bytes()[:3000])
    return folder


if __name__ == "__main__":
    what = sys.argv.pop(1)
    sys.argv.append(str(seeds(what, Path(tempfile.mkdtemp(prefix="fuzz-")))))
    atheris.Setup(sys.argv, subtitles if what == "subtitles" else profiles)
    atheris.Fuzz()
