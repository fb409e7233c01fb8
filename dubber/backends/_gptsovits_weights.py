"""The weights of a GPT-SoVITS server: which are meant by a name, which fit together, which are loaded.

A server holds one pair for everybody, and nothing that it answers tells which. The web UI's two lists begin with what
its environment, its weight.json or the order of its folders say (inference_webui_fast.py), not with what its pipeline
holds; api_v2 says nothing. So what is loaded is known only to who loaded it: all runs of dub on this computer share a
small file for each server, locked around "load if need be, then speak". After a pause it counts for nothing, because
another program may have used the server; and while a run is at it nothing stands in it, so that a run that is killed
leaves no untruth.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import PurePosixPath
from time import time
from typing import IO, Any

from dubber.backends._webui import nearest
from dubber.errors import BackendError, InputError
from dubber.files.atomic import make_folder, share

try:
    import fcntl
except ImportError:  # Windows: two runs of dub at once on one server do not hear of each other there
    fcntl = None  # type: ignore[assignment]

IDLE = 3.0  # s; who was silent for longer may have been started anew (models load for longer) or used by somebody else
KINDS = {"sovits": "acoustic", "gpt": "text"}
# The folders that training writes to (config.py), the names of the pretrained files, and of the lists' own entries
# ("Use v2 base model directly without training!").
VERSION = re.compile(
    r"(?:SoVITS|GPT)_weights_(v\w+)/|(?:SoVITS|GPT)_weights()/|s2G(v\w+)\.pth|s1(v\d\w*)\.ckpt|(v\d\w*)[^/]*[!！]$",
    re.ASCII,
)
FIRST = re.compile(r"s2G488k|s1bert25hz-2kh")
SECOND = re.compile(r"s2G2333k|s1bert25hz-5kh", re.IGNORECASE)


def version(path: str) -> str:
    """The version of a file of weights ("v1", "v2", "v2Pro" ...), as far as its path tells it; else ""."""
    path = path.replace("\\", "/")
    if FIRST.search(path):
        return "v1"
    if SECOND.search(path):
        return "v2"
    found = VERSION.search(path)
    return next((group for group in found.groups() if group), "v1") if found else ""


def check_fit(sovits: str, gpt: str, where: str) -> None:
    """Raise InputError when a pair cannot speak: version 1 counts its sounds otherwise than all later ones
    (head2version in process_ckpt.py; 512 against 732 of them in the configs of s1)."""
    first, second = version(sovits), version(gpt)
    if first and second and (first == "v1") != (second == "v1"):
        raise InputError(f"the weights do not fit: {sovits} is {first}, {gpt} is {second}", where=where,
                         advice="name two of one training")  # fmt: skip


def check_transcript(sovits: str, transcript: str, where: str) -> None:
    """Raise InputError when weights of version 3 or 4 have no transcript: they read nothing without one (TTS.py,
    NO_PROMPT_ERROR), and a voice that fails at every line makes its server rest for all the others."""
    if version(sovits) in ("v3", "v4") and not transcript.strip():
        raise InputError(f"{sovits} is {version(sovits)}, which needs the transcript of the reference", where=where,
                         advice='transcript = "what the recording says", and without_transcript off')  # fmt: skip


def bare(asked: Mapping[str, Any]) -> bool:
    """Whether a line is asked for without a transcript of its reference."""
    return bool(asked["ref_text_free"]) or not str(asked["prompt_text"]).strip()


def without_transcript(said: str, where: str) -> BackendError:
    """Why there is no sound of a line without a transcript, where the weights' path does not tell their version. They
    may be of version 3 or 4: then the server is well, and speaks for the other voices. said: by the server."""
    advice = "weights of version 3 and 4 need the transcript of the reference"
    told = f"made no sound without a transcript{f': it says {said}' if said else ''}"[:300]
    return BackendError(told, where=where, advice=advice, line_only=True)


def check_named(pair: Mapping[str, str], where: str, there: Mapping[str, Sequence[str]]) -> None:
    """Raise InputError unless both of a pair are named. there: what the server has, where it says so."""
    missing = [kind for kind in KINDS if not pair.get(kind)]
    if missing:
        offers = [f"{kind}: {', '.join(there[kind][:12])}" for kind in missing if there.get(kind)]
        has = f"; the server has {'; '.join(offers)}" if offers else ""
        raise InputError(
            f"its {' and '.join(KINDS[kind] for kind in missing)} weights are not named, and the server does not tell "
            "which it has loaded", where=where, advice=f"set {' and '.join(missing)} to weights of this voice{has}",
        )  # fmt: skip


def matching(name: str, there: Sequence[str], url: str) -> str:
    """The one of the server's weights that is meant: by its whole name, else by its file's name or stem."""
    if name in there:
        return name
    files = {path: PurePosixPath(path.replace("\\", "/")) for path in there}
    found = sorted({path for path, file in files.items() if name in (file.name, file.stem)})
    if len(found) != 1:
        trouble = "several weights called" if found else "no weights"
        raise InputError(f"the server has {trouble} {name!r}", where=url, advice=nearest(name, found or there))
    return found[0]


@dataclass(slots=True)
class Loaded:
    """What a server holds as far as runs of dub loaded it. pair: "sovits" and "gpt". languages: that it then speaks."""

    pair: dict[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    answered: float = 0.0  # when it last spoke for us

    def idle(self) -> bool:
        return not 0.0 <= time() - self.answered < IDLE

    def forget(self) -> None:
        self.pair, self.languages = {}, ()


@contextmanager
def held(server: str) -> Iterator[Loaded]:
    """Hold a server alone among all runs of dub on this computer: what it has loaded, to be brought up to date.
    Whoever fails meanwhile leaves nothing known."""
    with _locks[server]:
        file = _opened(server)
        if file is None:
            loaded = _known.pop(server, Loaded())
            yield loaded
            _known[server] = loaded
            return
        with file:
            loaded = _read(file)
            file.truncate(0)
            yield loaded
            file.write(json.dumps(asdict(loaded)).encode())


_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
_known: dict[str, Loaded] = {}  # where files cannot be locked


def _opened(server: str) -> IO[bytes] | None:
    from dubber.paths import default_root

    folder = default_root() / "servers"
    path = folder / f"{blake2b(server.encode(), digest_size=12).hexdigest()}.loaded"
    if fcntl is None:
        return None
    try:
        make_folder(folder)
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600), "r+b", 0)
        share(path)
    except OSError:
        return None
    fcntl.flock(file, fcntl.LOCK_EX)
    return file


def _read(file: IO[bytes]) -> Loaded:
    loaded = Loaded()
    with suppress(ValueError, KeyError, TypeError, OSError):
        file.seek(0)
        kept = json.loads(file.read())
        loaded = Loaded(dict(kept["pair"]), tuple(kept["languages"]), float(kept["answered"]))
    return loaded
