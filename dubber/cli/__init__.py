"""The command line: parse, call, print. One command a file; a file's name is its command's name."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click
from click.shell_completion import CompletionItem

from dubber import __version__
from dubber.cli import _endings, _stopping
from dubber.errors import DubError

DEFAULT = "film"
GROUPS = {
    "One film": ("film", "check", "takes"),
    "Voices": ("cast", "voices", "profiles", "train", "server"),
    "Many films": ("batch", "watch", "status", "retry"),
    "Editors": ("hooks", "hook"),
    "This computer": ("doctor", "cache", "completion"),
}
NOT_COMMANDS = {"ahead", "console", "options"}
EXPECTED = (click.exceptions.Exit, KeyboardInterrupt, click.Abort, click.ClickException, BrokenPipeError)
EVENTS = {"--json=events": "--json-events"}  # click has no flags that may have a value


class Defaulting(click.Group):
    """A group that takes anything but its commands' names for the arguments of its first command."""

    default = ""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {"--help", "-h", "--version"}
        if args and args[0] not in own and args[0] not in self.list_commands(ctx):
            args = [self.default, *args]
        return super().parse_args(ctx, args)


class Commands(Defaulting):
    """Finds its commands in this folder, loads only the one that runs, and takes a film for `dub film FILM`."""

    default = DEFAULT

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [EVENTS.get(word, word) for word in args] or ["--help"])

    def list_commands(self, ctx: click.Context) -> list[str]:
        files = (path.stem for path in Path(__file__).parent.glob("*.py"))
        found = {name for name in files if name not in NOT_COMMANDS and not name.startswith("_")}
        grouped = [name for names in GROUPS.values() for name in names if name in found]
        return [*grouped, *sorted(found - set(grouped))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command = import_module(f"{__name__}.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage("dub", "FILM [SUBTITLES]... [OPTIONS]")
        formatter.write_usage("dub", "COMMAND [OPTIONS]", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        film = self.get_command(ctx, DEFAULT)
        assert film is not None
        click.Command.format_options(film, ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands as people work with them, one column of descriptions for all groups."""
        names = self.list_commands(ctx)
        longest = max(map(len, names))
        for title, members in {**GROUPS, "More": tuple(set(names).difference(*GROUPS.values()))}.items():
            found = [(name, self.get_command(ctx, name)) for name in names if name in members]
            rows = [(name.ljust(longest), command.get_short_help_str(70)) for name, command in found if command]
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        film = self.get_command(ctx, DEFAULT)
        assert film is not None
        film.format_epilog(ctx, formatter)
        super().format_epilog(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """A command, or the film."""
        return [CompletionItem(incomplete, type="file"), *super().shell_complete(ctx, incomplete)]


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`dub COMMAND --help` says more. Exit status: 0 done, 1 something could not be done (it is named), "
    "2 something you have to change, 130 stopped.",
)
@click.version_option(__version__, prog_name="dub", message="%(prog)s %(version)s")
def cli() -> None:
    """Turn a film and its subtitles into a dubbed film.

    The subtitles are files (.srt, .vtt, .ass, .ttml and many more), one for each language; without any, the film's own
    text track is used.
    """


def main(args: list[str] | None = None) -> NoReturn:
    """Run and exit. The one place that turns errors into a line and an exit status."""
    arguments = sys.argv[1:] if args is None else args
    _open_streams()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start threads that only wait and spin
    debug = "--debug" in arguments
    stops = _stopping.Stops()
    try:
        status = _status([word for word in arguments if word != "--debug"], debug, stops)
    except KeyboardInterrupt:  # while the last words were said
        status = _stopping.STATUS
    stops.over()
    if args is None:  # the process ends now: Python need not look for cycles in what goes with it
        gc.freeze()
    else:
        stops.release()
    sys.exit(status)


def _open_streams() -> None:
    """A service or a launcher may start us without stdin, stdout or stderr: they lead nowhere then, and no file that is
    opened later gets their place."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), "r" if name == "stdin" else "w"))


def _status(arguments: list[str], debug: bool, stops: _stopping.Stops) -> int:
    try:
        if _nowhere():
            return _said(2, "the folder that you are in has been removed", "go to another one")
        return cli.main(arguments, prog_name="dub", standalone_mode=False) or 0
    except (Exception, KeyboardInterrupt) as error:
        if debug and not isinstance(error, EXPECTED):
            raise
        return _ended(error, stops)


def _ended(error: BaseException, stops: _stopping.Stops) -> int:
    """Say what has ended a command; gives its exit status."""
    from dubber.cli import console

    if isinstance(error, KeyboardInterrupt | click.Abort):
        stops.heard()
    if isinstance(error, BrokenPipeError):
        console.silence(1)
    status, text, advice = _endings.of(error)
    if isinstance(error, DubError):
        console.fault(error)
    elif text:
        console.error(text, advice)
    return status


def _nowhere() -> bool:
    """Whether the working folder has gone: no path can be made whole then."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def _said(status: int, text: str, advice: str = "") -> int:
    from dubber.cli import console

    console.error(text, advice)
    return status
