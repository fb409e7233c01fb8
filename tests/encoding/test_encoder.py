"""The track: encoded in pieces side by side, and no one can tell."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dubber.encoding import encoder, ogg, packets
from dubber.encoding.encoder import Sound
from dubber.encoding.segments import segments
from dubber.errors import ToolError
from dubber.files.store import Store
from dubber.media import ffmpeg
from dubber.media.containers import CODECS, Coding, coding
from dubber.media.probe import probe
from dubber.model import Track
from dubber.workers import executors

RATE = 48_000
FRAMED = [name for name, codec in CODECS.items() if codec.frame]


@pytest.fixture(scope="module")
def executor() -> Iterator[executors.Executor]:
    """Threads: a process would keep the ffmpeg that was chosen when it was forked."""
    with executors.open_executor("threads", 2) as pool:
        yield pool


def voices(start: int, end: int, *, channels: int = 2, edited: float = -1.0) -> NDArray[np.float32]:
    """Something between speech and music: harmonics that come and go three times a second, over a little noise.
    edited: a second in which it sounds otherwise."""
    time = np.arange(start, end) / RATE
    phase = 2 * np.pi * (120 * time + 8 * np.sin(2 * np.pi * 0.4 * time))
    swell = np.clip(np.sin(2 * np.pi * 3 * time) + 0.3 * np.sin(2 * np.pi * 0.7 * time), 0, 1) ** 0.5
    speech = 0.15 * swell * sum(np.sin(harmonic * phase) / harmonic for harmonic in range(1, 12))
    noise = 0.01 * np.sin(1e5 * np.sin(np.arange(start, end) * 12.9898))
    wave = speech + noise + 0.2 * np.sin(2 * np.pi * 880 * time) * ((time >= edited) & (time < edited + 1))
    return np.repeat(wave[:, None], channels, 1).astype(np.float32)


def beep(start: int, end: int, *, at: int) -> NDArray[np.float32]:
    """Silence, and from frame `at` on a tone."""
    place = np.arange(start, end)
    sound: NDArray[np.float64] = 0.5 * np.sin((place - at) * 0.2) * (place >= at)
    return sound.astype(np.float32)[:, None]


def ramp(start: int, end: int) -> NDArray[np.float32]:
    return (np.arange(start, end) % 1000 / 2000).astype(np.float32)[:, None]


def file_of(track: Track) -> Path:
    assert track.path is not None
    return track.path


def decoded(track: Track) -> NDArray[np.float32]:
    """What a player hears, from time zero on."""
    film = probe(file_of(track), whole=False)
    command = ffmpeg.command(
        *ffmpeg.source(track.path), "-f", "f32le", "-ac", str(track.channels), "-ar", str(RATE), "pipe:1"
    )
    samples = np.frombuffer(ffmpeg.run(command), "<f4").reshape(-1, track.channels)
    assert film.audio[0].channels == track.channels
    return samples[track.lead :]


def content(start: int, end: int, *, edited: float = -1.0) -> str:
    """What a sound is like there, as a mix would say it; of one that is the same but for a second."""
    touched = start / RATE < edited + 1 and end / RATE > edited
    return f"{start} {end} {edited if touched else ''}"


def encoded(sound: Sound, how: Coding, out: Path, executor: executors.Executor, ahead: int = 2) -> Track:
    """With a store in which there is nothing yet."""
    store = Store(out.with_name(f"store-{out.name}"))
    return encoder.encode(sound, how, out, executor=executor, ahead=ahead, store=store)


def in_stretches_of(seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dubber.encoding.segments.SEGMENT", seconds)
    monkeypatch.setattr("dubber.encoding.segments.SLACK", seconds / 5)


def noise_ratio(clean: NDArray[np.float32], heard: NDArray[np.float32]) -> float:
    """dB of the sound above what the encoder added."""
    return float(10 * np.log10(np.mean(clean**2) / np.mean((clean - heard) ** 2)))


@pytest.mark.parametrize("codec", FRAMED)
def test_a_joined_track_sounds_like_one_encoder_run_also_at_the_seams(
    codec: str, tmp_path: Path, executor: executors.Executor, any_ffmpeg: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = 10 * RATE
    sound, how = Sound(voices, frames, RATE, 2, content), coding(tmp_path / "x.mkv", 2, codec)
    whole = decoded(encoded(sound, how, tmp_path / "one", executor))
    in_stretches_of(1.6, monkeypatch)
    pieces = segments(frames, RATE, how.how.frame)
    assert len(pieces) >= 6
    joined = decoded(encoded(sound, how, tmp_path / "many", executor))
    assert len(joined) == len(whole)
    clean = voices(0, frames)
    for piece in pieces[1:]:
        around = slice(piece.start - 2048, piece.start + 2048)
        there = noise_ratio(clean[around], joined[around])
        assert there >= noise_ratio(clean[around], whole[around]) - 1.5, f"a seam at {piece.start / RATE:.2f} s"


@pytest.mark.parametrize("codec", list(CODECS))
def test_sample_0_is_time_zero_and_nothing_of_the_end_is_missing(
    codec: str, tmp_path: Path, executor: executors.Executor, any_ffmpeg: str
) -> None:
    frames, at = 2 * RATE + 123, RATE + 777
    sound = Sound(partial(beep, at=at), frames, RATE, 1, content)
    track = encoded(sound, coding(tmp_path / "x.mkv", 1, codec), tmp_path / "track", executor)
    heard = decoded(track)[:, 0]
    assert abs(int(np.argmax(np.abs(heard) > 0.1)) - at) <= 12  # a quarter of a millisecond
    assert frames <= len(heard) < frames + max(CODECS[codec].frame, 1)
    assert np.abs(heard[frames - 200 : frames]).max() > 0.4
    assert (track.codec, track.channels, track.milliseconds) == (codec, 1, 2003)


@pytest.mark.parametrize("codec", FRAMED)
def test_a_worker_renders_nothing_but_the_piece_that_it_was_sent(
    codec: str, tmp_path: Path, executor: executors.Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_stretches_of(1.6, monkeypatch)
    asked, rendered = list[tuple[int, int]](), list[tuple[int, int]]()

    def within(first: int, last: int) -> encoder.Render:
        asked.append((first, last))

        def render(start: int, end: int) -> NDArray[np.float32]:
            rendered.append((start, end))
            assert first <= start and end <= last
            return voices(start, end)

        return render

    sound = Sound(voices, 10 * RATE, RATE, 2, content, within=within)
    encoded(sound, coding(tmp_path / "x.mkv", 2, codec), tmp_path / "track", executor)
    assert len(asked) >= 6 and max(end for _, end in rendered) == 10 * RATE


def test_the_priming_stays_where_the_container_hides_it(tmp_path: Path, executor: executors.Executor) -> None:
    sound = Sound(partial(beep, at=0), RATE, RATE, 1, content)
    for_mp4 = encoded(sound, coding(tmp_path / "x.mp4", 1), tmp_path / "a", executor)
    for_mkv = encoded(sound, coding(tmp_path / "x.mkv", 1), tmp_path / "b", executor)
    assert (for_mp4.lead, for_mkv.lead) == (1024, 0)
    assert file_of(for_mp4).read_bytes().endswith(file_of(for_mkv).read_bytes())


def test_the_same_bytes_however_many_work_at_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_stretches_of(2.0, monkeypatch)
    sound, how = Sound(voices, 8 * RATE, RATE, 2, content), coding(tmp_path / "x.mp4", 2)
    made = []
    for workers in (1, 3):
        with executors.open_executor("threads", workers) as pool:
            track = encoded(sound, how, tmp_path / f"{workers}", pool, workers)
            made.append(file_of(track).read_bytes())
    assert made[0] == made[1]


def test_five_point_one_keeps_its_channels_apart(tmp_path: Path, executor: executors.Executor, any_ffmpeg: str) -> None:
    for codec in ("aac", "ac3", "opus", "flac"):
        sound = Sound(only_centre, RATE, RATE, 6, content)
        heard = decoded(encoded(sound, coding(tmp_path / "x.mkv", 6, codec), tmp_path / codec, executor))
        loud = np.sqrt(np.mean(heard[5000:40000] ** 2, axis=0))
        assert loud[2] > 0.2 and max(np.delete(loud, 2)) < 0.01, codec


def only_centre(start: int, end: int) -> NDArray[np.float32]:
    made = np.zeros((end - start, 6), np.float32)
    made[:, 2] = 0.5 * np.sin(np.arange(start, end) * 0.05)
    return made


# --- cuts -------------------------------------------------------------------------------------------------------


def test_cuts_are_on_packets_and_where_nobody_speaks() -> None:
    busy = [(start * RATE, (start + 9) * RATE) for start in range(0, 600, 10)]  # a second of silence every ten
    pieces = segments(600 * RATE, RATE, 1024, busy)
    assert pieces[0].start == 0 and pieces[-1].end >= 600 * RATE
    for before, after in zip(pieces, pieces[1:], strict=False):
        assert before.end == after.start and after.start % 1024 == 0
        assert not any(start < after.start < end for start, end in busy)
        assert 20 <= (after.end - after.start) / RATE <= 60


def test_where_somebody_always_speaks_the_cut_is_made_all_the_same() -> None:
    assert len(segments(200 * RATE, RATE, 1024, [(0, 200 * RATE)])) == 5


def test_an_edit_moves_only_the_cuts_beside_it() -> None:
    busy = [(start * RATE, (start + 9) * RATE) for start in range(0, 1000, 10)]
    edited = [*busy[:50], (busy[50][0], busy[50][1] + RATE // 2), *busy[51:]]
    cuts = [{piece.start for piece in segments(1000 * RATE, RATE, 1024, spans)} for spans in (busy, edited)]
    assert len(cuts[0] ^ cuts[1]) <= 2


def test_a_short_film_is_one_stretch() -> None:
    assert [(piece.start, piece.end) for piece in segments(100, RATE, 1024)] == [(0, 1024)]


# --- kept stretches ---------------------------------------------------------------------------------------------


def test_an_edit_encodes_again_only_what_it_touches(
    tmp_path: Path, executor: executors.Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_stretches_of(2.0, monkeypatch)
    store, how = Store(tmp_path / "store"), coding(tmp_path / "x.mp4", 2)

    def track(edited: float, name: str) -> bytes:
        sound = Sound(partial(voices, edited=edited), 20 * RATE, RATE, 2, partial(content, edited=edited))
        made = encoder.encode(sound, how, tmp_path / name, executor=executor, ahead=2, store=store)
        return file_of(made).read_bytes()

    first = track(-1.0, "first")
    kept = store.usage().blobs
    assert track(-1.0, "again") == first and store.usage().blobs == kept == 10
    edited = track(10.5, "edited")
    assert edited != first and store.usage().blobs - kept <= 2
    assert edited[:100_000] == first[:100_000]


def test_a_kept_stretch_that_is_damaged_is_encoded_anew(
    tmp_path: Path, executor: executors.Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_stretches_of(2.0, monkeypatch)
    store, how = Store(tmp_path / "store"), coding(tmp_path / "x.mp4", 2)
    sound = Sound(voices, 6 * RATE, RATE, 2, content)
    first = file_of(encoder.encode(sound, how, tmp_path / "a", executor=executor, ahead=2, store=store)).read_bytes()
    for damage in (lambda data: data[:-1], lambda data: b"", lambda data: data[:50] + b"?" + data[51:]):
        blob = sorted((tmp_path / "store" / "blobs").rglob("*.bin"))[0]
        blob.write_bytes(damage(blob.read_bytes()))
        again = encoder.encode(sound, how, tmp_path / "b", executor=executor, ahead=2, store=store)
        assert file_of(again).read_bytes() == first


def test_a_stretch_is_kept_once_for_mp4_and_mkv(tmp_path: Path, executor: executors.Executor) -> None:
    store, sound = Store(tmp_path / "store"), Sound(voices, 3 * RATE, RATE, 2, content)
    for name in ("x.mp4", "x.mkv"):
        encoder.encode(sound, coding(tmp_path / name, 2), tmp_path / "t", executor=executor, ahead=2, store=store)
    assert store.usage().blobs == 1


# --- the rest ---------------------------------------------------------------------------------------------------


def adts(content: bytes) -> bytes:
    length = 7 + len(content)
    return bytes([0xFF, 0xF1, 0x50, 0x80 | length >> 11, length >> 3 & 255, (length & 7) << 5 | 31, 0xFC]) + content


def test_a_stretch_is_handed_on_as_soon_as_its_last_packet_has_come() -> None:
    """An encoder's output comes in pieces that end anywhere; no more of it is held than a stretch."""
    made = [adts(bytes([number]) * (1 + 37 * number % 500)) for number in range(100)]
    whole, come = b"".join(made), list[int]()

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(whole), 11):
            come.append(at)
            yield whole[at : at + 11]

    given = packets.cut(pieces(), Coding("aac", 192), RATE, [3, 10, 11, 90])
    for first, last in ((3, 10), (10, 11), (11, 90)):
        assert next(given) == b"".join(made[first:last])
        assert come[-1] <= len(b"".join(made[:last])) < come[-1] + 11 + len(made[last])
    assert list(given) == []
    assert come[-1] + 11 >= len(whole)


