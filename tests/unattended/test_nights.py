"""What happens while people sleep: a season whose run is killed again and again, a folder that fills at once.

The small ones run always; those marked long are the whole thing, and print what they measured.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from dubber import backends
from dubber.casting import assign
from dubber.config.profile import load
from dubber.files.store import Store
from dubber.job import subtitle_files
from dubber.synthesis import take_key
from dubber.unattended import batch
from dubber.unattended.batch import Batch, BatchPlan
from dubber.unattended.library import BatchOptions
from dubber.unattended.watch import Pace, Watcher
from tests.houses import House, build_street
from tests.seasons import TONES, model, season, srt
from tests.servers.openai import VOICES, OpenAiServer

ROOT = Path(__file__).parent.parent.parent
BROKEN = (b"", b"this is no film\n" * 500)  # and one cut in half


Street = dict[str, House]


@pytest.fixture
def street(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Street]:
    yield from build_street(tmp_path, monkeypatch)


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


def spoken_by(server: OpenAiServer, folder: Path) -> None:
    voice = f'[voices.tones]\nbackend = "openai"\nvoice = "{VOICES[0]}"\n'
    reach = f'[backends.openai]\nservers = ["{server.url}/v1"]\nin_flight = 2\n'
    tones = '[voices.tones]\nbackend = "tone"\nmilliseconds_per_character = 20\n'
    (folder / "tones.toml").write_text(TONES.replace(tones, voice) + reach)


def many(folder: Path, films: int) -> tuple[Path, set[str]]:
    """A season of which three films are broken: their names. Words so short that no line is read twice."""
    show = season(folder, films, broken=(films // 2,))
    for path in show.glob("*.srt"):
        path.write_text(path.read_text().replace("Film ", "").replace(", line ", " to "))
    bad = [show / f"E{number:03}.mp4" for number in (1, films // 2, films - 1)]
    bad[0].write_bytes(BROKEN[0])
    bad[2].write_bytes(BROKEN[1])
    return show, {path.name for path in bad}


def keys(show: Path, profile: Path) -> dict[str, str]:
    """The store's key of each text."""
    chosen, found = load(str(profile), environ={}), {}
    for path in show.glob("*.srt"):
        script = subtitle_files.read(path, chosen.reading, language="en")
        for line in assign.lines(script.cues, chosen.cast, chosen.casting, language="en"):
            found[line.text] = take_key.asked(line, backends.find(line.voice.backend))
    return found


def stored(text_keys: dict[str, str], store: Store) -> set[str]:
    """The texts of which the store holds a whole take, whatever spoke it."""
    takes = store.takes_of(text_keys.values())
    return {text for text, key in text_keys.items() if any(store.facts(take) for take in takes.get(key, ()))}


def started(folder: Path) -> subprocess.Popen[bytes]:
    words = ["batch", str(folder / "show"), "-p", str(folder / "tones.toml"), "--report", str(folder / "batch.json")]
    environ = {**os.environ, "DUB_STORE": str(folder / "store"), "PYTHONPATH": str(ROOT)}
    with (folder / "log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-m", "dubber", *words], stdout=log, stderr=log, env=environ)


def whole(path: Path) -> bool:
    with wave.open(str(path)) as sound:
        return bool(sound.getnframes() == 2 * sound.getframerate())


@pytest.mark.parametrize(
    ("films", "kills"), [(6, 2), pytest.param(200, 10, marks=[pytest.mark.long, pytest.mark.timeout(7200)])]
)
def test_a_batch_that_is_killed_and_run_again_speaks_no_stored_line_twice(
    films: int, kills: int, tmp_path: Path
) -> None:
    luck, begun = random.Random(films), time.monotonic()
    show, broken = many(tmp_path, films)
    kills_seen: list[tuple[int, set[str]]] = []
    with OpenAiServer(seconds=0.02) as server:
        spoken_by(server, tmp_path)
        text_keys, store = keys(show, tmp_path / "tones.toml"), Store(tmp_path / "store")
        for moment in sorted(luck.sample(range(1, 2 * (films - 3)), kills)):
            run = started(tmp_path)
            while len(server.syntheses) < moment and run.poll() is None:
                time.sleep(0.005)
            time.sleep(luck.uniform(0.0, 1.0))  # it may be mixing or writing by now
            run.kill()
            run.wait()
            kept = stored(text_keys, store)
            kills_seen.append((len(server.syntheses), kept))
            assert all(whole(path) for path in show.glob("*.dub.wav"))
        assert started(tmp_path).wait() == 1
        asked = [each.body["input"] for each in server.syntheses]
    told = json.loads((tmp_path / "batch.json").read_text())
    failed = {Path(one["film"]).name: one["reason"] for one in told["results"] if one["status"] == "failed"}
    outputs = sorted(show.glob("*.dub.wav"))
    assert len(outputs) == films - 3 and all(map(whole, outputs))
    assert set(failed) == broken and all(failed.values())
    assert not any(kept & set(asked[before:]) for before, kept in kills_seen)
    assert set(asked) == stored(text_keys, store)
    assert len(set(asked)) == 2 * (films - 3) and len(asked) - len(set(asked)) <= 2 * kills  # in flight at a kill
    assert not [path.name for path in show.iterdir() if path.name.startswith(".")]
    sys.stderr.write(
        f"\n{films} films, {kills} kills: {len(outputs)} outputs, {len(failed)} failed, {len(set(asked))} lines, "
        f"{len(asked)} syntheses, {time.monotonic() - begun:.0f} s"
    )


