"""IndexTTS web UIs, spoken to as they really answer: presets, recordings, feelings, durations, failures."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from dubber.backends.indextts import IndexTTS
from dubber.errors import BackendError, BackendUnavailable, InputError
from dubber.model import Audio, Line, Phrase, Voice, Window
from tests.servers import coding
from tests.servers.launch import Running, pythons, shared
from tests.servers.recordings import recording

TEXT = "Close the gate before the tide comes in."
PRESET = "女-晓晨-推文配音"


def line(text: str = TEXT, speed: float = 1.0, language: str = "en", **settings: Any) -> Line:
    voice = Voice("indextts", "x", tuple(sorted(settings.items())))
    return Line(1, "x", voice, (Phrase(1, Window(0, 2000), text),), language, speed)


def says(audio: Audio, voice: str, text: str) -> bool:
    return coding.carries(audio.samples, audio.rate, voice, text)


@pytest.fixture(params=pythons())
def bundle(request: pytest.FixtureRequest) -> Running:
    return shared("indextts", gradio=request.param)


@pytest.fixture
def second() -> Running:
    return shared("indextts", "--flavour", "2.5", "--language", "en")


@pytest.fixture
def open_(request: pytest.FixtureRequest) -> Any:
    def open_(server: Running, **more: Any) -> IndexTTS:
        backend = IndexTTS(servers=(server.url,), **more)
        request.addfinalizer(backend.close)
        return backend

    return open_


def test_a_preset_speaks_with_its_own_voice(bundle: Running, open_: Any) -> None:
    backend = open_(bundle)
    for text in (TEXT, "Not so loud."):
        assert says(backend.synthesize(line(text, preset=PRESET)), PRESET, text)


def test_a_recording_of_this_computer_speaks(bundle: Running, open_: Any, tmp_path: Path) -> None:
    backend = open_(bundle)
    for name in ("anna", "bob"):
        mine = recording(tmp_path / f"{name}.flac", name, seconds=4.0, rate=44_100)
        assert says(backend.synthesize(line(reference=mine)), name, TEXT)


def test_a_recording_that_the_server_lost_is_sent_anew_with_the_next_try(
    bundle: Running, open_: Any, tmp_path: Path
) -> None:
    """It is sent with the first line alone; some servers clear their folders now and then (delete_cache)."""
    backend = open_(bundle)
    mine = recording(tmp_path / "anna.wav", "anna", seconds=3.0 + time.time_ns() % 1e9 / 1e9)  # unlike all others
    assert says(backend.synthesize(line(reference=mine)), "anna", TEXT)
    (sent,) = (bundle.folder / "gradio").rglob(backend.reference(mine).path.name)
    sent.unlink()
    with pytest.raises(BackendError):
        backend.synthesize(line(reference=mine))
    assert says(backend.synthesize(line(reference=mine)), "anna", TEXT)


def test_presets_are_listed_without_the_placeholder(bundle: Running, open_: Any) -> None:
    assert PRESET in open_(bundle).voices()
    assert "请选择预设样音" not in open_(bundle).voices()


def test_a_preset_that_is_not_there_is_named_with_its_neighbours(bundle: Running, open_: Any) -> None:
    with pytest.raises(InputError, match="男-云希-推文配音"):
        open_(bundle).synthesize(line(preset="男-云希"))


def test_a_recording_becomes_a_preset_and_goes_again(open_: Any, tmp_path: Path) -> None:
    server = shared("indextts")
    backend = open_(server)
    backend.add_voice("carla", recording(tmp_path / "any.wav", "carla"))
    assert says(backend.synthesize(line(preset="carla")), "carla", TEXT)


def test_a_preset_that_came_since_the_server_started_is_told_or_known(
    bundle: Running, open_: Any, tmp_path: Path
) -> None:
    """gradio 5 and newer tell no new session of it; gradio 4 asks nobody."""
    told = open_(bundle).add_voice("dora", recording(tmp_path / "any.wav", "dora"))
    later = open_(bundle)
    if later.check() is None and later.server.version.startswith("4."):
        assert told == "" and says(later.synthesize(line(preset="dora")), "dora", TEXT)
        return
    assert "after a restart of the server" in told
    with pytest.raises(InputError, match="known after its restart: until then set reference"):
        later.synthesize(line(preset="dora"))
    assert says(later.synthesize(line(preset=PRESET)), PRESET, TEXT)


@pytest.mark.parametrize(
    ("fault", "said"),
    [("raise", "console"), ("status", "生成失败"),
        ("warn", "not loaded"), ("silence", "silence"), ("second", "silence"),
     ("empty", "no s"), ("garbage", "no sound")],
)  # fmt: skip
def test_a_line_that_comes_back_without_sound_is_to_be_tried_again(
    bundle: Running, open_: Any, fault: str, said: str
) -> None:
    backend = open_(bundle)
    text = f"{TEXT} FAULT {fault} once"
    with pytest.raises(BackendError, match=said) as failure:
        backend.synthesize(line(text, preset=PRESET))
    assert not isinstance(failure.value, BackendUnavailable)
    assert says(backend.synthesize(line(TEXT, preset=PRESET)), PRESET, TEXT)


def test_upstream_1_5_has_no_status_and_no_presets(open_: Any, tmp_path: Path) -> None:
    backend = open_(shared("indextts", "--flavour", "1.5"))
    assert says(backend.synthesize(line(reference=recording(tmp_path / "a.wav", "anna"))), "anna", TEXT)
    assert list(backend.voices()) == []
    with pytest.raises(InputError, match="no emotion"):
        backend.synthesize(line(reference=tmp_path / "a.wav", emotion="vector", emotion_vector=(0.0,) * 8))


def test_version_2_5_reads_faster_when_it_is_asked_to(second: Running, open_: Any, tmp_path: Path) -> None:
    backend = open_(second)
    mine = recording(tmp_path / "a.wav", "anna")
    natural = backend.synthesize(line(reference=mine, duration_factor=1.0))
    hurried = backend.synthesize(line(reference=mine, duration_factor=1.0, speed=1.6))
    assert natural.milliseconds / hurried.milliseconds == pytest.approx(1.6, abs=0.01)
    assert IndexTTS.speeds(line(duration_factor=1.0).voice) == (0.5, 2.0)
    assert IndexTTS.speeds(line().voice) == (1.0, 1.0)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("flavour", ["2", "2.5"])
def test_version_2_feels_in_any_language_of_its_buttons(
    open_: Any, tmp_path: Path, flavour: str, language: str
) -> None:
    backend = open_(shared("indextts", "--flavour", flavour, "--language", language))
    mine, sad = recording(tmp_path / "a.wav", "anna"), recording(tmp_path / "s.wav", "sad bob")
    vector = (0.0, 0.0, 0.8, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert says(backend.synthesize(line(reference=mine)), "anna", TEXT)
    heard = backend.synthesize(line(reference=mine, emotion="vector", emotion_vector=vector))
    assert says(heard, "anna", f"(sad){TEXT}")
    heard = backend.synthesize(line(reference=mine, emotion="reference", emotion_reference=sad))
    assert says(heard, "anna", f"(as {coding.voice_number('sad bob')}){TEXT}")
    heard = backend.synthesize(line(reference=mine, emotion="text", emotion_text="hopeful"))
    assert says(heard, "anna", f"(feeling hopeful){TEXT}")
    assert says(backend.synthesize(line(reference=mine)), "anna", TEXT)


def preset(name: str) -> str:
    """A name that no other test has: they share one server."""
    return f"{name}_{time.time_ns()}"


def test_a_preset_of_the_upstream_page_is_added_listed_used_and_removed(
    second: Running, open_: Any, tmp_path: Path
) -> None:
    """A session that came later has to be told of it before it may name it."""
    backend, name = open_(second), preset("hero")
    backend.add_voice(name, recording(tmp_path / "any.wav", "hero"))
    assert name in backend.voices()
    assert says(backend.synthesize(line(preset=name)), "hero", TEXT)
    assert says(open_(second).synthesize(line(preset=name)), "hero", TEXT)
    with pytest.raises(InputError, match=f"did you mean {name}"):
        open_(second).preflight(line(preset=f"{name}x"))
    backend.remove_voice(name)
    assert name not in backend.voices()
    with pytest.raises(InputError, match="deletes no preset"):
        backend.remove_voice(name)


def test_a_name_that_the_upstream_page_would_change_is_told(second: Running, open_: Any, tmp_path: Path) -> None:
    """It makes blanks into _: the profile, and whoever asks what would be replaced, would know another name."""
    with pytest.raises(InputError, match="'hero_one'.*add it by that name"):
        open_(second).add_voice("hero one", recording(tmp_path / "any.wav", "hero"))
    assert not {"hero one", "hero_one"} & set(open_(second).voices())


def test_a_preset_of_the_upstream_page_speaks_as_it_was_saved_unless_the_voice_says_otherwise(
    second: Running, open_: Any, tmp_path: Path
) -> None:
    backend, name = open_(second), preset("sad")
    mine = recording(tmp_path / "any.wav", "hero")
    values = {"name": name, "prompt_audio": mine, "emo_control_method": "Use emotion vectors", "vec3": 0.7}
    backend.call("on_preset_save", values)
    later = open_(second)
    assert says(later.synthesize(line(preset=name)), "hero", f"(sad){TEXT}")
    words: dict[str, Any] = {"emotion": "text", "emotion_text": "lost"}  # loading the preset has taken this choice away
    assert says(later.synthesize(line(preset=name, **words)), "hero", f"(feeling lost){TEXT}")
    assert says(later.synthesize(line(preset=name)), "hero", f"(sad){TEXT}")


def test_an_older_page_keeps_no_presets(open_: Any, tmp_path: Path) -> None:
    backend = open_(shared("indextts", "--flavour", "2", "--language", "en"))
    assert list(backend.voices()) == []
    with pytest.raises(InputError, match="keeps no presets"):
        backend.add_voice("hero", recording(tmp_path / "any.wav", "hero"))
    with pytest.raises(InputError, match="reference"):
        backend.preflight(line(preset="hero"))


@pytest.mark.parametrize("flavour", ["1.5", "2", "2.5"])
def test_every_call_of_a_page_is_found_with_its_parameters(open_: Any, tmp_path: Path, flavour: str) -> None:
    """The upstream pages speak through /gen_single, of which the bundle's document knows nothing."""
    backend = open_(shared("indextts", "--flavour", flavour, "--language", "en"))
    (speaks,) = (one for one in backend.discovered() if one.name == "/gen_single")
    assert {"prompt", "text"} <= set(speaks.fields) and speaks.fields["text"].setting.about is not None
    known = {one.name for one in backend.endpoints()} | {one.name for one in backend.discovered()}
    assert known >= set(backend.offered())
    values = {"prompt": recording(tmp_path / "a.wav", "anna"), "text": TEXT}
    if flavour != "1.5":
        values["emo_control_method"] = "Use text description to control emotion"
    heard = backend.call("gen_single", values)
    assert says(heard, "anna", TEXT if flavour == "1.5" else f"(feeling ){TEXT}")


