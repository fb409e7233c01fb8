"""No file of the user's is ever written over, through or into: whoever asks for it, and whatever kind of file it is."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dubber.errors import InputError, ToolError
from dubber.files import written
from tests.seasons import season
from tests.typed import Dub

ROOT = Path(__file__).parents[2]

PRECIOUS = b"my film"


@pytest.fixture
def show(tmp_path: Path, dub: Dub) -> Path:
    """show/E000.mp4 with its subtitles, tones.toml, and somebody's file in mine/."""
    season(tmp_path, 1)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "holiday.wav").write_bytes(PRECIOUS)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def film(*words: object) -> tuple[object, ...]:
    return ("show/E000.mp4", "show/E000.en.srt", "-p", "tones.toml", *words)


def stranger(home: Path, **output: object) -> Path:
    """A profile that lies somewhere, with [output] keys of its author's choosing."""
    home.mkdir(exist_ok=True)
    keys = "".join(f"{key} = {json.dumps(value)}\n" for key, value in output.items())
    (home / "p.toml").write_text(Path("tones.toml").read_text() + keys)
    return home / "p.toml"


# --- who may replace what ---------------------------------------------------------------------------------------


def test_a_profile_that_lies_somewhere_replaces_no_file(show: Path, dub: Dub) -> None:
    (show / "show" / "holiday.wav").write_bytes(PRECIOUS)
    said = dub(*film()[:2], "-p", stranger(show / "his", name="holiday", overwrite=True))
    assert said.status == 2 and "exists already" in said.err and "not heeded" in said.err
    assert (show / "show" / "holiday.wav").read_bytes() == PRECIOUS


@pytest.mark.parametrize("folder", ["{}/mine", "../mine", "./../mine", "link"])
def test_a_profile_that_lies_somewhere_leads_to_no_folder_of_mine(folder: str, show: Path, dub: Dub) -> None:
    (show / "show" / "link").symlink_to(show / "mine")
    os.chdir(show / "show")
    profile = show / "his" / "p.toml"
    os.chdir(show)
    stranger(show / "his", folder=folder.format(show), name="new")
    os.chdir(show / "show")
    said = dub("E000.mp4", "E000.en.srt", "-p", profile)
    assert said.status == 2 and "--trust-output" in said.err
    assert names(show / "mine") == ["holiday.wav"]
    assert dub("E000.mp4", "E000.en.srt", "-p", profile, "--trust-output").status == 0
    assert (show / "mine" / "new.wav").is_file()


def test_a_stranger_s_folder_below_his_own_is_where_the_film_goes(show: Path, dub: Dub) -> None:
    (show / "his").mkdir()
    (show / "his" / "out").mkdir()
    assert dub(*film()[:2], "-p", stranger(show / "his", folder=str(show / "his" / "out"))).status == 0
    assert (show / "his" / "out" / "E000.en.dub.wav").is_file()


def test_the_user_replaces_what_he_likes(show: Path, dub: Dub, monkeypatch: pytest.MonkeyPatch) -> None:
    target = show / "mine" / "holiday.wav"
    to = ("-o", target)
    for way in (("--overwrite",), ("--set", "output.overwrite=true")):
        target.write_bytes(PRECIOUS)
        assert dub(*film(*to)).status == 2
        assert dub(*film(*to, *way)).status == 0
        assert target.stat().st_size > 1000
    target.write_bytes(PRECIOUS)
    monkeypatch.setenv("DUB_OUTPUT_OVERWRITE", "true")
    assert dub(*film(*to)).status == 0
    monkeypatch.delenv("DUB_OUTPUT_OVERWRITE")
    target.write_bytes(PRECIOUS)
    (show / "config" / "profiles").mkdir(parents=True)
    (show / "config" / "profiles" / "own.toml").write_text((show / "tones.toml").read_text() + "overwrite = true\n")
    assert dub("show/E000.mp4", "show/E000.en.srt", "-p", "own", *to).status == 0


def test_a_settings_file_dropped_into_a_watched_folder_replaces_no_file(show: Path, dub: Dub) -> None:
    stranger(show / "show", folder=str(show / "mine"), name="holiday", overwrite=True).rename(
        show / "show" / "dub.toml"
    )
    said = dub("watch", "show", "-p", "tones.toml", "--settle", "0", "--once")
    assert said.status == 1 and "leads outside" in said.err
    assert (show / "mine" / "holiday.wav").read_bytes() == PRECIOUS


# --- our own is made anew ---------------------------------------------------------------------------------------


def test_the_same_command_after_an_edit_makes_our_own_output_anew(show: Path, dub: Dub) -> None:
    out = show / "show" / "E000.en.dub.wav"
    assert dub(*film()).status == 0
    first = out.read_bytes()
    words = show / "show" / "E000.en.srt"
    words.write_text(words.read_text().replace("line 1", "line 1 at last"))
    assert dub(*film()).status == 0
    assert out.read_bytes() != first


