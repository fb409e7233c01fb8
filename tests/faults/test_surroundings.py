"""What a user's machine does to dub: closed streams, names that are no text, odd files in the way, small files that
unpack into huge sounds, attachments of any name. The work is done, or one line says why not; nothing hangs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.dom.minidom
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
import soundfile

from dubber.casting.assign import cast_toml, literally, voice_of
from dubber.media.audio import LONGEST, decode
from dubber.media.ffmpeg import tools
from dubber.model import Cast, Voice
from tests.seasons import season
from tests.typed import Dub

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def show(tmp_path: Path, dub: Dub) -> Path:
    season(tmp_path, 1)
    return tmp_path


def run(folder: Path, redirection: str, *words: str) -> subprocess.CompletedProcess[bytes]:
    """dub as a program of its own, with its streams as a shell makes them."""
    script = f'exec "$@" {redirection}'
    command = ["sh", "-c", script, "sh", sys.executable, "-m", "dubber", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "DUB_STORE": str(folder / "store")}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, timeout=120)


FILM = ("show/E000.mp4", "show/E000.en.srt", "-p", "tones.toml", "-o", "out.wav")


@pytest.mark.parametrize("redirection", ["2>&-", ">&- 2>&- <&-", "2>/dev/full", ">/dev/full 2>/dev/full"])
@pytest.mark.parametrize("words", [(), ("--json",)])
def test_a_film_is_made_although_nobody_can_read_what_is_said(
    redirection: str, words: tuple[str, ...], show: Path
) -> None:
    done = run(show, redirection, *FILM, *words)
    assert done.returncode == 0, done.stderr
    assert json.loads((show / "out.wav.dub.json").read_text())["output"] == "out.wav"


def test_a_program_that_stops_reading_events_stops_no_film(show: Path) -> None:
    script = '"$@" | head -n 1; exit'
    command = ["sh", "-c", script, "sh", sys.executable, "-m", "dubber", *FILM, "--json"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "DUB_STORE": str(show / "store")}
    done = subprocess.run(command, cwd=show, env=env, capture_output=True, timeout=120)
    assert done.stdout.count(b"\n") == 1 and b"failed" not in done.stderr
    assert (show / "out.wav.dub.json").is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
def test_a_film_whose_name_is_no_text_is_dubbed_with_its_report(show: Path, dub: Dub) -> None:
    name = os.fsdecode(b"caf\xe9 \x07")
    (show / "show" / "E000.mp4").rename(show / f"{name}.mp4")
    (show / "show" / "E000.en.srt").rename(show / f"{name}.en.srt")
    said = dub(f"{name}.mp4", f"{name}.en.srt", "-p", "tones.toml", "--set", "output.container=mkv")
    assert said.status == 0
    out = show / f"{name}.en.dub.mkv"
    assert out.is_file()
    assert json.loads(Path(f"{out}.dub.json").read_text())["output"] == str(out.name)
    assert "caf" in xml.dom.minidom.parse(os.fsencode(f"{out}.dub.svg").decode("utf-8", "surrogateescape")).toxml()


@pytest.mark.parametrize("target", ["nowhere", "show/E000.mp4", "."])
def test_a_link_in_the_place_of_the_lock_is_named_at_once(target: str, show: Path, dub: Dub) -> None:
    (show / ".out.dub-part.wav").symlink_to(target)
    before = (show / "show" / "E000.mp4").read_bytes()
    said = dub(*FILM)
    assert said.status == 2 and ".out.dub-part.wav" in said.err and "remove it" in said.err
    assert (show / "show" / "E000.mp4").read_bytes() == before


def test_a_pipe_in_the_place_of_the_lock_is_named_at_once(show: Path, dub: Dub) -> None:
    os.mkfifo(show / ".out.dub-part.wav")
    said = dub(*FILM)
    assert said.status == 2 and "remove it" in said.err


def test_a_small_file_that_unpacks_into_a_huge_sound_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.flac"
    with soundfile.SoundFile(path, "w", 48_000, 8, format="FLAC", subtype="PCM_16") as file:
        for _ in range(LONGEST // (1 << 20) + 2):
            file.write(np.zeros((1 << 20, 8), "int16"))
    code = "import resource, sys; from dubber.media.audio import decode\n" \
           "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n" \
           "try: decode(open(sys.argv[1], 'rb').read())\n" \
           "except ValueError as error: print(error)\n" \
           "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, timeout=120, cwd=ROOT)
    told, megabytes = done.stdout.splitlines()
    assert "longer than" in told and int(megabytes) < 100


def test_a_sound_of_several_channels_is_their_mean(tmp_path: Path) -> None:
    samples = np.stack([np.full(100_000, 0.5), np.full(100_000, -0.25)], axis=1).astype(np.float32)
    soundfile.write(tmp_path / "two.flac", samples, 24_000)
    audio = decode((tmp_path / "two.flac").read_bytes())
    assert audio.samples.shape == (100_000,) and np.allclose(audio.samples, 0.125, atol=1e-4)


# --- covers and attachments -------------------------------------------------------------------------------------


def ffmpeg(*words: object) -> bytes:
    command = [str(tools().ffmpeg), "-v", "error", "-y", "-nostdin", *map(str, words)]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout


def test_two_covers_arrive_as_two(show: Path, dub: Dub) -> None:
    for name, colour in (("a", "red"), ("b", "blue")):
        ffmpeg("-f", "lavfi", "-i", f"color={colour}:s=64x64:d=1", "-frames:v", 1, show / f"{name}.png")
    inputs = ("-i", "show/E000.mp4", "-i", "a.png", "-i", "b.png", "-map", 0, "-map", 1, "-map", 2, "-c", "copy")
    ffmpeg(*inputs, "-disposition:v:1", "attached_pic", "-disposition:v:2", "attached_pic", "two.mp4")
    said = dub("two.mp4", "show/E000.en.srt", "-p", "tones.toml", "--set", "output.container=mkv", "-o", "two.mkv")
    assert said.status == 0
    sums = [
        {ffmpeg("-i", film, "-map", f"0:v:{place}", "-c", "copy", "-f", "md5", "-") for place in (1, 2)}
        for film in ("two.mp4", "two.mkv")
    ]
    assert len(sums[0]) == 2 and sums[0] == sums[1]


def test_attachments_of_any_name_are_kept_under_plain_names_of_their_own(show: Path, dub: Dub) -> None:
    (show / "font").write_bytes(b"a font")
    names = ["..", "../../etc/passwd", "a" * 300 + ".ttf", "font.ttf", "font.ttf", "a\nb.ttf", "FONT.TTF", "Font-2.ttf",
             "\u6f22" * 100 + ".ttf", "\u00e9.ttf", "e\u0301.ttf", "CON", "nul.ttf", "x\x01\x1b[31my.ttf", "a/b\\c.ttf",
             "\u202egnp.exe", "stra\u00dfe.ttf", "STRASSE.ttf", ". ", "n.tt f     x"]  # fmt: skip
    attached = [word for name in names for word in ("-attach", "font")]
    tags = [word for place, name in enumerate(names) for word in
            (f"-metadata:s:t:{place}", f"filename={name}", f"-metadata:s:t:{place}", "mimetype=font/ttf")]  # fmt: skip
    ffmpeg("-i", "show/E000.mp4", *attached, *tags, "-c", "copy", "fonts.mkv")
    said = dub("fonts.mkv", "show/E000.en.srt", "-p", "tones.toml", "--set", "output.container=mkv", "-o", "out.mkv")
    assert said.status == 0
    from dubber.media.probe import probe

    kept = [stream.filename for stream in probe(show / "out.mkv").streams if stream.kind == "attachment"]
    apart = {normalize("NFC", name).casefold() for name in kept}  # also where Font.ttf is font.ttf
    assert len(kept) == len(apart) == len(names)
    assert all(name == Path(name).name and name.isprintable() and len(name.encode()) <= 140 for name in kept)
    assert not any(name.startswith(".") or name.endswith((".", " ")) for name in kept)
    assert {"passwd", "font.ttf", "font-2.ttf", "c.ttf", "_CON", "_nul.ttf", "gnp.exe"} <= set(kept)


# --- speakers whose names are wildcards -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["???", "*", "[Anna]", "What?", "M*A*S*H"])
def test_a_cast_file_gives_nobody_else_the_voice_of_an_oddly_named_speaker(name: str) -> None:
    low, high = Voice("tone", "low"), Voice("tone", "high")
    cast = Cast(roles=((literally(name), low),), narrator=high)
    assert voice_of(name, cast) == low
    for other in ("Bob", "Tom", "a", "Whats", "MxAxSxH", "A"):
        assert voice_of(other, cast) == high
    text = cast_toml({name: 3}, {literally(name): "low"})
    assert text.count("low") == 1 and "not in this file" not in text  # written again it is the same role
