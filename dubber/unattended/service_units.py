"""The watcher as a standing order of the system: a systemd unit, a launchd agent. It starts with the machine, and again
when it has failed. No secret is written into it: keys come from a file of the user's own, or from the keyring."""

from __future__ import annotations

import os
import plistlib
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from dubber.errors import InputError
from dubber.files import written
from dubber.paths import config_folder
from dubber.unattended import launch

KEPT = ("PATH", "DUB_STORE", "DUB_CONFIG", "DUB_FFMPEG", "LANG")  # of the environment; none of them is a secret
RETRY = 30  # s before it is started again after a failure


@dataclass(frozen=True, slots=True)
class ServiceUnit:
    """A file for the system's service manager. after: commands to run next, each with what it is for."""

    path: Path
    text: bytes
    after: tuple[tuple[str, str], ...]


def standing(
    folder: Path, options: Sequence[str], *, platform: str = sys.platform, root: bool | None = None
) -> ServiceUnit:
    """The order to watch a folder. options: of `dub watch`, paths in them absolute. root: for the whole system, not for
    this user (None: when root asks). Raises InputError where there is no such service manager."""
    everybody = (hasattr(os, "geteuid") and os.geteuid() == 0) if root is None else root
    words = (*launch.command(), "watch", str(folder), *options)
    kept = {name: os.environ[name] for name in KEPT if os.environ.get(name)}
    if platform.startswith("linux"):
        return _systemd(folder, words, kept, everybody)
    if platform == "darwin":
        return _launchd(folder, words, kept, everybody)
    advice = f"let its Task Scheduler start at logon: dub watch {folder}"
    raise InputError("this system has no service manager that dub knows", where="--install", advice=advice)


def install(order: ServiceUnit, *, overwrite: bool = False) -> None:
    """Write it. Raises InputError when a file of that name is not ours."""
    try:
        order.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise written.unwritable(order.path.parent, error) from error
    written.write(order.path, order.text, overwrite=overwrite)


def _name(folder: Path) -> str:
    """inbox-1f2e3d4c: for people, and no two folders share it."""
    mark = blake2b(os.fsencode(folder), digest_size=4).hexdigest()
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', folder.name).strip('-') or 'folder'}-{mark}"


# Linux


def _systemd(folder: Path, words: Sequence[str], kept: Mapping[str, str], everybody: bool) -> ServiceUnit:
    unit = f"dub-watch-{_name(folder)}.service"
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    place = Path("/etc/systemd/system") if everybody else home / "systemd" / "user"
    keys = config_folder() / "keys.env"
    lines = [
        "[Unit]",
        f"Description=dub watch {_without_control_characters(str(folder))}",
        *(["Wants=network-online.target", "After=network-online.target"] if everybody else []),
        f"RequiresMountsFor={_quoted(str(folder))}",
        "",
        "[Service]",
        f"ExecStart={' '.join(map(_word, words))}",
        *(f"Environment={_quoted(f'{name}={value}')}" for name, value in kept.items()),
        f"EnvironmentFile=-{_path(keys)}",
        "Restart=on-failure",
        f"RestartSec={RETRY}",
        "SuccessExitStatus=130",
        "KillMode=mixed",
        "TimeoutStopSec=30",
        "",
        "[Install]",
        f"WantedBy={'multi-user.target' if everybody else 'default.target'}",
    ]
    control = "systemctl" if everybody else "systemctl --user"
    journal = "journalctl -u" if everybody else "journalctl --user -u"
    after = [
        (f"{control} daemon-reload && {control} enable --now {unit}", "start it, now and with the machine"),
        (f"{journal} {unit} -f", "read what it says; a heartbeat every minute"),
        (f"{control} disable --now {unit}", "end it for good"),
    ]
    if not everybody:
        after.insert(1, ("loginctl enable-linger", "let it run while you are not logged in"))
    after.append((f"{keys} (chmod 600)", "keys of voice servers, as NAME=value lines; or the system's keyring"))
    return ServiceUnit(place / unit, ("\n".join(lines) + "\n").encode(errors="surrogateescape"), tuple(after))


def _quoted(text: str) -> str:
    """A word as systemd.syntax(7) reads it, with no specifier in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("%", "%%")
    return f'"{escaped}"'


def _word(text: str) -> str:
    """A word of a command: `$` begins a variable there."""
    return _quoted(text.replace("$", "$$"))


def _path(path: Path) -> str:
    """A path that stands alone: it is not quoted, but specifiers are read."""
    return _without_control_characters(str(path)).replace("%", "%%")


def _without_control_characters(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f]", " ", text)


# macOS


def _launchd(folder: Path, words: Sequence[str], kept: Mapping[str, str], everybody: bool) -> ServiceUnit:
    label = f"dub.watch.{_name(folder)}"
    library = Path("/Library") if everybody else Path.home() / "Library"
    place = library / ("LaunchDaemons" if everybody else "LaunchAgents") / f"{label}.plist"
    log = library / "Logs" / f"{label}.log"
    text = plistlib.dumps(
        {
            "Label": label,
            "ProgramArguments": list(words),
            "EnvironmentVariables": dict(kept),
            "RunAtLoad": True,
            "KeepAlive": {"SuccessfulExit": False},
            "ThrottleInterval": RETRY,
            "ExitTimeOut": RETRY,
            "StandardOutPath": str(log),
            "StandardErrorPath": str(log),
        }
    )
    domain = "system" if everybody else "gui/$(id -u)"
    sudo = "sudo " if everybody else ""
    after = (
        (f"{sudo}launchctl bootstrap {domain} '{place}'", "start it, now and at login"),
        (f"tail -f '{log}'", "read what it says; a heartbeat every minute"),
        (f"{sudo}launchctl bootout {domain}/{label}", "end it"),
        ("keyring set dub NAME", "keys of voice servers; see `dub doctor` for their names"),
    )
    return ServiceUnit(place, text, after)
