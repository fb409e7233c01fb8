"""`dub doctor`: what was found, what is missing, and how to get it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dubber.cli import options


@options.examples("dub doctor  this computer", "dub doctor --profile indextts  the profile's servers too")
@click.command(short_help="Say what was found on this machine and what is missing.")
@options.profile
def command(profile_name: str, cast_file: Path | None, pairs: tuple[str, ...], trust: bool) -> int:
    """Say what was found (ffmpeg, voices, the profile's servers), what is missing, and how to get it."""
    from dubber.cli import console
    from dubber.doctor import findings

    profile = options.load(profile_name, cast_file, pairs, trust)
    options.name_hosts(profile)
    for system in profile.backends:  # those too that speak for no voice are asked
        options.name_hosts(profile, system)
    found = findings(profile)
    rows: list[tuple[Any, ...]] = [(one.mark, one.what, one.found, one.advice) for one in found]
    console.table(rows)
    return 0 if all(one.works or one.optional for one in found) else 1
