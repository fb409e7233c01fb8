"""A backend for dub that speaks through any program of the command line.

The program is named by the environment, and by no profile: a profile may be a stranger's, and must start nothing.

    DUB_COMMAND="espeak-ng -v {voice} -w {output}" dub film.mp4 film.srt -p profile.toml

The program reads a line's words on its standard input and writes a sound file to {output}.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from dubber.backends.base import Backend
from dubber.errors import BackendError, BackendUnavailable, InputError
from dubber.media.audio import decode
from dubber.model import Audio, Line, Voice
from dubber.schema import Setting

VARIABLE = "DUB_COMMAND"
NAME = re.compile(r"\w[\w.+-]*")  # what a voice may be called: never an option of the program


@dataclass(frozen=True)
class CommandVoice:
    """What stands for {voice} in the command."""

    voice: Annotated[str, Setting("the name by which the program knows the voice")] = "en"


class Command(Backend):
    """Speaks through the program that DUB_COMMAND names."""

    name = "command"
    voice = CommandVoice
    named_by = "voice"

    def __init__(
        self,
        *,
        in_flight: Annotated[int, Setting("programs that run at once", low=1, high=64)] = 2,
        seconds: Annotated[float, Setting("how long one line may take", unit="s", low=1, high=3600)] = 60.0,
    ) -> None:
        self._words, self._seconds = shlex.split(os.environ.get(VARIABLE, "")), seconds
        self._running: subprocess.Popen[bytes] | None = None

    def check(self) -> str | None:
        """Why there is nothing to speak with; None when there is."""
        if not self._words:
            return f'no program is named: {VARIABLE}="espeak-ng -v {{voice}} -w {{output}}"'
        return None if shutil.which(self._words[0]) else f"{self._words[0]} is no program here: see {VARIABLE}"

    def identity(self, voice: Voice) -> str:
        """Another command is another sound: takes of the one before are not used for it."""
        return f"command {hashlib.blake2b(' '.join(self._words).encode(), digest_size=4).hexdigest()}"

    def preflight(self, line: Line) -> None:
        """Refuse, before anything is spoken, a name that the program could take for an option."""
        if not NAME.fullmatch(self._called(line)):
            raise InputError(f"{self._called(line)!r} is no name of a voice", where=f"voices.{line.voice.name}.voice")

    def synthesize(self, line: Line) -> Audio:
        """Run the program once. Raises BackendUnavailable where it cannot be started, BackendError where it fails."""
        self.preflight(line)
        if trouble := self.check():
            raise BackendUnavailable(trouble, lasting=True)
        with tempfile.TemporaryDirectory(prefix="dub-command-") as folder:
            output = Path(folder) / "line.wav"
            self._run([self._filled(word, line, output) for word in self._words], line.text)
            try:
                return decode(output.read_bytes())
            except (OSError, ValueError) as error:
                raise BackendError(f"{self._words[0]} wrote no sound: {error}") from error

    def stop(self) -> None:
        """End the program that speaks now."""
        if self._running:
            self._running.kill()

    def _called(self, line: Line) -> str:
        return str(self.settings_of(line.voice).voice)

    def _filled(self, word: str, line: Line, output: Path) -> str:
        return word.replace("{voice}", self._called(line)).replace("{output}", str(output))

    def _run(self, words: list[str], text: str) -> None:
        """Words, never a shell; the text on stdin, where no program takes it for an option."""
        try:
            with subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            ) as self._running:
                try:
                    _, said = self._running.communicate(text.encode(), timeout=self._seconds)
                except subprocess.TimeoutExpired:
                    self._running.kill()
                    raise BackendError(f"{words[0]} has not ended after {self._seconds:g} s") from None
        except OSError as error:
            raise BackendUnavailable(f"{words[0]} cannot be started: {error.strerror}", lasting=True) from error
        if status := self._running.returncode:
            last = said.decode(errors="replace").strip().splitlines()[-1:]
            raise BackendError(f"{words[0]} failed with status {status}: {''.join(last)[:200]}")
