"""A watcher that the system starts: the unit is what systemd reads, the agent what launchd reads; no key is in it."""

from __future__ import annotations

import os
import plistlib
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from dubber import cli
from dubber.errors import InputError
from dubber.unattended import launch
from dubber.unattended.service_units import ServiceUnit, install, standing

ODD = "in box%b $HOME 'é\""
OPTIONS = ("--profile", "cast", "--set", "mixing.depth=12", "--set", "output.name={film} 100%")


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("DUB_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("DUB_OPENAI_KEY", "sk-secret")
    (tmp_path / ODD).mkdir()
    return tmp_path / ODD


def words(order: ServiceUnit) -> list[str]:
    """The command as systemd runs it: unquoted as a shell does, then without its specifiers and variables."""
    (line,) = (line for line in order.text.decode().splitlines() if line.startswith("ExecStart="))
    return [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(line.removeprefix("ExecStart="))]


@pytest.mark.parametrize("root", [False, True])
def test_a_unit_starts_the_same_watch(inbox: Path, root: bool) -> None:
    order = standing(inbox, OPTIONS, platform="linux", root=root)
    assert words(order) == [*launch.command(), "watch", str(inbox), *OPTIONS]
    text = order.text.decode()
    assert f'Environment="DUB_STORE={os.environ["DUB_STORE"]}"' in text and "sk-secret" not in text
    assert f"WantedBy={'multi-user' if root else 'default'}.target" in text and "SuccessExitStatus=130" in text
    assert order.path.parent == (Path("/etc/systemd/system") if root else inbox.parent / "config" / "systemd" / "user")
    command = order.after[0][0]
    assert command.startswith("systemctl daemon-reload" if root else "systemctl --user daemon-reload")
    assert any("enable-linger" in told for told, _ in order.after) != root


@pytest.mark.long  # it wants systemd's own verifier, which small machines lack
def test_systemd_finds_nothing_to_complain_of(inbox: Path) -> None:
    assert shutil.which("systemd-analyze"), "install systemd"
    order = standing(inbox, OPTIONS, platform="linux", root=True)
    unit = inbox.parent / order.path.name
    unit.write_bytes(order.text)
    told = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True)
    assert told.returncode == 0 and unit.name not in told.stderr, told.stderr


def test_an_agent_starts_the_same_watch(inbox: Path) -> None:
    order = standing(inbox, OPTIONS, platform="darwin", root=False)
    assert order.path.parent == inbox.parent / "home" / "Library" / "LaunchAgents"
    agent = plistlib.loads(order.text)
    assert agent["ProgramArguments"] == [*launch.command(), "watch", str(inbox), *OPTIONS]
    assert agent["KeepAlive"] == {"SuccessfulExit": False} and agent["RunAtLoad"] is True
    assert agent["EnvironmentVariables"]["DUB_STORE"] == os.environ["DUB_STORE"]
    assert b"sk-secret" not in order.text and agent["Label"] == order.path.stem


def test_it_is_written_whole_or_not_at_all_and_again_over_itself(inbox: Path) -> None:
    order = standing(inbox, OPTIONS, platform="linux", root=False)
    for _ in range(2):
        install(order)
        assert order.path.read_bytes() == order.text and order.path.stat().st_mode & 0o777 == 0o644
        assert [path.name for path in order.path.parent.iterdir()] == [order.path.name]


def test_a_system_without_such_a_manager_says_what_to_do(inbox: Path) -> None:
    with pytest.raises(InputError, match="Task Scheduler"):
        standing(inbox, OPTIONS, platform="win32")


def test_the_command_line_installs_what_was_typed(
    inbox: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("sys.platform", "linux")
    (inbox.parent / "mine.toml").write_text('extends = "cast"\n')
    monkeypatch.chdir(inbox.parent)
    typed = ["-p", "mine.toml", "--settle", "2", "-l", "en", "-l", "fr", "--poll", "--install"]
    with pytest.raises(SystemExit) as ended:
        cli.main(["watch", ODD, *typed])
    assert not ended.value.code
    (unit,) = (inbox.parent / "config" / "systemd" / "user").iterdir()
    profile = str(inbox.parent / "mine.toml")
    wanted = [
        "watch",
        str(inbox),
        "--profile",
        profile,
        "--language",
        "en",
        "--language",
        "fr",
        "--poll",
        "--settle",
        "2.0",
    ]
    assert words(ServiceUnit(unit, unit.read_bytes(), ()))[-len(wanted) :] == wanted
    told = capsys.readouterr().out
    assert f"wrote {unit}" in told and f"systemctl --user enable --now {unit.name}" in told
