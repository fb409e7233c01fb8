"""An editor has written a film, and says so."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from dubber.errors import InputError
from dubber.media.audio import decode
from dubber.unattended import hook
from dubber.unattended.hook_request import Ending, HookRequest, filled, words
from dubber.unattended.library import BatchOptions
from tests.seasons import season, srt

TELLER = "import json, os, sys; json.dump([sys.argv[2:], dict(os.environ)], open(sys.argv[1], 'w'))"


@pytest.fixture
def show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one film of two seconds and its subtitles; logs and settings of this test alone."""
    for name in ("XDG_STATE_HOME", "DUB_CONFIG", "DUB_STORE"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    return season(tmp_path, 1)


def ordered(show: Path, said: list[str] | None = None, **wishes: object) -> Ending:
    order = HookRequest("lantern.rendered", show / "E000.mp4", **{"settle": 0.0, **wishes})  # type: ignore[arg-type]
    return hook.run(order, BatchOptions(str(show.parent / "tones.toml")), (said if said is not None else []).append)


def speech(track: Path) -> list[tuple[float, float]]:
    """Where sound is in a track, in seconds."""
    audio = decode(track.read_bytes())
    loud = np.abs(audio.samples if audio.samples.ndim == 1 else audio.samples[:, 0]) > 0.01
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(int), [0]])))
    spans = [(start / audio.rate, end / audio.rate) for start, end in edges.reshape(-1, 2)]
    joined = [spans[0]]
    for start, end in spans[1:]:
        joined[-1:] = [(joined[-1][0], end)] if start - joined[-1][1] < 0.05 else [joined[-1], (start, end)]
    return joined


def test_what_an_editor_wrote_is_dubbed_with_the_subtitles_beside_it(show: Path) -> None:
    ending = ordered(show)
    assert ending.status == "dubbed" and ending.output == show / "E000.en.dub.wav"
    assert [round(start, 1) for start, _ in speech(ending.output)] == [0.1, 1.1]
    assert ordered(show).status == "done"


def test_a_part_rendered_from_the_second_second_on_has_its_cues_a_second_earlier(show: Path) -> None:
    ending = ordered(show, offset=-1000)
    assert ending.output
    assert [round(start, 1) for start, _ in speech(ending.output)] == [0.1]


