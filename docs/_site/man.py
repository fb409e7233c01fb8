"""`python -m docs._site.man man/dub.1`: the manual page, from the command line itself."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from docs._site import commands
from dubber import cli

FILES = (
    (
        "FILM.LANGUAGE.dub.EXT",
        "the film; beside it .dub.json, what became of each line, and .dub.svg, a drawing",
    ),
    ("dub.toml, cast.toml", "settings and cast of a folder's films, for batch and watch"),
    ("FILM.LANGUAGE.dub-edits.toml", "what a person decided about single lines"),
)
VARIABLES = (
    ("DUB_PROFILE", "the profile, instead of narrator"),
    ("DUB_TABLE_KEY", "any key of a profile: DUB_MIXING_DEPTH=12"),
    ("DUB_STORE", "where spoken lines are kept"),
    ("DUB_FFMPEG", "another ffmpeg"),
    ("DUB_OPENAI_KEY, DUB_302AI_KEY, ...", "keys of services; `dub doctor` says which are set"),
)
STATUS = (("0", "done"), ("1", "something could not be done; it is named"),
          ("2", "something you have to change"), ("130", "stopped; finished takes are kept"))  # fmt: skip


def page() -> str:
    """The whole page in the language of man(7)."""
    film = dict(commands.every())["dub film"]
    lines = [".TH DUB 1", ".SH NAME", "dub \\- turns a film and its subtitles into a dubbed film", ".SH SYNOPSIS"]
    lines += [".B dub", roff("FILM [SUBTITLES]... [OPTIONS]"), ".br", ".B dub", roff("COMMAND [OPTIONS]")]
    lines += [".SH DESCRIPTION", *_paragraphs(commands.about(cli.cli))]
    lines += [".SH OPTIONS", *_terms(commands.options("dub", film)), ".SH EXAMPLES", *_examples(film)]
    lines += [".SH COMMANDS", roff("Each has --help; dub --version says the version.")]
    for path, command in commands.every():
        if command is not film:
            lines += _command(path, command)
    for title, terms in (("EXIT STATUS", STATUS), ("ENVIRONMENT", VARIABLES), ("FILES", FILES)):
        lines += [f".SH {title}", *_terms(terms)]
    return "\n".join([*lines, ""])


def _command(path: str, command: click.Command) -> Iterator[str]:
    yield f'.SS "{roff(path)}"'
    yield from (".PP", roff(commands.usage(path, command)))
    yield from _paragraphs(commands.about(command))
    yield from _terms(commands.options(path, command))
    yield from _examples(command)


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield from (".PP", roff(" ".join(paragraph.split())))


def _terms(rows: object) -> Iterator[str]:
    assert isinstance(rows, list | tuple)
    for name, text in rows:
        yield from (".TP", rf"\fB{roff(name)}\fR", roff(text))


def _examples(command: click.Command) -> Iterator[str]:
    rows = commands.examples(command)
    if rows:
        yield from (".PP", ".nf", *map(roff, rows), ".fi")


def roff(text: str) -> str:
    """A line of text that roff takes for nothing else."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{text}" if text[:1] in (".", "'") else text


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
