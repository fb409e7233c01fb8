"""Words that are in the film itself: timed text in MP4 samples, and captions hidden in the picture."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest

from dubber.errors import InputError
from dubber.media.film import from_banner
from dubber.media.probe import probe
from dubber.media.subtitle_tracks import subtitle_track, track_language
from dubber.subtitles import Reading, parse
from tests.films import film, maker
from tests.typed import Dub

# long enough for a WebVTT box of the same length to be laid over each sample
SRT = "".join(
    f"{n}\n00:00:0{n},000 --> 00:00:0{n},800\n{'This text makes room for what is laid over it. ' * 3}{n}\n\n"
    for n in (1, 2, 3)
)
WORDS = ("<v Anna>Good evening.", "Go &amp; rest.", "Go &amp; rest.")


def ffmpeg(*arguments: str | Path) -> None:
    subprocess.run([maker(), "-v", "error", "-y", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL)


def said(path: Path, choice: str = "") -> list[tuple[int, int, str | None, str]]:
    data, suffix = subtitle_track(probe(path), choice)
    cues = parse(data, suffix, Reading()).cues
    return [(cue.window.start, cue.window.end, cue.speaker, cue.text) for cue in cues]


# --- timed text in samples --------------------------------------------------------------------------------------


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def with_webvtt(path: Path, folder: Path) -> Path:
    """The film with its tx3g track turned into a wvtt one: no program here writes such a file."""
    data = bytearray(path.read_bytes())
    for number, words in enumerate(WORDS, 1):
        text = (f"{'This text makes room for what is laid over it. ' * 3}{number}").encode()
        start = data.find(struct.pack(">H", len(text)) + text)
        sample = box(b"vttc", box(b"sttg", b"line:90%") + box(b"payl", words.encode()))
        sample += box(b"free", b"\0" * (len(text) + 2 - len(sample) - 8))
        data[start : start + len(sample)] = sample
    entry = data.find(b"tx3g")
    data[entry : entry + 4] = b"wvtt"
    made = folder / "with webvtt.mp4"
    made.write_bytes(data)
    return made


def test_webvtt_in_mp4_is_read_with_its_times_and_voices(tmp_path: Path, dub: Dub) -> None:
    path = with_webvtt(film(tmp_path, "mp4", seconds=5.0, subtitles=(("eng", SRT),)), tmp_path)
    assert said(path) == [
        (1000, 1800, "Anna", "Good evening."), (2000, 2800, None, "Go & rest."), (3000, 3800, None, "Go & rest."),
    ]  # fmt: skip
    assert track_language(probe(path)) == "eng"
    told = dub(path, "--dry-run", "-p", "cast")
    assert told.status == 0 and "Anna" in told.out


def test_a_film_with_such_a_track_is_dubbed(tmp_path: Path, dub: Dub) -> None:
    path = with_webvtt(film(tmp_path, "mp4", seconds=5.0, subtitles=(("eng", SRT),)), tmp_path)
    assert dub(path, "-o", tmp_path / "out.mkv", "--set", "output.leave_out=true").status == 0


def test_ttml_in_mp4_is_read(tmp_path: Path) -> None:
    (tmp_path / "words.srt").write_text("1\n00:00:01,000 --> 00:00:01,800\nGood evening.\n")
    made = tmp_path / "film.mp4"
    picture = film(tmp_path, "mp4", seconds=3.0)
    ffmpeg("-i", picture, "-i", tmp_path / "words.srt", "-map", "0", "-map", "1", "-c", "copy", "-c:s", "ttml", made)
    assert said(made) == [(1000, 1800, None, "Good evening.")]


def test_ffmpegs_banner_tells_of_timed_text() -> None:
    banner = """Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:/a.mp4':
  Duration: 00:00:05.00, start: 0.000000, bitrate: 60 kb/s
    Stream #0:0[0x1](und): Video: h264 (High) (avc1 / 0x31637661), yuv420p, 96x54, Closed Captions, 25 fps (default)
    Stream #0:1[0x2](eng): Data: none (wvtt / 0x74747677), 1 kb/s (default)
