"""`dub cast`: who speaks in a subtitle file, as a cast file to edit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dubber.cli import options


@options.examples(
    "dub cast subs.ass  who speaks, and how much",
    "dub cast subs.ass -o cast.toml --profile cast  a cast file to edit",
)
@click.command(short_help="List the speakers and write a cast file.")
@click.argument("subtitles", nargs=-1, required=True, type=options.FILE)
@click.option("-o", "--output", type=options.FILE, metavar="FILE", help="Write a cast file (TOML), ready to be edited.")
@click.option("--overwrite", is_flag=True, help="Replace an existing cast file.")
@options.profile
@options.subtitles
def command(subtitles: tuple[Path, ...], output: Path | None, overwrite: bool, **given: Any) -> None:
    """List the speakers of SUBTITLES with their line counts and the voices they would get.

    A cast file is reused for every episode: dub ... --cast cast.toml
    """
    from dubber.cli import console
    from dubber.job import versions

    profile = options.load(given["profile_name"], given["cast_file"], given["pairs"], given["trust"])
    listed = versions.speakers(subtitles, profile, given["encoding"], given["strict"])
    console.table(
        [(who or "(nobody named)", count, voice) for who, count, voice in listed],
        ("speaker", "lines", "voice"),
        right=[1],
    )
    if output is None:
        return
    from dubber.casting.assign import cast_toml
    from dubber.files import written

    text = cast_toml({who: count for who, count, _ in listed}, {who: voice for who, _, voice in listed})
    written.write(output, text.encode(), inputs=[*subtitles, *profile.files], overwrite=overwrite, again=False)
    console.say(f"wrote {output}")