def test_what_somebody_put_in_its_place_is_not_ours(show: Path, dub: Dub) -> None:
    assert dub(*film()).status == 0
    out = show / "show" / "E000.en.dub.wav"
    for content in (PRECIOUS, out.read_bytes()[:-1] + b"x", b"x" + out.read_bytes()[1:]):
        out.write_bytes(content)
        said = dub(*film())
        assert said.status == 2 and "exists already" in said.err
        assert out.read_bytes() == content


@pytest.mark.parametrize("left", [0, 70_000])
def test_an_output_that_was_cut_short_is_made_again(left: int, show: Path, dub: Dub) -> None:
    out = show / "show" / "E000.en.dub.wav"
    batch = ("batch", "show", "-p", "tones.toml", "--report", "r.json", "-q")
    assert dub(*batch).status == 0
    whole = out.read_bytes()
    os.truncate(out, left)
    assert dub(*batch).status == 0
    assert out.read_bytes() == whole
    assert json.loads((show / "r.json").read_text())["results"][0]["status"] == "dubbed"


def test_a_library_that_was_moved_is_still_ours(show: Path, dub: Dub) -> None:
    assert dub(*film()).status == 0
    (show / "show").rename(show / "moved")
    words = show / "moved" / "E000.en.srt"
    words.write_text(words.read_text().replace("line 1", "line 1 at last"))
    assert dub("moved/E000.mp4", words, "-p", "tones.toml").status == 0


def test_a_copied_or_forged_report_makes_no_file_ours(show: Path, dub: Dub) -> None:
    assert dub(*film()).status == 0
    told = (show / "show" / "E000.en.dub.wav.dub.json").read_text()
    (show / "mine" / "holiday.wav.dub.json").write_text(told)
    said = dub(*film("-o", show / "mine" / "holiday.wav"))
    assert said.status == 2 and (show / "mine" / "holiday.wav").read_bytes() == PRECIOUS


@pytest.mark.parametrize(
    "told", ['{"dub":1,"made_from":"x"}', '{"dub": "1", "made_from": {"seen": 3, "film": []}}', "[]", "\x00", '{"dub":']
)
def test_a_hostile_report_is_no_report(told: str, show: Path, dub: Dub) -> None:
    batch = ("batch", "show", "-p", "tones.toml", "--report", "r.json", "-q")
    assert dub(*batch).status == 0
    (show / "show" / "E000.en.dub.wav.dub.json").write_text(told)
    assert dub(*batch).status == 0
    assert json.loads((show / "r.json").read_text())["results"][0]["status"] == "dubbed"


def test_a_dry_run_never_refuses(show: Path, dub: Dub) -> None:
    said = dub(*film("-o", show / "mine" / "holiday.wav", "--dry-run"))
    assert said.status == 0 and "exists already" in said.err
    assert json.loads(dub(*film("-o", show / "mine" / "holiday.wav", "-n", "--json")).out)["refused"]


# --- inputs are never written -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["show/E000.mp4", "show/E000.en.srt", "tones.toml", "cast.toml", "link.wav"])
def test_no_input_of_a_job_is_written_whatever_is_allowed(name: str, show: Path, dub: Dub) -> None:
    (show / "cast.toml").write_text('[cast]\n"ANNA" = "tones"\n')
    os.link(show / "show" / "E000.mp4", show / "link.wav")
    before = (show / name).read_bytes()
    for words in (
        film("-o", name, "--overwrite", "--cast", "cast.toml"),
        ("cast", "show/E000.en.srt", "-o", name, "--overwrite", "-p", "tones.toml", "--cast", "cast.toml"),
        ("batch", "show", "-p", "tones.toml", "--cast", "cast.toml", "--report", name),
    ):
        if name in ("link.wav", "show/E000.mp4") and words[0] == "cast":
            continue  # not an input of that command
        said = dub(*words)
        assert said.status == 2 and "is an input" in said.err
        assert (show / name).read_bytes() == before


def test_a_reference_recording_is_an_input(show: Path, dub: Dub) -> None:
    (show / "anna.wav").write_bytes(PRECIOUS)
    (show / "clone.toml").write_text(
        (show / "tones.toml")
        .read_text()
        .replace("[casting]", '[voices.a]\nbackend = "gptsovits"\nreference = "anna.wav"\n[casting]')
    )
    said = dub("show/E000.mp4", "show/E000.en.srt", "-p", "clone.toml", "-o", "anna.wav", "--overwrite")
    assert said.status == 2 and "is an input" in said.err and (show / "anna.wav").read_bytes() == PRECIOUS


