"""Finding ffmpeg, reading what is in a film, reading its sound."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from dubber.errors import DubError, InputError, ToolError
from dubber.media import ffmpeg, subtitle_tracks
from dubber.media.decode import read_pcm
from dubber.media.ffmpeg_errors import explain
from dubber.media.film import Film
from dubber.media.probe import probe
from tests.films import Sound, film

HELLO = "1\n00:00:00,500 --> 00:00:01,000\nHello\n"


def wheel() -> str:
    import imageio_ffmpeg

    return str(imageio_ffmpeg.get_ffmpeg_exe())


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(params=["found", "wheel"])
def any_ffmpeg(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test runs with the ffmpeg that the machine has and with the wheel's, which has no ffprobe."""
    if request.param == "wheel":
        monkeypatch.setenv("DUB_FFMPEG", wheel())
        assert ffmpeg.tools().ffprobe is None
    return str(request.param)


def sound_of(film: Film, start: float = 0.0, seconds: float | None = None, place: int = 0) -> np.ndarray:
    with read_pcm(film, film.audio[place], start, seconds, 48_000, 1) as blocks:
        return np.concatenate([np.zeros((0, 1), np.float32), *blocks])[:, 0]


def test_the_users_own_ffmpeg_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUB_FFMPEG", wheel())
    assert str(ffmpeg.tools().ffmpeg) == wheel()
    monkeypatch.setenv("DUB_FFMPEG", "/no/such/ffmpeg")
    with pytest.raises(InputError, match="DUB_FFMPEG"):
        ffmpeg.tools()


def test_without_any_ffmpeg_on_the_path_the_wheels_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DUB_FFMPEG", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert str(ffmpeg.tools().ffmpeg) == wheel()


def test_a_film_is_described_stream_by_stream(any_ffmpeg: str, films: Path) -> None:
    sounds = (Sound(language="eng", title="Main: the (mix)"), Sound(language="deu", layout="5.1", codec="ac3"))
    path = film(
        films, "mkv", audios=sounds, subtitles=(("fra", HELLO),), chapters=((0, 1, "One"), (1, 2, "Two: x")),
        cover=True, attachment=True, title="A film",
    )  # fmt: skip
    found = probe(path)
    assert (found.container, found.title) == ("mkv", "A film")
    assert found.milliseconds == pytest.approx(2000, abs=120)
    assert [stream.kind for stream in found.streams][:4] == ["video", "audio", "audio", "subtitle"]
    english, german = found.audio
    assert (english.language, english.title, english.channels, english.default) == ("eng", "Main: the (mix)", 2, True)
    assert (german.language, german.codec, german.channels, german.default) == ("deu", "ac3", 6, False)
    assert german.layout.startswith("5.1") and german.rate == 48_000
    assert found.subtitles[0].text and found.subtitles[0].language in ("fra", "fre")
    assert [chapter.title for chapter in found.chapters] == ["One", "Two: x"]
    assert any(stream.picture for stream in found.of("video")) and found.video and not found.video.picture
    assert any(stream.filename.endswith(".ttf") for stream in found.streams)


@pytest.mark.parametrize("container", ["mp4", "mov", "mkv", "webm", "avi", "ts", "flv", "mpg", "ogv"])
def test_without_ffprobe_the_same_is_found(container: str, films: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = film(films, container)
    by_ffprobe = probe(path)
    monkeypatch.setenv("DUB_FFMPEG", wheel())
    by_banner = probe(path)
    assert by_banner.container == by_ffprobe.container == container
    assert abs(by_banner.milliseconds - by_ffprobe.milliseconds) <= 20  # ffmpeg 5 and 9 differ on priming
    kinds = [(stream.kind, stream.codec, stream.channels, stream.rate) for stream in by_ffprobe.streams]
    assert [(stream.kind, stream.codec, stream.channels, stream.rate) for stream in by_banner.streams] == kinds


@pytest.mark.parametrize("container", ["mp4", "mkv", "avi", "flv"])
def test_a_film_that_is_cut_off_is_refused(container: str, films: Path, tmp_path: Path, any_ffmpeg: str) -> None:
    after = ("-movflags", "faststart") if container == "mp4" else ()
    whole = film(films, container, seconds=20, after=after).read_bytes()
    cut = tmp_path / f"cut.{container}"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cut off"):
        probe(cut)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"#EXTM3U\n#EXTINF:1,\nfile:/etc/hostname\n", "is not a film"),
        (b"ffconcat version 1.0\nfile /etc/hostname\n", "is not a film"),
        (b"just text " * 100, "is not a film"),
    ],
)
def test_what_is_no_film_is_refused_in_one_line(content: bytes, words: str, tmp_path: Path, any_ffmpeg: str) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        probe(path)
    assert "\n" not in str(caught.value) and "film.mp4" in str(caught.value)


@pytest.mark.parametrize("name", ["co:lon.mp4", "-y.mp4", "concat:a|b.mp4", "pipe:0.mp4", "a b%d'ü.mp4"])
def test_names_that_ffmpeg_would_misread_are_only_names(
    name: str, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, any_ffmpeg: str
) -> None:
    shutil.copy(film(films), tmp_path / name)
    monkeypatch.chdir(tmp_path)
    found = probe(Path(name))
    assert len(sound_of(found)) == pytest.approx(96_000, abs=2048)


