"""The command line as a person meets it: what it prints, where, and with which exit status."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import click
import pytest

import dubber
from dubber import cli
from dubber.errors import BackendError, Cancelled, InputError, InputErrors
from dubber.media.audio import decode
from tests.typed import Dub

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ROOT / "samples"
COMMANDS = sorted(path.stem for path in (ROOT / "dubber" / "cli").glob("[!_]*.py") if path.stem not in cli.NOT_COMMANDS)
HEAVY = {"numpy", "scipy", "rich", "httpx", "gradio_client", "pedalboard", "pysubs2", "pysrt", "keyring", "soxr"}


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Makes `dub doctor` fail with an error, as something deep inside would."""

    def arrange(error: BaseException) -> None:
        def findings(*_: object) -> None:
            raise error

        monkeypatch.setattr("dubber.doctor.findings", findings)

    return arrange


# ---- help


def test_help_names_every_command_and_every_exit_status(dub: Dub) -> None:
    said = dub("--help")
    assert said.status == 0
    for word in [*COMMANDS, "--profile", "0 done", "130 stopped"]:
        assert word in said.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_it_does_and_what_each_option_means(command: str, dub: Dub) -> None:
    said = dub(command, "--help")
    assert said.status == 0
    assert said.out.startswith(f"Usage: dub {command}")
    options = cli.cli.get_command(None, command).params  # type: ignore[arg-type,union-attr]
    assert all(option.help for option in options if isinstance(option, click.Option))


def test_the_version_is_the_package_s(dub: Dub) -> None:
    assert dub("--version").out == f"dub {dubber.__version__}\n"


def test_help_loads_nothing_heavy() -> None:
    assert not HEAVY & loaded("--help")


def test_a_check_loads_nothing_that_only_a_dub_needs() -> None:
    modules = loaded("check", "samples/harbour.mp4", "samples/harbour.srt")
    assert "dubber.job.estimate" in modules
    stages = ("job.pipeline", "synthesis.synthesize", "synthesis.pool", "mixing.mix", "encoding.encoder", "muxing.mux")
    assert not modules & {f"dubber.{stage}" for stage in stages}
    assert not modules & {"multiprocessing", "rich", "httpx", "pysubs2", "soxr"}


def loaded(*words: str) -> set[str]:
    """The modules that a command has imported when it ends."""
    run_it = f"import sys, dubber.cli as c\ntry: c.main({list(words)})"
    script = f"{run_it}\nexcept SystemExit: print(*sys.modules, file=sys.stderr)"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
    )
    return set(run.stderr.split())


# ---- what goes wrong


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--nonsense"], "--nonsense"),
        (["film.mp4", "--nonsense"], "--nonsense"),
        (["nothere.mp4"], "nothere.mp4"),
        ([SAMPLES / "harbour.mp4", "nothere.srt"], "nothere.srt"),
        ([SAMPLES / "harbour.mp4", "--set", "mixing"], "KEY=VALUE"),
        ([SAMPLES / "harbour.mp4", "--profile", "naratr"], "did you mean narrator?"),
        ([SAMPLES / "harbour.mp4", "--set", "mixing.deph=1"], "mixing.deph: no such key (did you mean depth?)"),
        (["cast"], "Missing argument"),
        (["voices", "say", "nobody", "hello", "-o", "x.wav"], "nobody"),
        (["server", "espeek"], "did you mean espeak?"),
        (["profiles", "show", "nowhere"], "nowhere"),
        (["profiles", "new", "../up"], "../up"),
        (["cache", "prune"], "--days"),
    ],
)
def test_what_the_user_has_to_change_is_one_line_and_two(words: list[object], told: str, dub: Dub) -> None:
    said = dub(*words)
    assert said.status == 2
    assert told in said.err
    assert said.err.startswith("dub: ")
    assert said.err.count("\n") == 1
    assert not said.out


