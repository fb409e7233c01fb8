"""Films in containers that dub does not write, or into which the dub does not go: another one is chosen, and named."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dubber.config.profile import load
from dubber.errors import InputError
from dubber.job import pipeline
from dubber.job.job import Job, Outcome
from dubber.media import ffmpeg
from dubber.media.probe import probe
from dubber.model import Event
from dubber.muxing import mux
from dubber.muxing.arguments import Parts, arguments
from dubber.muxing.settings import Output
from dubber.unattended import batch
from dubber.unattended.library import BatchOptions
from tests.faults.jobs import PROFILE
from tests.films import Sound, film
from tests.studio import checksums, first_picture, onset, pictures

CUE = "1\n00:00:01,000 --> 00:00:02,000\nThe lamp is lit.\n"
BIG = {"size": "176x144"}  # H.263 knows few sizes
KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "vob": ({}, ".mkv"),
    "wmv": ({}, ".mkv"),
    "mxf": ({"size": "720x576"}, ".mkv"),
    "divx": ({}, ".mp4"),
    "trp": ({"picture": "libx264", "audios": (Sound(codec="ac3"),)}, ".mp4"),
    "3gp": ({"picture": "h263", **BIG}, ".mkv"),
    "3g2": ({}, ".mp4"),
    "flv": ({}, ".mkv"),
    "avi": ({}, ".avi"),
    "ogv": ({}, ".ogv"),
    "mpg": ({}, ".mpg"),
}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


def job(
    source: Path, folder: Path, *, output: Path | None = None, overrides: Mapping[str, object] | None = None
) -> Job:
    """One line in a film of 2.2 s, which is copied to the folder."""
    shutil.copy(source, folder / f"film{source.suffix}")
    (folder / "film.en.srt").write_text(CUE)
    (folder / "tones.toml").write_text(PROFILE)
    profile = load(str(folder / "tones.toml"), overrides={"mixing.bed": "none", **(overrides or {})}, environ={})
    subtitles = (folder / "film.en.srt",)
    return Job(folder / f"film{source.suffix}", profile, subtitles, output=output, store=folder / "store")


def dubbed(wanted: Job) -> tuple[Outcome, list[str]]:
    told: list[Event] = []
    return pipeline.run(wanted, told.append), [event.message for event in told if event.kind == "note"]


def decodes(path: Path) -> bool:
    """Whether every stream of a film can be played to its end."""
    arguments = [str(ffmpeg.tools().ffmpeg), "-v", "error", "-xerror", "-i", str(path), "-map", "0", "-f", "null", "-"]
    return subprocess.run(arguments, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_film_of_any_kind_becomes_one_that_plays(kind: str, films: Path, tmp_path: Path) -> None:
    wishes, suffix = KINDS[kind]
    source = film(films, kind, seconds=2.2, **wishes)
    outcome, notes = dubbed(job(source, tmp_path))
    assert outcome.output == tmp_path / f"film.en.dub{suffix}" and decodes(outcome.output)
    before, found = probe(source), probe(outcome.output)
    assert [stream.codec for stream in found.audio[1:]] == [stream.codec for stream in before.audio]
    assert pictures(outcome.output) == pictures(source)
    assert onset(found) - first_picture(found) == pytest.approx(1.0 - first_picture(before), abs=0.003)
    said = [note for note in notes if outcome.output.name in note]
    assert bool(said) == (suffix != f".{kind}") and list(outcome.report.notes[: len(said)]) == said


def test_a_film_of_a_phone_whose_codecs_are_mp4s_becomes_one(films: Path, tmp_path: Path) -> None:
    source = film(films, "3gp", seconds=2.2, picture="libx264")
    assert dubbed(job(source, tmp_path))[0].output == tmp_path / "film.en.dub.mp4"


def test_flv_stays_flv_where_the_dub_replaces_its_sound(films: Path, tmp_path: Path) -> None:
    outcome, notes = dubbed(job(film(films, "flv", seconds=2.2), tmp_path, overrides={"output.original": "replace"}))
    assert outcome.output == tmp_path / "film.en.dub.flv" and decodes(outcome.output)
    assert not [note for note in notes if "flv" in note]


def test_subtitles_that_avi_cannot_carry_make_it_another_file(films: Path, tmp_path: Path) -> None:
    outcome, notes = dubbed(job(film(films, "avi", seconds=2.2), tmp_path, overrides={"output.embed_subs": True}))
    assert outcome.output == tmp_path / "film.en.dub.mp4" and probe(outcome.output).subtitles
    assert [note for note in notes if "avi cannot carry subtitles: the dub is film.en.dub.mp4" in note]


def test_sound_in_a_container_that_is_not_written_gives_sound(films: Path, tmp_path: Path) -> None:
    outcome, _ = dubbed(job(film(films, "wma", seconds=2.2, picture=None), tmp_path))
    assert outcome.output == tmp_path / "film.en.dub.m4a" and decodes(outcome.output)


@pytest.mark.parametrize("kind", ["vob", "wmv", "3gp"])
def test_a_container_that_the_user_names_is_no_other_one(kind: str, films: Path, tmp_path: Path) -> None:
    wanted = job(film(films, kind, seconds=2.2, **KINDS[kind][0]), tmp_path, output=tmp_path / f"out.{kind}")
    with pytest.raises(InputError, match=rf"cannot write \.{kind} files \(choose one of: .*mkv.*mp4"):
        pipeline.run(wanted)


@pytest.mark.parametrize("codec", ["aac", "flac"])
def test_what_a_muxer_refuses_is_told_before_a_line_is_spoken(codec: str, films: Path, tmp_path: Path) -> None:
    """MPEG-PS by its name, Matroska by its content."""
    source = film(films, "mkv", seconds=2.2, audios=(Sound(codec=codec),)).read_bytes()
    odd = tmp_path / "odd.mpg"
    odd.write_bytes(source)
    with pytest.raises(InputError, match=r"mpg cannot carry this film: .*choose another, for example mkv"):
        pipeline.run(job(odd, tmp_path))
    assert not list((tmp_path / "store").glob("takes/*/*"))


@pytest.mark.parametrize("sounds", [(), (Sound(codec="ac3"),)])
def test_a_recording_that_begins_between_two_key_frames_is_dubbed(
    sounds: tuple[Sound, ...], films: Path, tmp_path: Path
) -> None:
    """Its first moments hold no picture that could be tried."""
    whole = film(films, "ts", seconds=6, picture="libx264", audios=sounds, after=("-g", "75", "-sc_threshold", "0"))
    late = tmp_path / "late.ts"
    late.write_bytes(whole.read_bytes()[188 * 120 :])
    outcome, _ = dubbed(job(late, tmp_path))
    assert outcome.output == tmp_path / "film.en.dub.ts" and probe(outcome.output).video


def test_a_batch_chooses_the_same(films: Path, tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "tones.toml").write_text(PROFILE)
    for kind in ("vob", "wmv", "3gp", "flv"):
        shutil.copy(film(films, kind, seconds=2.2, **KINDS[kind][0]), tmp_path / "lib" / f"{kind}.{kind}")
        (tmp_path / "lib" / f"{kind}.en.srt").write_text(CUE)
    wishes = BatchOptions(profile=str(tmp_path / "tones.toml"), store=tmp_path / "store")
    results = [batch.dub(entry.job) for entry in batch.plan([tmp_path / "lib"], wishes) if entry.job]
    assert {(one.status, one.output and one.output.name) for one in results} == {
        ("dubbed", f"{kind}.en.dub.mkv") for kind in ("vob", "wmv", "3gp", "flv")
    }
    again = [batch.dub(entry.job) for entry in batch.plan([tmp_path / "lib"], wishes) if entry.job]
    assert [one.status for one in again] == ["done"] * 4


# --- what players need to know of a stream ----------------------------------------------------------------------

HEVC = ("-x265-params", "log-level=none")
FOUND = ["ffprobe", "-v", "error", "-of", "csv=p=0", "-show_entries"]


def tags(path: Path, kind: str) -> list[str]:
    """How a container calls its streams of a kind ("v", "a"), by the system's ffprobe."""
    told = subprocess.run([*FOUND, "stream=codec_tag_string", "-select_streams", kind, path], capture_output=True)
    return told.stdout.decode().split()


