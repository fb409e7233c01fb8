"""What the pages tell people to type works as it is written there.

    ```console   `$ dub ...` is run, in a folder with the sample film, page by page from top to bottom; the lines below
                 a command are what it says, among other things
    ```sh        `dub ...` is parsed by the command line itself and not run: it needs films, servers, or is for ever
    four spaces  the same

Where a page wants a voice server, the tests' fake ones of its kind are there.
"""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from dubber import backends
from dubber.model import Line, Phrase, Voice, Window
from tests.servers.launch import shared
from tests.servers.openai import OpenAiServer
from tests.servers.recordings import recording
from tests.typed import Dub, parsed

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = {str(path.relative_to(DOCS)): path.read_text(encoding="utf-8") for path in sorted(DOCS.rglob("*.md"))}
WEB_UIS = ("voices/indextts.md", "voices/gptsovits.md", "voices/voicelibrary.md")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROMPT = "$ "


def blocks(page: str, kind: str) -> list[str]:
    return [found[2] for found in FENCE.finditer(PAGES[page]) if found[1] == kind]


def steps(page: str) -> list[tuple[str, list[str]]]:
    """The page's commands in their order, each with the lines that it is said to print."""
    found: list[tuple[str, list[str]]] = []
    for row in "".join(blocks(page, "console")).splitlines():
        if row.startswith(PROMPT):
            found.append((row.removeprefix(PROMPT), []))
        elif row.strip():
            found[-1][1].append(row)
    return found


def typed(page: str) -> list[str]:
    """The page's commands that are not run, without their explanations."""
    rows = "".join(blocks(page, "sh")).splitlines()
    rows += re.findall(r"^    +(dub .*)$", FENCE.sub("", PAGES[page]), re.MULTILINE)
    return [re.split(r"  +|\s#\s", row.strip())[0] for row in rows if row.strip().startswith("dub ")]


RUN = [page for page in PAGES if steps(page)]
PARSED = [(page, words) for page in PAGES for words in dict.fromkeys(typed(page))]


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    """A folder with the sample film, and a library of one."""
    for path in (ROOT / "samples").glob("harbour.*"):
        shutil.copy(path, tmp_path)
    recording(tmp_path / "anna.wav", "anna")
    (tmp_path / "films").mkdir()
    shutil.copy(ROOT / "samples/harbour.mp4", tmp_path / "films/harbour.mp4")
    shutil.copy(ROOT / "samples/harbour.srt", tmp_path / "films/harbour.en.srt")
    return tmp_path


@pytest.fixture
def server(page: str, keyless: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A fake of the voice system that a page is about."""
    system = Path(page).stem
    with OpenAiServer() as fake:
        address = f"{fake.url}/v1" if system == "openai" else shared(system).url if page in WEB_UIS else ""
        if address:
            monkeypatch.setenv(f"DUB_BACKENDS_{system.upper()}_SERVERS", address)
        if system == "gptsovits":
            training = shared("sovits_training", "--root", str(tmp_path))
            monkeypatch.setenv("DUB_BACKENDS_WEBUI_SERVERS", training.url)
        yield


@pytest.mark.parametrize("page", RUN)
def test_the_commands_of_a_page_do_what_it_says(page: str, dub: Dub, samples: Path, server: None) -> None:
    for command, expected in steps(page):
        program, *words = shlex.split(command)
        assert program == "dub", command
        said = dub(*words)
        assert said.status == 0, f"{command}: {said.err}"
        told = " ".join((said.out + said.err).split())
        for line in expected:
            assert " ".join(line.split()) in told, f"{command} did not say {line!r} but {told}"


def test_the_voice_system_of_the_developers_page_hums_a_second_for_ten_letters(tmp_path: Path) -> None:
    (written,) = blocks("tutorials/developer.md", "python")
    script = tmp_path / "dub_hum.py"
    script.write_text(written, encoding="utf-8")
    hum = runpy.run_path(str(script), run_name="dub_hum")["Hum"]()
    line = Line(1, "A", Voice("hum", "h", (("pitch", 200.0),)), (Phrase(1, Window(0, 1000), "0123456789"),), "en")
    assert hum.synthesize(line).milliseconds == pytest.approx(1000)


@pytest.mark.parametrize(("page", "command"), PARSED)
def test_commands_that_are_not_run_are_ones_that_dub_takes(page: str, command: str) -> None:
    assert parsed(shlex.split(command, comments=True)[1:]), f"{page}: {command}"


def test_each_voice_system_has_its_page_with_all_its_keys() -> None:
    for name in backends.names():
        page = PAGES[f"voices/{name}.md"]
        assert f"<!-- keys: backends.{name} -->" in page and f"<!-- keys: voices.{name} -->" in page


def test_every_key_of_a_profile_stands_in_a_page() -> None:
    from docs._site import hook, keys

    shown = "\n".join(hook.filled(page) for page in PAGES.values())
    missing = [f"{name}.{item.key}" for name, items in keys.tables().items() for item in items
               if f"| `{item.key}` |" not in shown]  # fmt: skip
    assert not missing
    marks = set(re.findall(r"<!-- keys: (\S+) -->", "\n".join(PAGES.values())))
    assert marks == set(keys.tables()), "a table that no page shows"


def test_every_option_of_every_command_stands_in_the_page_of_commands() -> None:
    from docs._site import commands, hook

    shown = hook.filled(PAGES["commands.md"])
    for path, command in commands.every():
        section = shown.split(f"## {path}\n", 1)[1].split("\n## ", 1)[0]
        for parameter in command.params:
            if isinstance(parameter, click.Option) and not parameter.hidden:
                assert parameter.opts[-1] in section, f"{path} {parameter.opts}"


def test_each_message_that_is_explained_is_one_that_dub_says() -> None:
    explained = PAGES["troubleshooting.md"].split("## What it says")[1].split("\n## ")[0]
    messages = [
        one for row in re.findall(r"^\| (`.*?) \|", explained, re.MULTILINE) for one in re.findall(r"`(.+?)`", row)
    ]
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "dubber").rglob("*.py"))
    assert len(messages) >= 10 and [message for message in messages if message not in source] == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_links_of_the_papers_outside_the_site_lead_to_files(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", (ROOT / name).read_text(encoding="utf-8"))
    assert [link for link in links if "//" not in link and not (ROOT / link).exists()] == []
