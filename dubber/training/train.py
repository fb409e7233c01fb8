"""`dub train`: everything checked first, then the steps, then the voice in the user's profiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from dubber import addresses, paths, schema
from dubber.addresses import is_local
from dubber.errors import InputError, InputErrors
from dubber.files.outputs import claim
from dubber.model import Event
from dubber.training import labels as label_lists
from dubber.training import voice
from dubber.training.capabilities import checked
from dubber.training.gptsovits import Training, refuse_unsafe
from dubber.training.recordings import placed
from dubber.training.settings import STEPS, USUAL, TrainingSettings, good_name
from dubber.training.shared_folder import SharedFolder, reach
from dubber.training.state import TrainingState
from dubber.training.steps import Step
from dubber.training.workflow import Review, Workflow

INFERENCE = 9872  # the port of the inference web UI


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRequest:
    """What the user typed. given: wishes by key, only those that were typed; the rest is as it was the last time."""

    name: str
    recordings: tuple[str, ...] = ()
    given: Mapping[str, Any]
    again: str = ""
    review: bool = False
    overwrite: bool = False
    poll: float = 5.0


@dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """What became of it. profile: None when there is no voice yet. table: the labels that wait for a person.
    unseen: the steps of which only the server's word is known."""

    profile: Path | None = None
    sovits: str = ""
    gpt: str = ""
    table: Path | None = None
    unseen: tuple[str, ...] = ()


def train(order: TrainingRequest, on_event: Callable[[Event], None]) -> TrainingOutcome:
    """Train a voice, or go on with it. Raises InputError before anything starts, BackendError from a step."""
    name = good_name(order.name)
    home = paths.config_folder() / "training"
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with claim(home / f"{name}.json", (), overwrite=True):
        record = TrainingState(home / f"{name}.json")
        wishes, recordings = _wishes(order, record)
        errand = Step(Training(servers=(wishes.server,)), on_event, order.poll)
        try:
            flow = _prepared(order, errand, wishes, recordings, record)
            record.keep(given={**asdict(wishes), "recordings": recordings, "steps": _steps_to_remember(record, wishes)})
            return _done(flow, order)
        finally:
            errand.close()


def _done(flow: Workflow, order: TrainingRequest) -> TrainingOutcome:
    try:
        results = flow.run()
    except Review as waiting:
        return TrainingOutcome(table=waiting.path, unseen=tuple(flow.unseen))
    sovits, gpt = (results[kind].get("weights", "") for kind in ("sovits", "gpt"))
    profile = _voice(flow, results, order) if sovits and gpt else None
    return TrainingOutcome(profile, sovits, gpt, unseen=tuple(flow.unseen))


# --- before -----------------------------------------------------------------------------------------------------------


def _wishes(order: TrainingRequest, record: TrainingState) -> tuple[TrainingSettings, list[str]]:
    """What is asked now, on top of what was asked the last time."""
    before = record.given
    recordings = [_absolute(name) for name in order.recordings] or before.pop("recordings", [])
    before.pop("recordings", None)
    before["steps"] = _steps(before.get("steps", ()), order.given.get("steps"))
    faults: list[InputError] = []
    good = schema.read(TrainingSettings, {**before, **order.given}, "", faults)
    faults = [InputError(one.message, where=f"--{one.where.replace('_', '-')}", advice=one.advice) for one in faults]
    faults += [*_misaddressed("server", good), *_misaddressed("speaker_server", good)]
    if not recordings:
        faults.append(InputError("no recordings are named", where=order.name))
    if faults:
        raise InputErrors(faults)
    return TrainingSettings(**good), recordings


def _misaddressed(key: str, values: Mapping[str, Any]) -> Iterator[InputError]:
    """The fault of a server's address that is none; no password in it is shown."""
    if server := values.get(key):
        try:
            addresses.read(server)
        except ValueError as error:
            shown, flag = "an address" if "@" in server else repr(server)[:80], f"--{key.replace('_', '-')}"
            yield InputError(f"{shown} {error}", where=flag, advice="like http://127.0.0.1:9874")


def _steps(before: Sequence[str], typed: Any) -> Sequence[str]:
    """All steps, unless some are typed; the denoising only if it was asked for in this voice's last whole run."""
    return STEPS if "denoise" in before and typed is None else USUAL


def _steps_to_remember(record: TrainingState, wishes: TrainingSettings) -> list[str]:
    """The steps to remember: a run of single steps does not forget that the slices were denoised."""
    whole = {"slice", "asr"} <= set(wishes.steps)
    more = {"denoise"} if not whole and "denoise" in record.given.get("steps", ()) else set()
    return [step for step in STEPS if step in {*wishes.steps, *more}]


def _absolute(name: str) -> str:
    """A recording of this computer by its whole path; else the server's own path, as typed."""
    return str(Path(name).absolute()) if Path(name).exists() else name


