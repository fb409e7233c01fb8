"""The dubbed film: looked at from outside, by decoding what was written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dubber.errors import DubError, InputError, ToolError
from dubber.files import outputs
from dubber.languages import same
from dubber.media import ffmpeg
from dubber.media.probe import probe
from dubber.muxing import mux
from dubber.muxing.mux import Captions
from dubber.muxing.settings import Output
from dubber.workers import executors
from tests.films import Sound, film
from tests.studio import RATE, Studio, checksums, first_picture, heard, onset, packets

HELLO = "1\n00:00:00,500 --> 00:00:01,000\nHello\n"


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def executor() -> Iterator[executors.Executor]:
    with executors.open_executor("threads", 1) as pool:
        yield pool


@pytest.fixture
def studio(tmp_path: Path, executor: executors.Executor) -> Studio:
    return Studio(tmp_path, executor)


# --- where the sound is -----------------------------------------------------------------------------------------

CONTAINERS = ["mp4", "mov", "mkv", "webm", "avi", "ts", "flv", "ogv", "mpg", "m4v"]


@pytest.mark.parametrize("container", CONTAINERS)
def test_the_dub_is_where_its_cue_is_and_the_picture_is_untouched(
    container: str, films: Path, studio: Studio, any_ffmpeg: str
) -> None:
    source = film(films, container)
    output = Output(original="replace" if container == "flv" else "keep")
    found, _ = studio.dub(source, f"out.{container}", output=output)
    assert onset(found) == pytest.approx(1.0, abs=0.001)
    before = probe(source)
    assert first_picture(found) == pytest.approx(first_picture(before), abs=0.0015)
    assert checksums(found.path) == checksums(source)
    assert len(heard(found)) / RATE == pytest.approx(before.milliseconds / 1000, abs=0.033)  # one packet of AC-3
    assert abs(found.milliseconds - before.milliseconds) <= 33


@pytest.mark.parametrize("container", ["mp4", "mkv", "ts", "webm"])
@pytest.mark.parametrize("late", ["picture", "sound"])
def test_a_film_whose_picture_or_sound_begins_late(
    container: str, late: str, films: Path, studio: Studio, any_ffmpeg: str
) -> None:
    wishes = {"offset": 0.5} if late == "picture" else {"audios": (Sound(begin=0.5),)}
    source = film(films, container, **wishes)
    before = probe(source)
    found, _ = studio.dub(source, f"out.{container}", begin=1.25)
    shift = first_picture(found) - first_picture(before)
    assert shift == pytest.approx(0, abs=0.002)
    assert onset(found) - shift == pytest.approx(1.25, abs=0.002)
    frayed = 0.025 if container == "webm" and ffmpeg.major() < 7 else 0.004  # ffmpeg 5.1 loses the first Opus packet
    assert onset(found, 1) - shift == pytest.approx(onset(before), abs=frayed)


@pytest.mark.parametrize("container", ["ts", "mpg", "mkv", "mp4"])
def test_replacing_sound_that_began_before_the_picture_moves_nothing(
    container: str, films: Path, studio: Studio, any_ffmpeg: str
) -> None:
    source = film(films, container, offset=0.4)
    before = probe(source)
    found, _ = studio.dub(source, f"out.{container}", begin=1.25, output=Output(original="replace"))
    assert len(found.audio) == 1
    assert onset(found) - first_picture(found) == pytest.approx(1.25 - first_picture(before), abs=0.002)


def test_a_film_without_any_sound_gets_some(films: Path, studio: Studio, any_ffmpeg: str) -> None:
    for container in ("mp4", "mkv", "ts"):
        source = film(films, container, audios=())
        found, _ = studio.dub(source, f"out.{container}")
        assert onset(found) == pytest.approx(1.0, abs=0.001) and len(found.audio) == 1


def test_a_recording_of_the_air_whose_clock_stands_at_hours(films: Path, studio: Studio, any_ffmpeg: str) -> None:
    source = film(films, "ts", after=("-output_ts_offset", "26000"))
    assert probe(source).start > 25_000
    found, _ = studio.dub(source, "out.ts")
    assert onset(found) == pytest.approx(1.0, abs=0.001)
    assert checksums(found.path) == checksums(source)


def test_a_variable_frame_rate_is_kept(films: Path, studio: Studio, any_ffmpeg: str) -> None:
    source = film(films, "mkv", after=("-vf", "select='not(mod(n,3))+gt(n,30)'", "-fps_mode", "vfr"))
    found, _ = studio.dub(source, "out.mkv")
    times = [at for at, _ in packets(source, "0:V:0")]
    moved = [at for at, _ in packets(found.path, "0:V:0")]
    assert len({round(b - a, 3) for a, b in zip(sorted(times), sorted(times)[1:], strict=False)}) > 1
    np.testing.assert_allclose(moved, times, atol=0.0011)


def test_an_edit_list_that_hides_the_films_beginning(
    films: Path, studio: Studio, tmp_path: Path, any_ffmpeg: str
) -> None:
    whole = film(films, "mp4", seconds=4)
    cut = tmp_path / "cut.mp4"
    subprocess.run(ffmpeg.command("-ss", "1.3", *ffmpeg.source(whole), "-c", "copy", str(cut)), check=True)
    before = probe(cut)
    found, _ = studio.dub(cut, "out.mp4")
    assert onset(found) == pytest.approx(1.0, abs=0.001)
    assert checksums(found.path) == checksums(cut)
    assert first_picture(found) == pytest.approx(first_picture(before), abs=0.002)


def test_sound_that_is_longer_than_the_picture_stays_whole(films: Path, studio: Studio) -> None:
    source = film(films, "mkv", audios=(Sound(seconds=3.0),))
    found, _ = studio.dub(source, "out.mkv", begin=2.5)
    assert onset(found) == pytest.approx(2.5, abs=0.001)
    assert found.milliseconds == pytest.approx(3000, abs=33)


# --- what is kept -----------------------------------------------------------------------------------------------


def rich(films: Path, container: str = "mkv") -> Path:
    sounds = (Sound(language="eng", title="Main"), Sound(language="deu", tone=550, disposition="comment"))
    return film(
        films, container, audios=sounds, subtitles=(("fra", HELLO),), chapters=((0, 1, "One"), (1, 2, "Two")),
        cover=True, attachment=container == "mkv", title="A film",
    )  # fmt: skip


@pytest.mark.parametrize("container", ["mkv", "mp4"])
def test_all_that_is_in_the_film_stays_in_it(container: str, films: Path, studio: Studio, any_ffmpeg: str) -> None:
    source = rich(films, container)
    before = probe(source)
    found, notes = studio.dub(source, f"out.{container}")
    dub, main, german = found.audio
    assert same(dub.language, "es") and dub.default and not main.default and not german.default
    assert same(main.language, "en") and same(german.language, "de")
    assert [same(track.language, "fr") for track in found.subtitles] == [True]
    assert found.title == "A film" and [chapter.title for chapter in found.chapters] == ["One", "Two"]
    assert sum(stream.picture for stream in found.streams) == 1
    names = [stream.filename for stream in before.of("attachment")]
    assert [stream.filename for stream in found.of("attachment")] == names
    assert notes == ()
    assert checksums(found.path, "0:a:1")[-40:] == checksums(source, "0:a:0")[-40:]
    if container == "mkv":
        assert (dub.title, main.title) == ("Dub (es)", "Main")


def test_the_original_can_be_replaced_and_the_other_sound_stays(films: Path, studio: Studio, any_ffmpeg: str) -> None:
    found, _ = studio.dub(rich(films), "out.mkv", output=Output(original="replace"))
    assert [same(a.language, b) for a, b in zip(found.audio, ("es", "de"), strict=True)] == [True, True]


def test_each_language_gets_a_track(films: Path, studio: Studio, any_ffmpeg: str) -> None:
    found, _ = studio.dub(film(films, "mp4"), "out.mp4", languages=("es", "pt-BR", "ja"))
    assert [stream.language for stream in found.audio[:3]] == ["spa", "por", "jpn"]
    assert [stream.default for stream in found.audio] == [True, False, False, False]
    assert [onset(found, place) for place in range(3)] == pytest.approx([1.0] * 3, abs=0.001)


@pytest.mark.parametrize(
    ("container", "codec"), [("mkv", "subrip"), ("mp4", "mov_text"), ("webm", "webvtt"), ("mov", "mov_text")]
)
def test_subtitles_can_be_put_into_the_film(
    container: str, codec: str, films: Path, studio: Studio, any_ffmpeg: str
) -> None:
    from dubber.media.subtitle_tracks import subtitle_track

    caption = Captions(HELLO.replace("Hello", "Señor: Grüße, 你好"), ".srt", "es")
    found, _ = studio.dub(film(films, container), f"out.{container}", captions=(caption,))
    assert [(track.codec, same(track.language, "es")) for track in found.subtitles] == [(codec, True)]
    text = subtitle_track(found)[0].decode()
    assert "Señor: Grüße, 你好" in text and re.search(r"00:00[:.]00[,.]5|00:00[.,]5", text)


def test_words_change_their_codec_where_the_container_needs_it(films: Path, studio: Studio, any_ffmpeg: str) -> None:
    source = film(films, "mkv", subtitles=(("fra", HELLO),))
    assert studio.dub(source, "out.mp4")[0].subtitles[0].codec == "mov_text"
    source = film(films, "mp4", subtitles=(("fra", HELLO),))
    found, _ = studio.dub(source, "out.mkv")
    assert found.subtitles[0].codec == "subrip"
    assert onset(found) == pytest.approx(1.0, abs=0.001)  # the AAC priming of the original moved nothing


# --- what a container cannot carry ------------------------------------------------------------------------------


def test_what_a_container_cannot_carry_is_refused_before_the_work(films: Path, studio: Studio, any_ffmpeg: str) -> None:
    source = rich(films)
    with pytest.raises(InputError, match=r"avi cannot carry the film's .*subtitle.*attachment.*chapters"):
        studio.dub(source, "out.avi")
    with pytest.raises(InputError, match="one audio track"):
        studio.dub(film(films, "flv"), "out.flv")
    with pytest.raises(InputError, match="cannot carry this film"):
        studio.dub(film(films, "mp4"), "out.webm")
    with pytest.raises(InputError, match="avi cannot carry opus"):
        studio.dub(film(films, "avi"), "out.avi", codec="opus")
    with pytest.raises(InputError, match="cannot carry subtitles"):
        studio.dub(film(films, "avi"), "out.avi", captions=(Captions(HELLO, ".srt", "es"),))
    with pytest.raises(InputError, match=r"cannot write \.xyz"):
        studio.dub(source, "out.xyz")
    assert list(studio.folder.glob("*out*")) == []


def test_what_may_be_left_out_is_named(films: Path, studio: Studio) -> None:
    found, notes = studio.dub(rich(films), "out.mp4", output=Output(leave_out=True))
    assert [note for note in notes if "attachment" in note] and len(found.audio) == 3


# --- sound alone ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["wav", "mp3", "m4a", "flac", "ogg"])
def test_sound_in_gives_sound_out(kind: str, films: Path, studio: Studio, any_ffmpeg: str) -> None:
    source = film(films, kind, picture=None, title="A talk", cover=kind in ("mp3", "m4a", "flac"))
    found, _ = studio.dub(source, f"out.{kind}")
    assert found.video is None and len(found.audio) == 1
    assert onset(found) == pytest.approx(1.0, abs=0.001)
    assert abs(found.milliseconds - probe(source).milliseconds) <= 25
    assert kind == "ogg" or found.title == "A talk"
    assert sum(stream.picture for stream in found.streams) == (kind in ("mp3", "m4a", "flac"))


@pytest.mark.parametrize("kind", ["wav", "mp3", "m4a", "flac", "ogg", "opus", "aac", "mka"])
def test_the_track_of_a_film_alone(kind: str, films: Path, studio: Studio, any_ffmpeg: str) -> None:
    found, _ = studio.dub(film(films, "mp4"), f"track.{kind}")
    assert [stream.kind for stream in found.streams] == ["audio"]
    priming = 1024 / RATE if kind == "aac" and onset(found) > 1.01 else 0
    assert onset(found) - priming == pytest.approx(1.0, abs=0.001)


# --- nothing half-written ---------------------------------------------------------------------------------------


def test_an_output_is_never_an_input(films: Path, tmp_path: Path) -> None:
    source = tmp_path / "film.mp4"
    source.write_bytes(film(films).read_bytes())
    (tmp_path / "link.mp4").symlink_to(source)
    (tmp_path / "hard.mp4").hardlink_to(source)
    for name in ("film.mp4", "link.mp4", "hard.mp4"):
        with pytest.raises(InputError, match="is an input"):
            outputs.preflight(tmp_path / name, [source], overwrite=True)


def test_an_existing_output_is_replaced_only_when_asked(films: Path, studio: Studio) -> None:
    source = film(films)
    out = studio.folder / "out.mp4"
    out.write_text("precious")
    with pytest.raises(InputError, match="exists already"):
        studio.dub(source, "out.mp4")
    assert out.read_text() == "precious"
    studio.dub(source, "out.mp4", output=Output(overwrite=True))
    assert len(probe(out).audio) == 2


def test_a_folder_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        outputs.preflight(tmp_path / "none" / "out.mp4", [], overwrite=False)
    with pytest.raises(InputError, match="is a folder"):
        outputs.preflight(tmp_path, [], overwrite=True)
    with pytest.raises(InputError, match="cannot be written"):
        outputs.preflight(Path("/proc/out.mp4"), [], overwrite=False)


def test_a_failed_run_leaves_nothing(films: Path, studio: Studio) -> None:
    source = film(films)
    found = probe(source)
    with (
        pytest.raises(DubError),
        outputs.claim(studio.folder / "out.mp4", [source], False) as claim,
    ):
        track = studio.track(found, claim.path, 1.0)
        assert track.path is not None
        track.path.write_bytes(b"broken")
        mux.mux(found, [track], Output(), claim)
    assert {path.name for path in studio.folder.iterdir()} == {"track-es", "store"}


def test_two_runs_on_one_output_are_kept_apart(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    with outputs.claim(out, [], False):
        with pytest.raises(InputError, match="another run"), outputs.claim(out, [], False):
            pass
        assert list(tmp_path.iterdir())
    with outputs.claim(out, [], False):
        pass
    assert list(tmp_path.iterdir()) == []


WRITING = "claim.part.write_text('half'); os.kill(os.getpid(), 9)"
TELLING = (
    "claim.part.write_text('whole'); claim.publish(); "
    "pathlib.Path.replace = lambda *_: os.kill(os.getpid(), 9); claim.lay_beside('.dub.json', b'{}')"
)


@pytest.mark.parametrize(("doing", "published"), [(WRITING, []), (TELLING, ["out.mp4"])])
def test_the_lock_and_the_leftovers_die_with_their_process(doing: str, published: list[str], tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib\nfrom dubber.files import outputs\n"
        f"with outputs.claim(pathlib.Path(sys.argv[1]), [], False) as claim:\n    {doing}\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "out.mp4")], check=False, cwd=Path(__file__).parents[2])
    left = [path.name for path in tmp_path.iterdir() if path.name not in published]
    assert len(left) == 2 and all(name.startswith(".") for name in left)  # whose it is, and the half
    outputs.preflight(tmp_path / "other.mp4", [], overwrite=False)
    assert [path.name for path in tmp_path.iterdir()] == published


def test_the_scratch_files_of_a_living_run_stay_and_of_a_dead_one_go(tmp_path: Path) -> None:
    with outputs.claim(tmp_path / "one.v2.mp4", [], False) as living:
        track = living.scratch("0.aac")
        track.write_text("track")
        (tmp_path / ".two.dub-part-mp4-0.aac").write_text("a dead one's")
        outputs.preflight(tmp_path / "three.mp4", [], overwrite=False)
        assert set(tmp_path.iterdir()) == {track, living.part, living.lease.path}
    outputs.preflight(tmp_path / "three.mp4", [], overwrite=False)
    assert list(tmp_path.iterdir()) == []


def test_a_film_whose_report_is_still_to_come_is_another_run_s(tmp_path: Path) -> None:
    with outputs.claim(tmp_path / "Film.mp4", [], False) as claim:
        claim.part.write_text("film")
        claim.publish()
        for overwrite in (False, True):
            with pytest.raises(InputError, match="another run is writing it"):
                outputs.preflight(claim.path, [], overwrite)
    outputs.preflight(claim.path, [], overwrite=False)  # dub wrote it, and makes it anew unasked
    claim.path.write_text("a film of the user's")
    outputs.preflight(claim.path, [], overwrite=True)
    with pytest.raises(InputError, match="exists already"):
        outputs.preflight(claim.path, [], overwrite=False)


def test_two_films_of_one_name_do_not_share_a_scratch_file(tmp_path: Path) -> None:
    with outputs.claim(tmp_path / "Film.mp4", [], False) as one:
        with outputs.claim(tmp_path / "Film.mkv", [], False) as other:
            tracks = [claim.scratch("0.flac") for claim in (one, other)]
            assert tracks[0] != tracks[1]
        outputs.preflight(tmp_path / "Third.mp4", [], overwrite=False)
        assert [track.exists() for track in tracks] == [True, False]


def test_the_output_gets_the_users_umask(films: Path, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "umask", lambda: 0o027)
    found, _ = studio.dub(film(films), "out.mp4")
    assert found.path.stat().st_mode & 0o777 == 0o640


def test_long_names_have_room_for_the_hidden_one(tmp_path: Path) -> None:
    longest = tmp_path / ("ü" * 120 + ".mp4")
    outputs.preflight(longest, [], overwrite=False)
    with outputs.claim(longest, [], False) as claim:
        claim.path.write_bytes(b"film")
    assert longest.read_bytes() == b"film"


def test_a_result_that_is_not_what_it_should_be_is_never_published(films: Path, studio: Studio) -> None:
    source = film(films, "mkv", seconds=6)
    found = probe(source)
    with pytest.raises(ToolError, match="should be"), outputs.claim(studio.folder / "out.mkv", [], False) as claim:
        track = studio.track(found, claim.path, 1.0)
        mux.mux(replace(found, milliseconds=20_000), [track], Output(), claim)
    assert not claim.path.exists()


@pytest.mark.parametrize("room", [0.2, 0.6, 0.9, 0.98])
def test_a_disk_that_fills_while_the_film_is_written(room: float, films: Path, studio: Studio) -> None:
    """A limit on the size of files stands for the disk: ffmpeg is told that no more can be written."""
    import resource
    import signal

    source = film(films, "mp4", seconds=6)
    found = probe(source)
    whole = studio.dub(source, "whole.mp4")[0].path.stat().st_size
    with outputs.claim(studio.folder / "out.mp4", [], False) as claim:
        track = studio.track(found, claim.path, 1.0)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (round(whole * room), before[1]))
        try:
            with pytest.raises(DubError):
                mux.mux(found, [track], Output(), claim)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not claim.path.exists() and not claim.part.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_is_called_so(films: Path, studio: Studio, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48k", "none", str(disk)], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        source = film(films, "mkv", seconds=6)
        found = probe(source)
        with (
            pytest.raises(ToolError, match="disk is full") as caught,
            outputs.claim(disk / "out.mkv", [], False) as claim,
        ):
            mux.mux(found, [studio.track(found, claim.path, 1.0)], Output(), claim)
        assert str(disk) in str(caught.value)
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# --- names ------------------------------------------------------------------------------------------------------


def test_where_an_output_goes(films: Path, tmp_path: Path) -> None:
    found = replace(probe(film(films)), path=Path("/films/Die Katze.mp4"))
    assert mux.place(found, Output(), "es") == Path("/films/Die Katze.es.dub.mp4")
    assert mux.place(found, Output(container="mkv", name="{film} - {language}"), "es") == Path(
        "/films/Die Katze - es.mkv"
    )
    assert mux.place(found, Output(folder=str(tmp_path)), "") == tmp_path / "Die Katze.und.dub.mp4"
    assert mux.place(found, Output(name="../../{film}"), "es") == Path("/films/Die Katze.mp4")
