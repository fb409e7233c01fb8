"""A word on the user's desktop, where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from dubber.unattended.notify import _command, notify

FAKE = """#!/bin/sh
# a fake of notify-send: keeps its arguments
printf '%s\\0' "$@" > "$0.told"
"""
HOSTILE = "-x 'a' \"b\" <b>$(touch pwned)</b> & `id`.mp4"


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desktop whose notify-send is a fake."""
    fake = tmp_path / "notify-send"
    fake.write_text(FAKE)
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setattr("sys.platform", "linux")
    return fake


def test_a_films_name_is_shown_as_it_is_and_obeyed_by_nobody(desktop: Path) -> None:
    assert notify("dub", HOSTILE)
    *_, title, text = Path(f"{desktop}.told").read_text().split("\0")[:-1]
    assert (title, text) == ("dub", HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


def test_without_a_desktop_or_its_program_there_is_silence(desktop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desktop.write_text("#!/bin/sh\nexit 1\n")
    assert not notify("dub", "no service answers")
    desktop.unlink()
    assert not notify("dub", "no program")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    assert not notify("dub", "no desktop")


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_the_text_is_no_part_of_a_script_on_other_systems(system: str) -> None:
    command, environment = _command(system, {}, "dub", HOSTILE)
    scripts = [word for word in command if word != HOSTILE]
    assert not any(HOSTILE in word for word in scripts)
    assert HOSTILE in (*command[command.index("--") + 1 :],) if system == "darwin" else HOSTILE in environment.values()