def _prepared(
    order: TrainingRequest, errand: Step, wishes: TrainingSettings, recordings: list[str], record: TrainingState
) -> Workflow:
    """All that can be known to go wrong is known here: nothing has been started yet."""
    refuse_unsafe({key: value for key, value in asdict(wishes).items() if key not in LOCAL and isinstance(value, str)})
    shared = _reach(wishes)
    _check_files(order, wishes, recordings, shared)
    profile, reference = _profile(order.name), Path(wishes.reference or "slice.wav").expanduser()
    voice.may_write(profile.parent, order.name, reference, order.overwrite)
    version, _ = checked(errand.page, wishes)
    again = order.again
    if again in ("sovits", "gpt"):  # under the same name the server goes on from its last checkpoint
        again = "features"
    if again and again not in STEPS:
        raise InputError(f"{again!r} is no step", where="--again", advice="one of: " + ", ".join(STEPS))
    return Workflow(errand, order.name, wishes, recordings, version, record, shared, again=again, review=order.review)


LOCAL = ("server", "server_dir", "reference", "transcript", "speaker_server")  # never sent


def _reach(wishes: TrainingSettings) -> SharedFolder:
    """The folder that is shared. A server on this computer has this computer's disk, as long as nobody says other."""
    if not wishes.server_dir and is_local(addresses.read(wishes.server).host):
        own = paths.config_folder().absolute() / "training" / "files"
        own.mkdir(parents=True, exist_ok=True)
        return reach(str(own))
    return reach(wishes.server_dir)


def _check_files(
    order: TrainingRequest, wishes: TrainingSettings, recordings: Sequence[str], shared: SharedFolder
) -> None:
    near = is_local(addresses.read(wishes.server).host) and not wishes.server_dir
    missing = [name for name in recordings if near and not Path(name).exists()]
    if missing:
        raise InputError("there is no such file", where=missing[0])
    refuse_unsafe({"recordings": shared.remote})
    for name in recordings:
        refuse_unsafe({"recordings": name if not Path(name).exists() else shared.there(Path(name)) or ""})
        if Path(name).exists() and shared.local is None:
            placed([name], shared, [])
    if wishes.reference:
        voice.seconds_of(Path(wishes.reference).expanduser())
    elif shared.local is None and "gpt" in wishes.steps:
        raise InputError(
            "the server's slices cannot be seen from here, so none can become the voice's reference",
            where=order.name, advice="name one with --reference and --transcript, or share a folder with --server-dir",
        )  # fmt: skip
    if order.review and shared.local is None:
        raise InputError("the server's list cannot be seen from here", where="--review", advice="--server-dir")


def _profile(name: str) -> Path:
    if name in (path.stem for path in paths.shipped_folder().glob("*.toml")):
        raise InputError(f"{name!r} is the name of a profile that comes with dub", advice="take another name")
    return paths.config_folder() / "profiles" / f"{name}.toml"


# --- after ------------------------------------------------------------------------------------------------------------


def _voice(flow: Workflow, results: Mapping[str, Mapping[str, Any]], order: TrainingRequest) -> Path:
    """The voice in the user's profiles."""
    reference, transcript, language = _reference(flow, results)
    trained = voice.Trained(
        order.name, flow.wishes.language, results["sovits"]["weights"], results["gpt"]["weights"],
        reference, transcript, language, _speaker(flow.wishes),
    )  # fmt: skip
    others = [*results["sovits"].get("all", ()), *results["gpt"].get("all", ())]
    rest = [name for name in others if name not in (trained.sovits, trained.gpt)]
    return voice.write(_profile(order.name).parent, trained, rest, order.overwrite)


def _reference(flow: Workflow, results: Mapping[str, Mapping[str, Any]]) -> tuple[Path, str, str]:
    """The reference recording on this computer, its words, their language."""
    wishes = flow.wishes
    if wishes.reference:
        return Path(wishes.reference).expanduser(), wishes.transcript, wishes.language
    source = results.get("label") or results.get("asr") or {}
    listed, folder = (flow.reach.here(str(source.get(key, "/"))) for key in ("list", "folder"))
    labels = flow.labels(listed) if listed else ()
    best = voice.best_slice(labels, folder, flow.reach.holds) if folder else None
    if best is None or folder is None:
        raise InputError(
            "no slice of 3 to 10 s can serve as the voice's reference; the weights are trained",
            where=flow.name, advice="run it again with --reference FILE --transcript TEXT",
        )  # fmt: skip
    language = label_lists.LANGUAGES.get(best.language.lower(), wishes.language).lower()
    return folder / best.file, best.text, language


def _speaker(wishes: TrainingSettings) -> str:
    if wishes.speaker_server:
        return wishes.speaker_server
    return replace(addresses.read(wishes.server), port=INFERENCE, path="").text