def test_every_fault_of_a_profile_is_told_at_once(dub: Dub) -> None:
    said = dub(SAMPLES / "harbour.mp4", "--set", "mixing.deph=1", "--set", "fitting.fastest=99", "--set", "x.y=1")
    assert said.status == 2
    assert [word in said.err for word in ("mixing.deph", "fitting.fastest: 99 is outside", "x.y")] == [True] * 3
    assert said.err.count("\n") == 3


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (InputError("no such key", where="mixing.deph"), 2, "dub: mixing.deph: no such key\n"),
        (InputErrors([InputError("a"), InputError("b")]), 2, "dub: a\ndub: b\n"),
        (BackendError("busy", advice="wait"), 1, "dub: busy (wait)\n"),
        (Cancelled("stopped"), 130, "dub: stopped\n"),
        (KeyboardInterrupt(), 130, "dub: stopped; finished takes are kept: run it again and it goes on from there\n"),
    ],
)
def test_an_error_is_a_line_and_a_status(
    error: BaseException, status: int, told: str, dub: Dub, fails: Callable[[BaseException], None]
) -> None:
    fails(error)
    said = dub("doctor")
    assert (said.status, said.out, said.err.lstrip("\n")) == (status, "", told)


def test_a_fault_of_our_own_is_a_line_too_and_debug_shows_where(
    dub: Dub, fails: Callable[[BaseException], None]
) -> None:
    fails(ZeroDivisionError("oh"))
    said = dub("doctor")
    assert said.status == 1
    assert "ZeroDivisionError: oh" in said.err
    assert "--debug" in said.err
    assert said.err.count("\n") == 1
    with pytest.raises(ZeroDivisionError):
        cli.main(["doctor", "--debug"])


def test_a_reader_that_has_gone_is_no_error() -> None:
    script = "import dubber.cli as c; c.main(['server', 'indextts'])"
    run = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    assert run.stdout is not None
    assert run.stderr is not None
    run.stdout.close()
    assert run.stderr.read() == b""
    run.stderr.close()
    run.wait(60)


# ---- the terminal obeys nobody else


EVIL = "\x1b]0;owned\x07\x9b31m\u202e"


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    """Subtitles whose speaker and text try to steer the terminal."""
    path = tmp_path / "evil.en.vtt"
    cue = f"00:01.000 --> 00:03.000\n<v Eve{EVIL}l>Good {EVIL}evening to you all.\n"
    path.write_text(f"WEBVTT\n\n{cue}\n00:04.000 --> 00:05.000\n[door{EVIL}]\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "words", ["cast", "check FILM", "check --json FILM", "--dry-run FILM", "--dry-run --json FILM"]
)
def test_escape_sequences_of_a_subtitle_file_never_reach_the_terminal(words: str, evil: Path, dub: Dub) -> None:
    said = dub(*words.replace("FILM", str(SAMPLES / "harbour.mp4")).split(), evil)
    assert said.status == 0
    assert not set("\x1b\x07\x9b\u202e") & set(said.out + said.err)


def test_a_server_s_answer_cannot_steer_the_terminal_either(capsys: pytest.CaptureFixture[str]) -> None:
    from dubber.cli import console

    answer = {"voices": [f"anna{EVIL}", "jürgen", "\U000e0041"]}
    console.dump(answer)
    out = capsys.readouterr().out
    assert not set("\x1b\x07\x9b\u202e\U000e0041") & set(out)
    assert json.loads(out) == answer
    assert "jürgen" in out


# ---- what each command gives


def test_a_dry_run_shows_cast_and_words_and_leaves_nothing_behind(dub: Dub, tmp_path: Path) -> None:
    said = dub(SAMPLES / "harbour.mp4", SAMPLES / "harbour.vtt", "--profile", "cast", "--dry-run")
    assert said.status == 0
    for word in ("MARTA", "JONAS", "NARRATOR", "10 cues", "11 to be spoken", "[metal creaks]", "harbour.en.dub.mp4"):
        assert word in said.out
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not (SAMPLES / "harbour.en.dub.mp4").exists()


