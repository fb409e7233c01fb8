"""`dub takes`: the takes of a cue; hear one, export one, choose one, or bring a recording of a person's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dubber.cli import options

if TYPE_CHECKING:
    from dubber.takes import CueTakes


@options.examples(
    "dub takes movie.mp4 subs.srt 12  the takes of cue 12",
    "dub takes movie.mp4 subs.srt 12 --play 2  hear one",
    "dub takes movie.mp4 subs.srt --take 12=2  use it from now on",
    "dub takes movie.mp4 subs.srt --take 12=anna.wav  a person's recording",
)
@click.command(short_help="List, hear and choose the takes of a cue.")
@click.argument("film", type=options.FILE)
@click.argument("rest", nargs=-1, metavar="[SUBTITLES] [CUE]")
@click.option(
    "--take",
    "choices",
    multiple=True,
    metavar="CUE=TAKE",
    help="From now on use this take of a cue: 12=3, 12:ANNA=3, 12=newest, 12=anna.wav (a recording, which is copied).",
)
@click.option("--play", type=click.IntRange(1), metavar="N", help="Play take N of CUE.")
@click.option("--export", type=click.IntRange(1), metavar="N", help="Write take N of CUE to the file that -o names.")
@click.option(
    "-o", "--output", type=options.FILE, metavar="FILE", help="Where --export writes: .wav, .mp3, .m4a, .flac, .ogg."
)
@click.option("--speaker", default="", metavar="NAME", help="Whose line, where several speak in one cue.")
@click.option("--overwrite", is_flag=True, help="Replace an existing file.")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
@options.profile
@options.subtitles
def command(film: Path, rest: tuple[str, ...], choices: tuple[str, ...], **given: Any) -> int:  # fmt: skip
    """List the takes of a CUE of FILM that are stored, and choose the one that is used.

    Without a cue: every cue that has more than one take or an edit. What is chosen stands in
    FILM.LANGUAGE.dub-edits.toml beside the subtitles, recordings in FILM.LANGUAGE.takes/.
    """
    from dubber import takes
    from dubber.cli import console
    from dubber.job.job import Job

    subtitles, number = _parted(rest)
    profile = options.load(given["profile_name"], given["cast_file"], given["pairs"], given["trust"])
    same = ("languages", "subs_track", "encoding", "strict")
    job = Job(film, profile, subtitles, **{key: given[key] for key in same})
    for cue, speaker, wanted in map(takes.chosen, choices):
        console.say(takes.choose(takes.only(takes.of(job, cue), speaker or given["speaker"]), wanted))
    if given["play"] or given["export"]:
        if number is None:
            raise click.UsageError("say which cue: dub takes FILM [SUBTITLES] CUE --play 2")
        return _heard(takes.only(takes.of(job, number), given["speaker"]), given)
    if not choices or number is not None:
        found = takes.of(job, number)
        shown = found if number is not None else [one for one in found if len(one.takes) > 1 or one.entry]
        _list(shown, takes.orphans(job), as_json=given["as_json"])
    return 0


def _parted(rest: tuple[str, ...]) -> tuple[tuple[Path, ...], int | None]:
    """The subtitles and the cue's number; a number comes last."""
    *files, last = rest or ("",)
    number = int(last) if last.isdecimal() and not Path(last).exists() else None
    named = files if number is not None or not last else rest
    if len(named) > 1:
        raise click.UsageError("one subtitle file at a time")
    return tuple(map(Path, named)), number


def _list(found: list[CueTakes], orphans: list[str], *, as_json: bool) -> None:
    from dubber.cli import console

    if as_json:
        console.dump({"cues": [_as_json(one) for one in found], "orphans": orphans})
        return
    rows: list[tuple[Any, ...]] = []
    for one in found:
        for take in one.takes:
            made, seed = take.made[:16].replace("T", " "), "" if take.seed is None else take.seed
            length, used = f"{take.milliseconds / 1000:.2f} s", "*" if take.chosen else ""
            rows.append((one.cue.index, take.number, used, made, length, seed, take.verified, one.line.text))
        if one.entry and one.entry.recording and not one.reworded:
            rows.append((one.cue.index, "", "*", "", "", "", "recorded", one.entry.recording))
    if rows:
        heads = ("cue", "take", "used", "made", "speech", "seed", "verified", "text")
        console.table(rows, heads, right=[0, 1, 4, 5])
    else:
        console.say("no take is stored yet")
    for name in orphans:
        console.note(f"no cue uses the recording {name}")


def _as_json(one: CueTakes) -> dict[str, Any]:
    from dataclasses import asdict

    entry = asdict(one.entry) if one.entry else None
    return {"cue": one.cue.index, "speaker": one.line.speaker, "voice": one.line.voice.name, "shown": one.cue.text,
            "text": one.line.text, "takes": [asdict(take) for take in one.takes], "edit": entry}  # fmt: skip


def _heard(one: CueTakes, given: dict[str, Any]) -> int:
    """Play a take, or write it to a file."""
    from dubber import voices
    from dubber.cli import console
    from dubber.cli._play import play

    number = given["play"] or given["export"]
    take = next((take for take in one.takes if take.number == number), None)
    if take is None:
        there = ", ".join(str(take.number) for take in one.takes) or "none yet"
        raise click.UsageError(f"cue {one.cue.index} has no take {number}; there are: {there}")
    if given["export"]:
        if given["output"] is None:
            raise click.UsageError("say where to: -o FILE.wav")
        voices.export(take.key, given["output"], overwrite=given["overwrite"])
        console.say(f"wrote {given['output']} ({take.milliseconds / 1000:.2f} s of speech)")
        return 0
    with voices.as_file(take.key) as path:
        if play(path):
            return 0
    console.error("nothing here can play sound", f"--export {number} -o FILE.wav writes it to a file")
    return 1
