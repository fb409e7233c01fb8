"""A farm: several machines dub one season, and what becomes of one of them changes no byte of it."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from dubber import cli
from dubber.errors import BackendError, InputError, ToolError
from dubber.model import Event
from dubber.unattended import batch
from dubber.unattended.batch import Batch, BatchPlan
from dubber.unattended.library import BatchOptions
from dubber.unattended.results import Result
from dubber.workers import dask, executors
from dubber.workers.dask import Terms, open_farm
from dubber.workers.dask_worker import sign
from dubber.workers.executors import each, open_executor
from tests.seasons import season
from tests.servers.openai import OpenAiServer

distributed = pytest.importorskip("distributed")

KEY = "sk-very-secret-4711"
ROOT = Path(__file__).parents[2]
PROFILE = """
[backends.openai]
servers = ["{server}/v1"]
in_flight = 1
[voices.emma]
backend = "openai"
voice = "bf_emma"
[casting]
narrator = "emma"
[mixing]
bed = "{bed}"
loudness = "off"
[output]
container = "mkv"
codec = "{codec}"
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A scheduler, and three worker processes that know the key of the voices; nobody else does."""
    environ = {"DUB_OPENAI_127_0_0_1_KEY": KEY, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    with distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, dashboard_address=":0", silence_logs=50, env=environ
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAiServer]:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for name in ("DUB_OPENAI_127_0_0_1_KEY", "DUB_OPENAI_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    with OpenAiServer(key=KEY, at_once=8) as server:
        yield server


@contextmanager
def worker(address: str, *words: str, before: str = "") -> Iterator[subprocess.Popen[bytes]]:
    """One more worker, as `dask worker` starts it."""
    arguments = [address, "--no-nanny", "--nthreads", "1", "--no-dashboard", *words]
    code = f"{before}\nfrom distributed.cli.dask_worker import main\nmain({arguments!r})"
    environ = {**os.environ, "DUB_OPENAI_127_0_0_1_KEY": KEY, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    with subprocess.Popen([sys.executable, "-c", code], env=environ, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


# one executor


def square(number: int) -> int:
    if number == 13:
        raise BackendError("thirteen", retry_after=1.5)
    return number * number


def count_up(to: int) -> int:
    for done in range(1, to + 1):
        sign(Event("stage", "counting", done=done, total=to))
    return to


def die(_: int) -> None:
    os._exit(7)


def hang(number: int) -> str:
    """Hangs when nobody has begun it before."""
    mark = Path(os.environ.get("TMPDIR", "/tmp")) / f"farm-hang-{number}"
    if not mark.exists():
        mark.touch()
        time.sleep(300)
    mark.unlink()
    return "done"


def test_dask_is_the_same_thing(cluster: str) -> None:
    with open_executor("dask", farm=Terms(cluster)) as executor:
        found = dict(each(executor, square, [2, 13, 2], ahead=lambda: executors.slots(executor)))
        assert executors.slots(executor) == 3
    assert found[2] == 4 and isinstance(found[13], BackendError) and found[13].retry_after == 1.5


def test_what_happens_on_a_worker_is_told_here(cluster: str) -> None:
    heard: list[tuple[int, int]] = []
    terms = Terms(cluster, tell=lambda item, event: heard.append((item, event.done)) if item else None)
    with open_executor("dask", farm=terms) as executor:
        assert [result for _, result in each(executor, count_up, [3], ahead=1)] == [3]
        until(lambda: len(heard) == 3)
    assert heard == [(3, 1), (3, 2), (3, 3)]


@pytest.mark.long
def test_a_call_that_ends_every_worker_it_meets_is_its_own_fault(cluster: str) -> None:
    with open_executor("dask", farm=Terms(cluster)) as executor:
        found = dict(each(executor, die, [1], ahead=1))
        assert isinstance(found[1], BackendError) and "4 workers died" in str(found[1])
        assert dict(each(executor, square, [5], ahead=1)) == {5: 25}


@pytest.mark.long
def test_a_call_that_does_not_go_on_goes_elsewhere(cluster: str) -> None:
    told: list[str] = []
    terms = Terms(cluster, stuck=4, tell=lambda _, event: told.append(event.message))
    with open_executor("dask", farm=terms) as executor:
        assert dict(each(executor, hang, [os.getpid()], ahead=1)) == {os.getpid(): "done"}
    assert any("has not gone on for 4 s" in message for message in told)


# what is told before anything starts


def test_a_farm_that_is_not_there_is_one_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    show = season(tmp_path, 1)
    with pytest.raises(SystemExit) as ended:
        cli.main(["batch", str(show), "--profile", str(tmp_path / "tones.toml"), "--farm", "tcp://127.0.0.1:9"])
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert ended.value.code == 2 and said.startswith("dub: ")
    assert "127.0.0.1:9: no Dask scheduler answers" in said and "dask scheduler" in said


@pytest.mark.parametrize("address", ["nonsense", "tcp://", "tcp://127.0.0.1:port", "http://127.0.0.1:9"])
def test_an_address_that_is_none_is_told(address: str) -> None:
    with pytest.raises(InputError, match="no Dask scheduler"), open_farm(Terms(address), 1):
        pass
    half_made = [one for one in gc.get_objects() if isinstance(one, distributed.Client) and one.scheduler is None]
    assert all(one.status == "closed" for one in half_made)  # open, and collected at a bad moment, it waits for itself


def test_a_worker_that_does_not_see_the_films_is_named(cluster: str) -> None:
    terms = Terms(cluster, needs=(Path("/nowhere/films"),))
    with pytest.raises(InputError, match=r"worker tcp://.*: /nowhere/films cannot be read there"), open_farm(terms, 1):
        pass


def test_a_worker_with_another_dub_is_named(cluster: str) -> None:
    with worker(cluster, before="import dubber\ndubber.__version__ = '0.0.1'"):
        with distributed.Client(cluster, set_as_default=False) as client:
            client.wait_for_workers(4, timeout=60)
        with pytest.raises(InputError, match=r"has dub 0.0.1, this is \d"), open_farm(Terms(cluster), 1):
            pass
    settle(cluster, 3)


# a season


def spoken(folder: Path, server: OpenAiServer, films: int, lines: int, *, codec: str, bed: str) -> Path:
    """A season whose voices are a server's."""
    show = season(folder, films, lines=lines, container="mkv")
    (folder / "voices.toml").write_text(PROFILE.format(server=server.url, codec=codec, bed=bed))
    return show