def test_the_session_of_a_server_that_came_back_is_told_its_choices_anew(tmp_path: Path) -> None:
    mine = recording(tmp_path / "a.wav", "anna")
    with Running("indextts", "--flavour", "2", "--language", "en") as server:
        server.ready()
        backend = IndexTTS(servers=(server.url,))
        words: dict[str, Any] = {"reference": mine, "emotion": "text", "emotion_text": "calm"}
        assert says(backend.synthesize(line(**words)), "anna", f"(feeling calm){TEXT}")
        server.kill()
        server.restart()
        server.ready()
        assert says(backend.synthesize(line(**words)), "anna", f"(feeling calm){TEXT}")
        backend.close()


def test_the_language_of_the_line_is_chosen(second: Running, open_: Any, tmp_path: Path) -> None:
    mine = recording(tmp_path / "a.wav", "anna")
    text = "IN THE LANGUAGE AR."
    assert says(open_(second).synthesize(line(text, language="ar-EG", reference=mine)), "anna", text)
    with pytest.raises(InputError, match="does not speak fr"):
        open_(second).synthesize(line(language="fr", reference=mine))


def test_a_reference_that_is_too_long_or_no_recording_is_told_before_anything_is_sent(
    second: Running, open_: Any, tmp_path: Path
) -> None:
    backend = open_(second)
    with pytest.raises(InputError, match="lasts 16.0 s"):
        backend.synthesize(line(reference=recording(tmp_path / "long.wav", "anna", seconds=16.0)))
    (tmp_path / "note.txt").write_text("not a sound")
    for wrong in (tmp_path / "note.txt", tmp_path / "missing.wav", tmp_path):
        with pytest.raises(InputError, match=wrong.name):
            backend.synthesize(line(reference=wrong))


