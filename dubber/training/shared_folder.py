"""A folder that this computer and a server share, under its two names.

A training server works on its own disk: it neither takes files nor gives any. What lies in a shared folder can be
brought to it and looked at; of all else only its word is known.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

from dubber.errors import InputError


@dataclass(frozen=True, slots=True)
class SharedFolder:
    """local here is remote there; local None: nothing is shared, and remote is where the server itself works."""

    local: Path | None = None
    remote: str = ""

    def there(self, path: Path) -> str | None:
        """The server's name of a file of this computer; None when it is not in the shared folder."""
        if self.local is None:
            return None
        whole = Path(os.path.abspath(path))  # noqa: PTH100 - as named, with its links
        for place, folder in ((whole, self.local), (whole.resolve(), self.local.resolve())):
            if place.is_relative_to(folder):
                return self.join(*place.relative_to(folder).parts)
        return None

    def here(self, path: str) -> Path | None:
        """Where a file of the server is to be found on this computer; None when it cannot be seen from here.

        A path that starts nowhere is the server's own working folder, which we see if it is the shared one. The server
        names paths, and makes what lies in the shared folder: nothing leads out of it, be it by .. or by a link.
        """
        if self.local is None:
            return None
        place, base = _pure(path, self.remote), _pure(self.remote, self.remote)
        if place.is_absolute() and not place.is_relative_to(base):
            return None
        whole = place.is_absolute()
        found = self.local.joinpath(*(place.relative_to(base) if whole else place).parts)
        return found if ".." not in place.parts and self.holds(found) and (whole or found.exists()) else None

    def holds(self, path: Path) -> bool:
        """Whether a path of this computer lies in the shared folder, whatever links there are on its way."""
        if self.local is None:
            return False
        try:
            return path.resolve().is_relative_to(self.local.resolve())
        except (OSError, ValueError, RuntimeError):  # a name that none can be, a circle of links
            return False

    def join(self, *parts: str) -> str:
        """A path in the shared folder, as the server writes paths."""
        return str(_pure(self.remote, self.remote).joinpath(*parts))


def reach(text: str) -> SharedFolder:
    """LOCAL=REMOTE, or one folder that has the same name on both; "" shares nothing. Raises InputError."""
    if not text:
        return SharedFolder()
    here, equals, there = text.partition("=")
    local = Path(here).expanduser()
    if not local.is_dir():
        raise InputError("there is no such folder", where=here, advice="--server-dir LOCAL=REMOTE")
    local = Path(os.path.abspath(local))  # noqa: PTH100
    if equals and not _pure(there, there).is_absolute():
        raise InputError(f"{there!r} is not a whole path of the server", where="--server-dir")
    return SharedFolder(local, there if equals else str(local))


def _pure(path: str, like: str) -> PurePath:
    windows = "\\" in like or like[1:2] == ":"
    return PureWindowsPath(path) if windows else PurePosixPath(path)
