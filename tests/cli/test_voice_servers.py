"""`dub voices` and `dub server` on the test server of each voice system, as a person types them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dubber.backends import find
from dubber.media.audio import decode
from dubber.schema import REQUIRED
from tests.servers import coding
from tests.servers.casts import CASTS, House, OnServer
from tests.servers.gptsovits_api import GptSovitsApi
from tests.servers.higgs302 import KEY
from tests.servers.recordings import recording
from tests.typed import Dub

TEXT = "Close the gate before the tide comes in."
KNOWN = {  # names that each server offers
    "indextts": ["男-子涵-深沉男声"], "voicelibrary": ["Lei.pt", "叶奈法.pt"], "openai": ["af_heart"], "higgs302": [],
    "gptsovits": ["SoVITS_weights_v2/anna_e8_s96.pth", "GPT_weights_v2/bob-e15.ckpt"],
}  # fmt: skip
SPOKEN = {  # the document's synthesis, as it is typed; the voice that is heard
    "indextts": ("gen_single_with_status prompt=marta.wav", "mara"),
    "voicelibrary": ("infer name=Lei.pt speed=1.25", "Lei.pt"),
    "gptsovits": (
        "inference ref_audio_path=marta.wav text_lang=英文 prompt_lang=英文 keep_random=false seed=3",
        "mara",
    ),
    "openai": ("speech voice=bf_emma response_format=flac", "bf_emma"),
}


@pytest.fixture(autouse=True)
def key(keyless: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUB_302AI_127_0_0_1_KEY", KEY)


@pytest.fixture(scope="module", params=sorted(CASTS))
def cast(request: pytest.FixtureRequest) -> OnServer:
    return CASTS[request.param]


@pytest.fixture(scope="module")
def house(cast: OnServer) -> Iterator[House]:
    with ExitStack() as stack:
        yield cast.start(stack)


@pytest.fixture
def profile(cast: OnServer, house: House, tmp_path: Path) -> Path:
    return cast.profile(tmp_path, [house])


def heard(path: Path) -> tuple[int, int] | None:
    sound = decode(path.read_bytes())
    return coding.decode(sound.samples, sound.rate)


def test_the_voices_are_those_of_the_profile_s_servers(cast: OnServer, profile: Path, dub: Dub) -> None:
    said = dub("voices", "list", cast.backend, "-p", profile)
    assert said.status == 0, said.err
    assert set(KNOWN[cast.backend]) <= set(said.out.splitlines())
    said = dub("voices", profile)
    assert all(name in said.out for name in ("narrator", "marta", "jonas"))


def test_a_voice_of_the_profile_can_be_tried(cast: OnServer, profile: Path, dub: Dub, tmp_path: Path) -> None:
    said = dub("voices", "say", "marta", TEXT, "-o", "x.wav", "-l", "en", "-p", profile)
    assert said.status == 0, said.err
    assert heard(tmp_path / "x.wav") == cast.heard("MARTA", TEXT)


def test_a_recording_becomes_a_voice_and_goes_only_when_that_is_meant(
    cast: OnServer, profile: Path, dub: Dub, tmp_path: Path
) -> None:
    recording(tmp_path / "zoe.wav", "zoe")
    said = dub("voices", "add", "zoe", "zoe.wav", "--backend", cast.backend, "-p", profile)
    if cast.backend not in ("indextts", "voicelibrary"):
        assert said.status == 2 and "cannot keep voices" in said.err
        return
    assert said.status == 0, said.err
    assert ("after a restart of the server" in said.out) == (cast.backend == "indextts")
    setting = {"indextts": "preset", "voicelibrary": "saved"}[cast.backend]
    pairs = ("--set", f"voices.marta.{setting}=zoe")
    said = dub("voices", "say", "marta", TEXT, "-o", "x.wav", "-l", "en", "-p", profile, *pairs)
    name = "zoe"
    if cast.backend == "indextts" and said.status:  # gradio 5 and newer take what the server had when it started
        assert said.status == 2 and "after its restart" in said.err
        name = "0000"
    else:
        assert said.status == 0, said.err
        assert heard(tmp_path / "x.wav") == (coding.voice_number("zoe"), coding.text_number(TEXT))
        assert cast.backend == "indextts" or "zoe.pt" in dub("voices", "list", cast.backend, "-p", profile).out

    gone = ("voices", "remove", name, "--backend", cast.backend, "-p", profile)
    said = dub(*gone)  # nobody is there to say yes
    assert said.status == 2 and "nothing removed" in said.err
    said = dub(*gone, "--yes")
    if cast.backend == "voicelibrary":  # its document has no call for that
        assert said.status == 2 and "cannot remove voices" in said.err
        return
    assert said.status == 0, said.err
    pairs = ("--set", f"voices.marta.{setting}={name}")
    assert dub("voices", "say", "marta", TEXT, "-o", "y.wav", "-l", "en", "-p", profile, *pairs).status


def test_every_call_is_listed_with_its_parameters_their_meaning_range_and_default(
    cast: OnServer, profile: Path, dub: Dub
) -> None:
    said = dub("server", cast.backend, "-p", profile)
    assert said.status == 0, said.err
    backend = find(cast.backend)()
    for one in backend.endpoints():
        assert f"{one.name}  {one.about}" in said.out
        for key, field in one.fields.items():
            row = next(row for row in said.out.splitlines() if row.startswith(f"    {key}: {field.setting.about} ("))
            assert ("required" if field.default is REQUIRED else f"default {field.default!r}") in said.out
            assert field.setting.allowed in said.out, row
    backend.close()


def test_the_synthesis_of_the_document_can_be_called_and_its_sound_saved(
    cast: OnServer, profile: Path, dub: Dub, tmp_path: Path
) -> None:
    if cast.backend == "higgs302":
        words = ["clone", f"input_text={TEXT}", "recordings=marta.wav", "ref_audio_text=a recording"]
        said = dub("server", "higgs302", *words, "-p", profile, "--json")
        task = json.loads(said.out)["task_id"]
        call, voice = f"clone_task task_id={task} sound=true", "mara"
        words = call.split()
    else:
        call, voice = SPOKEN[cast.backend]
        words = [*call.split(), f"{'input' if cast.backend == 'openai' else 'text'}={TEXT}"]
    said = dub("server", cast.backend, *words, "-o", "x.wav", "-p", profile)
    assert said.status == 0, said.err
    assert json.loads(said.out)["audio"] == "x.wav"
    found = heard(tmp_path / "x.wav")
    assert found and found[1] == coding.text_number(TEXT)
    if cast.backend != "gptsovits":  # whose voice is made of weights too: its own tests say which
        assert found[0] == coding.voice_number(voice)


def test_a_value_out_of_range_is_refused_before_anything_is_asked(cast: OnServer, profile: Path, dub: Dub) -> None:
    wrong = {
        "indextts": ("gen_single_with_status", "prompt=marta.wav", "text=x", "param_8=9"),
        "voicelibrary": ("infer", "text=x", "speed=9"),
        "gptsovits": ("inference", "ref_audio_path=marta.wav", "speed_factor=9"),
        "higgs302": ("clone", "input_text=x", "ref_audio_text=a", "temperature=9"),
        "openai": ("speech", "input=x", "voice=af_heart", "speed=9"),
    }[cast.backend]
    said = dub("server", cast.backend, *wrong, "-p", profile)
    assert said.status == 2 and wrong[-1].partition("=")[0] in said.err and " to " in said.err
    said = dub("server", cast.backend, wrong[0], "nonsense=1", "-p", profile)
    assert said.status == 2 and "no such parameter" in said.err


def test_api_v2_has_calls_of_its_own(dub: Dub, tmp_path: Path) -> None:
    with GptSovitsApi() as server:
        door = ("--server", server.url, "--set", "backends.gptsovits.api=api_v2")
        said = dub("server", "gptsovits", *door)
        assert "/tts" in said.out and "/set_gpt_weights" in said.out and "/inference" not in said.out
        assert "control" not in said.out
        assert dub("server", "gptsovits", "set_sovits_weights", "weights_path=weights/a.pth", *door).status == 0
        assert server.loaded["sovits"] == "weights/a.pth"
        values = (f"text={TEXT}", "text_lang=en", "prompt_lang=en", "ref_audio_path=refs/anna.wav", "seed=5")
        said = dub("server", "gptsovits", "tts", *values, "-o", "x.wav", *door)
        assert said.status == 0, said.err
        assert heard(tmp_path / "x.wav") == (coding.voice_number("weights/a.pth+base+anna"), coding.text_number(TEXT))
