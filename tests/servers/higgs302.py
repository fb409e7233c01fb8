"""302.AI's Higgs Audio: tasks that are made, asked after and fetched from another host. Counts what is paid."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np

from tests.servers.coding import decode
from tests.servers.rest import Asked, Handler, RestServer

KEY = "sk-302-of-this-test"


class FileServer(RestServer):
    """The host of uploads and sounds: knows no keys."""

    def __init__(self, **how: Any) -> None:
        self.files: dict[str, bytes] = {}
        self.numbers = count()
        super().__init__(**how)

    def keep(self, data: bytes) -> str:
        path = f"/{next(self.numbers)}.wav"
        self.files[path] = data
        return self.url + path

    def answer(self, handler: Handler, asked: Asked) -> None:
        if asked.path in self.files:
            return handler.reply(self.files[asked.path], "audio/wav")
        handler.say({"error": "no such file"}, int(asked.path.split("/")[1]))


class HiggsServer(RestServer):
    """dialect 1: task_id, state, audio_url; dialect 2: taskId, status, result. ready_after: looks until a task is done.

    Faults hit the making of tasks; looks: faults of the looking, sounds: what is in the files ("404", "410", "403": the
    file is not there). dead: words in a text whose file is never there.
    """

    def __init__(self, *, dialect: int = 1, ready_after: int = 1, **how: Any) -> None:
        self.dialect, self.ready_after, self.paid = dialect, ready_after, 0
        self.looks: list[str] = []
        self.sounds: list[str] = []
        self.dead = ""
        self.outcome = "SUCCESS"
        self.lose_answers = 0
        self.tasks: dict[str, dict[str, Any]] = {}
        self.numbers = count()  # asked from several threads at once
        self.disk = FileServer()
        super().__init__(key=KEY, **how)

    def __exit__(self, *how: object) -> None:
        super().__exit__(*how)
        self.disk.__exit__(*how)

    def is_synthesis(self, asked: Asked) -> bool:
        return asked.method == "POST" and asked.path in ("/302/clone", "/302/smart")

    def dies(self, asked: Asked) -> bool:
        """While it is asked after a task; what becomes of a paid request whose answer is lost has tests of its own."""
        return bool(self.dies_at) and asked.method == "GET" and self.paid >= self.dies_at

    def answer(self, handler: Handler, asked: Asked) -> None:
        if asked.headers.get("Authorization") != f"Bearer {self.key}":
            return handler.say({"error": {"message": "Invalid Token"}}, 401)
        match asked.method, asked.path:
            case "POST", "/302/upload-file":
                handler.say({"code": 200, "data": self.disk.keep(asked.files["file"]), "message": "success"})
            case "POST", "/302/clone" | "/302/smart":
                self._make(handler, asked)
            case "GET", "/302/clone" | "/302/smart":
                self._look(handler, asked)
            case _:
                handler.say({"detail": "Not Found"}, 404)

    def _make(self, handler: Handler, asked: Asked) -> None:
        body = asked.body
        task = f"task-{next(self.numbers)}"
        voice: str | int = body.get("system_prompt", "somebody")
        if asked.path.endswith("clone"):
            assert len(body["ref_audio_links"]) == len(body["ref_audio_text"])
            voice = self._voice_of(body["ref_audio_links"][0])
        self.paid += 1
        self.tasks[task] = {"voice": voice, "text": body["input_text"], "looks": 0}
        if self.lose_answers:
            self.lose_answers -= 1
            return handler.fail("reset")
        handler.say({"task_id": task} if self.dialect == 1 else {"taskId": task, "status": "pending"})

    def _voice_of(self, link: str) -> int:
        data = self.disk.files["/" + link.rpartition("/")[2]]
        found = decode(
            (np.frombuffer(data[44:], "<i2") / 32768).astype(np.float32), int.from_bytes(data[24:28], "little")
        )
        assert found, "the reference that was uploaded is not the one of this voice"
        return found[0]

    def _look(self, handler: Handler, asked: Asked) -> None:
        if self.looks:
            return handler.fail(self.looks.pop(0))
        task = self.tasks.get(asked.query["task_id"])
        if task:
            task["looks"] += 1
        if task is None or task["looks"] <= self.ready_after:
            return handler.say({"state": "PENDING"} if self.dialect == 1 else {"data": {"status": "processing"}})
        if self.outcome != "SUCCESS":
            return handler.say({"state": self.outcome, "message": "out of memory"})
        fault = self.sounds.pop(0) if self.sounds else ""
        fault = "404" if self.dead and self.dead in task["text"] else fault
        if fault in ("403", "404", "410"):
            link = f"{self.disk.url}/{fault}/gone.wav"
        else:
            link = self.disk.keep(self.spoken(task["voice"], task["text"], speed=1.0, form="wav", fault=fault)[0])
        done = {"state": "SUCCESS", "audio_url": link, "duration": 1.0}
        handler.say(done if self.dialect == 1 else {"data": {"status": "completed", "result": {"url": link}}})
