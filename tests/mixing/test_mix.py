"""Where the sound is in the mix, how loud it is, and that any piece of it fits its neighbours."""

from __future__ import annotations

import pickle
import re
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest

from dubber.errors import ToolError
from dubber.files.store import Store
from dubber.media.audio import level
from dubber.media.limiter import true_peak
from dubber.media.loudness import block_energies, energies, integrated
from dubber.media.probe import probe
from dubber.media.speech import pauses, speech_span
from dubber.media.wav import encode_wav
from dubber.mixing import bed as beds
from dubber.mixing.bed import Bed
from dubber.mixing.mix import RATE, Score, channels_of, compose, digest, piece, render, weights
from dubber.mixing.settings import Mixing
from dubber.model import Audio, Line, Phrase, Placement, Plan, Span, Take, Voice, Window
from tests.servers.coding import carries, encode

ALONE = Mixing(bed="none", loudness=None)
ROOM = replace(ALONE, channels="mono")


def take(store: Store, index: int, sound: np.ndarray, *, rate: int = 24_000, speaker: str = "ANNA") -> Take:
    audio = Audio(sound.astype(np.float32), rate)
    span = speech_span(audio) or Span(0, audio.milliseconds)
    phrase = Phrase(index, Window(0, 1000), f"text {index}")
    line = Line(index, speaker, Voice("tone", speaker), (phrase,), "en")
    store.save(f"{index:04}{speaker}", audio, {"energies": energies(audio)})
    return Take(line, f"{index:04}{speaker}", (span,), pauses=pauses(audio, span))


def at(take: Take, start: float, rate: float = 1.0, cut: tuple[Span, ...] = ()) -> Placement:
    length = (take.spans[0].length - sum(span.length for span in cut)) / rate
    return Placement(take.line.index, 0, start, length, take.spans[0], rate, cut=cut)


