"""What dub says of itself: grouped help, examples that can be typed, the manual page, completion in a shell."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs._site import commands, man
from dubber import cli
from tests.typed import Dub, parsed

ROOT = Path(__file__).parents[2]
EVERY = dict(commands.every())
EXAMPLES = [(path, row) for path, command in EVERY.items() for row in commands.examples(command)]


def words_of(example: str) -> list[str]:
    """An example's words behind `dub`, without its meaning and without where a shell sends its output."""
    typed = example.partition("  ")[0].partition(" > ")[0]
    return shlex.split(typed)[1:]


def test_help_names_each_command_once_in_the_group_where_people_look_for_it(dub: Dub) -> None:
    rows = dub("--help").out.splitlines()
    at = [rows.index(f"{title}:") for title in cli.GROUPS]
    assert at == sorted(at) and "More:" not in rows
    listed = [row.split()[0] for row in rows[at[0] :] if row.startswith("  ") and row[2:3].isalpha()]
    commands_of_groups = [name for names in cli.GROUPS.values() for name in names]
    assert listed[: len(commands_of_groups)] == commands_of_groups


@pytest.mark.parametrize("path", EVERY)
def test_each_command_shows_an_example_of_itself(path: str, dub: Dub) -> None:
    examples = commands.examples(EVERY[path])
    assert examples
    said = dub(*path.split()[1:], "--help")
    assert said.status == 0 and all(example in said.out for example in examples)


@pytest.mark.parametrize(("path", "example"), EXAMPLES)
def test_an_example_is_taken_as_it_is_written(path: str, example: str) -> None:
    reached = " ".join(["dub", *parsed(words_of(example))])
    assert reached == path or reached.startswith(f"{path} "), "an example of another command"


def test_the_manual_page_says_what_help_says() -> None:
    kept = (ROOT / "man/dub.1").read_text(encoding="utf-8")
    assert kept == man.page(), "the help has changed: type `make man`"


@pytest.mark.skipif(shutil.which("man") is None, reason="needs man")
def test_the_manual_page_is_read_by_man_without_complaint() -> None:
    shown = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-l", ROOT / "man/dub.1"],
        capture_output=True, text=True, check=True, env={"PATH": "/usr/bin:/bin", "MANWIDTH": "80"},
    )  # fmt: skip
    assert not shown.stderr and "dub voices say" in shown.stdout


COMPLETE = """
eval "$(dub completion bash)"
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
complete -p dub >&2
compopt() {{ :; }}
_dub_completion dub
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("dub vo", ["voices"]),
        ("dub batch --spr", ["--spread"]),
        ("dub movie.mp4 --dry", ["--dry-run"]),
        ("dub check movie.mp4 --sync a", ["auto"]),
        ("dub movie.mp4 --profile voiceo", ["voiceover"]),
        ("dub hooks inst", ["install"]),
    ],
)
def test_bash_completes_what_is_typed(words: str, offered: list[str], tmp_path: Path) -> None:
    folder = Path(sys.executable).parent
    ran = subprocess.run(
        ["bash", "--norc", "-c", COMPLETE.format(words=words)], capture_output=True, text=True, check=True,
        cwd=tmp_path, env={"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(tmp_path), "DUB_CONFIG": str(tmp_path)},
    )  # fmt: skip
    assert ran.stdout.split() == offered
    assert "_dub_completion dub" in ran.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_takes_its_script(shell: str, dub: Dub, tmp_path: Path) -> None:
    said = dub("completion", shell)
    assert "_DUB_COMPLETE" in said.out and said.status == 0
    if shutil.which(shell):
        (tmp_path / "script").write_text(said.out)
        subprocess.run([shell, "-n", tmp_path / "script"], check=True, capture_output=True)
