"""What else is in a film: tags, time codes, timed metadata, the place of its index. It stays, or it is named."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from dubber.errors import InputError
from dubber.media.probe import probe
from tests.films import Sound, film
from tests.muxing.test_other_containers import decodes, dubbed, job
from tests.studio import checksums, pictures

QUICKTIME = {
    "com.apple.quicktime.location.ISO6709": "+48.1374+011.5755+519.000/",
    "com.apple.quicktime.make": "Apple",
    "com.apple.quicktime.model": "iPhone",
    "com.apple.quicktime.creationdate": "2026-01-02T03:04:05+0100",
}
KEYS = (
    "-movflags",
    "use_metadata_tags",
    *(word for tag, value in QUICKTIME.items() for word in ("-metadata", f"{tag}={value}")),
)
PEOPLE = ("-metadata", "artist=Ada", "-metadata", "location=+48.1-011.5/",
          "-metadata", "make=Cam", "-metadata", "model=X")  # fmt: skip
CODE = ("-timecode", "01:00:00:00")
SEEN = ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams"]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(params=["found", "wheel"])
def any_ffmpeg(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, films: Path) -> None:
    """The films are made by the system's ffmpeg; dub uses the one or the other."""
    if request.param == "wheel":
        import imageio_ffmpeg

        for wishes in ({"after": KEYS}, {"after": CODE}, {"title": "Sea", "after": PEOPLE}):
            film(films, "mov", seconds=2.2, **wishes)
        monkeypatch.setenv("DUB_FFMPEG", imageio_ffmpeg.get_ffmpeg_exe())


def tags(path: Path) -> dict[str, str]:
    told = json.loads(subprocess.run([*SEEN, path], capture_output=True, check=True).stdout)
    return {name.lower(): value for name, value in told["format"].get("tags", {}).items()}


def boxes(path: Path) -> list[bytes]:
    data, found, at = path.read_bytes(), list[bytes](), 0
    while at < len(data):
        found.append(data[at + 4 : at + 8])
        at += int.from_bytes(data[at : at + 4], "big")
    return found


@pytest.mark.parametrize("suffix", ["mov", "mp4", "mkv"])
def test_where_and_with_what_a_film_was_taken_stays_in_it(
    suffix: str, films: Path, tmp_path: Path, any_ffmpeg: None
) -> None:
    source = film(films, "mov", seconds=2.2, after=KEYS)
    outcome, notes = dubbed(job(source, tmp_path, output=tmp_path / f"out.{suffix}"))
    assert (
        outcome.output
        and QUICKTIME.items() <= {key: tags(outcome.output).get(key.lower()) for key in QUICKTIME}.items()
    )
    assert not [note for note in notes if "left out" in note]
    assert checksums(outcome.output) == checksums(source)


def test_tags_that_a_container_does_not_know_are_named(films: Path, tmp_path: Path, any_ffmpeg: None) -> None:
    source = film(films, "mov", seconds=2.2, after=KEYS)
    outcome, notes = dubbed(job(source, tmp_path, output=tmp_path / "out.ts"))
    (said,) = [note for note in notes if "left out" in note]
    assert "ts cannot carry the film's tags" in said and all(tag.lower() in said for tag in QUICKTIME)
    assert outcome.report.notes == (said,)


@pytest.mark.parametrize("suffix", ["mov", "mp4", "avi"])
def test_of_the_tags_of_people_only_those_are_named_that_are_lost(
    suffix: str, films: Path, tmp_path: Path, any_ffmpeg: None
) -> None:
    source = film(films, "mov", seconds=2.2, title="Sea", after=PEOPLE)
    outcome, notes = dubbed(job(source, tmp_path, output=tmp_path / f"out.{suffix}"))
    assert outcome.output
    said = " ".join(note for note in notes if "left out" in note)
    for tag in ("title", "artist", "location", "make", "model"):
        assert (tag in tags(outcome.output)) != (tag in said.replace(":", "").replace(",", "").split())


@pytest.mark.parametrize("suffix", ["mov", "mp4"])
@pytest.mark.parametrize("own", ["mov", "mp4"])
def test_a_time_code_stays_and_nothing_is_called_left_out(
    own: str, suffix: str, films: Path, tmp_path: Path, any_ffmpeg: None
) -> None:
    source = film(films, own, seconds=2.2, after=CODE)
    outcome, notes = dubbed(job(source, tmp_path, output=tmp_path / f"out.{suffix}"))
    assert outcome.output and [stream.tag for stream in probe(outcome.output).of("data")] == ["tmcd"]
    assert not [note for note in notes if "left out" in note]