"""
    found = from_banner(Path("a.mp4"), banner)
    assert found and found.frames == 25
    assert [track.codec for track in found.texts] == ["wvtt"]


# --- closed captions --------------------------------------------------------------------------------------------


def odd(byte: int) -> int:
    """A byte of EIA-608, which has seven bits and odd parity."""
    return byte | (0x80 if bin(byte).count("1") % 2 == 0 else 0)


def pairs(text: str, begin: int, end: int) -> dict[int, tuple[int, int]]:
    """A pop-on caption that is shown at the frame `begin` and cleared at `end`: which frame carries which bytes."""
    codes = [(0x14, 0x20)] * 2 + [(0x14, 0x2E)] * 2 + [(0x14, 0x70)] * 2
    letters = [ord(letter) for letter in text + " " * (len(text) % 2)]
    codes += list(zip(letters[::2], letters[1::2], strict=True)) + [(0x14, 0x2F)] * 2
    first = begin - len(codes) + 1
    return {first + at: code for at, code in enumerate(codes)} | {end: (0x14, 0x2C), end + 1: (0x14, 0x2C)}


def captioned(folder: Path, container: str, *, native: bool = False) -> Path:
    """A film of 6 s with captions in its MPEG-2 picture: "Good evening." from 2 to 4 s. native: of CEA-708 alone."""
    plain, with_captions = folder / "plain.m2v", folder / "captions.m2v"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=96x64:r=30000/1001:d=6", "-c:v", "mpeg2video", "-bf", "0", plain)
    words, frame, made, at = pairs("Good evening.", 60, 120), 0, b"", 0
    data = plain.read_bytes()
    while (slice_at := data.find(b"\0\0\1\1", at)) >= 0:
        one, two = words.get(frame, (0, 0))
        coded = bytes([0xFE, 0x02, 0x21]) if native else bytes([0xFC, odd(one), odd(two)])
        made += data[at:slice_at] + b"\0\0\1\xb2GA94\x03\x41\xff" + coded + b"\xff" + b"\0\0\1\1"
        at, frame = slice_at + 4, frame + 1
    with_captions.write_bytes(made + data[at:])
    path = folder / f"it's [a] film, with=captions;.{container}"
    ffmpeg("-fflags", "+genpts", "-f", "mpegvideo", "-i", with_captions, "-f", "lavfi", "-i", "sine=d=6",
           "-c:v", "copy", "-c:a", "mp2", path)  # fmt: skip
    return path


@pytest.mark.parametrize("container", ["ts", "mkv"])
def test_captions_in_the_picture_are_the_films_words_where_it_has_no_track(tmp_path: Path, container: str) -> None:
    path = captioned(tmp_path, container)
    [(start, end, _, text)] = said(path)
    assert text == "Good evening." and abs(start - 2000) <= 150 and abs(end - 4000) <= 150
    assert said(path, "cc") == said(path)


def test_captions_of_the_new_kind_alone_are_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"CEA-708.*ccextractor"):
        subtitle_track(probe(captioned(tmp_path, "ts", native=True)))


def test_captions_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no closed captions"):
        subtitle_track(probe(film(tmp_path, "mp4", subtitles=(("eng", SRT[:60]),))), "cc")


def test_a_track_of_closed_captions_is_read(tmp_path: Path) -> None:
    codes = " ".join(
        f"{odd(one):02x}{odd(two):02x}" for one, two in list(pairs("Good evening.", 60, 120).values())[:-2]
    )
    (tmp_path / "words.scc").write_text(f"Scenarist_SCC V1.0\n\n00:00:01:00\t{codes}\n\n00:00:03:00\t942c 942c\n")
    made = tmp_path / "film.mov"
    ffmpeg(
        "-i",
        film(tmp_path, "mov", seconds=4.0),
        "-i",
        tmp_path / "words.scc",
        "-map",
        "0",
        "-map",
        "1",
        "-c",
        "copy",
        made,
    )
    assert [text for *_, text in said(made)] == ["Good evening."]