def test_check_tells_the_lines_that_will_not_fit_and_fails_when_asked_to(dub: Dub, tmp_path: Path) -> None:
    hasty = tmp_path / "hasty.en.srt"
    hasty.write_text(
        "1\n00:00:01,000 --> 00:00:01,900\nNobody on earth can say as many words as these in that time.\n\n"
        "2\n00:00:02,000 --> 00:00:04,000\nIndeed.\n"
    )
    said = dub("check", SAMPLES / "harbour.mp4", hasty)
    assert said.status == 0
    assert "1 line is tight" in said.out  # the other only waits for it
    assert "Nobody on earth" in said.out
    failed = dub("check", SAMPLES / "harbour.mp4", hasty, "--fail-on", "rate=1.1")
    assert failed.status == 1
    assert "rate" in failed.err


BROKEN = "1\n00:00:01,000 --> 00:00:02,500\nHello.\n\n2\n00:00:xx,000 --> 00:00:04,000\nLost words.\n"
REPAIRED = "1\n00:00:01,000 --> 00:00:02,500\nHello.\n\n2\n00:00:02,500 --> 00:00:02,500\nFound words.\n"


def test_broken_words_are_counted_first_and_are_a_status(dub: Dub, tmp_path: Path) -> None:
    words = tmp_path / "film.en.srt"
    words.write_text(BROKEN)
    film, out = SAMPLES / "harbour.mp4", tmp_path / "out.wav"
    for command in (["check", film, words], [film, words, "-o", out, "-n"], [film, words, "-o", out]):
        said = dub(*command, "-p", "narrator")
        assert said.status == 1
        assert "line 6 of film.en.srt" in said.err and "mend the file" in said.err
        first = next(line for line in (said.out + said.err).splitlines() if "cues" in line)
        assert "1 broken piece of text" in first
    assert out.exists()  # what can be spoken is


def test_broken_words_stop_a_strict_run_before_anything_is_spoken(dub: Dub, tmp_path: Path) -> None:
    words = tmp_path / "film.en.srt"
    words.write_text(BROKEN)
    for command in (
        ["check", SAMPLES / "harbour.mp4", words],
        [SAMPLES / "harbour.mp4", words, "-o", tmp_path / "o.wav"],
    ):
        said = dub(*command, "-p", "narrator", "--strict")
        assert said.status == 2 and "line 6: its timing line cannot be read" in said.err
    assert not (tmp_path / "o.wav").exists()


def test_what_was_repaired_is_a_note_and_no_fault(dub: Dub, tmp_path: Path) -> None:
    words = tmp_path / "film.en.srt"
    words.write_text(REPAIRED)
    for strict in ([], ["--strict"]):
        said = dub("check", SAMPLES / "harbour.mp4", words, "-p", "narrator", *strict)
        assert said.status == 0 and "cues without a length, spoken with the cue beside them: 1" in said.out


def test_a_cast_file_that_dub_wrote_is_one_that_dub_reads(dub: Dub, tmp_path: Path) -> None:
    said = dub("cast", SAMPLES / "harbour.vtt", "--profile", "cast", "-o", "cast.toml")
    assert said.status == 0
    assert set(tomllib.loads((tmp_path / "cast.toml").read_text())["cast"]) == {"MARTA", "JONAS", "NARRATOR"}
    assert dub("cast", SAMPLES / "harbour.vtt", "--profile", "cast", "-o", "cast.toml").status == 2
    again = dub("cast", SAMPLES / "harbour.vtt", "--profile", "cast", "--cast", "cast.toml")
    assert again.out == said.out.replace("wrote cast.toml\n", "")


