"""A word on the user's desktop, where there is one; silence otherwise, never an error."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from html import escape

from dubber.unattended.results import Result

PATIENCE = 10.0  # s; a notification service that hangs holds nobody up
MACOS = ("on run argv", "display notification (item 2 of argv) with title (item 1 of argv)", "end run")
WINDOWS = """
$kind = [Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime]
$toast = $kind::GetTemplateContent([Windows.UI.Notifications.ToastTemplateType]::ToastText02)
$lines = $toast.GetElementsByTagName('text')
$lines.Item(0).AppendChild($toast.CreateTextNode($env:DUB_NOTICE_TITLE)) | Out-Null
$lines.Item(1).AppendChild($toast.CreateTextNode($env:DUB_NOTICE_TEXT)) | Out-Null
$id = '{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe'
$kind::CreateToastNotifier($id).Show([Windows.UI.Notifications.ToastNotification]::new($toast))
"""


def tell(results: Sequence[Result]) -> None:
    """Say what became of films that were dubbed or failed: of one film where it is or why not, of several how many."""
    ended = [one for one in results if one.status in ("dubbed", "failed")]
    if len(ended) == 1:
        (one,) = ended
        what = f" is dubbed: {one.output}" if one.status == "dubbed" else f": {one.reason}"
        notify("dub", f"{one.film.name}{what}")
    elif ended:
        failed = [one for one in ended if one.status == "failed"]
        more = f"; {len(failed)} failed, the first: {failed[0].film.name}" if failed else ""
        notify("dub", f"dubbed: {len(ended) - len(failed)} of {len(ended)} films{more}")


def notify(title: str, text: str) -> bool:
    """Show a notification; False when there is nobody to show it to. title and text: plain, from anywhere."""
    command, environment = _command(sys.platform, os.environ, title, text)
    program = shutil.which(command[0]) if command else None
    if not program:
        return False
    with suppress(OSError, ValueError, subprocess.SubprocessError):
        nothing = subprocess.DEVNULL
        done = subprocess.run(
            [program, *command[1:]],
            env={**os.environ, **environment},
            stdin=nothing,
            stdout=nothing,
            stderr=nothing,
            timeout=PATIENCE,
            check=False,
        )
        return done.returncode == 0
    return False


def _command(system: str, environ: Mapping[str, str], title: str, text: str) -> tuple[Sequence[str], Mapping[str, str]]:
    """The program with its arguments, and what it reads from its environment; texts are never part of a script."""
    if system == "darwin":
        return ("osascript", *(word for line in MACOS for word in ("-e", line)), "--", title, text), {}
    if system == "win32":
        texts = {"DUB_NOTICE_TITLE": title, "DUB_NOTICE_TEXT": text}
        return ("powershell", "-NoProfile", "-NonInteractive", "-Command", WINDOWS), texts
    if any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS")):
        return ("notify-send", "--app-name=dub", "--", title, escape(text, quote=False)), {}  # the body is markup
    return (), {}