@pytest.mark.parametrize("suffix", ["mov", "mp4"])
def test_timed_metadata_that_cannot_be_copied_is_out_and_named(
    suffix: str, films: Path, tmp_path: Path, any_ffmpeg: None
) -> None:
    """A phone's track of what the camera saw. ffmpeg 5.1 writes it into MOV without a description."""
    source = tmp_path / "phone.mov"
    coded = film(films, "mov", seconds=2.2, after=CODE).read_bytes()
    source.write_bytes(coded.replace(b"tmcd", b"mebx").replace(b"mhlrmebx", b"mhlrmeta"))
    assert [stream.tag for stream in probe(source).of("data")] == ["mebx"]
    outcome, notes = dubbed(job(source, tmp_path, output=tmp_path / f"out.{suffix}"))
    assert outcome.output and decodes(outcome.output)
    assert probe(outcome.output).of("data") == () and b"mebx" not in outcome.output.read_bytes()
    named = [note for note in outcome.report.notes if "timed metadata (stream 2, mebx): left out" in note]
    assert len(named) == 1 and notes.count(named[0]) == 1


@pytest.mark.parametrize(("front", "order"), [(True, [b"moov", b"mdat"]), (False, [b"mdat", b"moov"])])
@pytest.mark.parametrize("kind", ["mp4", "mov", "m4a"])
def test_an_index_in_front_stays_there(kind: str, front: bool, order: list[bytes], films: Path, tmp_path: Path) -> None:
    after, picture = ("-movflags", "+faststart") if front else (), None if kind == "m4a" else ""
    source = film(films, kind, seconds=2.2, after=after, picture=picture)
    assert probe(source).index_first == front
    outcome, _ = dubbed(job(source, tmp_path, output=tmp_path / f"out.{kind}"))
    assert outcome.output and [name for name in boxes(outcome.output) if name in order] == order
    assert kind == "m4a" or pictures(outcome.output) == pictures(source)


def test_a_film_in_fragments_plays_while_it_is_loaded_too(films: Path, tmp_path: Path) -> None:
    source = film(films, "mp4", seconds=2.2, after=("-movflags", "frag_keyframe+empty_moov"))
    outcome, _ = dubbed(job(source, tmp_path, output=tmp_path / "out.mp4"))
    assert outcome.output and boxes(outcome.output).index(b"moov") < boxes(outcome.output).index(b"mdat")


def test_languages_and_titles_that_a_container_has_no_place_for_are_named(films: Path, tmp_path: Path) -> None:
    source = film(films, "mkv", seconds=2.2, audios=(Sound(language="deu", title="Main", codec="libmp3lame"),))
    _, notes = dubbed(job(source, tmp_path, output=tmp_path / "out.mpg", overrides={"output.codec": "mp2"}))
    assert [note for note in notes if "languages of tracks: left out" in note]
    assert [note for note in notes if "titles of tracks: left out" in note]


@pytest.mark.parametrize(("kind", "suffix"), [("mp4", "avi"), ("mkv", "avi")])
def test_h264_goes_into_avi_as_it_is_read_there(
    kind: str, suffix: str, films: Path, tmp_path: Path, any_ffmpeg: None
) -> None:
    source = film(films, kind, seconds=2.2)
    outcome, _ = dubbed(job(source, tmp_path, output=tmp_path / f"out.{suffix}"))
    assert outcome.output and decodes(outcome.output) and pictures(outcome.output) == pictures(source)


def test_a_picture_that_is_not_read_back_is_refused_before_a_line_is_spoken(films: Path, tmp_path: Path) -> None:
    """ffmpeg writes HEVC into AVI under no name; players take it for raw pictures."""
    source = film(films, "mkv", seconds=2.2, picture="libx265", after=("-x265-params", "log-level=none"))
    with pytest.raises(InputError, match="avi cannot carry hevc"):
        dubbed(job(source, tmp_path, output=tmp_path / "out.avi"))
    assert not list((tmp_path / "store").glob("takes/*/*"))