def test_a_setting_that_this_version_lacks_is_named(second: Running, open_: Any, tmp_path: Path) -> None:
    mine = recording(tmp_path / "a.wav", "anna")
    with pytest.raises(InputError, match="bucket_size"):
        open_(second).synthesize(line(reference=mine, bucket_size=4))
    every: dict[str, Any] = {
        "do_sample": True, "top_p": 0.7, "top_k": 20, "temperature": 0.9, "length_penalty": 0.5, "num_beams": 2,
        "repetition_penalty": 5.0, "max_mel_tokens": 700, "max_text_tokens": 60,
    }  # fmt: skip
    assert says(open_(second).synthesize(line(reference=mine, **every)), "anna", TEXT)


def test_a_server_that_dies_and_returns_speaks_on() -> None:
    with Running("indextts", "--die-after", "2") as server:
        server.ready()
        backend = IndexTTS(servers=(server.url,))
        assert says(backend.synthesize(line(preset=PRESET)), PRESET, TEXT)
        with pytest.raises(BackendError, match="broke off") as failure:
            backend.synthesize(line(preset=PRESET))
        assert not isinstance(failure.value, BackendUnavailable)
        with pytest.raises(BackendUnavailable, match="nobody answers"):
            backend.synthesize(line(preset=PRESET))
        server.restart("--die-after", "0")
        server.ready()
        assert says(backend.synthesize(line(preset=PRESET)), PRESET, TEXT)
        backend.close()


def test_another_web_ui_is_told_what_it_is(open_: Any) -> None:
    with pytest.raises(BackendUnavailable, match="a saved-voice web UI"):
        open_(shared("voicelibrary")).synthesize(line(preset=PRESET))
