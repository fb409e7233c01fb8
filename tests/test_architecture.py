"""The house rules, read from the code itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "dubber"
MODULES = sorted(ROOT.rglob("*.py"))

PURE = [
    "model.py", "errors.py", "settings.py", "languages.py", "letters.py", "south_slavic.py", "language_choice.py",
    "file_names.py", "casting.py", "given_names.py", "edits.py", "fitting.py", "fitting", "subtitles",
]  # fmt: skip
IMPURE_IMPORTS = {
    "subprocess", "socket", "urllib", "http", "httpx", "requests", "time", "random", "secrets", "os", "shutil",
    "tempfile", "threading", "multiprocessing", "concurrent", "asyncio", "gradio_client", "ffmpeg", "pydub",
}  # fmt: skip
STAGES = {"subtitles", "casting", "synthesis", "fitting", "mixing", "encoding", "muxing"}


def imports(path: Path) -> list[tuple[str, int]]:
    """Every module that a file imports, absolute, wherever in the file the import stands; TYPE_CHECKING too."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [(name, node.lineno) for name in names]
    return found


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "dubber" else ""


def ours(path: Path) -> set[str]:
    """The modules of this house that a file imports."""
    known = {name_of(module) for module in MODULES}
    found = set()
    for name, _ in imports(path):
        while name.startswith("dubber") and name not in known:
            name = name.rpartition(".")[0]
        if name.startswith("dubber"):
            found.add(name)
    return found


def pure_files() -> list[Path]:
    return [file for name in PURE for file in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"))]


@pytest.mark.parametrize("path", [path for path in pure_files() if path.exists()], ids=name_of)
def test_pure_rooms_touch_nothing_outside(path: Path) -> None:
    for name, line in imports(path):
        assert name.split(".")[0] not in IMPURE_IMPORTS, f"{path}:{line} imports {name}"
    calls = {node.func.id for node in ast.walk(ast.parse(path.read_text())) if _plain_call(node)}
    assert not calls & {"open", "print", "input", "exec", "eval"}


def _plain_call(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_stages_never_import_each_other(path: Path) -> None:
    mine = room(name_of(path))
    if mine in STAGES:
        others = {room(name) for name in ours(path)} & STAGES - {mine}
        assert not others, f"{path} imports the stages {others}"


@pytest.mark.parametrize("path", list((ROOT / "subtitles" / "scanning").rglob("*.py")), ids=name_of)
def test_whoever_counts_a_files_words_imports_no_reader(path: Path) -> None:
    assert all(name.startswith("dubber.subtitles.scanning") for name in ours(path))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_below_the_pipeline_imports_it(path: Path) -> None:
    above = {"pipeline", "unattended", "cli", "__main__", ""}
    if room(name_of(path)) not in above:
        assert not {"pipeline", "unattended", "cli"} & {room(name) for name in ours(path)}


def test_there_are_no_import_cycles() -> None:
    graph = {name_of(path): ours(path) - {name_of(path)} for path in MODULES}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"cycle: {' -> '.join((*trail[trail.index(name) :], name))}"
        if name not in done:
            for other in graph.get(name, ()):
                visit(other, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize(
    ("thing", "door"),
    [
        # after.py runs the user's command, launch.py dub itself, notify.py the desktop's notifier
        ("subprocess", {"ffmpeg.py", "audio.py", "cli", "editors", "after.py", "launch.py", "watch.py", "notify.py"}),
        ("gradio_client", {"gradio.py"}),
        ("concurrent", {"parallel.py", "farm.py", "gradio.py"}),
        ("distributed", {"farm.py", "farmhand.py"}),
        ("keyring", {"secrets.py"}),
    ],
)
def test_each_door_to_the_outside_is_one_module(thing: str, door: set[str]) -> None:
    for path in MODULES:
        if any(name.split(".")[0] == thing for name, _ in imports(path)):
            assert door & {path.name, *path.relative_to(ROOT).parts}, f"{path} imports {thing}"
