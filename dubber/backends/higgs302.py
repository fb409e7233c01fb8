"""302.AI's hosted Higgs Audio V2: a task is made (and paid for), asked after until it is done, and its sound fetched.

Two ways to a voice: recordings with their transcripts (clone), or a description in words (smart; its voice is not the
same in every line, since the service takes no seed: for a cast, clone). 302.AI's document names no addresses, so the
four paths are settings. Answers differ between 302.AI's services; both dialects are read (task_id/state/SUCCESS of its
self-deployed models, taskId/status/completed of its unified ones). Redirects to other hosts are not followed, and the
key goes to no host but the server's own.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from time import monotonic, time
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from dubber.backends import _higgs
from dubber.backends._higgs302_calls import CALLS, Temperature, TopK, TopP
from dubber.backends._tasks302 import link_of, reason_of, status_of, task_id_of
from dubber.backends.base import Backend
from dubber.errors import BackendError, BackendUnavailable, Cancelled, InputError
from dubber.model import Audio, Line, Voice
from dubber.schema import Endpoint, Setting, fields_of

if TYPE_CHECKING:  # httpx and numpy cost 100 ms each to import
    from dubber.backends._receipts import Receipt
    from dubber.net.rest import Body, Door, Limits

HOMES = ("api.302.ai", "api.302ai.cn")
PTC = 0.03  # price of 1,000 tokens, as the document says
LONG_WAIT = 10.0  # s of a Retry-After that are waited here, between two looks at a task
LIFETIME = 86_400.0  # s for which a task that a crash left behind is asked after


@dataclass(frozen=True)
class HiggsVoice:
    """A voice of recordings (clone), or of a description in words (smart)."""

    references: Annotated[tuple[Path, ...], Setting("recordings of the voice, 1 to 60 s each; they are uploaded")] = ()
    transcripts: Annotated[tuple[str, ...], Setting("what is said in each recording, in their order")] = ()
    description: Annotated[str, Setting('the voice in words: "masculine; british accent"')] = ""
    scene: Annotated[str, Setting('where it speaks: "Audio is recorded from a quiet room."')] = ""
    system_prompt: Annotated[str, Setting("the whole instruction, instead of description and scene")] = ""
    temperature: Temperature = 1.0
    top_k: TopK = 50
    top_p: TopP = 0.95


class Higgs302(Backend):
    """302.AI's Higgs Audio V2: clones a voice from recordings, or makes one from words; paid by the token."""

    name = "higgs302"
    key_name = "302ai"
    homes = HOMES
    voice = HiggsVoice
    hosted = True

    def __init__(  # noqa: PLR0913 (the schema of the profile's table)
        self,
        *,
        servers: Annotated[tuple[str, ...], Setting("the service's addresses")] = ("https://api.302.ai",),
        in_flight: Annotated[int, Setting("tasks at a time", low=1, high=64)] = 4,
        clone_path: Annotated[str, Setting("required for clones: where a task is made (POST)")] = "",
        clone_query_path: Annotated[str, Setting("required for clones: where it is asked after (GET)")] = "",
        smart_path: Annotated[str, Setting("required for smart voices: where a task is made (POST)")] = "",
        smart_query_path: Annotated[str, Setting("required for smart voices: where it is asked after (GET)")] = "",
        upload_path: Annotated[str, Setting("where recordings are uploaded (POST)")] = "302/upload-file",
        poll: Annotated[float, Setting("first wait before a task is asked after", unit="s", low=0.01, high=60)] = 2.0,
        slowest_poll: Annotated[float, Setting("longest such wait", unit="s", low=0.01, high=600)] = 5.0,
        task_timeout: Annotated[float, Setting("for a task to be done", unit="s", low=1, high=86_400)] = 280.0,
        connect_timeout: Annotated[float, Setting("to reach the server", unit="s", low=0.1, high=600)] = 10.0,
        read_timeout: Annotated[float, Setting("between two pieces of an answer", unit="s", low=0.1, high=3600)] = 60.0,
        pay_again: Annotated[bool, Setting("ask again when the answer to a paid request was lost")] = False,
    ) -> None:
        from dubber.api_keys import key_advice, key_of
        from dubber.net.rest import Limits

        if not servers:
            raise InputError("servers is empty", where="backends.higgs302.servers")
        self.server, self._pay_again = servers[0], pay_again
        self._paths = {"clone": (clone_path, clone_query_path), "smart": (smart_path, smart_query_path)}
        _check_paths(
            clone_path=clone_path, clone_query_path=clone_query_path, smart_path=smart_path,
            smart_query_path=smart_query_path, upload_path=upload_path,
        )  # fmt: skip
        self._upload_path, self._waits, self._task_timeout = upload_path, (poll, slowest_poll), task_timeout
        self._key = key_of(self.key_name, self.server, HOMES)
        self._advice = key_advice(self.key_name, self.server, HOMES)
        self._door = self._open(Limits(connect_timeout, read_timeout, max(read_timeout, 120.0)))
        self._stopped, self._buying = threading.Event(), threading.Lock()

    def _open(self, limits: Limits) -> Door:
        from dubber.net.rest import Door

        return Door(self.server, key=self._key, limits=limits, advice=self._advice)

    def identity(self, voice: Voice) -> str:
        return "Higgs Audio V2"

    def synthesize(self, line: Line) -> Audio:
        """One task for each line: an answer with several speakers would not say who speaks when."""
        from dubber.backends import _receipts

        self._stopped.clear()
        voice: HiggsVoice = self.settings_of(line.voice)
        kind = "clone" if voice.references else "smart"
        self._path(kind)
        recordings = [_recorded(path) for path in _paired(voice)]
        body = _body(voice, line.text, kind)
        with _receipts.hold(_folder(), _key(line, self.server, body, recordings)) as receipt:
            task = self._bought(receipt, kind, body, recordings)
            audio = self._fetched(kind, task, receipt)
            receipt.note("given")
            _given.add(str(task))
            return audio

    def close(self) -> None:
        self._door.close()

    def stop(self) -> None:
        """A task that is being bought just now is bought to the end, so that its id is not lost."""
        self._stopped.set()
        bought = self._buying.acquire(timeout=3.0)
        self._door.stop()
        if bought:
            self._buying.release()

    def check(self) -> str | None:
        """Settings first; then one look at a task that there is not, which costs nothing."""
        kind = next((kind for kind, pair in self._paths.items() if all(pair)), None)
        if kind is None:
            return f"{self.name}: no paths are set; {_WHERE_PATHS_ARE}"
        if not self._key:
            return f"{self.name}: no key; {self._advice}"
        from dubber.net.rest import Limits

        door = self._open(Limits(3.0, 5.0, 8.0))
        try:
            self._asked_after(kind, "dub-looks-whether-you-are-there", door)
        except InputError:
            return None  # it knows no such task: it is there
        except BackendError as error:
            return str(error)
        finally:
            door.close()
        return None

    @classmethod
    def cost(cls, lines: Sequence[Line]) -> str:
        """An estimate with its reckoning, for people to judge."""
        tokens = sum(_higgs.tokens(line.text) for line in lines)
        if not tokens:
            return ""
        price = f"{tokens / 1000 * PTC:.2f} PTC at {PTC:g} PTC per 1,000"
        how = f"a token for 4 letters or 1 ideograph, {_higgs.FRAMES} for each second of speech"
        return f"higgs302: about {tokens:,} tokens, {price} (an estimate: {how}; the bill may count otherwise)"

    def endpoints(self) -> Sequence[Endpoint]:
        return tuple(Endpoint(name, str(call.__doc__).splitlines()[0], fields_of(call)) for name, call in CALLS.items())

    def call(self, endpoint: str, values: Mapping[str, Any]) -> Any:
        if endpoint not in CALLS:
            return super().call(endpoint, values)
        usual = {key: field.default for key, field in fields_of(CALLS[endpoint]).items()}
        calls: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "clone": self._call_clone,
            "smart": self._call_smart,
            "clone_task": lambda given: self._look("clone", given),
            "smart_task": lambda given: self._look("smart", given),
            "upload": lambda given: {"url": self._uploaded(_recorded(given["recording"]))},
        }
        return calls[endpoint]({**usual, **values})

    def _call_clone(self, values: Mapping[str, Any]) -> Any:
        links = [*values["ref_audio_links"], *(self._uploaded(_recorded(path)) for path in values["recordings"])]
        if len(links) != len(values["ref_audio_text"]):
            raise InputError(f"{len(links)} recordings and {len(values['ref_audio_text'])} transcripts")
        body = {key: values[key] for key in ("input_text", "temperature", "top_k", "top_p")}
        body |= {"ref_audio_links": links, "ref_audio_text": list(values["ref_audio_text"])}
        return self._door.post(self._path("clone")[0], body)

    def _call_smart(self, values: Mapping[str, Any]) -> Any:
        body = {key: values[key] for key in ("is_multi_speaker", "input_text", "temperature", "top_k", "top_p")}
        written = _higgs.instruction(values["scene"], values["speakers"], multi=values["is_multi_speaker"])
        if prompt := values["system_prompt"] or written:
            body["system_prompt"] = prompt
        return self._door.post(self._path("smart")[0], body)

    def _look(self, kind: str, values: Mapping[str, Any]) -> Any:
        return self._fetched(kind, values["task_id"]) if values["sound"] else self._asked_after(kind, values["task_id"])

    # buying a task

    def _path(self, kind: str) -> tuple[str, str]:
        make, query = self._paths[kind]
        if make and query:
            return make, query
        missing = f"{kind}_path" if not make else f"{kind}_query_path"
        raise InputError("is required", where=f"backends.higgs302.{missing}", advice=_WHERE_PATHS_ARE)

    def _bought(self, receipt: Receipt, kind: str, body: dict[str, Any], recordings: list[bytes]) -> str:
        """The id of the line's task: the one that an earlier run paid for, else a new one."""
        known = str(receipt.facts.get("task", ""))
        if receipt.step == "gone" and not (self._pay_again and receipt.facts.get("missed", 0) > 1):
            return known
        if receipt.step in ("task", "given", "garbled") and known not in _given and time() - receipt.at < LIFETIME:
            return known
        if receipt.step == "asked" and not self._pay_again:
            message = "the answer to a paid request for this line was lost; it may have been paid for"
            raise InputError(message, where=self.server, advice="set backends.higgs302.pay_again = true to ask again")
        if recordings:
            body = {**body, "ref_audio_links": [self._uploaded(recording) for recording in recordings]}
        with self._buying:
            receipt.note("asked")
            task = task_id_of(self._made(receipt, kind, body))
            receipt.note("task", task=task, server=self._door.server, missed=0)
        return task

    def _made(self, receipt: Receipt, kind: str, body: dict[str, Any]) -> Any:
        from dubber.net.rest import Unanswered

        try:
            answer = self._door.post(self._path(kind)[0], body)
        except (Unanswered, Cancelled):
            raise
        except (BackendError, InputError):  # a clear no, or nobody there: nothing was bought
            receipt.note("refused")
            raise
        if isinstance(answer, dict) and answer.get("error"):  # a clear no with a good status
            receipt.note("refused")
            raise BackendError(f"made no task: {reason_of(answer)}", where=self.server)
        return answer

    def _uploaded(self, recording: bytes) -> str:
        """The link of a recording on the service's own disk; each is uploaded once in a run."""
        key = (self.server, blake2b(recording).hexdigest())
        with _uploading:
            if key not in _links:
                _links[key] = _link(self._door.upload(self._upload_path, {"file": recording}), self.server)
            return _links[key]

    # asking after it

    def _asked_after(self, kind: str, task: str, door: Door | None = None) -> Any:
        path, door = self._path(kind)[1], door or self._door
        if "{task_id}" in path:
            return door.get(path.replace("{task_id}", quote(task, safe="")))
        return door.get(path, {"task_id": task})

    def _fetched(self, kind: str, task: str, receipt: Receipt | None = None) -> Audio:
        """Wait until a task is done, and give its sound."""
        end, wait = monotonic() + self._task_timeout, self._waits[0]
        while monotonic() < end:
            state, asked_to_wait = self._state(kind, task)
            match status_of(state):
                case "DONE":
                    return self._sound(state, receipt)
                case "FAILED":
                    if receipt:
                        receipt.note("failed")
                    raise BackendError(f"the task failed: {reason_of(state)}", where=self.server)
            if self._stopped.wait(min(max(wait, asked_to_wait), end - monotonic() + 0.01)):
                raise Cancelled("stopped")
            wait = min(self._waits[1], wait * 1.5)
        raise BackendError(f"the task {task} was not done in {self._task_timeout:g} s", where=self.server)

    def _state(self, kind: str, task: str) -> tuple[Any, float]:
        """What the server says of a task, and how long it wants to be left alone; trouble on the way may pass. Whoever
        wants to be left alone for long is left to those who know how long they wait: the task is kept."""
        try:
            return self._asked_after(kind, task), 0.0
        except BackendUnavailable:
            raise
        except BackendError as error:
            if (error.retry_after or 0.0) > LONG_WAIT:
                raise
            return {}, error.retry_after or 0.0

    def _sound(self, state: Any, receipt: Receipt | None) -> Audio:
        from dubber.net.rest import decoded

        link = link_of(state)
        if not link:
            raise BackendError("the task is done and names no sound", where=self.server)
        try:
            return decoded(self._downloaded(link, receipt), self.server)
        except BackendError as error:
            if receipt and not error.line_only:  # fetched once more at the next try; then it is bought anew
                receipt.note("failed" if receipt.step == "garbled" else "garbled")
            raise

    def _downloaded(self, link: str, receipt: Receipt | None) -> Body:
        """The file of a task. One that is not there says nothing about the service, and was paid for: the same task is
        asked again at the next try."""
        from dubber.net.rest import RequestRefused

        try:
            return self._door.download(link)
        except (BackendUnavailable, RequestRefused) as error:
            if receipt:
                receipt.note("gone", missed=int(receipt.facts.get("missed", 0)) + 1)
            advice = "" if self._pay_again else "set backends.higgs302.pay_again = true to buy it anew"
            message = f"the sound of a task that was paid for cannot be fetched: {error.message}"
            raise BackendError(message, where=self.server, advice=advice, line_only=True) from None


