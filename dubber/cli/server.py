"""`dub server NAME ENDPOINT key=value ...`: any documented call of a voice server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dubber.cli import options


@options.examples(
    "dub server gptsovits  every call, with its parameters",
    "dub server indextts on_upload_audio uploaded_file=anna.wav",
)
@click.command(short_help="Call any documented endpoint of a voice server.")
@click.argument("name")
@click.argument("endpoint", required=False)
@click.argument("values", nargs=-1, metavar="[KEY=VALUE]...")
@click.option(
    "-o", "--output", type=options.FILE, metavar="FILE", help="Where an answer that is sound goes (.wav, .mp3, ...)."
)
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON (it is anyway, unless it is one text).")
@click.option("--server", default="", metavar="URL", help="Its address, instead of the profile's.")
@options.profile
def command(
    name: str,
    endpoint: str | None,
    values: tuple[str, ...],
    output: Path | None,
    overwrite: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Call ENDPOINT of the voice system NAME; without ENDPOINT, list them all with their parameters.

    `webui` is the training web UI of GPT-SoVITS, which `dub train` works with.
    """
    from dubber.cli import console
    from dubber.voices import call, endpoints

    more = {f"backends.{name}.servers": given["server"]} if given["server"] else {}
    profile = options.load(given["profile_name"], given["cast_file"], given["pairs"], given["trust"], more)
    if endpoint is None:
        _list(endpoints(name, profile))
        return 0
    options.name_hosts(profile, name)
    called = call(name, endpoint, _pairs(values), profile, output, overwrite=overwrite)
    if isinstance(called.answer, str) and not as_json:
        console.say(called.answer)
    else:
        console.dump(called.answer)
    if output is None or called.wrote:
        return 0
    console.error(f"{output} was not written: the answer is no sound")
    return 1


def _pairs(values: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for pair in values:
        key, equals, value = pair.partition("=")
        if not equals:
            raise click.UsageError(f"{pair!r}: write KEY=VALUE")
        found[key] = value
    return found


def _list(endpoints: Any) -> None:
    from dubber.cli import console
    from dubber.schema import REQUIRED

    for one in endpoints:
        console.say(f"{one.name}  {one.about}")
        for key, item in one.fields.items():
            default = "required" if item.default is REQUIRED else f"default {item.default!r}"
            allowed = f"; {item.setting.allowed}" if item.setting.allowed else ""
            console.say(f"    {key}: {item.setting.about} ({default}{allowed})")