def tone(seconds: float, *, rate: int = 24_000, hertz: float = 440.0, loud: float = 0.2) -> np.ndarray:
    sound = loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return np.concatenate([np.zeros(rate // 5), sound, np.zeros(rate // 5)])


def score_of(
    store: Store, placed: Sequence[tuple[Take, Placement]], mixing: Mixing, seconds: float = 4, bed: Bed | None = None
) -> Score:
    plan = Plan(tuple(sorted((place for _, place in placed), key=lambda place: place.start)))
    takes = list({take.line.index: take for take, _ in placed}.values())
    return compose(plan, takes, mixing, store, milliseconds=round(1000 * seconds), bed=bed)


def onset(samples: np.ndarray, after: float = 0.0) -> float:
    """ms at which the sound begins: a twentieth of its loudest."""
    mono = np.abs(samples.reshape(len(samples), -1)).max(axis=1)
    first = round(after * RATE / 1000)
    return 1000 * (first + int((mono[first:] > 0.05 * mono.max()).argmax())) / RATE


def by_ffmpeg(samples: np.ndarray) -> tuple[float, float]:
    """Integrated loudness and true peak."""
    raw = ["-f", "f32le", "-ar", str(RATE), "-ac", str(samples.shape[1]), "-i", "pipe:0"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", *raw, "-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, input=samples.astype("<f4").tobytes(), capture_output=True, check=True).stderr
    loudness, peak = (re.findall(pattern, said)[-1] for pattern in (rb"I:\s+(-?[\d.]+)", rb"Peak:\s+(-?[\d.]+)"))
    return float(loudness), float(peak)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def noise_bed(tmp_path: Path) -> Bed:
    """12 s of steady noise in two channels that differ."""
    return bed_of(tmp_path / "bed.wav", np.random.default_rng(5).normal(0, 0.05, (12 * RATE, 2)))


def bed_of(path: Path, samples: np.ndarray, rate: int = RATE) -> Bed:
    path.write_bytes(encode_wav(Audio(samples.astype(np.float32), rate), bits=32))
    film = probe(path)
    assert film.original
    return Bed(film, film.original, f"digest of {path.name}", film.original.channels)


# --- where the sound is -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [1.0, 0.95, 1.2, 1.6])
@pytest.mark.parametrize("take_rate", [8000, 24_000, 44_100])
def test_speech_starts_and_ends_where_it_was_planned_however_it_is_stretched(
    store: Store, rate: float, take_rate: int
) -> None:
    spoken = take(store, 1, tone(1.0, rate=take_rate), rate=take_rate)
    mix = render(score_of(store, [(spoken, at(spoken, 1234.5, rate))], ROOM), 0, 4 * RATE)
    assert onset(mix) == pytest.approx(1234.5 + 1, abs=2)
    heard = np.flatnonzero(np.abs(mix[:, 0]) > 0.01)
    assert 1000 * heard[-1] / RATE == pytest.approx(1235.5 + 1000 / rate, abs=12)


def test_what_is_stretched_keeps_its_pitch_and_its_words(store: Store) -> None:
    spoken = take(store, 1, encode("ANNA", "text 1", 1.5))
    for rate in (0.8, 1.3):
        mix = render(score_of(store, [(spoken, at(spoken, 500, rate))], ROOM), 0, 4 * RATE)
        last = round((500 + 1480 / rate) * RATE / 1000)
        assert carries(mix[round(0.51 * RATE) : last, 0], RATE, "ANNA", "text 1")


def test_a_pause_that_the_plan_leaves_out_is_not_heard(store: Store) -> None:
    sound = np.concatenate([tone(0.5, hertz=300)[:-4800], np.zeros(24_000), tone(0.5, hertz=600)[4800:]])
    spoken = take(store, 1, sound)
    (pause,) = spoken.pauses
    cut = (Span(pause.start, pause.end - 100),)
    mix = render(score_of(store, [(spoken, at(spoken, 0, 1.0, cut))], ROOM), 0, 4 * RATE)
    assert onset(mix, after=550) == pytest.approx(1 + 500 + 1000 - cut[0].length, abs=2)


def test_two_voices_at_once_are_both_heard_whole(store: Store) -> None:
    first, second = take(store, 1, tone(1.0)), take(store, 2, tone(1.0, hertz=900), speaker="BOB")
    both = [(first, at(first, 500)), (second, at(second, 900))]
    whole = render(score_of(store, both, ROOM), 0, 4 * RATE)
    apart = [render(score_of(store, both, ROOM).only(name), 0, 4 * RATE) for name in ("ANNA", "BOB")]
    assert np.abs(whole - apart[0] - apart[1]).max() < 1e-6
    assert onset(apart[1]) == pytest.approx(901, abs=2)


def test_a_take_with_an_offset_adds_none_to_the_mix(store: Store) -> None:
    spoken = take(store, 1, tone(1.0) + 0.1)
    assert abs(render(score_of(store, [(spoken, at(spoken, 500))], ROOM), 0, 4 * RATE).mean()) < 1e-4


@pytest.mark.parametrize(("channels", "placed"), [("mono", [0]), ("stereo", [0, 1]), ("5.1", [2]), ("7.1", [2])])
def test_the_voice_is_in_the_middle_of_every_layout_and_equally_loud(
    store: Store, channels: Any, placed: list[int]
) -> None:
    spoken = take(store, 1, tone(1.0))
    mix = render(score_of(store, [(spoken, at(spoken, 500))], replace(ALONE, channels=channels)), 0, 2 * RATE)
    loud = [index for index in range(mix.shape[1]) if level(mix[:, index]) > -100]
    assert loud == placed
    mono = render(score_of(store, [(spoken, at(spoken, 500))], ROOM), 0, 2 * RATE)
    here, there = (integrated(block_energies(sound, RATE), weights(sound.shape[1])) for sound in (mix, mono))
    assert here == pytest.approx(there, abs=0.05)


def test_the_track_has_the_originals_channels() -> None:
    assert [channels_of(Mixing(), count) for count in (0, 1, 2, 3, 6, 8)] == [1, 1, 2, 2, 6, 8]
    assert channels_of(Mixing(channels="stereo"), 6) == 2


# --- in any piece -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [4801, 48_000, 133_333])
def test_pieces_joined_are_the_whole_bit_for_bit(store: Store, noise_bed: Bed, size: int) -> None:
    placed = []
    for index in range(1, 8):
        spoken = take(store, index, tone(1.0 + 0.1 * index, hertz=200 * index, loud=0.5))
        placed.append((spoken, at(spoken, 1300.3 * index, 1 + 0.05 * index)))
    score = score_of(store, placed, Mixing(loudness=-8.0), 12, noise_bed)
    whole = render(score, 0, 12 * RATE)
    starts = list(range(0, 12 * RATE, size))
    pieces = {start: render(score, start, min(start + size, 12 * RATE)) for start in starts[::-1]}
    joined = np.concatenate([pieces[start] for start in starts])
    assert np.array_equal(joined, whole)
    assert true_peak(whole) <= -1.0


def test_a_score_says_the_same_in_another_process(store: Store, noise_bed: Bed) -> None:
    spoken = take(store, 1, tone(1.0))
    score = score_of(store, [(spoken, at(spoken, 500, 1.1))], Mixing(), 4, noise_bed)
    again = pickle.loads(pickle.dumps(score))
    assert np.array_equal(render(again, 1000, 90_000), render(score, 1000, 90_000))


def test_a_piece_of_a_score_sounds_as_the_whole_does_and_is_small(store: Store, noise_bed: Bed) -> None:
    takes = [take(store, index, tone(0.8, hertz=200 + 10 * index, loud=0.5)) for index in range(1, 40)]
    placed = [(spoken, at(spoken, 1500.3 * spoken.line.index, 1.05)) for spoken in takes]
    score = score_of(store, placed, Mixing(loudness=-12.0), 60, noise_bed)
    first, last = round(20.4 * RATE), round(27.7 * RATE)  # both within a word
    sent = pickle.dumps(piece(score, first, last))
    assert len(sent) < len(pickle.dumps(score)) / 3
    for start, end in [(first, last), (first, first + 4801), (last - 133_333, last)]:
        assert np.array_equal(pickle.loads(sent)(start, end), render(score, start, end))


def test_only_pieces_that_an_edit_touches_get_another_key(store: Store, noise_bed: Bed) -> None:
    takes = [take(store, index, tone(1.0, hertz=200 + 10 * index)) for index in range(1, 6)]
    placed = [(spoken, at(spoken, 2000.0 * spoken.line.index + 100)) for spoken in takes]
    before = score_of(store, placed, Mixing(), 12, noise_bed)
    edited = take(store, 9, tone(0.9, hertz=205))
    edited = replace(edited, line=replace(edited.line, index=3))
    after = score_of(store, [*placed[:2], (edited, at(edited, 6100.0)), *placed[3:]], Mixing(), 12, noise_bed)
    spans = [(start, start + 2 * RATE) for start in range(0, 12 * RATE, 2 * RATE)]
    changed = [index for index, span in enumerate(spans) if digest(before, *span) != digest(after, *span)]
    assert changed == [3]  # 6.1 to 7.1 s; the bed goes down at 5.9, as it did
    for index, span in enumerate(spans):
        assert np.array_equal(render(before, *span), render(after, *span)) == (index not in changed)


def test_outside_the_film_is_silence(store: Store) -> None:
    spoken = take(store, 1, tone(1.0))
    score = score_of(store, [(spoken, at(spoken, 500))], ROOM, 1.0)
    mix = render(score, -RATE, 3 * RATE)
    assert len(mix) == 4 * RATE
    assert not mix[:RATE].any()
    assert not mix[2 * RATE :].any()


def test_a_take_that_is_gone_is_named(store: Store) -> None:
    spoken = take(store, 7, tone(1.0))
    score = score_of(store, [(spoken, at(spoken, 500))], ROOM)
    store.prune(size=0)
    with pytest.raises(ToolError, match="line 7"):
        render(score, 0, RATE)
    with pytest.raises(ToolError, match="line 7"):
        score_of(store, [(spoken, at(spoken, 500))], ROOM)


# --- the bed ----------------------------------------------------------------------------------------------------


def test_the_bed_is_down_before_speech_starts_and_stays_down_over_short_gaps(store: Store, noise_bed: Bed) -> None:
    takes = [take(store, index, tone(1.0)) for index in (1, 2)]
    mixing = Mixing(depth=20, attack=150, release=450, ahead=60, bridge=900, loudness=None)
    score = score_of(store, [(takes[0], at(takes[0], 3000)), (takes[1], at(takes[1], 4500))], mixing, 12, noise_bed)
    bed = render(score.without_voices(), 0, 12 * RATE)

    def lowered(start: float, end: float) -> float:
        return float(level(bed[round(start * RATE) : round(end * RATE), 0]) - 20 * np.log10(0.05))

    assert lowered(0, 2.7) == pytest.approx(0, abs=0.2)
    assert lowered(2.94, 5.5) == pytest.approx(-20, abs=0.2)  # the gap from 4.0 to 4.5 s too
    assert lowered(6.1, 12) == pytest.approx(0, abs=0.2)
    assert -15 < lowered(5.6, 5.9) < -5


def test_a_kept_bed_is_never_lowered_and_no_bed_is_silent(store: Store, noise_bed: Bed) -> None:
    spoken = take(store, 1, tone(1.0))
    kept = score_of(store, [(spoken, at(spoken, 500))], Mixing(bed="keep", loudness=None, bed_level=-6), 4, noise_bed)
    bed = render(kept.without_voices(), 0, 4 * RATE)
    assert level(bed[RATE // 2 : RATE, 1]) == pytest.approx(20 * np.log10(0.05) - 6, abs=0.2)
    none = score_of(store, [(spoken, at(spoken, 500))], ALONE, 4, noise_bed)
    assert not render(none.without_voices(), 0, 4 * RATE).any()


FORMS = {
    "mp4": ["-c:a", "aac"], "mkv": ["-c:a", "aac"], "ts": ["-c:a", "aac"], "mka": ["-c:a", "ac3"],
    "webm": ["-c:a", "libopus"], "mp3": ["-c:a", "libmp3lame"], "avi": ["-c:a", "libmp3lame"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("suffix", "rate"), [*((suffix, 48_000) for suffix in FORMS), ("mp4", 44_100), ("mkv", 44_100)]
)
def test_two_pieces_of_a_bed_that_were_decoded_apart_meet_without_a_seam(
    tmp_path: Path, store: Store, suffix: str, rate: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beds, "PIECE", 2)  # as in a long film: not all marks are kept together
    noise = np.cumsum(np.random.default_rng(2).normal(0, 0.01, (22 * rate, 2)), axis=0)
    noise = noise - np.concatenate([np.zeros((200, 2)), noise[:-200]])
    noise[15 * rate : 18 * rate] = 0
    raw, path = tmp_path / "raw.wav", tmp_path / f"film.{suffix}"
    raw.write_bytes(encode_wav(Audio(noise.astype(np.float32), rate), bits=32))
    picture = ["-f", "lavfi", "-i", "color=s=64x64:r=25:d=22"] if suffix in ("mp4", "mkv", "ts", "avi") else []
    coder = ["-c:v", "mpeg4", "-shortest"] if picture else []
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *picture, "-i", str(raw), *coder, *FORMS[suffix]]
    subprocess.run([*command, str(path)], check=True)
    film = probe(path)
    assert film.original
    bed = Bed(film, film.original, suffix, 2)
    beds.study(bed, store)
    whole = beds.read(bed, store.root, 0, 21 * RATE, RATE)
    for start in (5.0, 12.3456, 17.0, 19.5):
        first = round(start * RATE)
        beds.close()
        piece = beds.read(bed, store.root, first, first + RATE, RATE)
        if level(piece) < -60:
            continue  # in the silence of 15 to 18 s nothing can be heard of a seam
        apart = {lag: level(piece - whole[first + lag : first + lag + RATE]) for lag in range(-30, 31)}
        assert apart[0] == min(apart.values())
        assert apart[0] < max(level(piece) - 20, -100)  # AC-3 and AAC make up noise anew on each decoding
    beds.close()


def test_a_bed_of_another_rate_is_the_same_in_any_piece(tmp_path: Path, store: Store) -> None:
    sine = 0.3 * np.sin(2 * np.pi * 997 * np.arange(6 * 44_100) / 44_100)
    bed = bed_of(tmp_path / "bed.wav", sine[:, None].repeat(2, axis=1), 44_100)
    beds.study(bed, store)
    whole = beds.read(bed, store.root, 0, 5 * RATE, RATE)
    assert (
        np.abs(whole[9600:-9600, 0] - 0.3 * np.sin(2 * np.pi * 997 * np.arange(9600, 5 * RATE - 9600) / RATE)).max()
        < 1e-4
    )
    pieces = [beds.read(bed, store.root, start, start + 12_345, RATE) for start in range(0, 200_000, 12_345)]
    joined = np.concatenate(pieces)
    assert np.abs(joined - whole[: len(joined)]).max() < 1e-5


def test_a_bed_shorter_than_the_film_ends_in_silence(store: Store, noise_bed: Bed) -> None:
    spoken = take(store, 1, tone(1.0))
    score = score_of(store, [(spoken, at(spoken, 14_000))], Mixing(loudness=None), 16, noise_bed)
    mix = render(score, 11 * RATE, 16 * RATE)
    assert level(mix[:RATE]) > -30
    assert not mix[round(1.1 * RATE) : round(2.9 * RATE)].any()
    assert onset(mix, after=1100) == pytest.approx(3001, abs=2)


# --- how loud ---------------------------------------------------------------------------------------------------


def speech(seed: int, seconds: float, loud: float) -> np.ndarray:
    """Noise with the rhythm and the colour of speech."""
    generator, count = np.random.default_rng(seed), round(seconds * 24_000)
    noise = np.convolve(generator.normal(0, 1, count), np.hanning(24), "same")
    rhythm = np.maximum(0.05, np.sin(2 * np.pi * 2 * np.arange(count) / 24_000))
    return np.concatenate([np.zeros(2400), loud * noise * rhythm / noise.std(), np.zeros(2400)])


@pytest.mark.parametrize("target", [-16.0, -23.0])
@pytest.mark.parametrize("how", ["none", "duck", "keep"])
def test_the_film_meets_its_loudness_and_its_peak(store: Store, noise_bed: Bed, how: Any, target: float) -> None:
    takes = [take(store, index, speech(index, 1.2, 0.02 * index)) for index in range(1, 6)]
    placed = [(spoken, at(spoken, 2100.0 * spoken.line.index, 1 + 0.1 * spoken.line.index)) for spoken in takes]
    score = score_of(store, placed, Mixing(bed=how, loudness=target), 12, noise_bed)
    loudness, peak = by_ffmpeg(render(score, 0, 12 * RATE))
    assert loudness == pytest.approx(target, abs=1)
    assert peak <= -1.0


def test_no_voice_is_louder_than_another(store: Store) -> None:
    loud = [take(store, index, speech(index, 1.2, 0.2), speaker="LOUD") for index in (1, 2, 3)]
    soft = [take(store, index, speech(index, 1.2, 0.01), speaker="SOFT") for index in (4, 5, 6)]
    placed = [(spoken, at(spoken, 1800.0 * spoken.line.index)) for spoken in [*loud, *soft]]
    score = score_of(store, placed, ROOM, 14)
    first, second = (
        integrated(block_energies(render(score.only(name), 0, 14 * RATE), RATE)) for name in ("LOUD", "SOFT")
    )
    assert first == pytest.approx(second, abs=1.0)


def test_a_whisper_among_a_voices_lines_stays_softer_but_is_heard(store: Store) -> None:
    takes = [take(store, index, speech(index, 1.2, 0.1 if index < 4 else 0.02)) for index in range(1, 5)]
    placed = [(spoken, at(spoken, 2000.0 * spoken.line.index)) for spoken in takes]
    mix = render(score_of(store, placed, ROOM, 12), 0, 12 * RATE)
    usual, whisper = (level(mix[round(start * RATE) : round((start + 1.2) * RATE)]) for start in (4.0, 8.0))
    assert usual - whisper == pytest.approx(3, abs=1)


def test_off_leaves_the_level_as_it_comes(store: Store, noise_bed: Bed) -> None:
    spoken = take(store, 1, tone(0.5))
    score = score_of(store, [(spoken, at(spoken, 10_000))], Mixing(loudness=None, bed="keep"), 12, noise_bed)
    assert level(render(score, 0, 9 * RATE)) == pytest.approx(20 * np.log10(0.05), abs=0.1)


def test_silence_stays_silence(store: Store) -> None:
    score = score_of(store, [], Mixing(), 2)
    assert score.gain == 0
    assert not render(score, 0, 2 * RATE).any()