def test_a_voice_can_be_heard_before_it_is_cast(dub: Dub, tmp_path: Path) -> None:
    said = dub("voices", "say", "narrator", "Good evening.", "-o", "x.wav")
    assert said.status == 0
    assert 400 < decode((tmp_path / "x.wav").read_bytes()).milliseconds < 3000
    assert dub("voices", "say", "narrator", "Good evening.", "-o", "x.wav").status == 2


def test_nothing_asked_for_is_a_question_for_help(dub: Dub) -> None:
    assert dub() == dub("--help")


def test_voices_are_those_of_a_profile_or_of_a_system(dub: Dub) -> None:
    assert "narrator" in dub("voices").out
    assert "soprano" in dub("voices", "cast").out
    assert len(dub("voices", "espeak").out.splitlines()) > 50


def test_a_voice_is_not_removed_unasked(dub: Dub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    said = dub("voices", "remove", "anna", "--backend", "espeak")
    assert said.status == 2
    assert "nothing removed" in said.err


def test_profiles_are_listed_with_what_they_do(dub: Dub) -> None:
    rows = dub("profiles").out.splitlines()
    for name in ("narrator", "cast", "voiceover", "replace"):
        row = next(row for row in rows if row.startswith(f"{name} "))
        assert len(row.split()) > 6


def test_a_broken_profile_hides_no_other(dub: Dub, tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "bad.toml").write_text("about = [")
    out = dub("profiles").out
    assert "bad.toml: is not TOML" in out
    assert "\nnarrator " in out


def test_a_narrow_terminal_shows_every_word(dub: Dub, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = dub("profiles").out.split()
    monkeypatch.setattr("dubber.cli.console._columns", lambda: 60)
    narrow = dub("profiles").out
    assert narrow.split() == whole
    assert max(map(len, narrow.splitlines())) <= 60


def test_a_new_profile_explains_itself_and_works(dub: Dub, tmp_path: Path) -> None:
    assert dub("profiles", "new", "mine").status == 0
    text = (tmp_path / "profiles" / "mine.toml").read_text()
    assert "# how high the voice is (0 to 99)\n# pitch = 50" in text
    assert dub("profiles", "show", "mine").status == 0
    assert dub("profiles", "new", "mine").status == 2
    assert (tmp_path / "profiles" / "mine.toml").read_text() == text


def test_every_example_in_a_new_profile_is_a_value_that_is_allowed(dub: Dub, tmp_path: Path) -> None:
    dub("profiles", "new", "mine")
    path = tmp_path / "profiles" / "mine.toml"
    lines = path.read_text().splitlines()
    active = [
        line.removeprefix("# ") if line.startswith("# ") and " = " in line and "..." not in line else line
        for line in lines
    ]
    path.write_text("\n".join(active))
    tomllib.loads(path.read_text())
    said = dub("profiles", "show", "mine")
    assert said.err == ""


def test_show_says_where_each_value_comes_from(dub: Dub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUB_MIXING_DEPTH", "7")
    out = dub("profiles", "show", "voiceover", "--set", "fitting.fastest=1.4").out.splitlines()
    depth, fastest, bed = (
        next(row for row in out if row.startswith(f"{key} =")) for key in ("depth", "fastest", "bed")
    )
    assert depth.startswith("depth = 7.0")
    assert "environment" in depth
    assert fastest.startswith("fastest = 1.4")
    assert "command line" in fastest
    assert "toml" in bed
    assert tomllib.loads("\n".join(out))["mixing"]["depth"] == 7.0


def test_the_cache_says_what_it_holds_and_is_not_emptied_unasked(dub: Dub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert "0 takes" in dub("cache").out
    assert dub("cache", "clear").status == 2
    assert dub("cache", "clear", "--yes").status == 0


def test_doctor_names_what_it_found(dub: Dub) -> None:
    said = dub("doctor")
    assert said.status == 0
    for word in ("ffmpeg", "ffprobe", "rubberband", "espeak", "takes"):
        assert word in said.out
