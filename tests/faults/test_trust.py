"""The sentences on trust that concern a whole job. Each voice system's own: see faults/__init__.py."""

from __future__ import annotations

import ast
import json
import re
import stat
import subprocess
import sys
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from tests.faults.jobs import PROFILE, ROOT, Place
from tests.servers.openai import OpenAiServer
from tests.servers.rest import Asked, Handler

KEY = "sk-never-shown-5d41402abc4b2a76"
HARD = 'sk-9/Zq+e"w&x=4b2a7641y_7d0f5d41402abc'
SERVED = PROFILE.replace('backend = "tone"\nmilliseconds_per_character = 30', 'backend = "openai"\nvoice = "bf_emma"')


@pytest.mark.parametrize("fault", ["", "401", "500", "400"])
def test_a_key_is_in_no_argument_log_take_report_or_message(fault: str, tmp_path: Path) -> None:
    """The server repeats the key in what it says, as some do."""
    with OpenAiServer(key=KEY if fault != "401" else "another", fault="" if fault == "401" else fault) as server:
        servers = f'[backends.openai]\nservers = ["{server.url}/v1"]\n'
        place = Place.made(tmp_path / "job", profile=servers + SERVED + "tries = 2\nfailures = 1000\n")
        environ = {**place.environ(), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
        environ |= {"DUB_OPENAI_127_0_0_1_KEY": KEY, "DUB_FFMPEG": str(_recorder(tmp_path)), "TMPDIR": str(tmp_path)}
        run = subprocess.run(
            [*(word for word in place.command() if word != "--quiet"), "--json"],
            env=environ, cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert any(asked.headers.get("Authorization") == f"Bearer {KEY}" for asked in server.asked)
    assert run.returncode == (1 if fault else 0), run.stderr
    assert KEY not in run.stdout + run.stderr
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or KEY.encode() not in path.read_bytes(), path
    assert (tmp_path / "arguments").stat().st_size > 100


FORMS = ("plain", "quoted", "json", "basic", "cut")


class Repeating(OpenAiServer):
    """Refuses every line, and repeats the key in one of the ways in which servers and the proxies before them do."""

    def __init__(self, form: str) -> None:
        self.form = form
        super().__init__(key=HARD)

    def answer(self, handler: Handler, asked: Asked) -> None:
        if not self.is_synthesis(asked):
            return super().answer(handler, asked)
        written = {
            "plain": HARD, "quoted": quote(HARD, safe=""), "json": json.dumps(json.dumps(HARD)),
            "basic": b64encode(f"user:{HARD}".encode()).decode(), "cut": " ".join(["words"] * 46) + " " + HARD,
        }[self.form]  # fmt: skip
        handler.say({"error": {"message": f"no such key: {written}"}}, 400)


@pytest.mark.parametrize("form", FORMS)
def test_no_piece_of_a_key_is_in_any_log_or_report_of_a_watched_folder(form: str, tmp_path: Path) -> None:
    """The words of a server are cut at 300 characters: half a key is a key given away."""
    with Repeating(form) as server:
        servers = f'[backends.openai]\nservers = ["{server.url}/v1"]\n'
        place = Place.made(tmp_path / "job", profile=servers + SERVED + "tries = 1\nfailures = 1000\n")
        environ = {**place.environ(), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
        environ |= {"DUB_OPENAI_127_0_0_1_KEY": HARD, "DUB_CONFIG": str(tmp_path / "config")}
        environ |= {name: str(tmp_path / name) for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME")}
        words = ["watch", str(place.folder / "in"), "--once", "--settle", "0.1", "-p", str(place.profile)]
        told = [
            subprocess.run(
                [sys.executable, "-m", "dubber", *some],
                env=environ, cwd=ROOT, capture_output=True, text=True, check=False,
            )
            for some in (words, ["status", str(place.folder / "in")], ["batch", str(place.folder / "in"), *words[-2:]])
        ]  # fmt: skip
    assert [one.returncode for one in told] == [1, 1, 1], told
    assert list((place.folder / "in" / "failed").glob("*.log")) and "no such key" in told[0].stdout + told[0].stderr
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    everything = b"".join([*files, *(f"{one.stdout}{one.stderr}".encode() for one in told)]).replace(b"\n", b"")
    for written in (HARD, quote(HARD, safe=""), json.dumps(HARD)[1:-1], b64encode(f"user:{HARD}".encode()).decode()):
        for at in range(len(written) - 12):
            assert written[at : at + 12].encode() not in everything, written[at : at + 12]


def _recorder(folder: Path) -> Path:
    """An ffmpeg that writes down what it was told."""
    from dubber.media.ffmpeg import tools

    path = folder / "ffmpeg"
    path.write_text(f'#!/bin/sh\necho "$@" >> {folder}/arguments\nexec {tools().ffmpeg} "$@"\n')
    path.chmod(0o755)
    return path


HOSTILE = (
    "../../../escaped/name: -f/etc/hostname",
    "<script src=http://evil.example/x.js>: <img src=//evil.example/a.png onerror=x()>",
    "/etc/passwd: \x1b]0;owned\x07 $(touch owned) `touch owned` {x}\u202e",
)


def test_names_and_words_of_a_subtitle_file_are_data_from_end_to_end(tmp_path: Path) -> None:
    place = Place.made(tmp_path / "job", words=HOSTILE)
    before = {path.name for path in ROOT.iterdir()} | {path.name for path in tmp_path.parent.iterdir()}
    run = subprocess.run(
        [word for word in place.command() if word != "--quiet"],
        env=place.environ(), cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", run.stdout + run.stderr)
    assert {path.name for path in ROOT.iterdir()} | {path.name for path in tmp_path.parent.iterdir()} == before
    assert {path.name for path in tmp_path.iterdir()} == {"job"} and not list(tmp_path.rglob("*owned*"))
    names = {path.name for path in place.out.parent.iterdir()}
    assert names == {"film.mkv", "film.mkv.dub.json", "film.mkv.dub.svg"}
    json.loads((place.out.parent / "film.mkv.dub.json").read_text())
    picture = ElementTree.parse(place.out.parent / "film.mkv.dub.svg")
    for element in picture.iter():
        assert element.tag.rpartition("}")[2] in ("svg", "g", "rect", "text", "tspan", "path", "title")
        assert not any("href" in key or key.startswith("on") for key in element.attrib)


def test_what_is_made_on_the_way_is_private_and_the_results_follow_the_umask(tmp_path: Path) -> None:
    place = Place.made(tmp_path / "job")
    (place.folder / "tmp").mkdir()
    code = (
        "import os, sys, tempfile\nfrom pathlib import Path\nos.umask(0o022)\n"
        "from tests.faults.jobs import Place\nplace = Place(Path(sys.argv[1]))\n"
        "def look(event):\n"
        "    for folder in (place.out.parent, place.store, place.folder / 'tmp'):\n"
        "        for path in folder.rglob('*') if folder.exists() else ():\n"
        "            if path.is_file() and (path.name.startswith('.') or folder != place.out.parent):\n"
        "                mode, above = path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777\n"
        "                print(f'{event.stage} {mode:03o} {above:03o} {path.name}')\n"
        "place.run(look)\n"
    )
    environ = {**place.environ(), "TMPDIR": str(place.folder / "tmp")}
    run = subprocess.run(
        [sys.executable, "-c", code, str(place.folder)], env=environ, cwd=ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    seen = [line.split(" ", 3) for line in run.stdout.splitlines()]
    assert {stage for stage, *_ in seen} >= {"synthesis", "encode", "mux"}
    assert any(".dub-part-" in name for *_, name in seen) and any(name.endswith(".take") for *_, name in seen)
    for stage, mode, above, name in seen:
        assert mode == "600" or above == "700", (stage, mode, name)
    for path in place.out.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o644, path.name


def test_nothing_is_unpickled_no_weights_are_loaded_and_no_yaml_is_read() -> None:
    """The one process pool is between our own processes; from files nothing comes that could run."""
    banned = {"pickle", "shelve", "marshal", "dill", "cloudpickle", "joblib", "torch", "yaml", "jsonpickle"}
    for path in (ROOT / "dubber").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not banned & {name.split(".")[0] for name in names}, path
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.load", "numpy.load"):
                assert any(word.arg == "allow_pickle" and ast.unparse(word.value) == "False" for word in node.keywords)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "__import__"), path


def test_a_stranger_who_gives_the_profile_learns_nothing_of_this_computer(tmp_path: Path) -> None:
    """Recordings outside the profile's folder, however they are named, stop the job before anything is sent."""
    secret = tmp_path / "secret.wav"
    secret.write_bytes(b"RIFF secret")
    names = ("../../secret.wav", str(secret), f"file://{secret}", "~/secret.wav", "$HOME/secret.wav", "link.wav")
    for number, name in enumerate(names):
        with OpenAiServer() as server:
            folder = tmp_path / str(number)
            voice = f'[voices.v]\nbackend = "indextts"\nreference = "{name}"\n[casting]\nnarrator = "v"\n'
            servers = f'[backends.indextts]\nservers = ["{server.url}"]\n'
            place = Place.made(folder, profile=servers + voice)
            if name == "link.wav":
                (folder / "in" / name).symlink_to(secret)
            environ = {**place.environ(), "HOME": str(tmp_path)}
            run = subprocess.run(place.command(), env=environ, cwd=ROOT, capture_output=True, text=True, check=False)
            assert run.returncode == 2 and "Traceback" not in run.stderr, run.stderr
            assert server.asked == [] and not place.out.exists(), name