@pytest.mark.parametrize("wheel", [False, True])
@pytest.mark.parametrize("suffix", ["mp4", "mov", "m4v"])
@pytest.mark.parametrize("kind", ["mkv", "ts", "mp4"])
def test_hevc_is_called_as_every_player_knows_it(
    kind: str, suffix: str, wheel: bool, films: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = film(films, kind, seconds=2.2, picture="libx265", after=HEVC)
    assert kind != "mp4" or tags(source, "v") == ["hev1"]
    if wheel:
        import imageio_ffmpeg

        monkeypatch.setenv("DUB_FFMPEG", imageio_ffmpeg.get_ffmpeg_exe())
    out = tmp_path / f"out.{suffix}"
    dubbed(job(source, tmp_path, output=out))
    assert tags(out, "v") == ["hvc1"] and decodes(out)
    assert pictures(out) == pictures(source)
    assert kind == "ts" or checksums(out) == checksums(source)


def test_dolby_vision_keeps_its_own_name(films: Path, tmp_path: Path) -> None:
    plain = film(films, "mp4", seconds=2.2, picture="libx265", after=HEVC).read_bytes()
    source = tmp_path / "vision.mp4"
    source.write_bytes(plain.replace(b"hev1", b"dvh1"))
    found = probe(source)
    assert found.video and found.video.tag == "dvh1"
    plan = mux.layout(found, Output(), source.with_name("out.mp4"))
    assert "hvc1" not in arguments(Parts(found), plan, source.with_name("out.mp4"))


@pytest.mark.parametrize("codec", ["", "aac", "mp3"])
@pytest.mark.parametrize("own", ["aac", "ac3"])
@pytest.mark.parametrize("suffix", ["m2ts", "ts", "mts"])
def test_sound_in_a_transport_stream_has_its_type(
    suffix: str, own: str, codec: str, films: Path, tmp_path: Path
) -> None:
    """ffmpeg wrote AAC into .m2ts as private data, which players pass over (ISO 13818-1, table 2-34: 0x06)."""
    source = film(films, "ts", seconds=2.2, picture="libx264", audios=(Sound(codec=own),))
    out = tmp_path / f"out.{suffix}"
    dubbed(job(source, tmp_path, output=out, overrides={"output.codec": codec}))
    assert decodes(out) and pictures(out) == pictures(source)
    dub = codec or ("ac3" if suffix == "m2ts" else "aac")
    assert [stream.codec for stream in probe(out).audio] == [dub, own]
    assert not set(kinds(out)) & {0x06}
    assert packet_size(out) == (192 if suffix == "m2ts" and {dub, own} == {"ac3"} else 188)


def packet_size(path: Path) -> int:
    data = path.read_bytes()
    return next(size for size in (188, 192) if all(data[at] == 0x47 for at in range(size - 188, 50 * size, size)))


def kinds(path: Path) -> list[int]:
    """The stream types in the first program map table (ISO 13818-1, 2.4.4.8), which ffmpeg puts on PID 0x1000."""
    data, size = path.read_bytes(), packet_size(path)
    for at in range(size - 188, len(data), size):
        packet = data[at : at + 188]
        if (packet[1] & 0x1F) << 8 | packet[2] in (0x1000, 0x0100) and packet[1] & 0x40 and packet[5] == 0x02:
            section = packet[5:]
            end, place = 3 + ((section[1] & 15) << 8 | section[2]) - 4, 12 + ((section[10] & 15) << 8 | section[11])
            found = []
            while place < end:
                found.append(section[place])
                place += 5 + ((section[place + 3] & 15) << 8 | section[place + 4])
            return found
    raise AssertionError("no program map")