def run(
    folder: Path, store: str, plan: BatchPlan, tell: Callable[..., None] = lambda film, event: None
) -> list[Result]:
    wishes = BatchOptions(profile=str(folder / "voices.toml"), store=folder / store)
    return list(Batch(plan, tell).run(batch.plan([folder / "show"], wishes)))


def outputs(show: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in show.glob("*.dub.mkv")}


def alone(folder: Path, show: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What one machine makes of it; nothing of that is left for the farm."""
    with monkeypatch.context() as patch:
        patch.setenv("DUB_OPENAI_127_0_0_1_KEY", KEY)
        assert {one.status for one in run(folder, "alone", BatchPlan())} == {"dubbed"}
    made = outputs(show)
    for path in [*show.glob("*.dub.mkv"), *show.glob("*.dub.mkv.*")]:
        path.unlink()
    return made


class Blow:
    """Sends a signal, once, to a process that has a film under way, of which so many lines are spoken."""

    def __init__(self, show: Path, number: int, after: int) -> None:
        self.show, self.number, self.after, self.hit = show, number, after, 0
        self.spoken: dict[Path, int] = {}

    def __call__(self, film: Path | None, event: Event) -> None:
        if film and event.stage == "synthesis" and event.kind == "step" and event.done >= self.after and not self.hit:
            for lease in self.show.glob(f".{film.stem}*.dub-part.mkv"):
                self.hit = int(lease.read_text().split()[1])
                os.kill(self.hit, self.number)


def proof(
    folder: Path, server: OpenAiServer, cluster: str, monkeypatch: pytest.MonkeyPatch, number: int, **size: object
) -> None:
    show = spoken(folder, server, **size)  # type: ignore[arg-type]
    expected = alone(folder, show, monkeypatch)
    lines = len(server.syntheses)
    server.seconds = 0.25
    blow = Blow(show, number, after=2)
    silence = 15 if number == signal.SIGSTOP else 60
    results = run(folder, "farm", BatchPlan(farm=cluster, silence=silence), blow)
    assert blow.hit and {one.status for one in results} == {"dubbed"}
    assert outputs(show) == expected and len(expected) == size["films"]
    again = len(server.syntheses) - 2 * lines
    assert 0 <= again <= 1  # the line that was on the dead one's lips
    until(lambda: not [path.name for path in show.iterdir() if path.name.startswith(".")])


def test_a_worker_that_is_killed_in_the_middle_changes_no_byte(
    cluster: str, tmp_path: Path, server: OpenAiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof(tmp_path, server, cluster, monkeypatch, signal.SIGKILL, films=4, lines=5, codec="flac", bed="none")


@pytest.mark.long
def test_a_worker_that_is_stopped_in_the_middle_changes_no_byte(
    cluster: str, tmp_path: Path, server: OpenAiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof(tmp_path, server, cluster, monkeypatch, signal.SIGSTOP, films=4, lines=5, codec="flac", bed="none")


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_season_with_its_own_sound_under_the_voices_is_the_same_too(
    number: signal.Signals, cluster: str, tmp_path: Path, server: OpenAiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof(tmp_path, server, cluster, monkeypatch, number, films=24, lines=9, codec="aac", bed="duck")


def test_a_film_that_needs_a_key_is_dubbed_where_the_key_is_and_nothing_of_it_is_sent(
    tmp_path: Path, server: OpenAiServer, cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reaches a scheduler runs code on its workers. (Workers used to speak with keys of their own.)"""
    spoken(tmp_path, server, 1, 2, codec="flac", bed="none")
    server.key = "sk-mine-0815-4711"
    monkeypatch.setenv("DUB_OPENAI_127_0_0_1_KEY", server.key)
    monkeypatch.setattr(dask, "Call", None)  # whoever sends something fails
    heard: list[str] = []
    told = run(tmp_path, "farm", BatchPlan(farm=cluster), lambda film, event: heard.append(event.message))
    assert [one.status for one in told] == ["dubbed"]
    assert any("1 film of voices that need a key: dubbed on this machine" in message for message in heard)
    assert {asked.headers["Authorization"] for asked in server.syntheses} == {f"Bearer {server.key}"}


def test_films_without_a_key_go_to_the_farm_beside_those_that_need_one(
    tmp_path: Path, server: OpenAiServer, cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed = spoken(tmp_path, server, 1, 2, codec="flac", bed="none")
    plain = season(tmp_path / "plain", 2, lines=2)
    monkeypatch.setenv("DUB_OPENAI_127_0_0_1_KEY", KEY)
    entries = [
        *batch.plan([keyed], BatchOptions(profile=str(tmp_path / "voices.toml"), store=tmp_path / "store")),
        *batch.plan([plain], BatchOptions(profile=str(tmp_path / "plain" / "tones.toml"), store=tmp_path / "store")),
    ]
    sent: list[Path] = []
    real = batch.Batch._shared

    def shared(self: Batch, job: Any) -> Any:
        sent.append(job.film)
        return real(self, job)

    monkeypatch.setattr(batch.Batch, "_shared", shared)
    assert {one.status for one in Batch(BatchPlan(farm=cluster)).run(entries)} == {"dubbed"}
    assert {path.parent for path in sent} == {plain} and len(sent) == 2


def environment_of(_: int) -> dict[str, str]:
    return dict(os.environ)


def test_a_key_in_a_workers_environment_is_named_and_never_its_value(cluster: str) -> None:
    told: list[str] = []
    with open_farm(Terms(cluster, tell=lambda _, event: told.append(event.message)), 1):
        pass
    assert any("has DUB_OPENAI_127_0_0_1_KEY in its environment" in message for message in told)
    assert not any(KEY in message for message in told)


def test_a_local_farm_has_no_key_and_lets_no_stranger_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other users of this computer may try its ports."""
    for name in ("OPENAI_API_KEY", "DUB_OPENAI_127_0_0_1_8880_KEY", "API_302_KEY", "DUB_302AI_KEY"):
        monkeypatch.setenv(name, KEY)
    with open_farm(Terms(dask.LOCAL), 1) as executor:
        assert KEY not in executor.submit(environment_of, 1).result(timeout=60).values()
        address = executor.client.scheduler.address
        assert address.startswith("tls://127.0.0.1:")
        pages = executor.client.cluster.scheduler.http_server  # without TLS: on loopback, and with nothing to see
        ((host, port),) = {one.getsockname()[:2] for one in pages._sockets.values()}
        assert host == "127.0.0.1"
        for page in ("status", "metrics", "json/identity.json", "info/main/workers.html"):
            assert httpx.get(f"http://127.0.0.1:{port}/{page}").status_code == 404
        for stranger in (address, address.replace("tls://", "tcp://")):
            with pytest.raises((OSError, TypeError)):
                distributed.Client(stranger, timeout=3, set_as_default=False)


@pytest.mark.parametrize("address", ["tcp://gpu.example:8786", "gpu:8786", "tcp://192.168.1.7:8786", "tcp://0.0.0.0:1"])
def test_a_scheduler_that_strangers_may_reach_is_a_warning(address: str) -> None:
    assert "runs code on its workers" in dask.exposed(address) and dask.exposed(address).startswith(address)


@pytest.mark.parametrize(
    "address", ["", "local", "tls://gpu.example:8786", "tcp://127.0.0.1:8786", "localhost:8786", "tcp://[::1]:8786"]
)
def test_a_scheduler_that_is_encrypted_or_of_this_computer_is_none(address: str) -> None:
    assert dask.exposed(address) == ""


def test_the_warning_comes_with_the_batch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    show = season(tmp_path, 1)
    words = ["batch", str(show), "--profile", str(tmp_path / "tones.toml"), "--farm", "tcp://farm.invalid:8786"]
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2 and capsys.readouterr().err.count("plain tcp, so whoever reaches") == 1


def test_lines_alone_can_be_spoken_on_a_farm(cluster: str, tmp_path: Path) -> None:
    show = season(tmp_path, 2, lines=4)
    wishes = BatchOptions(profile=str(tmp_path / "tones.toml"), store=tmp_path / "store")
    results = list(Batch(BatchPlan(farm=cluster, spread="lines")).run(batch.plan([show], wishes)))
    assert [one.status for one in results] == ["dubbed"] * 2 and sum(one.fresh for one in results) == 8


@pytest.mark.long
def test_a_scheduler_that_dies_is_told_and_nothing_hangs() -> None:
    words = ["--port", "0", "--no-dashboard", "--host", "127.0.0.1"]
    code = f"from distributed.cli.dask_scheduler import main\nmain({words!r})"
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    with subprocess.Popen([sys.executable, "-c", code], env=environ, stderr=subprocess.PIPE, text=True) as scheduler:
        assert scheduler.stderr
        lines = iter(scheduler.stderr.readline, "")
        address = next(line.split()[-1] for line in lines if "Scheduler at:" in line)
        with worker(address), open_executor("dask", farm=Terms(address)) as executor:
            future = executor.submit(time.sleep, 300)
            time.sleep(1)
            scheduler.kill()
            with pytest.raises(ToolError, match="scheduler has gone"):
                future.result(timeout=90)


@pytest.mark.parametrize("films", [6])
def test_a_scheduler_that_is_killed_costs_no_film_that_is_done(films: int, tmp_path: Path) -> None:
    """One line says it, with status 1; a second run, without a farm, makes what is left."""
    words = ["--port", "0", "--no-dashboard", "--host", "127.0.0.1"]
    code = f"from distributed.cli.dask_scheduler import main\nmain({words!r})"
    environ = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", "DUB_STORE": str(tmp_path / "store")}
    show = season(tmp_path, films, lines=3)
    dub = [sys.executable, "-m", "dubber", "batch", str(show), "-p", str(tmp_path / "tones.toml")]
    with subprocess.Popen([sys.executable, "-c", code], env=environ, stderr=subprocess.PIPE, text=True) as scheduler:
        assert scheduler.stderr
        lines = iter(scheduler.stderr.readline, "")
        address = next(line.split()[-1] for line in lines if "Scheduler at:" in line)
        with (
            worker(address),
            subprocess.Popen(
                [*dub, "--farm", address], env=environ, stderr=subprocess.PIPE, text=True, cwd=tmp_path
            ) as running,
        ):
            until(lambda: list(show.glob("*.dub.*.dub.json")) != [])
            done = len(list(show.glob("*.dub.*.dub.json")))
            scheduler.kill()
            said = running.communicate(timeout=120)[1]
    assert running.returncode == 1 and "Traceback" not in said, said
    assert len([line for line in said.splitlines() if "scheduler has gone" in line]) == 1, said
    assert said.splitlines()[-1].startswith("dub: "), said
    again = subprocess.run(dub, env=environ, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert again.returncode == 0 and again.stderr.count("done already") >= done >= 1, again.stderr
    assert len(list(show.glob("*.dub.*.dub.json"))) == films


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.05)
    assert true()


def settle(address: str, workers: int) -> None:
    """The farm is as it was: nannies have started anew what was killed, guests are gone."""
    with distributed.Client(address, set_as_default=False) as client:
        until(lambda: len(client.nthreads()) == workers)
