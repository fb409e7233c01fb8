"""Takes in, takes out: what comes from a voice server is heard, cut and resampled as it sounds."""

from __future__ import annotations

import io
import struct
import wave

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from dubber.media.audio import decode, excerpt, fade, level, resample, without_dc
from dubber.media.speech import pauses, speech_span
from dubber.media.wav import encode_wav
from dubber.model import Audio, Span

RATE = 24_000


def tone(seconds: float, rate: int = RATE, hertz: float = 440.0, loud: float = 0.3) -> np.ndarray:
    return (loud * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def hush(seconds: float, rate: int = RATE, noise: float = 0.0) -> np.ndarray:
    return np.random.default_rng(3).normal(0, noise, round(seconds * rate)).astype(np.float32)


def wav(samples: np.ndarray, subtype: str, form: str = "WAV") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, subtype=subtype, format=form)
    return file.getvalue()


def error_of(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).max())


# --- decoding ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["WAV", "WAVEX", "RF64"])
@pytest.mark.parametrize(
    ("subtype", "exact"),
    [("PCM_U8", 1e-2), ("PCM_16", 1e-4), ("PCM_24", 1e-6), ("PCM_32", 1e-6), ("FLOAT", 0), ("DOUBLE", 1e-7)],
)
def test_every_kind_of_wav_is_heard_as_it_was_spoken(form: str, subtype: str, exact: float) -> None:
    sound = tone(0.2)
    heard = decode(wav(sound, subtype, form))
    assert heard.rate == RATE
    assert heard.samples.dtype == np.float32
    assert error_of(heard.samples, sound) <= exact


@pytest.mark.parametrize("subtype", ["ALAW", "ULAW", "MS_ADPCM", "IMA_ADPCM"])
def test_telephone_codecs_in_a_wav_are_heard(subtype: str) -> None:
    heard = decode(wav(tone(0.5), subtype))
    assert level(heard.samples) == pytest.approx(level(tone(0.5)), abs=0.3)


@pytest.mark.parametrize(("form", "subtype"), [("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", None)])
def test_compressed_answers_are_heard_whatever_their_name(form: str, subtype: str | None) -> None:
    file = io.BytesIO()
    soundfile.write(file, tone(0.5), RATE, format=form, subtype=subtype)
    heard = decode(file.getvalue())
    assert level(heard.samples) == pytest.approx(level(tone(0.5)), abs=0.5)
    assert heard.milliseconds == pytest.approx(500, abs=80)


def test_stereo_becomes_mono() -> None:
    both = np.stack([tone(0.1), np.zeros(2400, np.float32)], axis=1)
    assert error_of(decode(wav(both, "FLOAT")).samples, tone(0.1) / 2) < 1e-6


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0x7FFFF000, 0xFFFFFFFF, 0x80000000 - 36])
def test_a_stream_that_did_not_know_its_length_is_heard_whole(size: int) -> None:
    data = bytearray(wav(tone(0.2), "PCM_16"))
    data[40:44] = struct.pack("<I", size)
    assert len(decode(bytes(data)).samples) == 4800


def test_a_header_that_promises_more_is_a_cut_off_take() -> None:
    data = wav(tone(0.2), "PCM_16")
    with pytest.raises(ValueError, match="cut off"):
        decode(data[:-2000])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"<html>502 Bad Gateway</html>",
        b"RIFF\0\0\0\0WAVE",
        b"RIFF\0\0\0\0WAVEfmt \2\0\0\0\1\0",
        b"\0" * 5000,
    ],
)
def test_what_is_no_sound_says_so(data: bytes) -> None:
    with pytest.raises(ValueError, match="sound|WAV|empty"):
        decode(data)


def test_the_words_of_an_answer_that_is_no_sound_are_shown() -> None:
    with pytest.raises(ValueError, match="quota exceeded"):
        decode(b'{"error": "quota exceeded"}')


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_samples_that_are_no_numbers_are_refused(bad: float) -> None:
    sound = tone(0.1)
    sound[50] = bad
    with pytest.raises(ValueError, match="no numbers"):
        decode(encode_wav(Audio(sound, RATE), bits=32))


def test_no_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="no samples"):
        decode(encode_wav(Audio(np.zeros(0, np.float32), RATE)))


@given(st.binary(max_size=200), st.integers(0, 60))
def test_no_bytes_whatever_raise_anything_but_valueerror(noise: bytes, place: int) -> None:
    data = wav(tone(0.01), "PCM_16")
    try:
        heard = decode(data[:place] + noise + data[place + len(noise) :])
    except ValueError as error:
        assert str(error), "it says why"
    else:
        assert heard.samples.dtype == np.float32 and np.isfinite(heard.samples).all() and heard.rate > 0


def test_what_is_encoded_is_decoded_bit_for_bit() -> None:
    sound = np.random.default_rng(0).normal(0, 0.5, 999).astype(np.float32)
    assert np.array_equal(decode(encode_wav(Audio(sound, 44_100), bits=32)).samples, sound)


def test_what_we_write_is_16_bit_pcm_which_every_program_opens() -> None:
    sound = np.random.default_rng(0).uniform(-1, 1, 999).astype(np.float32)
    data = encode_wav(Audio(sound, 44_100))
    with wave.open(io.BytesIO(data)) as file:  # which opens nothing else
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()) == (1, 2, 44_100, 999)
    once = decode(data)
    assert abs(once.samples - sound).max() <= 0.5 / 32768 + 1e-7
    assert encode_wav(once) == data