def test_a_batch_s_report_takes_no_file_of_the_user_s(show: Path, dub: Dub) -> None:
    (show / "batch.json").write_text('{"mine": 1}')
    said = dub("batch", "show", "-p", "tones.toml")
    assert said.status == 0 and (show / "batch.json").read_text() == '{"mine": 1}'
    said = dub("batch", "show", "-p", "tones.toml", "--report", "batch.json")
    assert said.status == 2 and (show / "batch.json").read_text() == '{"mine": 1}'


# --- links, pipes, devices --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "folder"])
def test_nothing_is_written_through_a_link_or_into_a_pipe(kind: str, show: Path, dub: Dub) -> None:
    target = show / "out.wav"
    kinds: dict[str, Callable[[], None]] = {
        "link": lambda: target.symlink_to(show / "mine" / "holiday.wav"),
        "dangling": lambda: target.symlink_to(show / "mine" / "none.wav"),
        "pipe": lambda: os.mkfifo(target),
        "folder": target.mkdir,
    }
    kinds[kind]()
    before = os.lstat(target)
    for words in (
        film("-o", "out.wav", "--overwrite"),
        ("cast", "show/E000.en.srt", "-o", "out.wav", "--overwrite", "-p", "tones.toml"),
        ("batch", "show", "-p", "tones.toml", "--report", "out.wav"),
        ("voices", "say", "tones", "Hello.", "-p", "tones.toml", "-o", "out.wav", "--overwrite"),
    ):
        assert dub(*words).status == 2
        assert os.lstat(target) == before
    assert (show / "mine" / "holiday.wav").read_bytes() == PRECIOUS and not (show / "mine" / "none.wav").exists()


@pytest.mark.parametrize("kind", ["link", "pipe", "linked folder"])
def test_a_failure_s_log_is_written_through_nothing_and_the_watcher_goes_on(kind: str, show: Path, dub: Dub) -> None:
    (show / "show" / "Bad.mkv").write_bytes(b"no film")
    (show / "show" / "Bad.en.srt").write_text((show / "show" / "E000.en.srt").read_text())
    log = show / "show" / "failed" / "Bad.mkv.log"
    if kind == "linked folder":
        log.parent.symlink_to(show / "mine")
    else:
        log.parent.mkdir()
        log.symlink_to(show / "mine" / "holiday.wav") if kind == "link" else os.mkfifo(log)
    said = dub("watch", "show", "-p", "tones.toml", "--settle", "0", "--once")
    assert said.status == 1 and str(log.parent) in said.err and "kept" in said.err
    assert (show / "mine" / "holiday.wav").read_bytes() == PRECIOUS and names(show / "mine") == ["holiday.wav"]
    assert (show / "show" / "E000.en.dub.wav").is_file()


# --- the function itself ----------------------------------------------------------------------------------------


def test_what_is_the_user_s_has_the_user_s_umask(tmp_path: Path) -> None:
    written.write(tmp_path / "a.json", b"{}")
    (tmp_path / "plain").touch()
    assert stat.S_IMODE((tmp_path / "a.json").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_what_cannot_be_written_is_said_with_the_folder_s_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        written.write(tmp_path / "none" / "a.json", b"{}")
    with pytest.raises((ToolError, InputError), match="/proc"):
        written.write(Path("/proc/a.json"), b"{}")


def test_a_file_larger_than_the_user_may_write_leaves_nothing(tmp_path: Path) -> None:
    import resource
    import signal

    before, heard = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
        with pytest.raises(ToolError, match="cannot be written") as fault:
            written.write(tmp_path / "a.bin", bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, heard)
    assert str(tmp_path) in str(fault.value) and names(tmp_path) == []


def test_a_run_that_is_killed_between_recording_and_renaming_loses_nothing_of_ours(tmp_path: Path) -> None:
    old, new = tmp_path / "Film.mkv", tmp_path / "part"
    written.write(old, b"first")
    new.write_bytes(b"second")
    written.remember(old, made=new)  # and here it is killed
    assert written.ours(old)
    new.replace(old)
    assert written.ours(old)
    old.write_bytes(b"somebody else's")
    assert not written.ours(old)


def test_a_run_that_is_killed_right_after_writing_a_file_makes_it_again(tmp_path: Path) -> None:
    """It is recorded as ours before it has its name: else the next run would take it for somebody else's."""
    program = (
        "import os, sys; from pathlib import Path; from dubber.files import atomic, written\n"
        "path, sync = Path(sys.argv[1]), atomic.sync_folder\n"
        "atomic.sync_folder = lambda folder: os._exit(9) if folder == path.parent else sync(folder)\n"
        "written.write(path, b'voice')"
    )
    path = tmp_path / "anna.wav"
    killed = subprocess.run([sys.executable, "-c", program, str(path)], check=False, cwd=ROOT)
    assert killed.returncode == 9 and path.read_bytes() == b"voice"
    assert written.ours(path)
    written.write(path, b"another")
    assert path.read_bytes() == b"another" and written.ours(path)
