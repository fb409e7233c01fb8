"""`dub completion`: the script that lets a shell complete dub's commands, options, profiles and files."""

from __future__ import annotations

import click

from dubber.cli import options

SHELLS = ("bash", "zsh", "fish")


@options.examples(
    "dub completion bash > ~/.local/share/bash-completion/completions/dub",
    "dub completion zsh > ~/.zfunc/_dub  # a folder of $fpath, before compinit",
    "dub completion fish > ~/.config/fish/completions/dub.fish",
)
@click.command(short_help="Print the script that completes what you type.")
@click.argument("shell", type=click.Choice(SHELLS))
def command(shell: str) -> None:
    """Print the script for SHELL that completes dub's commands, options, profiles and files as you type."""
    from click.shell_completion import get_completion_class

    from dubber.cli import cli, console

    kind = get_completion_class(shell)
    assert kind is not None
    completion = kind(cli, {}, "dub", "_DUB_COMPLETE")
    console.say(completion.source_template % completion.source_vars())