def test_what_is_too_loud_for_16_bits_is_not_turned_over() -> None:
    loud = decode(encode_wav(Audio(np.array([1.5, -1.5, 0.5], np.float32), 8_000))).samples
    assert loud.tolist() == pytest.approx([1.0, -1.0, 0.5], abs=1e-4)


# --- speech and silence -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("gain", [1.0, 0.01])
@pytest.mark.parametrize("rate", [8000, 24_000, 44_100])
@pytest.mark.parametrize("noise", [0.0, 0.0005])
def test_the_silence_around_the_speech_is_found_at_any_level(gain: float, rate: int, noise: float) -> None:
    sound = np.concatenate([hush(0.3, rate), tone(0.8, rate), hush(0.5, rate)])
    sound = gain * (sound + hush(1.6, rate, noise)[: len(sound)])
    span = speech_span(Audio(sound, rate))
    assert span is not None
    assert span.start == pytest.approx(299, abs=2.5)
    assert 1100 <= span.end <= 1122


def test_a_soft_onset_is_kept() -> None:
    f = np.random.default_rng(0).normal(0, 0.004, RATE // 10).astype(np.float32)  # 37 dB under the vowel
    span = speech_span(Audio(np.concatenate([hush(0.2), f, tone(0.5), f, hush(0.2)]), RATE))
    assert span is not None
    assert span.start == pytest.approx(200, abs=2)
    assert span.end == pytest.approx(900, abs=16)


def test_a_breath_is_kept_whole_or_left_out_whole() -> None:
    breath = fade(np.random.default_rng(0).normal(0, 0.003, RATE // 4).astype(np.float32), RATE, 60, 60)
    near = speech_span(Audio(np.concatenate([hush(0.1), breath, hush(0.03), tone(0.5)]), RATE))
    far = speech_span(Audio(np.concatenate([hush(0.1), breath, hush(0.2), tone(0.5)]), RATE))
    assert near is not None
    assert near.start < 122  # it fades in over 60 ms
    assert far is not None
    assert far.start == pytest.approx(550, abs=2)


def test_a_click_before_the_speech_is_not_its_start() -> None:
    click = np.zeros(RATE // 2, np.float32)
    click[1000:1030] = 0.9
    span = speech_span(Audio(np.concatenate([click, tone(0.5)]), RATE))
    assert span is not None
    assert span.start == pytest.approx(500, abs=2)


@pytest.mark.parametrize("sound", [hush(1.0), hush(1.0) + 0.2, np.zeros(0, np.float32)])
def test_silence_and_dc_hold_no_speech(sound: np.ndarray) -> None:
    assert speech_span(Audio(sound, RATE)) is None


def test_a_long_inner_silence_is_a_pause_and_a_short_one_is_not() -> None:
    sound = np.concatenate([tone(0.5), hush(0.1), tone(0.5), hush(0.6), tone(0.5), hush(0.3)])
    (pause,) = pauses(Audio(sound + hush(2.5, noise=1e-5)[: len(sound)], RATE))
    assert 1100 <= pause.start <= 1120
    assert 1690 <= pause.end <= 1700


def test_a_breath_in_a_pause_is_not_a_silence() -> None:
    breath = np.random.default_rng(0).normal(0, 0.003, RATE // 2).astype(np.float32)
    sound = np.concatenate([tone(0.5), hush(0.05), breath, hush(0.05), tone(0.5)])
    assert pauses(Audio(sound, RATE)) == ()


# --- cutting, fading, resampling --------------------------------------------------------------------------------


def test_a_pause_cut_out_shortens_a_take_by_just_that_and_leaves_no_click() -> None:
    sound = np.concatenate([tone(0.5), hush(0.6), tone(0.5)])
    piece = excerpt(Audio(sound, RATE), Span(0, 1600), [Span(520, 1020)])
    assert len(piece) == round(1.1 * RATE)
    assert np.abs(np.diff(piece)).max() <= np.abs(np.diff(tone(0.5))).max() + 1e-3
    assert error_of(piece[-RATE // 2 :], tone(0.5)) < 1e-3


def test_two_cuts_and_one_outside_the_source() -> None:
    sound = Audio(np.concatenate([tone(0.2), hush(0.4), tone(0.2), hush(0.4), tone(0.2)]), RATE)
    cut = [Span(250, 450), Span(850, 1000), Span(1500, 1600)]
    assert len(excerpt(sound, Span(100, 1400), cut)) == round(0.95 * RATE)


def test_a_fade_begins_and_ends_in_silence_and_leaves_the_middle() -> None:
    sound = np.full(RATE, 0.5, np.float32)
    faded = fade(sound, RATE)
    assert abs(faded[0]) < 1e-3
    assert abs(faded[-1]) < 1e-3
    assert np.array_equal(faded[200:-200], sound[200:-200])


def test_dc_is_taken_out() -> None:
    assert abs(without_dc((tone(1.0) + 0.1).astype(np.float32)).mean()) < 1e-6


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 22_050, 24_000, 44_100])
def test_a_take_of_any_rate_keeps_its_place_and_its_pitch(rate: int) -> None:
    sound = np.concatenate([np.zeros(rate // 10), tone(0.4, rate), np.zeros(rate // 10)]).astype(np.float32)
    there = resample(Audio(sound, rate), 48_000)
    assert len(there.samples) == round(len(sound) * 48_000 / rate)
    begin = rate // 10 / rate
    times = np.arange(8000, 20_000) / 48_000 - begin
    assert error_of(there.samples[8000:20_000], 0.3 * np.sin(2 * np.pi * 440 * times)) < 0.005
