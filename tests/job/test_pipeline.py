"""The main job, listened to: films are dubbed with tones of known pitch, decoded, and measured."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from dubber.backends.tone import Tone, pitch_of
from dubber.casting.assign import Casting, lines
from dubber.config.profile import Profile, load
from dubber.errors import InputError
from dubber.job import pipeline
from dubber.job.job import Job, Outcome
from dubber.job.subtitle_files import read
from dubber.media.probe import probe
from dubber.model import Line
from dubber.subtitles import Reading
from tests.hearing import beginning, decode, end, onset

SAMPLES = Path(__file__).parents[2] / "samples"
TONES = """
[voices.tones]
backend = "tone"
milliseconds_per_character = 40
lead = 120
tail = 80
[casting]
pool = ["tones"]
narrator = "tones"
"""


@pytest.fixture
def tones(tmp_path: Path) -> Profile:
    path = tmp_path / "tones.toml"
    path.write_text(TONES + '[mixing]\nbed = "none"\nloudness = "off"\n')
    return load(str(path), environ={})


def job(tmp_path: Path, profile: Profile, subtitles: str = "harbour.srt", **more: object) -> Job:
    film = tmp_path / "harbour.mp4"
    if not film.exists():
        shutil.copy(SAMPLES / "harbour.mp4", film)
    output = tmp_path / str(more.pop("name", "out.mp4"))
    given = {"film": film, "subtitles": (SAMPLES / subtitles,), "output": output, "store": tmp_path / "store", **more}
    return Job(profile=profile, **given)  # type: ignore[arg-type]


def spoken(one: Job) -> tuple[Line, ...]:
    script = read(one.subtitles[0], Reading())
    return lines(script.cues, one.profile.cast, Casting(), language="en")


def errors(outcome: Outcome, one: Job, *, stream: int = 0) -> list[tuple[float, float]]:
    """For every line (heard onset - planned onset, heard end - planned end) in ms; what is heard is decoded."""
    assert outcome.output
    sound = decode(outcome.output, stream=stream)
    report = json.loads(outcome.output.with_name(outcome.output.name + ".dub.json").read_text())
    planned = {row["line"]: row for row in report["versions"][stream]["lines"]}
    found = []
    for line in spoken(one):
        first = planned[line.index]["start"]
        last = first + planned[line.index]["length"]
        pitch = pitch_of(line)
        found.append((onset(sound, pitch, near=first) - first, end(sound, pitch, near=last) - last))
    return found


def all_in_place(heard: list[tuple[float, float]]) -> bool:
    """Onsets within 5 ms of the plan; no end cut (a clip keeps a few ms of silence behind the sound)."""
    return all(abs(first) < 5.0 and -20.0 < last < 5.0 for first, last in heard)


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv", "out.mov", "out.ts"])
def test_each_line_is_heard_where_it_was_planned(tmp_path: Path, tones: Profile, name: str) -> None:
    one = job(tmp_path, tones, name=name)
    outcome = pipeline.run(one)
    assert all_in_place(errors(outcome, one))


def test_each_line_starts_with_its_cue_when_there_is_room(tmp_path: Path, tones: Profile) -> None:
    one = job(tmp_path, tones)
    outcome = pipeline.run(one)
    rows = outcome.report.versions[0].lines
    assert len(rows) == len(spoken(one))
    assert all(abs(row.start - row.window[0]) < 1 for row in rows)


def test_the_picture_and_the_original_sound_are_kept_bit_for_bit(tmp_path: Path, tones: Profile) -> None:
    one = job(tmp_path, tones)
    outcome = pipeline.run(one)
    assert outcome.output
    assert packets(one.film, "v:0") == packets(outcome.output, "v:0")
    assert packets(one.film, "a:0") == packets(outcome.output, "a:1")
    before, after = probe(one.film), probe(outcome.output)
    assert abs(before.milliseconds - after.milliseconds) <= 22
    assert [stream.default for stream in after.audio] == [True, False]
    assert after.audio[0].language in ("en", "eng")


def packets(path: Path, stream: str) -> str:
    """The hash of a stream's packets."""
    from dubber.media.ffmpeg import tools

    command = [
        str(tools().ffmpeg),
        "-v",
        "error",
        "-i",
        str(path),
        "-map",
        f"0:{stream}",
        "-c",
        "copy",
        "-f",
        "streamhash",
        "-",
    ]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def test_a_second_run_speaks_nothing_and_gives_the_same_sound(tmp_path: Path, tones: Profile) -> None:
    first = pipeline.run(job(tmp_path, tones))
    again = pipeline.run(job(tmp_path, tones, name="again.mp4"))
    assert first.output and again.output
    version = again.report.versions[0]
    assert (version.fresh, version.stored) == (0, len(version.lines))
    assert packets(first.output, "a:0") == packets(again.output, "a:0")


def test_editing_one_cue_speaks_one_line(tmp_path: Path, tones: Profile) -> None:
    pipeline.run(job(tmp_path, tones))
    edited = tmp_path / "edited.srt"
    edited.write_text((SAMPLES / "harbour.srt").read_text().replace("due at nine", "due at ten"))
    outcome = pipeline.run(job(tmp_path, tones, name="again.mp4", subtitles=str(edited)))
    assert outcome.report.versions[0].fresh == 1


def test_two_languages_are_two_tracks_and_the_first_is_the_default(tmp_path: Path, tones: Profile) -> None:
    both = (SAMPLES / "harbour.srt", SAMPLES / "harbour.fr.srt")
    outcome = pipeline.run(replace(job(tmp_path, tones, name="both.mkv"), subtitles=both, languages=("en",)))
    assert outcome.output
    streams = probe(outcome.output).audio
    assert [stream.language for stream in streams][:2] == ["eng", "fra"] or [s.language for s in streams][:2] == [
        "en",
        "fr",
    ]
    assert [stream.default for stream in streams] == [True, False, False]


