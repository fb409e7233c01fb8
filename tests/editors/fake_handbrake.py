"""A fake of HandBrake's "Send file to", as gtk/src/callbacks.c and win/CS/.../PrePostActionService.cs have it."""

from __future__ import annotations

import shlex
import subprocess


def send_on_linux(preference: str, film: str) -> None:
    """g_shell_quote() the path, append it, g_shell_parse_argv(), g_spawn_async(): shlex follows the same rules."""
    subprocess.run(shlex.split(f"{preference} {shlex.quote(film)}"), check=True)


def command_on_windows(program: str, arguments: str, film: str) -> str:
    """The command line that ProcessStartInfo(program, arguments) becomes."""
    return f'"{program}" ' + arguments.replace("{destination}", f'"{film}"')