def test_subtitles_that_are_named_are_used_instead_of_those_beside_the_film(show: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere.srt"
    other.write_text("1\n00:00:00,500 --> 00:00:01,500\nOnly this.\n")
    ending = ordered(show, subtitles=other)
    assert ending.output
    assert [round(start, 1) for start, _ in speech(ending.output)] == [0.5]


def test_what_dub_made_is_never_dubbed_again(show: Path, tmp_path: Path) -> None:
    shutil.copy(show / "E000.mp4", show / "E000.en.dub.mp4")
    named = hook.run(HookRequest("x", show / "E000.en.dub.mp4", settle=0), BatchOptions(), print)
    (show / "E000.mp4.dub.json").write_text('{"dub": "0.1.0"}')  # under a name of the user's choosing
    assert [named.status, ordered(show).status] == ["left", "left"]


def test_a_film_without_subtitles_is_left_alone_and_the_log_says_why(show: Path) -> None:
    (show / "E000.en.srt").unlink()
    said = list[str]()
    assert ordered(show, said).status == "left"
    assert any("no subtitles lie beside it" in line for line in said)


def test_a_film_or_subtitles_that_are_not_there_are_a_failure_with_their_name(show: Path) -> None:
    assert "none.srt: there is no such file" in ordered(show, subtitles=show / "none.srt").reason
    (show / "E000.mp4").unlink()
    ending = ordered(show)
    assert ending.status == "failed" and "E000.mp4: there is no such file" in ending.reason


def test_a_film_that_still_grows_is_waited_for(show: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film, said = show / "E000.mp4", list[str]()
    data = film.read_bytes()
    parts = iter(range(len(data) // 2, len(data), len(data) // 16))

    def grow(seconds: float) -> None:
        if film.stat().st_size < len(data):
            film.write_bytes(data[: next(parts, len(data))])

    film.write_bytes(data[: len(data) // 2])
    monkeypatch.setattr(hook, "sleep", grow)  # the film grows between two looks, however busy the machine is
    monkeypatch.setattr(hook, "monotonic", iter(range(1000)).__next__)
    assert ordered(show, said, settle=2.5).status == "dubbed", said
    assert any("still being written" in line for line in said)


def test_a_film_that_is_taken_away_while_it_is_waited_for_is_a_failure(
    show: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    film, said = show / "E000.mp4", list[str]()

    def grow(seconds: float) -> None:
        if any("still being written" in line for line in said):
            film.unlink(missing_ok=True)
        else:
            film.write_bytes(film.read_bytes() + b"x")

    monkeypatch.setattr(hook, "sleep", grow)
    ending = ordered(show, said, settle=0.3)
    assert ending.status == "failed" and "E000.mp4: there is no such file" in ending.reason


def test_two_hooks_of_one_film_at_once_speak_it_once(show: Path) -> None:
    endings: dict[int, Ending] = {}
    logs: tuple[list[str], list[str]] = ([], [])

    def one(number: int) -> None:
        endings[number] = ordered(show, logs[number], settle=0.1)

    both = [threading.Thread(target=one, args=(number,)) for number in (0, 1)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(ending.status for ending in endings.values()) == ["done", "dubbed"], logs


def test_a_second_hook_says_that_it_waits_for_another_run(show: Path) -> None:
    from dubber.files import outputs

    said, held = list[str](), threading.Event()

    def hold() -> None:
        with outputs.claim(show / "E000.en.dub.wav", [], False):
            held.set()
            wait_for(lambda: any("another run dubs it" in line for line in said))

    holding = threading.Thread(target=hold)
    holding.start()
    held.wait()
    assert ordered(show, said).status == "dubbed"
    holding.join()


def test_the_users_command_gets_the_output_as_one_word_and_the_facts_in_its_environment(show: Path) -> None:
    told = show / "told; touch $HOME.json"
    command = f'"{sys.executable}" -c "{TELLER}" "{told}" {{output}} --from={{media}} "{{status}} {{nothing}}"'
    ending = ordered(show, after=command)
    assert ending.status == "dubbed"
    arguments, environment = json.loads(told.read_text())
    assert arguments == [str(show / "E000.en.dub.wav"), f"--from={show / 'E000.mp4'}", "dubbed {nothing}"]
    assert environment["DUB_OUTPUT"] == str(show / "E000.en.dub.wav")
    assert (environment["DUB_STATUS"], environment["DUB_EVENT"]) == ("dubbed", "lantern.rendered")


def test_a_film_with_a_hostile_name_stays_one_word_of_the_users_command() -> None:
    name = "a b; rm -rf $HOME `id` {status} \"'.mp4"
    assert filled("send {output} x{media}", {"output": name, "media": name, "status": "S"}) == [
        "send",
        name,
        "x" + name,
    ]
    assert words("") == []
    with pytest.raises(InputError, match="cannot be split"):
        HookRequest("x", Path("y"), after='say "hello')


def test_a_users_command_that_fails_is_told_and_the_film_is_there(show: Path) -> None:
    ending = ordered(show, after=f'"{sys.executable}" -c "raise SystemExit(3)"')
    assert ending.status == "failed" and "ended with status 3" in ending.reason
    assert ending.output and ending.output.is_file()
    (show / "E000.en.srt").write_text(srt(3))
    assert "could not be started" in ordered(show, after="no-such-program-anywhere").reason
    assert ordered(show, after="no-such-program-anywhere").status == "done"  # not run: nothing was dubbed


def test_an_event_is_a_word() -> None:
    for event in ("", "a b", "../x", "-x", "x\n", "ü"):
        with pytest.raises(InputError, match="no name of an event"):
            HookRequest(event, Path("film.mp4"))


def test_an_editor_is_not_held_up_and_the_film_is_dubbed_after_it_has_gone(show: Path, tmp_path: Path) -> None:
    done = tmp_path / "done.json"
    after = f'"{sys.executable}" -c "{TELLER}" "{done}" {{output}}'
    environment = {
        **os.environ,
        "DUB_MEDIA": str(show / "E000.mp4"),
        "DUB_PROFILE": str(tmp_path / "tones.toml"),
        "DUB_SETTLE": "0.2",
        "DUB_DETACH": "1",
        "DUB_EXEC": after,
        "PYTHONPATH": str(Path(hook.__file__).parent.parent.parent),
    }
    editor = subprocess.run([sys.executable, "-m", "dubber", "hook", "lantern.rendered"], env=environment, timeout=60)
    assert editor.returncode == 0
    assert not done.exists()  # the editor goes on, long before the film is dubbed
    wait_for(done.exists)
    wait_for(lambda: ": dubbed: " in (tmp_path / "xdg_state_home" / "dub" / "log" / "hooks.log").read_text())
    assert (show / "E000.en.dub.wav").is_file()
    assert "DUB_DETACH" not in json.loads(done.read_text())[1]


def test_the_exit_status_says_whether_it_was_dubbed(show: Path) -> None:
    from click.testing import CliRunner

    from dubber.cli import cli

    film, profile = str(show / "E000.mp4"), str(show.parent / "tones.toml")

    def status(*arguments: str) -> int | str | None:
        line = ["hook", "x", "--settle=0", f"--profile={profile}", *arguments]
        ended: int | str | None = CliRunner().invoke(cli, line, standalone_mode=False).return_value
        return ended

    assert status("--media", film) == 0
    (show / "E000.en.srt").write_text(srt(3))
    Path(profile).write_text("[voices.x]\nbackend = 'tone'\nwrong = 3\n")
    assert status("--media", film) == 1


def wait_for(what: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
