"""The tests' own ear: it must hear through all that a dub does to a voice."""

from __future__ import annotations

import subprocess

import imageio_ffmpeg
import numpy as np
import pytest

from tests.servers.coding import RATE, carries, decode, encode, text_number, voice_number

TEXT = "Close the gate before the tide comes in."


@pytest.mark.parametrize("voice", ["anna", "bob", "zf_xiaoxiao", "SPEAKER0"])
@pytest.mark.parametrize("text", [TEXT, "Yes.", "你好，世界。"])
def test_what_was_spoken_is_heard(voice: str, text: str) -> None:
    for rate in (8000, 16000, RATE, 44100):
        assert decode(encode(voice, text, 0.4, rate), rate) == (voice_number(voice), text_number(text))


def test_a_voice_is_heard_above_a_quieter_bed_of_noise_and_another_voice() -> None:
    bed = np.random.default_rng(1).normal(0, 0.03, 2 * RATE) + 0.4 * encode("bob", "Other words.", 2.0)
    assert carries(encode("anna", TEXT, 2.0) + bed.astype(np.float32), RATE, "anna", TEXT)


def test_silence_noise_and_music_say_nothing() -> None:
    for seed in range(50):
        assert decode(np.random.default_rng(seed).normal(0, 0.1, RATE).astype(np.float32), RATE) is None
    assert decode(np.zeros(RATE, np.float32), RATE) is None


@pytest.mark.parametrize("chain", ["atempo=1.5", "atempo=0.67", "aresample=48000,atempo=1.25"])
def test_a_stretched_and_compressed_voice_is_still_heard(chain: str) -> None:
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    sound = (encode("anna", TEXT, 1.5) * 32767).astype("<i2").tobytes()
    raw = ["-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "pipe:0"]
    command = [ffmpeg, "-v", "error", *raw, "-af", chain, "-c:a", "aac", "-b:a", "64k", "-f", "adts", "pipe:1"]
    small = subprocess.run(command, input=sound, capture_output=True, check=True).stdout
    back = [ffmpeg, "-v", "error", "-f", "aac", "-i", "pipe:0", "-f", "f32le", "-ac", "1", "-ar", "48000", "-"]
    heard = subprocess.run(back, input=small, capture_output=True, check=True).stdout
    assert carries(np.frombuffer(heard, "<f4"), 48_000, "anna", TEXT)
