"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dubber.paths import USUAL_PROFILE

if TYPE_CHECKING:
    from dubber.config.profile import Profile
    from dubber.unattended.library import BatchOptions

Command = TypeVar("Command", bound=Callable[..., Any])
Typed = TypeVar("Typed", bound=click.Command)

FILE = click.Path(path_type=Path)


def examples(*rows: str) -> Callable[[Typed], Typed]:
    """What a command's --help shows below its options: each row a command and, behind two spaces, what it is for."""
    parted = [row.partition("  ") for row in rows]
    column = max(len(typed) for typed, _, _ in parted)
    shown = (f"  {typed:<{column}}  {meaning}".rstrip() for typed, _, meaning in parted)

    def add(command: Typed) -> Typed:
        command.epilog = "\n".join(["\b", "Examples:", *shown])
        return command

    return add


def _profiles(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """The profiles that a name may become, for a shell."""
    from dubber.config.layers import available

    return [name for name in available() if name.startswith(begun)]


def profile(command: Command) -> Command:
    """--profile, --cast, --set and --trust: what decides how a film is dubbed."""
    options = [
        click.option("-p", "--profile", "profile_name", default=USUAL_PROFILE, envvar="DUB_PROFILE",
                     metavar="NAME|FILE", show_default=True, shell_complete=_profiles,
                     help="Voices and settings; `dub profiles` lists them."),
        click.option("--cast", "cast_file", type=FILE, metavar="FILE", help="Who speaks with which voice."),
        click.option("--set", "pairs", multiple=True, metavar="KEY=VALUE", help="Any profile key: mixing.depth=12"),
        click.option("--trust", is_flag=True, help="The profile may use recordings outside its own folder."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def finite(_: click.Context, __: click.Parameter, seconds: float) -> float:
    """A number of seconds; infinity and NaN are a usage error."""
    if not isfinite(seconds):
        raise click.BadParameter(f"{seconds} is no number of seconds")
    return seconds


def _rates(_: click.Context, __: click.Parameter, text: str) -> Any:
    from dubber.subtitles.retiming import frame_rates

    return frame_rates(text) if text else None


def timing(command: Command) -> Command:
    """Where the subtitles belong in the film, and which of its sounds is the original."""
    options = [
        click.option("--offset", type=float, callback=finite, default=0.0, metavar="SECONDS",
                     help="Added to every cue's time: -2.3 where they come late."),
        click.option("--fps", callback=_rates, default="", metavar="FROM:TO",
                     help="The frame rate that the subtitles were timed for, and the film's: 25:23.976"),
        click.option("--sync", type=click.Choice(["check", "auto", "off"]),
                     help="Compare the times with the film's speech: warn, correct them, or do not.  [default: check]"),
        click.option("--audio-track", default="", metavar="TRACK",
                     help="The original sound: number, language or title."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def times(given: Mapping[str, Any]) -> dict[str, Any]:
    """What `timing` was given, as a job has it."""
    return {"offset": round(1000 * given["offset"]), "fps": given["fps"], "audio_track": given["audio_track"]}


def synchronising(given: Mapping[str, Any]) -> dict[str, str]:
    """What `timing` was given, as a profile has it."""
    return {"reading.sync": given["sync"]} if given["sync"] else {}


trust_output = click.option(
    "--trust-output", is_flag=True, help="A profile that lies anywhere may say where outputs go and what is replaced."
)


after = click.option(
    "--exec", "after", default="", metavar="COMMAND",
    help="Run for each film that was dubbed or failed, without a shell; {output}, {media}, {event}, {status} and "
    "{reason} are filled in.",
)  # fmt: skip


def subtitles(command: Command) -> Command:
    """How the subtitles are read."""
    options = [
        click.option("-l", "--language", "languages", multiple=True, metavar="TAG",
                     help="The subtitles' language (en, pt-BR); once for each file."),
        click.option("--encoding", default="", metavar="NAME", help="The subtitles' code page, if the guess is wrong."),
        click.option("--subs-track", default="", metavar="TRACK", help="The film's own track: number, language or cc."),
        click.option("--strict", is_flag=True, help="A broken cue or an unknown speaker is an error."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def library(command: Command) -> Command:
    """How the films of a folder are dubbed, beside what their profile says."""
    options = [
        click.option("-l", "--language", "languages", multiple=True, metavar="TAG",
                     help="Only subtitles of these languages."),
        click.option("--encoding", default="", metavar="NAME", help="The subtitles' code page, if the guess is wrong."),
        click.option("--strict", is_flag=True, help="A broken cue or an unknown speaker is an error."),
        click.option("--allow-missing", is_flag=True, help="Write films even if some lines could not be spoken."),
        click.option("-j", "--films", type=click.IntRange(1, 256), default=4, show_default=True,
                     help="Films under way at once."),
    ]  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def wishes(given: Mapping[str, Any]) -> BatchOptions:
    """What `profile` and `library` were given."""
    from dubber.unattended.library import BatchOptions

    same = ("languages", "encoding", "strict", "allow_missing", "overwrite")
    more = {key: given[key] for key in same if key in given}
    overrides = {**dotted(given["pairs"]), **synchronising(given)}
    trusts = {"trusted": given["trust"], "trusted_output": given["trust_output"]}
    return BatchOptions(given["profile_name"], given["cast_file"], overrides, **trusts, **times(given), **more)


def load(
    name: str,
    cast_file: Path | None,
    pairs: tuple[str, ...],
    trust: bool,
    more: Mapping[str, Any] | None = None,
    trust_output: bool = False,
) -> Profile:
    """The profile that the options ask for; more: dotted keys from other options."""
    from dubber.config.profile import load

    return load(
        name, cast=cast_file, overrides={**dotted(pairs), **(more or {})}, trusted=trust, trusted_output=trust_output
    )


def name_hosts(profile: Profile, system: str = "") -> None:
    """Say to whom the user's words and recordings go, the first time that they go there. system: only that voice
    system's servers are asked, whoever speaks in the profile."""
    from dubber.cli import console
    from dubber.config.destinations import sentences

    for sentence in sentences(profile, system):
        console.note(sentence)


def found(film: Path, subtitles: tuple[Path, ...], given: Mapping[str, Any]) -> tuple[Path, ...]:
    """The subtitle files named, else the one that lies beside the film: which, is said. None: the film's own track."""
    if subtitles or given["subs_track"]:
        return subtitles
    from dubber.api import subtitles_beside
    from dubber.cli import console

    return subtitles_beside(film, given["languages"], console.note)


def dotted(pairs: tuple[str, ...]) -> dict[str, str]:
    """What --set gives: values by dotted key. A pair without its "=" is a usage error."""
    found = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise click.UsageError(f"--set {pair}: write KEY=VALUE, as in mixing.depth=12")
        found[key.strip()] = value.strip()
    return found
