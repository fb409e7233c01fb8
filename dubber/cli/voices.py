"""`dub voices`: list, try, add and remove voices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from dubber.cli import Defaulting, options


class Voices(Defaulting):
    """`dub voices NAME` is `dub voices list NAME`."""

    default = "list"


@options.examples("dub voices cast  the voices of a profile", "dub voices espeak  what a voice system offers")
@click.group(cls=Voices, invoke_without_command=True, short_help="List, try, add and remove voices.")
@click.pass_context
def command(ctx: click.Context) -> None:
    """List the voices of a profile or of a voice system: dub voices cast, dub voices espeak."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(listed)


@options.examples("dub voices list indextts")
@command.command("list")
@click.argument("name", default="", metavar="[PROFILE|BACKEND]")
@options.profile
def listed(name: str, **given: Any) -> None:
    """List a profile's voices, or what a voice system offers (at the servers of --profile)."""
    from dubber import backends
    from dubber.cli import console
    from dubber.voices import offered

    system = name in backends.names()
    named = given["profile_name"] if system or not name else name
    profile = options.load(named, given["cast_file"], given["pairs"], given["trust"])
    if system:
        names = offered(name, profile)
        for voice in names:
            console.say(voice)
        if not names:
            console.note(f"{name} lists no voices: name what it speaks with in the profile (`dub profiles new`)")
        return
    rows = [(key, voice.backend, voice.language, _settings(voice.settings)) for key, voice in profile.voices.items()]
    console.table(rows, ("voice", "backend", "language", "settings"))


def _settings(pairs: tuple[tuple[str, Any], ...]) -> str:
    return ", ".join(f"{key}={value}" for key, value in pairs)


@options.examples('dub voices say alto "Is the lamp ready?" --profile cast -o try.wav')
@command.command()
@click.argument("voice")
@click.argument("text")
@click.option(
    "-o",
    "--output",
    type=options.FILE,
    required=True,
    metavar="FILE",
    help="Where the sound goes: .wav, .mp3, .m4a, .flac, .ogg.",
)
@click.option("-l", "--language", default="", metavar="TAG", help="The language of the text.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
@options.profile
def say(voice: str, text: str, output: Path, language: str, overwrite: bool, **given: Any) -> None:
    """Speak TEXT with a VOICE of the profile."""
    from dubber.cli import console
    from dubber.voices import say

    profile = options.load(given["profile_name"], given["cast_file"], given["pairs"], given["trust"])
    options.name_hosts(profile)
    seconds = say(profile, voice, text, output, language=language, overwrite=overwrite)
    console.say(f"wrote {output} ({seconds:.2f} s)")


@options.examples("dub voices add anna anna.wav --backend indextts")
@command.command()
@click.argument("name")
@click.argument("recording", type=options.FILE)
@click.option("--backend", required=True, help="The voice system that shall keep it.")
@click.option("--overwrite", is_flag=True, help="Replace a voice of that name without asking.")
@options.profile
def add(name: str, recording: Path, backend: str, overwrite: bool, **given: Any) -> None:
    """Make RECORDING a voice of the profile's servers, called NAME."""
    from dubber.cli import console
    from dubber.voices import add_voice

    def may(address: str) -> bool:
        return overwrite or console.ask(f"Replace the voice {name!r} at {address} for good?")

    profile = options.load(given["profile_name"], given["cast_file"], given["pairs"], given["trust"])
    options.name_hosts(profile, backend)
    known = "; ".join(add_voice(backend, name, recording, profile, may))
    console.say(f"{backend} has the voice {name}{': ' + known if known else ''}")


@options.examples("dub voices remove anna --backend indextts")
@command.command()
@click.argument("name")
@click.option("--backend", required=True, help="The voice system that keeps it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.profile
def remove(name: str, backend: str, yes: bool, **given: Any) -> None:
    """Remove the voice NAME from the profile's servers, for good."""
    from dubber.cli import console
    from dubber.voices import remove_voice

    profile = options.load(given["profile_name"], given["cast_file"], given["pairs"], given["trust"])
    if not yes and not console.ask(f"Remove the voice {name!r} from {backend} for good?"):
        raise click.UsageError("nothing removed; say --yes to remove without being asked")
    remove_voice(backend, name, profile)
    console.say(f"{backend} no longer has the voice {name}")
