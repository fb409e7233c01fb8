"""A take is used while what spoke it would speak it now; what something else spoke is made anew, and said."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dubber.config.profile import load
from dubber.files.store import Store
from dubber.job import pipeline
from dubber.job.job import Job, Outcome
from dubber.model import Edit, Event, Take, Voice
from dubber.synthesis import identity
from dubber.synthesis.identity import Identities
from dubber.synthesis.preflight import preflight
from dubber.synthesis.synthesize import synthesize
from tests.films import film
from tests.hearing import RATE, decode, envelope
from tests.houses import House, Hum, build_street, hum, line

Street = dict[str, House]
MODELS: dict[str, str] = {}  # what each house of the street says that it is; one that is not here does not answer
PROFILE = """
[voices.a]
backend = "hum"
[casting]
narrator = "a"
pool = ["a"]
[mixing]
bed = "none"
"""
WORDS = "1\n00:00:00,200 --> 00:00:01,400\nThe tide is late.\n\n2\n00:00:01,600 --> 00:00:02,900\nIt always was.\n"


def says(self: Hum, voice: Voice) -> str:
    from dubber.errors import BackendUnavailable

    where = next(name for name, house in STREET.items() if house is self.house)
    if where not in MODELS:
        raise BackendUnavailable("nobody answers there", where=where)
    return MODELS[where]


STREET: Street = {}


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Street]:
    monkeypatch.setattr(Hum, "identity", says)
    MODELS.clear()
    MODELS["one"] = "hum 1"
    for built in build_street(tmp_path, monkeypatch):
        STREET.clear()
        built["two"] = House()
        STREET.update(built)
        yield built


def dub(folder: Path, *servers: str, told: list[Event] | None = None, **more: object) -> Outcome:
    path, words = folder / "hum.toml", folder / "words.srt"
    path.write_text(PROFILE)
    words.write_text(WORDS)
    profile = replace(load(str(path), environ={}), backends={"hum": {"servers": servers or ("one",)}})
    job = Job(
        film(folder, "mkv", seconds=3), profile, (words,), output=folder / "out.mkv",
        overwrite=True, store=folder / "store", **more,  # type: ignore[arg-type]
    )  # fmt: skip
    return pipeline.run(job, (told if told is not None else []).append)


def counts(outcome: Outcome) -> tuple[int, int, int]:
    """Takes that are new, stored, and of unknown origin."""
    version = outcome.report.versions[0]
    return version.fresh, version.stored, len(version.unknown)


def notes(told: list[Event]) -> str:
    return "\n".join(event.message for event in told if event.kind == "note")


def test_a_take_says_what_spoke_it_and_is_used_while_that_is_there(street: Street, tmp_path: Path) -> None:
    first = dub(tmp_path)
    assert counts(first) == (2, 0, 0)
    assert first.report.versions[0].spoken_by == {"hum 1": 2}
    assert counts(dub(tmp_path)) == (0, 2, 0)


def test_another_model_at_the_same_address_speaks_every_line_anew_and_the_film_sounds_of_it(
    street: Street, tmp_path: Path
) -> None:
    """The new takes are as long as the old ones; nothing that is kept of these, stretched or encoded, is used again."""
    street["one"].rule = lambda line, number: hum(line.text, PITCHES[MODELS["one"]])
    dub(tmp_path)
    assert heard(tmp_path / "out.mkv") == "hum 1"
    MODELS["one"] = "hum 2"
    told: list[Event] = []
    again = dub(tmp_path, told=told)
    assert counts(again) == (2, 0, 0)
    assert heard(tmp_path / "out.mkv") == "hum 2"
    assert "2 by hum 1 (now: hum 2)" in notes(told)
    MODELS["one"] = "hum 1"
    assert counts(dub(tmp_path)) == (0, 2, 0), "what the first one spoke was kept"
    assert heard(tmp_path / "out.mkv") == "hum 1"


PITCHES = {"hum 1": 200.0, "hum 2": 320.0}


def heard(path: Path) -> str:
    """Which model's hum is the louder one in the film's first line."""
    sound = decode(path)[round(0.4 * RATE) : round(1.0 * RATE)]
    return max(PITCHES, key=lambda model: float(envelope(sound, PITCHES[model]).mean()))


def test_with_all_takes_stored_and_every_server_off_the_film_is_made(street: Street, tmp_path: Path) -> None:
    dub(tmp_path)
    MODELS.clear()
    told: list[Event] = []
    assert counts(dub(tmp_path, told=told)) == (0, 2, 0)
    assert "hum: one cannot be asked what it is; it is taken for what it was: hum 1" in notes(told)


def test_a_server_that_is_off_at_an_address_where_none_was_seen_costs_no_take(street: Street, tmp_path: Path) -> None:
    dub(tmp_path)
    told: list[Event] = []
    assert counts(dub(tmp_path, "two", told=told)) == (0, 2, 0)
    assert "two cannot be asked" in notes(told) and "whoever spoke them" in notes(told)


def test_what_was_seen_last_counts_while_a_server_is_off(street: Street, tmp_path: Path) -> None:
    """The model was changed, one line was spoken by it, and the server is off: the other line is still to be spoken."""
    dub(tmp_path)
    MODELS["one"] = "hum 2"
    store = Store(tmp_path / "store")
    options = {"hum": {"servers": ("one",)}}
    asked = identity.ask([line(1, "Something.")], options, store)
    MODELS.clear()
    off = identity.ask([line(1, "Something.")], options, store)
    assert dict(off.now) == dict(asked.now) == dict(identity.seen([line(1, "Something.")], options, store).now)


def older(store: Store) -> int:
    """Make the takes of a store those of the program as it was: named by what was asked for, noting nobody."""
    made = list((store.root / "takes").glob("*/*.take"))
    for path in made:
        key = path.name.removesuffix(".take")
        sound, facts = store.load(key), store.facts(key)
        assert sound and facts
        path.unlink()
        store.save(key.partition(".")[0], sound, {name: facts[name] for name in facts if name != "by"})
    for seen in (store.root / "servers").glob("*"):
        seen.unlink()
    return len(made)


def test_takes_of_an_older_dub_are_kept_and_counted_and_named(street: Street, tmp_path: Path) -> None:
    dub(tmp_path)
    assert older(Store(tmp_path / "store")) == 2
    told: list[Event] = []
    assert counts(dub(tmp_path, told=told)) == (0, 2, 2)
    assert "2 takes are of an older dub" in notes(told) and "(cue 1 at 00:00:00.200, cue 2 at 00:00:01.600)" in notes(
        told
    )
    MODELS["one"] = "hum 2"
    assert counts(dub(tmp_path)) == (0, 2, 2), "unknown is not another"


def test_redo_unknown_makes_them_anew_once(street: Street, tmp_path: Path) -> None:
    dub(tmp_path)
    older(Store(tmp_path / "store"))
    assert counts(dub(tmp_path, redo_unknown=True)) == (2, 0, 0)
    assert counts(dub(tmp_path, redo_unknown=True)) == (0, 2, 0)
    assert counts(dub(tmp_path)) == (0, 2, 0)


def test_two_servers_that_are_not_the_same_are_told_before_the_first_line(street: Street, tmp_path: Path) -> None:
    MODELS["two"] = "hum 2"
    with pytest.raises(Exception, match="one is hum 1, two is hum 2"):
        dub(tmp_path, "one", "two")
    assert not street["one"].asked and not street["two"].asked
    MODELS["two"] = "hum 1"
    assert counts(dub(tmp_path, "one", "two")) == (2, 0, 0)
    MODELS["two"] = "hum 2"
    assert counts(dub(tmp_path, "one", "two")) == (0, 2, 0), "with nothing to speak it is nobody's trouble"


def test_a_server_that_becomes_another_in_the_middle_speaks_no_more(street: Street, tmp_path: Path) -> None:
    store, every = Store(tmp_path / "store"), [line(index, f"This is line {index}.") for index in range(1, 9)]
    MODELS["two"] = "hum 1"
    options = {"hum": {"servers": ("one", "two")}}
    now = identity.ask(every, options, store)
    street["one"].rule = lambda line, number: MODELS.update(one="hum 2") if number == 2 else None
    takes = list(synthesize(every, options, store, identities=now))
    assert all(isinstance(take, Take) and take.by == "hum 1" for take in takes) and len(takes) == 8
    assert len(street["one"].asked) == 2


def test_a_take_that_a_person_chose_is_used_whoever_spoke_it(street: Street, tmp_path: Path) -> None:
    store, one = Store(tmp_path / "store"), line(1, "The tide is late.")
    (take,) = synthesize([one], {}, store)
    assert isinstance(take, Take)
    other = Identities({one.voice: (identity.Identity("hum 2"),)})
    assert other.stored(one, store) is None
    assert other.stored(replace(one, edit=Edit(take=1)), store) == take.key


def test_nobody_is_waited_for_who_is_off(tmp_path: Path) -> None:
    """Nothing listens at the first address; the second is of no computer at all."""
    options = {"indextts": {"servers": ("http://127.0.0.1:9", "http://192.0.2.1:7866")}}
    began = time.monotonic()
    one = replace(line(1, "The tide is late."), voice=Voice("indextts", "a", (("preset", "hero"),)))
    assert not identity.ask([one], options, Store(tmp_path)).now
    assert time.monotonic() - began < 5.0


def test_the_first_line_is_not_asked_for_where_all_is_stored(street: Street, tmp_path: Path) -> None:
    store, one = Store(tmp_path), line(1, "The tide is late.")
    list(synthesize([one], {}, store))
    MODELS.clear()
    assert preflight([one], {}, store) == {}


def test_what_is_written_beside_the_takes_is_json_that_nothing_breaks_by(street: Street, tmp_path: Path) -> None:
    dub(tmp_path)
    (seen,) = (tmp_path / "store" / "servers").glob("*.seen.json")
    assert list(json.loads(seen.read_text()).values()) == [["hum 1", "", ""]]
    for damaged in (b"", b"[]", b'{"x": 5}', b"\xff"):
        seen.write_bytes(damaged)
        MODELS.clear()
        assert counts(dub(tmp_path)) == (0, 2, 0)
