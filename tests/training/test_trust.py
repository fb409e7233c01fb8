"""A training server names files and makes what lies in the shared folder. Nothing leads out of that folder, nothing is
written beside it, and nothing of the user's is written over."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dubber.errors import InputError
from dubber.files import written
from dubber.training import voice
from dubber.training.labels import Label
from dubber.training.recordings import placed
from dubber.training.shared_folder import SharedFolder, reach
from tests.servers.recordings import recording
from tests.training.desk import Disk
from tests.typed import Dub


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SharedFolder:
    monkeypatch.setenv("DUB_STORE", str(tmp_path / "store"))
    (tmp_path / "shared").mkdir()
    (tmp_path / "secret.wav").write_bytes(b"RIFF of the user's own")
    return reach(f"{tmp_path / 'shared'}=/srv/voices")


OUT = (
    "/srv/voices/../secret.wav", "/srv/voices/a/../../secret.wav", "/srv/voices/..", "../secret.wav",
    "a/../../secret.wav", "/etc/passwd", "/srv/voices-too/x", "/", "..", "link", "/srv/voices/link",
    "/srv/voices/folder/secret.wav", "folder/secret.wav", "circle", "/srv/voices/circle/x", "/srv/voices/a\0b",
    "/srv/voices/" + "x" * 300,
)  # fmt: skip


@pytest.mark.parametrize("path", OUT)
def test_no_path_of_the_server_leads_out_of_the_shared_folder(shared: SharedFolder, path: str, tmp_path: Path) -> None:
    assert shared.local
    (shared.local / "link").symlink_to(tmp_path / "secret.wav")
    (shared.local / "folder").symlink_to(tmp_path)
    (shared.local / "circle").symlink_to("circle")
    found = shared.here(path)
    assert found is None or ("x" * 300 in path and not found.is_relative_to(tmp_path / "secret.wav"))


def test_what_lies_in_the_shared_folder_is_found_also_by_its_links(shared: SharedFolder, tmp_path: Path) -> None:
    assert shared.local
    (shared.local / "real").mkdir()
    (shared.local / "real/a.wav").touch()
    (shared.local / "latest").symlink_to("real")
    assert shared.here("/srv/voices/real/a.wav") == shared.local / "real/a.wav"
    assert shared.here("latest/a.wav") == shared.local / "latest/a.wav"
    assert shared.here("/srv/voices/not/yet") == shared.local / "not/yet"
    (tmp_path / "mounted").symlink_to(shared.local)
    assert reach(f"{tmp_path / 'mounted'}=/srv/voices").here("real/a.wav")


def test_a_slice_that_is_a_link_to_a_recording_of_the_users_is_no_reference(
    shared: SharedFolder, tmp_path: Path
) -> None:
    """It would be copied into the profile, and sent to the server that speaks."""
    assert shared.local
    mine = recording(tmp_path / "mine.wav", "my own", seconds=6.0)
    folder = shared.local / "slices"
    folder.mkdir()
    (folder / "best.wav").symlink_to(mine)
    os.mkfifo(folder / "pipe.wav")
    recording(folder / "good.wav", "my voice", seconds=4.0)
    labels = [Label(f"/srv/voices/slices/{name}.wav", "a", "EN", "Words.") for name in ("best", "pipe", "good")]
    best = voice.best_slice(labels, folder, shared.holds)
    assert best and best.file == "good.wav"


def test_recordings_are_copied_through_no_link(shared: SharedFolder, tmp_path: Path) -> None:
    """The server planted links where our copies will lie."""
    assert shared.local
    mine = recording(tmp_path / "mine.wav", "my voice", seconds=4.0)
    (copied,) = placed([str(mine)], shared, ["dub", "anna"])
    place = shared.here(copied)
    assert place and [path.read_bytes() for path in place.iterdir()] == [mine.read_bytes()]
    (copy,) = place.iterdir()
    assert written.ours(copy)
    precious = tmp_path / "precious"
    precious.write_bytes(mine.read_bytes())
    precious.chmod(0o600)
    copy.unlink()
    copy.symlink_to(precious)
    with pytest.raises(InputError, match="is a link"):
        placed([str(mine)], shared, ["dub", "anna"])
    assert precious.read_bytes() == mine.read_bytes() and precious.stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_beside_the_shared_folder(shared: SharedFolder, tmp_path: Path) -> None:
    assert shared.local
    mine = recording(tmp_path / "mine.wav", "my voice", seconds=4.0)
    (tmp_path / "elsewhere").mkdir()
    (shared.local / "dub").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="is a link"):
        placed([str(mine)], shared, ["dub", "anna"])
    assert not list((tmp_path / "elsewhere").iterdir())


def trained(tmp_path: Path) -> voice.Trained:
    reference = recording(tmp_path / "slice.wav", "my voice", seconds=4.0)
    return voice.Trained("anna", "en", "a.pth", "a.ckpt", reference, "Words.", "en", "http://127.0.0.1:9872")


def test_a_voices_files_replace_none_of_the_users(shared: SharedFolder, tmp_path: Path) -> None:
    """Neither the profile nor the recording beside it, which used to be written over."""
    folder = tmp_path / "profiles"
    folder.mkdir()
    (folder / "anna.wav").write_bytes(b"mine")
    with pytest.raises(InputError, match="anna.wav: exists already"):
        voice.write(folder, trained(tmp_path), (), overwrite=False)
    assert [path.name for path in folder.iterdir()] == ["anna.wav"]
    voice.write(folder, trained(tmp_path), (), overwrite=True)
    assert (folder / "anna.wav").read_bytes() == (tmp_path / "slice.wav").read_bytes()
    voice.write(folder, trained(tmp_path), ("other.pth",), overwrite=False)  # what is ours is made anew unasked
    assert "other.pth" in (folder / "anna.toml").read_text()


def test_what_a_training_writes_is_recorded_as_ours(dub: Dub, page: Disk, raw: Path, tmp_path: Path) -> None:
    said = dub("train", "anna", raw, "--server", page.server.url, "--language", "en")
    assert said.status == 0, said.err
    config = tmp_path / "config"
    assert written.ours(config / "profiles/anna.toml") and written.ours(config / "profiles/anna.wav")
    assert written.ours(config / "training/anna.json")
    assert (config / "training/anna.json").stat().st_mode & 0o777 == 0o600
    copies = list((config / "training/files/dub/anna").glob("recordings-*/*"))
    assert len(copies) == 2 or not copies
    assert all(map(written.ours, copies))


@pytest.mark.timeout(60)  # a pipe that is opened hangs for ever
@pytest.mark.parametrize("answered", ["{secret}", "../../secret.list", "{shared}/link.list", "{shared}/pipe"])
def test_a_list_that_the_server_names_elsewhere_is_not_read(
    dub: Dub, page: Disk, raw: Path, tmp_path: Path, answered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words of the user's file would go to the table, and to the server with the corrected list."""
    secret = tmp_path / "secret.list"
    secret.write_text("x.wav|me|EN|my secret words\n")
    files = tmp_path / "config/training/files"
    files.mkdir(parents=True)
    (files / "link.list").symlink_to(secret)
    os.mkfifo(files / "pipe")
    named = answered.format(secret=secret, shared=files)
    from dubber.training.steps import Step

    real: Callable[..., object] = Step.run

    def lying(self: Step, step: str, *rest: object) -> object:
        answer = real(self, step, *rest)
        if step == "asr":
            object.__setattr__(answer, "values", [answer.values[0], named, *answer.values[2:]])  # type: ignore[attr-defined]
        return answer

    monkeypatch.setattr(Step, "run", lying)
    said = dub("train", "anna", raw, "--server", page.server.url, "--language", "en", "--review")
    assert said.status in (1, 2) and "Traceback" not in said.err
    for path in tmp_path.rglob("*"):
        if path.is_file() and path != secret and not path.is_symlink():
            assert b"my secret words" not in path.read_bytes(), path