_WHERE_PATHS_ARE = "302.AI's document does not name it: see your account's API page, and profiles/higgs302.toml"
_given: set[str] = set()  # tasks whose sound this process has had: when it is asked again, that sound was no good
_links: dict[tuple[str, str], str] = {}  # (server, recording's hash) -> its link there
_uploading = threading.Lock()


def _check_paths(**paths: str) -> None:
    from dubber.net.rest import is_path

    for key, path in paths.items():
        if not is_path(path.replace("{task_id}", "task")):
            advice = "like 302/higgs_audio/clone/task: no ? or #, and no part of it is . or .."
            raise InputError(f"{path[:80]!r} is no path", where=f"backends.higgs302.{key}", advice=advice)


def _link(answer: Any, server: str) -> str:
    if link := link_of(answer):
        return link
    raise BackendError(f"took the recording and gave no link: {reason_of(answer)}", where=server)


def _body(voice: HiggsVoice, text: str, kind: str) -> dict[str, Any]:
    """The request without its links. A clone gets no instruction: the recordings say it all."""
    body: dict[str, Any] = {"input_text": _higgs.normalised(text)}
    body |= {"temperature": voice.temperature, "top_k": voice.top_k, "top_p": voice.top_p}
    if kind == "clone":
        return {**body, "ref_audio_text": list(voice.transcripts)}
    prompt = voice.system_prompt or _higgs.instruction(voice.scene, [voice.description])
    return {**body, "is_multi_speaker": False, **({"system_prompt": prompt} if prompt else {})}


def _paired(voice: HiggsVoice) -> tuple[Path, ...]:
    if len(voice.references) != len(voice.transcripts):
        message = f"{len(voice.references)} references and {len(voice.transcripts)} transcripts"
        raise InputError(message, where="voices", advice="each recording needs its transcript")
    return voice.references


def _recorded(path: Path) -> bytes:
    from dubber.backends._recordings import as_wav

    return as_wav(path)


def _key(line: Line, server: str, body: Mapping[str, Any], recordings: Sequence[bytes]) -> str:
    """What one payment is for: these words, this voice, this splitting into phrases, this redo, at this service."""
    split = [phrase.text for phrase in line.phrases]
    whole = [server, body, [blake2b(each).hexdigest() for each in recordings], split, line.redo]
    return blake2b(json.dumps(whole, sort_keys=True).encode(), digest_size=20).hexdigest()


def _folder() -> Path:
    from dubber.paths import default_root

    return default_root() / "receipts"