def test_the_track_alone_is_as_long_as_the_film(tmp_path: Path, tones: Profile) -> None:
    one = job(tmp_path, tones, name="track.wav")
    outcome = pipeline.run(one)
    assert all_in_place(errors(outcome, one))
    assert outcome.output
    assert abs(probe(outcome.output).milliseconds - probe(one.film).milliseconds) <= 1


def test_the_original_is_lower_while_somebody_speaks(tmp_path: Path) -> None:
    path = tmp_path / "ducked.toml"
    path.write_text(TONES + '[mixing]\nbed = "duck"\nloudness = "off"\nvoice_level = -30\n')
    outcome = pipeline.run(job(tmp_path, load(str(path), environ={})))
    assert outcome.output
    mixed, original = decode(outcome.output), decode(SAMPLES / "harbour.mp4")

    def level(first: float, last: float) -> float:
        ours, theirs = (sound[round(first * 48000) : round(last * 48000)] for sound in (mixed, original))
        return float(20 * __import__("numpy").log10(ours.std() / theirs.std()))

    assert level(14.9, 15.2) == pytest.approx(0, abs=1.0) or level(18.6, 19.6) == pytest.approx(0, abs=1.0)
    assert level(6.2, 7.0) < -12


def test_an_existing_output_is_refused_and_an_input_always(tmp_path: Path, tones: Profile) -> None:
    one = job(tmp_path, tones)
    assert one.output
    one.output.write_bytes(b"precious")
    with pytest.raises(InputError, match="exists already"):
        pipeline.run(one)
    with pytest.raises(InputError, match="input"):
        pipeline.run(replace(one, output=one.film, overwrite=True))
    link = tmp_path / "link.mp4"
    os.link(one.film, link)
    with pytest.raises(InputError, match="input"):
        pipeline.run(replace(one, output=link, overwrite=True))
    assert one.output.read_bytes() == b"precious"
    assert packets(one.film, "v:0") == packets(SAMPLES / "harbour.mp4", "v:0")


def test_ctrl_c_ends_quickly_keeps_takes_and_leaves_nothing_behind(tmp_path: Path) -> None:
    import signal
    import time

    profile = tmp_path / "slow.toml"
    profile.write_text(TONES)
    film = shutil.copy(SAMPLES / "harbour.mp4", tmp_path / "film.mp4")
    environ = {**os.environ, "DUB_STORE": str(tmp_path / "store")}
    command = [sys.executable, "-m", "dubber", str(film), str(SAMPLES / "harbour.srt"), "-p", str(profile), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ, text=True) as process:
        assert process.stdout and process.stderr
        while '"origin"' not in process.stdout.readline():
            pass
        asked = time.monotonic()
        process.send_signal(signal.SIGINT)
        status = process.wait(timeout=20)
        took = time.monotonic() - asked
        said = process.stderr.read()
    assert status == 130
    assert took < 3
    assert "finished takes are kept" in said
    assert "Traceback" not in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mp4", "slow.toml", "store"]


TIGHT = """1
00:00:01,000 --> 00:00:01,500
ANNA: I never said that we would leave the harbour before the ferry came in.

2
00:00:01,550 --> 00:00:02,000
ANNA: You did, and you said it twice.

3
00:00:12,000 --> 00:00:13,000
- Left or right?
- Left.
"""


def test_a_line_that_cannot_fit_is_whole_and_late_and_the_exit_status_says_so(tmp_path: Path, tones: Profile) -> None:
    (tmp_path / "tight.srt").write_text(TIGHT)
    one = job(tmp_path, tones, subtitles=str(tmp_path / "tight.srt"), name="out.mkv")
    outcome = pipeline.run(one)
    assert outcome.output and not outcome.complete
    assert "cue 1" in outcome.report.unfit  # the one that is too long; the one behind it only starts late
    sound = decode(outcome.output)
    for row in outcome.report.versions[0].lines:
        assert abs(beginning(sound, near=row.start) - row.start) < 5.0, row.text
    assert all_in_place(errors(outcome, one))
    rows = outcome.report.versions[0].lines
    assert [row.text for row in rows][2:] == ["Left or right?", "Left."]
    assert rows[1].start >= rows[0].start + rows[0].length


@pytest.mark.parametrize("native", [True, False])
def test_a_cast_reads_at_the_speed_it_was_given_natively_or_by_stretching(
    tmp_path: Path, tones: Profile, monkeypatch: pytest.MonkeyPatch, native: bool
) -> None:
    usual = pipeline.run(job(tmp_path, tones)).report.versions[0].lines
    if not native:
        monkeypatch.setattr(Tone, "speed_range", (1.0, 1.0))
    brisk = replace(tones, casting=replace(tones.casting, speed=1.25))
    outcome = pipeline.run(job(tmp_path, brisk, name="brisk.mp4"))
    rows = outcome.report.versions[0].lines
    assert [row.natural for row in rows] == pytest.approx([row.natural / 1.25 for row in usual], rel=0.02)
    assert max(row.rate for row in rows) < 1.3, "a rate is counted from the chosen speed"
    assert all((row.stretch == 1.0) == native for row in rows if row.rate == 1.0)
    assert not any("rate" in row.concessions for row in rows if row.rate == 1.0)
    assert outcome.output
    sound = decode(outcome.output)
    for row, line in zip(rows, spoken(job(tmp_path, brisk)), strict=True):
        last = row.start + row.length
        assert abs(end(sound, pitch_of(line), near=last) - last) < 25.0
    assert outcome.report.versions[0].stored == (0 if native else len(rows)), "what is stretched is the same take"
