"""What the user wants done with a film that was dubbed, or has failed: a command of his, without a shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from dubber.unattended.hook_request import filled
from dubber.unattended.results import Result

NOT_OURS = {"DUB_EXEC", "DUB_DETACH"}  # would make a dub that the user's command starts do the same once more

Say = Callable[[str], None]


def followed(result: Result, command: str, event: str, say: Say) -> Result:
    """The result, after the user's command was run for it; that it failed makes the film one that failed. Event: for
    the command, what happened."""
    facts = {"output": result.output or "", "media": result.film, "event": event}
    told = {**facts, "status": result.status, "reason": result.reason}
    trouble = follow(command, {key: str(value) for key, value in told.items()}, say)
    return replace(result, status="failed", reason=trouble) if trouble and result.status != "failed" else result


def follow(command: str, facts: Mapping[str, str], say: Say) -> str:
    """Run the user's command when a film was dubbed or failed: once, not again when it is found done. Gives what went
    wrong, "" when nothing did."""
    if not command or facts["status"] not in ("dubbed", "failed") or ("{output}" in command and not facts["output"]):
        return ""
    words = filled(command, dict(facts))
    say(f"runs {words}")
    trouble = _run(words, {f"DUB_{key.upper()}": value for key, value in facts.items()})
    return f"{facts['output']} is there, but {words[0]!r} {trouble}" if trouble else ""


def _run(command: list[str], facts: dict[str, str]) -> str:
    """Why a command failed; "" when it did not."""
    program = shutil.which(command[0]) or command[0]
    if sys.platform == "win32" and Path(program).suffix.lower() in (".bat", ".cmd"):
        return "is a command file, whose arguments Windows reads as commands: name a program"
    environment = {key: value for key, value in os.environ.items() if key not in NOT_OURS}
    try:
        done = subprocess.run([program, *command[1:]], env={**environment, **facts}, stdin=subprocess.DEVNULL)
    except (OSError, ValueError) as error:
        return f"could not be started: {getattr(error, 'strerror', None) or error}"
    return f"ended with status {done.returncode}" if done.returncode else ""
