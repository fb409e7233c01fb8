"""The house rules, read from the code itself: which room may know which, and what touches the outside."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
ROOT = TESTS.parent / "dubber"
MODULES = sorted(ROOT.rglob("*.py"))
LONGEST = 400  # lines of a module

# Rooms and single modules from the ground up: one imports only what stands before it. The stages of one line are
# strangers to each other; only job/ knows their order.
FLOORS = [
    {"errors"},
    {"model", "documents", "languages", "paths", "timecode", "addresses", "api_keys", "background"},
    {"schema", "writing_systems"},
    {"files"},
    {"workers"},
    {"media"},
    {"net"},
    {"models", "backends", "subtitles", "casting", "fitting", "edits"},
    {"synthesis", "mixing", "encoding", "muxing", "training"},
    {"config"},
    {"job"},
    {"takes", "voices", "doctor", "cache", "editors"},
    {"unattended"},
    {"api"},
    {"cli"},
    {"__main__"},
]
STAGES = {"subtitles", "casting", "synthesis", "fitting", "mixing", "encoding", "muxing"}
PURE = [
    "errors.py", "model.py", "documents.py", "schema.py", "languages.py", "writing_systems.py", "timecode.py",
    "subtitles", "casting", "fitting", "edits/edits.py",
]  # fmt: skip
IMPURE_IMPORTS = {
    "subprocess", "socket", "urllib", "http", "httpx", "requests", "time", "random", "secrets", "os", "shutil",
    "tempfile", "threading", "multiprocessing", "concurrent", "asyncio", "gradio_client", "ffmpeg", "pydub",
}  # fmt: skip


@cache
def imports(path: Path) -> tuple[tuple[str, int, bool], ...]:
    """What a file imports, absolute, wherever in the file: (name, line, only for type checkers)."""
    tree = ast.parse(path.read_text())
    checked = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno, id(node) in checked) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute"
            found += [(f"{node.module}.{alias.name}", node.lineno, id(node) in checked) for alias in node.names]
    return tuple(found)


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(path): path for path in MODULES}


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "dubber" else ""


@cache
def ours(path: Path, *, running: bool = False) -> frozenset[str]:
    """The modules of this house that a file imports. running: not those that only a type checker reads."""
    found = set()
    for name, _, checked in imports(path):
        while name.startswith("dubber") and name not in FILES:
            name = name.rpartition(".")[0]
        if name.startswith("dubber.") and not (running and checked):
            found.add(name)
    return frozenset(found)


def pure_files() -> list[Path]:
    return [file for name in PURE for file in ([ROOT / name] if name.endswith(".py") else (ROOT / name).rglob("*.py"))]


# ---- rooms


def test_every_room_has_its_floor() -> None:
    floors = set().union(*FLOORS)
    assert floors == {room(name) for name in FILES} - {""}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_room_imports_one_above_it(path: Path) -> None:
    floor = {one: height for height, rooms in enumerate(FLOORS) for one in rooms}
    mine = room(name_of(path))
    for other in {room(name) for name in ours(path)} - {mine, ""}:
        assert not mine or floor[other] <= floor[mine], f"{path} imports {other}, which is above {mine}"


def test_there_are_no_circles_of_rooms() -> None:
    graph: dict[str, set[str]] = {}
    for path in MODULES:
        mine = room(name_of(path))
        graph.setdefault(mine, set()).update({room(name) for name in ours(path)} - {mine, ""})
    assert_no_circle(graph)


def test_there_are_no_circles_of_files() -> None:
    assert_no_circle({name: set(ours(path)) - {name} for name, path in FILES.items()})


def assert_no_circle(graph: dict[str, set[str]]) -> None:
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, f"circle: {' -> '.join((*trail[trail.index(name) :], name))}"
        if name not in done:
            for other in graph.get(name, ()):
                visit(other, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_stages_never_import_each_other(path: Path) -> None:
    mine = room(name_of(path))
    if mine in STAGES:
        others = {room(name) for name in ours(path)} & STAGES - {mine}
        assert not others, f"{path} imports the stages {others}"


@pytest.mark.parametrize("path", list((ROOT / "subtitles" / "scanning").rglob("*.py")), ids=name_of)
def test_whoever_counts_a_files_words_imports_no_reader(path: Path) -> None:
    assert all(name.startswith("dubber.subtitles.scanning") for name in ours(path))


# ---- what touches the outside


@pytest.mark.parametrize("path", pure_files(), ids=name_of)
def test_pure_rooms_touch_nothing_outside_not_even_through_others(path: Path) -> None:
    seen, todo = set(), [name_of(path)]
    while todo:
        name = todo.pop()
        seen.add(name)
        for other, line, checked in imports(FILES[name]):
            assert checked or other.split(".")[0] not in IMPURE_IMPORTS, f"{name}:{line} imports {other}"
        todo += ours(FILES[name], running=True) - seen
    called = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    calls = {function.id for function in called if isinstance(function, ast.Name)}
    assert not calls & {"open", "print", "input", "exec", "eval"}


@pytest.mark.parametrize(
    ("thing", "door"),
    [
        # after.py runs the user's command, launch.py dub itself, notify.py the desktop's notifier
        ("subprocess", {"ffmpeg.py", "audio.py", "cli", "editors", "after.py", "launch.py", "watch.py", "notify.py"}),
        ("gradio_client", {"gradio.py"}),
        ("concurrent", {"background.py", "executors.py", "dask.py", "gradio.py"}),
        ("distributed", {"dask.py", "dask_worker.py"}),
        ("keyring", {"api_keys.py"}),
    ],
)
def test_each_door_to_the_outside_is_one_module(thing: str, door: set[str]) -> None:
    for path in MODULES:
        if any(name.split(".")[0] == thing for name, _, _ in imports(path)):
            assert door & {path.name, *path.relative_to(ROOT).parts}, f"{path} imports {thing}"


# ---- files


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_is_too_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST


def test_what_is_called_pure_exists() -> None:
    assert all((ROOT / name).exists() for name in PURE)


WITHOUT_A_ROOM = {"faults", "fuzz", "servers", "whole_films"}  # about many rooms at once, or no tests


@pytest.mark.parametrize("path", sorted(TESTS.rglob("test_*.py")), ids=lambda path: path.stem)
def test_tests_lie_where_the_code_lies(path: Path) -> None:
    folder = path.parent.relative_to(TESTS).parts
    assert not folder or folder[0] in WITHOUT_A_ROOM or (ROOT / folder[0]).is_dir()
    if not folder:
        assert (ROOT / f"{path.stem.removeprefix('test_')}.py").exists() or path.stem in NO_MODULE


NO_MODULE = {"test_architecture", "test_readme", "test_docs", "test_packaging", "test_coding"}  # house, papers, own ear


# ---- tests that can fail


def _demands(node: ast.AST) -> bool:
    """An assert, a block in which something has to be raised, or a raise of one's own."""
    raising = isinstance(node, ast.Attribute) and node.attr in ("raises", "warns", "fail")
    return raising or isinstance(node, ast.Assert | ast.Raise)


@cache
def _demanding() -> frozenset[str]:
    """The functions of the tests, and what they are named by, that demand something themselves or through another."""
    functions = [
        node
        for path in TESTS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    found: set[str] = set()
    while True:
        more = {one.name for one in functions if any(_demands(node) or _calls(node, found) for node in ast.walk(one))}
        if more <= found:
            return frozenset(found)
        found |= more


def _calls(node: ast.AST, names: set[str]) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names


@pytest.mark.parametrize("path", sorted(TESTS.rglob("test_*.py")), ids=lambda path: path.stem)
def test_every_test_demands_something(path: Path) -> None:
    tests = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    idle = [test.name for test in tests if test.name.startswith("test_") and test.name not in _demanding()]
    assert not idle
