"""What all tests share: a computer that knows no keys, and the command line, typed in a place of its own.

Tests marked long take minutes and are left for `make long` (or DUB_TESTS_LONG=1).
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import hypothesis
import pytest

from dubber import cli
from tests.typed import Dub, Said

LONG = os.environ.get("DUB_TESTS_LONG") == "1"

# each program that a test starts would compile dub anew
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# how long a draw takes tells of the machine that the tests share, not of us
hypothesis.settings.register_profile("dub", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("dub")

# whoever starts the tests in the background has Ctrl-C ignored, and so would every program that they start
signal.signal(signal.SIGINT, signal.default_int_handler)


# rooms whose files take longest: they begin first, so that no runner is left alone with one of them at the end
FIRST = ("faults", "muxing", "whole_films", "unattended", "cli", "training", "synthesis", "tests", "backends",
         "editors", "workers", "encoding", "subtitles", "fitting", "mixing", "job")  # fmt: skip


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Three runners for two cores: much of the tests' time is waiting, for a server, a program or the end of a
    patience; with more of them what is timed is late."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(2, cores * 3 // 2)


def pytest_report_header(config: pytest.Config) -> str:
    seed = config.getoption("--hypothesis-seed", default=None)
    return f"examples: of chance, seed {seed} (make test SEED={seed})" if seed else "examples: of chance"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=_turn)
    if LONG or "long" in str(config.getoption("-m")):
        return
    put_off = [item for item in items if item.get_closest_marker("long")]
    if put_off:
        config.hook.pytest_deselected(items=put_off)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


def _turn(item: pytest.Item) -> int:
    room = item.path.parent.name
    return FIRST.index(room) if room in FIRST else len(FIRST)


@pytest.fixture(autouse=True)
def folders_of_their_own(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What dub keeps for its user (takes, what it wrote, reports of batches) is not kept in the tester's folders."""
    home = tmp_path_factory.getbasetemp() / "own"
    home.mkdir(exist_ok=True)  # before a test looks at what lies beside its folder
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home / name))


@pytest.fixture(params=["found", "wheel"])
def any_ffmpeg(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each test runs with the ffmpeg that the machine has and with the wheel's, which has no ffprobe."""
    if request.param == "wheel":
        import imageio_ffmpeg

        monkeypatch.setenv("DUB_FFMPEG", imageio_ffmpeg.get_ffmpeg_exe())
    return str(request.param)


@pytest.fixture
def keyless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who has set nothing and kept no key."""
    for name in [name for name in os.environ if name.startswith("DUB_") and not name.startswith("DUB_TESTS_")]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


@pytest.fixture
def dub(keyless: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Dub:
    """Runs a command in an empty folder with an empty store."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUB_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("DUB_CONFIG", str(tmp_path / "config"))

    def run(*words: object) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main([str(word) for word in words])
        told = capsys.readouterr()
        said = Said(int(ended.value.code or 0), told.out, told.err)
        assert said.events if said.out.startswith('{"kind"') else True  # whatever is printed holds to the schema
        return said

    return run