def used(run: subprocess.Popen[bytes]) -> tuple[float, int, int]:
    """MB of memory, open files and threads of a program that runs."""
    told = (Path("/proc") / str(run.pid) / "status").read_text()
    numbers = {line.split(":")[0]: line.split()[1] for line in told.splitlines() if len(line.split()) > 1}
    files = len(list((Path("/proc") / str(run.pid) / "fd").iterdir()))
    return int(numbers["VmRSS"]) / 1000, files, int(numbers["Threads"])


@pytest.mark.skipif(sys.platform != "linux", reason="what it uses is read from /proc")
@pytest.mark.parametrize("films", [12, pytest.param(300, marks=[pytest.mark.long, pytest.mark.timeout(7200)])])
def test_a_batch_of_many_tiny_films_uses_no_more_for_the_last_than_for_the_first(films: int, tmp_path: Path) -> None:
    show, begun = season(tmp_path, films, lines=1), time.monotonic()
    run, seen = started(tmp_path), dict[int, tuple[float, int, int]]()
    while run.poll() is None:
        done = len(list(show.glob("*.dub.json")))
        with contextlib.suppress(OSError, KeyError):
            if done >= films // 3:
                seen[done] = used(run)
        time.sleep(0.2)
    told = json.loads((tmp_path / "batch.json").read_text())
    assert run.returncode == 0 and (told["films"], told["dubbed"], told["failed"]) == (films, films, 0)
    assert len(list(show.glob("*.dub.wav"))) == films
    first, last = seen[min(seen)], seen[max(seen)]
    seconds = time.monotonic() - begun
    sys.stderr.write(
        f"\n{films} films: {seconds:.0f} s, MB {first[0]:.0f} to {last[0]:.0f}, files {first[1]} to {last[1]}, "
        f"threads {first[2]} to {last[2]}\n"
    )
    assert last[0] < first[0] + 60 and last[1] < first[1] + 20 and last[2] < first[2] + 10
    assert started(tmp_path).wait() == 0
    assert json.loads((tmp_path / "batch.json").read_text())["done"] == films
    sys.stderr.write(f"done already: {time.monotonic() - begun - seconds:.0f} s\n")


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_a_thousand_files_that_arrive_at_once_are_five_hundred_films_each_dubbed_once(tmp_path: Path) -> None:
    inbox, films, begun = season(tmp_path, 0), 500, time.monotonic()

    def arrive() -> None:
        for number in range(films):
            (inbox / f"E{number:03}.en.srt").write_text(srt(number))
            shutil.copy(model(), inbox / f"E{number:03}.mp4")

    model()
    arriving = threading.Thread(target=arrive)
    arriving.start()
    said = list[str]()
    wishes = BatchOptions(profile=str(tmp_path / "tones.toml"), store=tmp_path / "store")
    watcher = Watcher(inbox, wishes, Pace(settle=1.0, beat=30.0), say=said.append)
    while arriving.is_alive():
        assert watcher.run(once=True) == 0
    assert watcher.run(once=True) == 0
    dubbed = [line.split(": ")[0] for line in said if ": dubbed: " in line]
    assert sorted(map(Path, dubbed)) == sorted(inbox.glob("E???.mp4")) and len(dubbed) == films
    assert all(map(whole, inbox.glob("*.dub.wav"))) and len(list(inbox.glob("*.dub.wav"))) == films
    beats = sum(line.startswith("heartbeat") for line in said)
    sys.stderr.write(
        f"\n{films} films at once: each dubbed once, {time.monotonic() - begun:.0f} s, {beats} heartbeats\n"
    )


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_servers_idle_less_when_films_are_under_way_together(tmp_path: Path, street: Street) -> None:
    """The share of the time from the first line to the last in which a server had none, films one by one and four at
    once, while each is mixed and written for real."""
    seconds, shares = 2.0, dict[int, float]()
    for films in (1, 4):
        folder = tmp_path / str(films)
        show = season(folder, 6, lines=6)
        hum = TONES.replace('"tone"\nmilliseconds_per_character = 20', '"hum"')
        (folder / "tones.toml").write_text(hum + '[backends.hum]\nservers = ["h0", "h1"]\n')
        street.update({name: House(seconds=seconds) for name in ("h0", "h1")})
        wishes = BatchOptions(profile=str(folder / "tones.toml"), store=folder / "store")
        results = list(Batch(BatchPlan(films=films)).run(batch.plan([show], wishes)))
        assert {one.status for one in results} == {"dubbed"}
        times = [at for name in ("h0", "h1") for at in street[name].times]
        shares[films] = 1 - len(times) * seconds / (2 * (max(times) + seconds - min(times)))
    sys.stderr.write(f"\nservers idle: {shares[1]:.0%} film by film, {shares[4]:.0%} with four under way\n")
    assert shares[4] < 0.6 * shares[1]