def test_an_encoder_that_gives_too_little_is_an_error() -> None:
    short = [adts(b"x") * 5]
    with pytest.raises(ToolError, match="5 packets of 6"):
        list(packets.cut(short, Coding("aac", 192), RATE, [0, 6]))
    with pytest.raises(ToolError, match="half a packet"):
        list(packets.cut([*short, adts(b"y")[:-1]], Coding("aac", 192), RATE, [0, 5]))


def test_packets_of_every_length_survive_being_packed_for_ogg() -> None:
    sound, how = [b"x", b"y" * 300, b"z" * 8191, b"v"], Coding("opus", 64)
    head = b"OpusHead\1\2\0\0" + bytes(7)
    pieces = [packets.pack(head, sound[:2]), packets.pack(head, sound[2:])]
    made = b"".join(packets.track(pieces, how, RATE, 4 * 960))
    late = packets.priming(how.how)[1]
    assert ogg.packets(made) == [head, ogg.TAGS, *sound[late:]]


def test_what_is_submitted_can_travel() -> None:
    sound = Sound(partial(beep, at=3), 10, RATE, 1, content)
    again, how = pickle.loads(pickle.dumps((sound, Coding("aac", 96))))
    assert how == Coding("aac", 96)
    np.testing.assert_array_equal(again.render(0, 10), sound.render(0, 10))


def test_lossless_codecs_give_the_samples_back(tmp_path: Path, executor: executors.Executor, any_ffmpeg: str) -> None:
    for codec in ("pcm", "flac", "alac"):
        sound = Sound(ramp, RATE, RATE, 1, content)
        track = encoded(sound, coding(tmp_path / "x.mkv", 1, codec), tmp_path / codec, executor)
        np.testing.assert_allclose(decoded(track), ramp(0, RATE), atol=1 / 32_000)


@pytest.mark.long
def test_the_memory_of_an_encoder_does_not_grow_with_the_film(tmp_path: Path) -> None:
    import resource

    with executors.open_executor("threads", 1) as pool:
        sound = Sound(ramp, 3600 * RATE, RATE, 1, content)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        encoded(sound, coding(tmp_path / "x.mkv", 1), tmp_path / "t", pool)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 80_000