@pytest.mark.parametrize("words", ["#!/bin/sh\nexit 3\n", "no program"])
@pytest.mark.parametrize("described", [False, True])
def test_a_program_that_does_not_run_is_told_so_and_the_film_is_not_blamed(
    described: bool, words: str, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, broken, ffprobe = film(films, "mp4"), tmp_path / "ffmpeg", shutil.which("ffprobe")
    broken.write_text(words)
    broken.chmod(0o755)
    if described and ffprobe:  # it says what the film promises, but only ffmpeg sees whether it is kept
        (tmp_path / "ffprobe").symlink_to(ffprobe)
    monkeypatch.setenv("DUB_FFMPEG", str(broken))
    with pytest.raises(ToolError, match="does not run") as caught:
        probe(good)
    assert str(broken) in str(caught.value)


def test_a_missing_film_is_the_users_to_mend(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        probe(tmp_path / "none.mp4")
    with pytest.raises(InputError, match="not a file"):
        probe(tmp_path)


def onset(samples: np.ndarray) -> float:
    """Where the sound begins, in seconds."""
    return float(np.argmax(np.abs(samples) > 0.05)) / 48_000


@pytest.mark.parametrize("container", ["mkv", "mp4", "ts", "mov"])
def test_sound_that_begins_late_is_read_where_it_is_heard(container: str, films: Path, any_ffmpeg: str) -> None:
    found = probe(film(films, container, audios=(Sound(begin=0.68),)))
    assert onset(sound_of(found)) == pytest.approx(0.68, abs=0.003)
    assert onset(sound_of(found, 0.5)) == pytest.approx(0.18, abs=0.003)
    assert np.abs(sound_of(found, 1.0, 0.5)[:480]).max() > 0.2


@pytest.mark.parametrize("container", ["mp4", "ts", "wav", "flac"])
def test_a_piece_read_alone_equals_the_same_piece_of_the_whole(container: str, films: Path, any_ffmpeg: str) -> None:
    picture = None if container in ("wav", "flac") else ""
    found = probe(film(films, container, seconds=3, picture=picture, audios=(Sound(tone=441),)))
    whole, piece = sound_of(found), sound_of(found, 1.25, 0.5)
    assert len(piece) == 24_000
    np.testing.assert_allclose(piece, whole[60_000:84_000], atol=0.003)


def test_reading_can_stop_early_and_leaves_no_process(films: Path) -> None:
    found = probe(film(films, "mkv", seconds=20))
    with read_pcm(found, found.audio[0], 0, None, 48_000, 2, block=24_000) as blocks:
        assert len(next(blocks)) == 24_000


def test_the_films_own_subtitles_are_taken_out(films: Path, any_ffmpeg: str) -> None:
    texts = (("eng", HELLO), ("fra", HELLO.replace("Hello", "Bonjour")))
    found = probe(film(films, "mkv", subtitles=texts))
    assert b"Hello" in subtitle_tracks.subtitle_track(found)[0]
    assert b"Bonjour" in subtitle_tracks.subtitle_track(found, language="fr-CA")[0]
    data, suffix = subtitle_tracks.subtitle_track(found, choice="2")
    assert (suffix, b"Bonjour" in data, b"00:00:00,5" in data) == (".srt", True, True)
    with pytest.raises(InputError, match="no subtitle track 3"):
        subtitle_tracks.subtitle_track(found, choice="3")
    with pytest.raises(InputError, match="no subtitles in de"):
        subtitle_tracks.subtitle_track(found, choice="de")
    with pytest.raises(InputError, match="no subtitle track"):
        subtitle_tracks.subtitle_track(probe(film(films)))


def test_mp4_subtitles_are_read_as_srt(films: Path, any_ffmpeg: str) -> None:
    data, suffix = subtitle_tracks.subtitle_track(probe(film(films, "mp4", subtitles=(("eng", HELLO),))))
    assert suffix == ".srt" and b"Hello" in data


def test_pictures_of_text_are_told_so(films: Path, any_ffmpeg: str) -> None:
    found = probe(film(films, "mkv", subtitles=(("eng", HELLO),)))
    pictures = tuple(
        type(stream)(stream.index, "subtitle", "hdmv_pgs_subtitle") if stream.kind == "subtitle" else stream
        for stream in found.streams
    )
    with pytest.raises(InputError, match="pictures of text"):
        subtitle_tracks.subtitle_track(Film(found.path, "mkv", 2000, streams=pictures))


def test_a_program_that_hangs_is_ended() -> None:
    with pytest.raises(ToolError, match="in time"):
        ffmpeg.run(["sleep", "60"], timeout=0.2)


def test_a_full_disk_is_called_so() -> None:
    error: DubError = explain("av_interleaved_write_frame(): No space left on device", 1, "/out")
    assert isinstance(error, ToolError) and str(error).startswith("/out: the disk is full")
